/*
 * server.c - what server_test.py asks: slow, large and endless answers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <weft.h>

static weft_response *sleep_ms(weft_request *req)
{
    int rc = weft_sleep((uint64_t)weft_path_int(req, "ms"));

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "slept");
}

/* Reads a body that comes as fast as the client can send it, with rests. */
static weft_response *dawdle(weft_request *req)
{
    const char *piece;
    int64_t total = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0) {
        total += rc;
        rc = weft_sleep((uint64_t)weft_path_int(req, "ms"));
        if (rc < 0)
            break;
    }
    return rc < 0 ? weft_error(req, rc)
                  : weft_text(req, 200, weft_printf(req, "%" PRId64, total));
}

static int block_thread(void *ms)
{
    fputs("a thread is blocked\n", stderr);
    usleep((useconds_t)(*(int64_t *)ms * 1000));
    return 0;
}

static weft_response *block(weft_request *req)
{
    int64_t ms = weft_path_int(req, "ms");
    int rc = weft_offload(block_thread, &ms);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "blocked");
}

/* Computes so long: nobody else has a turn. */
static weft_response *hold(weft_request *req)
{
    uint64_t end_ns = uv_hrtime() + (uint64_t)weft_path_int(req, "ms") * 1000000;

    while (uv_hrtime() < end_ns)
        ;
    return weft_text(req, 200, "held");
}

static volatile int depth;

static __attribute__((noinline)) int recurse(volatile char *above)
{
    volatile char frame[1024];

    frame[0] = above != NULL ? above[0] : 'x';
    depth++;
    if (depth > 0)
        depth += recurse(frame); /* for ever */
    return frame[0];
}

static weft_response *overflow(weft_request *req)
{
    weft_task_set_name(weft_task_current(), "digger");
    return weft_text(req, 200, weft_printf(req, "%d", recurse(NULL)));
}

/* So many MiB, piece by piece. */
static weft_response *stream(weft_request *req)
{
    static const char piece[4096] = { 0 };
    weft_response *res = weft_stream(req, 200, "application/octet-stream");
    int64_t pieces = weft_path_int(req, "mib") * 256;
    int rc = 0;

    for (int64_t i = 0; i < pieces && rc >= 0; i++)
        rc = weft_write(res, piece, sizeof(piece));
    return rc < 0 ? weft_error(req, rc) : res;
}

/* How many bytes the body has, read piece by piece. */
static weft_response *count(weft_request *req)
{
    const char *piece;
    int64_t total = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0)
        total += rc;
    if (rc < 0)
        return weft_error(req, rc);
    return weft_text(req, 200, weft_printf(req, "%" PRId64, total));
}

/* Reads the body, then takes its time. */
static weft_response *sleep_behind_the_body(weft_request *req)
{
    int rc = weft_read_body(req, &(const char *){ NULL }, NULL);

    if (rc == 0)
        rc = weft_sleep((uint64_t)weft_path_int(req, "ms"));
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "slept");
}

static weft_response *echo(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    return rc < 0 ? weft_error(req, rc) : weft_bytes(req, 200, "text/plain", body, length);
}

static weft_response *who(weft_request *req)
{
    return weft_text(req, 200, weft_printf(req, "%s %s", weft_remote(req), weft_scheme(req)));
}

/* Takes the whole body and keeps it for a second. */
static weft_response *hold_body(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    if (rc == 0)
        rc = weft_sleep(1000);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "held");
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("server");

    weft_get(app, "/sleep/{ms:int}", sleep_ms);
    weft_get(app, "/block/{ms:int}", block);
    weft_get(app, "/hold/{ms:int}", hold);
    weft_get(app, "/overflow/{why}", overflow);
    weft_get(app, "/stream/{mib:int}", stream);
    weft_post(app, "/count", count, .max_body_bytes = WEFT_UNLIMITED);
    weft_post(app, "/dawdle/{ms:int}", dawdle, .max_body_bytes = WEFT_UNLIMITED,
              .timeout_ms = UINT32_MAX);
    weft_post(app, "/soon/{ms:int}", sleep_behind_the_body, .timeout_ms = 400);
    weft_post(app, "/echo", echo);
    weft_get(app, "/who", who);
    weft_post(app, "/hold", hold_body);
    return weft_main(app, argc, argv);
}
