/*
 * web/segment.h - whether a piece of a path is a value for a parameter.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_SEGMENT_H
#define WEFT_WEB_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "web/template.h"

/* A value as it stands in the path, or decoded. */
struct weft__capture {
    const char *text; /* not NUL-terminated */
    size_t length;
    int64_t integer; /* of an int */
    double real;     /* of a float */
};

/*
 * Whether capture->text is a value of this type, which is no literal; sets the number.
 *
 *   int    digits, '-' perhaps before them, that fit 64 bits
 *   float  such as 1, -1.5 or 2e-3; finite, at most 63 characters
 *   uuid   32 hexadecimal digits in groups of 8, 4, 4, 4 and 12
 *   str    not empty
 *   path   anything that does not begin with a slash
 *
 * No str and no path holds "." or ".." between slashes, at its beginning or end; `separator` is
 * what stands for a slash in a path.  So neither can lead out of a folder.
 */
bool weft__segment_accept(enum weft__segment_type type, char separator,
                          struct weft__capture *capture);

/* The same for a float alone, of a text that ends with NUL. */
bool weft__segment_float(const char *text, size_t length, double *ret);

/* Whether it is a uuid. */
bool weft__segment_uuid(const char *text, size_t length);

#endif
