/*
 * weft/task.h - tasks: concurrent code that reads straight down.
 *
 * A task is a function that runs on a stack of its own.  All tasks of a loop run on one thread
 * and take turns: a switch happens only inside functions marked WEFT_SUSPENDS, so what lies
 * between two of these needs no lock.
 *
 * Owners.  Every task has an owner that waits for it: the task that spawned it, or a group.
 * When the owner ends, what it has not joined is cancelled and awaited first; a task may
 * therefore use memory of its owner.
 *
 * Cancellation is an error code, not an unwinding: once a task is cancelled, or a deadline of
 * its own or of a scope around it has passed, every function marked WEFT_SUSPENDS returns
 * UV_ECANCELED or UV_ETIMEDOUT at once, until the scope is left or weft_task_uncancel() is
 * called.  Clean-up that has to wait runs in a WEFT_SHIELD.  What need not wait is not stopped:
 * joining a task that has ended, waiting for a group without members, putting into a queue that
 * has room and writing to a stream below its mark return 0.  A loop of such calls asks
 * weft_check_cancelled().
 *
 * Only weft_loop_call() and weft_loop_await() may be called from other threads, and what counts
 * references.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_H
#define WEFT_TASK_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/* What a task runs.  Its result, 0 or a count or a negative code, is what join returns. */
typedef int (*weft_task_fn)(void *arg);

/* How a loop is set up.  A field left zero takes its default. */
typedef struct weft_loop_options {
    size_t stack_bytes;       /* address space of a task's stack; default 256 KiB */
    size_t max_tasks;         /* at once; default 1,000,000; more: UV_EAGAIN */
    unsigned offload_threads; /* of weft_offload(); default 8 */
    unsigned offload_queue;   /* calls waiting for a thread; default 16,384; more: UV_EAGAIN */
    uint32_t held_ms;         /* who holds the loop so long is reported (weft_watch_loop());
                               * default 100; UINT32_MAX: nobody */
    uv_loop_t *uv;            /* run inside this loop, which the program runs itself */
    int debug; /* 1: debug mode, which tells mistakes in the use of tasks, with where these were
                * created; 0: if WEFT_DEBUG in the environment is 1; -1: never */

    /* For tests.  With any of these a switch costs more. */
    uint64_t seed; /* run ready tasks in an order that follows from it, not as they come */
    uint64_t *fail_wait; /* each wait counts it down; the one that makes it 0 fails with
                          * UV_ECANCELED, if it can be cancelled */
    bool virtual_clock;  /* time stands still, and jumps to the next deadline when nothing else
                          * can go on; it does not while calls are on threads */
} weft_loop_options;

/* --- Running -------------------------------------------------------------------------------
 */

/*
 * Run `fn(arg)` as the first task of a new loop on this thread, and return its result when it
 * and all that it owns have ended (asyncio.run).  UV_ENOMEM when the loop cannot be made;
 * UV_EBUSY when a loop runs on this thread already.
 */
WEFT_EXPORT int weft_run(weft_task_fn fn, void *arg);

/* The same with options (asyncio.Runner); NULL takes all defaults. */
WEFT_EXPORT int weft_run_with(weft_task_fn fn, void *arg, const weft_loop_options *options);

/* The loop that runs on this thread (get_running_loop); NULL when none does.  Borrowed. */
WEFT_EXPORT weft_loop *weft_loop_current(void);

/* Its libuv loop, for callback-style code beside tasks.  Borrowed, valid as long as the loop.
 */
WEFT_EXPORT uv_loop_t *weft_loop_uv(weft_loop *loop);

/*
 * Milliseconds on the loop's clock, which never goes back (loop.time).  It is read once a turn
 * of the loop, and where a time begins to count: weft_sleep(), weft_scope_enter(),
 * weft_check_cancelled().  0 where no loop runs.
 */
WEFT_EXPORT uint64_t weft_now_ms(void);

/*
 * A reference to the loop, for a thread that may outlive it: until it is given back the calls
 * below find the loop, and return UV_ECANCELED when it has ended.  Returns `loop`.  From the
 * loop's thread, or one that has a reference.
 */
WEFT_EXPORT weft_loop *weft_loop_ref(weft_loop *loop);

/* Give it back.  From any thread.  Takes NULL. */
WEFT_EXPORT void weft_loop_unref(weft_loop *loop);

