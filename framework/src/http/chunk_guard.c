/*
 * http/chunk_guard.c - see chunk_guard.h.
 *
 *   SIZE_FIRST -> SIZE -> [EXTENSION ...] -> SIZE_CR -> SIZE_LF -> DATA -> DATA_CR -> DATA_LF
 *       ^                                                |                                |
 *       +------------------------------------------------|--------------------------------+
 *                                                        v  (size 0)
 *                      END_LF <- LINE <-> TRAILER_NAME -> TRAILER_VALUE -> TRAILER_LF
 *
 * White space before and behind the ';' and '=' of extensions, which RFC 9112, 7.1.1 calls bad,
 * is skipped with them; anywhere else, as between the size or an extension and CR, it is
 * refused.
 *
 * Trailers are for the caller (http/trailer_section.h).  Those that RFC 9110, 6.5.1 forbids,
 * since merging them would change where the message ends, where it goes or whom it comes from,
 * are refused.
 *
 * Floods.  A chunk costs five bytes of framing and more, and work at both ends.  Framing may
 * amount to five bytes for each two of data, past a first part that is free: so a client that
 * writes two bytes at a time is served however long it goes on, and one that writes single ones
 * may do so some ten thousand times.  Extensions, which nobody reads, may amount to a quarter
 * of the data before them, past a first part: enough to sign every chunk of some hundred bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/chunk_guard.h"

#include <string.h>

#include "http/find.h"

enum state {
    SIZE_FIRST,
    SIZE,
    SIZE_CR,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LINE, /* the first byte of a trailer or of the last line */
    END_LF,
    DONE,
    /* What the decoder does not get to see: */
    EXTENSION, /* its ';', or white space before that */
    EXTENSION_NAME_FIRST,
    EXTENSION_NAME,
    EXTENSION_NAME_END, /* white space behind the name: before '=' or the next ';' */
    EXTENSION_VALUE_FIRST,
    EXTENSION_VALUE,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPED,
    EXTENSION_QUOTED_END,
    TRAILER_NAME_FIRST,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
};

static bool is_skipped(unsigned state)
{
    return state >= EXTENSION;
}

/* Go on with `state`, the byte used or not. */
static int use(struct weft__chunk_guard *guard, enum state state)
{
    guard->state = (uint8_t)state;
    return 1;
}

static int leave(struct weft__chunk_guard *guard, enum state state)
{
    guard->state = (uint8_t)state;
    return 0;
}

static int read_digit(struct weft__chunk_guard *guard, char c)
{
    if (guard->digits++ == WEFT__CHUNK_SIZE_DIGITS || guard->left >> 59 != 0)
        return -400; /* 2^63 bytes and more */
    guard->left = guard->left << 4 | weft__char_hex(c);
    return use(guard, SIZE);
}

/* The size line is complete. */
static int begin_data(struct weft__chunk_guard *guard, uint64_t max_bytes)
{
    uint64_t total;

    if (__builtin_add_overflow(guard->data_bytes, guard->left, &total) || total > max_bytes)
        return -413;
    guard->data_bytes = total;
    guard->digits = 0;
    guard->extension_bytes = 0;
    if (guard->left == 0)
        return use(guard, LINE);
    if (guard->framing_bytes > WEFT__CHUNK_OVERHEAD_SLACK &&
        (guard->framing_bytes - WEFT__CHUNK_OVERHEAD_SLACK) / 5 > total / 2)
        return -400;
    return use(guard, DATA);
}

