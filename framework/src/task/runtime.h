/*
 * task/runtime.h - the structs of loop and task, for the files of this folder only.
 *
 * A task's life:
 *
 *     pooled --start, spawn--> new --run--> running --weft__wait--> waiting
 *       ^                       |            ^   |                    |
 *       |                       |         run|   |fn returned         |completed, cancelled,
 *       |              cancelled|            |   v                    |out of time
 *       +----release--------- ended <------- | --+    ready <---------+
 *                                            +----------+
 *
 * Which of these holds is not stored but follows from the fields: running is loop->current,
 * waiting has `wait` set, and new has `begun` unset.
 *
 * The struct lies at the top of the task's own stack, so that a start from the pool takes one
 * thing, and the lines that it touches are those that the stack is going to touch.
 *
 * Invariants:
 *   1. A task begins and ends with the loop's stack around it, where loop->current is NULL. One
 *      that suspends goes straight on in the next task of the round, if that has begun, else
 *      on the loop's stack.
 *   2. A task is in loop->ready or loop->yielded at most once, and leaves them only to be run.
 *   3. `timer_place` is nonzero only while the task is waiting.
 *   4. The timer heap has room for every task that exists or is pooled.
 *   5. `limit_ms` is never later than what follows from cancels, scopes and deadlines:
 *      weft__task_limit() is called wherever one of them changes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_RUNTIME_H
#define WEFT_TASK_RUNTIME_H

#include <stdatomic.h>
#include <weft/task.h>

#include "base/list.h"
#include "task/background.h"
#include "task/coro.h"
#include "task/stack.h"
#include "task/task.h"
#include "task/timer.h"

#define WEFT_LIKELY(x)   __builtin_expect(!!(x), 1)
#define WEFT_UNLIKELY(x) __builtin_expect(!!(x), 0)

struct weft__done;
struct weft__moving_deadline;
struct weft__locals;
struct weft_rwlock;
struct weft__offload_pool;
struct weft__record;
struct weft__say;
struct weft__watch;

struct weft_task {
    /* First line of cache: what a switch touches, and with the second what a start does. */
    struct weft__coro coro;
    weft_loop *loop;
    weft_task *next; /* in the queue or the pool that it is in */
    weft_task_fn fn;
    void *arg;
    void (*on_ended)(weft_task *task, void *arg); /* see weft__task_start(), weft__group_go() */
    uint64_t limit_ms; /* before it nothing ends a wait but completion: the nearest deadline,
                        * or 0 where something is cancelled */
    int result;
    bool begun;
    bool ended;
    bool unowned; /* nobody joins it: released as soon as it has ended */

    uint64_t deadline_ms;                /* inherited; UINT64_MAX for none */
    uint64_t fixed_ms;                   /* what of it does not move; where `moving` is set */
    weft_task *owner;                    /* who spawned it; NULL for members and started ones */
    weft_group *group;                   /* whose member it is */
    struct weft__background *background; /* that it is in */
    struct weft__wait *joiner;           /* completed when it ends */
    void *context;
    const char *name;
    weft_scope *scope;         /* the innermost; NULL for none */
    unsigned cancels;          /* not taken back */
    unsigned cancelled_scopes; /* that it is in */

    /* Zero or empty whenever no task runs here. */
    struct weft__locals *locals;
    struct weft__moving_deadline *moving; /* that it has inherited */
    struct weft__list heir;               /* in those of `moving` */
    struct weft__done *done;              /* calls for when it has ended, done.c */
    struct weft__wait *wait;              /* what it is suspended in */
    uint32_t timer_place;                 /* in the heap of deadlines, from 1; 0 for none */
    unsigned valgrind_id;                 /* of the stack; set once */
    unsigned held_locks;                  /* of any kind; told when the task ends */
    unsigned more_reads;        /* read locks among them that have no place in `reads` */
    struct weft__list children; /* spawned and not released */
    struct weft__list sibling;  /* in the owner's children or the group's members */
    const struct weft_rwlock *reads[4]; /* read locks that it holds, for telling misuse: they
                                         * are compared and never followed */
    struct weft__record *record;        /* in debug mode: diag/debug.h; stays with the stack */
    struct weft__stack stack;           /* set once */
};

