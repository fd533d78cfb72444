/*
 * The lock: held by one, handed over in order, lost by nobody.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>

#include "cast.h"
#include "failalloc.h"
#include "in_task.h"
#include "orders.h"
#include "task/task.h"

/* Hold the lock across a wait. */
static int hold(void *arg)
{
    struct actor *actor = arg;
    weft_lock *lock = actor->stage;
    int rc = weft_lock_acquire(lock);

    if (rc < 0)
        return rc;
    note(actor->name);
    rc = weft_yield();
    cr_expect(zero(int, weft_lock_release(lock)));
    return rc;
}

WEFT_TASK_TEST(lock, free_is_had_at_once)
{
    weft_lock lock = { 0 };

    for (int i = 0; i < 2; i++) {
        cr_expect(not(weft_lock_is_held(&lock)));
        cr_assert(zero(int, weft_lock_acquire(&lock)));
        cr_expect(weft_lock_is_held(&lock));
        cr_expect(zero(int, weft_lock_release(&lock)));
    }
    cr_expect(zero(int, weft_lock_done(&lock)));
}

WEFT_TASK_TEST(lock, first_in_first_out)
{
    weft_lock lock = { 0 };
    struct actor actors[4];

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(actors, 4, hold, &lock);
    cr_expect(eq(str, diary.text, (char *)""));
    cr_expect(zero(int, weft_lock_release(&lock)));
    dismiss(actors, 4);
    cr_expect(eq(str, diary.text, (char *)"abcd"));
    cr_expect(not(weft_lock_is_held(&lock)));
}

WEFT_TASK_TEST(lock, nobody_gets_in_between)
{
    weft_lock lock = { 0 };
    struct actor actors[2];

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(actors, 2, hold, &lock);
    cr_expect(zero(int, weft_lock_release(&lock)));
    cr_expect(eq(int, weft_lock_try(&lock), UV_EBUSY), "it has a new holder already");
    cr_assert(zero(int, weft_lock_acquire(&lock)));
    note('m');
    cr_expect(zero(int, weft_lock_release(&lock)));
    dismiss(actors, 2);
    cr_expect(eq(str, diary.text, (char *)"abm"));
}

WEFT_TASK_TEST(lock, try_does_not_wait)
{
    weft_lock lock = { 0 };

    cr_assert(zero(int, weft_lock_try(&lock)));
    cr_expect(eq(int, weft_lock_try(&lock), UV_EBUSY), "its holder neither");
    cr_expect(zero(int, weft_lock_release(&lock)));
    cr_assert(zero(int, weft_lock_try(&lock)));
    cr_expect(zero(int, weft_lock_release(&lock)));
}

/* --- Cancelled and out of time ----------------------------------------------------------- */

WEFT_TASK_TEST(lock, cancelled_in_the_queue)
{
    weft_lock lock = { 0 };
    struct actor actors[3];

    for (int i = 0; i < 3; i++) { /* first, middle, last */
        diary.length = 0;
        cr_assert(zero(int, weft_lock_acquire(&lock)));
        cast(actors, 3, hold, &lock);
        weft_task_cancel(actors[i].task);
        cr_expect(zero(int, weft_lock_release(&lock)));
        dismiss(actors, 3);
        cr_expect(eq(int, actors[i].rc, UV_ECANCELED));
        cr_expect(eq(sz, diary.length, 2));
        cr_expect(eq(sz, lock.waiters.count, 0));
        cr_expect(eq(ptr, lock.waiters.first, NULL));
        cr_expect(eq(ptr, lock.waiters.last, NULL));
        cr_expect(not(weft_lock_is_held(&lock)));
    }
    cr_expect(eq(str, diary.text, (char *)"ab"));
}

static int hold_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);
    int rc = hold(arg);

    cr_expect(weft_scope_expired(&limit));
    return rc;
}

WEFT_TASK_TEST(lock, out_of_time)
{
    weft_lock lock = { 0 };
    struct actor actor;

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(&actor, 1, hold_in_time, &lock);
    dismiss(&actor, 1);
    cr_expect(eq(int, actor.rc, UV_ETIMEDOUT));
    cr_expect(zero(int, weft_lock_release(&lock)));
    cr_expect(zero(int, weft_lock_done(&lock)));
}

