/*
 * What bench/ measures: a fixed text, JSON that is made anew for each request, and a path
 * parameter.
 *
 *     ./dev bench
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>

static weft_response *plaintext(weft_request *req)
{
    return weft_text(req, 200, "Hello, World!");
}

static weft_response *json(weft_request *req)
{
    json_t *message = json_pack("{s:s}", "message", "Hello, World!");

    return message != NULL ? weft_json(req, 200, message) : weft_error(req, UV_ENOMEM);
}

static weft_response *user(weft_request *req)
{
    return weft_text(req, 200, weft_path_str(req, "id"));
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("bench");

    weft_get(app, "/", plaintext, .name = "plaintext");
    weft_get(app, "/json", json, .name = "json");
    weft_get(app, "/users/{id}", user, .name = "user");
    return weft_main(app, argc, argv);
}
