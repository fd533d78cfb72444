/*
 * slow.c - responses that take their time: /delay/{seconds} and /drip.
 *
 * Shows: waiting.  weft_sleep() suspends the handler, not the process: thousands of these run
 * at once.  When the client of a GET leaves, the sleep returns UV_ECANCELED, and the handler
 * ends.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>
#include <string.h>

#include "body.h"
#include "pace.h"
#include "params.h"

enum {
    MAX_DELAY_S = 10,
    MAX_DURATION_S = 60,
    MAX_DRIPPED = 10 * 1024 * 1024,
};

static weft_response *delay(weft_request *req)
{
    uint64_t ms = 0;
    int rc = path_seconds(req, "seconds", MAX_DELAY_S, &ms);

    if (rc == 0)
        rc = weft_sleep(ms);
    return rc < 0 ? weft_error(req, rc) : tell_back(req, NULL);
}

static void fill_with_stars(uint64_t at, char *buffer, size_t length)
{
    (void)at;
    memset(buffer, '*', length);
}

/* What /drip was asked for. */
struct drip {
    int64_t numbytes;
    int64_t code;
    uint64_t duration_ms;
    uint64_t delay_ms;
};

static int read_drip(weft_request *req, struct drip *ret)
{
    int rc = query_seconds(req, "duration", 2, MAX_DURATION_S, &ret->duration_ms);

    if (rc == 0)
        rc = query_seconds(req, "delay", 0, MAX_DELAY_S, &ret->delay_ms);
    if (rc == 0)
        rc = query_integer(req, "numbytes", 10, 1, MAX_DRIPPED, &ret->numbytes);
    if (rc == 0)
        rc = query_integer(req, "code", 200, 200, INT32_MAX, &ret->code);
    if (rc == 0 && ret->code > 599)
        rc = weft_fail(req, 400, "code must be a status from 200 to 599");
    return rc;
}

static weft_response *drip(weft_request *req)
{
    struct drip wanted = { 0 };
    weft_response *res;
    size_t chunk;
    int rc = read_drip(req, &wanted);

    if (rc == 0)
        rc = weft_sleep(wanted.delay_ms);
    if (rc < 0)
        return weft_error(req, rc);
    if (wanted.code == 204 || wanted.code == 205 || wanted.code == 304)
        return weft_empty(req, (int)wanted.code); /* these have no body */

    res = weft_stream(req, (int)wanted.code, "application/octet-stream");
    weft_set_header(res, "Content-Length", weft_printf(req, "%" PRId64, wanted.numbytes));
    /* A piece each millisecond at most: more often nobody could tell. */
    chunk = 1 + (size_t)wanted.numbytes / (size_t)(wanted.duration_ms + 1);
    rc = write_paced(res, wanted.numbytes, chunk, wanted.duration_ms, 0, fill_with_stars);
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_slow(weft_app *app)
{
    weft_route(app, METHODS, "/delay/{seconds:float}",
               &(weft_route_options){ .handler = delay,
                                      .summary = "The request told back, up to 10 s later" });
    weft_get(app, "/drip", drip,
             .summary = "Bytes over a time; duration, numbytes, code, delay");
}
