/*
 * web/file.h - files as responses (weft/static.h).
 *
 * A file that was found and opened becomes a response by its validators, the request's
 * conditions and its ranges.  Its body is a list of parts, which are sent when the response is:
 * one part for a whole file or one range; for several, each range with a text before it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_FILE_H
#define WEFT_WEB_FILE_H

#include <stdint.h>
#include <sys/stat.h>
#include <weft/static.h>

#include "http/conditions.h"
#include "http/range.h"
#include "web/response.h"

/* Text, and then bytes of the file; either may be empty. */
struct weft__file_part {
    const char *text;
    size_t text_length;
    uint64_t offset;
    uint64_t length;
};

struct weft__file_body {
    int fd;
    unsigned count;
    uint64_t length; /* of all parts with their texts */
    struct weft__file_part *parts;
    char *scratch; /* of filters: where the file is read to; NULL without them */
};

/* An open file, and how it is to be told of. */
struct weft__found_file {
    int fd; /* that weft__file_keep() closes */
    struct stat stat;
    const char *name;   /* decides on the media type; NULL: none */
    const char *coding; /* that the content has; NULL: none */
    bool varies;        /* other requests get other codings */
};

/* Have `fd` closed when the request is over.  0 or UV_ENOMEM: then it is closed already. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__file_keep(weft_request *req, int fd, uint64_t size);

/* The response for a file. */
weft_response *weft__file_respond(weft_request *req, const struct weft__found_file *found,
                                  const weft_file_options *options);

/* The response for a code of opening one, as weft_send_file() tells. */
weft_response *weft__file_error(weft_request *req, int code);

/* Get what sending it takes, before its head leaves, when the filters are known.  0 or
 * UV_ENOMEM. */
WEFT_MUST_CHECK int weft__file_prepare(weft_response *res);

/* Send the body of a response that has begun.  0 or a code. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__file_write(weft_response *res);

/* --- file_fields.c ----------------------------------------------------------------------- */

/* Validators of a file; zero-initialised: it has none. */
struct weft__file_validators {
    struct weft__validators known; /* for conditions; its tag lies in `etag` */
    char etag[80];                 /* as in an ETag field; "": none */
    int64_t now;                   /* seconds since 1970 */
};

void weft__file_validate(struct weft__file_validators *ret,
                         const struct weft__found_file *found,
                         const weft_file_options *options);

/* Set the fields that 200 and 304 have.  0 or a code. */
WEFT_MUST_CHECK int weft__file_tell(weft_response *res,
                                    const struct weft__file_validators *validators,
                                    const struct weft__found_file *found,
                                    const weft_file_options *options);

/* --- file_ranges.c ----------------------------------------------------------------------- */

/* How many ranges are to be sent, 0 for all of the file, or -416; see weft__ranges_parse(). */
int weft__file_ranges(const weft_request *req, const struct weft__validators *validators,
                      int64_t now, uint64_t size, struct weft__range *ranges);

/* Make `res` one of `count` ranges, with its status and fields; `type` is of the file.  0 or a
 * code. */
WEFT_MUST_CHECK int weft__file_set_ranges(weft_response *res, const char *type, uint64_t size,
                                          const struct weft__range *ranges, unsigned count);

#endif
