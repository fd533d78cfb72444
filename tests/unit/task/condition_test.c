/*
 * The condition: notifications are neither lost nor doubled, and the lock is always back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>

#include "cast.h"
#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

struct stage {
    weft_lock lock;
    weft_condition changed;
    int items;
};

static int wait_once(void *arg)
{
    struct actor *actor = arg;
    struct stage *stage = actor->stage;
    int rc;

    WEFT_LOCKED(locked, &stage->lock);
    if (locked < 0)
        return locked;
    rc = weft_condition_wait(&stage->changed, &stage->lock);
    cr_expect(eq(ptr, stage->lock.holder, weft_task_current()), "however it ended");
    if (rc == 0)
        note(actor->name);
    return rc;
}

WEFT_TASK_TEST(condition, notifies_the_first)
{
    struct stage stage = { .items = 0 };
    struct actor actors[4];

    cast(actors, 4, wait_once, &stage);
    cr_expect(not(weft_lock_is_held(&stage.lock)), "it is released meanwhile");
    weft_condition_notify(&stage.changed, 0);
    weft_condition_notify(&stage.changed, 1);
    cr_assert(zero(int, weft_yield()));
    cr_expect(eq(str, diary.text, (char *)"a"));
    weft_condition_notify(&stage.changed, 2);
    cr_assert(zero(int, weft_yield()));
    cr_assert(zero(int, weft_yield()));
    cr_expect(eq(str, diary.text, (char *)"abc"));
    weft_condition_notify(&stage.changed, 5);
    dismiss(actors, 4);
    cr_expect(eq(str, diary.text, (char *)"abcd"));
    cr_expect(zero(int, weft_condition_done(&stage.changed)));
    cr_expect(zero(int, weft_lock_done(&stage.lock)));
}

WEFT_TASK_TEST(condition, notifies_all)
{
    struct stage stage = { .items = 0 };
    struct actor actors[3];

    weft_condition_notify_all(&stage.changed);
    cast(actors, 3, wait_once, &stage);
    cr_expect(eq(str, diary.text, (char *)""), "what came before counts for nobody");
    weft_condition_notify_all(&stage.changed);
    dismiss(actors, 3);
    cr_expect(eq(str, diary.text, (char *)"abc"));
}

/* The one who notifies goes on until he releases. */
WEFT_TASK_TEST(condition, notified_with_the_lock_held)
{
    struct stage stage = { .items = 0 };
    struct actor actors[2];

    cast(actors, 2, wait_once, &stage);
    cr_assert(zero(int, weft_lock_acquire(&stage.lock)));
    weft_condition_notify_all(&stage.changed);
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_yield()));
    note('m');
    cr_expect(zero(int, weft_lock_release(&stage.lock)));
    dismiss(actors, 2);
    cr_expect(eq(str, diary.text, (char *)"mab"));
}

static bool has_items(void *arg)
{
    struct stage *stage = arg;

    cr_expect(eq(ptr, stage->lock.holder, weft_task_current()));
    return stage->items > 0;
}

static int take_item(void *arg)
{
    struct actor *actor = arg;
    struct stage *stage = actor->stage;
    int rc;

    WEFT_LOCKED(locked, &stage->lock);
    if (locked < 0)
        return locked;
    rc = weft_condition_wait_for(&stage->changed, &stage->lock, has_items, stage);
    if (rc < 0)
        return rc;
    stage->items--;
    note(actor->name);
    return 0;
}

WEFT_TASK_TEST(condition, waits_for_what_holds)
{
    struct stage stage = { .items = 0 };
    struct actor actors[3];

    cast(actors, 3, take_item, &stage);
    weft_condition_notify_all(&stage.changed);
    for (int i = 0; i < 4; i++)
        cr_assert(zero(int, weft_yield()));
    cr_expect(eq(str, diary.text, (char *)""), "nothing has changed");
    stage.items = 4;
    weft_condition_notify_all(&stage.changed);
    dismiss(actors, 3);
    cr_expect(eq(int, stage.items, 1));
    cast(actors, 1, take_item, &stage);
    dismiss(actors, 1);
    cr_expect(zero(int, stage.items), "and at once when it holds");
}

/* --- Cancelled and out of time ----------------------------------------------------------- */

