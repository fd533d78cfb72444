/*
 * task/fd.c - waiting for descriptors (weft/fd.h), over uv_poll_t.
 *
 * The handle watches for what the tasks that wait want together, and is stopped while none
 * does: a descriptor that is ready and that nobody waits for must not turn the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/fd.h>

#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "task/runtime.h"

_Static_assert((int)WEFT_READABLE == (int)UV_READABLE && (int)WEFT_WRITABLE == (int)UV_WRITABLE,
               "events are libuv's");

struct weft_fd {
    uv_poll_t poll;
    weft_loop *loop;
    struct weft__list waits;
    struct weft__loop_hook at_end; /* of the loop, for one that was not closed */
    bool left;                     /* was not; `loop` is gone */
};

struct fd_wait {
    struct weft__wait wait;
    weft_fd *fd;
    int events;
};

static struct fd_wait *wait_at(struct weft__list *node)
{
    return weft__list_entry(node, struct fd_wait, wait.link);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Watch for what is wanted now. */
static int watch(weft_fd *fd)
{
    int events = 0;

    for (struct weft__list *node = fd->waits.next; node != &fd->waits; node = node->next)
        events |= wait_at(node)->events;
    return events == 0 ? uv_poll_stop(&fd->poll) : uv_poll_start(&fd->poll, events, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    weft_fd *fd = poll->data;
    struct weft__list *node = fd->waits.next;

    while (node != &fd->waits) {
        struct fd_wait *wait = wait_at(node);
        int result = status < 0 ? status : wait->events & events;

        node = node->next;
        if (result != 0) {
            weft__list_remove(&wait->wait.link);
            weft__wait_complete(&wait->wait, result);
        }
    }
    (void)watch(fd); /* for fewer events than before: it cannot fail */
}

static void on_closed(uv_handle_t *handle)
{
    weft_fd *fd = handle->data;

    if (fd->left) {
        weft__loop_leave_behind(&fd->at_end);
        return;
    }
    weft__loop_remove_hook(&fd->at_end);
    free(fd);
}

static void close_at_end(struct weft__loop_hook *hook)
{
    weft_fd *fd = weft__list_entry(hook, weft_fd, at_end);

    if (uv_is_closing((uv_handle_t *)&fd->poll))
        return;
    weft_log(WEFT_LOG_WARNING, "a descriptor is watched still when its loop ends");
    fd->left = true;
    uv_close((uv_handle_t *)&fd->poll, on_closed);
}

int weft_fd_open(int fd, weft_fd **ret_fd)
{
    weft_task *task = weft__task_here();
    weft_fd *made;
    int rc;

    if (task == NULL)
        return weft__misuse("weft_fd_open", "only a task can wait for descriptors");
    made = weft__calloc(1, sizeof(*made));
    if (made == NULL)
        return UV_ENOMEM;
    rc = uv_poll_init(task->loop->uv, &made->poll, fd);
    if (rc < 0) {
        free(made);
        return rc;
    }
    uv_unref((uv_handle_t *)&made->poll); /* tasks keep the loop alive, and only they */
    made->poll.data = made;
    made->loop = task->loop;
    weft__list_init(&made->waits);
    made->at_end.fn = close_at_end;
    weft__loop_add_end_hook(task->loop, &made->at_end);
    *ret_fd = made;
    return 0;
}

static bool detach_fd(struct weft__wait *wait)
{
    weft_fd *fd = weft__list_entry(wait, struct fd_wait, wait)->fd;

    weft__list_remove(&wait->link);
    (void)watch(fd);
    return true;
}

int weft_fd_wait(weft_fd *fd, int events)
{
    struct fd_wait wait = { .fd = fd, .events = events };
    weft_task *task = weft__task_here();
    int rc;

    if (task == NULL || fd->left || task->loop != fd->loop)
        return weft__misuse("weft_fd_wait", "only a task of its loop can wait");
    if (events == 0 || (events & ~(WEFT_READABLE | WEFT_WRITABLE)) != 0)
        return UV_EINVAL;
    weft__wait_init(&wait.wait, "file descriptor");
    wait.wait.detach = detach_fd;
    weft__list_append(&fd->waits, &wait.wait.link);
    rc = watch(fd);
    if (rc < 0) {
        weft__list_remove(&wait.wait.link);
        return rc;
    }
    return weft__wait(&wait.wait);
}

int weft_fd_close(weft_fd *fd)
{
    if (fd == NULL)
        return 0;
    if (fd->left) {
        weft__loop_left_closed(&fd->at_end);
        free(fd);
        return 0;
    }
    if (!weft__list_empty(&fd->waits)) {
        weft_log(WEFT_LOG_ERROR, "weft_fd_close(): tasks still wait for it");
        return UV_EBUSY;
    }
    uv_close((uv_handle_t *)&fd->poll, on_closed);
    return 0;
}