struct weft__queue {
    weft_task *head;
    weft_task **tail;
};

/* Calls from other threads, see call.c. */
struct weft__call {
    struct weft__call *next;
    void (*fn)(void *arg);
    void *arg;
    bool owned; /* by the loop, which frees it when it has been made */
};

struct weft__calls {
    uv_mutex_t mutex;
    struct weft__call *first; /* under the mutex, like what follows */
    struct weft__call **last;
    bool closing;
};

struct weft_loop {
    /* What a switch touches. */
    struct weft__coro coro; /* the stack of the loop, while a task runs */
    weft_task *current;     /* the running task */
    weft_task *round;       /* what is left of the ready tasks that are being run */
    struct weft__queue ready;
    uint64_t switches;
    uint64_t turns; /* that have polled */
    bool awake;     /* ready tasks are going to be run without anybody's doing */
    bool in_lab;    /* `lab` is in use */
    bool held;      /* the libuv loop is kept alive, as tasks exist */
    bool idling;
    bool debugging; /* records are kept of tasks, see diag/debug.h */

    /* What a start touches. */
    weft_task *pool; /* hottest first */
    size_t pooled;
    size_t pooled_low; /* the least it was since the last trim */

    struct weft__queue yielded; /* run after the loop has polled */
    uint64_t choices;           /* where select begins to look, see select.c */
    struct weft__list hooks;
    struct weft__background background; /* tasks that the loop owns */
    struct weft__list end_hooks;
    struct weft__timers timers;
    struct weft__stacks stacks;
    size_t max_tasks;
    struct weft__offload_pool *offload; /* NULL before the first use */
    unsigned offload_threads;
    unsigned offload_queue;
    struct weft__calls calls;
    atomic_uint refs; /* the memory, and the mutex of `calls`, live until the last is gone */

#ifdef WEFT_ASAN
    char *stack_top; /* of the loop's thread */
    char *left_at;   /* where the loop has left it for a task */
#endif

    /* For tests: see lab.c. */
    struct weft__lab {
        bool virtual_clock;
        bool polled;     /* the loop is polling to see whether anything but time can go on */
        uint64_t now_ms; /* of the virtual clock */
        uint64_t seed;   /* 0: tasks run in the order in which they became ready */
        uint64_t *fail_wait; /* counts down to the wait that fails */
        unsigned offloaded;  /* calls that are on threads */
    } lab;

    uv_loop_t *uv;
    bool owns_uv;
    struct weft__list in_loops; /* diag/loops.h */
    struct weft__watch *watch;  /* over held turns; NULL for none */
    void (*volatile dump_end)(void *arg, struct weft__say *say); /* see weft__dump_set_end() */
    void *dump_end_arg;
    struct weft__list records; /* in debug mode, of all tasks that have one */
    uint64_t held_count;       /* incidents that watches before it have seen */
    volatile bool dump_asked;  /* by a signal that found the stacks changing */
    bool trimming;             /* the trim timer is active */
    unsigned open_handles;     /* not yet closed */
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    uv_async_t async; /* wakes the loop from other threads */
    uv_timer_t trim;
};

/* The loop of this thread.  Initial-exec: one instruction, also in the shared library. */
extern _Thread_local weft_loop *weft__loop_here __attribute__((tls_model("initial-exec")));

/* On a thread of the pool: the task whose call it makes, which waits for it. */
extern _Thread_local const weft_task *weft__offloaded_for
    __attribute__((tls_model("initial-exec")));

/* --- the clock */

/* Milliseconds on the loop's clock, as of this turn of the loop. */
static inline uint64_t weft__clock_ms(const weft_loop *loop)
{
    return WEFT_UNLIKELY(loop->lab.virtual_clock) ? loop->lab.now_ms : uv_now(loop->uv);
}

/* The same as of now. */
static inline uint64_t weft__clock_read(weft_loop *loop)
{
    if (!loop->lab.virtual_clock)
        uv_update_time(loop->uv);
    return weft__clock_ms(loop);
}