/* What was handed over is held, and `hold` learns of its cancel in its next wait. */
WEFT_TASK_TEST(lock, handed_over_before_the_cancel)
{
    weft_lock lock = { 0 };
    struct actor actors[2];

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(actors, 2, hold, &lock);
    cr_expect(zero(int, weft_lock_release(&lock)));
    weft_task_cancel(actors[0].task);
    dismiss(actors, 2);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(zero(int, actors[1].rc));
    cr_expect(eq(str, diary.text, (char *)"ab"), "both have held it");
}

WEFT_TASK_TEST(lock, handed_over_after_the_cancel)
{
    weft_lock lock = { 0 };
    struct actor actors[2];

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(actors, 2, hold, &lock);
    weft_task_cancel(actors[0].task);
    cr_expect(zero(int, weft_lock_release(&lock)));
    dismiss(actors, 2);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(eq(str, diary.text, (char *)"b"));
}

WEFT_TASK_TEST(lock, a_cancelled_task_gets_what_is_free)
{
    weft_lock lock = { 0 };
    struct actor actor;

    weft_task_cancel(weft_task_current());
    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cr_expect(zero(int, weft_lock_release(&lock)));
    weft_task_uncancel();

    cast(&actor, 1, hold, &lock);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_lock_acquire(&lock), UV_ECANCELED), "but waits for nothing");
    weft_task_uncancel();
    dismiss(&actor, 1);
}

/* --- Misuse ------------------------------------------------------------------------------ */

WEFT_TASK_TEST(lock, ones_own_is_refused)
{
    weft_lock lock = { 0 };

    keep_log();
    weft_task_set_name(weft_task_current(), "selfish");
    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cr_expect(eq(int, weft_lock_acquire(&lock), WEFT_EMISUSE));
    cr_expect(logged_one("weft_lock_acquire() in task \"selfish\""));
    cr_expect(weft_lock_is_held(&lock));
    cr_expect(zero(int, weft_lock_release(&lock)));
}

static int release(void *arg)
{
    return weft_lock_release(((struct actor *)arg)->stage);
}

WEFT_TASK_TEST(lock, anothers_cannot_be_released)
{
    weft_lock lock = { 0 };
    struct actor actor;

    keep_log();
    cr_expect(eq(int, weft_lock_release(&lock), WEFT_EMISUSE), "nobody's neither");
    cr_expect(logged_one("weft_lock_release"));
    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(&actor, 1, release, &lock);
    dismiss(&actor, 1);
    cr_expect(eq(int, actor.rc, WEFT_EMISUSE));
    cr_expect(logged_one("weft_lock_release"));
    cr_expect(zero(int, weft_lock_release(&lock)), "it is still held");
}

static int acquire_and_leave(void *arg)
{
    struct actor *actor = arg;

    weft_task_set_name(weft_task_current(), "forgetful");
    return weft_lock_acquire(actor->stage);
}

WEFT_TASK_TEST(lock, left_held_is_told)
{
    weft_lock lock = { 0 };
    weft_lock other = { 0 };
    struct actor actor;

    keep_log();
    cast(&actor, 1, acquire_and_leave, &lock);
    cr_expect(logged_one("task \"forgetful\" ends and still holds 1 lock"));
    dismiss(&actor, 1);
    cr_expect(weft_lock_is_held(&lock));

    cast(&actor, 1, hold, &other);
    dismiss(&actor, 1);
    cr_expect(zero(int, logged.errors), "the next task there holds nothing");

    /* Where a new task is taken for the one that is gone, it holds no lock the less for it. */
    cast(&actor, 1, release, &lock);
    dismiss(&actor, 1);
    cr_expect(zero(int, logged.errors));
}

WEFT_TASK_TEST(lock, left_held_by_one_piece_of_work)
{
    weft_lock lock = { 0 };

    keep_log();
    cr_assert(zero(int, weft_lock_acquire(&lock)));
    weft__task_renew();
    cr_expect(logged_one("still holds 1 lock"));
}

