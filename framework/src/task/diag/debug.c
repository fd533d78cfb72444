/*
 * task/diag/debug.c - see debug.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/debug.h"

#include <stdlib.h>
#include <string.h>
#include <weft/diagnostics.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "task/diag/depth.h"
#include "task/diag/dump.h"

static void (*note_depth)(void *context, size_t bytes);

void weft__stack_set_hook(void (*note)(void *context, size_t bytes))
{
    note_depth = note;
}

bool weft__debugging(void)
{
    return weft__loop_here != NULL && weft__loop_here->debugging;
}

/* As the command line of weft_main() has it. */
static bool is_no(const char *text)
{
    static const char *const words[] = { "", "0", "false", "no", "off" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

bool weft__debug_wanted(int option)
{
    const char *text = option == 0 ? getenv("WEFT_DEBUG") : NULL;

    return option > 0 || (text != NULL && !is_no(text));
}

/* --- How deep stacks are ------------------------------------------------------------------ */

static size_t depth_now(const weft_task *task)
{
    char *top = (char *)(uintptr_t)task;

    return (size_t)(top - weft__depth_lowest(task->stack.low, top));
}

/* What a frame keeps free at its end is not seen on the stack, but counts where it is now. */
static size_t deeper(size_t seen, size_t now)
{
    return now > seen ? now : seen;
}

static size_t depth_of(const weft_task *task, const char *sp)
{
    bool inside = sp >= task->stack.low && sp <= (const char *)task;

    return inside ? (size_t)((const char *)task - sp) : 0;
}

static const char *sp_of(const weft_task *task)
{
    return task == task->loop->current ? __builtin_frame_address(0)
                                       : weft__trace_coro_sp(&task->coro);
}

size_t weft_task_stack_deepest(const weft_task *task)
{
    if (task->record == NULL || !task->begun)
        return 0;
    if (task->ended)
        return task->record->deepest;
    return deeper(depth_now(task), depth_of(task, sp_of(task)));
}

size_t weft__task_stack_bytes(const weft_task *task)
{
    return (size_t)((const char *)task - task->stack.low);
}

void weft__stack_forget(void)
{
    weft__depth_clear(weft__task_here()->stack.low);
}

int weft__debug_run(void *arg)
{
    weft_task *task = weft__task_here();
    int result;

    weft__stack_forget();
    result = task->record->fn(arg);
    task->record->deepest = depth_now(task);
    if (task->context != NULL && note_depth != NULL)
        note_depth(task->context, task->record->deepest);
    return result;
}

/* --- Records ------------------------------------------------------------------------------ */

void weft__debug_created(weft_task *task, weft_task_fn of, void *return_address)
{
    struct weft__record *record = task->record;

    if (record == NULL) {
        record = weft__calloc(1, sizeof(*record));
        if (record == NULL)
            return;
        weft__list_append(&task->loop->records, &record->link);
        task->record = record;
    }
    memset(record->locks, 0, sizeof(record->locks));
    record->deepest = 0;
    record->fn = task->fn;
    record->of = of;
    task->fn = weft__debug_run;
    weft__site_take(&record->created, return_address);
}

void weft__debug_forget(weft_task *task)
{
    weft__list_remove(&task->record->link);
    free(task->record);
    task->record = NULL;
}

/* The task's note of `lock`; with NULL, one that is free.  NULL when there is none. */
static struct weft__held_lock *find_note(const weft_task *task, const void *lock)
{
    for (size_t i = 0; i < WEFT__RECORD_LOCKS; i++) {
        if (task->record->locks[i].lock == lock)
            return &task->record->locks[i];
    }
    return NULL;
}

void weft__debug_took_lock(weft_task *task, const void *lock, const char *kind,
                           void *return_address)
{
    struct weft__held_lock *note = find_note(task, NULL);

    if (note == NULL)
        return;
    note->lock = lock;
    note->kind = kind;
    weft__site_take(&note->taken, return_address);
}

void weft__debug_left_lock(weft_task *task, const void *lock)
{
    struct weft__held_lock *note = find_note(task, lock);

    if (note != NULL)
        note->lock = NULL;
}

bool weft__debug_holds_lock(const weft_task *task, const void *lock)
{
    return find_note(task, lock) != NULL;
}

/* --- Saying it ---------------------------------------------------------------------------- */

void weft__debug_say_created(struct weft__say *say, struct weft__symbols *symbols,
                             const weft_task *task)
{
    const struct weft__record *record = task->record;
    const char *name = NULL;

    if (record->of != NULL)
        name = weft__symbols_name(symbols, (const char *)(uintptr_t)record->of + 1);
    if (name != NULL) {
        weft__say(say, "runs ");
        weft__say(say, name);
        weft__say(say, " and ");
    }
    weft__say(say, "was created by ");
    weft__site_say(&record->created, symbols, say);
}

static void say_created(struct weft__say *say, struct weft__symbols *symbols,
                        const weft_task *task)
{
    if (!weft__debug_knows(task))
        return;
    weft__say(say, "; the task ");
    weft__debug_say_created(say, symbols, task);
}

static void say_taken(struct weft__say *say, struct weft__symbols *symbols,
                      const struct weft__held_lock *note)
{
    if (note == NULL || note->taken.count == 0)
        return;
    weft__say(say, "; it was acquired by ");
    weft__site_say(&note->taken, symbols, say);
}

void weft__debug_say_lock(struct weft__say *say, const weft_task *task, const void *lock)
{
    struct weft__symbols symbols;

    if (task->record == NULL)
        return;
    weft__symbols_init(&symbols);
    say_taken(say, &symbols, find_note(task, lock));
    say_created(say, &symbols, task);
    weft__symbols_done(&symbols);
}

static void begin(struct weft__say *say, const weft_task *task)
{
    weft__say_init_kept(say);
    weft__say(say, "task ");
    weft__dump_say_name(say, task);
}

static void add_created(struct weft__say *say, const weft_task *task)
{
    struct weft__symbols symbols;

    weft__symbols_init(&symbols);
    say_created(say, &symbols, task);
    weft__symbols_done(&symbols);
}

static void end(struct weft__say *say, weft_log_level level, const weft_task *task)
{
    add_created(say, task);
    weft_log(level, "%s", weft__say_text(say));
}

/* What a task makes of a cancel is no mistake. */
static bool has_failed(const weft_task *task)
{
    return task->result < 0 && !(task->result == UV_ECANCELED && task->cancels > 0);
}

static void say_failure(struct weft__say *say, const weft_task *task, const char *how)
{
    begin(say, task);
    weft__say(say, " has failed, ");
    weft__say(say, how);
    weft__say(say, ": ");
    weft__say(say, weft_strerror(task->result));
}

static void tell_failure(const weft_task *task, weft_log_level level, const char *how)
{
    struct weft__say say;

    if (!has_failed(task))
        return;
    say_failure(&say, task, how);
    end(&say, level, task);
}

char *weft__debug_member_failed(const weft_task *task)
{
    struct weft__say say;
    const char *text;
    char *copy;

    if (!task->loop->debugging || !has_failed(task))
        return NULL;
    say_failure(&say, task, "and nobody waited for its group");
    add_created(&say, task);
    text = weft__say_text(&say);
    copy = weft__malloc(strlen(text) + 1);
    if (copy != NULL)
        memcpy(copy, text, strlen(text) + 1);
    return copy;
}

void weft__debug_unjoined(const weft_task *task)
{
    tell_failure(task, WEFT_LOG_ERROR, "and its owner ended without joining it");
}

void weft__debug_unwanted(const weft_task *task)
{
    if (task->loop->debugging)
        tell_failure(task, WEFT_LOG_WARNING, "and nobody can join it");
}

static void tell_outlived(const weft_task *owner, const weft_task *child)
{
    struct weft__say say;

    begin(&say, child);
    weft__say(&say, " outlives its owner, task ");
    weft__dump_say_name(&say, owner);
    weft__say(&say, ", which ends: it is cancelled and awaited");
    end(&say, WEFT_LOG_WARNING, child);
}

/* Who was cancelled leaves in a hurry, and a child that was is on its way out. */
void weft__debug_left_children(const weft_task *owner)
{
    const struct weft__list *node;

    for (node = owner->children.next; node != &owner->children; node = node->next) {
        const weft_task *child = weft__list_entry(node, weft_task, sibling);

        if (!child->ended && child->cancels == 0 && owner->cancels == 0)
            tell_outlived(owner, child);
    }
}

void weft__debug_left_locks(weft_task *task)
{
    for (size_t i = 0; i < WEFT__RECORD_LOCKS; i++) {
        struct weft__held_lock *note = &task->record->locks[i];
        struct weft__say say;

        if (note->lock == NULL)
            continue;
        begin(&say, task);
        weft__say(&say, " ends and still holds the ");
        weft__say(&say, note->kind);
        weft__say(&say, " ");
        weft__say_hex(&say, (uintptr_t)note->lock);
        weft__debug_say_lock(&say, task, note->lock);
        weft_log(WEFT_LOG_ERROR, "%s", weft__say_text(&say));
        note->lock = NULL;
    }
}
