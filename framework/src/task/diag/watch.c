/*
 * task/diag/watch.c - see watch.h.
 *
 * A thread looks at the loop twenty times within the limit.  Where it sees tasks running all
 * that time, one or many, without the loop polling, it sends a signal to the loop's thread,
 * whose handler writes the report: it is there that the stack is.  Nothing is asked of the loop
 * itself.
 *
 * A second thread makes system calls dearer, as the table of descriptors is then shared and
 * each use counted; so this one takes leave of it, and keeps two descriptors of its own: the
 * loop's epoll, which becomes readable when an idle loop wakes, and one that ends it.  While
 * the loop is idle it sleeps on these, ever longer.
 *
 * The signal cuts a blocking sleep or poll of the task short (EINTR), which is why a timer that
 * signals all the time would not do.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "base/thread.h"
#include "task/diag/dump.h"
#include "task/overflow.h"
#include "task/runtime.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

enum {
    DEFAULT_HELD_MS = 100,
    LOOKS = 20,      /* within the limit */
    IDLE_LOOKS = 40, /* without a turn, then it sleeps */
    SHORT_SLEEP_MS = 1000,
    LONG_SLEEP_MS = 64000, /* who is woken by a timer meanwhile may go unseen */
    UNSHARE = 2,           /* CLOSE_RANGE_UNSHARE */
};

struct weft__watch {
    weft_loop *loop;
    pthread_t loop_thread;
    uv_thread_t thread;
    int stop_fd;
    uint32_t held_ms;
    atomic_bool accused;             /* the signal is on its way */
    atomic_uint_fast64_t accused_at; /* loop->turns then; a late signal may meet the next */
    atomic_uint_fast64_t count;      /* of incidents */
};

/* SIGURG is ignored by default, so one that comes late does nothing. */
enum { HELD_SIGNAL = SIGURG };
static struct sigaction previous;
static pthread_once_t installed = PTHREAD_ONCE_INIT;

/* --- On the loop's thread: the report ------------------------------------------------------
 */

static void report(struct weft__watch *watch, const void *context)
{
    struct weft__say say;
    struct weft__symbols symbols;
    struct weft__trace trace;

    weft__say_init(&say, STDERR_FILENO);
    weft__symbols_init(&symbols);
    weft__say(&say, "weft: the loop has been held for ");
    weft__say_number(&say, watch->held_ms);
    weft__say(&say, " ms and still is, by task ");
    weft__say_hex(&say, (uintptr_t)watch->loop->current);
    weft__say(&say, " ");
    weft__dump_say_name(&say, watch->loop->current);
    weft__say(&say, "; incident ");
    weft__say_number(&say, atomic_load(&watch->count));
    weft__say(&say, "\n");
    weft__trace_here(&trace, context);
    weft__dump_say_trace(&say, &symbols, &trace);
    (void)weft__say_flush(&say);
    weft__symbols_done(&symbols);
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    if ((previous.sa_flags & SA_SIGINFO) != 0)
        previous.sa_sigaction(number, info, context);
    else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
        previous.sa_handler(number);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    weft_loop *loop = weft__loop_here;
    struct weft__watch *watch = loop != NULL ? loop->watch : NULL;
    int error = errno;

    if (watch == NULL || !atomic_exchange(&watch->accused, false)) {
        pass_on(number, info, context);
    } else if (loop->current != NULL && loop->turns == atomic_load(&watch->accused_at)) {
        atomic_fetch_add(&watch->count, 1);
        report(watch, context);
    }
    errno = error;
}

static void install(void)
{
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

    sigfillset(&action.sa_mask);
    sigaction(HELD_SIGNAL, &action, &previous);
}

/* --- On the watching thread ----------------------------------------------------------------
 */

struct look {
    uint64_t turns;
    bool running;
};

/* What the loop's thread is writing meanwhile: old values do no harm. */
static __attribute__((no_sanitize("thread"))) struct look look(const weft_loop *loop)
{
    const volatile weft_loop *seen = loop;

    return (struct look){ .turns = seen->turns, .running = seen->current != NULL };
}

static void leave_descriptors(int one, int other)
{
#if defined(SYS_close_range) && !defined(WEFT_ASAN) && !defined(WEFT_TSAN)
    unsigned low = (unsigned)(one < other ? one : other);
    unsigned high = (unsigned)(one < other ? other : one);

    if (RUNNING_ON_VALGRIND || syscall(SYS_close_range, high + 1, ~0U, UNSHARE) != 0)
        return;
    if (high - low > 1)
        (void)syscall(SYS_close_range, low + 1, high - 1, 0);
    if (low > 0)
        (void)syscall(SYS_close_range, 0U, low - 1, 0);
#else
    (void)one;
    (void)other;
#endif
}

