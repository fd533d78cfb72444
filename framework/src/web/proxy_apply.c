/*
 * web/proxy_apply.c - the client as trusted proxies describe it.
 *
 * X-Forwarded-* and Forwarded say the same in two ways.  Most proxies set only the first, and
 * would let a client's own Forwarded pass; so that one counts only where there is none of the
 * first.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/host.h"
#include "base/ip.h"
#include "server/request.h"
#include "web/app.h"
#include "web/forwarded.h"
#include "web/proxy.h"

enum { ADDRESS_ROOM = INET6_ADDRSTRLEN };

/* --- Lists in X-Forwarded-* fields
 * --------------------------------------------------------------- */

static const struct weft__field *field_of(const weft_request *req, const char *name)
{
    return weft__head_find(&req->head, name, strlen(name));
}

static struct weft__piece trim(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return (struct weft__piece){ from, (size_t)(to - from) };
}

/* The last entries of all fields of that name, as one list, into `pieces`, nearest proxy first;
 * how many.  Empty ones are none (RFC 9110, 5.6.1.2). */
static size_t last_entries(const weft_request *req, const char *name,
                           struct weft__piece pieces[WEFT__HOPS_MAX])
{
    size_t count = 0;

    for (unsigned i = req->head.field_count; i-- > 0;) {
        const struct weft__field *field = &req->head.fields[i];
        const char *end = field->value + field->value_length;

        if (!weft__field_name_equal(field->name, field->name_length, name, strlen(name)))
            continue;
        while (count < WEFT__HOPS_MAX) {
            const char *comma = memrchr(field->value, ',', (size_t)(end - field->value));

            pieces[count] = trim(comma == NULL ? field->value : comma + 1, end);
            if (pieces[count].length > 0)
                count++;
            if (comma == NULL)
                break;
            end = comma;
        }
    }
    return count;
}

/* The entry that the proxy number `hop` wrote, or, where not every proxy adds one, the one
 * before. */
static struct weft__piece entry_of_hop(const weft_request *req, const char *name, size_t hop)
{
    struct weft__piece pieces[WEFT__HOPS_MAX];
    size_t count = last_entries(req, name, pieces);

    if (count == 0)
        return (struct weft__piece){ 0 };
    return pieces[hop < count ? hop : count - 1];
}

/* --- The client's address -------------------------------------------------------------- */

/* 192.0.2.1, 192.0.2.1:80, 2001:db8::1 or [2001:db8::1]:80, in its usual form to `to`. */
static bool parse_node(struct weft__piece node, char to[ADDRESS_ROOM])
{
    const char *from = node.text;
    size_t length = node.length;
    char text[ADDRESS_ROOM];
    uint8_t address[16];
    const char *end;
    bool ipv4;

    if (length > 0 && *from == '[') {
        end = memchr(from, ']', length);
        if (end == NULL || (end + 1 < from + length && end[1] != ':'))
            return false;
        from++;
        length = (size_t)(end - from);
    } else {
        end = length == 0 ? NULL : memchr(from, ':', length);
        if (end != NULL && memrchr(from, ':', length) == end)
            length = (size_t)(end - from); /* one colon: a port */
    }
    if (length == 0 || length >= sizeof(text))
        return false;
    memcpy(text, from, length);
    text[length] = '\0';
    if (!weft__ip_parse(address, text, &ipv4))
        return false;
    weft__ip_format(to, ADDRESS_ROOM, address);
    return true;
}

/* Whether the walk from proxy to proxy goes on behind this one. */
static bool next_hop(const struct weft__proxy *proxy, struct weft__piece node,
                     char client[ADDRESS_ROOM])
{
    char address[ADDRESS_ROOM];

    if (!parse_node(node, address))
        return false; /* "unknown", a pseudonym, or nonsense */
    memcpy(client, address, ADDRESS_ROOM);
    return weft__proxy_trusts(proxy, address);
}

/* --- Using it -------------------------------------------------------------------------- */

static void use_proto(weft_request *req, struct weft__piece proto)
{
    if (proto.length == 5 && strncasecmp(proto.text, "https", 5) == 0)
        req->scheme = "https";
    else if (proto.length == 4 && strncasecmp(proto.text, "http", 4) == 0)
        req->scheme = "http";
}

static int use_host(weft_request *req, struct weft__piece host)
{
    struct weft__host parsed;

    if (host.length == 0 || weft__host_parse(&parsed, host.text, host.length) < 0)
        return 0;
    req->host = weft__arena_strndup(&req->arena, host.text, host.length);
    return req->host == NULL ? UV_ENOMEM : 0;
}