/*
 * From any thread: have the loop call fn(arg) on its own thread, outside of any task
 * (loop.call_soon_threadsafe).  Calls run in order.  0, UV_ENOMEM, or UV_ECANCELED when the
 * loop is ending or has ended; a thread that may come so late has a reference.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_loop_call(weft_loop *loop, void (*fn)(void *arg),
                                               void *arg);

/* --- Tasks ---------------------------------------------------------------------------------
 */

/*
 * Start fn(arg) as a task owned by the calling task (create_task).  It runs first when the
 * caller suspends.
 *
 * ret_task  set on success: owned by the caller, released by weft_task_join().  NULL where
 * nobody wants the result: the task is then released when it ends.
 *
 * 0; UV_ENOMEM, without harm to the tasks that exist (before Linux 6.13 each costs two
 * mappings, which end at vm.max_map_count: some 32,000 tasks); UV_EAGAIN at the limit of tasks;
 * WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_spawn(weft_task **ret_task, weft_task_fn fn, void *arg);

/*
 * Wait until `task` has ended and release it (await task).  Only its owner may, and once.
 *
 * ret_result  set to the task's result when 0 is returned; may be NULL.
 *
 * 0, for a task that has ended also when the caller is cancelled; UV_ECANCELED or UV_ETIMEDOUT
 * when the caller is cancelled while it waits: `task` runs on and is still to be joined;
 * WEFT_EMISUSE when the caller is not its owner, or is `task` itself.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_task_join(weft_task *task, int *ret_result);

/*
 * Ask `task` to stop (Task.cancel): what it waits in returns UV_ECANCELED, and so does every
 * later wait, until as many weft_task_uncancel() have been called.  A task that has not begun
 * never begins.  No effect on one that has ended.
 */
WEFT_EXPORT void weft_task_cancel(weft_task *task);

/* Take one cancel of the calling task back (Task.uncancel); how many remain.  0 when there was
 * none. */
WEFT_EXPORT unsigned weft_task_uncancel(void);

/* How many cancels of `task` have not been taken back (Task.cancelling). */
WEFT_EXPORT unsigned weft_task_cancelling(const weft_task *task);

/* Whether `task` has ended (Task.done); its result can then be joined without waiting. */
WEFT_EXPORT bool weft_task_ended(const weft_task *task);

/* The calling task (current_task); NULL outside of tasks. */
WEFT_EXPORT weft_task *weft_task_current(void);

/* A name for logs and dumps (Task.set_name, Task.get_name); `name` is borrowed and must outlive
 * the task. */
WEFT_EXPORT void weft_task_set_name(weft_task *task, const char *name);
WEFT_EXPORT const char *weft_task_name(const weft_task *task);

/*
 * Wait `ms` milliseconds (asyncio.sleep); 0 is weft_yield().  0, UV_ECANCELED or UV_ETIMEDOUT;
 * WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_sleep(uint64_t ms);

/*
 * Let every other ready task and the loop's events have a turn (sleep(0)).  0, UV_ECANCELED or
 * UV_ETIMEDOUT; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_yield(void);

/*
 * 0, or UV_ECANCELED or UV_ETIMEDOUT when the calling task's next wait would return it.  For
 * long computations; does not suspend.
 */
WEFT_EXPORT int weft_check_cancelled(void);

/*
 * Have fn(task, result, arg) called when `task` has ended, before whoever joins it goes on
 * (add_done_callback).  Calls are made on the loop's stack, outside of tasks, in order of
 * adding; at once for a task that has ended.  `task` is one that the caller may join.  0 or
 * UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int
weft_task_on_done(weft_task *task, void (*fn)(weft_task *task, int result, void *arg),
                  void *arg);

/* --- Tasks of the loop -----------------------------------------------------------------------
 */

/*
 * Start fn(arg) as a task that the loop owns (asyncio.create_task for what outlives its
 * caller).  It inherits no deadline and no request, but the task-locals, whose values must live
 * as long.  When the program's first task has ended, or weft_serve() with a loop of its own has
 * served the last request, what is left of these tasks is cancelled and awaited.
 *
 * On the loop's thread, in a task or a callback.  0; UV_ENOMEM; UV_EAGAIN at the limit of
 * tasks; UV_ECANCELED when the loop is ending.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_loop_spawn(weft_loop *loop, weft_task_fn fn, void *arg);

/*
 * From another thread, which blocks: run fn(arg) as a task of the loop, until it has ended
 * (asyncio.run_coroutine_threadsafe and its result).  As for weft_loop_call(), a thread that
 * may come after the loop's end has a reference.
 *
 * ret_result  set to its result when 0 is returned; UV_ECANCELED when the loop ended before it
 *             could begin; may be NULL.
 *
 * 0; UV_ECANCELED when the loop is closing; the codes of weft_loop_spawn(); WEFT_EMISUSE on the
 * loop's own thread, which would wait for itself.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_loop_await(weft_loop *loop, weft_task_fn fn, void *arg,
                                                int *ret_result);

/*
 * A loop for tasks inside a libuv loop that the program runs itself: options->uv, on the thread
 * that runs it.  Its handles keep uv_run() from returning only while tasks exist.
 *
 * 0; UV_EINVAL without options->uv; UV_EBUSY when this thread has a loop already; UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_loop_attach(weft_loop **ret_loop,
                                                 const weft_loop_options *options);

/* Cancel its tasks, run the libuv loop until they have ended, and free it.  Outside of tasks
 * and of callbacks of that libuv loop.  Takes NULL. */
