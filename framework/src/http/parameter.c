/*
 * http/parameter.c - see parameter.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/parameter.h"

#include <string.h>

#include "http/chars.h"

static const char *skip_token(const char *at, const char *end)
{
    while (at < end && weft__char_is(*at, WEFT__CHAR_TOKEN))
        at++;
    return at;
}

const char *weft__quoted_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\' && ++at == end)
            return NULL;
        if (!weft__char_is_text(*at))
            return NULL;
    }
    return NULL;
}

const char *weft__parameter_next(const char *at, const char *end,
                                 struct weft__parameter *ret_parameter)
{
    *ret_parameter = (struct weft__parameter){ .name = at };
    at = weft__skip_space(at, end);
    if (at == end || *at++ != ';')
        return NULL;
    at = weft__skip_space(at, end);
    if (at == end || *at == ';')
        return at;
    ret_parameter->name = at;
    at = skip_token(at, end);
    ret_parameter->name_length = (size_t)(at - ret_parameter->name);
    if (ret_parameter->name_length == 0 || at == end || *at++ != '=')
        return NULL;
    ret_parameter->value = at;
    at = at < end && *at == '"' ? weft__quoted_end(at, end) : skip_token(at, end);
    if (at == NULL || at == ret_parameter->value)
        return NULL;
    ret_parameter->value_length = (size_t)(at - ret_parameter->value);
    return at;
}

bool weft__parameter_is(const struct weft__parameter *parameter, const char *name)
{
    return parameter->value != NULL && parameter->name_length == strlen(name) &&
           weft__lower_equal(parameter->name, name, parameter->name_length);
}

size_t weft__unquote(char *to, const char *value, size_t length)
{
    size_t count = 0;

    if (length == 0 || value[0] != '"') {
        memmove(to, value, length);
        return length;
    }
    for (size_t i = 1; i + 1 < length; i++) {
        if (value[i] == '\\')
            i++;
        to[count++] = value[i];
    }
    return count;
}
