/*
 * The read-write lock: many read, one writes, and all get it in the order in which they came.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>

#include "cast.h"
#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

/* Hold it until the next turn; a letter when it is had, the same in upper case at its end. */
static int hold(struct actor *actor, int (*acquire)(weft_rwlock *lock))
{
    weft_rwlock *lock = actor->stage;
    int rc = acquire(lock);

    if (rc < 0)
        return rc;
    note(actor->name);
    rc = weft_yield();
    note((char)(actor->name - 'a' + 'A'));
    cr_expect(zero(int, weft_rwlock_release(lock)));
    return rc;
}

static int read_it(void *arg)
{
    return hold(arg, weft_rwlock_read);
}

static int write_it(void *arg)
{
    return hold(arg, weft_rwlock_write);
}

/* Actors that come in this order: 'r' reads, 'w' writes. */
static void cast_mixed(struct actor *actors, const char *parts, weft_rwlock *lock)
{
    for (int i = 0; parts[i] != '\0'; i++) {
        cast(&actors[i], 1, parts[i] == 'r' ? read_it : write_it, lock);
        actors[i].name = (char)('a' + i);
    }
}

WEFT_TASK_TEST(rwlock, free_is_had_at_once)
{
    weft_rwlock lock = { 0 };

    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

WEFT_TASK_TEST(rwlock, try_does_not_wait)
{
    weft_rwlock lock = { 0 };

    cr_assert(zero(int, weft_rwlock_try_write(&lock)));
    cr_expect(eq(int, weft_rwlock_try_read(&lock), UV_EBUSY));
    cr_expect(eq(int, weft_rwlock_try_write(&lock), UV_EBUSY));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_assert(zero(int, weft_rwlock_try_read(&lock)));
    cr_expect(eq(int, weft_rwlock_try_write(&lock), UV_EBUSY));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
}

WEFT_TASK_TEST(rwlock, readers_read_together)
{
    weft_rwlock lock = { 0 };
    struct actor actors[4];

    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast_mixed(actors, "rrrw", &lock);
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    dismiss(actors, 4);
    cr_expect(eq(str, diary.text, (char *)"abcABCdD"));
}

/* Batches of readers, as they stand in the queue. */
WEFT_TASK_TEST(rwlock, first_in_first_out)
{
    weft_rwlock lock = { 0 };
    struct actor actors[7];

    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast_mixed(actors, "rwrrwwr", &lock);
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    dismiss(actors, 7);
    cr_expect(eq(str, diary.text, (char *)"aAbBcdCDeEfFgG"));
}

WEFT_TASK_TEST(rwlock, readers_do_not_overtake_a_writer)
{
    weft_rwlock lock = { 0 };
    struct actor actors[3];

    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cast_mixed(actors, "wr", &lock);
    cr_expect(eq(int, weft_rwlock_try_read(&lock), UV_EBUSY));
    cr_expect(eq(str, diary.text, (char *)""));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_expect(eq(int, weft_rwlock_try_read(&lock), UV_EBUSY), "it has a new holder already");
    dismiss(actors, 2);
    cr_expect(eq(str, diary.text, (char *)"aAbB"));
}

/* --- Cancelled and out of time ----------------------------------------------------------- */

WEFT_TASK_TEST(rwlock, a_writer_that_gives_up_lets_readers_in)
{
    weft_rwlock lock = { 0 };
    struct actor actors[4];

    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cast_mixed(actors, "wrrw", &lock);
    weft_task_cancel(actors[0].task);
    cr_expect(eq(sz, lock.readers, 3), "beside the one that reads already");
    dismiss(actors, 3);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(eq(str, diary.text, (char *)"bcBC"));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    dismiss(&actors[3], 1);
    cr_expect(eq(str, diary.text, (char *)"bcBCdD"));
}

static int write_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);

    return write_it(arg);
}

WEFT_TASK_TEST(rwlock, out_of_time)
{
    weft_rwlock lock = { 0 };
    struct actor hasty;
    struct actor reader;

    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cast(&hasty, 1, write_in_time, &lock);
    cast(&reader, 1, read_it, &lock);
    dismiss(&hasty, 1);
    dismiss(&reader, 1);
    cr_expect(eq(int, hasty.rc, UV_ETIMEDOUT));
    cr_expect(zero(int, reader.rc));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

static int read_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);

    return read_it(arg);
}

