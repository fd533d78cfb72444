/*
 * task/queue.c - queues: who waits, and what is handed to whom.
 *
 * Invariants, between any two calls:
 *   1. While somebody waits to get, the queue is empty: what is put goes to him.
 *   2. While somebody waits to put, the queue is full: what is got makes room for him at once.
 *   3. While it is shut down, nobody waits to put, and nobody waits to get.
 *   4. Somebody waits in join only while `unfinished` is not 0.
 *
 * Completing a wait may take others out of line (a select takes its other waits back), so the
 * queue is made consistent before.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/queue.h>

#include <stdlib.h>

#include "task/queue_items.h"
#include "task/runtime.h"
#include "task/select.h"

/* --- Making and unmaking */

int weft_queue_init(weft_queue *queue, const weft_queue_options *options)
{
    *queue = (weft_queue){ 0 };
    if (options == NULL)
        return 0;
    queue->capacity = options->capacity;
    queue->order = options->order;
    queue->compare = options->compare;
    return queue->capacity > 0 ? weft__items_resize(queue, queue->capacity) : 0;
}

int weft_queue_done(weft_queue *queue)
{
    if (queue == NULL)
        return 0;
    if (queue->getters.count + queue->putters.count + queue->joiners.count > 0)
        return weft__sync_busy("weft_queue");
    free(queue->slots);
    *queue = (weft_queue){ 0 };
    return 0;
}

size_t weft_queue_size(const weft_queue *queue)
{
    return queue->size;
}

bool weft_queue_full(const weft_queue *queue)
{
    return queue->capacity != 0 && queue->size == queue->capacity;
}

/* --- Putting */

/* Without waiting; UV_EAGAIN where that cannot be. */
static int offer(weft_queue *queue, void *item, uint64_t priority)
{
    const weft_case *getter;
    int rc;

    if (queue->shut)
        return WEFT_ESHUTDOWN;
    getter = weft__waiters_first_case(&queue->getters);
    if (getter != NULL) {
        queue->unfinished++;
        *(void **)getter->value = item;
        weft__waiters_wake(&queue->getters, 0);
        return 0;
    }
    if (weft_queue_full(queue))
        return UV_EAGAIN;
    rc = weft__items_reserve(queue);
    if (rc < 0)
        return rc;
    queue->unfinished++;
    weft__items_push(queue, item, priority);
    return 0;
}

static int attempt_put(const weft_case *c)
{
    return offer(c->object, c->value, c->number);
}

static void enlist_put(struct weft__case_waiter *waiter)
{
    weft_queue *queue = waiter->of->object;

    weft__waiters_join(&queue->putters, &waiter->waiter, "room in a queue");
}

static const struct weft__case_kind put_kind = { "weft_queue_put", attempt_put, enlist_put };

weft_case weft_on_put(weft_queue *queue, void *item)
{
    return (weft_case){ .kind = &put_kind, .object = queue, .value = item };
}

int weft_queue_put(weft_queue *queue, void *item)
{
    const weft_case put = weft_on_put(queue, item);

    return weft__case_wait(&put);
}

int weft_queue_try_put(weft_queue *queue, void *item)
{
    return offer(queue, item, 0);
}

/* --- Putting in a place */

static int offer_at(weft_queue *queue, void *item, uint64_t priority)
{
    if (queue->order != WEFT_QUEUE_PRIORITY || queue->compare != NULL)
        return weft__misuse("weft_queue_put_at", "the queue does not go by numbers");
    return offer(queue, item, priority);
}

static int attempt_put_at(const weft_case *c)
{
    return offer_at(c->object, c->value, c->number);
}

static const struct weft__case_kind put_at_kind = { "weft_queue_put_at", attempt_put_at,
                                                    enlist_put };

weft_case weft_on_put_at(weft_queue *queue, void *item, uint64_t priority)
{
    return (
        weft_case){ .kind = &put_at_kind, .object = queue, .value = item, .number = priority };
}

int weft_queue_put_at(weft_queue *queue, void *item, uint64_t priority)
{
    const weft_case put = weft_on_put_at(queue, item, priority);

    return weft__case_wait(&put);
}

int weft_queue_try_put_at(weft_queue *queue, void *item, uint64_t priority)
{
    return offer_at(queue, item, priority);
}

/* --- Getting */

/* There is room for one more: for whoever has waited longest to put something in. */
static void admit(weft_queue *queue)
{
    const weft_case *putter = weft__waiters_first_case(&queue->putters);

    if (putter == NULL)
        return;
    queue->unfinished++;
    weft__items_push(queue, putter->value, putter->number);
    weft__waiters_wake(&queue->putters, 0);
}

/* Without waiting; UV_EAGAIN where that cannot be. */
static int take(weft_queue *queue, void **ret_item)
{
    if (queue->size == 0)
        return queue->shut ? WEFT_ESHUTDOWN : UV_EAGAIN;
    *ret_item = weft__items_pop(queue);
    admit(queue);
    return 0;
}

static int attempt_get(const weft_case *c)
{
    return take(c->object, c->value);
}

static void enlist_get(struct weft__case_waiter *waiter)
{
    weft_queue *queue = waiter->of->object;

    weft__waiters_join(&queue->getters, &waiter->waiter, "queue");
}

static const struct weft__case_kind get_kind = { "weft_queue_get", attempt_get, enlist_get };

weft_case weft_on_get(weft_queue *queue, void **ret_item)
{
    return (weft_case){ .kind = &get_kind, .object = queue, .value = (void *)ret_item };
}

int weft_queue_get(weft_queue *queue, void **ret_item)
{
    const weft_case get = weft_on_get(queue, ret_item);

    return weft__case_wait(&get);
}

int weft_queue_try_get(weft_queue *queue, void **ret_item)
{
    return take(queue, ret_item);
}

/* --- Waiting for the work */

static void wake_all(weft_waiters *waiters, int result)
{
    while (weft__waiters_wake(waiters, result))
        ;
}

static void finish(weft_queue *queue, size_t count)
{
    queue->unfinished -= count;
    if (queue->unfinished == 0)
        wake_all(&queue->joiners, 0);
}

int weft_queue_task_done(weft_queue *queue)
{
    if (queue->unfinished <= queue->size)
        return weft__misuse("weft_queue_task_done", "it was told for all items got");
    finish(queue, 1);
    return 0;
}

static int attempt_join(const weft_case *c)
{
    const weft_queue *queue = c->object;

    return queue->unfinished == 0 ? 0 : UV_EAGAIN;
}

static void enlist_join(struct weft__case_waiter *waiter)
{
    weft_queue *queue = waiter->of->object;

    weft__waiters_join(&queue->joiners, &waiter->waiter, "work on a queue");
}

static const struct weft__case_kind join_kind = { "weft_queue_join", attempt_join,
                                                  enlist_join };

int weft_queue_join(weft_queue *queue)
{
    const weft_case join = { .kind = &join_kind, .object = queue };

    return weft__case_wait(&join);
}

/* --- Shutting down */

void weft_queue_shutdown(weft_queue *queue)
{
    queue->shut = true;
    wake_all(&queue->putters, WEFT_ESHUTDOWN);
    wake_all(&queue->getters, WEFT_ESHUTDOWN);
}

void weft_queue_shutdown_now(weft_queue *queue, void (*drop)(void *item))
{
    weft_queue_shutdown(queue);
    while (queue->size > 0) {
        void *item = weft__items_pop(queue);

        finish(queue, 1);
        if (drop != NULL)
            drop(item);
    }
}
