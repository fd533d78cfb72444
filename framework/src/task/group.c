/*
 * task/group.c - tasks that end together.
 *
 * `error` is set at most once: by the first member that failed, or by the time.  Whoever sets
 * it cancels the others, so what they return after that is consequence, not cause.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "task/deadline.h"
#include "task/diag/debug.h"
#include "task/runtime.h"
#include "task/select.h"

/* The public struct names no private type; its members' list is one of these. */
_Static_assert(sizeof(((weft_group *)NULL)->members) == sizeof(struct weft__list) &&
                   offsetof(struct weft__list, prev) == sizeof(void *),
               "a group's members are a weft__list");

static struct weft__list *members_of(weft_group *group)
{
    return (struct weft__list *)(void *)&group->members;
}

weft_group *weft_group_init(weft_group *group, uint64_t timeout_ms)
{
    weft_scope scope;

    weft_scope_enter(&scope, timeout_ms);
    *group = (weft_group){ .owner = scope.task, .deadline_ms = scope.own_ms };
    weft_scope_leave(&scope);
    weft__list_init(members_of(group));
    return group;
}

int weft__group_go(weft_group *group, weft_task_fn fn, void *arg,
                   void (*ended)(weft_task *task, void *arg))
{
    weft_task *parent = weft__task_here();
    weft_task *task;
    int rc;

    if (parent == NULL)
        return weft__misuse("weft_group_go", "only a task can start another");
    if (group->owner == NULL)
        return weft__misuse("weft_group_go", "the group was not made in a task");
    if (group->cancelled)
        return UV_ECANCELED;
    rc = weft__task_make(parent, fn, arg, &task);
    if (rc < 0)
        return rc;
    weft__deadline_cap(task, group->deadline_ms);
    task->group = group;
    task->on_ended = ended;
    if (WEFT_UNLIKELY(task->loop->debugging))
        weft__debug_created(task, fn, __builtin_return_address(0));
    weft__list_append(members_of(group), &task->sibling);
    weft__task_ready(task);
    return 0;
}

int weft_group_go(weft_group *group, weft_task_fn fn, void *arg)
{
    return weft__group_go(group, fn, arg, NULL);
}

void weft_group_cancel(weft_group *group)
{
    struct weft__list *members = members_of(group);
    struct weft__list *node;

    if (group->cancelled)
        return;
    group->cancelled = true;
    for (node = members->next; node != members; node = node->next)
        weft_task_cancel(weft__list_entry(node, weft_task, sibling));
}

/* --- Failures */

struct failure {
    struct failure *next;
    weft_failure told;
    char *report; /* in debug mode; for the log, where nobody waits for the group */
};

/* Where there is no memory the failure is counted only. */
static void record(weft_group *group, const weft_task *task)
{
    struct failure *failure = weft__malloc(sizeof(*failure));
    struct failure *last = group->last_failure;

    group->failed++;
    if (failure == NULL)
        return;
    *failure = (struct failure){
        .told = { .task = weft_task_name(task), .arg = task->arg, .code = task->result },
        .report = task->on_ended == NULL ? weft__debug_member_failed(task) : NULL
    };
    if (last != NULL)
        last->next = failure;
    else
        group->failures = failure;
    group->last_failure = failure;
}

static void forget_failures(weft_group *group)
{
    struct failure *failure = group->failures;

    while (failure != NULL) {
        struct failure *next = failure->next;

        if (failure->report != NULL && !group->waited)
            weft_log(WEFT_LOG_ERROR, "%s", failure->report);
        free(failure->report);
        free(failure);
        failure = next;
    }
    group->failures = NULL;
    group->last_failure = NULL;
}

size_t weft_group_failures(const weft_group *group, weft_failure *ret_failures, size_t room)
{
    const struct failure *failure = group->failures;

    for (size_t i = 0; i < room && failure != NULL; i++) {
        ret_failures[i] = failure->told;
        failure = failure->next;
    }
    return group->failed;
}

