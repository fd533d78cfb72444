/*
 * Which TCP ports of a host are open: many attempts at once, but never more than so many.
 *
 *     ./dev run portscan localhost 1 1024
 *
 * A semaphore bounds the attempts, each of which has a task and a time limit of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/address.h>
#include <weft/stream.h>
#include <weft/sync.h>
#include <weft/task.h>

#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE = 200, TIMEOUT_MS = 1000, MAX_PORT = 65535 };

struct scan {
    const char *host;
    int first;
    int last;
    weft_semaphore places;
};

struct attempt {
    struct scan *scan;
    weft_address address;
    bool open;
};

/* 0, whether it is open or not; what ends the scan is a code. */
static int attempt(struct attempt *attempt)
{
    struct weft_stream *stream;
    int rc;

    WEFT_TIMEOUT(limit, TIMEOUT_MS);
    rc = weft_tcp_connect_to(&attempt->address, NULL, &stream);
    attempt->open = rc == 0;
    if (rc == 0)
        weft_stream_close(stream);
    return rc == UV_ECANCELED || rc == UV_ENOMEM || rc == UV_EMFILE ? rc : 0;
}

static int attempt_task(void *arg)
{
    struct attempt *a = arg;
    int rc = attempt(a);

    weft_semaphore_release(&a->scan->places);
    return rc;
}

/* An attempt begins when there is a place for it. */
static int attempt_all(struct scan *scan, struct attempt *attempts, int count)
{
    int rc = 0;

    WEFT_GROUP(tasks, 0);
    for (int i = 0; i < count && rc == 0; i++) {
        rc = weft_semaphore_acquire(&scan->places);
        if (rc == 0)
            rc = weft_group_go(tasks, attempt_task, &attempts[i]);
    }
    if (rc < 0 && rc != UV_ECANCELED)
        return rc;
    return weft_group_wait(tasks); /* which tells the attempt that has ended the scan */
}

static void print_open(const struct attempt *attempts, int count)
{
    int open = 0;

    for (int i = 0; i < count; i++) {
        if (attempts[i].open)
            printf("%d\n", weft_address_port(&attempts[i].address));
        open += attempts[i].open;
    }
    fprintf(stderr, "%d of %d ports are open\n", open, count);
}

static int run(void *arg)
{
    struct scan *scan = arg;
    int count = scan->last - scan->first + 1;
    struct attempt *attempts;
    weft_address host;
    int rc = weft_resolve(scan->host, 0, 0, &host, 1);

    if (rc < 0)
        return rc;
    attempts = calloc((size_t)count, sizeof(*attempts));
    if (attempts == NULL)
        return UV_ENOMEM;
    rc = 0;
    for (int i = 0; i < count && rc == 0; i++) {
        attempts[i] = (struct attempt){ .scan = scan, .address = host };
        rc = weft_address_set_port(&attempts[i].address, scan->first + i);
    }
    weft_semaphore_init(&scan->places, AT_ONCE);
    if (rc == 0)
        rc = attempt_all(scan, attempts, count);
    if (rc == 0)
        print_open(attempts, count);
    free(attempts);
    return rc;
}

static bool read_port(const char *text, int *ret_port)
{
    char rest;

    return sscanf(text, "%d%c", ret_port, &rest) == 1 && *ret_port >= 1 &&
           *ret_port <= MAX_PORT;
}

int main(int argc, char **argv)
{
    struct scan scan = { 0 };
    int rc;

    if (argc != 4 || !read_port(argv[2], &scan.first) || !read_port(argv[3], &scan.last) ||
        scan.first > scan.last) {
        fprintf(stderr, "usage: %s HOST FIRST-PORT LAST-PORT\n", argv[0]);
        return 2;
    }
    scan.host = argv[1];
    rc = weft_run(run, &scan);
    if (rc < 0)
        fprintf(stderr, "%s: %s: %s\n", argv[0], scan.host, weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
