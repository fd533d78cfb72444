/*
 * What is in a queue: the order of the items, and their memory.
 */
#include <weft/queue.h>

#include "failalloc.h"
#include "numbers.h"
#include "test.h"

static void init(weft_queue *queue, size_t capacity, weft_queue_order order)
{
    const weft_queue_options options = { .capacity = capacity, .order = order };

    cr_assert(zero(int, weft_queue_init(queue, &options)));
}

static void done(weft_queue *queue)
{
    cr_expect(zero(int, weft_queue_done(queue)));
}

/* --- Order */

WEFT_TEST(queue, of_zeros_is_unbounded_and_fifo)
{
    weft_queue queue = { 0 };

    for (size_t i = 0; i < 1000; i++)
        cr_assert(zero(int, weft_queue_try_put(&queue, item(i))));
    cr_expect(eq(sz, weft_queue_size(&queue), 1000));
    cr_expect(not(weft_queue_full(&queue)));
    for (int i = 0; i < 1000; i++)
        cr_assert(eq(int, got(&queue), i));
    cr_expect(eq(int, got(&queue), UV_EAGAIN));
    done(&queue);
    done(&queue);
    cr_expect(zero(int, weft_queue_done(NULL)));
}

/* The ring goes round its memory at every place, growing and shrinking. */
WEFT_TEST(queue, keeps_the_order_when_it_goes_round)
{
    for (size_t capacity = 0; capacity < 5; capacity++) {
        weft_queue queue;
        size_t in = 0;
        int out = 0;

        init(&queue, capacity, WEFT_QUEUE_FIFO);
        for (size_t burst = 1; burst < 60; burst++) {
            for (size_t i = 0; i < burst; i++) {
                int rc = weft_queue_try_put(&queue, item(in));

                in += rc == 0;
                cr_assert(rc == 0 || (capacity != 0 && weft_queue_size(&queue) == capacity));
            }
            for (size_t i = 0; i < burst / 2 + 1 && weft_queue_size(&queue) > 0; i++)
                cr_assert(eq(int, got(&queue), out++));
        }
        while (weft_queue_size(&queue) > 0)
            cr_assert(eq(int, got(&queue), out++));
        cr_expect(eq(int, out, (int)in));
        done(&queue);
    }
}

WEFT_TEST(queue, lifo_gives_the_newest)
{
    weft_queue queue;

    init(&queue, 3, WEFT_QUEUE_LIFO);
    for (size_t i = 0; i < 3; i++)
        cr_assert(zero(int, weft_queue_try_put(&queue, item(i))));
    cr_expect(eq(int, weft_queue_try_put(&queue, item(3)), UV_EAGAIN));
    cr_expect(eq(int, got(&queue), 2));
    cr_assert(zero(int, weft_queue_try_put(&queue, item(4))));
    cr_expect(eq(int, got(&queue), 4));
    cr_expect(eq(int, got(&queue), 1));
    cr_expect(eq(int, got(&queue), 0));
    done(&queue);
}

WEFT_TEST(queue, by_priority_is_stable)
{
    enum { COUNT = 600, PRIORITIES = 6 };
    weft_queue queue;

    init(&queue, 0, WEFT_QUEUE_PRIORITY);
    for (size_t i = 0; i < COUNT; i++)
        cr_assert(zero(int, weft_queue_try_put_at(&queue, item(i), (i * 7) % PRIORITIES)));
    for (int priority = 0; priority < PRIORITIES; priority++) {
        int last = -1;

        for (int i = 0; i < COUNT / PRIORITIES; i++) {
            int number = got(&queue);

            cr_assert(gt(int, number, last), "of equals the oldest first");
            cr_assert(eq(int, number * 7 % PRIORITIES, priority));
            last = number;
        }
    }
    cr_assert(zero(int, weft_queue_try_put_at(&queue, item(1), UINT64_MAX)));
    cr_assert(zero(int, weft_queue_try_put(&queue, item(2))));
    cr_expect(eq(int, got(&queue), 2), "without a number it is 0");
    done(&queue);
}

