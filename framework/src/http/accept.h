/*
 * http/accept.h - what a client accepts: lists of ranges with quality values (RFC 9110, 12.4.2
 * and 12.5), and how well an offer fits them.
 *
 * A quality is a number from 0, not acceptable, to 1000.  An element that is malformed is
 * skipped as though it had not been sent, and so are those past WEFT__ACCEPT_MAX.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_ACCEPT_H
#define WEFT_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

struct weft__media_type;

enum {
    WEFT__QUALITY_MAX = 1000,
    WEFT__ACCEPT_MAX = 64, /* elements of one field, all its lines together */
};

/* One element; pieces of the text that was read. */
struct weft__accept {
    const char *range; /* such as "text/html", "gzip", "de-CH" or "*"; at least one character */
    const char *parameters; /* from the first ';' on, checked, without q and what follows it */
    size_t range_length;
    size_t parameters_length; /* 0: there are none */
    unsigned quality;
};

/* The elements of a field.  Zero-initialised, it is that of a request without the field. */
struct weft__accept_list {
    unsigned count;
    bool media; /* they are media ranges; set beforehand */
    bool sent;  /* the field is there, even if empty */
    struct weft__accept items[WEFT__ACCEPT_MAX];
};

/* Append the elements of one line of the field; the text is borrowed. */
void weft__accept_read(struct weft__accept_list *list, const char *value, size_t length);

/* How acceptable a media type is: the range that fits it most closely decides (RFC 9110,
 * 12.5.1).  A charset of UTF-8 in a range is met by types that name no charset. */
unsigned weft__accept_type(const struct weft__accept_list *list,
                           const struct weft__media_type *type);

/* How acceptable a content coding is (RFC 9110, 12.5.3).  "identity" has 1 where the list
 * neither names nor excludes it. */
unsigned weft__accept_coding(const struct weft__accept_list *list, const char *coding);

/* How acceptable a language is by basic filtering (RFC 4647, 3.3.1). */
unsigned weft__accept_language(const struct weft__accept_list *list, const char *tag);

/*
 * Which of `count` languages to take: the first that the most wanted range finds by basic
 * filtering or, failing that, by lookup (RFC 4647, 3.4), where "de-CH" finds "de"; then the
 * next range.  "*" finds the first language.  Those with a quality of 0 are never taken.  The
 * index; -1 when no range finds any.
 */
int weft__accept_lookup(const struct weft__accept_list *list, const char *const *tags,
                        unsigned count);

#endif
