/*
 * task/diag/dump.c - every task of a loop, as text.
 *
 * Nobody keeps a list of tasks, which every start would pay for: a task lies at the top of its
 * stack, so the stacks that are taken are walked.
 *
 * It may run in a signal handler between any two instructions of the loop's thread, so all it
 * does is read.  What it reads may be half changed then, as when a task is being taken from the
 * pool; but a task's memory stays, and so does that of the wait that `wait` points at.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/dump.h"

#include <stdatomic.h>
#include <unistd.h>

#include "task/diag/debug.h"
#include "task/runtime.h"

struct dump {
    weft_loop *loop;
    const void *context;
    uint64_t now_ms;
    struct weft__say say;
    struct weft__symbols symbols;
    unsigned count;
};

static void (*describe_context)(void *context, struct weft__say *say);

void weft__dump_set_hook(void (*describe)(void *context, struct weft__say *say))
{
    describe_context = describe;
}

/* --- One task ----------------------------------------------------------------------------- */

static void say_ms(struct weft__say *say, uint64_t ms)
{
    weft__say_number(say, ms);
    weft__say(say, " ms");
}

void weft__dump_set_end(void (*more)(void *arg, struct weft__say *say), void *arg)
{
    weft_loop *loop = weft__loop_here;

    /* A signal may come in between. */
    loop->dump_end = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    loop->dump_end_arg = arg;
    atomic_signal_fence(memory_order_seq_cst);
    loop->dump_end = more;
}

void weft__dump_say_name(struct weft__say *say, const weft_task *task)
{
    weft__say(say, "\"");
    weft__say(say,
              task->name == NULL && task->context != NULL ? "request" : weft_task_name(task));
    weft__say(say, "\"");
    if (task->context == NULL || describe_context == NULL)
        return;
    weft__say(say, " (");
    describe_context(task->context, say);
    weft__say(say, ")");
}

static void say_state(struct dump *dump, const weft_task *task)
{
    const struct weft__wait *wait = task->wait;
    struct weft__say *say = &dump->say;

    if (task == dump->loop->current) {
        weft__say(say, "running");
    } else if (task->ended) {
        weft__say(say, "ended, not joined, result ");
        weft__say(say, task->result < 0 ? "-" : "");
        weft__say_number(say, task->result < 0 ? 0 - (uint64_t)task->result
                                               : (uint64_t)task->result);
    } else if (wait != NULL) {
        weft__say(say, "waiting ");
        say_ms(say, dump->now_ms > wait->since_ms ? dump->now_ms - wait->since_ms : 0);
        weft__say(say, " for ");
        weft__say(say, wait->what);
    } else {
        weft__say(say, task->begun ? "ready" : "new");
    }
    if (task->cancels > 0 && !task->ended)
        weft__say(say, ", cancelled");
}

static void say_deadline(struct dump *dump, const weft_task *task)
{
    uint64_t deadline_ms;

    if (task->ended)
        return;
    deadline_ms = weft__task_deadline(task);
    if (deadline_ms == UINT64_MAX)
        return;
    if (deadline_ms <= dump->now_ms) {
        weft__say(&dump->say, ", out of time");
        return;
    }
    weft__say(&dump->say, ", deadline in ");
    say_ms(&dump->say, deadline_ms - dump->now_ms);
}

static void say_owner(struct dump *dump, const weft_task *task)
{
    const weft_task *parent = task->group != NULL ? task->group->owner : task->owner;
    bool of_loop = task->background == &dump->loop->background;

    if (task->background != NULL)
        weft__say(&dump->say, of_loop ? ", owned by the loop" : ", owned by an app");
    if (parent == NULL)
        return;
    weft__say(&dump->say, ", parent ");
    weft__say_hex(&dump->say, (uintptr_t)parent);
    weft__say(&dump->say, " \"");
    weft__say(&dump->say, weft_task_name(parent));
    weft__say(&dump->say, "\"");
}

