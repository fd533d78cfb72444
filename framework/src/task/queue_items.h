/*
 * task/queue_items.h - what is in a queue, in its order; no word of who waits.
 *
 * A queue in order of priority keeps a binary heap, the others a ring.  Without a capacity the
 * memory doubles and halves with the number of items; with one it is made once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_QUEUE_ITEMS_H
#define WEFT_TASK_QUEUE_ITEMS_H

#include <weft/queue.h>

/* Memory for `room` items, of which there are not more now.  0, or UV_ENOMEM: nothing changed.
 */
WEFT_MUST_CHECK int weft__items_resize(weft_queue *queue, size_t room);

/* Room for one more item.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__items_reserve(weft_queue *queue);

/* Put one in; there is room. */
void weft__items_push(weft_queue *queue, void *item, uint64_t priority);

/* Take the next one out; there is one. */
void *weft__items_pop(weft_queue *queue);

#endif
