/*
 * web/cookies.c - cookies of requests and responses (RFC 6265bis).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include <string.h>

#include "http/pairs.h"
#include "web/response.h"

#define SET_COOKIE "Set-Cookie", (sizeof("Set-Cookie") - 1)

/* The cookies of all Cookie fields; those that could be read where memory or the limit ends it.
 */
static const struct weft__pairs *cookies_of(weft_request *req)
{
    const struct weft__field *field;
    struct weft__pairs *cookies;

    if (req->cookies != NULL)
        return req->cookies;
    cookies = weft__arena_calloc(&req->arena, 1, sizeof(*cookies));
    if (cookies == NULL)
        return NULL;
    field = weft__head_find(&req->head, "Cookie", sizeof("Cookie") - 1);
    for (; field != NULL; field = weft__head_find_next(&req->head, field)) {
        if (weft__cookies_parse(cookies, &req->arena, field->value, field->value_length) < 0)
            break;
    }
    req->cookies = cookies;
    return cookies;
}

const char *weft_cookie(weft_request *req, const char *name)
{
    const struct weft__pairs *cookies = cookies_of(req);
    const struct weft__pair *pair = NULL;

    if (cookies != NULL && name != NULL)
        pair = weft__pairs_find(cookies, name, strlen(name));
    return pair == NULL ? NULL : pair->value;
}

bool weft_cookie_next(weft_request *req, size_t *at, const char **ret_name,
                      const char **ret_value)
{
    return weft__pairs_next(cookies_of(req), at, ret_name, ret_value);
}

/* 0, or UV_EINVAL for a word that is none of the three. */
static int same_site_of(const char *word, enum weft__same_site *ret)
{
    if (word == NULL || strcmp(word, "Lax") == 0)
        *ret = WEFT__SAME_SITE_LAX;
    else if (strcmp(word, "Strict") == 0)
        *ret = WEFT__SAME_SITE_STRICT;
    else if (strcmp(word, "None") == 0)
        *ret = WEFT__SAME_SITE_NONE;
    else
        return UV_EINVAL;
    return 0;
}

/* What the options say of a cookie, its time aside. */
static struct weft__cookie cookie_of(const char *name, const weft_cookie_options *options)
{
    return (struct weft__cookie){
        .name = name,
        .domain = options->domain,
        .path = options->path == NULL ? "/" : options->path,
        .secure = options->secure,
        .http_only = !options->allow_script,
        .partitioned = options->partitioned,
    };
}

/* Remove the fields before the last that say of its cookie what it says anew. */
static void forget_former(struct weft__fields *fields)
{
    const char *text = fields->items[fields->count - 1].value;
    unsigned kept = 0;

    for (unsigned i = 0; i < fields->count; i++) {
        const struct weft__field *field = &fields->items[i];

        if (i + 1 == fields->count ||
            !weft__field_name_equal(field->name, field->name_length, SET_COOKIE) ||
            !weft__cookie_same(field->value, text))
            fields->items[kept++] = *field;
    }
    fields->count = kept;
}

static int add_cookie(weft_response *res, struct weft__cookie *cookie, const char *same_site)
{
    const char *text = NULL;
    size_t length = 0;
    int rc = weft__response_changeable(res);

    if (rc == 0)
        rc = same_site_of(same_site, &cookie->same_site);
    if (rc == 0)
        rc = weft__cookie_format(cookie, &res->req->arena, &text, &length);
    if (rc < 0)
        return rc;
    rc = weft__fields_add_static(&res->fields, &res->req->arena, SET_COOKIE, text, length);
    if (rc == 0)
        forget_former(&res->fields);
    return rc;
}

static const weft_cookie_options defaults;

int weft_set_cookie(weft_response *res, const char *name, const char *value,
                    const weft_cookie_options *options)
{
    const weft_cookie_options *with = options == NULL ? &defaults : options;
    struct weft__cookie cookie = cookie_of(name, with);

    cookie.value = value;
    cookie.max_age = with->max_age_s < 0 ? 0 : with->max_age_s;
    cookie.has_max_age = with->max_age_s != 0;
    cookie.expires = with->expires_s;
    cookie.has_expires = with->expires_s != 0;
    return add_cookie(res, &cookie, with->same_site);
}

int weft_delete_cookie(weft_response *res, const char *name, const weft_cookie_options *options)
{
    const weft_cookie_options *with = options == NULL ? &defaults : options;
    struct weft__cookie cookie = cookie_of(name, with);

    cookie.has_max_age = true; /* 0; and for clients that know no Max-Age, the first second: */
    cookie.has_expires = true;
    return add_cookie(res, &cookie, with->same_site);
}
