/*
 * ref/epoll.c - the yardstick: the least that a server on epoll does for a request.
 *
 * One thread, level-triggered, one read buffer for all connections; each read is answered by
 * one write, with a fixed reply for each head that ended in it.  It has no limits, no time
 * limits and no errors to send, and a client that does not take its replies is closed: a bound
 * on what any server can reach here, not a server.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bare.h"

enum { MAX_FDS = 65536, EVENTS = 1024 };

struct server {
    int epoll;
    int listener;
    const char *replies;
    size_t reply_length;
    unsigned char state[MAX_FDS]; /* of each connection; see bare_count_heads() */
    char buffer[BARE_READ_BYTES];
};

static void watch(struct server *server, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        perror("epoll_ctl");
        exit(1);
    }
}

static void accept_all(struct server *server)
{
    int fd;

    while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MAX_FDS) {
            close(fd);
            continue;
        }
        server->state[fd] = 0;
        watch(server, fd);
    }
}

/* 0, or -1 when the connection is lost. */
static int answer(const struct server *server, int fd, size_t count)
{
    while (count > 0) {
        size_t batch = count < BARE_BATCH ? count : BARE_BATCH;
        size_t length = batch * server->reply_length;

        if (write(fd, server->replies, length) != (ssize_t)length)
            return -1;
        count -= batch;
    }
    return 0;
}

static void serve(struct server *server, int fd)
{
    ssize_t length = read(fd, server->buffer, sizeof(server->buffer));
    size_t count;

    if (length > 0) {
        count = bare_count_heads(server->buffer, (size_t)length, &server->state[fd]);
        if (answer(server, fd, count) == 0)
            return;
    }
    close(fd); /* takes it out of epoll, too */
}

int main(int argc, char **argv)
{
    static struct server server;
    struct epoll_event events[EVENTS];

    server.replies = bare_replies(&server.reply_length);
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    server.listener = bare_listen(argc, argv);
    watch(&server, server.listener);
    for (;;) {
        int count = epoll_wait(server.epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == server.listener)
                accept_all(&server);
            else
                serve(&server, events[i].data.fd);
        }
    }
}
