/*
 * Waiting for descriptors that others read and write.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/fd.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static int ends[2];

static void open_pair(void)
{
    cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends)));
}

static void close_pair(void)
{
    close(ends[0]);
    close(ends[1]);
}

static int write_later(void *arg)
{
    (void)arg;
    (void)!weft_sleep(1);
    cr_expect(eq(long, write(ends[1], "x", 1), 1));
    return 0;
}

WEFT_TASK_TEST(fd, tells_what_is_ready)
{
    char byte;
    weft_fd *fd;

    open_pair();
    cr_assert(zero(int, weft_fd_open(ends[0], &fd)));
    cr_expect(eq(int, weft_fd_wait(fd, WEFT_WRITABLE), WEFT_WRITABLE));
    cr_expect(eq(int, weft_fd_wait(fd, WEFT_READABLE | WEFT_WRITABLE), WEFT_WRITABLE));
    for (int i = 0; i < 3; i++) {
        cr_assert(zero(int, weft_spawn(NULL, write_later, NULL)));
        cr_expect(eq(int, weft_fd_wait(fd, WEFT_READABLE), WEFT_READABLE));
        cr_expect(eq(int, weft_fd_wait(fd, WEFT_READABLE), WEFT_READABLE), "it still is");
        cr_expect(eq(long, read(ends[0], &byte, 1), 1));
    }
    shutdown(ends[1], SHUT_WR);
    cr_expect(eq(int, weft_fd_wait(fd, WEFT_READABLE), WEFT_READABLE), "the end can be read");
    cr_expect(zero(int, weft_fd_close(fd)));
    close_pair();
}

struct waiter {
    weft_fd *fd;
    int events;
};

static int wait_for(void *arg)
{
    struct waiter *waiter = arg;

    return weft_fd_wait(waiter->fd, waiter->events);
}

WEFT_TASK_TEST(fd, each_waits_for_its_own)
{
    struct waiter reader = { .events = WEFT_READABLE };
    struct waiter writer = { .events = WEFT_WRITABLE };
    weft_task *tasks[3];
    int result;
    weft_fd *fd;

    open_pair();
    cr_assert(zero(int, weft_fd_open(ends[0], &fd)));
    reader.fd = writer.fd = fd;
    cr_assert(zero(int, weft_spawn(&tasks[0], wait_for, &reader)));
    cr_assert(zero(int, weft_spawn(&tasks[1], wait_for, &writer)));
    cr_assert(zero(int, weft_spawn(&tasks[2], wait_for, &reader)));
    cr_expect(zero(int, weft_task_join(tasks[1], &result)));
    cr_expect(eq(int, result, WEFT_WRITABLE));
    cr_expect(not(weft_task_ended(tasks[0])));
    cr_expect(eq(int, weft_fd_close(fd), UV_EBUSY), "tasks wait for it");
    weft_task_cancel(tasks[2]);
    cr_expect(zero(int, weft_task_join(tasks[2], &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(zero(int, write_later(NULL)));
    cr_expect(zero(int, weft_task_join(tasks[0], &result)));
    cr_expect(eq(int, result, WEFT_READABLE));
    cr_expect(zero(int, weft_fd_close(fd)));
    close_pair();
}

WEFT_TASK_TEST(fd, may_time_out)
{
    weft_fd *fd;

    open_pair();
    cr_assert(zero(int, weft_fd_open(ends[0], &fd)));
    for (int i = 0; i < 2; i++) {
        WEFT_TIMEOUT(scope, 1);

        cr_expect(eq(int, weft_fd_wait(fd, WEFT_READABLE), UV_ETIMEDOUT));
    }
    cr_expect(zero(int, weft_fd_close(fd)));
    close_pair();
}

/* --- In every order */

struct byte {
    weft_fd *fd;
    bool read;
    bool twice;
};

