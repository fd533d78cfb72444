/*
 * web/forwarded.c - parsing the Forwarded field (RFC 7239, 4).
 *
 *     Forwarded: for=192.0.2.43;proto=https;host=example.org, for="[2001:db8::17]:4711"
 *
 * Stricter than the grammar: quoted values hold no backslash, which no address needs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/forwarded.h"

#include <stdbool.h>
#include <string.h>

#include "server/request.h"

static const char token_characters[] = "!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* A token or a quoted string; NULL when it is malformed, else what stands behind it. */
static const char *read_value(const char *at, struct weft__piece *ret)
{
    bool quoted = *at == '"';

    at += quoted;
    ret->text = at;
    ret->length = quoted ? strcspn(at, "\"\\") : strspn(at, token_characters);
    at += ret->length;
    if (!quoted)
        return ret->length == 0 ? NULL : at;
    return *at == '"' ? at + 1 : NULL;
}

static struct weft__piece *member(struct weft__hop *hop, const char *name, size_t length)
{
    if (weft__field_name_equal(name, length, "for", 3))
        return &hop->node;
    if (weft__field_name_equal(name, length, "proto", 5))
        return &hop->proto;
    if (weft__field_name_equal(name, length, "host", 4))
        return &hop->host;
    return NULL;
}

/* `name=value`; NULL when it is malformed or says a thing twice. */
static const char *read_pair(const char *at, struct weft__hop *hop)
{
    size_t length = strspn(at, token_characters);
    struct weft__piece *to = member(hop, at, length);
    struct weft__piece value;

    if (length == 0 || at[length] != '=' || (to != NULL && to->text != NULL))
        return NULL;
    at = read_value(at + length + 1, &value);
    if (to != NULL)
        *to = value;
    return at;
}

/* Pairs separated by ';', up to a ',' or the end. */
static const char *read_element(const char *at, struct weft__hop *hop)
{
    for (;;) {
        at = read_pair(skip_space(at), hop);
        if (at == NULL)
            return NULL;
        at = skip_space(at);
        if (*at != ';')
            return *at == ',' || *at == '\0' ? at : NULL;
        at++;
    }
}

static bool read_field(const char *at, struct weft__hop *hops, size_t *count)
{
    for (;;) {
        struct weft__hop hop = { 0 };

        at = read_element(at, &hop);
        if (at == NULL || *count == WEFT__HOPS_MAX)
            return false;
        hops[(*count)++] = hop;
        if (*at == '\0')
            return true;
        at++;
    }
}

size_t weft__forwarded_parse(const weft_request *req, struct weft__hop *hops)
{
    const struct weft__field *field =
        weft__head_find(&req->head, "Forwarded", sizeof("Forwarded") - 1);
    size_t count = 0;

    for (; field != NULL; field = weft__head_find_next(&req->head, field)) {
        if (!read_field(field->value, hops, &count))
            return 0;
    }
    return count;
}
