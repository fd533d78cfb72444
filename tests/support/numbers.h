/*
 * support/numbers.h - items of queues that are numbers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_NUMBERS_H
#define WEFT_TESTS_SUPPORT_NUMBERS_H

#include <weft/queue.h>

/* The number is the place that an item points at. */
static char weft_test_numbers[2000];

static inline void *item(size_t number)
{
    return &weft_test_numbers[number];
}

static inline int number_of(const void *it)
{
    return (int)((const char *)it - weft_test_numbers);
}

/* Get without waiting: the number, or the code. */
static inline int got(weft_queue *queue)
{
    void *it;
    int rc = weft_queue_try_get(queue, &it);

    return rc < 0 ? rc : number_of(it);
}

#endif
