/*
 * A blocking library on threads: three SQLite queries at once beside a loop that goes on, and a
 * query without end that a time-out cuts short.
 *
 *     ./dev run blocking
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <weft/periodic.h>

#include "database.h"

#define COUNT_TO(last)                                                                \
    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < " last \
    ") SELECT sum(i) FROM n"
#define ENDLESS \
    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"

struct query {
    const char *sql;
    int64_t number;
};

/* A connection of its own: queries of one connection come one after the other. */
static int run_query(void *arg)
{
    struct query *query = arg;
    struct database db;
    int rc = database_open(&db, ":memory:");

    if (rc == 0)
        rc = database_ask(&db, query->sql, &query->number);
    database_close(&db);
    return rc;
}

static int run_three(void)
{
    struct query queries[] = {
        { .sql = COUNT_TO("100") },
        { .sql = COUNT_TO("1000") },
        { .sql = COUNT_TO("100000") },
    };
    int rc = 0;

    WEFT_GROUP(all, 10000);
    for (int i = 0; i < 3 && rc == 0; i++)
        rc = weft_group_go(all, run_query, &queries[i]);
    if (rc == 0)
        rc = weft_group_wait(all);
    for (int i = 0; i < 3 && rc == 0; i++)
        printf("sum %" PRId64 "\n", queries[i].number);
    return rc;
}

static int run_endless(void)
{
    struct query endless = { .sql = ENDLESS };
    int rc;

    WEFT_TIMEOUT(limit, 100);
    rc = run_query(&endless);
    if (rc != UV_ETIMEDOUT || !weft_scope_expired(&limit))
        return rc < 0 ? rc : UV_EIO;
    puts("the endless query was cut short");
    return 0;
}

static int tick(void *arg)
{
    (void)arg;
    return 0;
}

static int report(void *arg)
{
    weft_periodic clock = { .fn = tick, .interval_ms = 5 };
    int rc;

    (void)arg;
    WEFT_GROUP(background, 0); /* ends with this block */
    rc = weft_group_go(background, weft_periodic_run, &clock);
    if (rc == 0)
        rc = run_three();
    if (rc == 0)
        rc = run_endless();
    if (rc == 0)
        puts(clock.runs > 0 ? "the loop went on meanwhile" : "the loop stood still");
    return rc;
}

int main(void)
{
    int rc = weft_run(report, NULL);

    if (rc < 0)
        fprintf(stderr, "blocking: %s\n", weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
