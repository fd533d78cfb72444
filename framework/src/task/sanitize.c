/*
 * task/sanitize.c - what AddressSanitizer and LeakSanitizer are told besides the switches.
 *
 * Nothing of this exists in other builds.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/poison.h"

#ifdef WEFT_ASAN

#include <pthread.h>
#include <sanitizer/lsan_interface.h>

#include "task/runtime.h"

/* A task's struct may be touched from `fn` on only while the task is in use. */
static const size_t poisoned_from = offsetof(weft_task, fn);

/* LeakSanitizer looks for pointers in no mapping that it is not told of. */
void weft__task_mark_used(weft_task *task)
{
    weft__unpoison((char *)task + poisoned_from, sizeof(*task) - poisoned_from);
    __lsan_register_root_region(task->stack.low, (size_t)(task->stack.top - task->stack.low));
}

void weft__task_mark_free(weft_task *task)
{
    __lsan_unregister_root_region(task->stack.low, (size_t)(task->stack.top - task->stack.low));
    weft__poison((char *)task + poisoned_from, sizeof(*task) - poisoned_from);
}

/* pthread_getattr_np() reads /proc for the first thread, so it is asked once. */
void weft__loop_find_stack(weft_loop *loop)
{
    pthread_attr_t attributes;
    void *low;
    size_t bytes;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &low, &bytes) == 0)
        loop->stack_top = (char *)low + bytes;
    pthread_attr_destroy(&attributes);
}

/*
 * While a task runs, its stack is the thread's to LeakSanitizer, and what is known only to the
 * frames below it would look leaked: to a check made in the task, or at an exit() there.
 */
void weft__loop_mark_left(weft_loop *loop)
{
    char *here = __builtin_frame_address(0);

    if (here >= loop->stack_top) /* the loop runs on a stack that the program has made */
        return;
    loop->left_at = here;
    __lsan_register_root_region(here, (size_t)(loop->stack_top - here));
}

void weft__loop_mark_back(weft_loop *loop)
{
    if (loop->left_at == NULL)
        return;
    __lsan_unregister_root_region(loop->left_at, (size_t)(loop->stack_top - loop->left_at));
    loop->left_at = NULL;
}

#else

/* ISO C wants a file to declare something. */
typedef int weft__no_sanitizer;

#endif
