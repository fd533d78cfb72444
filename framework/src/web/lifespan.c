/*
 * web/lifespan.c - start-up and shut-down hooks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/lifespan.h"

#include <weft/log.h>

#include "task/task.h"
#include "web/app.h"

/* The hooks of one app, last first.  A list is as long as a program has hooks in one app. */
static void stop_hooks(weft_app *app, struct weft__lifespan *lifespan)
{
    if (lifespan == NULL)
        return;
    stop_hooks(app, lifespan->next);
    if (lifespan->started && lifespan->stop != NULL)
        lifespan->stop(app, lifespan->arg);
    lifespan->started = false;
}

static void stop_tree(weft_app *app)
{
    for (struct weft__list *child = app->children.prev; child != &app->children;
         child = child->prev)
        stop_tree(weft__list_entry(child, weft_app, link));
    stop_hooks(app, app->lifespans);
}

void weft__lifespan_stop(weft_app *root)
{
    /* Clean-up is not cut short by what ended the program; its time is the operator's. */
    WEFT_SHIELD(shield, UINT32_MAX);

    weft__background_end(&root->background); /* it may use what the hooks are about to close */
    root->alive = false;
    stop_tree(root);
}

int weft__lifespan_start(weft_app *root)
{
    root->alive = true;
    for (weft_app *app = root; app != NULL; app = weft__app_next(root, app)) {
        for (struct weft__lifespan *lifespan = app->lifespans; lifespan != NULL;
             lifespan = lifespan->next) {
            int rc = lifespan->start != NULL ? lifespan->start(app, lifespan->arg) : 0;

            if (rc < 0) {
                weft_log(WEFT_LOG_ERROR, "a start-up hook of \"%s\" failed: %s", app->title,
                         weft_strerror(rc));
                weft__lifespan_stop(root);
                return rc;
            }
            lifespan->started = true;
        }
    }
    return 0;
}

int weft_app_spawn(weft_app *app, weft_task_fn fn, void *arg)
{
    weft_loop *loop = weft_loop_current();

    if (app == NULL || app->root == NULL || !app->root->alive || loop == NULL)
        return weft__misuse("weft_app_spawn", "the app is not being served on this thread");
    return weft__background_spawn(&app->root->background, loop, fn, arg,
                                  __builtin_return_address(0));
}
