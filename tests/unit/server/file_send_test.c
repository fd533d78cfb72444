/*
 * Files on their way: over memory, and over sockets with sendfile.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_harness.h"

#define GET "GET /file HTTP/1.1\r\nHost: a\r\n\r\n"

enum { SIZE = 16 * 1024 * 1024 + 17, OFFSET = 5, SENT = SIZE - 2 * OFFSET };

static char pattern[SIZE];
static int file = -1;
static int last_rc;
static int ended;

static void send_file(weft_request *req)
{
    last_rc = weft__request_begin(req, &(struct weft__reply){ .status = 200 }, SENT);
    if (last_rc == 0)
        last_rc = weft__request_write_file(req, file, OFFSET, SENT);
    if (last_rc == 0)
        last_rc = weft__request_end(req, NULL);
    ended++;
}

static void send_small(weft_request *req)
{
    last_rc = weft__request_begin(req, &(struct weft__reply){ .status = 200 }, 10);
    if (last_rc == 0)
        last_rc = weft__request_write_file(req, file, 0, 10);
    if (last_rc == 0)
        last_rc = weft__request_end(req, NULL);
}

static void misuse(weft_request *req)
{
    cr_expect(eq(int, weft__request_write_file(req, file, 0, 1), WEFT_EMISUSE));
    cr_expect(zero(int, weft__request_begin(req, &(struct weft__reply){ .status = 200 }, 5)));
    cr_expect(eq(int, weft__request_write_file(req, file, 0, 6), WEFT_ELIMIT));
    cr_expect(eq(int, weft__request_write_file(req, file, UINT64_MAX, 1), WEFT_ELIMIT));
    cr_expect(zero(int, weft__request_write_file(req, file, 0, 5)));
    cr_expect(zero(int, weft__request_end(req, NULL)));
}

static void ok(weft_request *req)
{
    (void)harness_reply(req, 200, "ok");
}

static const struct harness_route routes[] = {
    { "/file", send_file }, { "/small", send_small }, { "/misuse", misuse }, { "/", ok }, { 0 }
};

static struct harness h;

static void set_up(void)
{
    for (size_t i = 0; i < SIZE; i++)
        pattern[i] = (char)(i * 31 + i / 4096);
    file = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    cr_assert(ge(int, file, 0));
    cr_assert(eq(sz, (size_t)write(file, pattern, SIZE), SIZE));
    last_rc = 1;
    ended = 0;
}

static void tear_down(void)
{
    close(file);
}

/* Take the head off; whether it has come. */
static bool take_head(struct weft__memory_client *client)
{
    size_t length;
    const char *data = weft__memory_received(client, &length);
    const char *end = data == NULL ? NULL : memmem(data, length, "\r\n\r\n", 4);

    if (end != NULL)
        weft__memory_consume(client, (size_t)(end + 4 - data));
    return end != NULL;
}

