/*
 * task/stack.c - see stack.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/stack.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/poison.h"

/* Headers older than the kernel do not know them. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

enum {
    DEFAULT_STACK_BYTES = 256 * 1024,
    MIN_STACK_BYTES = 64 * 1024,
    /* More than a page, so that a frame with a large array does not step over the guard. */
    GUARD_BYTES = 16 * 1024,
    MAX_SLAB_BYTES = 16 * 1024 * 1024,
    MAX_SLAB_SLOTS = 64, /* bits in a slab's sets */
};

struct weft__slab {
    struct weft__list link;
    char *base;
    uint64_t cold;    /* slots that can be taken */
    uint64_t retired; /* of these, the ones whose memory is still to be returned */
    uint64_t guarded; /* slots whose guard stands */
};

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

void weft__stacks_init(struct weft__stacks *stacks, size_t stack_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t slots;

    if (stack_bytes == 0)
        stack_bytes = DEFAULT_STACK_BYTES;
    if (stack_bytes < MIN_STACK_BYTES)
        stack_bytes = MIN_STACK_BYTES;
    if (stack_bytes > SIZE_MAX / 2) /* cannot be mapped, but must not overflow */
        stack_bytes = SIZE_MAX / 2;
    *stacks = (struct weft__stacks){ .slot_bytes = round_up(stack_bytes, page),
                                     .guard_bytes = round_up(GUARD_BYTES, page) };
    slots = MAX_SLAB_BYTES / stacks->slot_bytes;
    stacks->slab_slots = slots < 1                ? 1
                         : slots > MAX_SLAB_SLOTS ? MAX_SLAB_SLOTS
                                                  : (unsigned)slots;
    weft__list_init(&stacks->open);
    weft__list_init(&stacks->full);
}

static uint64_t all_slots(const struct weft__stacks *stacks)
{
    return UINT64_MAX >> (MAX_SLAB_SLOTS - stacks->slab_slots);
}

static char *map(size_t bytes)
{
    char *base;

    if (weft__alloc_fails())
        return NULL;
    base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    return base != MAP_FAILED ? base : NULL;
}

static struct weft__slab *add_slab(struct weft__stacks *stacks)
{
    size_t bytes = stacks->slot_bytes * stacks->slab_slots;
    struct weft__slab *slab = weft__calloc(1, sizeof(*slab));

    if (slab == NULL)
        return NULL;
    slab->base = map(bytes);
    if (slab->base == NULL) {
        free(slab);
        return NULL;
    }
    /* A huge page would make 2 MiB resident for the first byte that is touched. */
    (void)madvise(slab->base, bytes, MADV_NOHUGEPAGE);
    slab->cold = all_slots(stacks);
    weft__list_append(&stacks->open, &slab->link);
    return slab;
}

/*
 * The system joins mappings that lie side by side, and taking one out of the middle makes two:
 * at vm.max_map_count that is refused.  The slab then stays, to be used or tried again.
 */
static bool free_slab(const struct weft__stacks *stacks, struct weft__slab *slab)
{
    if (munmap(slab->base, stacks->slot_bytes * stacks->slab_slots) != 0)
        return false;
    weft__list_remove(&slab->link);
    free(slab);
    return true;
}

/*
 * Emulators of Linux take advice that they do not know for a hint and report success, so once
 * installed, the guard is asked for by a reading that must fail.
 */
static bool install_guard(char *low, size_t bytes)
{
    if (madvise(low, bytes, MADV_GUARD_INSTALL) == 0 &&
        madvise(low, bytes, MADV_POPULATE_READ) != 0 && errno == EFAULT)
        return true;
    return mprotect(low, bytes, PROT_NONE) == 0;
}

static void place(const struct weft__stacks *stacks, struct weft__slab *slab, unsigned slot,
                  struct weft__stack *ret_stack)
{
    char *low = slab->base + slot * stacks->slot_bytes;

    *ret_stack = (struct weft__stack){ .low = low + stacks->guard_bytes,
                                       .top = low + stacks->slot_bytes,
                                       .slab = slab,
                                       .slot = slot };
}

/* What a signal handler must not see half done stands between these two. */
static void begin_change(struct weft__stacks *stacks)
{
    stacks->changing = true;
    atomic_signal_fence(memory_order_seq_cst);
}

static void end_change(struct weft__stacks *stacks)
{
    atomic_signal_fence(memory_order_seq_cst);
    stacks->changing = false;
}

