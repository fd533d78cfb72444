/*
 * web/forwarded.c - parsing the Forwarded field (RFC 7239, 4).
 *
 *     Forwarded: for=192.0.2.43;proto=https;host=example.org, for="[2001:db8::17]:4711"
 *
 * Proxies append, so what the nearest one wrote stands last, and whatever stands before may be
 * the client's invention.  Therefore all is read from the right: what a proxy wrote means the
 * same behind any text, be it malformed, endless, or a quote left open.
 *
 * Within a quoted value each '"' stands behind an odd number of backslashes, so the first one
 * with an even number, from the right, begins it.  What they escape is left as it is: no
 * address, scheme or host has any.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/forwarded.h"

#include <string.h>

#include "http/chars.h"
#include "server/request.h"

/* Each function here reads what ends at `end`, and goes no further back than `begin`. */

static const char *skip_space(const char *begin, const char *end)
{
    while (end > begin && weft__char_is_space(end[-1]))
        end--;
    return end;
}

static const char *skip_token(const char *begin, const char *end)
{
    while (end > begin && weft__char_is(end[-1], WEFT__CHAR_TOKEN))
        end--;
    return end;
}

static bool is_escaped(const char *begin, const char *at)
{
    const char *behind = at;

    while (behind > begin && behind[-1] == '\\')
        behind--;
    return (at - behind) % 2 != 0;
}

/* The '"' that begins a quoted string whose content ends at `end`, or NULL. */
static const char *find_quote(const char *begin, const char *end)
{
    const char *at = end;

    do
        at = memrchr(begin, '"', (size_t)(at - begin));
    while (at != NULL && is_escaped(begin, at));
    return at;
}

/* A token or a quoted string; where it begins, or NULL when it is malformed. */
static const char *read_value(const char *begin, const char *end, struct weft__piece *ret)
{
    const char *at;

    if (end > begin && end[-1] == '"') {
        end--;
        at = find_quote(begin, end);
        if (at == NULL || is_escaped(at, end))
            return NULL;
        *ret = (struct weft__piece){ at + 1, (size_t)(end - at - 1) };
        return at;
    }
    at = skip_token(begin, end);
    *ret = (struct weft__piece){ at, (size_t)(end - at) };
    return at == end ? NULL : at;
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

/* `name=value`; where it begins, or NULL when it is malformed or says a thing twice. */
static const char *read_pair(const char *begin, const char *end, struct weft__hop *hop)
{
    struct weft__piece value;
    struct weft__piece *to;
    const char *equals = read_value(begin, end, &value);
    const char *name;

    if (equals == NULL || equals == begin || *--equals != '=')
        return NULL;
    name = skip_token(begin, equals);
    to = member(hop, name, (size_t)(equals - name));
    if (name == equals || (to != NULL && to->text != NULL))
        return NULL;
    if (to != NULL)
        *to = value;
    return name;
}

/*
 * Pairs separated by ';', of which some may be empty, back to a ',' or the beginning; behind
 * which they stand, or NULL.  `ret_empty`: there was nothing at all.
 */
static const char *read_element(const char *begin, const char *end, struct weft__hop *hop,
                                bool *ret_empty)
{
    *ret_empty = true;
    for (;;) {
        end = skip_space(begin, end);
        if (end > begin && end[-1] != ';' && end[-1] != ',') {
            *ret_empty = false;
            end = read_pair(begin, end, hop);
            if (end == NULL)
                return NULL;
            end = skip_space(begin, end);
        }
        if (end == begin || end[-1] == ',')
            return end;
        if (*--end != ';')
            return NULL;
        *ret_empty = false;
    }
}

/* Whether reading goes on in the field before. */
static bool read_field(const struct weft__field *field, struct weft__hop *hops, size_t *count)
{
    const char *begin = field->value;
    const char *end = begin + field->value_length;
    bool empty;

    while (*count < WEFT__HOPS_MAX) {
        struct weft__hop hop = { 0 };

        end = read_element(begin, end, &hop, &empty);
        if (end == NULL)
            return false;
        if (!empty) /* RFC 9110, 5.6.1.2 */
            hops[(*count)++] = hop;
        if (end == begin)
            return true;
        end--; /* the comma */
    }
    return false;
}

size_t weft__forwarded_parse(const weft_request *req, struct weft__hop *hops)
{
    static const char name[] = "Forwarded";
    size_t count = 0;

    for (unsigned i = req->head.field_count; i-- > 0;) {
        const struct weft__field *field = &req->head.fields[i];

        if (weft__field_name_equal(field->name, field->name_length, name, sizeof(name) - 1) &&
            !read_field(field, hops, &count))
            break;
    }
    return count;
}
