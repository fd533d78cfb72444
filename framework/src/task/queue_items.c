/*
 * task/queue_items.c - see queue_items.h.
 *
 * Invariants:
 *   1. size <= room, and first < room or both are 0.  In a heap `first` is 0.
 *   2. In a heap no item comes before the one at (place - 1) / 2.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/queue_items.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { MIN_ROOM = 16 };

/* In a heap. */
struct ranked {
    void *item;
    uint64_t priority;
    uint64_t arrival; /* of equals the oldest comes first */
};

static bool is_heap(const weft_queue *queue)
{
    return queue->order == WEFT_QUEUE_PRIORITY;
}

/* --- Memory */

static size_t slot_bytes(const weft_queue *queue)
{
    return is_heap(queue) ? sizeof(struct ranked) : sizeof(void *);
}

/* Copy the items in their order; the ring may go round the end of the memory. */
static void unroll(const weft_queue *queue, char *to)
{
    size_t bytes = slot_bytes(queue);
    size_t straight = queue->room - queue->first;

    if (queue->size == 0)
        return;
    if (straight > queue->size)
        straight = queue->size;
    memcpy(to, (const char *)queue->slots + queue->first * bytes, straight * bytes);
    memcpy(to + straight * bytes, queue->slots, (queue->size - straight) * bytes);
}

int weft__items_resize(weft_queue *queue, size_t room)
{
    size_t bytes;
    void *slots;

    if (__builtin_mul_overflow(room, slot_bytes(queue), &bytes))
        return UV_ENOMEM;
    slots = weft__malloc(bytes);
    if (slots == NULL)
        return UV_ENOMEM;
    unroll(queue, slots);
    free(queue->slots);
    queue->slots = slots;
    queue->room = room;
    queue->first = 0;
    return 0;
}

int weft__items_reserve(weft_queue *queue)
{
    if (queue->size < queue->room)
        return 0;
    if (queue->room > SIZE_MAX / 2)
        return UV_ENOMEM;
    return weft__items_resize(queue, queue->room < MIN_ROOM ? MIN_ROOM : queue->room * 2);
}

/* After a peak; at a quarter, so that growing again is not near. */
static void shrink(weft_queue *queue)
{
    if (queue->capacity != 0 || queue->room <= MIN_ROOM || queue->size > queue->room / 4)
        return;
    if (weft__items_resize(queue, queue->room / 2) < 0)
        return; /* it only stays larger */
}

/* --- Rings */

static void **ring_slot(const weft_queue *queue, size_t nth)
{
    size_t place = nth < queue->room - queue->first ? queue->first + nth
                                                    : nth - (queue->room - queue->first);

    return (void **)queue->slots + place;
}

static void *pop_first(weft_queue *queue)
{
    void *item = *ring_slot(queue, 0);

    if (++queue->first == queue->room)
        queue->first = 0;
    return item;
}

/* --- Heaps */

static bool before(const weft_queue *queue, const struct ranked *a, const struct ranked *b)
{
    if (queue->compare != NULL) {
        int sign = queue->compare(a->item, b->item);

        if (sign != 0)
            return sign < 0;
    } else if (a->priority != b->priority) {
        return a->priority < b->priority;
    }
    return a->arrival < b->arrival;
}

static void sift_up(weft_queue *queue, size_t place, struct ranked one)
{
    struct ranked *heap = queue->slots;

    while (place > 0) {
        size_t parent = (place - 1) / 2;

        if (!before(queue, &one, &heap[parent]))
            break;
        heap[place] = heap[parent];
        place = parent;
    }
    heap[place] = one;
}

static void sift_down(weft_queue *queue, size_t count, struct ranked one)
{
    struct ranked *heap = queue->slots;
    size_t place = 0;

    for (size_t child = 1; child < count; child = place * 2 + 1) {
        if (child + 1 < count && before(queue, &heap[child + 1], &heap[child]))
            child++;
        if (!before(queue, &heap[child], &one))
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = one;
}

static void *pop_least(weft_queue *queue)
{
    struct ranked *heap = queue->slots;
    void *item = heap[0].item;

    if (queue->size > 1)
        sift_down(queue, queue->size - 1, heap[queue->size - 1]);
    return item;
}

/* --- Either */

void weft__items_push(weft_queue *queue, void *item, uint64_t priority)
{
    if (is_heap(queue)) {
        struct ranked one = { item, priority, queue->arrivals++ };

        sift_up(queue, queue->size, one);
    } else {
        *ring_slot(queue, queue->size) = item;
    }
    queue->size++;
}

void *weft__items_pop(weft_queue *queue)
{
    void *item = NULL;

    switch (queue->order) {
    case WEFT_QUEUE_FIFO:
        item = pop_first(queue);
        break;
    case WEFT_QUEUE_LIFO:
        item = *ring_slot(queue, queue->size - 1);
        break;
    case WEFT_QUEUE_PRIORITY:
        item = pop_least(queue);
        break;
    }
    queue->size--;
    shrink(queue);
    return item;
}
