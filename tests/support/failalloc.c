/*
 * support/failalloc.c - see failalloc.h.  The linker's --wrap leads the calls through here.
 *
 * SPDX-License-Identifier: MIT
 */
#include "failalloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <uv.h>

static atomic_ulong seen;
static unsigned long fail_at; /* 0: none */
static bool fail_on;          /* all from there */
static atomic_bool failed;
static int refused_advice = -1;
static bool unmapping_refused;

static void begin(unsigned long n, bool on)
{
    atomic_store(&seen, 0);
    atomic_store(&failed, false);
    fail_at = n;
    fail_on = on;
}

void weft_test_fail_alloc(unsigned long n)
{
    begin(n, false);
}

void weft_test_fail_alloc_from(unsigned long n)
{
    begin(n, true);
}

bool weft_test_fail_stop(void)
{
    fail_at = 0;
    return atomic_load(&failed);
}

void weft_test_refuse_advice(int advice)
{
    refused_advice = advice;
}

void weft_test_refuse_unmapping(bool refuse)
{
    unmapping_refused = refuse;
}

static bool refuse(void)
{
    unsigned long now;

    if (fail_at == 0)
        return false;
    now = atomic_fetch_add(&seen, 1) + 1;
    if (now != fail_at && !(fail_on && now > fail_at))
        return false;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}

#define WRAP(result, refusal, name, parameters, arguments)     \
    result __real_##name parameters;                           \
    result __wrap_##name parameters;                           \
    result __wrap_##name parameters                            \
    {                                                          \
        return refuse() ? (refusal) : __real_##name arguments; \
    }

WRAP(void *, NULL, malloc, (size_t size), (size))
WRAP(void *, NULL, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, NULL, realloc, (void *old, size_t size), (old, size))
WRAP(char *, NULL, strdup, (const char *text), (text))
WRAP(char *, NULL, strndup, (const char *text, size_t size), (text, size))
WRAP(void *, MAP_FAILED, mmap,
     (void *address, size_t length, int protection, int flags, int fd, off_t offset),
     (address, length, protection, flags, fd, offset))
WRAP(void *, MAP_FAILED, mmap64, /* what mmap() is called with 64 bit file offsets */
     (void *address, size_t length, int protection, int flags, int fd, off_t offset),
     (address, length, protection, flags, fd, offset))
WRAP(int, -1, mprotect, (void *address, size_t length, int protection),
     (address, length, protection))
WRAP(int, UV_ENOMEM, uv_loop_init, (uv_loop_t * loop), (loop))
WRAP(int, UV_ENOMEM, uv_mutex_init, (uv_mutex_t * mutex), (mutex))
WRAP(int, UV_ENOMEM, uv_cond_init, (uv_cond_t * condition), (condition))
WRAP(int, UV_ENOMEM, uv_async_init, (uv_loop_t * loop, uv_async_t *async, uv_async_cb call),
     (loop, async, call))
WRAP(int, UV_ENOMEM, uv_thread_create, (uv_thread_t * thread, uv_thread_cb entry, void *arg),
     (thread, entry, arg))

int __real_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice)
{
    if (advice == refused_advice) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(address, length, advice);
}

int __real_munmap(void *address, size_t length);
int __wrap_munmap(void *address, size_t length);
int __wrap_munmap(void *address, size_t length)
{
    if (unmapping_refused) {
        errno = ENOMEM;
        return -1;
    }
    return __real_munmap(address, length);
}
