/*
 * task/offload.c - blocking functions on threads of the loop's own.
 *
 * A job lies on the stack of the task that waits for it.  It goes from `queued` to a thread to
 * `done`, all under the mutex, and the loop completes the wait.  The task cannot go on before,
 * unless it takes back a job that no thread has taken.
 *
 * Threads are made when there is more work than idle ones, and stay until the loop is freed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/thread.h"
#include "task/runtime.h"

enum { DEFAULT_THREADS = 8, DEFAULT_QUEUE = 16384 };

struct job {
    struct weft__wait wait; /* its `link` is for the queue that the job is in */
    struct weft__offload_pool *pool;
    int (*fn)(void *arg);
    void *arg;
    void (*interrupt)(void *arg);
    int result;
    bool begun; /* a thread has taken it */
    bool over;  /* fn has returned */
};

struct weft__offload_pool {
    weft_loop *loop;
    unsigned max_threads;
    unsigned max_queued;
    unsigned threads; /* that exist; changed by the loop's thread only */

    uv_mutex_t mutex; /* for all below */
    uv_cond_t work;
    struct weft__list queued;
    struct weft__list done;
    unsigned queued_count;
    unsigned idle; /* threads that wait for work */
    bool closing;

    uv_thread_t handles[];
};

static struct job *pop(struct weft__list *list)
{
    struct weft__list *node = weft__list_pop(list);

    return node != NULL ? weft__list_entry(node, struct job, wait.link) : NULL;
}

/* --- On a thread */

_Thread_local const weft_task *weft__offloaded_for;

static struct job *next_job(struct weft__offload_pool *pool)
{
    struct job *job;

    while (weft__list_empty(&pool->queued) && !pool->closing) {
        pool->idle++;
        uv_cond_wait(&pool->work, &pool->mutex);
        pool->idle--;
    }
    job = pop(&pool->queued);
    if (job != NULL) {
        pool->queued_count--;
        job->begun = true;
    }
    return job;
}

static void work(void *arg)
{
    struct weft__offload_pool *pool = arg;
    struct job *job;

    uv_mutex_lock(&pool->mutex);
    while ((job = next_job(pool)) != NULL) {
        uv_mutex_unlock(&pool->mutex);
        weft__offloaded_for = job->wait.task;
        job->result = job->fn(job->arg);
        weft__offloaded_for = NULL;
        uv_mutex_lock(&pool->mutex);
        job->over = true;
        weft__list_append(&pool->done, &job->wait.link);
        uv_async_send(&pool->loop->async);
    }
    uv_mutex_unlock(&pool->mutex);
}

/* --- On the loop */

static int add_thread(struct weft__offload_pool *pool)
{
    int rc = weft__thread_create(&pool->handles[pool->threads], work, pool);

    if (rc == 0)
        pool->threads++;
    return rc;
}

static int make_pool(weft_loop *loop)
{
    unsigned threads = loop->offload_threads != 0 ? loop->offload_threads : DEFAULT_THREADS;
    struct weft__offload_pool *pool =
        weft__calloc(1, sizeof(*pool) + (size_t)threads * sizeof(pool->handles[0]));
    int rc;

    if (pool == NULL)
        return UV_ENOMEM;
    pool->loop = loop;
    pool->max_threads = threads;
    pool->max_queued = loop->offload_queue != 0 ? loop->offload_queue : DEFAULT_QUEUE;
    weft__list_init(&pool->queued);
    weft__list_init(&pool->done);
    rc = uv_mutex_init(&pool->mutex);
    if (rc < 0)
        goto fail;
    rc = uv_cond_init(&pool->work);
    if (rc < 0)
        goto fail_mutex;
    loop->offload = pool;
    return 0;
fail_mutex:
    uv_mutex_destroy(&pool->mutex);
fail:
    free(pool);
    return rc;
}

void weft__offload_free(struct weft__offload_pool *pool)
{
    if (pool == NULL)
        return;
    uv_mutex_lock(&pool->mutex);
    assert(weft__list_empty(&pool->queued) && weft__list_empty(&pool->done));
    pool->closing = true;
    uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->threads; i++)
        uv_thread_join(&pool->handles[i]);
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->mutex);
    free(pool);
}

/* Under the mutex. */
static int enqueue(struct weft__offload_pool *pool, struct job *job)
{
    /* Jobs that idle threads, or threads still to be made, are about to take do not wait. */
    unsigned taking = pool->idle + (pool->max_threads - pool->threads);

    if (pool->queued_count >= taking && pool->queued_count - taking >= pool->max_queued)
        return UV_EAGAIN;
    if (pool->queued_count >= pool->idle && pool->threads < pool->max_threads) {
        int rc = add_thread(pool);

        if (rc < 0 && pool->threads == 0)
            return rc; /* else the threads that there are will come to it */
    }
    weft__list_append(&pool->queued, &job->wait.link);
    pool->queued_count++;
    uv_cond_signal(&pool->work);
    return 0;
}

static bool detach_job(struct weft__wait *wait)
{
    struct job *job = weft__list_entry(wait, struct job, wait);
    struct weft__offload_pool *pool = job->pool;
    bool begun, over;

    uv_mutex_lock(&pool->mutex);
    begun = job->begun;
    over = job->over;
    if (!begun) {
        weft__list_remove(&wait->link);
        pool->queued_count--;
    }
    uv_mutex_unlock(&pool->mutex);
    if (begun && !over && job->interrupt != NULL)
        job->interrupt(job->arg);
    return !begun;
}

void weft__offload_collect(struct weft__offload_pool *pool)
{
    struct weft__list done;
    struct job *job;

    weft__list_init(&done);
    uv_mutex_lock(&pool->mutex);
    weft__list_splice(&done, &pool->done);
    uv_mutex_unlock(&pool->mutex);
    while ((job = pop(&done)) != NULL)
        weft__wait_complete(&job->wait, job->result);
}

int weft_offload_with(int (*fn)(void *arg), void *arg, const weft_offload_options *options)
{
    weft_task *task = weft__task_here();
    struct job job = { .fn = fn, .arg = arg };
    int rc;

    if (task == NULL)
        return WEFT_EMISUSE;
    rc = weft__task_pending(task);
    if (rc < 0)
        return rc;
    if (task->loop->offload == NULL) {
        rc = make_pool(task->loop);
        if (rc < 0)
            return rc;
    }
    job.pool = task->loop->offload;
    job.interrupt = options != NULL ? options->interrupt : NULL;
    weft__wait_init(&job.wait, "offload");
    job.wait.detach = detach_job;
    uv_mutex_lock(&job.pool->mutex);
    rc = enqueue(job.pool, &job);
    uv_mutex_unlock(&job.pool->mutex);
    if (rc < 0)
        return rc;
    task->loop->lab.offloaded++;
    rc = weft__wait(&job.wait);
    task->loop->lab.offloaded--;
    return rc;
}

int weft_offload(int (*fn)(void *arg), void *arg)
{
    return weft_offload_with(fn, arg, NULL);
}
