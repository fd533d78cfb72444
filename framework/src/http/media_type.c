/*
 * http/media_type.c - see media_type.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/media_type.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "http/chars.h"
#include "http/parameter.h"

static const char *skip_token(const char *at, const char *end)
{
    while (at < end && weft__char_is(*at, WEFT__CHAR_TOKEN))
        at++;
    return at;
}

static bool parameters_ok(const char *at, const char *end)
{
    struct weft__parameter parameter;

    while (at != NULL && at < end)
        at = weft__parameter_next(at, end, &parameter);
    return at != NULL;
}

int weft__media_type_parse(struct weft__media_type *ret_type, const char *text, size_t length)
{
    const char *end = text + length;
    const char *slash;
    const char *tail;
    const char *plus;

    text = weft__skip_space(text, end);
    while (end > text && weft__char_is_space(end[-1]))
        end--;
    slash = skip_token(text, end);
    if (slash == text || slash == end || *slash != '/')
        return WEFT_EPROTO;
    tail = skip_token(slash + 1, end);
    if (tail == slash + 1 || !parameters_ok(tail, end))
        return WEFT_EPROTO;
    *ret_type = (struct weft__media_type){
        .type = text,
        .type_length = (size_t)(slash - text),
        .subtype = slash + 1,
        .subtype_length = (size_t)(tail - slash - 1),
        .parameters = tail < end ? tail : NULL,
        .parameters_length = (size_t)(end - tail),
    };
    plus = memrchr(ret_type->subtype, '+', ret_type->subtype_length);
    if (plus != NULL && plus > ret_type->subtype && plus + 1 < tail) {
        ret_type->suffix = plus + 1;
        ret_type->suffix_length = (size_t)(tail - plus - 1);
    }
    return 0;
}

static bool is_word(const char *text, size_t length, const char *word, size_t word_length)
{
    if (word_length == 1 && *word == '*')
        return true;
    return length == word_length && weft__lower_equal(text, word, length);
}

bool weft__media_type_is(const struct weft__media_type *type, const char *what)
{
    const char *slash = strchr(what, '/');

    return slash != NULL &&
           is_word(type->type, type->type_length, what, (size_t)(slash - what)) &&
           is_word(type->subtype, type->subtype_length, slash + 1, strlen(slash + 1));
}

bool weft__media_type_is_json(const struct weft__media_type *type)
{
    return weft__media_type_is(type, "application/json") ||
           (type->suffix_length == 4 && weft__lower_equal(type->suffix, "json", 4));
}

/* How many parameters have that name; the first one, all zero when there is none. */
static unsigned find_parameter(const struct weft__media_type *type, const char *name,
                               struct weft__parameter *ret_first)
{
    const char *at = type->parameters;
    const char *end = at != NULL ? at + type->parameters_length : NULL;
    unsigned count = 0;

    *ret_first = (struct weft__parameter){ 0 };
    while (at < end) {
        struct weft__parameter parameter;

        at = weft__parameter_next(at, end, &parameter);
        if (weft__parameter_is(&parameter, name) && count++ == 0)
            *ret_first = parameter;
    }
    return count;
}

int weft__media_type_parameter(const struct weft__media_type *type, struct weft__arena *arena,
                               const char *name, const char **ret_value, size_t *ret_length)
{
    struct weft__parameter parameter;
    unsigned count = find_parameter(type, name, &parameter);
    size_t length;
    char *copy;

    if (count != 1)
        return count == 0 ? 0 : WEFT_EPROTO;
    copy = weft__arena_alloc(arena, parameter.value_length + 1);
    if (copy == NULL)
        return UV_ENOMEM;
    length = weft__unquote(copy, parameter.value, parameter.value_length);
    copy[length] = '\0';
    *ret_value = copy;
    *ret_length = length;
    return 1;
}

enum weft__charset weft__media_type_charset(const struct weft__media_type *type)
{
    struct weft__parameter charset;
    unsigned count = find_parameter(type, "charset", &charset);

    if (count != 1)
        return count == 0 ? WEFT__CHARSET_UTF8 : WEFT__CHARSET_OTHER;
    if (charset.value[0] == '"') {
        charset.value++;
        charset.value_length -= 2;
    }
    return weft__charset_parse(charset.value, charset.value_length);
}
