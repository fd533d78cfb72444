/*
 * model/json.h - JSON texts (RFC 8259) to and from jansson's trees.
 *
 * No I/O, and no recursion that a client's text could drive: a scan bounds the depth before
 * jansson, which recurses, sees the text, and the writer is iterative.
 *
 * What is taken beyond and short of the RFC's grammar:
 * - any value may stand at the top, not only an object or an array;
 * - integers are -2^63 to 2^63-1; what has a fraction or an exponent is a double.  A number
 * past either range is refused, never rounded;
 * - an object that has a key twice is refused, because readers differ on which one counts
 *   (RFC 8259, section 4); `allow_duplicate_keys` takes it, and the last one counts;
 * - \u0000 is allowed in a string's value (look at json_string_length()), refused in a key;
 * - a byte order mark, a raw NUL, and what is not UTF-8 are refused.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MODEL_JSON_H
#define WEFT_MODEL_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/budget.h"
#include "base/buffer.h"

/* No tree that is parsed or written is deeper; a scalar has depth 0, an empty array 1. */
enum { WEFT__JSON_MAX_DEPTH = 256 };

/*
 * What a tree takes of a budget: rather too much than too little, and all of it before jansson
 * takes the first byte, because nobody can stop it on its way.
 */
struct weft__json_charge {
    struct weft__budget *budget;
    size_t bytes; /* zero, until a tree was made */
};

/* To be called when the tree was released, or went to somebody who is not counted. */
void weft__json_charge_done(struct weft__json_charge *charge);

/* A field left zero takes its default. */
struct weft__json_limits {
    size_t max_depth; /* default 64; more than WEFT__JSON_MAX_DEPTH counts as that */
    bool allow_duplicate_keys;
    struct weft__json_charge *charge; /* NULL: the tree is not counted */
};

struct weft__json_error {
    int line;       /* from 1 */
    int column;     /* from 1, in characters (not bytes) of that line */
    size_t offset;  /* from 0, in bytes of the text */
    char text[160]; /* what was wrong: part of an English sentence, printable UTF-8 */
};

/*
 * Parse `length` bytes, which need no NUL behind them and are not kept.
 *
 * ret     owned by the caller, release with json_decref().
 * limits  NULL: the defaults.
 * error   where the first thing that was wrong begins: the token, or within a string the
 *         character.  Filled for WEFT_EPROTO and WEFT_ELIMIT only; may be NULL.
 *
 * Returns 0, or WEFT_EPROTO: this is not JSON that is taken here; WEFT_ELIMIT: too deep;
 * UV_ENOMEM, also when the budget refuses.  Where it fails, nothing stays charged.
 */
int weft__json_parse(json_t **ret, const char *text, size_t length,
                     const struct weft__json_limits *limits, struct weft__json_error *error);

/*
 * Append `value` as JSON without white space.  Keys come in the order of the object.  Strings
 * are escaped only where the RFC says they must be.  Reals have the fewest digits that give the
 * same double back, and always a point or an exponent, so that they stay reals.
 *
 * Returns 0, or WEFT_ELIMIT: the tree is deeper than WEFT__JSON_MAX_DEPTH (so is one that holds
 * itself), or the buffer is at its limit; WEFT_EPROTO: not a number, an infinity, or a string
 * that is not UTF-8; WEFT_EMISUSE: `value` is NULL; UV_ENOMEM.  After a failure the content of
 * the buffer is as before.
 */
int weft__json_write(struct weft__buffer *out, const json_t *value);

/* The same for people to read: each member in a line of its own, two spaces in for each level;
 * "{}" and "[]" for what is empty; a line end behind the whole. */
int weft__json_write_pretty(struct weft__buffer *out, const json_t *value);

#endif
