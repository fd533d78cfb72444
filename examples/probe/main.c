/*
 * What a server made of a request, told back line by line: for suites of raw requests.
 *
 *     ./dev run probe
 *     curl localhost:8080/echo -H 'X-Colour: blue'
 *
 * GET / says "OK", POST / returns its body, /echo lists the header fields, /cookie the cookies.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>

static weft_response *ok(weft_request *req)
{
    return weft_text(req, 200, "OK");
}

static weft_response *echo_body(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    if (rc < 0)
        return weft_error(req, rc);
    return weft_bytes(req, 200, "text/plain; charset=utf-8", body, length);
}

/* The framework bounds how many fields and cookies there are, and how long, so that the text
 * may be made anew with each of them. */
static weft_response *list_fields(weft_request *req)
{
    const char *text = "", *name, *value;
    size_t at = 0;

    while (text != NULL && weft_header_next(req, &at, &name, &value))
        text = weft_printf(req, "%s%s: %s\n", text, name, value);
    return text != NULL ? weft_text(req, 200, text) : weft_error(req, UV_ENOMEM);
}

static weft_response *list_cookies(weft_request *req)
{
    const char *text = "", *name, *value;
    size_t at = 0;

    while (text != NULL && weft_cookie_next(req, &at, &name, &value))
        text = weft_printf(req, "%s%s=%s\n", text, name, value);
    return text != NULL ? weft_text(req, 200, text) : weft_error(req, UV_ENOMEM);
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("probe");

    weft_get(app, "/", ok);
    weft_post(app, "/", echo_body);
    weft_route(app, "*", "/echo", &(weft_route_options){ .handler = list_fields });
    weft_route(app, "*", "/cookie", &(weft_route_options){ .handler = list_cookies });
    return weft_main(app, argc, argv);
}