WEFT_EXPORT void weft_loop_detach(weft_loop *loop);

/* --- Scopes: time-outs and shields -----------------------------------------------------------
 */

/*
 * A part of a task with a deadline of its own (asyncio.timeout).  Scopes nest like blocks; the
 * nearest deadline counts, and tasks started inside inherit it.  The fields are private.
 */
typedef struct weft_scope {
    struct weft_scope *outer;
    weft_task *task;
    uint64_t deadline_ms; /* absolute; the earliest of this scope and those around it */
    uint64_t own_ms;      /* absolute; this scope's own, UINT64_MAX for none */
    void *moving;         /* NULL, but for the time of a request */
    bool shielded;        /* what lies outside of this scope does not reach inside */
    bool cancelled;
    bool expired;
} weft_scope;

/* Enter a scope that ends `timeout_ms` from now (asyncio.timeout); 0: no deadline of its own.
 */
WEFT_EXPORT void weft_scope_enter(weft_scope *scope, uint64_t timeout_ms);

/* The same with an absolute deadline on the clock of weft_now_ms() (asyncio.timeout_at). */
WEFT_EXPORT void weft_scope_enter_at(weft_scope *scope, uint64_t deadline_ms);

/*
 * Enter a scope that cancels and deadlines from outside do not reach, bounded by its own
 * (asyncio.shield, for the code inside).  0 takes the default bound of 5,000 ms.
 */
WEFT_EXPORT void weft_scope_shield(weft_scope *scope, uint64_t timeout_ms);

/*
 * Leave it.  Scopes are left in the reverse order of entering; leaving one again does nothing,
 * so a scope of the macros below may be left before its block ends.
 */
WEFT_EXPORT void weft_scope_leave(weft_scope *scope);

/* Move this scope's own deadline (timeout.reschedule); UINT64_MAX takes it away. */
WEFT_EXPORT void weft_scope_set_deadline(weft_scope *scope, uint64_t deadline_ms);

/* Make every wait inside return UV_ECANCELED.  From any task of the loop. */
WEFT_EXPORT void weft_scope_cancel(weft_scope *scope);

/* Whether this scope's own deadline was what made a wait inside return UV_ETIMEDOUT
 * (Timeout.expired). */
WEFT_EXPORT bool weft_scope_expired(const weft_scope *scope);

/* The nearest deadline that applies to the calling task, UINT64_MAX when there is none
 * (Timeout.when). */
WEFT_EXPORT uint64_t weft_deadline_ms(void);

#ifndef __cplusplus
/* A scope variable that is left with the block it stands in. */
#define WEFT_TIMEOUT(name, timeout_ms)              \
    WEFT_CLEANUP(weft_scope_leave) weft_scope name; \
    weft_scope_enter(&name, (timeout_ms))

#define WEFT_DEADLINE(name, deadline_ms)            \
    WEFT_CLEANUP(weft_scope_leave) weft_scope name; \
    weft_scope_enter_at(&name, (deadline_ms))

#define WEFT_SHIELD(name, timeout_ms)               \
    WEFT_CLEANUP(weft_scope_leave) weft_scope name; \
    weft_scope_shield(&name, (timeout_ms))
#endif

/* --- Groups --------------------------------------------------------------------------------
 */

/*
 * Tasks that end together (asyncio.TaskGroup).  A group lives on the stack of the task that
 * made it, which ends it with weft_group_done(); its fields are private.
 */
typedef struct weft_group {
    weft_task *owner;
    struct {
        void *next;
        void *prev;
    } members; /* the tasks that have not ended */
    void *waiter;
    void *failures;
    void *last_failure;
    uint64_t deadline_ms;
    int error; /* of the first member that failed */
    unsigned failed;
    bool cancelled;
    bool waited; /* so that somebody knows of its failures */
} weft_group;

