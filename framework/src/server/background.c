/*
 * server/background.c - what is run after a request, with the request still there.
 *
 * The request leaves its connection and goes to a task of the server's own, so that the next
 * one can be served; it is given back when the last function has returned.  The server counts
 * these tasks: a drain waits for them as for connections.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>

#include "server/conn.h"

struct function {
    struct function *next;
    weft_task_fn fn;
    void *arg;
};

struct weft__background_work {
    struct weft__list link; /* in server->background */
    struct function *first;
    struct function **end;
    weft_request *req;
    weft_task *task; /* that runs it */
};

int weft__request_add_background(weft_request *req, weft_task_fn fn, void *arg)
{
    struct weft__background_work *work = req->background;
    struct function *function = weft__arena_alloc(&req->arena, sizeof(*function));

    if (function != NULL && work == NULL)
        work = weft__arena_alloc(&req->arena, sizeof(*work));
    if (function == NULL || work == NULL)
        return UV_ENOMEM;
    if (req->background == NULL) {
        *work = (struct weft__background_work){ .req = req, .end = &work->first };
        req->background = work;
    }
    *function = (struct function){ .fn = fn, .arg = arg };
    *work->end = function;
    work->end = &function->next;
    return 0;
}

/* Run the functions, also those that they register themselves. */
static void run_functions(struct weft__background_work *work)
{
    const weft_request *req = work->req;
    const struct function *at;

    while ((at = work->first) != NULL) {
        int rc;

        work->first = at->next;
        if (work->first == NULL)
            work->end = &work->first;
        rc = at->fn(at->arg);
        if (rc < 0)
            weft_log(WEFT_LOG_ERROR, "%s %s: work in the background failed: %s",
                     req->head.method_text, req->head.target, weft_strerror(rc));
    }
}

static int run(void *arg)
{
    struct weft__background_work *work = arg;

    weft__task_set_context(work->task, work->req);
    while (work->first != NULL) { /* deferred functions may register others */
        run_functions(work);
        weft__task_renew(); /* what they have spawned ends before the request does */
        weft__arena_run_defers(&work->req->arena);
        weft__task_renew();
    }
    weft__arena_release(&work->req->arena);
    weft__task_set_context(work->task, NULL);
    return 0;
}

static void ended(weft_task *task, void *arg)
{
    struct weft__background_work *work = arg;
    weft_request *req = work->req;
    struct weft__server *server = req->server;

    (void)task;
    weft__list_remove(&work->link);
    weft__request_give(server, req);
    weft__server_check_drained(server);
}

/* What the request cannot do any more without its connection fails from here on. */
static void leave_connection(weft_request *req)
{
    req->conn = NULL;
    req->task = NULL;
    req->sent = WEFT__SENT_ALL;
    if (!req->whole_read && (req->body.chunked || req->body.length > 0))
        req->body_error = WEFT_EGONE;
}

void weft__request_run_background(weft_request *req)
{
    struct weft__background_work *work = req->background;
    struct weft__server *server = req->server;
    weft_task *here = req->task;

    leave_connection(req);
    if (weft__task_begin(server->loop, &work->task, run, work, ended) == 0) {
        weft__list_append(&server->background, &work->link);
        return;
    }
    work->task = here; /* no task is to be had: the next request waits */
    run(work);
    weft__request_give(server, req);
}

void weft__server_cancel_background(struct weft__server *server)
{
    const struct weft__list *list = &server->background;

    for (const struct weft__list *node = list->next; node != list; node = node->next) {
        struct weft__background_work *work =
            weft__list_entry(node, struct weft__background_work, link);

        if (weft_task_cancelling(work->task) == 0)
            weft_task_cancel(work->task);
    }
}
