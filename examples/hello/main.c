/*
 * The smallest program: one route, one handler, one command line.
 *
 *     ./dev run hello
 *     curl http://127.0.0.1:8080/
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "Hello, World!");
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("hello");

    weft_get(app, "/", hello);
    return weft_main(app, argc, argv);
}
