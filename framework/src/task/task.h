/*
 * task/task.h - what the layers above use of the runtime besides <weft/task.h>.
 *
 * A wait is how a task suspends: fill a struct weft__wait, hand it to whoever will complete it,
 * and call weft__wait().  Exactly one of these ends it: weft__wait_complete(), or a cancel or
 * deadline of the task, which calls `detach` first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_TASK_H
#define WEFT_TASK_TASK_H

#include <weft/task.h>

#include "base/list.h"

struct weft__wait {
    weft_task *task;
    struct weft__list link; /* for the list of whoever completes it; free for use */
    int result;
    bool done;
    bool refused; /* `detach` returned false; private */
    /* Taken back and completed with 0 then, on the loop's clock; UINT64_MAX for never.  One
     * that cannot be taken back goes on without this time. */
    uint64_t due_ms;
    /*
     * The task is cancelled or out of time: take the wait out of wherever it stands, and return
     * true; weft__wait() then returns UV_ECANCELED or UV_ETIMEDOUT.  False: it cannot be taken
     * back and goes on until it is completed; detach is not called again for it.  Runs on the
     * loop's stack or on another task's; must not suspend.  NULL: only unlink `link`.
     */
    bool (*detach)(struct weft__wait *wait);
    /* Nobody waits for it alone: called when it is completed (select.h); else NULL. */
    void (*relay)(struct weft__wait *wait);
    uint64_t since_ms; /* when the task was suspended; private */
    const char *what;  /* for dumps: "sleep", "body", ... */
};

/* A wait of the calling task. */
void weft__wait_init(struct weft__wait *wait, const char *what);

/*
 * Suspend the calling task until `wait` is completed; the result given there.  Returns at once
 * when it is complete already.  When the task is cancelled or out of time already, `detach` is
 * called and UV_ECANCELED or UV_ETIMEDOUT returned without suspending.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__wait(struct weft__wait *wait);

/* The same, whatever happens to the task: until `wait` is completed.  Sets `detach`. */
WEFT_SUSPENDS void weft__wait_uncancelled(struct weft__wait *wait);

/* End the wait with `result`; the task runs in this turn of the loop, after those woken before
 * it. */
void weft__wait_complete(struct weft__wait *wait, int result);

/* Take a wait that is not complete out of wherever it stands, by its `detach`; false when that
 * refused: it goes on until it is completed. */
bool weft__wait_take_back(struct weft__wait *wait);

/* --- Tasks without an owner task, for the server's connections and for weft_run
 * --------------- */

/*
 * Start fn(arg) as a task owned by whoever calls this, and run it at once, on the loop's stack,
 * until it suspends or ends (inline start; the hot path of a request).  Not from within a task.
 *
 * ret_task  set before fn runs; valid until `ended` was called (may be NULL).
 * ended     called on the loop's stack when the task has ended; the task is released after it.
 *
 * 0 (even if the task has ended by now), UV_ENOMEM or UV_EAGAIN.
 */
WEFT_MUST_CHECK int weft__task_start(weft_loop *loop, weft_task **ret_task, weft_task_fn fn,
                                     void *arg, void (*ended)(weft_task *task, void *arg));

/* The same, also from within a task: it runs when its turn comes.  The task-locals of the
 * calling task are inherited. */
WEFT_MUST_CHECK int weft__task_begin(weft_loop *loop, weft_task **ret_task, weft_task_fn fn,
                                     void *arg, void (*ended)(weft_task *task, void *arg));

/* Whether the calling code runs in a task that could suspend. */
bool weft__in_task(void);

/*
 * For a task that does one piece of work after another: make the calling task as good as new.
 * What it has spawned is cancelled and awaited; locals, name and cancels are forgotten.
 */
WEFT_SUSPENDS void weft__task_renew(void);

/* A pointer inherited by child tasks: the request, for the layers above. */
void weft__task_set_context(weft_task *task, void *context);
void *weft__task_context(void); /* of the calling task; NULL outside */

/* The same, and on a thread of the pool that of the task whose call it makes: only to be read.
 */
void *weft__task_context_or_offloaded(void);

/* What fn returned, for `ended`; UV_ECANCELED when it never began. */
int weft__task_result(const weft_task *task);

/* --- Loops ----------------------------------------------------------------------------------
 */

/*
 * A loop on this thread.  With options->uv it lives inside that loop (its handles do not keep
 * uv_run() from returning while no task exists); else it owns one, which weft__loop_run() runs.
 */
WEFT_MUST_CHECK int weft__loop_new(weft_loop **ret_loop, const weft_loop_options *options);

/* Run until weft__loop_stop(), or until nothing is left to wait for. */
void weft__loop_run(weft_loop *loop);
void weft__loop_stop(weft_loop *loop);

/* No task may exist.  Takes NULL.  A loop inside a foreign uv loop closes its handles by
 * running that loop without blocking until they are closed. */
void weft__loop_free(weft_loop *loop);

uint64_t weft__loop_now_ms(const weft_loop *loop);

/*
 * Called on the loop's stack after ready tasks have run in a turn of the loop, in order of
 * registering: where output that tasks have gathered is flushed.
 */
struct weft__loop_hook {
    struct weft__list link;
    void (*fn)(struct weft__loop_hook *hook);
};
void weft__loop_add_hook(weft_loop *loop, struct weft__loop_hook *hook);
void weft__loop_remove_hook(struct weft__loop_hook *hook);

/*
 * For what has handles of its own on the loop: called once, when the loop is being freed and no
 * task exists any more, to close what is open still.  The loop is not freed before the hook was
 * removed, which is done when the last of the handles has closed.
 */
void weft__loop_add_end_hook(weft_loop *loop, struct weft__loop_hook *hook);

/*
 * For objects of programs that are open still at the end of their loop.  Whoever left one open
 * has a pointer to it and may close it later, from any thread: so it stays, without handles and
 * marked as of a loop that is gone.  The first instead of weft__loop_remove_hook(), the second
 * when it is closed, before it is freed.
 */
void weft__loop_leave_behind(struct weft__loop_hook *hook);
void weft__loop_left_closed(struct weft__loop_hook *hook);

/* --- Refusals -------------------------------------------------------------------------------
 */

/* A line in the log: `call` was called wrongly, as `why` says. */
void weft__misuse_log(const char *call, const char *why);

/* The same; WEFT_EMISUSE. */
static inline int weft__misuse(const char *call, const char *why)
{
    weft__misuse_log(call, why);
    return WEFT_EMISUSE;
}

/* --- Debug mode -----------------------------------------------------------------------------
 */

/* Whether the loop of this thread is in debug mode (weft_loop_options.debug). */
bool weft__debugging(void);

/* In debug mode: how deep the calling task's stack has been so far does not count.  Not where
 * somebody keeps pointers to what lies deeper than the calling frame. */
void weft__stack_forget(void);

/* How many bytes of its stack a task can use. */
size_t weft__task_stack_bytes(const weft_task *task);

/* In debug mode: have note(context, bytes) called on the task's stack when the function of a
 * task with a context has returned, with what weft_task_stack_deepest() then says. */
void weft__stack_set_hook(void (*note)(void *context, size_t bytes));

/* Return stacks and tasks beyond what the last seconds needed to the system; runs by itself. */
void weft__loop_trim(weft_loop *loop);

/* Figures for tests and metrics. */
struct weft__loop_stats {
    size_t tasks;         /* that exist */
    size_t pooled_stacks; /* that are free */
    uint64_t switches;
};
struct weft__loop_stats weft__loop_stats(const weft_loop *loop);

#endif
