/*
 * task/select.c - wait for the first of several things.
 *
 * Two rounds.  The first attempts each case and takes the first that needs no waiting.  The
 * second, when none is ready, puts a wait for each case where it will be completed, and
 * suspends the task in one wait for all.  Between the rounds nobody else runs; and since the
 * waits begin only after all attempts, no case is completed by another case of the same select.
 *
 * Invariant: when a wait of a case is completed, its relay takes all others back before it
 * returns, and so does whatever else ends the common wait.  At most one is ever completed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/select.h"

#include <limits.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "task/runtime.h"

enum { FEW = 8 }; /* cases whose waits lie on the stack */

/* --- The first round */

/* In which order ready cases are preferred: from `first` on, up or down, and round. */
struct order {
    size_t first;
    bool down;
};

/* The k-th case to look at. */
static size_t place_of(struct order order, size_t k, size_t count)
{
    size_t place = order.first + (order.down ? count - k : k);

    return place < count ? place : place - count;
}

/* Another one each time; from the loop's own sequence (a linear congruential generator), so
 * that a program that does the same gets the same. */
static struct order choose_order(weft_loop *loop, size_t count)
{
    uint32_t high;

    loop->choices =
        loop->choices * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    high = (uint32_t)(loop->choices >> 32);
    return (struct order){ .first = (high >> 1) % count, .down = (high & 1) != 0 };
}

/* The index of the case that was done, or UV_EAGAIN. */
static int attempt_any(weft_case *cases, size_t count, struct order order)
{
    for (size_t k = 0; k < count; k++) {
        size_t i = place_of(order, k, count);
        int rc = cases[i].kind != NULL ? cases[i].kind->attempt(&cases[i]) : UV_EAGAIN;

        if (rc == UV_EAGAIN)
            continue;
        cases[i].result = rc;
        return (int)i;
    }
    return UV_EAGAIN;
}

/* --- The second round */

struct selecting;

/* The wait for one case. */
struct node {
    struct weft__case_waiter waiter;
    struct selecting *all;
};

/* The wait for all of them. */
struct selecting {
    struct weft__wait wait;
    struct node *nodes;
    size_t count;
    const struct node *chosen; /* the one that was completed */
};

static bool detach_all(struct weft__wait *wait)
{
    struct selecting *all = weft__list_entry(wait, struct selecting, wait);

    for (size_t i = 0; i < all->count; i++) {
        struct weft__wait *one = &all->nodes[i].waiter.waiter.wait;
        bool back = one->done || weft__wait_take_back(one);

        assert(back);
        (void)back;
    }
    return true;
}

static void relay(struct weft__wait *wait)
{
    struct node *node = weft__list_entry(wait, struct node, waiter.waiter.wait);
    struct selecting *all = node->all;

    all->chosen = node;
    detach_all(&all->wait);
    weft__wait_complete(&all->wait, 0);
}

static void enlist(struct selecting *all, struct node *node, const weft_case *c)
{
    struct weft__wait *wait = &node->waiter.waiter.wait;

    node->all = all;
    node->waiter.of = c;
    if (c->kind != NULL)
        c->kind->enlist(&node->waiter);
    else
        weft__wait_init(wait, "nothing");
    wait->relay = relay;
    if (wait->due_ms < all->wait.due_ms)
        all->wait.due_ms = wait->due_ms;
}

/* The time that ended the common wait was that of a case. */
static const struct node *first_due(const struct selecting *all)
{
    const struct node *node = all->nodes;

    while (node->waiter.waiter.wait.due_ms != all->wait.due_ms)
        node++;
    return node;
}

static int wait_for_any(weft_case *cases, size_t count, struct node *nodes)
{
    struct selecting all = { .nodes = nodes, .count = count };
    size_t i;
    int rc;

    weft__wait_init(&all.wait, "select");
    all.wait.detach = detach_all;
    for (i = 0; i < count; i++)
        enlist(&all, &nodes[i], &cases[i]);
    rc = weft__wait(&all.wait);
    if (rc < 0)
        return rc;
    if (all.chosen == NULL)
        all.chosen = first_due(&all);
    i = (size_t)(all.chosen - nodes);
    cases[i].result = nodes[i].waiter.waiter.wait.result;
    return (int)i;
}

