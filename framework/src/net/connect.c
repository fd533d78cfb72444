/*
 * net/connect.c - clients: happy eyeballs (RFC 8305) without a task for each attempt.
 *
 * The task that connects begins attempts and sleeps until one has ended or the next may begin.
 * An attempt's memory goes with its callback, which comes in any case: closing its stream
 * brings it at the latest.  One that has lost has no race any more.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/connect.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "net/stream.h"

enum { MAX_ADDRESSES = 16, ATTEMPT_DELAY_MS = 250 };

struct race {
    const weft_stream_options *options;
    struct weft__list attempts; /* that run */
    struct weft_stream *winner;
    int error;                /* of the first that failed */
    struct weft__wait *waker; /* of the task, while it sleeps */
};

struct attempt {
    uv_connect_t request;
    struct weft__list link;
    struct race *race;
    struct weft_stream *stream;
};

/* --- Attempts --------------------------------------------------------------------- */

static void failed(struct race *race, int code)
{
    if (race->error == 0)
        race->error = code;
}

static void on_connected(uv_connect_t *request, int status)
{
    struct attempt *attempt = weft__list_entry(request, struct attempt, request);
    struct race *race = attempt->race;

    if (race != NULL) {
        weft__list_remove(&attempt->link);
        if (status == 0)
            status = weft__stream_open(attempt->stream, race->options);
        if (status == 0 && race->winner == NULL) {
            race->winner = attempt->stream;
        } else {
            failed(race, status);
            weft__stream_discard(attempt->stream, true);
        }
        if (race->waker != NULL && !race->waker->done)
            weft__wait_complete(race->waker, 0);
    }
    free(attempt);
}

static void give_up(struct attempt *attempt)
{
    weft__list_remove(&attempt->link);
    attempt->race = NULL;
    weft__stream_discard(attempt->stream, true);
}

static struct attempt *new_attempt(struct race *race)
{
    struct attempt *attempt = weft__calloc(1, sizeof(*attempt));

    if (attempt == NULL)
        return NULL;
    if (weft__stream_new(race->options, &attempt->stream) < 0) {
        free(attempt);
        return NULL;
    }
    attempt->race = race;
    return attempt;
}

static int begin_tcp(struct attempt *attempt, const weft_address *address)
{
    struct weft__uv_transport *transport = &attempt->stream->of.uv;
    int rc = uv_tcp_init(weft_loop_uv(weft_loop_current()), &transport->uv.tcp);

    if (rc < 0) {
        weft__stream_free(attempt->stream);
        return rc;
    }
    weft__uv_transport_adopt(transport);
    rc = uv_tcp_connect(&attempt->request, &transport->uv.tcp,
                        (const struct sockaddr *)&address->storage, on_connected);
    if (rc < 0)
        weft__stream_discard(attempt->stream, true);
    return rc;
}

static int begin_unix(struct attempt *attempt, const char *path)
{
    struct weft__uv_transport *transport = &attempt->stream->of.uv;
    int rc = uv_pipe_init(weft_loop_uv(weft_loop_current()), &transport->uv.pipe, 0);

    if (rc < 0) {
        weft__stream_free(attempt->stream);
        return rc;
    }
    weft__uv_transport_adopt(transport);
    uv_pipe_connect(&attempt->request, &transport->uv.pipe, path, on_connected);
    return 0;
}

/* Begin to connect to `address`, or to `path` where that is not NULL. */
static void begin(struct race *race, const weft_address *address, const char *path)
{
    struct attempt *attempt = new_attempt(race);
    int rc;

    if (attempt == NULL) {
        failed(race, UV_ENOMEM);
        return;
    }
    rc = path != NULL ? begin_unix(attempt, path) : begin_tcp(attempt, address);
    if (rc < 0) {
        free(attempt);
        failed(race, rc);
        return;
    }
    weft__list_append(&race->attempts, &attempt->link);
}

/* --- The race --------------------------------------------------------------------- */

static void start_race(struct race *race, const weft_stream_options *options)
{
    *race = (struct race){ .options = options };
    weft__list_init(&race->attempts);
}

