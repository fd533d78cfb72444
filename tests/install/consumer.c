/*
 * consumer.c - a program outside of the tree that uses the installed library.
 *
 * It is valid C17 and C++17, and is built by install_test.py with what pkg-config says alone.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>

#include <stdio.h>

int main(void)
{
    printf("%s: %s\n", weft_err_name(UV_ECANCELED), weft_strerror(UV_ECANCELED));
    return 0;
}