static void fail(weft_group *group, int error)
{
    if (group->error == 0)
        group->error = error;
    weft_group_cancel(group);
}

void weft__group_member_ended(weft_group *group, weft_task *task)
{
    weft__list_remove(&task->sibling);
    if (task->on_ended != NULL)
        task->on_ended(task, task->arg);
    /* Members fail because of a cancel or of the time, whatever they make of it. */
    if (task->result < 0 && !(group->cancelled && task->result == UV_ECANCELED)) {
        bool late = weft__loop_now_ms(task->loop) >= group->deadline_ms;

        record(group, task);
        fail(group, late ? UV_ETIMEDOUT : task->result);
    }
    if (group->waiter != NULL && weft__list_empty(members_of(group))) {
        struct weft__wait *waiter = group->waiter;

        group->waiter = NULL;
        weft__wait_complete(waiter, 0);
    }
}

struct group_wait {
    struct weft__wait wait;
    weft_group *group;
};

/* The last member may end between this and the owner's going on. */
static bool detach_waiter(struct weft__wait *wait)
{
    weft__list_entry(wait, struct group_wait, wait)->group->waiter = NULL;
    return true;
}

/* Wait until no member is left, or the task is cancelled or out of time. */
static int await_members(weft_group *group)
{
    int rc = 0;

    /* Once more where somebody has added a member since the last one ended. */
    while (rc == 0 && !weft__list_empty(members_of(group))) {
        struct group_wait wait = { .group = group };

        weft__wait_init(&wait.wait, "group");
        wait.wait.detach = detach_waiter;
        group->waiter = &wait.wait;
        rc = weft__wait(&wait.wait);
    }
    return rc;
}

static int attempt_wait(const weft_case *c)
{
    weft_group *group = c->object;

    if (group->owner == NULL || group->owner != weft__task_here() || group->waiter != NULL)
        return weft__misuse("weft_select", "the group is not the caller's");
    group->waited = true;
    return weft__list_empty(members_of(group)) ? 0 : UV_EAGAIN;
}

static bool detach_case(struct weft__wait *wait)
{
    weft_group *group =
        weft__list_entry(wait, struct weft__case_waiter, waiter.wait)->of->object;

    group->waiter = NULL;
    return true;
}

static void enlist_wait(struct weft__case_waiter *waiter)
{
    weft_group *group = waiter->of->object;

    weft__wait_init(&waiter->waiter.wait, "group");
    waiter->waiter.wait.detach = detach_case;
    group->waiter = &waiter->waiter.wait;
}

static const struct weft__case_kind ended_kind = { "weft_group_wait", attempt_wait,
                                                   enlist_wait };

weft_case weft_on_group(weft_group *group)
{
    return (weft_case){ .kind = &ended_kind, .object = group };
}

/* Cancel and await what is left. */
static void end_members(weft_group *group)
{
    struct weft__wait wait;

    weft_group_cancel(group);
    if (weft__list_empty(members_of(group)))
        return;
    weft__wait_init(&wait, "end of group");
    group->waiter = &wait;
    weft__wait_uncancelled(&wait);
}

int weft_group_wait(weft_group *group)
{
    weft_scope scope;
    int rc;

    if (group->owner == NULL || group->owner != weft__task_here() || group->waiter != NULL)
        return weft__misuse("weft_group_wait", "the group is not the caller's");
    group->waited = true;
    weft_scope_enter_at(&scope, group->deadline_ms);
    rc = await_members(group);
    weft_scope_leave(&scope);
    if (rc < 0) {
        if (rc == UV_ETIMEDOUT)
            fail(group, rc);
        end_members(group);
    }
    /* A member may have met a deadline of the owner's first: the scope shall know. */
    if (rc == 0 && group->error == UV_ETIMEDOUT)
        rc = weft__task_pending(group->owner);
    return rc == UV_ECANCELED ? rc : group->error;
}

void weft_group_done(weft_group *group)
{
    if (group->owner == NULL)
        return;
    end_members(group);
    forget_failures(group);
}
