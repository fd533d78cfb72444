/*
 * http/date.h - HTTP dates (RFC 9110, 5.6.7), without locale or time zone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_DATE_H
#define WEFT_HTTP_DATE_H

#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

enum {
    WEFT__DATE_LENGTH = 29,      /* "Sun, 06 Nov 1994 08:49:37 GMT" */
    WEFT__DATE_LINE_LENGTH = 37, /* "Date: " before it and CRLF behind it */
};

/*
 * Write seconds since 1970 (UTC) as an IMF-fixdate: exactly WEFT__DATE_LENGTH bytes, no NUL.
 * Times outside of the years 1 to 9999 are clamped to them.
 */
void weft__date_format(char *to, int64_t unix_seconds);

/*
 * Read a date in any of the three forms that RFC 9110 has a recipient take.  `now` settles
 * which century a two-digit year means.  0, or WEFT_EPROTO: *ret_seconds is untouched then.
 */
WEFT_MUST_CHECK int weft__date_parse(int64_t *ret_seconds, const char *text, size_t length,
                                     int64_t now);

/* A Date line that is formatted once a second.  Zero-initialised, it is not yet valid. */
struct weft__date {
    int64_t second;
    char line[WEFT__DATE_LINE_LENGTH + 1];
};

void weft__date_render(struct weft__date *date, int64_t unix_seconds);

/* Make the line say `unix_seconds`; costs a comparison when it does already. */
static inline void weft__date_update(struct weft__date *date, int64_t unix_seconds)
{
    if (date->second != unix_seconds || date->line[0] == '\0')
        weft__date_render(date, unix_seconds);
}

#endif
