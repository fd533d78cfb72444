/*
 * http/cookie.c - see cookie.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include <string.h>
#include <strings.h>
#include <weft/error.h>

#include "base/arena.h"
#include "http/date.h"
#include "http/find.h"
#include "http/write.h"

enum { ATTRIBUTE_BYTES_MAX = 1024 }; /* RFC 6265bis, 5.6: longer ones are ignored */

/* What can be written as a date that a browser takes: earlier than 1601 is none (5.1.1). */
#define EXPIRES_MIN INT64_C(-11644473600) /* 1601-01-01T00:00:00 */
#define EXPIRES_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59 */

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!weft__char_is(text[i], WEFT__CHAR_TOKEN))
            return false;
    return length > 0;
}

/* One "name=value", which ends at `end`; false when it is none.  Browsers keep cookies of
 * scripts and of other servers whose names are no tokens, and send them ("a[b]"; RFC
 * 6265bis, 5.6). */
static bool split_cookie(struct weft__pair *pair, char *at, char *end)
{
    char *equals;
    char *value;

    while (at < end && weft__char_is_space(*at))
        at++;
    while (end > at && weft__char_is_space(end[-1]))
        end--;
    equals = at + (weft__find(at, end, '=') - at);
    if (equals == at || equals == end || weft__char_is_space(equals[-1]))
        return false;
    value = equals + 1;
    while (value < end && weft__char_is_space(*value))
        value++;
    *equals = '\0';
    *end = '\0';
    *pair = (struct weft__pair){
        .name = at,
        .name_length = (size_t)(equals - at),
        .value = value,
        .value_length = (size_t)(end - value),
    };
    return true;
}

int weft__cookies_parse(struct weft__pairs *ret_pairs, struct weft__arena *arena,
                        const char *text, size_t length)
{
    char *copy = weft__arena_strndup(arena, text, length);
    char *end;

    if (copy == NULL)
        return UV_ENOMEM;
    end = copy + length;
    for (char *at = copy; at < end;) {
        char *next = at + (weft__find(at, end, ';') - at);
        struct weft__pair pair;

        if (split_cookie(&pair, at, next)) {
            int rc;

            if (ret_pairs->count >= WEFT__COOKIES_MAX)
                return WEFT_ELIMIT;
            rc = weft__pairs_add(ret_pairs, arena, &pair);
            if (rc < 0)
                return rc;
        }
        at = next + 1;
    }
    return 0;
}

/* cookie-value: cookie-octets, perhaps in double quotes. */
static bool value_ok(const char *value)
{
    size_t length = strlen(value);

    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value++;
        length -= 2;
    }
    for (size_t i = 0; i < length; i++)
        if (!weft__char_is(value[i], WEFT__CHAR_COOKIE))
            return false;
    return true;
}

/* Of a host name (RFC 1123, 2.1), or with '_', which occurs. */
static bool label_ok(const char *at, const char *end)
{
    for (const char *c = at; c < end; c++)
        if (!weft__char_is(*c, WEFT__CHAR_UNRESERVED) || *c == '~')
            return false;
    return at < end && end - at <= 63 && *at != '-' && end[-1] != '-';
}

/* A last label that makes the name an address: "4", or "0x4". */
static bool is_number(const char *at, const char *end)
{
    unsigned digit = WEFT__CHAR_DIGIT;

    if (end - at >= 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
        digit = WEFT__CHAR_HEX;
        at += 2;
    }
    while (at < end && weft__char_is(*at, digit))
        at++;
    return at == end;
}

/* An address has no domain that it would belong to: 5.1.3.  Which names are those of public
 * suffixes, such as "co.uk", is not known here. */
static bool domain_ok(const char *domain)
{
    const char *end = domain + strlen(domain);
    const char *label = domain;

    for (const char *dot; (dot = weft__find(label, end, '.')) < end; label = dot + 1)
        if (!label_ok(label, dot))
            return false;
    return end - domain <= 253 && label_ok(label, end) && !is_number(label, end);
}

static bool path_ok(const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < length; i++)
        if (path[i] == ';' || (path[i] != ' ' && !weft__char_is_visible(path[i])))
            return false;
    return length <= ATTRIBUTE_BYTES_MAX && path[0] == '/' && path[length - 1] != ' ';
}

static bool has_prefix(const char *name, const char *lower, size_t length)
{
    return strlen(name) >= length && weft__lower_equal(name, lower, length);
}