/* 1 to 65535, or 0. */
static unsigned parse_port(struct weft__piece text)
{
    unsigned port = 0;

    if (text.length > 5)
        return 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] < '0' || text.text[i] > '9')
            return 0;
        port = port * 10 + (unsigned)(text.text[i] - '0');
    }
    return port > 65535 ? 0 : port;
}

/* The port that the client connected to replaces that of the host. */
static int use_port(weft_request *req, struct weft__piece text)
{
    unsigned port = parse_port(text);
    const char *host = weft_host(req);
    struct weft__host parsed;
    char *with_port;
    size_t room;

    if (port == 0 || weft__host_parse(&parsed, host, strlen(host)) < 0)
        return 0;
    room = parsed.name_length + sizeof(":65535");
    with_port = weft__arena_alloc(&req->arena, room);
    if (with_port == NULL)
        return UV_ENOMEM;
    if (port == (strcmp(weft_scheme(req), "https") == 0 ? 443u : 80u))
        snprintf(with_port, room, "%.*s", (int)parsed.name_length, parsed.name);
    else
        snprintf(with_port, room, "%.*s:%u", (int)parsed.name_length, parsed.name, port);
    req->host = with_port;
    return 0;
}

/* A path such as "/api".  Not "//host", which a browser takes for another server. */
static bool prefix_ok(struct weft__piece prefix)
{
    if (prefix.length == 0 || prefix.text[0] != '/' ||
        (prefix.length > 1 && prefix.text[1] == '/'))
        return false;
    for (size_t i = 0; i < prefix.length; i++) {
        char c = prefix.text[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}?#", c) != NULL)
            return false;
    }
    return true;
}

static int use_prefix(weft_request *req, struct weft__piece prefix)
{
    if (!prefix_ok(prefix))
        return 0;
    while (prefix.length > 0 && prefix.text[prefix.length - 1] == '/')
        prefix.length--;
    req->root_path = weft__arena_strndup(&req->arena, prefix.text, prefix.length);
    return req->root_path == NULL ? UV_ENOMEM : 0;
}

static int apply_x_forwarded(const struct weft__proxy *proxy, weft_request *req,
                             char client[ADDRESS_ROOM])
{
    struct weft__piece nodes[WEFT__HOPS_MAX];
    size_t count = last_entries(req, "X-Forwarded-For", nodes);
    size_t hop = 0;
    int rc;

    while (hop < count && next_hop(proxy, nodes[hop], client) && hop + 1 < count)
        hop++;
    use_proto(req, entry_of_hop(req, "X-Forwarded-Proto", hop));
    rc = use_host(req, entry_of_hop(req, "X-Forwarded-Host", hop));
    if (rc == 0)
        rc = use_port(req, entry_of_hop(req, "X-Forwarded-Port", hop));
    if (rc == 0)
        rc = use_prefix(req, entry_of_hop(req, "X-Forwarded-Prefix", hop));
    return rc;
}

static int apply_forwarded(const struct weft__proxy *proxy, weft_request *req,
                           char client[ADDRESS_ROOM])
{
    struct weft__hop hops[WEFT__HOPS_MAX];
    size_t count = weft__forwarded_parse(req, hops);
    size_t hop = 0;

    if (count == 0)
        return 0;
    while (next_hop(proxy, hops[hop].node, client) && hop + 1 < count)
        hop++;
    use_proto(req, hops[hop].proto);
    return use_host(req, hops[hop].host);
}

static bool has_x_forwarded(const weft_request *req)
{
    return field_of(req, "X-Forwarded-For") != NULL ||
           field_of(req, "X-Forwarded-Proto") != NULL ||
           field_of(req, "X-Forwarded-Host") != NULL ||
           field_of(req, "X-Forwarded-Port") != NULL ||
           field_of(req, "X-Forwarded-Prefix") != NULL;
}

int weft__proxy_apply(const struct weft__serving *serving, weft_request *req)
{
    const struct weft__proxy *proxy = &serving->proxy;
    char client[ADDRESS_ROOM] = "";
    const char *peer;
    int rc;

    if (weft__request_secured(req))
        req->scheme = "https";
    if (!serving->proxy_headers || weft__request_unnamed(req))
        return 0;
    peer = weft__request_peer(req);
    if (peer == NULL)
        return UV_ENOMEM;
    if (!weft__proxy_trusts(proxy, peer))
        return 0;
    rc = has_x_forwarded(req) ? apply_x_forwarded(proxy, req, client)
                              : apply_forwarded(proxy, req, client);
    if (rc == 0 && *client != '\0') {
        req->remote = weft__arena_strndup(&req->arena, client, strlen(client));
        rc = req->remote == NULL ? UV_ENOMEM : 0;
    }
    return rc;
}
