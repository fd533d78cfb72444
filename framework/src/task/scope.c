/*
 * task/scope.c - deadlines and shields for a part of a task.
 *
 * Each scope knows the earliest deadline of itself and those around it, up to a shield, so
 * that a wait looks at the innermost scope only.
 *
 * A scope entered outside of any task does nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"

enum { SHIELD_MS = 5000 };

static uint64_t earliest(const weft_scope *scope)
{
    uint64_t outside_ms;

    if (scope->shielded)
        return scope->own_ms;
    outside_ms = scope->outer != NULL ? scope->outer->deadline_ms : scope->task->deadline_ms;
    return scope->own_ms < outside_ms ? scope->own_ms : outside_ms;
}

static void enter(weft_scope *scope, uint64_t own_ms, bool shielded)
{
    weft_task *task = weft__task_here();

    *scope = (weft_scope){
        .task = task, .own_ms = own_ms, .deadline_ms = own_ms, .shielded = shielded
    };
    if (task == NULL)
        return;
    scope->outer = task->scope;
    scope->deadline_ms = earliest(scope);
    task->scope = scope;
    if (scope->deadline_ms < task->limit_ms)
        task->limit_ms = scope->deadline_ms;
}

/* The clock is read anew: time spent computing in this turn of the loop must not count. */
static uint64_t from_now(uint64_t timeout_ms)
{
    weft_loop *loop = weft__loop_here;
    uint64_t now_ms;

    if (timeout_ms == 0 || loop == NULL)
        return UINT64_MAX;
    now_ms = weft__clock_read(loop);
    return timeout_ms < UINT64_MAX - now_ms ? now_ms + timeout_ms : UINT64_MAX;
}

void weft_scope_enter(weft_scope *scope, uint64_t timeout_ms)
{
    enter(scope, from_now(timeout_ms), false);
}

void weft_scope_enter_at(weft_scope *scope, uint64_t deadline_ms)
{
    enter(scope, deadline_ms, false);
}

void weft_scope_shield(weft_scope *scope, uint64_t timeout_ms)
{
    enter(scope, from_now(timeout_ms != 0 ? timeout_ms : SHIELD_MS), true);
}

void weft_scope_leave(weft_scope *scope)
{
    weft_task *task = scope->task;

    if (task == NULL)
        return;
    assert(task->scope == scope); /* scopes are left in reverse order */
    task->scope = scope->outer;
    if (scope->cancelled)
        task->cancelled_scopes--;
    weft__task_limit(task);
    scope->task = NULL;
}

/* The deadlines of the scopes inside `scope` follow from its own, from outside inwards. */
static void derive_inner(weft_scope *inner, const weft_scope *scope)
{
    if (inner != scope)
        derive_inner(inner->outer, scope);
    inner->deadline_ms = earliest(inner);
}

void weft_scope_set_deadline(weft_scope *scope, uint64_t deadline_ms)
{
    scope->own_ms = deadline_ms;
    if (scope->task == NULL)
        return;
    derive_inner(scope->task->scope, scope);
    weft__task_limit(scope->task);
    weft__task_rearm(scope->task);
}

static void derive_all(weft_scope *scope)
{
    if (scope == NULL)
        return;
    derive_all(scope->outer);
    scope->deadline_ms = earliest(scope);
}

void weft__scope_derive(weft_task *task)
{
    derive_all(task->scope);
    weft__task_limit(task);
    weft__task_rearm(task);
}

void weft_scope_cancel(weft_scope *scope)
{
    if (scope->task == NULL || scope->cancelled)
        return;
    scope->cancelled = true;
    scope->task->cancelled_scopes++;
    weft__task_limit(scope->task);
    weft__task_interrupt(scope->task);
}

bool weft_scope_expired(const weft_scope *scope)
{
    return scope->expired;
}

uint64_t weft_deadline_ms(void)
{
    weft_task *task = weft__task_here();

    return task != NULL ? weft__task_deadline(task) : UINT64_MAX;
}