static int by_tens(const void *a, const void *b)
{
    int x = number_of(a) / 10, y = number_of(b) / 10;

    return (x > y) - (x < y);
}

WEFT_TEST(queue, by_a_function_is_stable)
{
    const weft_queue_options options = { .order = WEFT_QUEUE_PRIORITY, .compare = by_tens };
    weft_queue queue;
    int last = -1;

    cr_assert(zero(int, weft_queue_init(&queue, &options)));
    for (size_t i = 0; i < 100; i++)
        cr_assert(
            zero(int, weft_queue_try_put(&queue, item((i * 37) % 100 / 10 * 10 + i / 10))));
    for (size_t i = 0; i < 100; i++) {
        int number = got(&queue);

        cr_assert(ge(int, number, last));
        last = number;
    }
    cr_expect(eq(int, weft_queue_try_put_at(&queue, item(0), 1), WEFT_EMISUSE));
    done(&queue);
}

/* --- Memory */

static int fill(weft_queue *queue, size_t *ret_count)
{
    int rc = 0;

    for (size_t i = 0; i < 200 && rc == 0; i++) {
        rc = weft_queue_try_put(queue, item(i));
        *ret_count += rc == 0;
    }
    return rc;
}

WEFT_TEST(queue, that_cannot_grow_loses_nothing)
{
    for (unsigned long n = 1;; n++) {
        weft_queue queue = { 0 };
        size_t count = 0;
        bool failed;
        int rc;

        weft_test_fail_alloc(n);
        rc = fill(&queue, &count);
        failed = weft_test_fail_stop();
        cr_expect(eq(int, rc, failed ? UV_ENOMEM : 0));
        cr_expect(eq(sz, weft_queue_size(&queue), count));
        for (size_t i = 0; i < count; i++)
            cr_assert(eq(int, got(&queue), (int)i));
        done(&queue);
        if (!failed)
            break;
    }
}

WEFT_TEST(queue, with_a_capacity_allocates_only_at_first)
{
    static const weft_queue_options options[] = {
        { .capacity = 200 },
        { .capacity = 200, .order = WEFT_QUEUE_LIFO },
        { .capacity = 200, .order = WEFT_QUEUE_PRIORITY },
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        weft_queue queue;
        size_t count = 0;

        weft_test_fail_alloc(1);
        cr_expect(eq(int, weft_queue_init(&queue, &options[i]), UV_ENOMEM));
        weft_test_fail_stop();
        cr_assert(zero(int, weft_queue_init(&queue, &options[i])));
        weft_test_fail_alloc_from(1);
        cr_expect(zero(int, fill(&queue, &count)));
        cr_expect(eq(int, weft_queue_try_put(&queue, item(0)), UV_EAGAIN));
        while (weft_queue_size(&queue) > 0)
            cr_assert(ge(int, got(&queue), 0));
        weft_test_fail_stop();
        done(&queue);
    }
}

WEFT_TEST(queue, of_absurd_capacity_is_refused)
{
    weft_queue queue;
    const weft_queue_options options = { .capacity = SIZE_MAX / 4 };

    cr_expect(eq(int, weft_queue_init(&queue, &options), UV_ENOMEM));
    done(&queue);
}

/* After a peak the memory goes back; where it cannot, the items stay. */
WEFT_TEST(queue, shrinks)
{
    for (unsigned long n = 0; n < 3; n++) {
        weft_queue queue = { 0 };
        size_t count = 0;

        cr_assert(zero(int, fill(&queue, &count)));
        cr_expect(ge(sz, queue.room, 200));
        if (n > 0)
            weft_test_fail_alloc(n);
        for (int i = 0; i < 200; i++)
            cr_assert(eq(int, got(&queue), i));
        weft_test_fail_stop();
        cr_expect(le(sz, queue.room, 16));
        done(&queue);
    }
}
