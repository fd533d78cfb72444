/*
 * weft/signal.h - signals of the system as events that a task waits for.
 *
 *     weft_signal signals = { 0 };
 *     int rc = weft_signal_open(&signals, (const int[]){ SIGHUP, SIGTERM }, 2);
 *     while (rc == 0 && (which = weft_signal_wait(&signals)) == SIGHUP)
 *         reload();
 *     weft_signal_close(&signals);
 *
 * Signals coalesce: those of one number that come before a task takes one may count as one, as
 * they do in the kernel.  So a signal says "since you last looked", never how often.
 *
 * The objects belong to one loop's thread.  Signals reach the loop whichever thread the kernel
 * has chosen; threads of weft_offload() block them all.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SIGNAL_H
#define WEFT_SIGNAL_H

#include <weft/export.h>

#include <signal.h>
#include <stddef.h>
#include <weft/error.h>
#include <weft/select.h>

WEFT_BEGIN_DECLS

/* A set of signals that is watched.  Zero-initialised it is closed.  The field is private. */
typedef struct weft_signal {
    struct weft__signals *inner;
} weft_signal;

/*
 * Watch the `count` signals at `numbers`, from now on (loop.add_signal_handler).  Their default
 * action no longer takes place until the set is closed.  Several sets may watch one number:
 * each gets it.
 *
 * 0; UV_ENOMEM; UV_EINVAL for a number that cannot be caught, for SIGSEGV, SIGBUS, SIGFPE and
 * SIGILL, which are no events, and for an empty set; UV_EBUSY when `signals` is open already;
 * WEFT_EMISUSE where no loop runs.  On failure nothing is watched.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_signal_open(weft_signal *signals, const int *numbers,
                                                 size_t count);

/*
 * Wait for the next signal of the set (loop.add_signal_handler); its number, which is positive.
 * Those that came before are given at once, also to a task that is cancelled, in the order in
 * which they came.  Where several tasks wait, each signal goes to the one that has waited
 * longest.
 *
 * UV_ECANCELED or UV_ETIMEDOUT: no signal is lost by it; WEFT_EMISUSE outside of a task or when
 * the set is closed.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_signal_wait(weft_signal *signals);

/* A signal has come, for weft_select().  Its result: as weft_signal_wait(). */
WEFT_EXPORT weft_case weft_on_signal(weft_signal *signals);

/*
 * Watch no more; the default action is back for numbers that nobody else watches
 * (loop.remove_signal_handler).  Does not suspend.  0, also when it is closed already;
 * UV_EBUSY, changing nothing, while tasks wait on it.
 */
WEFT_EXPORT int weft_signal_close(weft_signal *signals);

WEFT_END_DECLS
#endif