WEFT_TASK_TEST(rwlock, readers_that_give_up_leave_the_others)
{
    weft_rwlock lock = { 0 };
    struct actor readers[2];
    struct actor hasty;

    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast(&hasty, 1, read_in_time, &lock);
    cast(readers, 2, read_it, &lock);
    weft_task_cancel(readers[0].task);
    dismiss(&hasty, 1);
    cr_expect(eq(int, hasty.rc, UV_ETIMEDOUT));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    dismiss(readers, 2);
    cr_expect(eq(int, readers[0].rc, UV_ECANCELED));
    cr_expect(zero(int, readers[1].rc));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

WEFT_TASK_TEST(rwlock, handed_over_before_the_cancel)
{
    weft_rwlock lock = { 0 };
    struct actor actors[3];

    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast_mixed(actors, "rrw", &lock);
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    weft_task_cancel(actors[0].task);
    dismiss(actors, 3);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED), "it learns of it in its next wait");
    cr_expect(eq(str, diary.text, (char *)"aAbBcC"), "and has held it");
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

WEFT_TASK_TEST(rwlock, a_cancelled_task_gets_what_is_free)
{
    weft_rwlock lock = { 0 };
    struct actor actor;

    weft_task_cancel(weft_task_current());
    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    weft_task_uncancel();
    cast(&actor, 1, write_it, &lock);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_rwlock_read(&lock), UV_ECANCELED));
    weft_task_uncancel();
    dismiss(&actor, 1);
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

/* --- Misuse ------------------------------------------------------------------------------ */

WEFT_TASK_TEST(rwlock, ones_own_is_refused)
{
    weft_rwlock lock = { 0 };

    keep_log();
    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cr_expect(eq(int, weft_rwlock_write(&lock), WEFT_EMISUSE));
    cr_expect(logged_one("weft_rwlock_write"));
    cr_expect(eq(int, weft_rwlock_read(&lock), WEFT_EMISUSE));
    cr_expect(logged_one("weft_rwlock_read"));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
}

WEFT_TASK_TEST(rwlock, a_reader_cannot_ask_again)
{
    weft_rwlock lock = { 0 };

    keep_log();
    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cr_expect(eq(int, weft_rwlock_write(&lock), WEFT_EMISUSE));
    cr_expect(logged_one("weft_rwlock_write"));
    cr_expect(eq(int, weft_rwlock_read(&lock), WEFT_EMISUSE));
    cr_expect(logged_one("weft_rwlock_read"));
    cr_expect(eq(int, weft_rwlock_try_read(&lock), UV_EBUSY));
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

/* Past four at a time a task's own locks are counted, and no longer known. */
WEFT_TASK_TEST(rwlock, many_are_read_at_a_time)
{
    weft_rwlock locks[7] = { 0 };

    keep_log();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 6; i++)
            cr_assert(zero(int, weft_rwlock_read(&locks[i])));
        cr_expect(eq(int, weft_rwlock_release(&locks[6]), WEFT_EMISUSE), "nobody reads it");
        for (int i = 0; i < 6; i++) /* from the first on, then from the last on */
            cr_expect(zero(int, weft_rwlock_release(&locks[round == 0 ? i : 5 - i])));
        for (int i = 0; i < 6; i++)
            cr_expect(eq(int, weft_rwlock_release(&locks[i]), WEFT_EMISUSE));
    }
    cr_assert(zero(int, weft_rwlock_read(&locks[0])));
    cr_expect(eq(int, weft_rwlock_read(&locks[0]), WEFT_EMISUSE), "there is room again");
    cr_expect(zero(int, weft_rwlock_release(&locks[0])));
}

static int release(void *arg)
{
    return weft_rwlock_release(((struct actor *)arg)->stage);
}

WEFT_TASK_TEST(rwlock, anothers_cannot_be_released)
{
    weft_rwlock lock = { 0 };
    struct actor actor;

    keep_log();
    cr_expect(eq(int, weft_rwlock_release(&lock), WEFT_EMISUSE), "nobody's neither");
    cr_expect(logged_one("weft_rwlock_release"));
    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast(&actor, 1, release, &lock);
    dismiss(&actor, 1);
    cr_expect(eq(int, actor.rc, WEFT_EMISUSE));
    cr_expect(logged_one("weft_rwlock_release"));
    cr_expect(zero(int, weft_rwlock_release(&lock)), "it is still held");

    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cast(&actor, 1, release, &lock);
    dismiss(&actor, 1);
    cr_expect(eq(int, actor.rc, WEFT_EMISUSE), "nor another reader's");
    cr_expect(zero(int, weft_rwlock_release(&lock)));
}

static int read_and_leave(void *arg)
{
    return weft_rwlock_read(((struct actor *)arg)->stage);
}

WEFT_TASK_TEST(rwlock, left_held_is_told)
{
    weft_rwlock lock = { 0 };
    struct actor actor;

    keep_log();
    cast(&actor, 1, read_and_leave, &lock);
    dismiss(&actor, 1);
    cr_expect(logged_one("still holds 1 lock"));
    cr_expect(eq(int, weft_rwlock_try_write(&lock), UV_EBUSY));
    cast(&actor, 1, read_and_leave, &lock);
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc), "a new task is not taken for the old one");
}

