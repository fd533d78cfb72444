/*
 * http/conditions.c - see conditions.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/conditions.h"

#include <string.h>

#include "http/date.h"
#include "http/head.h"

static const struct weft__field *find(const struct weft__head *head, const char *name)
{
    return weft__head_find(head, name, strlen(name));
}

/* Whether the current representation is in the list that a field and those of the same name
 * behind it make up. */
static bool matches(const struct weft__head *head, const struct weft__field *field,
                    const struct weft__validators *current, bool strongly)
{
    bool alone = weft__head_find_next(head, field) == NULL;

    if (alone && weft__etag_is_any(field->value, field->value_length))
        return current->exists;
    for (; field != NULL && current->has_etag; field = weft__head_find_next(head, field)) {
        const char *at = field->value;
        struct weft__etag etag;

        while (weft__etag_next(&at, field->value + field->value_length, &etag))
            if (strongly ? weft__etag_equal_strongly(&etag, &current->etag)
                         : weft__etag_equal_weakly(&etag, &current->etag))
                return true;
    }
    return false;
}

bool weft__conditions_date(const struct weft__head *head, const char *name, int64_t now,
                           int64_t *ret_seconds)
{
    const struct weft__field *field = find(head, name);

    return field != NULL && weft__head_find_next(head, field) == NULL &&
           weft__date_parse(ret_seconds, field->value, field->value_length, now) == 0;
}

/* Steps 1 and 2: whether what the client wants to change is what it knows. */
static bool may_change(const struct weft__head *head, const struct weft__validators *current,
                       int64_t now)
{
    const struct weft__field *if_match = find(head, "If-Match");
    int64_t date;

    if (if_match != NULL)
        return matches(head, if_match, current, true);
    return !current->has_time ||
           !weft__conditions_date(head, "If-Unmodified-Since", now, &date) ||
           current->last_modified <= date;
}

/* Steps 3 and 4: whether the client has this representation already. */
static bool is_known(const struct weft__head *head, const struct weft__validators *current,
                     bool reads, int64_t now)
{
    const struct weft__field *if_none_match = find(head, "If-None-Match");
    int64_t date;

    if (if_none_match != NULL)
        return matches(head, if_none_match, current, false);
    return reads && current->has_time &&
           weft__conditions_date(head, "If-Modified-Since", now, &date) &&
           current->last_modified <= date;
}

int weft__conditions_check(const struct weft__head *head,
                           const struct weft__validators *current, int64_t now)
{
    bool reads = head->method == WEFT__METHOD_GET || head->method == WEFT__METHOD_HEAD;

    if (head->method == WEFT__METHOD_OPTIONS || head->method == WEFT__METHOD_TRACE)
        return 0;
    if (!may_change(head, current, now))
        return 412;
    if (is_known(head, current, reads, now))
        return reads ? 304 : 412;
    return 0;
}

bool weft__conditions_allow_range(const struct weft__head *head,
                                  const struct weft__validators *current, int64_t now)
{
    const struct weft__field *field = find(head, "If-Range");
    struct weft__etag etag;
    int64_t date;

    if (field == NULL)
        return true;
    if (weft__head_find_next(head, field) != NULL)
        return false;
    if (weft__etag_parse(&etag, field->value, field->value_length) == 0)
        return current->has_etag && weft__etag_equal_strongly(&etag, &current->etag);
    return current->has_time && weft__conditions_date(head, "If-Range", now, &date) &&
           date == current->last_modified && date < now;
}
