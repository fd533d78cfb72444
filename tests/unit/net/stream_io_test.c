/*
 * Reading and writing, over pairs of sockets: what comes, what is held back, what fails.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>
#include <weft/test_task.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

struct pair {
    struct weft_stream *near, *far;
};

static struct pair open_pair(const weft_stream_options *options)
{
    struct pair pair = { 0 };

    cr_assert(zero(int, weft_stream_pair(options, &pair.near, &pair.far)));
    return pair;
}

static void close_pair(struct pair *pair)
{
    cr_expect(zero(int, weft_stream_close(pair->near)));
    cr_expect(zero(int, weft_stream_close(pair->far)));
}

static void put(struct weft_stream *stream, const char *text)
{
    cr_assert(zero(int, weft_stream_write(stream, text, strlen(text))));
}

/* Let what is on its way arrive: until `stream` holds so much. */
static void until_unread(struct weft_stream *stream, size_t count)
{
    for (int turns = 0; turns < 1000 && weft_stream_unread(stream) < count; turns++)
        cr_assert(zero(int, weft_yield()));
    cr_assert(ge(sz, weft_stream_unread(stream), count));
}

/* --- Reading ---------------------------------------------------------------------- */

WEFT_TASK_TEST(stream_read, gives_what_has_come_and_the_end)
{
    struct pair pair = open_pair(NULL);
    char text[8] = "";

    put(pair.far, "hello");
    cr_expect(eq(int, weft_stream_read(pair.near, text, 3), 3));
    cr_expect(eq(int, weft_stream_read(pair.near, text + 3, 5), 2));
    cr_expect(eq(str, text, (char *)"hello"));
    cr_expect(zero(int, weft_stream_read(pair.near, text, 0)));
    cr_expect(not(weft_stream_at_eof(pair.near)));
    cr_expect(zero(int, weft_stream_shut_write(pair.far)));
    cr_expect(zero(int, weft_stream_read(pair.near, text, 8)));
    cr_expect(zero(int, weft_stream_read(pair.near, text, 8)), "the end stays");
    cr_expect(weft_stream_at_eof(pair.near));
    put(pair.near, "back"); /* a half is still open */
    cr_expect(eq(int, weft_stream_read(pair.far, text, 8), 4));
    close_pair(&pair);
}

WEFT_TASK_TEST(stream_read, gives_exactly_so_much)
{
    struct pair pair = open_pair(&(weft_stream_options){ .read_limit_bytes = 16 });
    char text[4096];
    size_t count = 99;

    put(pair.far, "head");
    for (int i = 0; i < 100; i++) /* far more than is read ahead */
        put(pair.far, "0123456789");
    cr_expect(zero(int, weft_stream_read_exactly(pair.near, text, 4, NULL)));
    cr_expect(zero(int, weft_stream_read_exactly(pair.near, text, 990, &count)));
    cr_expect(eq(sz, count, 990));
    cr_expect(zero(int, memcmp(text + 980, "0123456789", 10)));
    weft_stream_shut_write(pair.far);
    cr_expect(eq(int, weft_stream_read_exactly(pair.near, text, 11, &count), UV_EOF));
    cr_expect(eq(sz, count, 10), "what came is told");
    cr_expect(zero(int, memcmp(text, "0123456789", 10)));
    cr_expect(eq(int, weft_stream_read_exactly(pair.near, text, 1, &count), UV_EOF));
    cr_expect(zero(sz, count));
    close_pair(&pair);
}