WEFT_TEST(rwlock, outside_of_tasks_is_misuse)
{
    weft_rwlock lock = { 0 };

    keep_log();
    cr_expect(eq(int, weft_rwlock_read(&lock), WEFT_EMISUSE));
    cr_expect(eq(int, weft_rwlock_write(&lock), WEFT_EMISUSE));
    cr_expect(eq(int, weft_rwlock_try_read(&lock), WEFT_EMISUSE));
    cr_expect(eq(int, weft_rwlock_try_write(&lock), WEFT_EMISUSE));
    cr_expect(eq(int, weft_rwlock_release(&lock), WEFT_EMISUSE));
    cr_expect(eq(int, logged.errors, 5));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
    cr_expect(zero(int, weft_rwlock_done(NULL)));
}

WEFT_TASK_TEST(rwlock, destroyed_while_held)
{
    weft_rwlock lock = { 0 };
    struct actor actor;

    keep_log();
    cr_assert(zero(int, weft_rwlock_read(&lock)));
    cr_expect(eq(int, weft_rwlock_done(&lock), UV_EBUSY));
    cr_expect(logged_one("weft_rwlock_done"));
    cast(&actor, 1, write_it, &lock);
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    cr_expect(eq(int, weft_rwlock_done(&lock), UV_EBUSY));
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

/* --- Held until a block is left ---------------------------------------------------------- */

static int read_in_block(void *arg)
{
    weft_rwlock *lock = ((struct actor *)arg)->stage;

    WEFT_READING(reading, lock);
    if (reading < 0)
        return reading;
    return (int)lock->readers;
}

static int write_in_block(void *arg)
{
    weft_rwlock *lock = ((struct actor *)arg)->stage;

    WEFT_WRITING(writing, lock);
    if (writing < 0)
        return writing;
    return lock->writer == weft_task_current() ? 5 : UV_EPROTO;
}

WEFT_TASK_TEST(rwlock, released_with_the_block)
{
    weft_rwlock lock = { 0 };
    struct actor readers[2];
    struct actor writers[2];

    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast(readers, 2, read_in_block, &lock);
    cast(writers, 2, write_in_block, &lock);
    weft_task_cancel(readers[0].task);
    weft_task_cancel(writers[0].task);
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    dismiss(readers, 2);
    dismiss(writers, 2);
    cr_expect(eq(int, readers[0].rc, UV_ECANCELED));
    cr_expect(eq(int, readers[1].rc, 1));
    cr_expect(eq(int, writers[0].rc, UV_ECANCELED));
    cr_expect(eq(int, writers[1].rc, 5));
    cr_expect(zero(int, weft_rwlock_done(&lock)));
}

WEFT_TASK_TEST(rwlock, needs_no_memory)
{
    weft_rwlock lock = { 0 };
    struct actor actors[4];

    cr_assert(zero(int, weft_rwlock_write(&lock)));
    cast_mixed(actors, "rwrw", &lock);
    weft_test_fail_alloc_from(1);
    weft_task_cancel(actors[1].task);
    cr_expect(zero(int, weft_rwlock_release(&lock)));
    dismiss(actors, 4);
    cr_expect(not(weft_test_fail_stop()));
}

/* --- Any order, any failure -------------------------------------------------------------- */

struct archive {
    weft_rwlock lock;
    int readers;
    int writers;
    bool torn;
};

static int look_up(void *arg)
{
    struct archive *archive = arg;
    int rc;

    WEFT_READING(reading, &archive->lock);
    if (reading < 0)
        return reading;
    archive->readers++;
    archive->torn |= archive->writers > 0;
    rc = weft_sleep(3);
    archive->torn |= archive->writers > 0;
    archive->readers--;
    return rc;
}

static int revise(void *arg)
{
    struct archive *archive = arg;
    int rc;

    WEFT_WRITING(writing, &archive->lock);
    if (writing < 0)
        return writing;
    archive->torn |= archive->writers++ > 0 || archive->readers > 0;
    rc = weft_sleep(2);
    archive->torn |= archive->writers-- > 1 || archive->readers > 0;
    return rc;
}

static int revise_soon(void *arg)
{
    WEFT_TIMEOUT(limit, 4);
    int rc = revise(arg);

    return rc == UV_ETIMEDOUT ? 0 : rc;
}

static int study(void *arg)
{
    static const weft_task_fn parts[] = { look_up, revise,  look_up,     revise_soon,
                                          look_up, look_up, revise_soon, NULL };
    struct archive archive = { .readers = 0 };
    int rc = cancel_one_amid(parts, revise, 5, &archive);

    (void)arg;
    if (archive.torn || weft_rwlock_done(&archive.lock) < 0)
        return UV_EPROTO;
    return rc;
}

WEFT_TEST(rwlock, holds_in_any_order)
{
    expect_in_any_order(study, NULL);
}

WEFT_TEST(rwlock, holds_whatever_wait_fails)
{
    expect_whatever_wait_fails(study, NULL, 10);
}
