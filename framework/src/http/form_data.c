/*
 * http/form_data.c - see form_data.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/form_data.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "http/find.h"
#include "http/url.h"

/* One parameter; the value with its quotes. */
struct piece {
    const char *name;
    const char *value;
    size_t name_length;
    size_t value_length;
};

/* Behind a quoted string, in which only `\"` and `\\` are escapes: others send Windows paths.
 */
static const char *quoted_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\'))
            at++;
    }
    return NULL;
}

/* OWS ";" OWS name "=" value, or nothing behind a ';'.  NULL when it is malformed. */
static const char *next_piece(const char *at, const char *end, struct piece *piece)
{
    *piece = (struct piece){ 0 };
    at = weft__skip_space(at, end);
    if (at == end || *at++ != ';')
        return NULL;
    at = weft__skip_space(at, end);
    if (at == end)
        return at;
    piece->name = at;
    at = weft__find_token_end(at, end);
    piece->name_length = (size_t)(at - piece->name);
    if (piece->name_length == 0 || at == end || *at++ != '=')
        return NULL;
    piece->value = at;
    at = at < end && *at == '"' ? quoted_end(at, end) : weft__find_token_end(at, end);
    if (at == NULL || at == piece->value)
        return NULL;
    piece->value_length = (size_t)(at - piece->value);
    return at;
}

/* The escape of a browser at `at`: the character, or NUL for none. */
static char browser_escape(const char *at, const char *end)
{
    if (end - at < 3 || at[0] != '%')
        return '\0';
    if (at[1] == '2' && at[2] == '2')
        return '"';
    if (at[1] != '0')
        return '\0';
    return (at[2] | 0x20) == 'd' ? '\r' : (at[2] | 0x20) == 'a' ? '\n' : '\0';
}

static size_t decode(char *to, const char *at, const char *end)
{
    char *from = to;

    while (at < end) {
        char escaped = browser_escape(at, end);

        if (escaped != '\0') {
            *to++ = escaped;
            at += 3;
            continue;
        }
        if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\'))
            at++;
        *to++ = *at++;
    }
    return (size_t)(to - from);
}

static int read_name(const struct piece *piece, struct weft__arena *arena, const char **ret,
                     size_t *ret_length)
{
    const char *at = piece->value;
    const char *end = at + piece->value_length;
    char *text = weft__arena_alloc(arena, piece->value_length + 1);
    size_t length;

    if (text == NULL)
        return UV_ENOMEM;
    if (*at == '"') {
        length = decode(text, at + 1, end - 1);
    } else {
        length = piece->value_length;
        memcpy(text, at, length);
    }
    text[length] = '\0';
    if (memchr(text, '\0', length) != NULL || !weft__utf8_valid(text, length))
        return WEFT_EPROTO;
    *ret = text;
    *ret_length = length;
    return 0;
}

/* UTF-8'language'percent-encoded. */
static int read_extended(const struct piece *piece, struct weft__arena *arena, const char **ret,
                         size_t *ret_length)
{
    const char *end = piece->value + piece->value_length;
    const char *at = weft__find(piece->value, end, '\'');

    if (at - piece->value != 5 || !weft__lower_equal(piece->value, "utf-8", 5))
        return WEFT_EPROTO;
    at = weft__find(at + 1, end, '\'');
    if (at == end)
        return WEFT_EPROTO;
    return weft__url_decode_arena(arena, at + 1, (size_t)(end - at - 1), WEFT__URL_PATH, ret,
                                  ret_length);
}

static bool is_called(const struct piece *piece, const char *name)
{
    return piece->name_length == strlen(name) &&
           weft__lower_equal(piece->name, name, piece->name_length);
}

/* The parameters of a Content-Disposition that say something here, each as it was written. */
struct pieces {
    struct piece name;
    struct piece filename;
    struct piece extended; /* filename* */
};

/* Whether it is called `name`, and something that begins with '*' behind that. */
static bool is_variant(const struct piece *piece, const char *name)
{
    size_t length = strlen(name);

    return piece->name_length > length && piece->name[length] == '*' &&
           weft__lower_equal(piece->name, name, length);
}

