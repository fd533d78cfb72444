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
#include <string.h>
#include <weft.h>

/* Lines of a response, in the memory of the request. */
struct lines {
    weft_request *req;
    char *text;
    size_t length;
    size_t room;
    int rc; /* of the first line that found no memory */
};

static void append(struct lines *lines, const char *text)
{
    size_t length = strlen(text);

    if (lines->rc < 0 || length == 0)
        return;
    if (length > lines->room - lines->length) {
        size_t room = 2 * (lines->room + length);
        char *larger = weft_alloc(lines->req, room);

        if (larger == NULL) {
            lines->rc = UV_ENOMEM;
            return;
        }
        if (lines->length > 0)
            memcpy(larger, lines->text, lines->length);
        lines->text = larger;
        lines->room = room;
    }
    memcpy(lines->text + lines->length, text, length);
    lines->length += length;
}

static void add_line(struct lines *lines, const char *name, const char *between,
                     const char *value)
{
    append(lines, name);
    append(lines, between);
    append(lines, value);
    append(lines, "\n");
}

static weft_response *reply(const struct lines *lines)
{
    if (lines->rc < 0)
        return weft_error(lines->req, lines->rc);
    return weft_bytes(lines->req, 200, "text/plain; charset=utf-8", lines->text, lines->length);
}

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

static weft_response *list_fields(weft_request *req)
{
    struct lines lines = { .req = req };
    const char *name, *value;
    size_t at = 0;

    while (weft_header_next(req, &at, &name, &value))
        add_line(&lines, name, ": ", value);
    return reply(&lines);
}

static weft_response *list_cookies(weft_request *req)
{
    struct lines lines = { .req = req };
    const char *name, *value;
    size_t at = 0;

    while (weft_cookie_next(req, &at, &name, &value))
        add_line(&lines, name, "=", value);
    return reply(&lines);
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