/* A delimiter in pieces, over the edge of what has come, beside one that only begins. */
WEFT_TASK_TEST(stream_read, gives_all_until_a_delimiter)
{
    static const char *const pieces[] = { "a\r", "b\r", "\n", "c\r\nd", "\r\r\n" };
    struct pair pair = open_pair(NULL);
    char text[16];

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        put(pair.far, pieces[i]);
        until_unread(pair.near, 1);
        if (i == 2) {
            cr_expect(eq(int, weft_stream_read_until(pair.near, "\r\n", text, 16), 5));
            cr_expect(eq(str, text, (char *)"a\rb\r\n"));
        }
    }
    cr_expect(eq(int, weft_stream_read_until(pair.near, "\r\n", text, 4), 3));
    cr_expect(eq(str, text, (char *)"c\r\n"));
    cr_expect(eq(int, weft_stream_read_until(pair.near, "\r\n", text, 4), WEFT_ELIMIT));
    cr_expect(eq(int, weft_stream_read_until(pair.near, "\r\n", text, 5), 4));
    cr_expect(eq(str, text, (char *)"d\r\r\n"), "what passed the limit stayed");
    put(pair.far, "rest");
    weft_stream_shut_write(pair.far);
    cr_expect(eq(int, weft_stream_read_until(pair.near, "\r\n", text, 16), UV_EOF));
    cr_expect(eq(int, weft_stream_read(pair.near, text, 16), 4), "and can be read");
    cr_expect(eq(int, weft_stream_read_until(pair.near, "", text, 16), UV_EINVAL));
    cr_expect(eq(int, weft_stream_read_until(pair.near, "\r\n", text, 2), UV_EINVAL));
    close_pair(&pair);
}

WEFT_TASK_TEST(stream_read, gives_lines)
{
    struct pair pair = open_pair(NULL);
    char line[16];

    put(pair.far, "one\n\nlast");
    weft_stream_shut_write(pair.far);
    cr_expect(eq(int, weft_stream_read_line(pair.near, line, 16), 4));
    cr_expect(eq(str, line, (char *)"one\n"));
    cr_expect(eq(int, weft_stream_read_line(pair.near, line, 16), 1));
    cr_expect(eq(int, weft_stream_read_line(pair.near, line, 3), WEFT_ELIMIT));
    cr_expect(eq(int, weft_stream_read_line(pair.near, line, 16), 4));
    cr_expect(eq(str, line, (char *)"last"));
    cr_expect(zero(int, weft_stream_read_line(pair.near, line, 16)));
    cr_expect(eq(str, line, (char *)""));
    close_pair(&pair);
}

/* A delimiter may come further away than the stream reads ahead. */
WEFT_TASK_TEST(stream_read, reads_ahead_as_far_as_is_asked_for)
{
    struct pair pair = open_pair(&(weft_stream_options){ .read_limit_bytes = 8 });
    char text[256];

    put(pair.far, "0123456789");
    until_unread(pair.near, 10);
    put(pair.far, "0123456789");
    put(pair.far, "\n");
    cr_expect(eq(int, weft_stream_read_line(pair.near, text, sizeof(text)), 21));
    close_pair(&pair);
}

/* --- What reading meets ----------------------------------------------------------- */

struct reading {
    struct weft_stream *stream;
    char text[16];
    size_t count;
    int rc;
};

static int read_task(void *arg)
{
    struct reading *r = arg;

    return r->rc = weft_stream_read(r->stream, r->text, sizeof(r->text));
}

static int read_exactly_task(void *arg)
{
    struct reading *r = arg;

    return r->rc = weft_stream_read_exactly(r->stream, r->text, sizeof(r->text), &r->count);
}

static int read_line_task(void *arg)
{
    struct reading *r = arg;

    return r->rc = weft_stream_read_line(r->stream, r->text, sizeof(r->text));
}

WEFT_TASK_TEST(stream_read, loses_nothing_to_a_cancel)
{
    struct pair pair = open_pair(NULL);
    struct reading r = { .stream = pair.near };
    weft_task *task = weft_test_spawn(read_task, &r);

    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));

    task = weft_test_spawn(read_exactly_task, &r);
    put(pair.far, "12345");
    for (int i = 0; i < 10; i++)
        weft_yield();
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    cr_expect(eq(sz, r.count, 5), "a part is told");

    task = weft_test_spawn(read_line_task, &r);
    put(pair.far, "line");
    until_unread(pair.near, 4);
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    cr_expect(eq(sz, weft_stream_unread(pair.near), 4), "and what is no line stays");
    close_pair(&pair);
}

struct rivalry {
    struct reading reading;
    weft_task *rival;
};

static int read_and_cancel(void *arg)
{
    struct rivalry *r = arg;
    int rc = read_task(&r->reading);

    weft_task_cancel(r->rival);
    return rc;
}

