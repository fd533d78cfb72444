/*
 * web/json.c - JSON bodies of requests and responses (weft/json.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/json.h>

#include <string.h>
#include <weft/log.h>

#include "model/json.h"
#include "web/app.h"
#include "web/content_type.h"
#include "web/decompress.h"
#include "web/response.h"

enum {
    SHARED_KEPT = 64 * 1024,           /* bytes of shared memory that stay for the next one */
    RESPONSE_MAX = 1024 * 1024 * 1024, /* bytes of JSON */
};

/* --- In -------------------------------------------------------------------------------- */

static const weft_key parsed = { "json" };

static void release(void *arg)
{
    json_decref(arg);
}

/* Without a type, or with another one, a body is not taken for JSON: a page of another site can
 * make a browser send text/plain or a form without asking, but not this (CORS). */
static bool is_json(const weft_request *req)
{
    struct weft__media_type type;

    return weft__content_type(req, &type) == 0 && weft__media_type_is_json(&type) &&
           weft__media_type_is_utf8(&type);
}

static int parse(weft_request *req, const char *body, size_t length, json_t **ret)
{
    struct weft__json_limits limits = { .max_depth = weft__app_json_depth(req->app) };
    struct weft__json_error error;
    int rc = weft__json_parse(ret, body, length, &limits, &error);

    if (rc == WEFT_EPROTO || rc == WEFT_ELIMIT)
        return weft_fail(req, 400, "Line %d, column %d: %s.", error.line, error.column,
                         error.text);
    return rc;
}

int weft_json_body(weft_request *req, json_t **ret)
{
    json_t *value = weft_value(req, &parsed);
    const char *body = "";
    size_t length = 0;
    int rc;

    if (value != NULL) {
        *ret = value;
        return 0;
    }
    if (!is_json(req))
        return weft_fail(req, 415, "Expected a body of type application/json.");
    rc = weft__refuse_encoded(req);
    if (rc == 0)
        rc = weft_read_body(req, &body, &length);
    if (rc < 0)
        return rc;
    rc = parse(req, body, length, &value);
    if (rc < 0)
        return rc;
    rc = weft_defer(req, release, value);
    if (rc < 0) {
        json_decref(value);
        return rc;
    }
    *ret = value;
    return weft_set_value(req, &parsed, value);
}

int weft_json_parse(weft_request *req, const char *text, size_t length, json_t **ret)
{
    struct weft__json_limits limits = { .max_depth = weft__app_json_depth(req->app) };

    return weft__json_parse(ret, text, length, &limits, NULL);
}

/* --- Out ------------------------------------------------------------------------------- */

/*
 * JSON is written to memory that all requests of an app share, since nothing suspends
 * meanwhile, and copied from there when its length is known.
 */
static weft_response *reply(weft_request *req, int status, json_t *value,
                            int (*write)(struct weft__buffer *out, const json_t *value))
{
    static const char type[] = "application/json";
    struct weft__buffer *out = &req->app->root->serving.json;
    weft_response *res;
    int rc;

    out->max = RESPONSE_MAX;
    weft__buffer_clear(out);
    rc = write(out, value);
    json_decref(value);
    if (rc < 0) {
        if (rc == WEFT_EMISUSE)
            weft_log(WEFT_LOG_ERROR, "weft_json() was given NULL: did json_pack() fail?");
        res = weft_error(req, rc == UV_ENOMEM ? rc : UV_EINVAL); /* never the client's fault */
    } else {
        res = weft__response_bytes(req, status, type, sizeof(type) - 1, out->data, out->length);
    }
    if (out->room > SHARED_KEPT)
        weft__buffer_done(out);
    return res;
}

weft_response *weft_json(weft_request *req, int status, json_t *value)
{
    return reply(req, status, value, weft__json_write);
}

weft_response *weft_json_pretty(weft_request *req, int status, json_t *value)
{
    return reply(req, status, value, weft__json_write_pretty);
}
