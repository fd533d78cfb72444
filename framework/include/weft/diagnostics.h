/*
 * weft/diagnostics.h - what a loop is doing: its tasks, and who holds it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_DIAGNOSTICS_H
#define WEFT_DIAGNOSTICS_H

#include <weft/export.h>

#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/*
 * Write what every task of the calling thread's loop is doing to the descriptor `fd`, as text
 * for people (asyncio.all_tasks, Task.print_stack): name, state, what it waits for and since
 * when, the time left to its deadline, its parent, the request that it works for, how deep its
 * stack is, and a backtrace.  The text may change with each version.
 *
 * Allocates nothing and does not suspend; `fd` is written to until it has taken everything, or
 * refuses.
 *
 * How many tasks there are; a code when `fd` takes no more; WEFT_EMISUSE where no loop runs.
 */
WEFT_EXPORT int weft_dump_tasks(int fd);

/*
 * Have signal `number` write such a dump of the calling thread's loop to stderr, as weft_main()
 * does with SIGQUIT (faulthandler.register).  It comes at once, also while a task holds the
 * loop; the process goes on.  The handler replaces the one that was there and stays until the
 * process ends.
 *
 * Call it on each thread that runs a loop, before or while it does: whichever thread the signal
 * meets, it sends it on to all threads that have called this, for whatever signal, and each
 * writes the tasks of its own loop, one after the other.  A thread is forgotten when it ends.
 *
 * 0; UV_EINVAL for a signal that cannot be handled; UV_ENOMEM; WEFT_ELIMIT when 64 threads have
 * called it and not ended.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_dump_on_signal(int number);

/*
 * Have a task that runs out of stack reported on stderr, as weft_main() does: its name, the
 * request that it works for, and the setting to raise.  The signal then goes on to whatever
 * handled it before: by default the process dies of it (faulthandler.enable).
 *
 * Call it on each thread that runs a loop: the handler is the process's, its alternate stack,
 * which stays until the thread ends, is the thread's own.  A thread that has one keeps it.
 *
 * 0 or UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_report_overflows(void);

/*
 * Watch the calling thread's loop: when tasks, one or many, run for `held_ms` milliseconds (at
 * least 4) without the loop polling, so that no event is seen, a report goes to stderr while
 * they still do: the task that runs, the request that it works for, and its stack (the
 * slow_callback_duration of asyncio's debug mode, which tells afterwards).  Once for each time
 * that the loop is held.  Every loop is watched with 100 ms from its start, but for those of
 * tests (weft_loop_options.held_ms).  0 ends the watch; another value replaces it.
 *
 * It costs a thread that sleeps while the loop is idle, and the running tasks nothing.  The
 * report comes by SIGURG: a sleep() or poll() that holds the loop then returns early.  What
 * holds the loop outside of tasks, in callbacks, is not reported.
 *
 * 0; UV_ENOMEM; UV_EAGAIN or another code when the thread cannot be made; WEFT_EMISUSE where no
 * loop runs.
 */
WEFT_EXPORT int weft_watch_loop(uint32_t held_ms);

/* How many such reports there were of the calling thread's loop; 0 where none runs. */
WEFT_EXPORT uint64_t weft_held_count(void);

/*
 * In debug mode (weft_loop_options.debug; asyncio.run with debug=True) the log tells of
 *
 *   - a task that has failed and that nobody has joined ("Task exception was never retrieved"),
 * or as a member of a group that nobody has waited for,
 *   - a task that is still running when its owner ends, unless one of them was cancelled,
 *   - a lock that is held by a task at its end, and a task that waits for its own,
 *
 * each with where the task was created and the lock acquired: the functions with offsets, and
 * in parentheses what addr2line wants.  Without debug mode locks are told, without places, and
 * the rest is not.
 *
 * Creating a task and acquiring a lock then cost microseconds more.
 */

/*
 * In debug mode: how many bytes of its stack `task`, the calling task or one that it may join,
 * has used so far, or has used in all when it has ended.  What a frame keeps free and never
 * writes to does not count.  0 for a task that has not begun, and without debug mode.
 */
WEFT_EXPORT size_t weft_task_stack_deepest(const weft_task *task);

WEFT_END_DECLS
#endif
