/*
 * However the bytes are cut on their way, what is read is the same; limits are exact.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <stdlib.h>
#include <string.h>

#include "in_task.h"

/* What is sent, and how it is read: by a delimiter into so much room. */
struct reading {
    const char *sent;
    const char *delimiter; /* NULL: by lines */
    size_t room;
    const char *wanted; /* results of the reads, until one that is 0 or a code */
};

struct sender {
    struct weft_stream *stream;
    const char *text;
    size_t piece;
};

/* So many bytes at a time, each on its own way. */
static int send_in_pieces(void *arg)
{
    struct sender *sender = arg;
    size_t length = strlen(sender->text);
    int rc = 0;

    for (size_t at = 0; at < length && rc == 0; at += sender->piece) {
        size_t left = length - at;

        rc = weft_stream_write(sender->stream, sender->text + at,
                               left < sender->piece ? left : sender->piece);
        for (int i = 0; i < 3 && rc == 0; i++)
            rc = weft_yield();
    }
    return rc < 0 ? rc : weft_stream_shut_write(sender->stream);
}

static int read_one(const struct reading *reading, struct weft_stream *stream, char *text)
{
    int rc = reading->delimiter == NULL
                 ? weft_stream_read_line(stream, text, reading->room)
                 : weft_stream_read_until(stream, reading->delimiter, text, reading->room);

    if (rc > 0)
        cr_expect(eq(sz, strlen(text), (size_t)rc));
    return rc;
}

static const char *name_of(int rc)
{
    return rc == WEFT_ELIMIT ? "limit" : rc == UV_EOF ? "eof" : rc == 0 ? "end" : "failure";
}

/* Each text between bars, and how it ended. */
static void read_all(const struct reading *reading, struct weft_stream *stream, char *found)
{
    char text[32];
    int rc;

    found[0] = '\0';
    while ((rc = read_one(reading, stream, text)) > 0) {
        strncat(found, text, 32);
        strncat(found, "|", 2);
    }
    strncat(found, name_of(rc), 8);
}

static void expect(const struct reading *reading, size_t piece, size_t read_limit)
{
    weft_stream_options options = { .read_limit_bytes = read_limit };
    struct sender sender = { .text = reading->sent, .piece = piece };
    struct weft_stream *near;
    char found[256];
    weft_task *task;

    cr_assert(zero(int, weft_stream_pair(&options, &near, &sender.stream)));
    task = weft_test_spawn(send_in_pieces, &sender);
    read_all(reading, near, found);
    cr_expect(eq(str, found, (char *)reading->wanted), "by %zu, limit %zu", piece, read_limit);
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(zero(int, weft_stream_close(near)));
    cr_expect(zero(int, weft_stream_close(sender.stream)));
}

WEFT_TASK_TEST(cuts, make_no_difference)
{
    static const struct reading readings[] = {
        { "one\ntwo\n\nlast", NULL, 16, "one\n|two\n|\n|last|end" },
        { "1234\n", NULL, 6, "1234\n|end" }, /* it just fits, with its NUL */
        { "1234\n", NULL, 5, "limit" },      /* one over */
        { "1234\n", NULL, 7, "1234\n|end" }, /* one under */
        { "1234", NULL, 5, "limit" },        /* who knows what would come */
        { "1234", NULL, 6, "1234|end" },     /* the end has come within the limit */
        { "a--b---c--", "--", 8, "a--|b--|-c--|eof" },
        { "aab-aaab-", "aab-", 8, "aab-|aaab-|eof" }, /* begins within a failed beginning */
        { "ababac.", "abac", 8, "ababac|eof" },
        { "xxxxab", "ab", 7, "xxxxab|eof" },
        { "xxxxxab", "ab", 7, "limit" }, /* the delimiter lies across the limit */
        { "", "ab", 8, "eof" },
        { "", NULL, 8, "end" },
    };

    for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
        for (size_t piece = 1; piece <= strlen(readings[i].sent) + 1; piece++) {
            expect(&readings[i], piece, 1);
            expect(&readings[i], piece, 65536);
        }
    }
}

/* Behind a line that is too long the stream goes on where it was. */
WEFT_TASK_TEST(cuts, a_long_line_can_be_read_in_parts)
{
    struct weft_stream *near, *far;
    char text[8];

    cr_assert(zero(int, weft_stream_pair(NULL, &near, &far)));
    cr_assert(zero(int, weft_stream_write(far, "0123456789\nnext\n", 16)));
    cr_expect(eq(int, weft_stream_read_line(near, text, 8), WEFT_ELIMIT));
    cr_expect(zero(int, weft_stream_read_exactly(near, text, 7, NULL)));
    cr_expect(zero(int, memcmp(text, "0123456", 7)));
    cr_expect(eq(int, weft_stream_read_line(near, text, 8), 4));
    cr_expect(eq(str, text, (char *)"789\n"));
    cr_expect(eq(int, weft_stream_read_line(near, text, 8), 5));
    cr_expect(eq(str, text, (char *)"next\n"));
    weft_stream_close(near);
    weft_stream_close(far);
}

/* Exact reads over the edge of what is read ahead, of what was buffered and of what comes. */
WEFT_TASK_TEST(cuts, exact_reads_meet_all_edges)
{
    enum { LENGTH = 300 };
    char sent[LENGTH], got[LENGTH];

    for (int i = 0; i < LENGTH; i++)
        sent[i] = (char)i;
    for (size_t step = 1; step < 40; step++) {
        weft_stream_options options = { .read_limit_bytes = 16 };
        struct weft_stream *near, *far;
        size_t at = 0;

        cr_assert(zero(int, weft_stream_pair(&options, &near, &far)));
        cr_assert(zero(int, weft_stream_write(far, sent, LENGTH)));
        weft_stream_shut_write(far);
        while (at < LENGTH) {
            size_t count = 0;
            int rc = weft_stream_read_exactly(near, got + at,
                                              step < LENGTH - at ? step : LENGTH - at, &count);

            cr_assert(zero(int, rc));
            at += count;
        }
        cr_expect(zero(int, memcmp(sent, got, LENGTH)), "by %zu", step);
        cr_expect(zero(int, weft_stream_read(near, got, 1)));
        weft_stream_close(near);
        weft_stream_close(far);
    }
}
