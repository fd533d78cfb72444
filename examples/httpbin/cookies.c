/*
 * cookies.c - /cookies tells them, /cookies/set and /cookies/delete change them.
 *
 * Shows: cookies of requests and responses.  weft_set_cookie() refuses what no cookie can
 * carry; what it sets is HttpOnly, SameSite=Lax and for the whole site unless options say
 * otherwise.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <ctype.h>
#include <string.h>

#include "describe.h"
#include "reply.h"

/* --- Values of any text --------------------------------------------------------------------
 */

static const char digits[] = "0123456789ABCDEF";

/* Whether a cookie's value can have the character in it (RFC 6265, 4.1.1); '%' stands for those
 * that it cannot. */
static bool is_carried(unsigned char c)
{
    return c > ' ' && c < 0x7f && strchr("\"%,;\\", c) == NULL;
}

/* The value as a cookie carries it: what it cannot is percent-encoded.  NULL when memory is
 * out. */
static const char *encoded(weft_request *req, const char *value)
{
    char *text = weft_alloc(req, 3 * strlen(value) + 1), *to = text;

    if (text == NULL)
        return NULL;
    for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++) {
        if (is_carried(*c)) {
            *to++ = (char)*c;
        } else {
            *to++ = '%';
            *to++ = digits[*c >> 4];
            *to++ = digits[*c & 15];
        }
    }
    *to = '\0';
    return text;
}

static int digit_value(char c)
{
    const char *at = c != '\0' ? strchr(digits, toupper((unsigned char)c)) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* The character that an escape of encoded() stands for; 0: this is none.  Other escapes are the
 * client's own affair: "%41" is told as it is. */
static char unescaped(const char *text)
{
    int high = text[0] == '%' ? digit_value(text[1]) : -1;
    int low = high >= 0 ? digit_value(text[2]) : -1;
    int c = low >= 0 ? high << 4 | low : 0;

    return (char)(is_carried((unsigned char)c) ? 0 : c);
}

static const char *decoded(weft_request *req, const char *value)
{
    char *text = weft_strdup(req, value), *to = text;

    if (text == NULL)
        return NULL;
    for (; *value != '\0'; value++) {
        char c = unescaped(value);

        *to++ = c != 0 ? c : *value;
        if (c != 0)
            value += 2;
    }
    *to = '\0';
    return text;
}

/* --- Handlers ------------------------------------------------------------------------------
 */

/* Of cookies with the same name the first counts: its path is the closest one. */
static int add_cookie(weft_request *req, json_t *cookies, const char *name, const char *value)
{
    const char *text = decoded(req, value);
    json_t *key = text_json(name);
    int rc = text != NULL && key != NULL ? 0 : UV_ENOMEM;

    if (rc == 0 && json_object_get(cookies, json_string_value(key)) == NULL &&
        json_object_set_new(cookies, json_string_value(key), text_json(text)) < 0)
        rc = UV_ENOMEM;
    json_decref(key);
    return rc;
}

static weft_response *list(weft_request *req)
{
    json_t *cookies = json_object();
    const char *name, *value;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && weft_cookie_next(req, &at, &name, &value))
        rc = add_cookie(req, cookies, name, value);
    if (rc < 0) {
        json_decref(cookies);
        return weft_error(req, rc);
    }
    return reply_json(req, 200, json_pack("{s:o}", "cookies", cookies));
}

/* After a change the client is sent to see what it has now. */
static weft_response *to_list(weft_request *req)
{
    return reply_redirect(req, weft_url_for(req, "cookies"));
}

/* Those that came over TLS go back over TLS only. */
static weft_cookie_options options_of(weft_request *req)
{
    return (weft_cookie_options){ .secure = strcmp(weft_scheme(req), "https") == 0 };
}

static int set_cookie(weft_request *req, weft_response *res, const char *name,
                      const char *value)
{
    weft_cookie_options options = options_of(req);
    const char *text = encoded(req, value);
    int rc = text != NULL ? weft_set_cookie(res, name, text, &options) : UV_ENOMEM;

    return rc == UV_EINVAL ? weft_fail(req, 400, "no cookie can have this name or length") : rc;
}

static weft_response *set_by_query(weft_request *req)
{
    weft_response *res = to_list(req);
    const char *name, *value;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && weft_query_next(req, &at, &name, &value))
        if (strcmp(value, weft_query(req, name)) == 0) /* the first of the name counts */
            rc = set_cookie(req, res, name, value);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *set_by_path(weft_request *req)
{
    weft_response *res = to_list(req);
    int rc = set_cookie(req, res, weft_path_str(req, "name"), weft_path_str(req, "value"));

    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *forget(weft_request *req)
{
    weft_cookie_options options = options_of(req);
    weft_response *res = to_list(req);
    const char *name, *value;
    size_t at = 0;

    int rc = 0;

    /* A cookie is deleted by setting it once more, to what has run out already. */
    while (rc == 0 && weft_query_next(req, &at, &name, &value))
        rc = weft_delete_cookie(res, name, &options);
    if (rc == UV_EINVAL)
        return weft_problem(req, 400, "no cookie can have this name");
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_cookies(weft_app *app)
{
    weft_get(app, "/cookies", list, .name = "cookies", .summary = "The cookies of the request");
    weft_get(app, "/cookies/set", set_by_query, .summary = "Set those that the query names");
    weft_get(app, "/cookies/set/{name}/{value}", set_by_path, .summary = "Set one");
    weft_get(app, "/cookies/delete", forget, .summary = "Delete those that the query names");
}