/* A member that failed. */
typedef struct weft_failure {
    const char *task; /* its name */
    void *arg;        /* that it was started with */
    int code;         /* that it returned */
} weft_failure;

/* Make a group whose members and whose wait end `timeout_ms` from now; 0 for no time of its
 * own. */
WEFT_EXPORT weft_group *weft_group_init(weft_group *group, uint64_t timeout_ms);

/*
 * Start fn(arg) as a member (TaskGroup.create_task); members may, too.  0; UV_ENOMEM; UV_EAGAIN
 * at the limit of tasks; UV_ECANCELED when the group has failed or was cancelled already;
 * WEFT_EMISUSE outside of a task.  A failure here cancels nothing by itself.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_group_go(weft_group *group, weft_task_fn fn, void *arg);

/*
 * Wait until all members have ended (the end of the `async with` block).  The first member that
 * returns a negative code cancels the others; so does the group's time, and so does a cancel of
 * the caller; the call returns when all have ended, whatever it was.
 *
 * 0; the first failed member's code; UV_ETIMEDOUT when the time passed; UV_ECANCELED when the
 * caller is cancelled; WEFT_EMISUSE when the caller did not make the group.  After
 * weft_group_cancel() members that return UV_ECANCELED have not failed.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_group_wait(weft_group *group);

/*
 * Cancel all members.  They still have to be awaited: weft_group_wait() then returns 0, unless
 * a member returns another negative code than UV_ECANCELED or failed before, or the caller is
 * itself cancelled while it waits.
 */
WEFT_EXPORT void weft_group_cancel(weft_group *group);

/*
 * What members have returned negative codes (ExceptionGroup.exceptions), those aside that
 * returned UV_ECANCELED because the group was cancelled.  The first `room` of them in order of
 * their end are written to `ret_failures`, which may be NULL for room 0.  How many there are;
 * the rest of a failure's facts is lost where memory was out when it happened.  Until
 * weft_group_done().
 */
WEFT_EXPORT size_t weft_group_failures(const weft_group *group, weft_failure *ret_failures,
                                       size_t room);

/* Cancel and await what is left, shielded, and release what the group holds.  Runs by itself at
 * the end of a WEFT_GROUP's block. */
WEFT_EXPORT WEFT_SUSPENDS void weft_group_done(weft_group *group);

#ifndef __cplusplus
/* A group called `name` (a weft_group *) that cannot outlive the block it stands in. */
#define WEFT_GROUP(name, timeout_ms)                         \
    WEFT_CLEANUP(weft_group_done) weft_group name##_storage; \
    weft_group *name = weft_group_init(&name##_storage, (timeout_ms))
#endif

/* --- Task-locals ---------------------------------------------------------------------------
 */

/* Names a value by the key's address.  Define it static; `name` is for dumps. */
typedef struct weft_key {
    const char *name;
} weft_key;

/*
 * Set a value for the calling task and the tasks that it starts from now on (contextvars).
 * `value` is borrowed.  0; UV_ENOMEM; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_local_set(const weft_key *key, void *value);

/* What was set, here or by the task that started this one (ContextVar.get); NULL when nothing
 * was.  On a thread of weft_offload(): for the task that waits for the call. */
WEFT_EXPORT void *weft_local_get(const weft_key *key);

/* --- Blocking code -------------------------------------------------------------------------
 */

typedef struct weft_offload_options {
    /* Called on the loop's thread when the caller is cancelled while fn runs, to cut it short
     * (sqlite3_interrupt).  Must not block. */
    void (*interrupt)(void *arg);
} weft_offload_options;

/*
 * Run fn(arg), which may block, on a thread of the loop's own pool, and return its result
 * (asyncio.to_thread).  fn must not call Weft but weft_loop_call(), weft_future_set() and the
 * log, whose lines have the caller's request id, and weft_local_get(), which sees the caller's
 * values.
 *
 * A call that has begun is always waited for, so `arg` may lie on the caller's stack; a cancel
 * or deadline meanwhile shows in the next wait.  One that has not begun is taken back:
 * UV_ECANCELED or UV_ETIMEDOUT, and fn is never called.  UV_EAGAIN when the queue is full;
 * UV_ENOMEM; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_offload(int (*fn)(void *arg), void *arg);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_offload_with(int (*fn)(void *arg), void *arg, const weft_offload_options *options);

WEFT_END_DECLS
#endif