/* --- tests (lab.c) */

void weft__lab_init(weft_loop *loop, const weft_loop_options *options);

/* Another order of the same tasks; the first one. */
weft_task *weft__lab_shuffle(weft_loop *loop, weft_task *first);

/* Whether this wait is the one that fails. */
bool weft__lab_fails(weft_loop *loop);

/* Nothing is ready, before and behind poll: let the virtual clock jump to the next deadline
 * where nothing else can go on.  Before: whether poll must not block. */
bool weft__lab_before_poll(weft_loop *loop);
void weft__lab_behind_poll(weft_loop *loop);

/* --- queues and switching (loop.c) */

static inline void weft__queue_init(struct weft__queue *queue)
{
    queue->head = NULL;
    queue->tail = &queue->head;
}

static inline void weft__queue_push(struct weft__queue *queue, weft_task *task)
{
    task->next = NULL;
    *queue->tail = task;
    queue->tail = &task->next;
}

/* Move all of `from` behind what is in `to`. */
static inline void weft__queue_splice(struct weft__queue *to, struct weft__queue *from)
{
    if (from->head == NULL)
        return;
    *to->tail = from->head;
    to->tail = from->tail;
    weft__queue_init(from);
}

/* Have ready tasks run though nothing else keeps the loop from blocking. */
void weft__loop_wake(weft_loop *loop);

/* Stacks were made: trim what will not be needed again. */
void weft__loop_grown(weft_loop *loop);

/* Keep the libuv loop alive until no task exists. */
void weft__loop_hold(weft_loop *loop);

/* Make the task run in this turn of the loop. */
static inline void weft__task_ready(weft_task *task)
{
    weft_loop *loop = task->loop;

    weft__queue_push(&loop->ready, task);
    if (WEFT_UNLIKELY(!loop->awake))
        weft__loop_wake(loop);
}

/* --- tasks (task.c, pool.c) */

/* Add a task to the pool.  0, UV_ENOMEM or UV_EAGAIN. */
WEFT_MUST_CHECK int weft__pool_grow(weft_loop *loop);

#ifdef WEFT_ASAN
/* Have the sanitizers see that a task is in use, or no longer is (sanitize.c). */
void weft__task_mark_used(weft_task *task);
void weft__task_mark_free(weft_task *task);

/* The same for the stack that the loop runs on, which is left while a task runs. */
void weft__loop_find_stack(weft_loop *loop);
void weft__loop_mark_left(weft_loop *loop);
void weft__loop_mark_back(weft_loop *loop);
#endif

/* A task from the pool, as it is before it has begun; NULL when the pool is empty. */
static inline weft_task *weft__pool_take(weft_loop *loop)
{
    weft_task *task = loop->pool;

    if (WEFT_UNLIKELY(task == NULL))
        return NULL;
    loop->pool = task->next;
    if (--loop->pooled < loop->pooled_low)
        loop->pooled_low = loop->pooled;
#ifdef WEFT_ASAN
    weft__task_mark_used(task);
#endif
    task->result = 0;
    task->begun = false;
    task->ended = false;
    task->unowned = false;
    task->owner = NULL;
    task->group = NULL;
    task->joiner = NULL;
    task->context = NULL;
    task->name = NULL;
    task->scope = NULL;
    task->cancels = 0;
    task->cancelled_scopes = 0;
    task->deadline_ms = UINT64_MAX;
    task->limit_ms = UINT64_MAX;
    return task;
}

/* How many tasks exist. */
static inline size_t weft__task_count(const weft_loop *loop)
{
    return loop->stacks.taken - loop->pooled;
}

/* Back to the pool. */
static inline void weft__task_release(weft_task *task)
{
    weft_loop *loop = task->loop;

#ifdef WEFT_ASAN
    weft__task_mark_free(task);
#endif
    task->next = loop->pool;
    loop->pool = task;
    loop->pooled++;
}

/* Call fn for each task that exists, in no particular order.  It may run in a signal handler,
 * unless stacks.changing. */