static void say_depth(struct dump *dump, const weft_task *task)
{
    size_t depth, deepest;
    const char *sp;

    if (task->ended || !task->begun)
        return;
    if (task != dump->loop->current)
        sp = weft__trace_coro_sp(&task->coro);
    else if (dump->context != NULL)
        sp = weft__trace_sp(dump->context);
    else
        sp = __builtin_frame_address(0);
    if (sp < task->stack.low || sp > (const char *)task)
        return;
    weft__say(&dump->say, ", stack ");
    depth = (size_t)((const char *)task - sp);
    weft__say_number(&dump->say, depth);
    if (task->record != NULL) {
        deepest = weft_task_stack_deepest(task);
        weft__say(&dump->say, " (at most ");
        weft__say_number(&dump->say, deepest > depth ? deepest : depth);
        weft__say(&dump->say, ")");
    }
    weft__say(&dump->say, " of ");
    weft__say_number(&dump->say, weft__task_stack_bytes(task));
    weft__say(&dump->say, " bytes");
}

void weft__dump_say_trace(struct weft__say *say, struct weft__symbols *symbols,
                          const struct weft__trace *trace)
{
    for (unsigned i = 0; i < trace->count; i++) {
        weft__say(say, "    #");
        weft__say_number(say, i);
        weft__say(say, i < 10 ? "  " : " ");
        weft__symbols_say(symbols, say, trace->pc[i], i == 0 && trace->exact);
        weft__say(say, "\n");
    }
    if (trace->more)
        weft__say(say, "    ...\n");
}

/* In debug mode. */
static void say_created(struct dump *dump, const weft_task *task)
{
    if (!weft__debug_knows(task))
        return;
    weft__say(&dump->say, "    it ");
    weft__debug_say_created(&dump->say, &dump->symbols, task);
    weft__say(&dump->say, "\n");
}

static void say_trace(struct dump *dump, const weft_task *task)
{
    struct weft__trace trace;

    if (task->ended || !task->begun)
        return;
    if (task == dump->loop->current)
        weft__trace_here(&trace, dump->context);
    else
        weft__trace_coro(&trace, &task->coro);
    weft__dump_say_trace(&dump->say, &dump->symbols, &trace);
}

static void say_task(void *arg, const weft_task *task)
{
    struct dump *dump = arg;

    dump->count++;
    weft__say(&dump->say, "  task ");
    weft__say_hex(&dump->say, (uintptr_t)task);
    weft__say(&dump->say, " ");
    weft__dump_say_name(&dump->say, task);
    weft__say(&dump->say, ": ");
    say_state(dump, task);
    say_deadline(dump, task);
    say_owner(dump, task);
    say_depth(dump, task);
    weft__say(&dump->say, "\n");
    say_created(dump, task);
    say_trace(dump, task);
}

/* --- All tasks ---------------------------------------------------------------------------- */

/* On the loop's clock, which itself stands still while the loop polls or is held. */
static uint64_t now_ms(const weft_loop *loop)
{
    return loop->lab.virtual_clock ? weft__clock_ms(loop) : uv_hrtime() / 1000000;
}

int weft__dump_loop(weft_loop *loop, int fd, const void *context)
{
    struct dump dump = { .loop = loop, .context = context };
    int error;

    dump.now_ms = now_ms(loop);
    weft__say_init(&dump.say, fd);
    weft__symbols_init(&dump.symbols);
    weft__say(&dump.say, "weft: tasks of process ");
    weft__say_number(&dump.say, (uint64_t)getpid());
    weft__say(&dump.say, ":\n");
    weft__pool_each(loop, say_task, &dump);
    if (loop->dump_end != NULL)
        loop->dump_end(loop->dump_end_arg, &dump.say);
    weft__say(&dump.say, "weft: tasks: ");
    weft__say_number(&dump.say, dump.count);
    weft__say(&dump.say, "; switches: ");
    weft__say_number(&dump.say, loop->switches);
    weft__say(&dump.say, "; stacks for reuse: ");
    weft__say_number(&dump.say, loop->pooled);
    weft__say(&dump.say, "\n");
    error = weft__say_flush(&dump.say);
    weft__symbols_done(&dump.symbols);
    return error < 0 ? error : (int)dump.count;
}

int weft_dump_tasks(int fd)
{
    if (weft__loop_here == NULL)
        return weft__misuse("weft_dump_tasks", "no loop runs on this thread");
    return weft__dump_loop(weft__loop_here, fd, NULL);
}
