/*
 * task/diag/symbol.h - names for addresses of code.
 *
 * Names come from the symbol tables of the files that the code was loaded from, so that static
 * functions have one too; a stripped file still has those that it exports.
 *
 * Allocates nothing and takes no lock of the program's; the files are mapped, and unmapped by
 * weft__symbols_done().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_SYMBOL_H
#define WEFT_TASK_DIAG_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

#include "task/diag/say.h"

enum { WEFT__SYMBOL_FILES = 16, WEFT__SYMBOL_KEPT = 64 };

/* A file that code was loaded from. */
struct weft__symbol_file {
    const char *name;
    uintptr_t base;   /* where it was loaded */
    const char *data; /* the file itself, mapped; NULL when it cannot be read */
    size_t length;
};

/* An address that was looked up before: tasks wait in the same few places. */
struct weft__symbol {
    uintptr_t pc;
    const char *name; /* NULL: nothing is known */
    const struct weft__symbol_file *file;
    uintptr_t start; /* of the function */
};

struct weft__symbols {
    unsigned file_count;
    struct weft__symbol_file files[WEFT__SYMBOL_FILES];
    struct weft__symbol kept[WEFT__SYMBOL_KEPT];
};

void weft__symbols_init(struct weft__symbols *symbols);
void weft__symbols_done(struct weft__symbols *symbols);

/* The name of the function that a call returns to at `pc`; NULL: nothing is known. */
const char *weft__symbols_name(struct weft__symbols *symbols, const void *pc);

/* Say "function+0x12 (program+0x3456)"; the second is what addr2line wants.  `pc` is where a
 * call returns to, unless `exact`. */
void weft__symbols_say(struct weft__symbols *symbols, struct weft__say *say, const void *pc,
                       int exact);

#endif
