/*
 * params.c - see params.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "params.h"

#include <inttypes.h>
#include <stdlib.h>

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

    if (weft_query_int(req, name, fallback, &value) < 0)
        return weft_fail(req, 400, "%s must be a whole number", name);
    return within(req, name, value, min, max, ret);
}

int path_integer(weft_request *req, const char *name, int64_t min, int64_t max, int64_t *ret)
{
    return within(req, name, weft_path_int(req, name), min, max, ret);
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
    const char *text = weft_query(req, name);
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