/* Bytes come for two tasks in one turn, and the first cancels the second: it has them. */
WEFT_TASK_TEST(stream_read, wins_over_a_later_cancel)
{
    struct pair one = open_pair(NULL), two = open_pair(NULL);
    struct rivalry first = { .reading.stream = one.near };
    struct rivalry second = { .reading.stream = two.near };
    weft_task *a = weft_test_spawn(read_and_cancel, &first),
              *b = weft_test_spawn(read_and_cancel, &second);

    first.rival = b;
    second.rival = a;
    put(one.far, "x");
    put(two.far, "x");
    cr_expect(eq(int, weft_test_join(a), 1));
    cr_expect(eq(int, weft_test_join(b), 1));
    close_pair(&one);
    close_pair(&two);
}

WEFT_TASK_TEST(stream_read, ends_with_its_time)
{
    struct pair pair = open_pair(NULL);
    char text[8];

    {
        WEFT_TIMEOUT(limit, 5);
        cr_expect(eq(int, weft_stream_read(pair.near, text, 8), UV_ETIMEDOUT));
        cr_expect(weft_scope_expired(&limit));
    }
    put(pair.far, "x");
    until_unread(pair.near, 1);
    {
        WEFT_TIMEOUT(limit, 1);
        cr_expect(eq(int, weft_sleep(100), UV_ETIMEDOUT));
        cr_expect(eq(int, weft_stream_read(pair.near, text, 8), 1), "what is there is given");
    }
    close_pair(&pair);
}

WEFT_TASK_TEST(stream_read, is_for_one_task_at_a_time)
{
    struct pair pair = open_pair(NULL);
    struct reading r = { .stream = pair.near };
    weft_task *task = weft_test_spawn(read_task, &r);
    char text[8];

    cr_expect(eq(int, weft_stream_read(pair.near, text, 8), UV_EBUSY));
    cr_expect(eq(int, weft_stream_read_line(pair.near, text, 8), UV_EBUSY));
    cr_expect(eq(int, weft_stream_close(pair.near), UV_EBUSY), "closed while waited on");
    put(pair.far, "x");
    cr_expect(eq(int, weft_test_join(task), 1));
    close_pair(&pair);
}

/* --- Holding back ----------------------------------------------------------------- */

enum { MEGABYTE = 1 << 20 };

static int write_much(void *arg)
{
    struct weft_stream *stream = arg;
    char piece[1024];

    for (int i = 0; i < MEGABYTE / 1024; i++) {
        int rc;

        memset(piece, 'a' + i % 26, sizeof(piece));
        rc = weft_stream_write(stream, piece, sizeof(piece));
        if (rc < 0)
            return rc;
    }
    return weft_stream_drain(stream);
}

WEFT_TASK_TEST(stream_write, waits_for_a_slow_reader)
{
    struct pair pair =
        open_pair(&(weft_stream_options){ .read_limit_bytes = 4096, .high_water_bytes = 8192 });
    weft_task *writer = weft_test_spawn(write_much, pair.far);
    char text[1024];

    for (int i = 0; i < 100; i++)
        weft_yield();
    cr_expect(lt(sz, weft_stream_unread(pair.near), 4096 + 65536), "read ahead is bounded");
    cr_expect(lt(sz, weft_stream_unsent(pair.far), 8192 + 1024), "and so is what is unsent");
    cr_expect(ge(sz, weft_stream_unsent(pair.far), 8192));
    cr_expect(not(weft_task_ended(writer)));
    for (int i = 0; i < MEGABYTE / 1024; i++) {
        cr_assert(zero(int, weft_stream_read_exactly(pair.near, text, 1024, NULL)));
        cr_assert(eq(chr, text[0], (char)('a' + i % 26)), "%d", i);
        cr_assert(eq(chr, text[1023], text[0]), "%d", i);
    }
    cr_expect(zero(int, weft_test_join(writer)));
    cr_expect(zero(sz, weft_stream_unsent(pair.far)));
    close_pair(&pair);
}

struct writing {
    struct weft_stream *stream;
    char mark;
    int rc;
};

static int write_mark(void *arg)
{
    struct writing *w = arg;

    return w->rc = weft_stream_write(w->stream, &w->mark, 1);
}

