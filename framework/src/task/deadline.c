/*
 * task/deadline.c - see deadline.h.
 *
 * A task's inherited deadline is the earlier of two: what moves, and what was fixed when the
 * task was started.  Both are found by walking out of the scopes of whoever starts it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/deadline.h"

#include "task/runtime.h"

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

void weft__deadline_enter(struct weft__moving_deadline *deadline, uint64_t deadline_ms)
{
    weft_scope_enter_at(&deadline->scope, deadline_ms);
    deadline->scope.moving = deadline;
    weft__list_init(&deadline->heirs);
}

void weft__deadline_move(struct weft__moving_deadline *deadline, uint64_t deadline_ms)
{
    struct weft__list *heirs = &deadline->heirs;

    weft_scope_set_deadline(&deadline->scope, deadline_ms);
    for (struct weft__list *node = heirs->next; node != heirs; node = node->next) {
        weft_task *task = weft__list_entry(node, weft_task, heir);

        task->deadline_ms = earlier(task->fixed_ms, deadline_ms);
        weft__scope_derive(task);
    }
}

void weft__deadline_leave(struct weft__moving_deadline *deadline)
{
    struct weft__list *node;

    while ((node = weft__list_first(&deadline->heirs)) != NULL)
        weft__deadline_forget(weft__list_entry(node, weft_task, heir));
    weft_scope_leave(&deadline->scope);
}

void weft__deadline_inherit(weft_task *task, const weft_task *parent)
{
    struct weft__moving_deadline *moving = NULL;
    uint64_t fixed_ms = UINT64_MAX;
    const weft_scope *scope = parent->scope;

    for (; scope != NULL; scope = scope->outer) {
        if (scope->moving != NULL && moving == NULL)
            moving = scope->moving;
        else
            fixed_ms = earlier(fixed_ms, scope->own_ms);
        if (scope->shielded)
            break;
    }
    if (scope == NULL && moving == NULL && parent->moving != NULL) {
        moving = parent->moving;
        fixed_ms = earlier(fixed_ms, parent->fixed_ms);
    } else if (scope == NULL) {
        fixed_ms = earlier(fixed_ms, parent->deadline_ms);
    }
    task->fixed_ms = fixed_ms;
    task->deadline_ms = fixed_ms;
    if (moving != NULL) {
        task->moving = moving;
        task->deadline_ms = earlier(fixed_ms, moving->scope.own_ms);
        weft__list_append(&moving->heirs, &task->heir);
    }
    weft__task_limit(task);
}

void weft__deadline_cap(weft_task *task, uint64_t deadline_ms)
{
    task->fixed_ms = earlier(task->fixed_ms, deadline_ms);
    task->deadline_ms = earlier(task->deadline_ms, deadline_ms);
    weft__task_limit(task);
}

void weft__deadline_forget(weft_task *task)
{
    if (task->moving == NULL)
        return;
    weft__list_remove(&task->heir);
    task->moving = NULL;
}
