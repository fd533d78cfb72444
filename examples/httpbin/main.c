/*
 * main.c - httpbin as a program.
 *
 *     ./dev run httpbin
 *     curl localhost:8080/get?colour=blue
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

int main(int argc, char **argv)
{
    return weft_main(httpbin_app(), argc, argv);
}
