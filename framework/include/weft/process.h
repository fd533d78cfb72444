/*
 * weft/process.h - other programs: start them, talk to them, wait for them, end them.
 *
 *     weft_process_output output;
 *     int rc = weft_process_run(&(weft_process_options){ .argv = WEFT_ARGS("git", "status"),
 *                                                        .out = WEFT_STDIO_PIPE },
 *                               NULL, 0, &output);
 *     if (rc == 0) {
 *         puts(output.out);
 *         weft_process_output_done(&output);
 *     }
 *
 * A process has an owner, as a task has: the weft_process that it was spawned into.  When its
 * owner is cancelled or out of time while it waits for it, or is done with it, a process that
 * still runs is ended: SIGTERM, SIGKILL when it has not ended after a grace period, and its
 * exit is awaited in any case, so that none is left behind and none becomes a zombie.  The time
 * that this takes is not the deadline's: cancels and deadlines do not reach it.
 *
 * The objects belong to one loop's thread.  SIGPIPE need not be ignored for the pipes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_PROCESS_H
#define WEFT_PROCESS_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <weft/error.h>
#include <weft/select.h>

WEFT_BEGIN_DECLS

/* --- Starting ------------------------------------------------------------------------------
 */

/* A process that was spawned.  Zero-initialised it is empty.  The field is private. */
typedef struct weft_process {
    struct weft__process *inner;
} weft_process;

/* What a standard stream of the process is. */
typedef enum weft_stdio {
    WEFT_STDIO_INHERIT, /* that of this program */
    WEFT_STDIO_NULL,    /* nothing to read; what is written is dropped */
    WEFT_STDIO_PIPE,    /* a pipe to this program */
    WEFT_STDIO_FD,      /* the file descriptor in in_fd, out_fd or err_fd, which stays open */
    WEFT_STDIO_OUT,     /* for err: what out is */
} weft_stdio;

enum {
    WEFT_STDIN,
    WEFT_STDOUT,
    WEFT_STDERR,
};

/* A field left zero takes its default. */
typedef struct weft_process_options {
    const char *const *argv; /* ends with NULL; needed */
    const char *file;        /* what to execute; default argv[0], looked for in PATH */
    const char *const *env;  /* "NAME=value", ends with NULL; default: this program's */
    const char *cwd;         /* default: this program's */
    weft_stdio in;
    weft_stdio out;
    weft_stdio err;
    int in_fd;
    int out_fd;
    int err_fd;
    unsigned grace_ms;  /* between SIGTERM and SIGKILL; default 5,000 */
    size_t max_output;  /* of out and of err each, when they are collected; default 1 MiB */
    bool new_session;   /* it leads a session of its own, and signals go to all its group */
    bool leave_running; /* do not end it when its owner goes; it is reaped all the same */
} weft_process_options;

#ifndef __cplusplus
/* The arguments as weft_process_options.argv wants them. */
#define WEFT_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#endif

/*
 * Start a program (asyncio.create_subprocess_exec).  No shell is involved.  Signals have their
 * default actions in it, and of this program's file descriptors it gets the standard streams
 * and those that are not marked close-on-exec.  Does not suspend; takes about as long as a
 * fork.
 *
 * options  copied, as far as they are needed later.
 *
 * 0: release it with weft_process_done().  UV_ENOENT, UV_EACCES and their like when the file
 * cannot be executed or `cwd` not be entered; UV_EINVAL without argv; UV_ENOMEM, UV_EMFILE,
 * UV_EAGAIN; UV_EBUSY when `process` is in use; WEFT_EMISUSE where no loop runs.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_process_spawn(weft_process *process,
                                                   const weft_process_options *options);

/*
 * Be done with it: end it if it is still running, unless leave_running is set; close its pipes.
 * Whatever the state of the task.  To be called before its loop ends; later it only releases
 * the object, and the process runs on.
 *
 * 0, also when it is empty; UV_EBUSY, changing nothing, while tasks are in calls with it;
 * WEFT_EMISUSE when it has to be ended and this is not a task.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_process_done(weft_process *process);

#ifndef __cplusplus
/* A weft_process variable whose process cannot outlive the block it stands in. */
#define WEFT_PROCESS(name) WEFT_CLEANUP(weft_process_done) weft_process name = { 0 }
#endif

/* --- Its end -------------------------------------------------------------------------------
 */

/* How a process has ended (Process.returncode). */
typedef struct weft_process_exit {
    int status; /* what it exited with; 0 when a signal ended it */
    int signal; /* that ended it; 0 when it exited */
} weft_process_exit;

