/*
 * task/call.c - calls that other threads have the loop make.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "task/runtime.h"

int weft__calls_init(struct weft__calls *calls)
{
    calls->first = NULL;
    calls->last = &calls->first;
    calls->closing = false;
    return uv_mutex_init(&calls->mutex);
}

void weft__calls_done(struct weft__calls *calls)
{
    uv_mutex_destroy(&calls->mutex);
}

int weft__loop_post(weft_loop *loop, struct weft__call *call)
{
    struct weft__calls *calls = &loop->calls;
    int rc = 0;

    call->next = NULL;
    uv_mutex_lock(&calls->mutex);
    if (calls->closing) {
        rc = UV_ECANCELED;
    } else {
        *calls->last = call;
        calls->last = &call->next;
        uv_async_send(&loop->async); /* under the mutex: the handle is not closed before */
    }
    uv_mutex_unlock(&calls->mutex);
    return rc;
}

int weft_loop_call(weft_loop *loop, void (*fn)(void *arg), void *arg)
{
    struct weft__call *call = weft__malloc(sizeof(*call));
    int rc;

    if (call == NULL)
        return UV_ENOMEM;
    *call = (struct weft__call){ .fn = fn, .arg = arg, .owned = true };
    rc = weft__loop_post(loop, call);
    if (rc < 0)
        free(call);
    return rc;
}

static void run_calls(weft_loop *loop, bool closing)
{
    struct weft__calls *calls = &loop->calls;
    struct weft__call *call;

    uv_mutex_lock(&calls->mutex);
    call = calls->first;
    calls->first = NULL;
    calls->last = &calls->first;
    calls->closing = closing;
    uv_mutex_unlock(&calls->mutex);
    while (call != NULL) {
        struct weft__call *next = call->next;
        bool owned = call->owned;

        call->fn(call->arg); /* which may free what a call lies in that is not owned */
        if (owned)
            free(call);
        call = next;
    }
}

void weft__calls_run(weft_loop *loop)
{
    run_calls(loop, false);
}

void weft__calls_close(weft_loop *loop)
{
    run_calls(loop, true);
}