/* Fill the stream up to its mark; how many bytes that were. */
static size_t fill(struct weft_stream *stream)
{
    char piece[4096];
    size_t count = 0;

    memset(piece, '.', sizeof(piece));
    while (weft_stream_unsent(stream) < 65536) {
        cr_assert(zero(int, weft_stream_write(stream, piece, sizeof(piece))));
        count += sizeof(piece);
    }
    return count;
}

static void skip(struct weft_stream *stream, size_t count)
{
    char *memory = malloc(count);

    cr_assert(zero(int, weft_stream_read_exactly(stream, memory, count, NULL)));
    free(memory);
}

WEFT_TASK_TEST(stream_write, serves_writers_in_turn)
{
    struct pair pair = open_pair(NULL);
    struct writing marks[4];
    weft_task *tasks[4];
    size_t count = fill(pair.far);
    char text[4];

    for (int i = 0; i < 4; i++) {
        marks[i] = (struct writing){ .stream = pair.far, .mark = (char)('a' + i) };
        tasks[i] = weft_test_spawn(write_mark, &marks[i]);
    }
    weft_task_cancel(tasks[1]);
    cr_expect(eq(int, weft_test_join(tasks[1]), UV_ECANCELED));
    skip(pair.near, count);
    cr_assert(zero(int, weft_stream_read_exactly(pair.near, text, 3, NULL)));
    cr_expect(zero(int, memcmp(text, "acd", 3)), "%.3s", text);
    for (int i = 0; i < 4; i++) {
        if (i != 1)
            cr_expect(zero(int, weft_test_join(tasks[i])));
    }
    close_pair(&pair);
}

WEFT_TASK_TEST(stream_write, ends_with_its_time)
{
    struct pair pair = open_pair(NULL);
    size_t count = fill(pair.far);

    {
        WEFT_TIMEOUT(limit, 5);
        cr_expect(eq(int, weft_stream_write(pair.far, "x", 1), UV_ETIMEDOUT));
        cr_expect(eq(int, weft_stream_drain(pair.far), UV_ETIMEDOUT));
    }
    skip(pair.near, count);
    cr_expect(zero(int, weft_stream_drain(pair.far)));
    cr_expect(zero(sz, weft_stream_unread(pair.near)), "nothing of it was taken");
    close_pair(&pair);
}

static int drain_task(void *arg)
{
    return weft_stream_drain(arg);
}

WEFT_TASK_TEST(stream_drain, is_cancelled_alone)
{
    struct pair pair = open_pair(NULL);
    size_t count = fill(pair.far);
    weft_task *first = weft_test_spawn(drain_task, pair.far);
    weft_task *second = weft_test_spawn(drain_task, pair.far);

    cr_expect(eq(int, weft_stream_close(pair.far), UV_EBUSY), "closed while waited on");
    weft_task_cancel(first);
    cr_expect(eq(int, weft_test_join(first), UV_ECANCELED));
    skip(pair.near, count);
    cr_expect(zero(int, weft_test_join(second)));
    close_pair(&pair);
}

/* The end of the stream comes behind what was written. */
WEFT_TASK_TEST(stream_write, ends_behind_what_was_written)
{
    struct pair pair = open_pair(NULL);
    size_t count = fill(pair.far);
    char text[8];

    cr_expect(zero(int, weft_stream_shut_write(pair.far)));
    cr_expect(zero(int, weft_stream_shut_write(pair.far)));
    cr_expect(eq(int, weft_stream_write(pair.far, "x", 1), UV_EPIPE));
    skip(pair.near, count);
    cr_expect(zero(int, weft_stream_read(pair.near, text, 8)));
    close_pair(&pair);
}

WEFT_TASK_TEST(stream_write, formats_any_length)
{
    struct pair pair = open_pair(NULL);
    char text[2000];

    cr_expect(zero(int, weft_stream_printf(pair.far, "%d %s\n", 7, "seven")));
    cr_expect(eq(int, weft_stream_read_line(pair.near, text, sizeof(text)), 8));
    cr_expect(eq(str, text, (char *)"7 seven\n"));
    cr_expect(zero(int, weft_stream_printf(pair.far, "%1500d\n", 7)));
    cr_expect(eq(int, weft_stream_read_line(pair.near, text, sizeof(text)), 1501));
    cr_expect(zero(int, weft_stream_printf(pair.far, "%s", "")));
    close_pair(&pair);
}