void weft__pool_each(const weft_loop *loop, void (*fn)(void *arg, const weft_task *task),
                     void *arg);

/* Free all pooled tasks beyond `keep`. */
void weft__pool_shrink(weft_loop *loop, size_t keep);

/* Run the tasks of loop->round, each until it suspends or ends. */
void weft__round_run(weft_loop *loop);

/* The running task has put itself where it will be found: go on elsewhere until it is resumed.
 */
static inline void weft__task_leave(weft_loop *loop, weft_task *task)
{
    weft_task *next = loop->round;

    if (next == NULL || !next->begun) {
        weft__coro_switch(&task->coro, &loop->coro);
        return;
    }
    loop->round = next->next;
    loop->current = next;
    loop->switches++;
    weft__coro_switch(&task->coro, &next->coro);
}

/* What runs on a task's stack from its first switch on. */
void weft__task_main(void *arg);

/* Take a task for fn(arg) that inherits nothing but the locals of the calling task.  Not yet
 * ready. */
int weft__task_take(weft_loop *loop, weft_task_fn fn, void *arg, weft_task **ret_task);

/* The same, with what it inherits from `parent`. */
int weft__task_make(weft_task *parent, weft_task_fn fn, void *arg, weft_task **ret_task);

/* Release a task that has ended and that its owner has finished with. */
void weft__task_reap(weft_task *task);

/* The calling task, NULL outside. */
static inline weft_task *weft__task_here(void)
{
    weft_loop *loop = weft__loop_here;

    return loop != NULL ? loop->current : NULL;
}

/* --- waiting (wait.c) */

/* The earliest deadline that reaches the task where it is. */
static inline uint64_t weft__task_deadline(const weft_task *task)
{
    return task->scope != NULL ? task->scope->deadline_ms : task->deadline_ms;
}

/* Derive limit_ms anew. */
static inline void weft__task_limit(weft_task *task)
{
    bool cancelled = (task->cancels | task->cancelled_scopes) != 0;

    task->limit_ms = cancelled ? 0 : weft__task_deadline(task);
}

/* What the task's next wait returns at once: UV_ECANCELED, UV_ETIMEDOUT, or 0. */
int weft__task_pending(weft_task *task);

/* Something has been cancelled or moved: end the wait of the task if that reaches it. */
void weft__task_interrupt(weft_task *task);

/* Its time in the heap of deadlines has come; it is out of the heap. */
void weft__task_due(weft_task *task, uint64_t now_ms);

/* Its deadline has changed while it may be waiting. */
void weft__task_rearm(weft_task *task);

/* What it has inherited has changed: so have its scopes' deadlines (scope.c). */
void weft__scope_derive(weft_task *task);

/* --- the rest */

/* The task ends, or begins its next work, and has not released what it holds: say so
 * (waiters.c). */
void weft__task_left_locks(weft_task *task);

void weft__group_member_ended(weft_group *group, weft_task *task);

/* weft_group_go() with `ended` called on the loop's stack when the member has ended, also if it
 * never began. */
WEFT_MUST_CHECK int weft__group_go(weft_group *group, weft_task_fn fn, void *arg,
                                   void (*ended)(weft_task *task, void *arg));

/* Make the calls that wait for the task's end. */
void weft__done_run(weft_task *task);

struct weft__locals *weft__locals_ref(struct weft__locals *locals);
void weft__locals_unref(struct weft__locals *locals);

/* Calls from other threads, and completions of offloaded calls: run what has arrived. */
int weft__calls_init(struct weft__calls *calls);
/* From any thread: have the loop make a call.  0, or UV_ECANCELED when it is closing. */
WEFT_MUST_CHECK int weft__loop_post(weft_loop *loop, struct weft__call *call);
void weft__calls_run(weft_loop *loop);
void weft__calls_close(weft_loop *loop); /* run the last ones, and accept no more */
void weft__calls_done(struct weft__calls *calls);

void weft__offload_collect(struct weft__offload_pool *pool);
void weft__offload_free(struct weft__offload_pool *pool);

#endif
