/*
 * task/os/memory_limit.h - how much memory this process may come to use.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_MEMORY_LIMIT_H
#define WEFT_TASK_OS_MEMORY_LIMIT_H

#include <stdint.h>

/* In bytes: what the machine has, or less where a control group says so. */
uint64_t weft__memory_limit(void);

/* The lowest limit of the control groups that `list` (/proc/self/cgroup) names, and of those
 * around them, below `root` (/sys/fs/cgroup); version 1 or 2.  UINT64_MAX: none. */
uint64_t weft__memory_limit_of_groups(const char *list, const char *root);

#endif