/* Whether a browser would keep it, by the rules for its name and its attributes. */
static bool attributes_ok(const struct weft__cookie *c)
{
    bool host = has_prefix(c->name, "__host-", 7);
    bool http = has_prefix(c->name, "__http-", 7) || has_prefix(c->name, "__host-http-", 12);

    if (!c->secure && (c->same_site == WEFT__SAME_SITE_NONE || c->partitioned || host || http ||
                       has_prefix(c->name, "__secure-", 9)))
        return false;
    if (http && !c->http_only)
        return false;
    return !host || (c->domain == NULL && c->path != NULL && strcmp(c->path, "/") == 0);
}

static bool cookie_ok(const struct weft__cookie *c)
{
    size_t name = c->name != NULL ? strlen(c->name) : 0;
    size_t value = c->value != NULL ? strlen(c->value) : 0;

    if (!is_token(c->name, name) || name > WEFT__COOKIE_BYTES_MAX ||
        value > WEFT__COOKIE_BYTES_MAX - name)
        return false;
    return (value == 0 || value_ok(c->value)) && (c->domain == NULL || domain_ok(c->domain)) &&
           (c->path == NULL || path_ok(c->path)) &&
           (!c->has_expires || (c->expires >= EXPIRES_MIN && c->expires <= EXPIRES_MAX)) &&
           attributes_ok(c);
}

static char *put(char *to, const char *text)
{
    return stpcpy(to, text);
}

static char *put_number(char *to, int64_t number)
{
    if (number < 0)
        *to++ = '-';
    return to + weft__decimal(to, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static const char *same_site_text(enum weft__same_site same_site)
{
    switch (same_site) {
    case WEFT__SAME_SITE_STRICT:
        return "; SameSite=Strict";
    case WEFT__SAME_SITE_LAX:
        return "; SameSite=Lax";
    case WEFT__SAME_SITE_NONE:
        return "; SameSite=None";
    default:
        return "";
    }
}

static char *put_attributes(char *to, const struct weft__cookie *c)
{
    if (c->domain != NULL)
        to = put(put(to, "; Domain="), c->domain);
    if (c->path != NULL)
        to = put(put(to, "; Path="), c->path);
    if (c->has_max_age)
        to = put_number(put(to, "; Max-Age="), c->max_age);
    if (c->has_expires) {
        to = put(to, "; Expires=");
        weft__date_format(to, c->expires);
        to += WEFT__DATE_LENGTH;
    }
    to = put(to, c->secure ? "; Secure" : "");
    to = put(to, c->http_only ? "; HttpOnly" : "");
    to = put(to, same_site_text(c->same_site));
    return put(to, c->partitioned ? "; Partitioned" : "");
}

int weft__cookie_format(const struct weft__cookie *cookie, struct weft__arena *arena,
                        const char **ret_text, size_t *ret_length)
{
    enum { FIXED_BYTES = 200 }; /* all attribute names, both numbers and the date */
    size_t size = FIXED_BYTES;
    char *text;
    char *end;

    if (!cookie_ok(cookie))
        return UV_EINVAL;
    size += strlen(cookie->name) + (cookie->value != NULL ? strlen(cookie->value) : 0);
    size += cookie->domain != NULL ? strlen(cookie->domain) : 0;
    size += cookie->path != NULL ? strlen(cookie->path) : 0;
    text = weft__arena_alloc(arena, size);
    if (text == NULL)
        return UV_ENOMEM;
    end = put(put(text, cookie->name), "=");
    end = put(end, cookie->value != NULL ? cookie->value : "");
    end = put_attributes(end, cookie);
    *end = '\0';
    *ret_text = text;
    *ret_length = (size_t)(end - text);
    return 0;
}

/* --- Which one it is -------------------------------------------------------------------- */

/* The value of an attribute, which `label` begins; NULL: there is none.  No value holds "; ".
 */
static const char *attribute(const char *text, const char *label, size_t *ret_length)
{
    const char *at = strstr(text, label);

    *ret_length = 0;
    if (at == NULL)
        return NULL;
    at += strlen(label);
    *ret_length = strcspn(at, ";");
    return at;
}

static bool attribute_same(const char *a, const char *b, const char *label, bool caseless)
{
    size_t a_length;
    size_t b_length;
    const char *a_value = attribute(a, label, &a_length);
    const char *b_value = attribute(b, label, &b_length);

    return (a_value == NULL) == (b_value == NULL) && a_length == b_length &&
           (a_length == 0 || (caseless ? strncasecmp(a_value, b_value, a_length)
                                       : memcmp(a_value, b_value, a_length)) == 0);
}

bool weft__cookie_same(const char *a, const char *b)
{
    size_t name = strcspn(a, "=") + 1;

    return strncmp(a, b, name) == 0 && attribute_same(a, b, "; Domain=", true) &&
           attribute_same(a, b, "; Path=", false) &&
           attribute_same(a, b, "; Partitioned", false);
}