WEFT_TASK_TEST(condition, cancelled_gets_the_lock_back_first)
{
    struct stage stage = { .items = 0 };
    struct actor actors[2];

    cast(actors, 2, wait_once, &stage);
    cr_assert(zero(int, weft_lock_acquire(&stage.lock)));
    weft_task_cancel(actors[0].task);
    weft_task_cancel(actors[0].task);
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_yield()));
    cr_expect(not(weft_task_ended(actors[0].task)), "it waits for the lock, cancelled or not");
    cr_expect(zero(int, weft_lock_release(&stage.lock)));
    dismiss(&actors[0], 1);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    weft_condition_notify(&stage.changed, 1);
    dismiss(&actors[1], 1);
    cr_expect(zero(int, actors[1].rc), "the notification was not his who gave up");
}

static int wait_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);
    int rc = wait_once(arg);

    cr_expect(weft_scope_expired(&limit));
    return rc;
}

WEFT_TASK_TEST(condition, out_of_time)
{
    struct stage stage = { .items = 0 };
    struct actor actor;

    cast(&actor, 1, wait_in_time, &stage);
    dismiss(&actor, 1);
    cr_expect(eq(int, actor.rc, UV_ETIMEDOUT));
    cr_expect(not(weft_lock_is_held(&stage.lock)));
}

WEFT_TASK_TEST(condition, a_cancelled_task_does_not_wait)
{
    struct stage stage = { .items = 0 };

    cr_assert(zero(int, weft_lock_acquire(&stage.lock)));
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_condition_wait(&stage.changed, &stage.lock), UV_ECANCELED));
    weft_task_uncancel();
    cr_expect(zero(int, weft_lock_release(&stage.lock)), "which it holds again");
    cr_expect(zero(int, weft_condition_done(&stage.changed)));
}

/* In one turn: the first is notified, then cancelled. */
WEFT_TASK_TEST(condition, a_notification_is_passed_on)
{
    struct stage stage = { .items = 0 };
    struct actor actors[3];

    cast(actors, 3, wait_once, &stage);
    weft_condition_notify(&stage.changed, 1);
    weft_task_cancel(actors[0].task);
    dismiss(&actors[0], 2);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(zero(int, actors[1].rc));
    cr_expect(eq(str, diary.text, (char *)"b"));
    weft_condition_notify_all(&stage.changed);
    dismiss(&actors[2], 1);
}

/* The time passes between the notification and the lock. */
WEFT_TASK_TEST(condition, a_late_notification_is_passed_on)
{
    struct stage stage = { .items = 0 };
    struct actor hasty;
    struct actor patient;

    cast(&hasty, 1, wait_in_time, &stage);
    cast(&patient, 1, wait_once, &stage);
    cr_assert(zero(int, weft_lock_acquire(&stage.lock)));
    weft_condition_notify(&stage.changed, 1);
    cr_assert(zero(int, weft_sleep(5)));
    cr_expect(zero(int, weft_lock_release(&stage.lock)));
    dismiss(&hasty, 1);
    dismiss(&patient, 1);
    cr_expect(eq(int, hasty.rc, UV_ETIMEDOUT));
    cr_expect(zero(int, patient.rc));
}

/* Who has come after notify_all() has seen what it told. */
WEFT_TASK_TEST(condition, what_all_were_told_is_not_passed_on)
{
    struct stage stage = { .items = 0 };
    struct actor early;
    struct actor late;

    cast(&early, 1, wait_once, &stage);
    cr_assert(zero(int, weft_lock_acquire(&stage.lock)));
    cast(&late, 1, wait_once, &stage); /* gets the lock, and waits, before the early one does */
    weft_condition_notify_all(&stage.changed);
    weft_task_cancel(early.task);
    cr_expect(zero(int, weft_lock_release(&stage.lock)));
    dismiss(&early, 1);
    cr_expect(eq(int, early.rc, UV_ECANCELED));
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_yield()));
    cr_expect(not(weft_task_ended(late.task)));
    weft_condition_notify(&stage.changed, 1);
    dismiss(&late, 1);
}

/* --- Misuse ------------------------------------------------------------------------------ */

WEFT_TASK_TEST(condition, needs_the_lock)
{
    struct stage stage = { .items = 0 };

    keep_log();
    cr_expect(eq(int, weft_condition_wait(&stage.changed, &stage.lock), WEFT_EMISUSE));
    cr_expect(logged_one("does not hold the lock"));
}

