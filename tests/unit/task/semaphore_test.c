/*
 * Semaphores: units go round, and none is lost.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>

#include "cast.h"
#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

/* Hold a unit across a wait. */
static int hold(void *arg)
{
    struct actor *actor = arg;
    weft_semaphore *semaphore = actor->stage;
    int rc = weft_semaphore_acquire(semaphore);

    if (rc < 0)
        return rc;
    note(actor->name);
    rc = weft_yield();
    cr_expect(zero(int, weft_semaphore_release(semaphore)));
    return rc;
}

WEFT_TASK_TEST(semaphore, counts)
{
    weft_semaphore semaphore;

    weft_semaphore_init(&semaphore, 2);
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 2));
    cr_expect(zero(int, weft_semaphore_acquire(&semaphore)));
    cr_expect(zero(int, weft_semaphore_try(&semaphore)));
    cr_expect(eq(int, weft_semaphore_try(&semaphore), UV_EAGAIN));
    cr_expect(zero(sz, weft_semaphore_units(&semaphore)));
    for (int i = 0; i < 3; i++)
        cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 3), "it is not bounded");
    cr_expect(zero(int, weft_semaphore_done(&semaphore)));
}

WEFT_TASK_TEST(semaphore, first_in_first_out)
{
    weft_semaphore semaphore;
    struct actor actors[5];

    weft_semaphore_init(&semaphore, 2);
    cast(actors, 5, hold, &semaphore);
    cr_expect(eq(str, diary.text, (char *)"ab"));
    cr_expect(eq(int, weft_semaphore_try(&semaphore), UV_EAGAIN));
    dismiss(actors, 5);
    cr_expect(eq(str, diary.text, (char *)"abcde"));
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 2));
}

WEFT_TASK_TEST(semaphore, nobody_gets_in_between)
{
    weft_semaphore semaphore = { 0 };
    struct actor actors[2];

    cast(actors, 2, hold, &semaphore);
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    cr_expect(eq(int, weft_semaphore_try(&semaphore), UV_EAGAIN));
    cr_assert(zero(int, weft_semaphore_acquire(&semaphore)));
    cr_expect(eq(str, diary.text, (char *)"ab"));
    dismiss(actors, 2);
}

/* --- Cancelled and out of time ----------------------------------------------------------- */

static int hold_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);

    return hold(arg);
}

WEFT_TASK_TEST(semaphore, cancelled_and_out_of_time)
{
    weft_semaphore semaphore = { 0 };
    struct actor actors[3];
    struct actor hasty;

    cast(actors, 3, hold, &semaphore);
    cast(&hasty, 1, hold_in_time, &semaphore);
    dismiss(&hasty, 1);
    cr_expect(eq(int, hasty.rc, UV_ETIMEDOUT));
    weft_task_cancel(actors[0].task);
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    dismiss(actors, 3);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(eq(str, diary.text, (char *)"bc"));
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 1));
}

WEFT_TASK_TEST(semaphore, handed_over_before_the_cancel)
{
    weft_semaphore semaphore = { 0 };
    struct actor actors[2];

    cast(actors, 2, hold, &semaphore);
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    weft_task_cancel(actors[0].task);
    dismiss(actors, 2);
    cr_expect(eq(str, diary.text, (char *)"ab"), "both have had it");
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 1));
}

WEFT_TASK_TEST(semaphore, a_cancelled_task_gets_what_is_free)
{
    weft_semaphore semaphore;

    weft_semaphore_init(&semaphore, 1);
    weft_task_cancel(weft_task_current());
    cr_expect(zero(int, weft_semaphore_acquire(&semaphore)));
    cr_expect(eq(int, weft_semaphore_acquire(&semaphore), UV_ECANCELED));
    weft_task_uncancel();
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 1));
}

/* --- Misuse ------------------------------------------------------------------------------ */

WEFT_TASK_TEST(semaphore, a_bounded_one_tells_a_unit_too_many)
{
    weft_semaphore semaphore;

    keep_log();
    weft_semaphore_init_bounded(&semaphore, 2);
    cr_expect(eq(int, weft_semaphore_release(&semaphore), WEFT_EMISUSE));
    cr_expect(logged_one("weft_semaphore_release"));
    cr_expect(zero(int, weft_semaphore_acquire(&semaphore)));
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    cr_expect(eq(int, weft_semaphore_release(&semaphore), WEFT_EMISUSE));
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 2));
}

