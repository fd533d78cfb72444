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
#include "describe.h"

static weft_response *list(weft_request *req)
{
    json_t *cookies = json_object();
    const char *name, *value;
    size_t at = 0;

    /* Of cookies with the same name the first counts: its path is the closest one. */
    while (weft_cookie_next(req, &at, &name, &value)) {
        json_t *key = text_json(name);

        if (json_object_get(cookies, json_string_value(key)) == NULL)
            json_object_set_new(cookies, json_string_value(key), text_json(value));
        json_decref(key);
    }
    return weft_json(req, 200, json_pack("{s:o}", "cookies", cookies));
}

/* After a change the client is sent to see what it has now. */
static weft_response *to_list(weft_request *req)
{
    return weft_redirect(req, 302, weft_url_for(req, "cookies"));
}

static int set_cookie(weft_request *req, weft_response *res, const char *name,
                      const char *value)
{
    int rc = weft_set_cookie(res, name, value, NULL);

    return rc == UV_EINVAL ? weft_fail(req, 400, "no cookie can have this name and value") : rc;
}

static weft_response *set_by_query(weft_request *req)
{
    weft_response *res = to_list(req);
    const char *name, *value;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && weft_query_next(req, &at, &name, &value))
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
    weft_response *res = to_list(req);
    const char *name, *value;
    size_t at = 0;

    /* A cookie is deleted by setting it once more, to what has run out already. */
    while (weft_query_next(req, &at, &name, &value))
        if (weft_delete_cookie(res, name, NULL) < 0)
            return weft_problem(req, 400, "no cookie can have this name");
    return res;
}

void add_cookies(weft_app *app)
{
    weft_get(app, "/cookies", list, .name = "cookies", .summary = "The cookies of the request");
    weft_get(app, "/cookies/set", set_by_query, .summary = "Set those that the query names");
    weft_get(app, "/cookies/set/{name}/{value}", set_by_path, .summary = "Set one");
    weft_get(app, "/cookies/delete", forget, .summary = "Delete those that the query names");
}