static int take(struct weft__stacks *stacks, struct weft__stack *ret_stack)
{
    struct weft__list *first = weft__list_first(&stacks->open);
    struct weft__slab *slab;
    unsigned slot;
    char *slot_low;

    slab = first != NULL ? weft__list_entry(first, struct weft__slab, link) : add_slab(stacks);
    if (slab == NULL)
        return UV_ENOMEM;
    slot = (unsigned)__builtin_ctzll(slab->cold);
    slot_low = slab->base + slot * stacks->slot_bytes;
    if ((slab->guarded >> slot & 1) == 0) {
        if (!install_guard(slot_low, stacks->guard_bytes)) {
            if (slab->cold == all_slots(stacks))
                (void)free_slab(stacks, slab);
            return UV_ENOMEM;
        }
        slab->guarded |= UINT64_C(1) << slot;
    }
    slab->cold &= ~(UINT64_C(1) << slot);
    slab->retired &= ~(UINT64_C(1) << slot);
    if (slab->cold == 0) {
        weft__list_remove(&slab->link);
        weft__list_append(&stacks->full, &slab->link);
    }
    stacks->taken++;
    place(stacks, slab, slot, ret_stack);
    return 0;
}

int weft__stack_take(struct weft__stacks *stacks, struct weft__stack *ret_stack)
{
    int rc;

    begin_change(stacks);
    rc = take(stacks, ret_stack);
    end_change(stacks);
    return rc;
}

void weft__stack_give(struct weft__stacks *stacks, const struct weft__stack *stack)
{
    struct weft__slab *slab = stack->slab;

    /* The frames that lie on it are dropped, not left: their red zones would stay. */
    weft__unpoison(stack->low, (size_t)(stack->top - stack->low));
    begin_change(stacks);
    if (slab->cold == 0) { /* first: taking from the fullest leaves others to be freed */
        weft__list_remove(&slab->link);
        weft__list_prepend(&stacks->open, &slab->link);
    }
    slab->cold |= UINT64_C(1) << stack->slot;
    slab->retired |= UINT64_C(1) << stack->slot;
    stacks->taken--;
    end_change(stacks);
}

static void return_memory(const struct weft__stacks *stacks, struct weft__slab *slab)
{
    while (slab->retired != 0) {
        unsigned slot = (unsigned)__builtin_ctzll(slab->retired);
        char *low = slab->base + slot * stacks->slot_bytes + stacks->guard_bytes;

        (void)madvise(low, stacks->slot_bytes - stacks->guard_bytes, MADV_DONTNEED);
        slab->retired &= slab->retired - 1;
    }
}

void weft__stacks_sweep(struct weft__stacks *stacks)
{
    struct weft__list *node = stacks->open.next;

    begin_change(stacks);
    while (node != &stacks->open) {
        struct weft__slab *slab = weft__list_entry(node, struct weft__slab, link);

        node = node->next;
        if (slab->cold != all_slots(stacks) || !free_slab(stacks, slab))
            return_memory(stacks, slab);
    }
    end_change(stacks);
}

void weft__stacks_done(struct weft__stacks *stacks)
{
    struct weft__list *node = stacks->open.next;

    assert(stacks->taken == 0);
    begin_change(stacks);
    while (node != &stacks->open) {
        struct weft__slab *slab = weft__list_entry(node, struct weft__slab, link);

        node = node->next;
        if (free_slab(stacks, slab))
            continue;
        return_memory(stacks, slab); /* the address space is lost, the memory is not */
        weft__list_remove(&slab->link);
        free(slab);
    }
    end_change(stacks);
}

static void each_of(const struct weft__stacks *stacks, const struct weft__list *slabs,
                    void (*fn)(void *arg, const struct weft__stack *stack), void *arg)
{
    for (const struct weft__list *node = slabs->next; node != slabs; node = node->next) {
        struct weft__slab *slab = weft__list_entry(node, struct weft__slab, link);

        for (uint64_t left = all_slots(stacks) & ~slab->cold; left != 0; left &= left - 1) {
            struct weft__stack stack;

            place(stacks, slab, (unsigned)__builtin_ctzll(left), &stack);
            fn(arg, &stack);
        }
    }
}

void weft__stacks_each(const struct weft__stacks *stacks,
                       void (*fn)(void *arg, const struct weft__stack *stack), void *arg)
{
    each_of(stacks, &stacks->full, fn, arg);
    each_of(stacks, &stacks->open, fn, arg);
}

bool weft__stack_guards(const struct weft__stacks *stacks, const struct weft__stack *stack,
                        const void *address)
{
    const char *at = address;

    return at < stack->low && at >= stack->low - stacks->guard_bytes;
}