/* A byte outside of extensions and trailers. */
static int read_framing(struct weft__chunk_guard *guard, char c, uint64_t max_bytes)
{
    switch ((enum state)guard->state) {
    case SIZE_FIRST:
        return weft__char_is(c, WEFT__CHAR_HEX) ? read_digit(guard, c) : -400;
    case SIZE:
        if (weft__char_is(c, WEFT__CHAR_HEX))
            return read_digit(guard, c);
        return leave(guard, c == ';' || weft__char_is_space(c) ? EXTENSION : SIZE_CR);
    case SIZE_CR:
        return c == '\r' ? use(guard, SIZE_LF) : -400;
    case SIZE_LF:
        return c == '\n' ? begin_data(guard, max_bytes) : -400;
    case DATA_CR:
        return c == '\r' ? use(guard, DATA_LF) : -400;
    case DATA_LF:
        return c == '\n' ? use(guard, SIZE_FIRST) : -400;
    case LINE:
        return c == '\r' ? use(guard, END_LF) : leave(guard, TRAILER_NAME_FIRST);
    default: /* END_LF */
        return c == '\n' ? use(guard, DONE) : -400;
    }
}

/* What may follow a complete extension: white space only if another one follows. */
static int end_extension(struct weft__chunk_guard *guard, char c)
{
    if (c == ';')
        return use(guard, EXTENSION_NAME_FIRST);
    if (weft__char_is_space(c))
        return use(guard, EXTENSION);
    return c == '\r' ? leave(guard, SIZE_CR) : -400;
}

/* Around an extension's name and before its value. */
static int read_extension_name(struct weft__chunk_guard *guard, char c)
{
    bool token = weft__char_is(c, WEFT__CHAR_TOKEN);
    bool space = weft__char_is_space(c);

    switch ((enum state)guard->state) {
    case EXTENSION:
        if (space)
            return 1;
        return c == ';' ? use(guard, EXTENSION_NAME_FIRST) : -400;
    case EXTENSION_NAME_FIRST:
        if (space)
            return 1;
        return token ? use(guard, EXTENSION_NAME) : -400;
    case EXTENSION_NAME:
        if (token)
            return 1;
        if (space)
            return use(guard, EXTENSION_NAME_END);
        return c == '=' ? use(guard, EXTENSION_VALUE_FIRST) : end_extension(guard, c);
    default: /* EXTENSION_NAME_END */
        if (space)
            return 1;
        if (c == '=')
            return use(guard, EXTENSION_VALUE_FIRST);
        return c == ';' ? use(guard, EXTENSION_NAME_FIRST) : -400;
    }
}

static int read_extension_value(struct weft__chunk_guard *guard, char c)
{
    bool token = weft__char_is(c, WEFT__CHAR_TOKEN);

    switch ((enum state)guard->state) {
    case EXTENSION_VALUE_FIRST:
        if (weft__char_is_space(c))
            return 1;
        if (c == '"')
            return use(guard, EXTENSION_QUOTED);
        return token ? use(guard, EXTENSION_VALUE) : -400;
    case EXTENSION_VALUE:
        return token ? 1 : end_extension(guard, c);
    case EXTENSION_QUOTED:
        if (c == '"')
            return use(guard, EXTENSION_QUOTED_END);
        if (c == '\\')
            return use(guard, EXTENSION_ESCAPED);
        return weft__char_is_text(c) ? 1 : -400;
    case EXTENSION_ESCAPED:
        return weft__char_is_text(c) ? use(guard, EXTENSION_QUOTED) : -400;
    default: /* EXTENSION_QUOTED_END */
        return end_extension(guard, c);
    }
}

/* One byte of an extension: counted, so that all of them stay within bounds. */
static int read_extension(struct weft__chunk_guard *guard, char c)
{
    int rc = guard->state < EXTENSION_VALUE_FIRST ? read_extension_name(guard, c)
                                                  : read_extension_value(guard, c);

    guard->extension_bytes += rc == 1;
    guard->extensions_bytes += rc == 1;
    if (guard->extension_bytes > WEFT__CHUNK_EXTENSION_BYTES ||
        guard->extensions_bytes >
            WEFT__CHUNK_EXTENSIONS_SLACK + guard->data_bytes / WEFT__CHUNK_EXTENSIONS_SHARE)
        return -400;
    return rc;
}

