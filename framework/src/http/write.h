/*
 * http/write.h - writing responses (RFC 9112, 4 to 7).
 *
 * Names and values in a weft__fields list were checked when they were set; the writer copies.
 * Framing is the writer's alone: Content-Length, Transfer-Encoding, Connection and Keep-Alive
 * in the list are skipped, so that the length on the wire is always the one of the body; so are
 * TE and Proxy-Connection, which no response has.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_WRITE_H
#define WEFT_HTTP_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

struct weft__buffer;
struct weft__date;
struct weft__fields;

enum weft__framing {
    WEFT__FRAMING_NONE,    /* 1xx, 204, 304; or a body that ends with the connection */
    WEFT__FRAMING_LENGTH,  /* Content-Length */
    WEFT__FRAMING_CHUNKED, /* Transfer-Encoding: chunked */
};

/* What the Connection field says.  Where the list holds Upgrade, `upgrade` comes behind it (RFC
 * 9110, 7.8). */
enum weft__persistence {
    WEFT__CONNECTION_DEFAULT,    /* nothing; else no field */
    WEFT__CONNECTION_CLOSE,      /* Connection: close */
    WEFT__CONNECTION_KEEP_ALIVE, /* Connection: keep-alive, which HTTP/1.0 needs */
};

struct weft__response_head {
    unsigned status;
    enum weft__framing framing;
    enum weft__persistence connection;
    uint64_t content_length;           /* with WEFT__FRAMING_LENGTH */
    const struct weft__fields *fields; /* NULL: none */
    const struct weft__date *date;     /* NULL: no Date line */
    const char *server; /* the Server field's value, checked; NULL: no such line */
    size_t server_length;
    /* The Date and Server lines as weft__write_lines() makes them, taken where the list has
     * neither; NULL: made from `date` and `server` each time. */
    const char *lines;
    size_t lines_length;
};

/* What weft__write_lines() takes besides server_length. */
enum { WEFT__WRITE_LINES_MAX = 64 };

/* Write the Date and Server lines of `head` to `to`; how many bytes. */
size_t weft__write_lines(char *to, const struct weft__response_head *head);

/*
 * Append a response head.  A Date or Server in the list replaces the one given here.
 * 0, or the buffer's failure; then nothing was appended.
 */
WEFT_MUST_CHECK int weft__write_head(struct weft__buffer *out,
                                     const struct weft__response_head *head);

/* Append "HTTP/1.1 100 Continue" and an empty line. */
WEFT_MUST_CHECK int weft__write_continue(struct weft__buffer *out);

/* Append one chunk of the chunked coding; nothing for a length of 0, which would end the body.
 */
WEFT_MUST_CHECK int weft__write_chunk(struct weft__buffer *out, const void *data,
                                      size_t length);

/* Append the last chunk and an empty trailer section. */
WEFT_MUST_CHECK int weft__write_last_chunk(struct weft__buffer *out);

/* The same with trailers; 0, or the buffer's failure: then nothing was appended. */
WEFT_MUST_CHECK int weft__write_trailers(struct weft__buffer *out,
                                         const struct weft__fields *trailers);

/* Append an interim response (RFC 9110, 15.2), as weft__write_trailers() does. */
WEFT_MUST_CHECK int weft__write_interim(struct weft__buffer *out, unsigned status,
                                        const struct weft__fields *fields);

enum {
    WEFT__CHUNK_HEAD_MAX = 18, /* what weft__chunk_head() writes at most */
    WEFT__CHUNK_TAIL = 2,      /* CRLF behind the data */
    WEFT__DECIMAL_MAX = 20,    /* digits of UINT64_MAX */
};

/* Write "<hex size>\r\n" for a chunk of `length` bytes, for callers that send the data from
 * where it lies; how many bytes were written. */
size_t weft__chunk_head(char *to, size_t length);

/* Write a number in decimal digits, without NUL; how many. */
size_t weft__decimal(char *to, uint64_t number);

#endif
