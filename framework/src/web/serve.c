/*
 * web/serve.c - weft_serve(): a process that serves an app until a signal comes, or an app
 * served in a task of a program that does more.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <weft/log.h>
#include <weft/signal.h>

#include "base/log.h"
#include "task/background.h"
#include "web/app.h"
#include "web/serve.h"
#include "web/service.h"

/* --- A loop of its own ------------------------------------------------------------------ */

struct obedience {
    struct weft__service *service;
    weft_signal signals;
};

static int obey(void *arg)
{
    struct obedience *obedience = arg;

    while (weft_signal_wait(&obedience->signals) > 0)
        weft__service_stop(obedience->service);
    return 0;
}

/* Serve, and stop at SIGTERM and SIGINT, from the start-up hooks to the last shut-down hook. */
static int run(void *arg)
{
    static const int numbers[] = { SIGTERM, SIGINT };
    struct obedience obedience = { .service = arg };
    weft_task *task;
    int rc;

    rc = weft_signal_open(&obedience.signals, numbers, 2);
    if (rc < 0)
        return rc;
    rc = weft_spawn(&task, obey, &obedience);
    if (rc == 0) {
        weft_task_set_name(task, "signals");
        rc = weft__service_run(obedience.service);
        weft_task_cancel(task);
        (void)!weft_task_join(task, NULL);
    }
    (void)!weft_signal_close(&obedience.signals);
    return rc;
}

/* --- The process ----------------------------------------------------------------------- */

/* Each connection is a descriptor; the soft limit is often 1,024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Where 0, 1 or 2 is closed, the next descriptor, perhaps a client's, would take its place and
 * get what is written for the operator. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", O_RDWR); /* the lowest that is free: this one */
    }
}

/* A client that goes away while it is written to must not end the process. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static int serve_process(struct weft__service *service)
{
    int rc;

    service->owns_process = true;
    fill_standard_descriptors();
    raise_descriptor_limit();
    (void)!weft__log_start(); /* without a thread, lines are written at once */
    rc = weft_run_with(run, service, &service->options->loop);
    weft__log_stop();
    return rc;
}

int weft_serve(weft_app *app, const weft_serve_options *options)
{
    static const weft_serve_options defaults;
    struct weft__service service = { .app = app,
                                     .options = options != NULL ? options : &defaults };
    int rc = weft__app_freeze(app);

    if (rc < 0) {
        if (app == NULL || weft__app_log_complaints(app) == 0)
            weft_log(WEFT_LOG_ERROR, "the app cannot be served: %s", weft_strerror(rc));
        return rc;
    }
    ignore_broken_pipes();
    return weft__in_task() ? weft__service_run(&service) : serve_process(&service);
}
