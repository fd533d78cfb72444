/*
 * http/form_data.h - what the header of a part of multipart/form-data says (RFC 7578, 4).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_FORM_DATA_H
#define WEFT_HTTP_FORM_DATA_H

#include <stddef.h>

#include "http/field.h"

/* Texts lie in the arena. */
struct weft__form_data {
    const char *name;     /* NULL: it is no form-data, or has none */
    const char *filename; /* NULL: it is no file */
    size_t name_length;
    size_t filename_length;
};

/*
 * Read a Content-Disposition.  In names `\"` and `\\` stand for a quote and a backslash, as
 * some clients write them, and %22, %0D and %0A for a quote, CR and LF, as browsers do
 * (WHATWG HTML, 4.10.21.8); other backslashes and '%' are what they are.
 *
 * RFC 7578, 4.2 has no filename* (RFC 8187), but there are clients that send it: .NET's beside
 * a filename that holds no more than an encoding of electronic mail, old ones of Python alone.
 * So a well-formed one goes before filename; a malformed one is ignored beside a filename and
 * is malformed alone.
 *
 * Everything else that begins with `name*` or `filename*`, such as the continuations of RFC
 * 2231, is refused; other parameters are ignored.
 *
 * 0; WEFT_EPROTO when it is malformed, or has one of these parameters twice, or one of those
 * that are refused, or a name is no UTF-8 or holds a NUL; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__form_data_parse(struct weft__form_data *ret,
                                          struct weft__arena *arena, const char *text,
                                          size_t length);

/* Split header lines, each with its CRLF, into fields; the texts are copied.  0; WEFT_EPROTO,
 * also for a second Content-Disposition, Content-Type or Content-Transfer-Encoding; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__part_fields_parse(struct weft__fields *fields,
                                            struct weft__arena *arena, const char *lines,
                                            size_t length);

#endif
