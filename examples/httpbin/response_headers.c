/*
 * response_headers.c - /response-headers: the parameters of the query as header fields of the
 * response, and as its body.
 *
 * Shows: fields that the client chooses.  weft_add_header() refuses what could split the
 * response (a line break in a value) or change its framing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <string.h>
#include <strings.h>

#include "describe.h"

/* The body is given these by weft_json_pretty(); a field of the client's takes their place. */
static bool set_once(const char *name)
{
    return strcasecmp(name, "Content-Type") == 0;
}

static int add_fields(weft_request *req, weft_response *res)
{
    const char *name, *value;
    size_t at = 0;

    while (weft_query_next(req, &at, &name, &value)) {
        int rc = UV_EINVAL;

        if (strcasecmp(name, "Content-Length") != 0)
            rc = set_once(name) ? weft_set_header(res, name, value)
                                : weft_add_header(res, name, value);
        if (rc == UV_ENOMEM)
            return rc;
        if (rc < 0)
            return weft_fail(req, 400, "the field %s cannot be set to this value", name);
    }
    return 0;
}

/* Every field is a member, the length of the body included: it is made until it fits.  0 or
 * UV_ENOMEM. */
static int make(weft_request *req, json_t *fields, weft_response **ret)
{
    size_t length = 0, before;
    int rc = fields != NULL ? 0 : UV_ENOMEM;

    if (rc == 0 && json_object_get(fields, "Content-Type") == NULL)
        rc = json_object_set_new(fields, "Content-Type", json_string("application/json"));
    do {
        const char *digits = weft_printf(req, "%zu", before = length);

        if (rc == 0)
            rc = json_object_set_new(fields, "Content-Length", json_string(digits));
        if (rc < 0)
            return UV_ENOMEM;
        *ret = weft_json_pretty(req, 200, json_incref(fields));
        weft_response_body(*ret, &length);
    } while (length != before);
    return 0;
}

static weft_response *response_headers(weft_request *req)
{
    json_t *fields = describe_args(req);
    weft_response *res = NULL;
    int rc = make(req, fields, &res);

    json_decref(fields);
    if (rc == 0)
        rc = add_fields(req, res);
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_response_headers(weft_app *app)
{
    weft_route(app, "GET,POST", "/response-headers",
               &(weft_route_options){ .handler = response_headers,
                                      .summary = "Header fields that the query names" });
}