WEFT_TASK_TEST(semaphore, the_largest_number)
{
    weft_semaphore semaphore;

    keep_log();
    weft_semaphore_init(&semaphore, SIZE_MAX);
    cr_expect(eq(int, weft_semaphore_release(&semaphore), WEFT_EMISUSE));
    cr_expect(zero(int, weft_semaphore_try(&semaphore)));
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
}

WEFT_TEST(semaphore, outside_of_tasks)
{
    weft_semaphore semaphore = { 0 };

    keep_log();
    cr_expect(eq(int, weft_semaphore_acquire(&semaphore), WEFT_EMISUSE));
    cr_expect(logged_one("weft_semaphore_acquire() outside of tasks"));
    cr_expect(zero(int, weft_semaphore_release(&semaphore)), "for callbacks");
    cr_expect(zero(int, weft_semaphore_try(&semaphore)));
    cr_expect(zero(int, weft_semaphore_done(NULL)));
}

WEFT_TASK_TEST(semaphore, destroyed_while_in_use)
{
    weft_semaphore semaphore;
    struct actor actors[2];

    keep_log();
    weft_semaphore_init_bounded(&semaphore, 1);
    cast(actors, 2, hold, &semaphore);
    cr_expect(eq(int, weft_semaphore_done(&semaphore), UV_EBUSY));
    cr_expect(logged_one("weft_semaphore_done"));
    dismiss(&actors[0], 1);
    cr_expect(eq(int, weft_semaphore_done(&semaphore), UV_EBUSY), "a unit is missing");
    dismiss(&actors[1], 1);
    cr_expect(zero(int, weft_semaphore_done(&semaphore)));
    cr_expect(zero(int, actors[1].rc));
}

/* --- Held until a block is left ---------------------------------------------------------- */

static int with_block(void *arg)
{
    WEFT_ACQUIRED(acquired, ((struct actor *)arg)->stage);
    if (acquired < 0)
        return acquired;
    return 5;
}

WEFT_TASK_TEST(semaphore, released_with_the_block)
{
    weft_semaphore semaphore = { 0 };
    struct actor actors[2];

    cast(actors, 2, with_block, &semaphore);
    weft_task_cancel(actors[0].task);
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    dismiss(actors, 2);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(eq(int, actors[1].rc, 5));
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 1));
}

WEFT_TASK_TEST(semaphore, needs_no_memory)
{
    weft_semaphore semaphore = { 0 };
    struct actor actors[3];

    cast(actors, 3, hold, &semaphore);
    weft_test_fail_alloc_from(1);
    weft_task_cancel(actors[1].task);
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    dismiss(actors, 3);
    cr_expect(not(weft_test_fail_stop()));
}

/* --- Any order, any failure -------------------------------------------------------------- */

struct pool {
    weft_semaphore places;
    int used;
    bool crowded;
};

static int swim(void *arg)
{
    struct pool *pool = arg;
    int rc;

    WEFT_ACQUIRED(acquired, &pool->places);
    if (acquired < 0)
        return acquired;
    pool->crowded |= ++pool->used > 2;
    rc = weft_sleep(5);
    pool->used--;
    return rc;
}

static int swim_soon(void *arg)
{
    WEFT_TIMEOUT(limit, 7);
    int rc = swim(arg);

    return rc == UV_ETIMEDOUT ? 0 : rc;
}

static int bathe(void *arg)
{
    static const weft_task_fn parts[] = { swim, swim_soon, swim, swim_soon,
                                          swim, swim_soon, NULL };
    struct pool pool = { .used = 0 };
    int rc;

    (void)arg;
    weft_semaphore_init_bounded(&pool.places, 2);
    rc = cancel_one_amid(parts, swim, 5, &pool);
    if (pool.crowded || pool.used != 0 || weft_semaphore_done(&pool.places) < 0)
        return UV_EPROTO;
    return rc;
}

WEFT_TEST(semaphore, holds_in_any_order)
{
    expect_in_any_order(bathe, NULL);
}

WEFT_TEST(semaphore, holds_whatever_wait_fails)
{
    expect_whatever_wait_fails(bathe, NULL, 10);
}
