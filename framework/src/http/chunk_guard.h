/*
 * http/chunk_guard.h - a strict check of the chunked coding (RFC 9112, 7.1).
 *
 * The guard looks at every byte before llhttp does and refuses what only some parsers refuse:
 * bare CR or LF, a size without digits or beyond 16 of them, malformed or long extensions, data
 * not followed by CRLF, malformed or many trailers, and floods of tiny chunks.  It also finds
 * the end of the message, so that the decoder never sees a byte of the next one.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_CHUNK_GUARD_H
#define WEFT_HTTP_CHUNK_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEFT__CHUNK_SIZE_DIGITS = 16,        /* of one chunk's size, leading zeros included */
    WEFT__CHUNK_EXTENSION_BYTES = 256,   /* of one chunk, white space included */
    WEFT__CHUNK_EXTENSIONS_SLACK = 8192, /* of a message, and besides: */
    WEFT__CHUNK_EXTENSIONS_SHARE = 4,    /* one byte for so many of data before them */
    WEFT__TRAILER_BYTES = 8192,          /* of a message */
    WEFT__TRAILER_FIELDS = 32,
    WEFT__TRAILER_NAME_ROOM = 20,       /* longer than the names that are looked for */
    WEFT__CHUNK_OVERHEAD_SLACK = 65536, /* framing bytes that are free, see chunk_guard.c */
};

/* Zero-initialised, it stands before the first chunk. */
struct weft__chunk_guard {
    uint64_t left;             /* of the current chunk's data */
    uint64_t data_bytes;       /* announced by all chunk sizes so far */
    uint64_t framing_bytes;    /* size lines and line ends so far */
    uint64_t extensions_bytes; /* of the message */
    uint16_t extension_bytes;  /* of this chunk */
    uint16_t trailer_bytes;
    uint8_t trailer_fields;
    uint8_t name_length; /* of the current trailer's name; counts no further than its room */
    char name[WEFT__TRAILER_NAME_ROOM]; /* as sent */
    uint8_t digits;                     /* of the current size */
    uint8_t state;
};

/*
 * Check the next bytes of a message, at most `length`, up to where they cease to be of one
 * kind: bytes for the decoder, or bytes that it is not to see (extensions and trailers).
 *
 * max_bytes  how much data the message may hold.
 * ret_skip   set on success: the bytes are not for the decoder.
 *
 * Returns how many bytes were checked, which may be 0 where the kind changes; it is then to be
 * called again, until all bytes are checked or weft__chunk_guard_done().  Or -400, or -413.
 */
long weft__chunk_guard_run(struct weft__chunk_guard *guard, const char *data, size_t length,
                           uint64_t max_bytes, bool *ret_skip);

/* Whether the bytes of the next run, if they are to be skipped, belong to trailer fields. */
bool weft__chunk_guard_in_trailers(const struct weft__chunk_guard *guard);

/* How many bytes of the message are still to come at least, as its framing tells so far. */
uint64_t weft__chunk_guard_least(const struct weft__chunk_guard *guard);

/* Whether the message has ended; what follows belongs to the next one. */
bool weft__chunk_guard_done(const struct weft__chunk_guard *guard);

#endif