/* Sleep until an attempt ends, at most until `due_ms`. */
static int await_attempts(struct race *race, uint64_t due_ms)
{
    struct weft__wait wait;
    int rc;

    weft__wait_init(&wait, "connect");
    wait.due_ms = due_ms;
    race->waker = &wait;
    rc = weft__wait(&wait);
    race->waker = NULL;
    return rc;
}

/* The losers are closed; so is the winner when the task was cancelled after all. */
static int finish_race(struct race *race, int rc, struct weft_stream **ret_stream)
{
    struct weft__list *node;

    while ((node = weft__list_first(&race->attempts)) != NULL)
        give_up(weft__list_entry(node, struct attempt, link));
    if (race->winner != NULL && rc < 0)
        weft__stream_discard(race->winner, true);
    if (rc < 0)
        return rc;
    if (race->winner == NULL)
        return race->error;
    *ret_stream = race->winner;
    return 0;
}

static uint64_t next_start_ms(const weft_stream_options *options)
{
    uint64_t delay_ms = ATTEMPT_DELAY_MS;

    if (options != NULL && options->attempt_delay_ms != 0)
        delay_ms = options->attempt_delay_ms;
    uv_update_time(weft_loop_uv(weft_loop_current()));
    return weft_now_ms() + delay_ms;
}

int weft__connect_any(const weft_address *addresses, size_t count,
                      const weft_stream_options *options, struct weft_stream **ret_stream)
{
    struct race race;
    size_t next = 0;
    int rc = weft_check_cancelled();

    if (rc < 0)
        return rc;
    start_race(&race, options);
    while (rc == 0 && race.winner == NULL &&
           (next < count || !weft__list_empty(&race.attempts))) {
        uint64_t due_ms = UINT64_MAX;

        if (next < count)
            begin(&race, &addresses[next++], NULL);
        if (weft__list_empty(&race.attempts))
            continue; /* it has failed at once: the next one */
        if (next < count)
            due_ms = next_start_ms(options);
        rc = await_attempts(&race, due_ms);
    }
    return finish_race(&race, rc, ret_stream);
}

/* --- Addresses -------------------------------------------------------------------- */

void weft__interleave(weft_address *addresses, size_t count)
{
    for (size_t place = 1; place < count; place++) {
        size_t other = place;
        weft_address moved;

        while (other < count &&
               addresses[other].storage.ss_family == addresses[place - 1].storage.ss_family)
            other++;
        if (other == count)
            return; /* all that are left are of one family */
        moved = addresses[other];
        memmove(&addresses[place + 1], &addresses[place],
                (other - place) * sizeof(addresses[0]));
        addresses[place] = moved;
    }
}

int weft_tcp_connect(const char *host, int port, const weft_stream_options *options,
                     struct weft_stream **ret_stream)
{
    weft_address addresses[MAX_ADDRESSES];
    int count;

    if (!weft__in_task())
        return weft__misuse("weft_tcp_connect", "only a task can wait");
    count = weft_resolve(host, port, options != NULL ? options->family : 0, addresses,
                         MAX_ADDRESSES);
    if (count < 0)
        return count;
    weft__interleave(addresses, (size_t)count);
    return weft__connect_any(addresses, (size_t)count, options, ret_stream);
}

int weft_tcp_connect_to(const weft_address *address, const weft_stream_options *options,
                        struct weft_stream **ret_stream)
{
    if (!weft__in_task())
        return weft__misuse("weft_tcp_connect_to", "only a task can wait");
    if (weft_address_port(address) < 0)
        return UV_EINVAL;
    return weft__connect_any(address, 1, options, ret_stream);
}

int weft_unix_connect(const char *path, const weft_stream_options *options,
                      struct weft_stream **ret_stream)
{
    struct race race;
    int rc;

    if (!weft__in_task())
        return weft__misuse("weft_unix_connect", "only a task can wait");
    if (path == NULL || path[0] == '\0')
        return UV_EINVAL;
    if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) /* libuv would cut it */
        return UV_ENAMETOOLONG;
    rc = weft_check_cancelled();
    if (rc < 0)
        return rc;
    start_race(&race, options);
    begin(&race, NULL, path);
    if (!weft__list_empty(&race.attempts))
        rc = await_attempts(&race, UINT64_MAX);
    return finish_race(&race, rc, ret_stream);
}
