/*
 * task/diag/signal.c - a dump when a signal comes.
 *
 * It is written in the handler itself, so that it comes also while a task holds the loop: that
 * is when it is wanted.  Only when the signal meets the lists of stacks while they are being
 * changed (`stacks.changing`) it is left to the loop.
 *
 * A loop can be read only on its own thread.  So threads are registered, and the one that the
 * signal meets sends it on to the others; it marks them as `asked`, so that they do not send it
 * on in turn.  A thread that ends gives its place up, and waits meanwhile for whoever is about
 * to send it a signal.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "task/diag/dump.h"
#include "task/overflow.h"
#include "task/runtime.h"

enum {
    MAX_THREADS = 64,
    MAX_TURN_MS = 200, /* how long one waits for what another writes; then both do */
};

struct place {
    pthread_t thread; /* valid while `taken` */
    atomic_bool taken;
    atomic_bool asked;      /* a signal that was sent on is under way */
    atomic_uint signallers; /* that may be looking at `thread` */
};

static struct place places[MAX_THREADS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of taking a place */
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static pthread_key_t thread_end; /* its value is the thread's place */
static int prepare_error;
static atomic_flag writing = ATOMIC_FLAG_INIT;

/* --- Dumping ------------------------------------------------------------------------------ */

/* Several threads do not write in between each other's lines, unless one is stuck. */
static void dump(weft_loop *loop, const void *context)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    bool mine = !atomic_flag_test_and_set(&writing);

    for (unsigned ms = 0; !mine && ms < MAX_TURN_MS; ms++) {
        nanosleep(&pause, NULL);
        mine = !atomic_flag_test_and_set(&writing);
    }
    (void)weft__dump_loop(loop, STDERR_FILENO, context);
    if (mine)
        atomic_flag_clear(&writing);
}

void weft__dump_late(weft_loop *loop)
{
    loop->dump_asked = false;
    dump(loop, NULL);
}

static void dump_here(const void *context)
{
    weft_loop *loop = weft__loop_here;

    if (loop == NULL)
        return;
    if (loop->stacks.changing) {
        loop->dump_asked = true;
        uv_async_send(&loop->async);
        return;
    }
    dump(loop, context);
}

/* --- The signal --------------------------------------------------------------------------- */

static void send_on(struct place *place, int number)
{
    atomic_fetch_add(&place->signallers, 1);
    if (atomic_load(&place->taken)) {
        atomic_store(&place->asked, true);
        pthread_kill(place->thread, number);
    }
    atomic_fetch_sub(&place->signallers, 1);
}

static struct place *find_own(void)
{
    for (size_t i = 0; i < MAX_THREADS; i++) {
        if (atomic_load(&places[i].taken) && pthread_equal(places[i].thread, pthread_self()))
            return &places[i];
    }
    return NULL;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    struct place *own = find_own();
    int error = errno;

    (void)info;
    if (own == NULL || !atomic_exchange(&own->asked, false)) {
        for (size_t i = 0; i < MAX_THREADS; i++) {
            if (&places[i] != own)
                send_on(&places[i], number);
        }
    }
    if (own != NULL)
        dump_here(context);
    errno = error;
}

/* --- Threads ------------------------------------------------------------------------------ */

static void leave(void *arg)
{
    struct place *place = arg;

    atomic_store(&place->taken, false);
    while (atomic_load(&place->signallers) > 0)
        sched_yield();
    atomic_store(&place->asked, false);
}

/* Of the threads only the one that has forked is in the child. */
static void forget_others(void)
{
    for (size_t i = 0; i < MAX_THREADS; i++) {
        struct place *place = &places[i];

        if (atomic_load(&place->taken) && !pthread_equal(place->thread, pthread_self()))
            atomic_store(&place->taken, false);
        atomic_store(&place->asked, false);
        atomic_store(&place->signallers, 0);
    }
    atomic_flag_clear(&writing);
    pthread_mutex_init(&mutex, NULL);
}

static void prepare(void)
{
    int error = pthread_key_create(&thread_end, leave);

    if (error == 0)
        error = pthread_atfork(NULL, NULL, forget_others);
    prepare_error = error != 0 ? uv_translate_sys_error(error) : 0;
}

static int take_place(void)
{
    for (size_t i = 0; i < MAX_THREADS; i++) {
        struct place *place = &places[i];

        if (atomic_load(&place->taken) || atomic_load(&place->signallers) > 0)
            continue;
        if (pthread_setspecific(thread_end, place) != 0)
            return UV_ENOMEM;
        place->thread = pthread_self();
        atomic_store(&place->taken, true);
        return 0;
    }
    return WEFT_ELIMIT;
}

static int register_thread(void)
{
    int rc = 0;

    pthread_once(&prepared, prepare);
    if (prepare_error < 0)
        return prepare_error;
    pthread_mutex_lock(&mutex);
    if (find_own() == NULL)
        rc = take_place();
    pthread_mutex_unlock(&mutex);
    return rc;
}

int weft_dump_on_signal(int number)
{
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    int rc = weft__overflow_give_stack();

    if (rc < 0)
        return rc;
    weft__trace_warm_up();
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) != 0)
        return uv_translate_sys_error(errno);
    return register_thread();
}