static int wait_for_any_of_many(weft_case *cases, size_t count)
{
    struct node *nodes = weft__calloc(count, sizeof(*nodes));
    int rc;

    if (nodes == NULL)
        return UV_ENOMEM;
    rc = wait_for_any(cases, count, nodes);
    free(nodes);
    return rc;
}

/* --- Both */

static int misuse(const char *call)
{
    return weft__misuse(call, "only a task can wait, and for something");
}

static int select_in(struct order order, weft_case *cases, size_t count)
{
    struct node few[FEW];
    int rc = attempt_any(cases, count, order);

    if (rc != UV_EAGAIN)
        return rc;
    return count <= FEW ? wait_for_any(cases, count, few) : wait_for_any_of_many(cases, count);
}

int weft_select(weft_case *cases, size_t count)
{
    if (weft__task_here() == NULL || count == 0 || count > INT_MAX)
        return misuse("weft_select");
    return select_in(choose_order(weft__loop_here, count), cases, count);
}

int weft_select_first(weft_case *cases, size_t count)
{
    if (weft__task_here() == NULL || count == 0 || count > INT_MAX)
        return misuse("weft_select_first");
    return select_in((struct order){ .first = 0 }, cases, count);
}

int weft__case_wait(const weft_case *c)
{
    struct weft__case_waiter waiter;
    int rc;

    if (WEFT_UNLIKELY(weft__task_here() == NULL))
        return misuse(c->kind->call);
    rc = c->kind->attempt(c);
    if (rc != UV_EAGAIN)
        return rc;
    waiter.of = c;
    c->kind->enlist(&waiter);
    return weft__wait(&waiter.waiter.wait);
}

/* --- The end of a task */

static int attempt_end(const weft_case *c)
{
    const weft_task *task = c->object;

    if (task == NULL || task->owner != weft__task_here() || task->unowned ||
        (!task->ended && task->joiner != NULL))
        return weft__misuse("weft_select", "the task is not the caller's to join");
    return task->ended ? 0 : UV_EAGAIN;
}

static bool detach_end(struct weft__wait *wait)
{
    weft_task *task = weft__list_entry(wait, struct weft__case_waiter, waiter.wait)->of->object;

    task->joiner = NULL;
    return true;
}

static void enlist_end(struct weft__case_waiter *waiter)
{
    weft_task *task = waiter->of->object;

    weft__wait_init(&waiter->waiter.wait, "join");
    waiter->waiter.wait.detach = detach_end;
    task->joiner = &waiter->waiter.wait;
}

static const struct weft__case_kind end_kind = { "weft_task_join", attempt_end, enlist_end };

weft_case weft_on_end(weft_task *task)
{
    return (weft_case){ .kind = &end_kind, .object = task };
}

/* --- Time */

static int attempt_time(const weft_case *c)
{
    return weft_now_ms() >= c->number ? 0 : UV_EAGAIN;
}

static void enlist_time(struct weft__case_waiter *waiter)
{
    weft__wait_init(&waiter->waiter.wait, "time");
    waiter->waiter.wait.due_ms = waiter->of->number;
}

static const struct weft__case_kind time_kind = { "weft_sleep", attempt_time, enlist_time };

weft_case weft_on_time(uint64_t deadline_ms)
{
    return (weft_case){ .kind = &time_kind, .number = deadline_ms };
}

weft_case weft_on_timeout(uint64_t timeout_ms)
{
    weft_loop *loop = weft__loop_here;
    uint64_t now_ms = loop != NULL ? weft__clock_read(loop) : 0;

    return weft_on_time(timeout_ms < UINT64_MAX - now_ms ? now_ms + timeout_ms : UINT64_MAX);
}