WEFT_TASK_TEST(condition, has_one_lock)
{
    struct stage stage = { .items = 0 };
    struct actor actor;
    weft_lock other = { 0 };

    keep_log();
    cast(&actor, 1, wait_once, &stage);
    cr_assert(zero(int, weft_lock_acquire(&other)));
    cr_expect(eq(int, weft_condition_wait(&stage.changed, &other), WEFT_EMISUSE));
    cr_expect(logged_one("another lock"));
    cr_expect(zero(int, weft_lock_release(&other)), "it was not touched");
    weft_condition_notify(&stage.changed, 1);
    dismiss(&actor, 1);
}

WEFT_TEST(condition, outside_of_tasks)
{
    struct stage stage = { .items = 0 };

    keep_log();
    cr_expect(eq(int, weft_condition_wait(&stage.changed, &stage.lock), WEFT_EMISUSE));
    cr_expect(logged_one("outside of tasks"));
    weft_condition_notify_all(&stage.changed);
    cr_expect(zero(int, weft_condition_done(NULL)));
}

WEFT_TASK_TEST(condition, destroyed_while_waited_for)
{
    struct stage stage = { .items = 0 };
    struct actor actor;

    keep_log();
    cast(&actor, 1, wait_once, &stage);
    cr_expect(eq(int, weft_condition_done(&stage.changed), UV_EBUSY));
    cr_expect(logged_one("weft_condition_done"));
    cr_expect(eq(int, weft_lock_done(&stage.lock), UV_EBUSY), "it will be held again");
    cr_expect(logged_one("weft_lock_done"));
    weft_condition_notify(&stage.changed, 1);
    cr_expect(eq(int, weft_condition_done(&stage.changed), UV_EBUSY), "it is still inside");
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc));
    cr_expect(zero(int, weft_condition_done(&stage.changed)));
    cr_expect(zero(int, weft_lock_done(&stage.lock)));
}

WEFT_TASK_TEST(condition, needs_no_memory)
{
    struct stage stage = { .items = 0 };
    struct actor actors[3];

    cast(actors, 3, wait_once, &stage);
    weft_test_fail_alloc_from(1);
    weft_task_cancel(actors[0].task);
    weft_condition_notify_all(&stage.changed);
    dismiss(actors, 3);
    cr_expect(not(weft_test_fail_stop()));
}

/* --- Any order, any failure -------------------------------------------------------------- */

/* Consumers that are notified one by one, some of them impatient or cancelled: no item may be
 * left lying while somebody waits for it. */
struct shop {
    struct stage stage;
    int taken;
};

static int consume(void *arg)
{
    struct shop *shop = arg;
    struct stage *stage = &shop->stage;
    int rc;

    WEFT_LOCKED(locked, &stage->lock);
    if (locked < 0)
        return locked;
    rc = weft_condition_wait_for(&stage->changed, &stage->lock, has_items, stage);
    if (rc < 0)
        return rc;
    stage->items--;
    shop->taken++;
    return weft_sleep(3); /* with the lock held, so that others wait to get it back */
}

static int consume_soon(void *arg)
{
    WEFT_TIMEOUT(limit, 7);
    int rc = consume(arg);

    return rc == UV_ETIMEDOUT ? 0 : rc;
}

static int produce(void *arg)
{
    struct stage *stage = &((struct shop *)arg)->stage;

    for (int i = 0; i < 5; i++) {
        int rc = weft_sleep(2);

        if (rc < 0)
            return rc;
        WEFT_LOCKED(locked, &stage->lock);
        if (locked < 0)
            return locked;
        stage->items++;
        weft_condition_notify(&stage->changed, 1);
    }
    return 0;
}

/* Three that wait until they have something, two that need not, one that is cancelled; five
 * items: those who wait for long must all get one. */
static int trade(void *arg)
{
    static const weft_task_fn parts[] = { consume, consume_soon, consume, consume_soon,
                                          consume, produce,      NULL };
    struct shop shop = { .taken = 0 };
    int rc = cancel_one_amid(parts, consume, 4, &shop);

    (void)arg;
    if (shop.taken + shop.stage.items > 5 || weft_condition_done(&shop.stage.changed) < 0 ||
        weft_lock_done(&shop.stage.lock) < 0)
        return UV_EPROTO;
    return rc;
}

WEFT_TEST(condition, holds_in_any_order)
{
    expect_in_any_order(trade, NULL);
}

WEFT_TEST(condition, holds_whatever_wait_fails)
{
    expect_whatever_wait_fails(trade, NULL, 10);
}
