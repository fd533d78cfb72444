/*
 * WEFT_EMISUSE: the log says which rule the call breaks.
 */
#include <weft/future.h>
#include <weft/log.h>

#include <string.h>

#include "in_task.h"

static struct {
    int lines;
    char text[512]; /* the last one */
} told;

static void keep(weft_log_level level, const char *line, void *arg)
{
    (void)arg;
    cr_expect(eq(int, (int)level, (int)WEFT_LOG_ERROR));
    told.lines++;
    snprintf(told.text, sizeof(told.text), "%s", line);
}

/* The call was refused with one line, which names it. */
static void expect_told(int rc, const char *call)
{
    cr_expect(eq(int, rc, WEFT_EMISUSE), "%s: %d", call, rc);
    cr_expect(told.lines == 1 && strstr(told.text, call) != NULL, "%s: %d lines, \"%s\"", call,
              told.lines, told.text);
    told.lines = 0;
    told.text[0] = '\0';
}

#define EXPECT_TOLD(function, ...) expect_told((int)function(__VA_ARGS__), #function "()")

WEFT_TASK_TEST(misuse, of_futures_is_told)
{
    weft_future *future;

    weft_log_set_sink(keep, NULL);
    cr_assert(zero(int, weft_future_new(&future)));
    cr_expect(zero(int, weft_future_set(future, 0, NULL)));
    EXPECT_TOLD(weft_future_set, future, 0, NULL);
    weft_future_unref(future);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TEST(misuse, of_futures_outside_of_loops_is_told)
{
    weft_future *future;

    weft_log_set_sink(keep, NULL);
    EXPECT_TOLD(weft_future_new, &future);
    weft_log_set_sink(NULL, NULL);
}
