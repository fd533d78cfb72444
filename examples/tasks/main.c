/*
 * Tasks without a server: two things at once under one time limit, blocking work off the loop,
 * and a time-out of a single wait.
 *
 *     ./dev run tasks
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/task.h>

#include <stdio.h>

struct forecast {
    const char *city;
    uint64_t delay_ms; /* until the service, a sleep here, has answered */
    int degrees;
};

static int ask(void *arg)
{
    struct forecast *forecast = arg;
    int rc = weft_sleep(forecast->delay_ms); /* other tasks run meanwhile */

    if (rc < 0)
        return rc; /* cancelled or out of time: an error like any other */
    forecast->degrees = 20;
    return 0;
}

/* On the stack of the caller: no member of a group outlives the block that the group is in. */
static int ask_two(void)
{
    struct forecast oslo = { .city = "Oslo", .delay_ms = 30 };
    struct forecast rome = { .city = "Rome", .delay_ms = 50 };
    int rc;

    WEFT_GROUP(both, 500);
    rc = weft_group_go(both, ask, &oslo);
    if (rc == 0)
        rc = weft_group_go(both, ask, &rome);
    if (rc == 0)
        rc = weft_group_wait(both); /* the first failure, or the time, cancels the rest */
    if (rc < 0)
        return rc;
    printf("%s %d, %s %d\n", oslo.city, oslo.degrees, rome.city, rome.degrees);
    return 0;
}

/* Blocks: it runs on a thread of its own. */
static int count_primes(void *arg)
{
    int below = *(const int *)arg, count = 0;

    for (int n = 2; n < below; n++) {
        int divisor = 2;

        while (divisor * divisor <= n && n % divisor != 0)
            divisor++;
        count += divisor * divisor > n;
    }
    return count;
}

static int ask_the_slow_one(void)
{
    struct forecast moon = { .city = "Moon", .delay_ms = 60000 };
    int rc;

    WEFT_TIMEOUT(limit, 20);
    rc = ask(&moon);
    if (rc == UV_ETIMEDOUT && weft_scope_expired(&limit)) {
        printf("%s does not answer\n", moon.city);
        return 0;
    }
    return rc;
}

static int report(void *arg)
{
    int below = 100000;
    int rc = ask_two();

    (void)arg;
    if (rc < 0)
        return rc;
    rc = weft_offload(count_primes, &below);
    if (rc < 0)
        return rc;
    printf("%d primes below %d\n", rc, below);
    return ask_the_slow_one();
}

int main(void)
{
    int rc = weft_run(report, NULL);

    if (rc < 0)
        fprintf(stderr, "tasks: %s\n", weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