/* --- Ends ------------------------------------------------------------------------- */

/* A write to a peer that has gone fails, again and again, and raises no signal. */
WEFT_TASK_TEST(stream_end, fails_writes_to_who_has_gone)
{
    struct pair pair = open_pair(NULL);
    char text[8];

    put(pair.far, "bye");
    cr_expect(zero(int, weft_stream_close(pair.far)));
    cr_expect(eq(int, weft_stream_read(pair.near, text, 8), 3));
    cr_expect(eq(int, weft_stream_write(pair.near, "x", 1), UV_EPIPE));
    cr_expect(eq(int, weft_stream_write(pair.near, "x", 1), UV_EPIPE));
    cr_expect(eq(int, weft_stream_drain(pair.near), UV_EPIPE));
    cr_expect(eq(int, weft_stream_shut_write(pair.near), UV_EPIPE));
    cr_expect(zero(int, weft_stream_close(pair.near)));
}

WEFT_TASK_TEST(stream_end, wakes_who_waits_when_the_peer_goes)
{
    struct pair pair = open_pair(NULL);
    struct writing mark = { .stream = pair.far, .mark = 'x' };
    weft_task *writer, *drainer;

    fill(pair.far);
    writer = weft_test_spawn(write_mark, &mark);
    drainer = weft_test_spawn(drain_task, pair.far);
    cr_expect(zero(int, weft_stream_close(pair.near))); /* unread: the far end is reset */
    cr_expect(lt(int, weft_test_join(writer), 0));
    cr_expect(lt(int, weft_test_join(drainer), 0));
    cr_expect(zero(int, weft_stream_close(pair.far)));
}

WEFT_TASK_TEST(stream_end, is_aborted_by_another_task)
{
    struct pair pair = open_pair(NULL);
    struct reading r = { .stream = pair.near };
    struct writing mark = { .stream = pair.near, .mark = 'x' };
    weft_task *reader = weft_test_spawn(read_task, &r), *writer;
    weft_address address;
    char text[8];

    fill(pair.near);
    writer = weft_test_spawn(write_mark, &mark);
    weft_stream_abort(pair.near);
    weft_stream_abort(pair.near);
    cr_expect(eq(int, weft_stream_close(pair.near), UV_EBUSY), "they are yet to see it");
    cr_expect(eq(int, weft_test_join(reader), UV_ECONNABORTED));
    cr_expect(eq(int, weft_test_join(writer), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_read(pair.near, text, 8), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_write(pair.near, text, 8), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_shut_write(pair.near), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_peer(pair.near, &address), UV_ENOTCONN));
    weft_yield();
    close_pair(&pair);
    weft_stream_abort(NULL);
    cr_expect(zero(int, weft_stream_close(NULL)));
}

WEFT_TEST(stream_end, needs_a_loop)
{
    struct weft_stream *a, *b;

    cr_expect(eq(int, weft_stream_pair(NULL, &a, &b), WEFT_EMISUSE));
}

/* --- Memory ----------------------------------------------------------------------- */

/* A bit of everything that allocates. */
static int scenario(void *arg)
{
    struct weft_stream *near = NULL, *far = NULL;
    char *much = arg;
    char line[64];
    int rc = weft_stream_pair(NULL, &near, &far);

    if (rc == 0)
        rc = weft_stream_printf(far, "%900d\n", 1);
    if (rc == 0)
        rc = weft_stream_write(far, much, MEGABYTE);
    if (rc == 0)
        rc = weft_stream_read_until(near, "1\n", line, sizeof(line));
    if (rc == WEFT_ELIMIT)
        rc = weft_stream_read_exactly(near, much, MEGABYTE, NULL);
    weft_stream_close(near);
    weft_stream_close(far);
    return rc;
}

