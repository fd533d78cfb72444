/*
 * model/json_parse.c - text to tree, by jansson.
 *
 * jansson recurses once for each level and uses some 80 bytes of stack for it, so a text of
 * brackets would overrun a coroutine's stack: nothing reaches it before its depth is known.
 * Neither can it be stopped where memory has a ceiling: what it will take is charged before.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/json.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <weft/error.h>

#include "base/utf8.h"
#include "model/json_scan.h"

enum { DEFAULT_DEPTH = 64 };

/* Line and column of error->offset; behind the last byte is a place too. */
static void locate(struct weft__json_error *error, const char *text)
{
    const char *end = text + error->offset;
    const char *line = text;
    int lines = 1;
    int column = 1;

    for (const char *at; (at = memchr(line, '\n', (size_t)(end - line))) != NULL; line = at + 1)
        lines += lines < INT_MAX;
    for (const char *at = line; at < end; at++)
        column += (*at & 0xc0) != 0x80 && column < INT_MAX; /* not the inside of a character */
    error->line = lines;
    error->column = column;
}

static void set_text(struct weft__json_error *error, const char *text)
{
    snprintf(error->text, sizeof(error->text), "%s", text);
}

static int refuse(struct weft__json_error *error, const char *text, size_t offset, int code,
                  const char *what)
{
    if (error == NULL)
        return code;
    error->offset = offset;
    set_text(error, what);
    locate(error, text);
    return code;
}

/* jansson quotes the text, which may be anything: keep what can be printed. */
static void copy_printable(struct weft__json_error *error, const char *theirs)
{
    set_text(error, theirs);
    if (!weft__utf8_valid(error->text, strlen(error->text))) {
        char *near = strstr(error->text, " near ");

        if (near != NULL)
            *near = '\0';
    }
    for (char *at = error->text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;

        if (byte < 0x20 || byte == 0x7f)
            *at = '?';
    }
}

/* Of a raw control character in a string, jansson stops before it and tells two kinds apart. */
static bool is_control_character(const json_error_t *theirs)
{
    return strncmp(theirs->text, "control character", 17) == 0 ||
           strncmp(theirs->text, "unexpected newline", 18) == 0;
}

/* Say what jansson found, in our words where its own need an explanation. */
static void describe(struct weft__json_error *error, const json_error_t *theirs)
{
    switch (json_error_code(theirs)) {
    case json_error_premature_end_of_input:
        set_text(error, "the text ends before the value does");
        break;
    case json_error_invalid_utf8:
        set_text(error, "this is not UTF-8");
        break;
    case json_error_null_byte_in_key:
        set_text(error, "a key may not have \\u0000 in it");
        break;
    case json_error_duplicate_key:
        set_text(error, "the object has this key already");
        break;
    case json_error_numeric_overflow:
        set_text(error, strncmp(theirs->text, "real", 4) == 0
                            ? "the number is too large for a double"
                            : "the integer does not fit into 64 signed bits");
        break;
    default:
        if (is_control_character(theirs))
            set_text(error, "a control character in a string must be escaped");
        else
            copy_printable(error, theirs->text);
    }
}

/*
 * jansson's position counts the bytes that it has taken: the last of them is the one it
 * stumbled over, but for the end of the text and for bytes that it could not decode.
 */
static size_t place_of(const json_error_t *theirs, const char *text, size_t length)
{
    size_t taken = theirs->position > 0 ? (size_t)theirs->position : 0;

    switch (json_error_code(theirs)) {
    case json_error_premature_end_of_input:
        return length;
    case json_error_invalid_utf8:
        return taken < length ? taken : length;
    default:
        if (taken == 0 || taken > length)
            return 0; /* it never says so: not to read outside of the text if it did */
        return is_control_character(theirs) ? taken : weft__json_token_at(text, taken - 1);
    }
}

/*
 * Where memory runs out jansson often sets no error at all, and calls a string that it could
 * not store an invalid token; strings that are wrong have messages of their own.
 */
static bool ran_out_of_memory(const json_error_t *theirs, char at_place)
{
    if (theirs->text[0] == '\0' || json_error_code(theirs) == json_error_out_of_memory)
        return true;
    if (at_place != '"')
        return false;
    return strncmp(theirs->text, "invalid token", 13) == 0 ||
           strncmp(theirs->text, "string or '}' expected", 22) == 0;
}

static int explain(struct weft__json_error *error, const json_error_t *theirs, const char *text,
                   size_t length)
{
    size_t place = place_of(theirs, text, length);

    if (ran_out_of_memory(theirs, place < length ? text[place] : '\0'))
        return UV_ENOMEM;
    if (error == NULL)
        return WEFT_EPROTO;
    error->offset = place;
    describe(error, theirs);
    locate(error, text);
    return WEFT_EPROTO;
}

/* What jansson is not given, or would say little about. */
static int check(const char *text, size_t length, size_t max_depth,
                 struct weft__json_error *error, struct weft__json_cost *ret_cost)
{
    const char *nul;
    size_t offset;

    if (length == 0)
        return refuse(error, "", 0, WEFT_EPROTO, "the text is empty");
    if (length > SIZE_MAX / WEFT__JSON_COST_MAX)
        return UV_ENOMEM;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return refuse(error, text, 0, WEFT_EPROTO, "the text begins with a byte order mark");
    nul = memchr(text, '\0', length);
    if (nul != NULL)
        return refuse(error, text, (size_t)(nul - text), WEFT_EPROTO, "this is a NUL byte");
    if (!weft__json_survey(text, length, max_depth, &offset, ret_cost)) {
        char what[64];

        snprintf(what, sizeof(what), "this is nested deeper than %zu levels", max_depth);
        return refuse(error, text, offset, WEFT_ELIMIT, what);
    }
    return 0;
}

/* Parse what was checked. */
static int load(json_t **ret, const char *text, size_t length, size_t flags,
                struct weft__json_error *error)
{
    json_error_t theirs;
    json_t *tree = json_loadb(text, length, flags, &theirs);

    if (tree == NULL)
        return explain(error, &theirs, text, length);
    *ret = tree;
    return 0;
}

void weft__json_charge_done(struct weft__json_charge *charge)
{
    weft__budget_give(charge->budget, charge->bytes);
    charge->bytes = 0;
}

int weft__json_parse(json_t **ret, const char *text, size_t length,
                     const struct weft__json_limits *limits, struct weft__json_error *error)
{
    size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES;
    size_t max_depth =
        limits != NULL && limits->max_depth > 0 ? limits->max_depth : DEFAULT_DEPTH;
    struct weft__json_charge uncounted = { 0 };
    struct weft__json_charge *charge =
        limits != NULL && limits->charge != NULL ? limits->charge : &uncounted;
    struct weft__json_cost cost;
    int rc;

    if (max_depth > WEFT__JSON_MAX_DEPTH)
        max_depth = WEFT__JSON_MAX_DEPTH;
    rc = check(text, length, max_depth, error, &cost);
    if (rc < 0)
        return rc;
    if (limits != NULL && limits->allow_duplicate_keys)
        flags &= ~(size_t)JSON_REJECT_DUPLICATES;
    rc = weft__budget_take(charge->budget, cost.tree + cost.parsing);
    if (rc < 0)
        return rc;
    rc = load(ret, text, length, flags, error);
    charge->bytes = rc == 0 ? cost.tree : 0;
    weft__budget_give(charge->budget, cost.tree + cost.parsing - charge->bytes);
    return rc;
}
