/*
 * consumer.c - a program outside of the tree that uses the installed library.
 *
 * It is valid C17 and C++17, and is built by install_test.py with what pkg-config says alone.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>

#include <string.h>

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "Hello from outside");
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("consumer");
    weft_route_options options;

    memset(&options, 0, sizeof(options));
    options.handler = hello;
    weft_route(app, "GET", "/", &options);
    return weft_main(app, argc, argv);
}
