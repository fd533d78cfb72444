/*
 * trailers.c - /trailers: header fields that come after the body (RFC 9110, 6.5): those that
 * the query names, and the SHA-256 of the body; those of the request are in the body.
 *
 * Shows: trailers in both directions.  What is only known when all has been sent, such as a
 * digest, belongs there, and only there: whoever does not look at trailers misses nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <openssl/evp.h>
#include <string.h>

#include "base64.h"
#include "describe.h"

/* Those of the request are there when its body has been read to the end. */
static int add_received(weft_request *req, json_t *what)
{
    json_t *trailers = json_object();
    const char *body, *name, *value;
    size_t at = 0;
    int rc = weft_read_body(req, &body, NULL);

    while (rc == 0 && weft_trailer_next(req, &at, &name, &value))
        rc = add_member(trailers, name, text_json(value));
    if (json_object_set_new(what, "trailers", trailers) < 0 && rc == 0)
        rc = UV_ENOMEM;
    return rc;
}

/* Before the first write, so that the head announces them. */
static int add_wanted(weft_request *req, weft_response *res)
{
    const char *name, *value;
    size_t at = 0;

    while (weft_query_next(req, &at, &name, &value)) {
        int rc = weft_add_trailer(res, name, value);

        if (rc == UV_EINVAL || rc == WEFT_EMISUSE)
            return weft_fail(req, 400, "%s can be no trailer field with this value", name);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Content-Digest as of RFC 9530. */
static int add_digest(weft_request *req, weft_response *res, const char *body)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const char *value;

    if (EVP_Digest(body, strlen(body), hash, &size, EVP_sha256(), NULL) != 1)
        return UV_EIO;
    value = base64_encode(req, hash, size);
    if (value != NULL)
        value = weft_printf(req, "sha-256=:%s:", value);
    return value != NULL ? weft_add_trailer(res, "Content-Digest", value) : UV_ENOMEM;
}

static weft_response *trailers(weft_request *req)
{
    json_t *what = describe_request(req);
    weft_response *res = weft_stream(req, 200, "application/json");
    const char *body = NULL;
    int rc = add_received(req, what);

    if (rc == 0)
        rc = add_wanted(req, res);
    if (rc == 0)
        rc = weft_append_header(res, "Trailer", "Content-Digest"); /* the value comes later */
    if (rc == 0) {
        body = json_text(req, what, JSON_COMPACT);
        rc = body != NULL ? 0 : UV_ENOMEM;
    }
    if (body != NULL) {
        rc = weft_write(res, body, strlen(body));
        if (rc >= 0)
            rc = add_digest(req, res, body);
    }
    json_decref(what);
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_trailers(weft_app *app)
{
    weft_route(app, "GET,POST", "/trailers",
               &(weft_route_options){ .handler = trailers,
                                      .summary = "Fields after the body, of both sides" });
}