/*
 * Wait until it has ended (Process.wait).  Several tasks may.
 *
 * ret_exit  set when 0 is returned; may be NULL.
 *
 * 0, for one that has ended also when the caller is cancelled.  UV_ECANCELED or UV_ETIMEDOUT:
 * the process has been ended, see above, and another wait tells how; with leave_running it runs
 * on.  WEFT_EMISUSE outside of a task or when `process` is empty.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_process_wait(weft_process *process,
                                                                weft_process_exit *ret_exit);

/* It has ended, for weft_select(): weft_process_wait() then tells how without waiting.  A
 * cancel while that waits does not end the process.  Its result: 0; WEFT_EMISUSE when `process`
 * is empty. */
WEFT_EXPORT weft_case weft_on_exit(weft_process *process);

/* Whether it has ended, as far as the loop knows (Process.returncode); how, if so and
 * `ret_exit` is not NULL. */
WEFT_EXPORT bool weft_process_exited(const weft_process *process, weft_process_exit *ret_exit);

/* Its process id (Process.pid); 0 when `process` is empty. */
WEFT_EXPORT pid_t weft_process_pid(const weft_process *process);

/* Send it a signal (Process.send_signal).  0; UV_ESRCH when it has ended or is empty; UV_EINVAL
 * for a number that is none.  Never hits another process that has got its id. */
WEFT_EXPORT int weft_process_signal(weft_process *process, int number);

/* Send SIGTERM (Process.terminate), SIGKILL (Process.kill). */
WEFT_EXPORT int weft_process_terminate(weft_process *process);
WEFT_EXPORT int weft_process_kill(weft_process *process);

/* --- Its pipes -----------------------------------------------------------------------------
 */

/*
 * Read what has come from its WEFT_STDOUT or WEFT_STDERR, at most `size` bytes; suspends until
 * there is something (Process.stdout.read).
 *
 * How many bytes; 0 at the end; UV_ECANCELED or UV_ETIMEDOUT, and nothing is lost by it;
 * WEFT_EMISUSE outside of a task, when that is no open pipe, or while another task reads it.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS ssize_t weft_process_read(weft_process *process,
                                                                    int which, void *buffer,
                                                                    size_t size);

/*
 * Write all of `size` bytes to its WEFT_STDIN; suspends while the pipe is full
 * (Process.stdin.write and drain).
 *
 * 0; UV_EPIPE when it reads no more; UV_ECANCELED or UV_ETIMEDOUT, when a part may have been
 * written; WEFT_EMISUSE as above.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_process_write(weft_process *process,
                                                                 const void *data, size_t size);

/* Close our end of a pipe: of WEFT_STDIN, so that it meets the end of its input.  0, also when
 * it is closed already; UV_EBUSY while a task reads or writes it. */
WEFT_EXPORT int weft_process_close(weft_process *process, int which);

/* Our end of a pipe, non-blocking, which is the caller's from now on, to be closed with
 * close(2).  A file descriptor; WEFT_EMISUSE when there is none; UV_EBUSY as above. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_process_take_pipe(weft_process *process, int which);

/* --- All at once ---------------------------------------------------------------------------
 */

/* What a process has written, and how it ended.  Release with weft_process_output_done(). */
typedef struct weft_process_output {
    char *out;         /* NULL when that is no pipe; a NUL that is not counted stands behind */
    char *err;         /* the same */
    size_t out_length; /* in bytes */
    size_t err_length;
    weft_process_exit exit;
} weft_process_output;

/*
 * Write `length` bytes of input, then the end of it; read all that the process writes to the
 * pipes that it has; and wait until it has ended (Process.communicate).  A process that does
 * not read its input to the end is no failure.  One that hands its output on to processes that
 * live longer has not ended before these.
 *
 * ret_output  set when 0 is returned.
 *
 * 0, whatever its exit status is.  Otherwise the process has been ended, unless leave_running
 * is set, and what it has written is gone: UV_ECANCELED or UV_ETIMEDOUT; WEFT_ELIMIT when it
 * wrote more than max_output; UV_ENOMEM; UV_EAGAIN at the limit of tasks.  WEFT_EMISUSE, and
 * nothing has happened, for input without a pipe, or while another task reads or writes.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_process_communicate(weft_process *process, const void *input, size_t length,
                         weft_process_output *ret_output);

/*
 * Spawn, communicate, and be done (subprocess.run).  Those of out and err are collected that
 * are WEFT_STDIO_PIPE.  With `input` not NULL, in is a pipe; else it is what the options say.
 * What the three return.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_process_run(const weft_process_options *options, const void *input, size_t length,
                 weft_process_output *ret_output);

/* Release what was collected. */
WEFT_EXPORT void weft_process_output_done(weft_process_output *output);

WEFT_END_DECLS
#endif