static bool is_forbidden_trailer(const struct weft__chunk_guard *guard)
{
    static const char *const names[] = {
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "cookie",
        "expect",
        "host",
        "max-forwards",
        "proxy-authorization",
        "range",
        "te",
        "transfer-encoding",
        "trailer",
        "upgrade",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i]) == guard->name_length &&
            weft__lower_equal(guard->name, names[i], guard->name_length))
            return true;
    return false;
}

static int note_trailer_name(struct weft__chunk_guard *guard, char c)
{
    if (guard->name_length < WEFT__TRAILER_NAME_ROOM)
        guard->name[guard->name_length++] = c;
    return use(guard, TRAILER_NAME);
}

static int read_trailer(struct weft__chunk_guard *guard, char c)
{
    bool token = weft__char_is(c, WEFT__CHAR_TOKEN);

    switch ((enum state)guard->state) {
    case TRAILER_NAME_FIRST:
        if (!token || guard->trailer_fields++ == WEFT__TRAILER_FIELDS)
            return -400;
        guard->name_length = 0;
        return note_trailer_name(guard, c);
    case TRAILER_NAME:
        if (token)
            return note_trailer_name(guard, c);
        return c == ':' && !is_forbidden_trailer(guard) ? use(guard, TRAILER_VALUE) : -400;
    case TRAILER_VALUE:
        if (weft__char_is_text(c))
            return 1;
        return c == '\r' ? use(guard, TRAILER_LF) : -400;
    default: /* TRAILER_LF */
        return c == '\n' ? use(guard, LINE) : -400;
    }
}

/* One byte of what the decoder skips. */
static int read_skipped(struct weft__chunk_guard *guard, char c)
{
    int rc;

    if (guard->state < TRAILER_NAME_FIRST)
        return read_extension(guard, c);
    rc = read_trailer(guard, c);
    guard->trailer_bytes += rc == 1;
    return guard->trailer_bytes > WEFT__TRAILER_BYTES ? -400 : rc;
}

/* As much of the chunk's data as is there. */
static size_t pass_data(struct weft__chunk_guard *guard, size_t length)
{
    size_t take = guard->left < length ? (size_t)guard->left : length;

    guard->left -= take;
    if (guard->left == 0)
        guard->state = DATA_CR;
    return take;
}

long weft__chunk_guard_run(struct weft__chunk_guard *guard, const char *data, size_t length,
                           uint64_t max_bytes, bool *ret_skip)
{
    bool skip = is_skipped(guard->state);
    size_t at = 0;

    while (at < length && guard->state != DONE && is_skipped(guard->state) == skip) {
        int rc;

        if (guard->state == DATA) {
            at += pass_data(guard, length - at);
            continue;
        }
        rc = skip ? read_skipped(guard, data[at]) : read_framing(guard, data[at], max_bytes);
        if (rc < 0)
            return rc;
        at += (size_t)rc;
        guard->framing_bytes += (unsigned)rc;
    }
    *ret_skip = skip;
    return (long)at;
}

bool weft__chunk_guard_in_trailers(const struct weft__chunk_guard *guard)
{
    return guard->state >= TRAILER_NAME_FIRST;
}

uint64_t weft__chunk_guard_least(const struct weft__chunk_guard *guard)
{
    enum { LAST_CHUNK = 5 }; /* a zero and two line ends */

    switch ((enum state)guard->state) {
    case DONE:
        return 0;
    case END_LF:
        return 1;
    case LINE:
        return 2;
    case DATA:
        return guard->left + 2 + LAST_CHUNK; /* no overflow: `left` is below 2^63 */
    case DATA_CR:
        return 2 + LAST_CHUNK;
    case DATA_LF:
        return 1 + LAST_CHUNK;
    case SIZE_FIRST:
        return LAST_CHUNK;
    default:
        return 3; /* in a size line or a trailer */
    }
}

bool weft__chunk_guard_done(const struct weft__chunk_guard *guard)
{
    return guard->state == DONE;
}
