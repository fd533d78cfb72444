/*
 * events.c - /sse: server-sent events (HTML standard, "Server-sent events"), count of them over
 * duration.
 *
 * Shows: a stream that stays open.  Each event is a few lines and an empty one; the client
 * takes up again after a break with the id of the last event that it saw.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "params.h"

enum { MAX_EVENTS = 1000, MAX_DURATION_S = 60, MAX_DELAY_S = 10, RETRY_MS = 3000 };

/* What /sse was asked for. */
struct events {
    int64_t count;
    int64_t first;
    uint64_t duration_ms;
    uint64_t delay_ms;
};

static int read_events(weft_request *req, struct events *ret)
{
    const char *last = weft_header(req, "Last-Event-ID");
    int rc = query_integer(req, "count", 10, 1, MAX_EVENTS, &ret->count);

    if (rc == 0)
        rc = query_seconds(req, "duration", 5, MAX_DURATION_S, &ret->duration_ms);
    if (rc == 0)
        rc = query_seconds(req, "delay", 0, MAX_DELAY_S, &ret->delay_ms);
    ret->first = 0;
    if (last != NULL) {
        double id = strtod(last, NULL);

        if (id >= 0 && id < (double)ret->count)
            ret->first = (int64_t)id + 1;
    }
    return rc;
}

static int send_event(weft_response *res, int64_t id)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return weft_write_printf(res,
                             "event: ping\nid: %" PRId64 "\n"
                             "data: {\"id\":%" PRId64 ",\"timestamp\":%" PRId64 "}\n\n",
                             id, id, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static weft_response *sse(weft_request *req)
{
    struct events wanted = { 0 };
    weft_response *res;
    int rc = read_events(req, &wanted);

    if (rc == 0)
        rc = weft_sleep(wanted.delay_ms);
    if (rc < 0)
        return weft_error(req, rc);
    res = weft_stream(req, 200, "text/event-stream");
    weft_set_header(res, "Cache-Control", "no-cache");
    weft_set_header(res, "X-Accel-Buffering", "no"); /* nginx would keep events back */
    rc = weft_write_printf(res, "retry: %d\n\n", RETRY_MS);
    for (int64_t id = wanted.first; rc >= 0 && id < wanted.count; id++) {
        if (id > wanted.first)
            rc = weft_sleep(wanted.duration_ms / (uint64_t)wanted.count);
        if (rc >= 0)
            rc = send_event(res, id);
    }
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_events(weft_app *app)
{
    weft_get(app, "/sse", sse, .summary = "Server-sent events; count, duration, delay");
}
