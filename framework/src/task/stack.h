/*
 * task/stack.h - mapped stacks with guards below them.
 *
 * Stacks are cut from slabs: one mapping of up to 64 stacks, at most 16 MiB, so that guards by
 * MADV_GUARD_INSTALL (Linux 6.13), which split no mapping, keep the number of map entries small
 * at any number of stacks.  Where the kernel has them not, mprotect() makes the guards, and
 * vm.max_map_count then ends it at about 32,000 stacks.
 *
 *     slab   | guard | stack 0      ^ | guard | stack 1      ^ | ...
 *            low                   top
 *
 * A slot is cold (no memory behind it, known to its slab) or taken.  Untouched pages of a taken
 * one cost nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_STACK_H
#define WEFT_TASK_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct weft__slab;

struct weft__stack {
    char *low; /* lowest usable byte; the guard lies below it */
    char *top; /* one past the highest */
    struct weft__slab *slab;
    unsigned slot;
};

struct weft__stacks {
    struct weft__list open; /* slabs that have cold slots */
    struct weft__list full; /* slabs that have none */
    size_t slot_bytes;
    size_t guard_bytes; /* of each slot, at its low end */
    unsigned slab_slots;
    size_t taken;
    volatile bool changing; /* the lists: for signal handlers */
};

/* `stack_bytes` of address space for each, the guard included; 0 takes 256 KiB. */
void weft__stacks_init(struct weft__stacks *stacks, size_t stack_bytes);

/* All stacks must have been given back. */
void weft__stacks_done(struct weft__stacks *stacks);

/* 0 or UV_ENOMEM. */
int weft__stack_take(struct weft__stacks *stacks, struct weft__stack *ret_stack);

/* Give a stack back; its memory returns to the system with the next sweep. */
void weft__stack_give(struct weft__stacks *stacks, const struct weft__stack *stack);

/* Return the memory of stacks given back: whole slabs where no stack of theirs is taken. */
void weft__stacks_sweep(struct weft__stacks *stacks);

/* Call fn with the top of each stack that is taken.  Async-signal-safe, unless `changing`. */
void weft__stacks_each(const struct weft__stacks *stacks,
                       void (*fn)(void *arg, const struct weft__stack *stack), void *arg);

/* Whether `address` lies in the guard of `stack`.  Async-signal-safe. */
bool weft__stack_guards(const struct weft__stacks *stacks, const struct weft__stack *stack,
                        const void *address);

#endif