WEFT_TEST(file_send, over_memory, .init = set_up, .fini = tear_down)
{
    struct weft__memory_client *client;
    size_t got = 0;
    size_t most = 0;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    weft__memory_set_window(client, 50000);
    harness_send(client, GET);
    cr_assert(harness_until(&h, take_head(client)));
    while (got < SENT) {
        size_t length = 0;
        const char *data;
        struct weft__conn *conn = harness_conn(client);

        cr_assert(harness_until(&h, (weft__memory_received(client, &length), length > 0)));
        data = weft__memory_received(client, &length);
        cr_assert(zero(int, memcmp(data, pattern + OFFSET + got, length)), "at %zu", got);
        got += length;
        if (conn->out != NULL && conn->out->sending.room + conn->out->next.room > most)
            most = conn->out->sending.room + conn->out->next.room;
        weft__memory_consume(client, length);
    }
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(zero(int, last_rc));
    cr_expect(le(sz, most, 600000));
    harness_send(client, "GET /small HTTP/1.1\r\nHost: a\r\n\r\n"
                         "HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect(harness_until(&h, last_rc == UV_ECANCELED)); /* HEAD */
    harness_close(&h);
}

WEFT_TEST(file_send, keeps_to_the_rules_of_streams, .init = set_up, .fini = tear_down)
{
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, "GET /misuse HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect(harness_until(&h, harness_status(client) == 200));
    harness_close(&h);
}

/* --- Sockets */

static int connect_and_ask(void)
{
    int fd;

    harness_open(&h, routes, NULL);
    fd = harness_dial(harness_listen(&h));
    cr_assert(eq(sz, (size_t)send(fd, GET, strlen(GET), MSG_NOSIGNAL), strlen(GET)));
    return fd;
}

/* Read up to `room` bytes; 0 when none are there; -1 at the end. */
static ssize_t read_some(int fd, char *to, size_t room)
{
    ssize_t count = recv(fd, to, room, MSG_DONTWAIT);

    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    return count <= 0 ? -1 : count;
}

static char body[SIZE + 1000];

/* Read until `want` bytes have come or the server has closed; how many. */
static size_t read_all(int fd, size_t want)
{
    size_t got = 0;
    bool over = false;

    while (got < want && !over) {
        ssize_t count = 0;

        if (!harness_until(&h, (count = read_some(fd, body + got, want - got)) != 0))
            break;
        over = count < 0;
        got += count > 0 ? (size_t)count : 0;
    }
    return got;
}

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 16777223\r\n\r\n";

WEFT_TEST(file_send, over_a_socket, .init = set_up, .fini = tear_down)
{
    int fd = connect_and_ask();
    size_t head_length = sizeof(head) - 1;

    cr_expect(eq(sz, read_all(fd, head_length + SENT), head_length + SENT));
    cr_expect(zero(int, memcmp(body, head, head_length)));
    cr_expect(zero(int, memcmp(body + head_length, pattern + OFFSET, SENT)));
    cr_expect(zero(int, last_rc));
    close(fd);
    harness_close(&h);
}

WEFT_TEST(file_send, waits_for_a_client_that_does_not_read, .init = set_up, .fini = tear_down)
{
    int fd = connect_and_ask();
    size_t head_length = sizeof(head) - 1;
    size_t more;

    harness_turns(&h);
    cr_expect(zero(int, ended));
    more = read_all(fd, 1000000);
    cr_expect(zero(int, ended));
    cr_expect(zero(int, memcmp(body + head_length, pattern + OFFSET, more - head_length)));
    more = read_all(fd, head_length + SENT - more);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(zero(int, last_rc));
    cr_expect(zero(int, memcmp(body, pattern + SIZE - OFFSET - more, more)));
    close(fd);
    harness_close(&h);
}

WEFT_TEST(file_send, ends_with_a_client_that_leaves, .init = set_up, .fini = tear_down)
{
    int fd = connect_and_ask();
    struct linger linger = { .l_onoff = 1 };

    cr_expect(eq(sz, read_all(fd, 100), 100));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    cr_expect(harness_until(&h, weft__server_stats(h.server).connections == 0));
    harness_close(&h);
}

WEFT_TEST(file_send, ends_with_a_client_that_stalls, .init = set_up, .fini = tear_down)
{
    int fd = connect_and_ask();

    cr_expect(eq(sz, read_all(fd, 100), 100));
    harness_turns(&h);
    harness_age(&h, 31000);
    harness_age(&h, 31000);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    close(fd);
    harness_close(&h);
}

WEFT_TEST(file_send, of_a_file_that_was_cut_is_cut_off, .init = set_up, .fini = tear_down)
{
    int fd = connect_and_ask();

    cr_expect(eq(sz, read_all(fd, 100), 100));
    cr_assert(zero(int, ftruncate(file, SIZE / 2)));
    cr_expect(lt(sz, read_all(fd, SENT), SENT));
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, last_rc, UV_EIO));
    cr_expect(harness_until(&h, weft__server_stats(h.server).connections == 0));
    close(fd);
    harness_close(&h);
}

WEFT_TEST(file_send, lets_others_have_a_turn, .init = set_up, .fini = tear_down)
{
    int fd = connect_and_ask();
    struct weft__memory_client *other = harness_connect(&h);

    harness_send(other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect(eq(int, harness_status(other), 200));
    cr_expect(zero(int, ended));
    cr_expect(gt(sz, read_all(fd, SENT), 0));
    close(fd);
    harness_close(&h);
}
