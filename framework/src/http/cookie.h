/*
 * http/cookie.h - cookies (RFC 6265bis).
 *
 * Values are opaque: nothing is decoded or encoded, and quotes around a value belong to it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_COOKIE_H
#define WEFT_HTTP_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/pairs.h"

enum { WEFT__COOKIES_MAX = 180, WEFT__COOKIE_BYTES_MAX = 4096 };

/*
 * Append the cookies of one Cookie field to `ret_pairs`.  A piece without '=' or with an empty
 * or malformed name is skipped, as browsers and other servers do; the others still count.
 *
 * 0; WEFT_ELIMIT when there would be more than WEFT__COOKIES_MAX; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__cookies_parse(struct weft__pairs *ret_pairs,
                                        struct weft__arena *arena, const char *text,
                                        size_t length);

enum weft__same_site {
    WEFT__SAME_SITE_DEFAULT, /* not said: browsers take Lax */
    WEFT__SAME_SITE_STRICT,
    WEFT__SAME_SITE_LAX,
    WEFT__SAME_SITE_NONE, /* needs `secure` */
};

/* What a Set-Cookie field says.  NULL or zero leaves an attribute out. */
struct weft__cookie {
    const char *name;
    const char *value; /* NULL: empty */
    const char *domain;
    const char *path;
    int64_t max_age; /* seconds, with has_max_age; 0 or less deletes the cookie */
    int64_t expires; /* seconds since 1970, with has_expires */
    enum weft__same_site same_site;
    bool has_max_age;
    bool has_expires;
    bool secure;
    bool http_only;
    bool partitioned; /* needs `secure` */
};

/*
 * The value of a Set-Cookie field, in the arena.
 *
 * 0; UV_EINVAL when a part holds characters that it may not, when name and value exceed
 * WEFT__COOKIE_BYTES_MAX, when the domain is an address or no host name, when the date is
 * outside of the years 1601 to 9999, or when a browser would drop the cookie for its
 * attributes: SameSite none or Partitioned without Secure, "__Secure-" without Secure,
 * "__Host-" without Secure and Path=/ or with Domain, "__Http-" and "__Host-Http-" without
 * Secure and HttpOnly; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__cookie_format(const struct weft__cookie *cookie,
                                        struct weft__arena *arena, const char **ret_text,
                                        size_t *ret_length);

/* Whether two texts of weft__cookie_format() are of one cookie, so that a browser would keep
 * but the later: by name, domain, path and partition (RFC 6265bis, 5.7). */
bool weft__cookie_same(const char *a, const char *b);

#endif
