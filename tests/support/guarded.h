/*
 * support/guarded.h - memory whose end touches an unreadable page.
 *
 * A parser that reads one byte past its input crashes instead of going unnoticed, in builds
 * without sanitizers too.  The byte before the copy is readable.
 *
 *     struct weft_test_guarded guarded = weft_test_guarded_new(max_length);
 *     parse(weft_test_guarded_copy(&guarded, data, length), length);
 *     weft_test_guarded_free(&guarded);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_GUARDED_H
#define WEFT_TESTS_SUPPORT_GUARDED_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct weft_test_guarded {
    char *memory;
    size_t bytes; /* in front of the unreadable page */
    size_t page;
};

/* Room for copies of up to `max` bytes.  Ends the process when memory is out. */
static inline struct weft_test_guarded weft_test_guarded_new(size_t max)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct weft_test_guarded g = { .bytes = (max / page + 1) * page, .page = page };

    g.memory =
        mmap(NULL, g.bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.memory == MAP_FAILED || mprotect(g.memory + g.bytes, page, PROT_NONE) != 0)
        abort();
    return g;
}

/* Copy `length` bytes, ending at the unreadable page; valid until the next copy. */
static inline char *weft_test_guarded_copy(struct weft_test_guarded *g, const void *data,
                                           size_t length)
{
    char *copy = g->memory + g->bytes - length;

    if (length > g->bytes)
        abort();
    if (length > 0)
        memcpy(copy, data, length);
    return copy;
}

static inline void weft_test_guarded_free(struct weft_test_guarded *g)
{
    munmap(g->memory, g->bytes + g->page);
}

#endif
