/*
 * model/json_scan.c - see json_scan.h.
 *
 * Neither function knows JSON's grammar.  They agree with a parser on where strings begin and
 * end for as long as the text is JSON, and behind its first mistake no parser goes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/json_scan.h"

#include <string.h>

enum kind { OTHER, OPEN, CLOSE, QUOTE, SPACE, SIGN };

static const unsigned char kinds[256] = {
    ['['] = OPEN,   ['{'] = OPEN,   [']'] = CLOSE,  ['}'] = CLOSE, ['"'] = QUOTE, [' '] = SPACE,
    ['\t'] = SPACE, ['\r'] = SPACE, ['\n'] = SPACE, [','] = SIGN,  [':'] = SIGN,
};

static enum kind kind_of(char byte)
{
    return (enum kind)kinds[(unsigned char)byte];
}

/* Is the quote at `at` escaped, in a string whose first byte is at `first`? */
static bool escaped(const char *first, const char *at)
{
    const char *back = at;

    while (back > first && back[-1] == '\\')
        back--;
    return (at - back) % 2 != 0;
}

/*
 * The quote that ends the string whose opening quote is at `at`; `end` if none does.  Linear:
 * the backslashes looked at lie between two quotes, and each pair is looked at once.
 */
static const char *string_end(const char *at, const char *end)
{
    const char *first = at + 1;

    for (at = first; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL)
            break;
        if (!escaped(first, at))
            return at;
    }
    return end;
}

/*
 * What jansson 2.14 takes of a 64-bit glibc, in chunks of malloc(), which are now and then one
 * step of 16 larger than they need be, and something more.  Tables begin
 * with room for 8, and double; while one does, the old one is there as well.
 */
enum {
    OBJECT = 256, /* 224 with its first table */
    ARRAY = 160,  /* 128 with its first table */
    STRING = 96,  /* 80 and its bytes; as much is a key with the pair that it is in */
    NUMBER = 40,  /* 32 */
    SLOT = 24,    /* of an array's table: 8, twice that, and half of it again */
    MEMBER = 32,  /* by which a slot of an object's is larger: 48 */
    LEXER = 256,  /* the first buffer of the tokenizer */
    TIMES = 3,    /* which holds the longest token, doubles and is copied as well */
};

static void add_token(struct weft__json_cost *cost, size_t fixed, size_t length,
                      size_t *longest)
{
    cost->tree += fixed;
    if (length > *longest)
        *longest = length;
}

/* Large blocks are whole pages: a 32nd of 128 KiB, from where on they are. */
static size_t string_cost(size_t length)
{
    return STRING + length + length / 32;
}

static bool may_begin_number(char byte)
{
    return byte == '-' || (byte >= '0' && byte <= '9');
}

static bool may_begin_word(char byte)
{
    return may_begin_number(byte) || byte == 't' || byte == 'f' || byte == 'n';
}

/* true, false and null are there once for all. */
static size_t word_cost(char first)
{
    return may_begin_number(first) ? NUMBER : 0;
}

/* The end of the number or name at `at`. */
static const char *word_end(const char *at, const char *end)
{
    while (at < end && kind_of(*at) == OTHER)
        at++;
    return at;
}

static void add_bracket(struct weft__json_cost *cost, char bracket)
{
    cost->tree += bracket == '{' ? OBJECT : ARRAY;
}

static void add_sign(struct weft__json_cost *cost, char sign)
{
    cost->tree += sign == ':' ? MEMBER : SLOT;
}

bool weft__json_survey(const char *text, size_t length, size_t max_depth, size_t *ret_offset,
                       struct weft__json_cost *ret_cost)
{
    const char *end = text + length;
    struct weft__json_cost cost = { 0 };
    size_t longest = 0;
    size_t depth = 0;
    bool begun = false;
    bool open = true; /* may still be JSON behind this token */

    for (const char *at = text; at < end && open; at++) {
        const char *first = at;
        enum kind kind = kind_of(*at);

        if (depth == 0 && kind != SPACE) {
            open = !begun; /* there is one value at the top */
            begun = true;
        }
        switch (kind) {
        case OPEN:
            if (depth == max_depth) {
                *ret_offset = (size_t)(at - text);
                return false;
            }
            depth++;
            add_bracket(&cost, *at);
            break;
        case CLOSE:
            open = open && depth > 0;
            depth -= depth > 0;
            break;
        case QUOTE:
            at = string_end(at, end);
            open = open && at < end;
            add_token(&cost, string_cost((size_t)(at - first)), (size_t)(at - first), &longest);
            break;
        case OTHER:
            at = word_end(at, end) - 1;
            open = open && may_begin_word(*first);
            add_token(&cost, word_cost(*first), (size_t)(at - first) + 1, &longest);
            break;
        case SIGN:
            add_sign(&cost, *at);
            break;
        default:
            break;
        }
    }
    cost.parsing = LEXER + TIMES * longest;
    *ret_cost = cost;
    return true;
}

size_t weft__json_token_at(const char *text, size_t offset)
{
    const char *wanted = text + offset;
    const char *word = NULL; /* where the number or name began that we are in */

    for (const char *at = text; at < wanted; at++) {
        switch (kind_of(*at)) {
        case QUOTE: {
            const char *last = string_end(at, wanted + 1);

            word = NULL;
            if (last == wanted)
                return (size_t)(at - text);
            if (last > wanted)
                return offset;
            at = last;
            break;
        }
        case OTHER:
            if (word == NULL)
                word = at;
            break;
        default:
            word = NULL;
        }
    }
    return word != NULL && kind_of(*wanted) == OTHER ? (size_t)(word - text) : offset;
}
