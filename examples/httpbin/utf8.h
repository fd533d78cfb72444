/*
 * utf8.h - whether bytes are text.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_UTF8_H
#define HTTPBIN_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 by RFC 3629: nothing overlong, no surrogates, nothing above U+10FFFF.  That a JSON
 * string could not be made of it does not tell: memory may be out. */
bool is_utf8(const char *data, size_t length);

#endif