WEFT_TEST(lock, outside_of_tasks_is_misuse)
{
    weft_lock lock = { 0 };

    keep_log();
    cr_expect(eq(int, weft_lock_acquire(&lock), WEFT_EMISUSE));
    cr_expect(logged_one("weft_lock_acquire() outside of tasks"));
    cr_expect(eq(int, weft_lock_try(&lock), WEFT_EMISUSE));
    cr_expect(eq(int, weft_lock_release(&lock), WEFT_EMISUSE));
    cr_expect(zero(int, weft_lock_done(&lock)));
    cr_expect(zero(int, weft_lock_done(NULL)));
}

WEFT_TASK_TEST(lock, destroyed_while_held)
{
    weft_lock lock = { 0 };
    struct actor actor;

    keep_log();
    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(&actor, 1, hold, &lock);
    cr_expect(eq(int, weft_lock_done(&lock), UV_EBUSY));
    cr_expect(logged_one("weft_lock_done"));
    cr_expect(zero(int, weft_lock_release(&lock)));
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc), "nothing has changed");
    cr_expect(zero(int, weft_lock_done(&lock)));
}

/* --- Held until a block is left ---------------------------------------------------------- */

static int with_block(weft_lock *lock, int result)
{
    WEFT_LOCKED(locked, lock);
    if (locked < 0)
        return locked;
    cr_expect(weft_lock_is_held(lock));
    return result;
}

static int hold_in_block(void *arg)
{
    return with_block(((struct actor *)arg)->stage, 5);
}

WEFT_TASK_TEST(lock, released_with_the_block)
{
    weft_lock lock = { 0 };
    struct actor actors[2];

    cr_expect(eq(int, with_block(&lock, 7), 7));
    cr_expect(not(weft_lock_is_held(&lock)));

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(actors, 2, hold_in_block, &lock);
    weft_task_cancel(actors[0].task);
    cr_expect(zero(int, weft_lock_release(&lock)));
    dismiss(actors, 2);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED), "and it released nothing");
    cr_expect(eq(int, actors[1].rc, 5));
    cr_expect(not(weft_lock_is_held(&lock)));
}

WEFT_TASK_TEST(lock, needs_no_memory)
{
    weft_lock lock = { 0 };
    struct actor actors[3];

    cr_assert(zero(int, weft_lock_acquire(&lock)));
    cast(actors, 3, hold, &lock);
    weft_test_fail_alloc_from(1);
    cr_expect(zero(int, weft_lock_release(&lock)));
    weft_task_cancel(actors[1].task);
    dismiss(actors, 3);
    cr_expect(not(weft_test_fail_stop()));
    cr_expect(eq(str, diary.text, (char *)"ac"));
}

/* --- Any order, any failure -------------------------------------------------------------- */

struct account {
    weft_lock lock;
    int holders;
    int balance;
    int paid;
    bool torn;
};

/* Read, wait, write: what others do meanwhile would be lost. */
static int pay_in(void *arg)
{
    struct account *account = arg;
    int balance;
    int rc;

    WEFT_LOCKED(locked, &account->lock);
    if (locked < 0)
        return locked;
    account->torn |= account->holders++ != 0;
    balance = account->balance;
    rc = weft_sleep(10);
    if (rc == 0) {
        account->balance = balance + 1;
        account->paid++;
    }
    account->holders--;
    return rc;
}

static int pay_in_soon(void *arg)
{
    WEFT_TIMEOUT(limit, 25);
    int rc = pay_in(arg);

    return rc == UV_ETIMEDOUT ? 0 : rc;
}

/* Six tasks, of which one is cancelled and two are out of time while they wait or hold. */
static int bank(void *arg)
{
    static const weft_task_fn parts[] = {
        pay_in, pay_in_soon, pay_in, pay_in_soon, pay_in, NULL
    };
    struct account account = { .balance = 0 };
    int rc = cancel_one_amid(parts, pay_in, 15, &account);

    (void)arg;
    if (account.torn || account.balance != account.paid || weft_lock_done(&account.lock) < 0)
        return UV_EPROTO;
    return rc;
}

WEFT_TEST(lock, holds_in_any_order)
{
    expect_in_any_order(bank, NULL);
}

WEFT_TEST(lock, holds_whatever_wait_fails)
{
    expect_whatever_wait_fails(bank, NULL, 10);
}