/* Whoever is told that there is something may find that another has read it. */
static int read_one(void *arg)
{
    struct byte *byte = arg;
    char it;
    int rc;

    while (!byte->read) {
        rc = weft_fd_wait(byte->fd, WEFT_READABLE);
        if (rc < 0)
            return rc;
        if (read(ends[0], &it, 1) == 1) {
            byte->twice |= byte->read;
            byte->read = true;
            shutdown(ends[1], SHUT_WR); /* which the other one sees */
        }
    }
    return 0;
}

static int write_one(void *arg)
{
    (void)arg;
    return write(ends[1], "x", 1) == 1 ? 0 : UV_EIO;
}

/* A reader is cancelled in the turn in which the byte comes: it has it, or leaves it. */
static int compete_for_a_byte(struct byte *byte)
{
    weft_task *victim;
    int rc, result;

    WEFT_GROUP(group, 1000);
    rc = weft_spawn(&victim, read_one, byte);
    if (rc == 0)
        rc = weft_group_go(group, read_one, byte);
    if (rc == 0)
        rc = weft_group_go(group, write_one, NULL);
    if (rc == 0)
        rc = weft_yield();
    if (rc == 0)
        rc = weft_yield();
    if (rc < 0)
        return rc;
    weft_task_cancel(victim);
    rc = weft_task_join(victim, &result);
    if (rc == 0 && result != 0 && result != UV_ECANCELED)
        rc = result;
    return rc == 0 ? weft_group_wait(group) : rc;
}

static int share_a_descriptor(void *arg)
{
    struct byte byte = { .read = false };
    int rc;

    (void)arg;
    open_pair();
    rc = weft_fd_open(ends[0], &byte.fd);
    if (rc == 0)
        rc = compete_for_a_byte(&byte);
    if (rc == 0 && (!byte.read || byte.twice))
        rc = UV_EIO;
    if (weft_fd_close(byte.fd) < 0)
        rc = UV_EBUSY;
    close_pair();
    return rc;
}

WEFT_TEST(fd, tells_of_a_byte_in_any_order)
{
    expect_in_any_order(share_a_descriptor, NULL);
}

/* --- Ends */

/* Whoever forgets to close it leaves nothing behind but the descriptor. */
static int leave_open(void *arg)
{
    weft_fd *fd;

    open_pair();
    cr_assert(zero(int, weft_fd_open(ends[0], &fd)));
    cr_expect(eq(int, weft_fd_wait(fd, WEFT_WRITABLE), WEFT_WRITABLE));
    if (arg != NULL)
        *(weft_fd **)arg = fd;
    return 0;
}

WEFT_TEST(fd, ends_with_the_loop)
{
    cr_expect(zero(int, weft_run(leave_open, NULL)));
    close_pair();
}

static int wait_late(void *arg)
{
    return weft_fd_wait(arg, WEFT_WRITABLE);
}

WEFT_TEST(fd, is_closed_after_its_loop)
{
    weft_fd *fd;

    cr_assert(zero(int, weft_run(leave_open, &fd)));
    cr_expect(eq(int, weft_run(wait_late, fd), WEFT_EMISUSE));
    cr_expect(zero(int, weft_fd_close(fd)));
    close_pair();
}

WEFT_TASK_TEST(fd, refuses_what_cannot_be)
{
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    weft_fd *fd;

    cr_expect(eq(int, weft_fd_open(file, &fd), UV_EPERM));
    cr_expect(lt(int, weft_fd_open(-1, &fd), 0));
    close(file);
    open_pair();
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_fd_open(ends[0], &fd), UV_ENOMEM));
    cr_expect(eq(int, weft_test_fail_stop(), 1));
    cr_assert(zero(int, weft_fd_open(ends[0], &fd)));
    cr_expect(eq(int, weft_fd_wait(fd, 0), UV_EINVAL));
    cr_expect(eq(int, weft_fd_wait(fd, 64), UV_EINVAL));
    cr_expect(zero(int, weft_fd_close(fd)));
    cr_expect(zero(int, weft_fd_close(NULL)));
    close_pair();
}

WEFT_TEST(fd, needs_a_task)
{
    weft_fd *fd;

    cr_expect(eq(int, weft_fd_open(0, &fd), WEFT_EMISUSE));
}
