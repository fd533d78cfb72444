/*
 * Where no more stacks can be guarded: a spawn is refused, and everything else goes on.
 *
 * Older kernels guard by mprotect(), which costs mappings, of which a process can have
 * vm.max_map_count: with the usual 65,530 that ends it at about 32,000 stacks.
 */
#include <weft/sync.h>
#include <weft/task.h>

#include <stdio.h>

#include "failalloc.h"
#include "task/task.h"
#include "test.h"

enum {
    MADV_GUARD = 102,
    MOST = 200 * 1000, /* stacks that a test may try to make */
    ENDED = 100,
    FORGED_LIMIT = 1000,
};

/* What was seen at the limit, where checks might need what is not to be had. */
struct seen {
    unsigned forged; /* tasks, after which everything is refused; 0: wait for the real limit */
    unsigned fitted; /* that could be started */
    int refusal, again;
    unsigned began, turns, spawned_again;
    int beyond;     /* what a spawn gave when the released stacks were used up */
    bool bystander; /* went on all the time */
    int afterwards; /* what spawning many gave when all had ended */
};

struct scene {
    struct seen *seen;
    weft_semaphore turnstile;
    bool over;
};

static int pass(void *arg)
{
    struct scene *scene = arg;

    scene->seen->began++;
    return weft_semaphore_acquire(&scene->turnstile);
}

static int count_turns(void *arg)
{
    struct scene *scene = arg;

    while (!scene->over) {
        int rc = weft_yield();

        if (rc < 0)
            return rc;
        scene->seen->turns++;
    }
    return 0;
}

static int go_many(weft_group *group, struct scene *scene, unsigned most, unsigned *ret_count)
{
    int rc = 0;

    *ret_count = 0;
    while (*ret_count < most && (rc = weft_group_go(group, pass, scene)) == 0)
        ++*ret_count;
    return rc;
}

static void yield_some(void)
{
    for (int i = 0; i < 3; i++)
        (void)weft_yield();
}

static void look_at_limit(weft_group *group, struct scene *scene)
{
    struct seen *seen = scene->seen;
    unsigned turns, count;

    if (seen->forged > 0) {
        seen->refusal = go_many(group, scene, seen->forged, &seen->fitted);
        weft_test_fail_alloc_from(1);
        seen->refusal = go_many(group, scene, MOST, &count);
        seen->fitted += count;
    } else {
        seen->refusal = go_many(group, scene, MOST, &seen->fitted);
    }
    seen->again = weft_group_go(group, pass, scene);
    turns = seen->turns;
    yield_some();
    seen->bystander = seen->turns > turns;

    for (int i = 0; i < ENDED; i++)
        (void)weft_semaphore_release(&scene->turnstile);
    yield_some();
    seen->beyond = go_many(group, scene, MOST, &seen->spawned_again);
    yield_some();
    if (seen->forged > 0)
        weft_test_fail_stop();
}

static int at_the_limit(void *arg)
{
    struct scene scene = { .seen = arg };
    weft_task *bystander;
    int rc = weft_spawn(&bystander, count_turns, &scene);

    if (rc < 0)
        return rc;
    {
        WEFT_GROUP(group, 0);

        look_at_limit(group, &scene);
        weft_group_cancel(group);
    }
    scene.over = true;
    rc = weft_task_join(bystander, NULL);
    weft__loop_trim(weft_loop_current());
    weft__loop_trim(weft_loop_current());
    {
        WEFT_GROUP(group, 0);
        unsigned count;

        scene.seen->afterwards = go_many(group, &scene, FORGED_LIMIT, &count);
        weft_group_cancel(group);
    }
    return rc;
}

static struct seen reach_limit(unsigned forged)
{
    struct seen seen = { .forged = forged };

    weft_test_refuse_advice(MADV_GUARD);
    cr_assert(zero(int, weft_run(at_the_limit, &seen)));
    weft_test_refuse_advice(-1);

    cr_expect(eq(int, seen.refusal, UV_ENOMEM), "after %u", seen.fitted);
    cr_expect(eq(int, seen.again, UV_ENOMEM));
    cr_expect(seen.bystander, "the others go on");
    cr_expect(eq(u32, seen.spawned_again, ENDED), "where some have ended, so many fit again");
    cr_expect(eq(int, seen.beyond, UV_ENOMEM));
    cr_expect(eq(u32, seen.began, seen.fitted + seen.spawned_again), "what was started, began");
    cr_expect(zero(int, seen.afterwards));
    return seen;
}

WEFT_TEST(limit, without_memory_a_spawn_is_refused)
{
    struct seen seen = reach_limit(FORGED_LIMIT);

    cr_expect(eq(u32, seen.fitted, FORGED_LIMIT));
}

static unsigned max_map_count(void)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    unsigned count = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%u", &count) != 1)
        count = 0;
    fclose(file);
    return count;
}

/* The sanitizers map memory of their own, and end the program where that is refused. */
#if defined(WEFT_ASAN) || defined(__SANITIZE_THREAD__)
enum { OWN_MAPPINGS = 0 };
#else
enum { OWN_MAPPINGS = 1 };
#endif

WEFT_TEST(limit, without_mappings_a_spawn_is_refused)
{
    unsigned most = max_map_count();
    struct seen seen;

    if (!OWN_MAPPINGS || most == 0 || most > MOST) {
        fprintf(stderr, "not tried at vm.max_map_count, which is %u\n", most);
        return;
    }
    seen = reach_limit(0);
    fprintf(stderr, "%u stacks at vm.max_map_count %u\n", seen.fitted, most);
    cr_expect(gt(u32, seen.fitted, most / 2 - 2000));
    cr_expect(lt(u32, seen.fitted, most / 2));
}
