/*
 * support/cast.h - tasks with names, and a diary of the order in which they came to something.
 *
 *     struct actor actors[3];
 *
 *     cast(actors, 3, wait_for_it, &event);     // 'a', 'b', 'c', now waiting in this order
 *     weft_event_set(&event);
 *     dismiss(actors, 3);                       // joined
 *     cr_expect(eq(str, diary.text, (char *)"abc"));
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_CAST_H
#define WEFT_TESTS_SUPPORT_CAST_H

#include <weft/log.h>
#include <weft/task.h>

#include <stdio.h>
#include <string.h>

#include "test.h"

static struct {
    char text[64];
    size_t length;
} diary __attribute__((unused));

struct actor {
    weft_task *task;
    void *stage; /* what all of them act on */
    int rc;      /* what the part returned */
    char name;
};

/* Write one letter down. */
static inline void note(char letter)
{
    cr_assert(lt(sz, diary.length + 1, sizeof(diary.text)));
    diary.text[diary.length++] = letter;
    diary.text[diary.length] = '\0';
}

/* Start the tasks and let each run until it waits; `part` is called with its actor. */
static inline void cast(struct actor *actors, int count, weft_task_fn part, void *stage)
{
    for (int i = 0; i < count; i++) {
        actors[i] = (struct actor){ .stage = stage, .name = (char)('a' + i) };
        cr_assert(zero(int, weft_spawn(&actors[i].task, part, &actors[i])));
    }
    cr_assert(zero(int, weft_yield()));
}

/* Wait until they have ended; what each returned is then in `rc`. */
static inline void dismiss(struct actor *actors, int count)
{
    for (int i = 0; i < count; i++)
        cr_assert(zero(int, weft_task_join(actors[i].task, &actors[i].rc)));
}

/* --- What is logged */

static struct {
    int errors;
    char last[256];
} logged __attribute__((unused));

static inline void keep_line(weft_log_level level, const char *line, void *arg)
{
    (void)arg;
    if (level == WEFT_LOG_ERROR)
        logged.errors++;
    snprintf(logged.last, sizeof(logged.last), "%s", line);
}

/* Keep lines instead of writing them, from now on. */
static inline void keep_log(void)
{
    logged.errors = 0;
    logged.last[0] = '\0';
    weft_log_set_sink(keep_line, NULL);
}

/* Whether just one error was logged since the last time, and it speaks of this. */
static inline bool logged_one(const char *of)
{
    bool one = logged.errors == 1 && strstr(logged.last, of) != NULL;

    logged.errors = 0;
    return one;
}

#endif