/* Each at most once; others are ignored, but for those that mail has (RFC 2231): name*, name*0,
 * filename*0, filename*0*.  Who knows them would see another name, or a file for a field. */
static int take(struct pieces *pieces, const struct piece *piece)
{
    struct piece *to = is_called(piece, "name")        ? &pieces->name
                       : is_called(piece, "filename")  ? &pieces->filename
                       : is_called(piece, "filename*") ? &pieces->extended
                                                       : NULL;

    if (to == NULL)
        return is_variant(piece, "name") || is_variant(piece, "filename") ? WEFT_EPROTO : 0;
    if (to->value != NULL)
        return WEFT_EPROTO;
    *to = *piece;
    return 0;
}

static int split(struct pieces *ret, const char *at, const char *end)
{
    *ret = (struct pieces){ 0 };
    while (at < end) {
        struct piece piece;

        at = next_piece(at, end, &piece);
        if (at == NULL || (piece.value != NULL && take(ret, &piece) < 0))
            return WEFT_EPROTO;
    }
    return 0;
}

/* filename* if it is well formed, else filename.  One of both has to be: a part with a name
 * that cannot be read is a file all the same, and must not pass for a field. */
static int read_filename(struct weft__form_data *form, struct weft__arena *arena,
                         const struct pieces *pieces)
{
    int rc = 0;

    if (pieces->filename.value != NULL)
        rc = read_name(&pieces->filename, arena, &form->filename, &form->filename_length);
    if (rc < 0 || pieces->extended.value == NULL)
        return rc;
    rc = read_extended(&pieces->extended, arena, &form->filename, &form->filename_length);
    return rc == WEFT_EPROTO && form->filename != NULL ? 0 : rc;
}

int weft__form_data_parse(struct weft__form_data *ret, struct weft__arena *arena,
                          const char *text, size_t length)
{
    const char *end = text + length;
    const char *at = weft__find_token_end(text, end);
    bool is_form = at - text == 9 && weft__lower_equal(text, "form-data", 9);
    struct weft__form_data form = { 0 };
    struct pieces pieces;
    int rc = at == text ? WEFT_EPROTO : split(&pieces, at, end);

    if (rc == 0 && is_form && pieces.name.value != NULL)
        rc = read_name(&pieces.name, arena, &form.name, &form.name_length);
    if (rc == 0)
        rc = read_filename(&form, arena, &pieces);
    if (rc == 0)
        *ret = form;
    return rc;
}

/* Whether the field would be there twice and may not: who reads the first and who reads the
 * last would see two different parts. */
static bool is_repeated(const struct weft__fields *fields, const char *name, size_t length)
{
    static const char *const single[] = { "Content-Disposition", "Content-Type",
                                          "Content-Transfer-Encoding" };

    for (size_t i = 0; i < sizeof(single) / sizeof(*single); i++)
        if (weft__field_name_equal(name, length, single[i], strlen(single[i])))
            return weft__fields_get(fields, name, length) != NULL;
    return false;
}

int weft__part_fields_parse(struct weft__fields *fields, struct weft__arena *arena,
                            const char *lines, size_t length)
{
    const char *end = length == 0 ? lines : lines + length; /* both NULL, perhaps */

    while (lines < end) {
        const char *cr = weft__find(lines, end, '\r');
        const char *colon = weft__find(lines, cr, ':');
        const char *value = colon < cr ? weft__skip_space(colon + 1, cr) : cr;
        const char *last = cr;
        int rc;

        while (last > value && weft__char_is_space(last[-1]))
            last--;
        if (is_repeated(fields, lines, (size_t)(colon - lines)))
            return WEFT_EPROTO;
        rc = weft__fields_add(fields, arena, lines, (size_t)(colon - lines), value,
                              (size_t)(last - value));
        if (rc < 0)
            return rc == UV_ENOMEM ? rc : WEFT_EPROTO;
        lines = cr < end ? cr + 2 : end;
    }
    return 0;
}
