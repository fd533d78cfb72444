/*
 * task/os/beneath.h - opening what lies below a directory, and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_BENEATH_H
#define WEFT_TASK_OS_BENEATH_H

#include <stdbool.h>
#include <weft/export.h>

/*
 * Open `path` below the directory `root` for reading; "" is the directory itself.  Symbolic
 * links are followed as long as they stay below `root`, or with `no_links` not at all.  Whoever
 * changes the tree meanwhile can at most make this fail.  Never waits for a FIFO.
 *
 * For threads.  The descriptor, whatever kind of file it is; or a code: UV_EXDEV or UV_ELOOP
 * for a link that leads out of the tree or is not to be followed.
 */
WEFT_MUST_CHECK int weft__open_beneath(int root, const char *path, bool no_links);

/* The same without openat2(2), which old kernels and some containers do not have: no link is
 * followed at all. */
WEFT_MUST_CHECK int weft__open_beneath_by_steps(int root, const char *path);

#endif
