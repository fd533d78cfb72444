/*
 * Every allocation of the task layer fails once: the code says so, and nothing is left behind.
 */
#include <weft/task.h>

#include "failalloc.h"
#include "in_task.h"
#include "task/task.h"

static const weft_key key = { "key" };

static int nap(void *arg)
{
    int rc = weft_local_set(&key, arg);

    return rc < 0 ? rc : weft_sleep(1);
}

static void nothing(void *arg)
{
    (void)arg;
}

/* A bit of everything that allocates. */
static int scenario(void *arg)
{
    int rc = weft_local_set(&key, arg);

    if (rc < 0)
        return rc;
    rc = weft_loop_call(weft_loop_current(), nothing, NULL);
    if (rc < 0)
        return rc;
    WEFT_GROUP(group, 1000);
    for (int i = 0; i < 30; i++) {
        rc = weft_group_go(group, nap, arg);
        if (rc < 0)
            return rc;
    }
    rc = weft_spawn(NULL, nap, arg);
    return rc < 0 ? rc : weft_group_wait(group);
}

WEFT_TEST(alloc, each_can_fail)
{
    unsigned long n;
    int thing;

    for (n = 1;; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(scenario, &thing, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            break;
        }
        cr_expect(rc == UV_ENOMEM || rc == 0, "allocation %lu: %d", n, rc);
        cr_expect(eq(ptr, weft_loop_current(), NULL));
    }
    cr_expect(gt(u64, n, 30));
}

WEFT_TEST(alloc, all_can_fail)
{
    int thing;

    for (unsigned long n = 1; n < 60; n++) {
        weft_test_fail_alloc_from(n);
        cr_expect(le(int, weft_run(scenario, &thing), 0));
        weft_test_fail_stop();
        cr_expect(eq(ptr, weft_loop_current(), NULL));
    }
}