WEFT_TEST(stream_alloc, each_can_fail)
{
    char *much = calloc(1, MEGABYTE);

    for (unsigned long n = 1;; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(scenario, much, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            cr_expect(gt(u64, n, 5));
            break;
        }
        /* 0: what came last could not be kept, and nobody asked for it. */
        cr_expect(rc == UV_ENOMEM || rc == 0, "allocation %lu: %d", n, rc);
    }
    free(much);
}

/* --- In any order ------------------------------------------------------------------------ */

enum { WRITERS = 3, ROUNDS = 5, RECORD = 900 };

struct crowd {
    struct pair pair;
    int marks; /* of writers that have begun */
    int taken; /* records */
};

/* Each write is one record of one letter. */
static int write_records(void *arg)
{
    struct crowd *crowd = arg;
    char record[RECORD];
    int rc = 0;

    memset(record, 'a' + crowd->marks++, sizeof(record));
    for (int i = 0; i < ROUNDS && rc == 0; i++) {
        rc = weft_stream_write(crowd->pair.far, record, sizeof(record));
        crowd->taken += rc == 0;
    }
    return rc;
}

/* Records come whole, and as many as were taken. */
static int read_records(void *arg)
{
    struct crowd *crowd = arg;
    char record[RECORD];
    size_t length;
    int count = 0;

    for (;; count++) {
        int rc = weft_stream_read_exactly(crowd->pair.near, record, RECORD, &length);

        if (rc == UV_EOF && length == 0)
            return count == crowd->taken ? 0 : WEFT_EPROTO;
        if (rc < 0)
            return rc;
        for (int at = 1; at < RECORD; at++) {
            if (record[at] != record[0])
                return WEFT_EPROTO;
        }
    }
}

/* One of the writers is cancelled, maybe as its record is taken; then comes the end. */
static int lead_writers(void *arg)
{
    struct crowd *crowd = arg;
    int rc;

    WEFT_GROUP(writers, 0);
    WEFT_GROUP(victims, 0);
    rc = weft_group_go(victims, write_records, crowd);
    for (int i = 0; i < WRITERS && rc == 0; i++)
        rc = weft_group_go(writers, write_records, crowd);
    for (int i = 0; i < 4 && rc == 0; i++)
        rc = weft_yield();
    weft_group_cancel(victims);
    if (rc == 0)
        rc = weft_group_wait(victims);
    if (rc == 0)
        rc = weft_group_wait(writers);
    return rc < 0 ? rc : weft_stream_shut_write(crowd->pair.far);
}

static int run_crowd(struct crowd *crowd)
{
    int rc;

    WEFT_GROUP(group, 1000);
    rc = weft_group_go(group, lead_writers, crowd);
    if (rc == 0)
        rc = weft_group_go(group, read_records, crowd);
    return rc < 0 ? rc : weft_group_wait(group);
}

/* Streams that take little: the system keeps as little as it can for the socket. */
static int open_small_pair(struct pair *pair)
{
    weft_stream_options options = { .high_water_bytes = 1000, .read_limit_bytes = 1000 };
    int fds[2], least = 1, rc;

    cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)));
    cr_assert(zero(int, setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least))));
    rc = weft_stream_from_fd(fds[0], &options, &pair->near);
    return rc < 0 ? rc : weft_stream_from_fd(fds[1], &options, &pair->far);
}

static int crowd_scenario(void *arg)
{
    struct crowd crowd = { 0 };
    int rc = open_small_pair(&crowd.pair);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = run_crowd(&crowd);
    if (rc == 0 && weft_stream_unread(crowd.pair.near) > 0)
        rc = WEFT_EPROTO;
    if (weft_stream_close(crowd.pair.near) < 0 || weft_stream_close(crowd.pair.far) < 0)
        rc = UV_EBUSY;
    return rc;
}

WEFT_TEST(stream_order, does_not_mix_writers)
{
    expect_in_any_order(crowd_scenario, NULL);
}

WEFT_TEST(stream_order, copes_with_each_wait_failing)
{
    uint64_t runs = 0;

    cr_expect(zero(int, weft_test_fail_waits(crowd_scenario, NULL, &runs)));
    cr_expect(ge(u64, runs, WRITERS + 2), "writers wait, too");
}
