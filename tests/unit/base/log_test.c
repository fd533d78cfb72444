#include "base/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "failalloc.h"
#include "test.h"

static char last[70000];

static void keep(weft_log_level level, const char *line, void *arg)
{
    *(int *)arg += 1;
    snprintf(last, sizeof(last), "%d %s", (int)level, line);
}

WEFT_TEST(log, writes_text_that_cannot_be_forged)
{
    int count = 0;

    weft_log_set_sink(keep, &count);
    weft_log(WEFT_LOG_WARNING, "first\n%s", "second\r\t\x1b[31m\x7f");
    cr_expect(eq(int, count, 1));
    cr_assert(eq(sz, strcspn(last + 2, "Z"), strlen("2026-03-01T12:34:56.789")));
    cr_expect(eq(str, strchr(last, 'Z') + 1,
                 (char *)" warning first\\nsecond\\x0d\\t\\x1b[31m\\x7f"));
    weft_log_set_sink(NULL, NULL);
}

WEFT_TEST(log, drops_what_is_below_the_level)
{
    int count = 0;

    weft_log_set_sink(keep, &count);
    weft_log(WEFT_LOG_DEBUG, "not seen");
    cr_expect(zero(int, count));
    weft_log_set_level(WEFT_LOG_DEBUG);
    weft_log(WEFT_LOG_DEBUG, "seen");
    cr_expect(eq(int, count, 1));
    weft_log_set_level(WEFT_LOG_INFO);
    weft_log_set_sink(NULL, NULL);
}

static const char *an_id(void)
{
    return "abc-1";
}

WEFT_TEST(log, writes_one_json_object_a_line)
{
    int count = 0;
    json_t *line;

    weft_log_set_sink(keep, &count);
    weft_log_set_format(WEFT_LOG_JSON);
    weft__log_set_id_source(an_id);
    weft_log(WEFT_LOG_ERROR, "a \"quote\" \\ \x01\n%s", "\xff\xc3\xa9\xc3");
    weft_log_set_format(WEFT_LOG_TEXT);
    weft__log_set_id_source(NULL);
    weft_log_set_sink(NULL, NULL);

    line = json_loads(last + 2, 0, NULL);
    cr_assert(ne(ptr, line, NULL), "%s", last);
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(line, "level")), (char *)"error"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "request_id")),
                 (char *)"abc-1"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "message")),
                 (char *)"a \"quote\" \\ \x01\n\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd"));
    json_decref(line);
}

WEFT_TEST(log, shortens_what_is_very_long)
{
    char *text = malloc(100001);
    int count = 0;

    memset(text, '\x02', 100000);
    text[100000] = '\0';
    weft_log_set_sink(keep, &count);
    weft_log(WEFT_LOG_ERROR, "%s", text);
    cr_expect(eq(int, count, 1));
    cr_expect(gt(sz, strlen(last), 30000));
    weft_log_set_sink(NULL, NULL);
    free(text);
}

WEFT_TEST(log, speaks_when_memory_is_out)
{
    int count = 0;

    weft_log_set_sink(keep, &count);
    for (unsigned long n = 1;; n++) {
        weft_test_fail_alloc_from(n);
        weft_log(WEFT_LOG_ERROR, "no\n%s", "memory");
        if (!weft_test_fail_stop())
            break;
        cr_expect(eq(str, last, (char *)"3 error no?memory"));
        cr_expect(eq(int, count, (int)n));
    }
    weft_log_set_sink(NULL, NULL);
}

/* What `fn` writes to stderr. */
static void capture(char *to, size_t room, void (*fn)(void))
{
    int saved = dup(STDERR_FILENO);
    size_t length = 0;
    ssize_t got;
    int ends[2];

    cr_assert(zero(int, pipe(ends)));
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    fn();
    dup2(saved, STDERR_FILENO);
    close(saved);
    while ((got = read(ends[0], to + length, room - 1 - length)) > 0)
        length += (size_t)got;
    to[length] = '\0';
    close(ends[0]);
}

static void log_by_thread(void)
{
    cr_expect(zero(int, weft__log_start()));
    cr_expect(zero(int, weft__log_start()));
    weft_log(WEFT_LOG_INFO, "by the thread");
    weft__log_stop();
    weft__log_stop();
    weft_log(WEFT_LOG_INFO, "at once");
}

WEFT_TEST(log, flushes_when_it_stops)
{
    char text[4096];

    capture(text, sizeof(text), log_by_thread);
    cr_expect(ne(ptr, strstr(text, " info by the thread\n"), NULL));
    cr_expect(ne(ptr, strstr(text, " info at once\n"), NULL));
}

static void log_in_a_child(void)
{
    pid_t child;
    int status = -1;

#ifndef WEFT_ASAN /* whose locks a child of several threads may find taken for ever */
    cr_expect(zero(int, weft__log_start()));
#endif
    child = fork();
    if (child == 0) {
        weft_log(WEFT_LOG_INFO, "child, at once");
        if (weft__log_start() == 0)
            weft_log(WEFT_LOG_INFO, "child, by its thread");
        weft__log_stop();
        _exit(0);
    }
    waitpid(child, &status, 0);
    cr_expect(zero(int, status));
    weft__log_stop();
}

WEFT_TEST(log, survives_a_fork)
{
    char text[4096];

    capture(text, sizeof(text), log_in_a_child);
    cr_expect(ne(ptr, strstr(text, "child, at once\n"), NULL), "%s", text);
    cr_expect(ne(ptr, strstr(text, "child, by its thread\n"), NULL), "%s", text);
}
