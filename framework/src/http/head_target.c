/*
 * http/head_target.c - the request target and the host it is meant for (RFC 9112, 3.2 and 3.3).
 *
 * Origin-form, absolute-form with http or https, and "*" for OPTIONS are taken.  Authority-form
 * belongs to CONNECT, which the scan has refused.  Escapes are left to whoever decodes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "http/chars.h"
#include "http/find.h"
#include "http/head_parts.h"
#include "http/host.h"

static void split_query(struct weft__head *head, const char *path, const char *end)
{
    const char *mark = weft__find(path, end, '?');

    head->path = path;
    head->path_length = (size_t)(mark - path);
    head->query = "";
    if (mark < end) {
        head->has_query = true;
        head->query = mark + 1;
        head->query_length = (size_t)(end - mark - 1);
    }
}

/* The length of "http://" or "https://" at the front, 0 when neither stands there. */
static size_t scheme_length(const char *target, size_t length)
{
    if (length > 7 && weft__lower_equal(target, "http://", 7))
        return 7;
    if (length > 8 && weft__lower_equal(target, "https://", 8))
        return 8;
    return 0;
}

static int split_absolute(struct weft__head *head)
{
    const char *end = head->target + head->target_length;
    size_t skip = scheme_length(head->target, head->target_length);
    const char *at = head->target + skip;

    if (skip == 0)
        return -400;
    head->scheme = skip == 7 ? "http" : "https";
    head->authority = at;
    while (at < end && *at != '/' && *at != '?')
        at++;
    head->authority_length = (size_t)(at - head->authority);
    split_query(head, at, end);
    if (head->path_length == 0) {
        /* RFC 9112, 3.2.4: without path and query, OPTIONS means the server as a whole. */
        head->path = head->method == WEFT__METHOD_OPTIONS && !head->has_query ? "*" : "/";
        head->path_length = 1;
    }
    return 0;
}

int weft__head_split_target(struct weft__head *head)
{
    const char *target = head->target;

    if (*target == '/') {
        split_query(head, target, target + head->target_length);
        return 0;
    }
    if (*target == '*' && head->target_length == 1) {
        split_query(head, target, target + 1);
        return head->method == WEFT__METHOD_OPTIONS ? 0 : -400;
    }
    return split_absolute(head);
}

static bool same_host(const struct weft__host *a, const struct weft__host *b,
                      const char *scheme)
{
    int usual = strcmp(scheme, "https") == 0 ? 443 : 80;
    int a_port = a->port < 0 ? usual : a->port;
    int b_port = b->port < 0 ? usual : b->port;

    if (a->name_length != b->name_length || a_port != b_port)
        return false;
    for (size_t i = 0; i < a->name_length; i++)
        if (weft__char_lower(a->name[i]) != weft__char_lower(b->name[i]))
            return false;
    return true;
}

/* A target with an authority: Host must say the same, else two servers in a row could take the
 * request for different sites. */
static int judge_authority(struct weft__head *head, struct weft__arena *arena,
                           const struct weft__host *host)
{
    struct weft__host authority;

    if (weft__host_parse(&authority, head->authority, head->authority_length) < 0)
        return -400;
    if (host != NULL)
        return same_host(&authority, host, head->scheme) ? 0 : -400;
    head->host = weft__arena_strndup(arena, head->authority, head->authority_length);
    head->host_length = head->authority_length;
    return head->host != NULL ? 0 : -500;
}

int weft__head_judge_host(struct weft__head *head, struct weft__arena *arena,
                          const struct weft__field *field)
{
    struct weft__host host;

    if (field == NULL && head->minor > 0)
        return -400;
    if (field != NULL) {
        if (weft__host_parse(&host, field->value, field->value_length) < 0)
            return -400;
        head->host = field->value;
        head->host_length = field->value_length;
    }
    if (head->authority == NULL)
        return 0;
    return judge_authority(head, arena, field != NULL ? &host : NULL);
}
