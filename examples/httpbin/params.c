/*
 * params.c - see params.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "params.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

/* The name as the client has written it. */
static const char *name_as_sent(weft_request *req, const char *name)
{
    const char *sent, *value;
    size_t at = 0;

    while (weft_query_next(req, &at, &sent, &value))
        if (strcasecmp(sent, name) == 0)
            return sent;
    return name;
}

const char *query_value(weft_request *req, const char *name)
{
    return weft_query(req, name_as_sent(req, name));
}

static int within(weft_request *req, const char *name, int64_t value, int64_t min, int64_t max,
                  int64_t *ret)
{
    if (value < min)
        return weft_fail(req, 400, "%s must be %" PRId64 " or more", name, min);
    *ret = value < max ? value : max;
    return 0;
}

int query_integer(weft_request *req, const char *name, int64_t fallback, int64_t min,
                  int64_t max, int64_t *ret)
{
    int64_t value;

    if (weft_query_int(req, name_as_sent(req, name), fallback, &value) < 0)
        return weft_fail(req, 400, "%s must be a whole number", name);
    return within(req, name, value, min, max, ret);
}

int query_chunk_size(weft_request *req, int64_t fallback, int64_t max, size_t *ret)
{
    int64_t value = 0;
    int rc = query_integer(req, "chunk_size", fallback, INT64_MIN, max, &value);

    *ret = value > 0 ? (size_t)value : 1;
    return rc;
}

int path_integer(weft_request *req, const char *name, int64_t min, int64_t max, int64_t *ret)
{
    int64_t value = weft_path_int(req, name);

    if (value < 0)
        return weft_fail(req, 404, "%s is negative: there is nothing", name);
    return within(req, name, value, min, max, ret);
}

static int seconds(weft_request *req, const char *name, double value, double max,
                   uint64_t *ret_ms)
{
    if (!(value >= 0)) /* and so no NaN either */
        return weft_fail(req, 400, "%s must be 0 or more, in seconds", name);
    *ret_ms = (uint64_t)((value < max ? value : max) * 1000);
    return 0;
}

int query_seconds(weft_request *req, const char *name, double fallback, double max,
                  uint64_t *ret_ms)
{
    const char *text = query_value(req, name);
    double value = fallback;
    char *end;

    if (text != NULL) {
        value = strtod(text, &end);
        if (end == text || *end != '\0')
            value = -1;
    }
    return seconds(req, name, value, max, ret_ms);
}

int path_seconds(weft_request *req, const char *name, double max, uint64_t *ret_ms)
{
    return seconds(req, name, weft_path_float(req, name), max, ret_ms);
}
