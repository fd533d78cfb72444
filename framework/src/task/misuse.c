/*
 * task/misuse.c - calls that break a rule of the interface are told in the log.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>

#include "task/runtime.h"

void weft__misuse_log(const char *call, const char *why)
{
    const weft_task *task = weft__task_here();

    if (task != NULL)
        weft_log(WEFT_LOG_ERROR, "%s() in task \"%s\": %s", call, weft_task_name(task), why);
    else
        weft_log(WEFT_LOG_ERROR, "%s() outside of tasks: %s", call, why);
}
