/*
 * web/route_stacks.c - see route_stacks.h.
 *
 * A request's handler runs on the stack of its connection's task, together with what the server
 * does for it; what it spawns has stacks of its own.  The deepest of them counts, since one
 * setting is for all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/route_stacks.h"

#include <string.h>
#include <weft/diagnostics.h>
#include <weft/log.h>

#include "server/request.h"
#include "task/diag/dump.h"
#include "task/task.h"
#include "web/app.h"

static void note(const weft_request *req, size_t bytes)
{
    if (req->route != NULL && *req->route->deepest < bytes)
        *req->route->deepest = bytes;
}

void weft__route_stacks_note(const weft_request *req)
{
    note(req, weft_task_stack_deepest(weft_task_current()));
}

/* A task that worked for a request has ended. */
static void note_task(void *context, size_t bytes)
{
    note(context, bytes);
}

/* In a signal handler, too. */
static void say(void *arg, struct weft__say *say)
{
    weft_app *root = arg;

    for (weft_app *app = root; app != NULL; app = weft__app_next(root, app)) {
        for (const struct weft__route *route = app->routes; route != NULL;
             route = route->next) {
            if (*route->deepest == 0)
                continue;
            weft__say(say, "weft: route ");
            weft__say(say, route->methods);
            weft__say(say, " ");
            weft__say(say, route->full.text);
            weft__say(say, ": stack at most ");
            weft__say_number(say, *route->deepest);
            weft__say(say, " of ");
            weft__say_number(say, root->serving.stack_bytes);
            weft__say(say, " bytes\n");
        }
    }
}

void weft__route_stacks_log(weft_app *root)
{
    for (weft_app *app = root; app != NULL; app = weft__app_next(root, app)) {
        for (const struct weft__route *route = app->routes; route != NULL;
             route = route->next) {
            if (*route->deepest > 0)
                weft_log(WEFT_LOG_INFO, "route %s %s: stack at most %zu of %zu bytes",
                         route->methods, route->full.text, *route->deepest,
                         root->serving.stack_bytes);
        }
    }
}

void weft__route_stacks_begin(weft_app *root)
{
    root->serving.stack_bytes = weft__task_stack_bytes(weft_task_current());
    weft__stack_set_hook(note_task);
    weft__dump_set_end(say, root);
}

void weft__route_stacks_end(void)
{
    weft__dump_set_end(NULL, NULL);
}

static bool has_method(const struct weft__route *route, const char *method)
{
    const char *at = route->methods;
    const char *name;
    size_t length;

    while ((name = weft__methods_next(&at, &length)) != NULL) {
        if (strlen(method) == length && memcmp(name, method, length) == 0)
            return true;
    }
    return false;
}

size_t weft_route_stack_deepest(weft_app *app, const char *method, const char *path)
{
    for (weft_app *at = app; at != NULL; at = weft__app_next(app, at)) {
        for (const struct weft__route *route = at->routes; route != NULL; route = route->next) {
            if (route->deepest != NULL && strcmp(route->full.text, path) == 0 &&
                has_method(route, method))
                return *route->deepest;
        }
    }
    return 0;
}
