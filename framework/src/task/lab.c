/*
 * task/lab.c - the loop under test conditions: time that jumps, tasks that run in another
 * order, a wait that fails (weft_loop_options).
 *
 * The virtual clock stands still while anything can go on without it.  When nothing is ready,
 * the loop polls once without blocking; if that brings nothing either, and no thread or request
 * of libuv's is at work, the clock jumps to the earliest deadline.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"

enum { VIRTUAL_EPOCH_MS = 1 };

void weft__lab_init(weft_loop *loop, const weft_loop_options *options)
{
    loop->lab.virtual_clock = options->virtual_clock;
    loop->lab.now_ms = VIRTUAL_EPOCH_MS;
    loop->lab.seed = options->seed;
    loop->lab.fail_wait = options->fail_wait;
    loop->in_lab = options->virtual_clock || options->seed != 0 || options->fail_wait != NULL;
}

bool weft__lab_fails(weft_loop *loop)
{
    uint64_t *left = loop->lab.fail_wait;

    return left != NULL && *left != 0 && --*left == 0;
}

/* --- The order of tasks */

/* The next of a sequence of random numbers (splitmix64). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Deal the tasks to two piles at random and put one pile on the other. */
static weft_task *deal(weft_loop *loop, weft_task *task)
{
    struct weft__queue piles[2];

    weft__queue_init(&piles[0]);
    weft__queue_init(&piles[1]);
    while (task != NULL) {
        weft_task *next = task->next;

        weft__queue_push(&piles[next_random(&loop->lab.seed) >> 63], task);
        task = next;
    }
    weft__queue_splice(&piles[0], &piles[1]);
    return piles[0].head;
}

/* Three times the binary logarithm of the number of tasks is enough for every order to be about
 * as likely as every other. */
weft_task *weft__lab_shuffle(weft_loop *loop, weft_task *first)
{
    unsigned deals = 0;
    size_t count = 0;

    if (loop->lab.seed == 0)
        return first;
    for (const weft_task *task = first; task != NULL; task = task->next)
        count++;
    for (; count > 1; count = (count + 1) / 2)
        deals += 3;
    while (deals-- > 0)
        first = deal(loop, first);
    return first;
}

/* --- Time */

/* Whether only time can let a task go on. */
static bool only_time_helps(const weft_loop *loop)
{
    return loop->ready.head == NULL && loop->yielded.head == NULL && loop->timers.count > 0 &&
           loop->lab.offloaded == 0 && loop->uv->active_reqs.count == 0;
}

bool weft__lab_before_poll(weft_loop *loop)
{
    loop->lab.polled = loop->lab.virtual_clock && only_time_helps(loop);
    return loop->lab.polled;
}

void weft__lab_behind_poll(weft_loop *loop)
{
    if (!loop->lab.polled || !only_time_helps(loop))
        return;
    if (loop->timers.heap[0].due_ms > loop->lab.now_ms)
        loop->lab.now_ms = loop->timers.heap[0].due_ms;
    weft__timers_fire(&loop->timers, loop->lab.now_ms);
}
