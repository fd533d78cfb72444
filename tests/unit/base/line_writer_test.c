#include <weft/log.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

/* Everything that `fd` gives until its end; free() it. */
static char *read_all(int fd, size_t *ret_length)
{
    size_t room = 1 << 20;
    char *text = malloc(room);
    ssize_t got;

    *ret_length = 0;
    while ((got = read(fd, text + *ret_length, room - *ret_length - 1)) > 0)
        *ret_length += (size_t)got;
    text[*ret_length] = '\0';
    return text;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

WEFT_TEST(line_writer, writes_lines_in_order_and_flushes_at_the_end)
{
    weft_line_writer *writer;
    int ends[2];
    size_t length;
    char *text;

    cr_assert(zero(int, pipe(ends)));
    cr_assert(zero(int, weft_line_writer_new(ends[1], 0, &writer)));
    cr_expect(zero(int, weft_line_writer_put(writer, "one", 3)));
    cr_expect(zero(int, weft_line_writer_put(writer, "", 0)));
    cr_expect(zero(int, weft_line_writer_put(writer, "two", 3)));
    weft_line_writer_free(writer);
    close(ends[1]);
    text = read_all(ends[0], &length);
    cr_expect(eq(str, text, (char *)"one\n\ntwo\n"));
    free(text);
    close(ends[0]);
}

WEFT_TEST(line_writer, drops_and_counts_when_the_reader_is_stuck)
{
    static const char line[] = "0123456789012345678901234567890123456789";
    weft_line_writer *writer;
    uint64_t dropped = 0;
    int ends[2];
    double begun = seconds();

    cr_assert(zero(int, pipe(ends)));
    cr_assert(zero(int, weft_line_writer_new(ends[1], 10000, &writer)));
    for (int i = 0; i < 100000; i++) { /* more than pipe and memory take */
        if (weft_line_writer_put(writer, line, sizeof(line) - 1) == WEFT_ELIMIT)
            dropped++;
    }
    cr_expect(gt(u64, dropped, 0));
    cr_expect(eq(u64, weft_line_writer_dropped(writer), dropped));
    weft_line_writer_free(writer);
    cr_expect(lt(dbl, seconds() - begun, 10.0));
    close(ends[0]);
    close(ends[1]);
}

#ifndef __SANITIZE_THREAD__ /* which has threads of its own */
static int threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;

    cr_assert(ne(ptr, folder, NULL));
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* "." and ".." */
}

WEFT_TEST(line_writer, has_no_thread_before_the_first_line)
{
    weft_line_writer *writer;
    int before = threads();
    int ends[2];

    cr_assert(zero(int, pipe(ends)));
    cr_assert(zero(int, weft_line_writer_new(ends[1], 0, &writer)));
    cr_expect(eq(int, threads(), before));
    cr_expect(zero(int, weft_line_writer_put(writer, "one", 3)));
    cr_expect(eq(int, threads(), before + 1));
    weft_line_writer_free(writer);
    cr_assert(zero(int, weft_line_writer_new(ends[1], 0, &writer)));
    weft_line_writer_free(writer); /* without a line */
    cr_expect(eq(int, threads(), before));
    close(ends[0]);
    close(ends[1]);
}
#endif

#if !defined(WEFT_ASAN) && !defined(__SANITIZE_THREAD__) /* these need all address space */
WEFT_TEST(line_writer, says_so_when_there_is_no_thread)
{
    const struct rlimit none = { 0, RLIM_INFINITY };
    struct rlimit before;
    weft_line_writer *writer;
    int ends[2];
    size_t length;
    char *text;
    int rc;

    cr_assert(zero(int, pipe(ends)));
    cr_assert(zero(int, weft_line_writer_new(ends[1], 0, &writer)));
    cr_assert(zero(int, getrlimit(RLIMIT_AS, &before)));
    cr_assert(zero(int, setrlimit(RLIMIT_AS, &none)));
    rc = weft_line_writer_put(writer, "lost", 4);
    cr_assert(zero(int, setrlimit(RLIMIT_AS, &before)));
    cr_expect(eq(int, rc, UV_EAGAIN));
    cr_expect(eq(u64, weft_line_writer_dropped(writer), 1));
    cr_expect(zero(int, weft_line_writer_put(writer, "kept", 4)), "threads are there again");
    weft_line_writer_free(writer);
    close(ends[1]);
    text = read_all(ends[0], &length);
    cr_expect(eq(str, text, (char *)"kept\n"));
    free(text);
    close(ends[0]);
}
#endif

/* A non-blocking descriptor refuses (EAGAIN) and takes parts; no byte may be lost or doubled.
 */
WEFT_TEST(line_writer, copes_with_a_non_blocking_descriptor)
{
    enum { LINES = 20000 };
    weft_line_writer *writer;
    int ends[2];
    char line[32];
    char got[4096];
    size_t total = 0;
    size_t expected = 0;
    ssize_t length;

    cr_assert(zero(int, pipe2(ends, O_NONBLOCK)));
    cr_assert(zero(int, weft_line_writer_new(ends[1], 1 << 20, &writer)));
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof(line), "line %05d", i);
        cr_assert(zero(int, weft_line_writer_put(writer, line, strlen(line))));
        expected += strlen(line) + 1;
    }
    fcntl(ends[0], F_SETFL, 0);
    while (total < expected && (length = read(ends[0], got, sizeof(got))) > 0) {
        for (ssize_t i = 0; i < length; i++) {
            size_t at = (total + (size_t)i) % 11;

            snprintf(line, sizeof(line), "line %05zu", (total + (size_t)i) / 11);
            cr_assert(eq(chr, got[i], at == 10 ? '\n' : line[at]));
        }
        total += (size_t)length;
    }
    weft_line_writer_free(writer);
    close(ends[0]);
    close(ends[1]);
}

WEFT_TEST(line_writer, refuses_a_line_that_cannot_fit)
{
    char line[200] = { 0 };
    weft_line_writer *writer;
    int null = open("/dev/null", O_WRONLY);

    cr_assert(zero(int, weft_line_writer_new(null, 100, &writer)));
    cr_expect(eq(int, weft_line_writer_put(writer, line, sizeof(line)), WEFT_ELIMIT));
    cr_expect(eq(int, weft_line_writer_put(writer, line, 100), WEFT_ELIMIT));
    cr_expect(zero(int, weft_line_writer_put(writer, line, 99)));
    weft_line_writer_free(writer);
    weft_line_writer_free(NULL);
    close(null);
}
