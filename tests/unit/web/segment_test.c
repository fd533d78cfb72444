/*
 * Texts of path parameters.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/segment.h"

#include <pthread.h>
#include <string.h>

#include "test.h"

enum { THREADS = 4 };

static pthread_barrier_t barrier;

/* What the first calls make is made by several threads at once. */
static void *read_float(void *arg)
{
    pthread_barrier_wait(&barrier);
    if (!weft__segment_float("-1.5e1", 6, arg))
        *(double *)arg = 0;
    return NULL;
}

WEFT_TEST(segment, floats_are_read_by_threads)
{
    pthread_t threads[THREADS];
    double values[THREADS];

    cr_assert(zero(int, pthread_barrier_init(&barrier, NULL, THREADS)));
    for (int i = 0; i < THREADS; i++)
        cr_assert(zero(int, pthread_create(&threads[i], NULL, read_float, &values[i])));
    for (int i = 0; i < THREADS; i++) {
        cr_assert(zero(int, pthread_join(threads[i], NULL)));
        cr_expect(eq(dbl, values[i], -15.0));
    }
    pthread_barrier_destroy(&barrier);
}

WEFT_TEST(segment, floats_are_json_numbers)
{
    static const char *const wrong[] = { "",    "-",   "1.",  ".5",  "1e",
                                         "inf", "nan", "0x1", "1,5", "1e999" };
    double value;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect(not(weft__segment_float(wrong[i], strlen(wrong[i]), &value)), "%s", wrong[i]);
}
