/*
 * The event: all that wait go on when it is set.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>

#include "cast.h"
#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static int await(void *arg)
{
    struct actor *actor = arg;
    int rc = weft_event_wait(actor->stage);

    if (rc == 0)
        note(actor->name);
    return rc;
}

WEFT_TASK_TEST(event, lets_all_go_on_in_order)
{
    weft_event event = { 0 };
    struct actor actors[4];

    cast(actors, 4, await, &event);
    cr_expect(eq(str, diary.text, (char *)""));
    weft_event_set(&event);
    cr_expect(weft_event_is_set(&event));
    dismiss(actors, 4);
    cr_expect(eq(str, diary.text, (char *)"abcd"));
}

WEFT_TASK_TEST(event, set_before_is_not_waited_for)
{
    weft_event event = { 0 };

    weft_event_set(&event);
    weft_event_set(&event);
    cr_expect(zero(int, weft_event_wait(&event)));
    weft_task_cancel(weft_task_current());
    cr_expect(zero(int, weft_event_wait(&event)), "by a cancelled task neither");
    weft_event_clear(&event);
    cr_expect(eq(int, weft_event_wait(&event), UV_ECANCELED));
    weft_task_uncancel();
    cr_expect(not(weft_event_is_set(&event)));
}

WEFT_TASK_TEST(event, cleared_at_once_has_happened_all_the_same)
{
    weft_event event = { 0 };
    struct actor actors[2];
    struct actor late;

    cast(actors, 2, await, &event);
    weft_event_set(&event);
    weft_event_clear(&event);
    cast(&late, 1, await, &event);
    dismiss(actors, 2);
    cr_expect(not(weft_task_ended(late.task)));
    weft_event_set(&event);
    dismiss(&late, 1);
    cr_expect(eq(str, diary.text, (char *)"aba"));
}

static int await_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);

    return await(arg);
}

WEFT_TASK_TEST(event, cancelled_and_out_of_time)
{
    weft_event event = { 0 };
    struct actor actors[3];
    struct actor hasty;

    cast(actors, 3, await, &event);
    cast(&hasty, 1, await_in_time, &event);
    dismiss(&hasty, 1);
    cr_expect(eq(int, hasty.rc, UV_ETIMEDOUT));
    weft_task_cancel(actors[1].task);
    weft_event_set(&event);
    weft_task_cancel(actors[2].task);
    dismiss(actors, 3);
    cr_expect(zero(int, actors[0].rc));
    cr_expect(eq(int, actors[1].rc, UV_ECANCELED));
    cr_expect(zero(int, actors[2].rc), "it was set before the cancel");
    cr_expect(eq(str, diary.text, (char *)"ac"));
}

/* --- From callbacks ---------------------------------------------------------------------- */

static void set(void *arg)
{
    cr_expect(eq(ptr, weft_task_current(), NULL));
    weft_event_set(arg);
}

WEFT_TASK_TEST(event, set_outside_of_tasks)
{
    weft_event event = { 0 };

    cr_assert(zero(int, weft_loop_call(weft_loop_current(), set, &event)));
    cr_expect(zero(int, weft_event_wait(&event)));
}

WEFT_TEST(event, waiting_outside_of_tasks_is_misuse)
{
    weft_event event = { 0 };

    keep_log();
    cr_expect(eq(int, weft_event_wait(&event), WEFT_EMISUSE));
    cr_expect(logged_one("weft_event_wait() outside of tasks"));
}

WEFT_TASK_TEST(event, destroyed_while_waited_for)
{
    weft_event event = { 0 };
    struct actor actor;

    keep_log();
    cast(&actor, 1, await, &event);
    cr_expect(eq(int, weft_event_done(&event), UV_EBUSY));
    cr_expect(logged_one("weft_event_done"));
    weft_event_set(&event);
    cr_expect(zero(int, weft_event_done(&event)),
              "nobody is inside, though one has yet to run");
    memset(&event, 0xff, sizeof(event));
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc));
    cr_expect(zero(int, weft_event_done(NULL)));
}

WEFT_TASK_TEST(event, needs_no_memory)
{
    weft_event event = { 0 };
    struct actor actors[2];

    cast(actors, 2, await, &event);
    weft_test_fail_alloc_from(1);
    weft_event_set(&event);
    dismiss(actors, 2);
    cr_expect(not(weft_test_fail_stop()));
}

/* --- Any order, any failure -------------------------------------------------------------- */

/* Two tasks that take turns: each sets the event that the other waits for. */
struct game {
    weft_event turn[2];
    int strokes;
};

struct player {
    struct game *game;
    int side;
};

static int play(void *arg)
{
    const struct player *player = arg;
    struct game *game = player->game;

    for (int i = 0; i < 5; i++) {
        int rc = weft_event_wait(&game->turn[player->side]);

        if (rc < 0)
            return rc;
        weft_event_clear(&game->turn[player->side]);
        if (game->strokes++ % 2 != player->side)
            return UV_EPROTO;
        weft_event_set(&game->turn[1 - player->side]);
    }
    return 0;
}

static int match(void *arg)
{
    struct game game = { .strokes = 0 };
    struct player players[] = { { &game, 0 }, { &game, 1 } };
    int rc;

    (void)arg;
    WEFT_GROUP(group, 0);
    rc = weft_group_go(group, play, &players[0]);
    if (rc == 0)
        rc = weft_group_go(group, play, &players[1]);
    if (rc < 0)
        return rc;
    weft_event_set(&game.turn[0]);
    rc = weft_group_wait(group);
    weft_group_done(group);
    if (weft_event_done(&game.turn[0]) < 0 || weft_event_done(&game.turn[1]) < 0)
        return UV_EPROTO;
    return rc == 0 && game.strokes != 10 ? UV_EPROTO : rc;
}

WEFT_TEST(event, holds_in_any_order)
{
    expect_in_any_order(match, NULL);
}

WEFT_TEST(event, holds_whatever_wait_fails)
{
    expect_whatever_wait_fails(match, NULL, 5);
}
