/*
 * web/conditional.c - conditional requests, ranges, dates (weft/conditional.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/conditional.h>

#include <string.h>
#include <weft/log.h>

#include "http/conditions.h"
#include "http/date.h"
#include "server/request.h"
#include "web/file.h"

/* Seconds since 1970. */
static int64_t wall_clock(void)
{
    uv_timeval64_t now;

    return uv_gettimeofday(&now) == 0 ? now.tv_sec : 0;
}

/* What a program says of what is there. */
static struct weft__validators validators_of(const char *etag, int64_t last_modified)
{
    struct weft__validators current = {
        .exists = etag != NULL || last_modified != WEFT_NO_TIME,
        .has_time = last_modified != WEFT_NO_TIME,
        .last_modified = last_modified,
    };

    if (etag != NULL && *etag != '\0') {
        current.has_etag = weft__etag_parse(&current.etag, etag, strlen(etag)) == 0;
        if (!current.has_etag)
            weft_log(WEFT_LOG_WARNING, "%s is no entity-tag: it wants quotes", etag);
    }
    return current;
}

int weft_check_preconditions(const weft_request *req, const char *etag, int64_t last_modified)
{
    const struct weft__validators current = validators_of(etag, last_modified);

    return weft__conditions_check(&req->head, &current, wall_clock());
}

static bool give(weft_request *req, const struct weft__etag *etag, weft_etag *ret)
{
    const char *tag = weft__arena_strndup(&req->arena, etag->tag, etag->length);

    if (tag == NULL)
        return false;
    *ret = (weft_etag){ .tag = tag, .weak = etag->weak };
    return true;
}

/*
 * The next entity-tag of the fields called `name`.  *at counts the bytes of their values that
 * are behind it, and one more for each value; so no walk takes longer than the head is.
 */
static bool next_etag(weft_request *req, const char *name, size_t *at, weft_etag *ret)
{
    const struct weft__field *field = weft__head_find(&req->head, name, strlen(name));
    size_t skipped = 0;

    if (*at == 0 && field != NULL && weft__head_find_next(&req->head, field) == NULL &&
        weft__etag_is_any(field->value, field->value_length)) {
        *at = field->value_length + 1;
        *ret = (weft_etag){ .tag = "*", .any = true };
        return true;
    }
    for (; field != NULL; field = weft__head_find_next(&req->head, field)) {
        const char *end = field->value + field->value_length;
        const char *here;
        struct weft__etag etag;

        if (*at - skipped <= field->value_length) {
            here = field->value + (*at - skipped);
            if (weft__etag_next(&here, end, &etag)) {
                *at = skipped + (size_t)(here - field->value);
                return give(req, &etag, ret);
            }
            *at = skipped + field->value_length + 1;
        }
        skipped += field->value_length + 1;
    }
    return false;
}

bool weft_if_match_next(weft_request *req, size_t *at, weft_etag *ret)
{
    return next_etag(req, "If-Match", at, ret);
}

bool weft_if_none_match_next(weft_request *req, size_t *at, weft_etag *ret)
{
    return next_etag(req, "If-None-Match", at, ret);
}

bool weft_if_modified_since(const weft_request *req, int64_t *ret_seconds)
{
    return weft__conditions_date(&req->head, "If-Modified-Since", wall_clock(), ret_seconds);
}

bool weft_if_unmodified_since(const weft_request *req, int64_t *ret_seconds)
{
    return weft__conditions_date(&req->head, "If-Unmodified-Since", wall_clock(), ret_seconds);
}

weft_if_range_kind weft_if_range(weft_request *req, weft_etag *ret_etag, int64_t *ret_seconds)
{
    const char *value = weft_header(req, "If-Range");
    struct weft__etag etag;

    if (value == NULL || weft_header_at(req, "If-Range", 1) != NULL)
        return WEFT_IF_RANGE_NONE;
    if (weft__etag_parse(&etag, value, strlen(value)) == 0)
        return give(req, &etag, ret_etag) ? WEFT_IF_RANGE_ETAG : WEFT_IF_RANGE_NONE;
    return weft__conditions_date(&req->head, "If-Range", wall_clock(), ret_seconds)
               ? WEFT_IF_RANGE_DATE
               : WEFT_IF_RANGE_NONE;
}

/* --- Ranges ---------------------------------------------------------------------------- */

int weft_check_range(const weft_request *req, const char *etag, int64_t last_modified,
                     uint64_t size, weft_range *ret)
{
    const struct weft__validators current = validators_of(etag, last_modified);
    struct weft__range ranges[WEFT__RANGES_MAX];
    int count = weft__file_ranges(req, &current, wall_clock(), size, ranges);

    if (count == -416)
        return 416;
    if (count != 1)
        return 0;
    *ret = (weft_range){ .first = ranges[0].first, .last = ranges[0].last };
    return 206;
}

const char *weft_content_range(weft_request *req, const weft_range *range, uint64_t size)
{
    char *value = weft__arena_alloc(&req->arena, WEFT__CONTENT_RANGE_ROOM);
    struct weft__range part = { 0 };

    if (value == NULL)
        return NULL;
    if (range != NULL)
        part = (struct weft__range){ range->first, range->last };
    weft__content_range(value, range != NULL ? &part : NULL, size);
    return value;
}

/* --- Dates ----------------------------------------------------------------------------- */

const char *weft_http_date(weft_request *req, int64_t seconds)
{
    char *date = weft__arena_alloc(&req->arena, WEFT__DATE_LENGTH + 1);

    if (date == NULL)
        return NULL;
    weft__date_format(date, seconds);
    date[WEFT__DATE_LENGTH] = '\0';
    return date;
}

int weft_http_date_parse(const char *text, int64_t *ret_seconds)
{
    return text == NULL ? WEFT_EPROTO
                        : weft__date_parse(ret_seconds, text, strlen(text), wall_clock());
}