enum slept { STOP, TIME, WOKEN };

/* Sleep so long; if `idle` until the loop wakes. */
static enum slept rest(const struct weft__watch *watch, int loop_fd, int ms, bool idle)
{
    struct pollfd polled[] = { { .fd = watch->stop_fd, .events = POLLIN },
                               { .fd = loop_fd, .events = POLLIN } };

    (void)poll(polled, idle ? 2 : 1, ms);
    if (polled[0].revents != 0)
        return STOP;
    return polled[1].revents != 0 ? WOKEN : TIME;
}

static void accuse(struct weft__watch *watch, uint64_t turns)
{
    atomic_store(&watch->accused_at, turns);
    atomic_store(&watch->accused, true);
    pthread_kill(watch->loop_thread, HELD_SIGNAL);
}

static void watch_loop(void *arg)
{
    struct weft__watch *watch = arg;
    int loop_fd = uv_backend_fd(watch->loop->uv);
    int period_ms = watch->held_ms < LOOKS ? 1 : (int)(watch->held_ms / LOOKS);
    unsigned enough = watch->held_ms / (unsigned)period_ms;
    struct look last = look(watch->loop);
    unsigned same = 0; /* looks that have seen what the last one saw */
    int sleep_ms = SHORT_SLEEP_MS;

    leave_descriptors(watch->stop_fd, loop_fd);
    for (;;) {
        bool idle = !last.running && same >= IDLE_LOOKS;
        enum slept slept = rest(watch, loop_fd, idle ? sleep_ms : period_ms, idle);
        struct look now = look(watch->loop);

        if (slept == STOP)
            return;
        if (slept == WOKEN || now.turns != last.turns || now.running != last.running) {
            same = 0;
            sleep_ms = SHORT_SLEEP_MS;
        } else if (idle) {
            sleep_ms = sleep_ms < LONG_SLEEP_MS ? sleep_ms * 2 : sleep_ms;
        } else if (++same == enough && now.running) {
            accuse(watch, now.turns);
        }
        last = now;
    }
}

/* --- Starting and stopping ------------------------------------------------------------------
 */

void weft__watch_stop(weft_loop *loop)
{
    struct weft__watch *watch = loop->watch;
    uint64_t one = 1;

    if (watch == NULL)
        return;
    while (write(watch->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    uv_thread_join(&watch->thread);
    loop->watch = NULL; /* a signal that comes yet finds nothing */
    loop->held_count += atomic_load(&watch->count);
    close(watch->stop_fd);
    free(watch);
}

static int start(weft_loop *loop, uint32_t held_ms)
{
    struct weft__watch *watch = weft__calloc(1, sizeof(*watch));
    int rc;

    if (watch == NULL)
        return UV_ENOMEM;
    watch->loop = loop;
    watch->loop_thread = pthread_self();
    watch->held_ms = held_ms;
    watch->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (watch->stop_fd < 0) {
        rc = uv_translate_sys_error(errno);
        free(watch);
        return rc;
    }
    loop->watch = watch;
    rc = weft__thread_create(&watch->thread, watch_loop, watch);
    if (rc < 0) {
        loop->watch = NULL;
        close(watch->stop_fd);
        free(watch);
    }
    return rc;
}

int weft_watch_loop(uint32_t held_ms)
{
    weft_loop *loop = weft__loop_here;
    int rc;

    if (loop == NULL)
        return WEFT_EMISUSE;
    weft__watch_stop(loop);
    if (held_ms == 0)
        return 0;
    rc = weft__overflow_give_stack();
    if (rc < 0)
        return rc;
    weft__trace_warm_up();
    pthread_once(&installed, install);
    return start(loop, held_ms);
}

void weft__watch_begin(weft_loop *loop, uint32_t held_ms)
{
    int rc = 0;

#ifdef WEFT_TSAN
    if (held_ms == 0) /* it holds the signal back until the task has suspended */
        return;
#endif
    if (!loop->in_lab && held_ms != UINT32_MAX)
        rc = weft_watch_loop(held_ms != 0 ? held_ms : DEFAULT_HELD_MS);
    if (rc < 0)
        weft_log(WEFT_LOG_WARNING, "nobody watches who holds the loop: %s", weft_strerror(rc));
}

uint64_t weft_held_count(void)
{
    weft_loop *loop = weft__loop_here;

    if (loop == NULL)
        return 0;
    return loop->held_count + (loop->watch != NULL ? atomic_load(&loop->watch->count) : 0);
}
