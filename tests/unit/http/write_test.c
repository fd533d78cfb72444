/*
 * Response heads and chunks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/date.h"
#include "http/field.h"
#include "test.h"

static const struct weft__date date = {
    .line = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
};

/* A list from "name", "value", ... NULL. */
static struct weft__fields list(struct weft__arena *arena, const char *const *texts)
{
    struct weft__fields fields = { 0 };

    for (; texts[0] != NULL; texts += 2)
        cr_assert(zero(int, weft__fields_add_static(&fields, arena, texts[0], strlen(texts[0]),
                                                    texts[1], strlen(texts[1]))));
    return fields;
}

static void expect(struct weft__response_head head, const char *const *texts,
                   const char *expected)
{
    static const char *const none[] = { NULL };
    struct weft__arena arena;
    struct weft__buffer out;
    struct weft__fields fields;

    weft__arena_init(&arena, 512);
    weft__buffer_init(&out, 4096);
    fields = list(&arena, texts != NULL ? texts : none);
    head.fields = texts != NULL ? &fields : NULL;
    cr_assert(zero(int, weft__buffer_append(&out, "<", 1)));
    cr_assert(zero(int, weft__write_head(&out, &head)));
    cr_assert(zero(int, weft__buffer_append(&out, ">", 2)));
    cr_expect(eq(str, out.data, (char *)expected));
    weft__buffer_done(&out);
    weft__arena_done(&arena);
}

WEFT_TEST(write, heads)
{
    static const char *const two[] = { "Content-Type", "text/plain", "X", "", NULL };

    expect((struct weft__response_head){ .status = 200,
                                         .date = &date,
                                         .server = "Weft",
                                         .server_length = 4,
                                         .content_length = 13,
                                         .framing = WEFT__FRAMING_LENGTH },
           two,
           "<HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: Weft\r\n"
           "Content-Type: text/plain\r\nX: \r\nContent-Length: 13\r\n\r\n>");
    expect((struct weft__response_head){ .status = 204 }, NULL,
           "<HTTP/1.1 204 No Content\r\n\r\n>");
    expect((struct weft__response_head){ .status = 299,
                                         .framing = WEFT__FRAMING_CHUNKED,
                                         .connection = WEFT__CONNECTION_CLOSE },
           NULL, "<HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n>");
    expect((struct weft__response_head){ .status = 200,
                                         .framing = WEFT__FRAMING_LENGTH,
                                         .content_length = UINT64_MAX,
                                         .connection = WEFT__CONNECTION_KEEP_ALIVE },
           NULL,
           "<HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n"
           "Connection: keep-alive\r\n\r\n>");
}

/* RFC 9110, 7.8: who sends Upgrade names it in Connection. */
WEFT_TEST(write, heads_with_upgrade_say_so_in_connection)
{
    static const char *const upgrade[] = { "uPGRADE", "h2c", NULL };
    static const char *const others[] = { "Upgrades", "x", "Upgrad", "y", NULL };

    expect((struct weft__response_head){ .status = 101 }, upgrade,
           "<HTTP/1.1 101 Switching Protocols\r\nuPGRADE: h2c\r\n"
           "Connection: upgrade\r\n\r\n>");
    expect((struct weft__response_head){ .status = 426, .connection = WEFT__CONNECTION_CLOSE },
           upgrade,
           "<HTTP/1.1 426 Upgrade Required\r\nuPGRADE: h2c\r\n"
           "Connection: close, upgrade\r\n\r\n>");
    expect((struct weft__response_head){ .status = 426,
                                         .framing = WEFT__FRAMING_LENGTH,
                                         .connection = WEFT__CONNECTION_KEEP_ALIVE },
           upgrade,
           "<HTTP/1.1 426 Upgrade Required\r\nuPGRADE: h2c\r\nContent-Length: 0\r\n"
           "Connection: keep-alive, upgrade\r\n\r\n>");
    expect((struct weft__response_head){ .status = 204 }, others,
           "<HTTP/1.1 204 No Content\r\nUpgrades: x\r\nUpgrad: y\r\n\r\n>");
}

WEFT_TEST(write, heads_say_only_the_true_length)
{
    static const char *const lies[] = { "Content-Length",    "99",        "A",          "b",
                                        "Transfer-Encoding", "gzip",      "connection", "close",
                                        "Keep-Alive",        "timeout=5", "TE",         "gzip",
                                        "Proxy-Connection",  "close",     NULL };

    expect((struct weft__response_head){ .status = 200, .framing = WEFT__FRAMING_LENGTH }, lies,
           "<HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n>");
}

WEFT_TEST(write, heads_with_a_date_and_server_of_their_own)
{
    static const char *const own[] = { "date", "today", "server", "me", NULL };

    expect(
        (struct weft__response_head){
            .status = 200, .date = &date, .server = "Weft", .server_length = 4 },
        own, "<HTTP/1.1 200 OK\r\ndate: today\r\nserver: me\r\n\r\n>");
}

WEFT_TEST(write, heads_forget_what_was_removed)
{
    struct weft__arena arena;
    struct weft__buffer out;
    struct weft__fields fields = { 0 };
    struct weft__response_head head = { .status = 204, .fields = &fields, .date = &date };

    weft__arena_init(&arena, 512);
    weft__buffer_init(&out, 4096);
    cr_assert(zero(int, weft__fields_add(&fields, &arena, "Date", 4, "x", 1)));
    weft__fields_remove(&fields, "date", 4);
    cr_assert(zero(int, weft__fields_add(&fields, &arena, "Upgrade", 7, "x", 1)));
    weft__fields_remove(&fields, "upgrade", 7);
    cr_assert(zero(int, weft__write_head(&out, &head)));
    cr_assert(zero(int, weft__buffer_append(&out, "", 1)));
    cr_expect(eq(str, out.data,
                 (char *)"HTTP/1.1 204 No Content\r\n"
                         "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"));
    weft__buffer_done(&out);
    weft__arena_done(&arena);
}

WEFT_TEST(write, leaves_a_full_buffer_as_it_is)
{
    struct weft__response_head head = { .status = 200 };
    struct weft__buffer out;

    weft__buffer_init(&out, 10);
    cr_expect(eq(int, weft__write_head(&out, &head), WEFT_ELIMIT));
    cr_expect(zero(sz, out.length));
    weft__buffer_clear(&out);
    cr_expect(eq(int, weft__write_chunk(&out, "0123456789", 10), WEFT_ELIMIT));
    cr_expect(zero(sz, out.length));
    weft__buffer_clear(&out);
    cr_expect(eq(int, weft__write_chunk(&out, "", SIZE_MAX), WEFT_ELIMIT));
    weft__buffer_clear(&out);
    cr_expect(eq(int, weft__write_continue(&out), WEFT_ELIMIT));
    weft__buffer_done(&out);
}

WEFT_TEST(write, chunks)
{
    struct weft__buffer out;

    weft__buffer_init(&out, 4096);
    cr_assert(zero(int, weft__write_continue(&out)));
    cr_assert(zero(int, weft__write_chunk(&out, "0123456789abcdefg", 17)));
    cr_assert(zero(int, weft__write_chunk(&out, "", 0)));
    cr_assert(zero(int, weft__write_chunk(&out, "x", 1)));
    cr_assert(zero(int, weft__write_last_chunk(&out)));
    cr_assert(zero(int, weft__buffer_append(&out, "", 1)));
    cr_expect(eq(str, out.data,
                 (char *)"HTTP/1.1 100 Continue\r\n\r\n"
                         "11\r\n0123456789abcdefg\r\n1\r\nx\r\n0\r\n\r\n"));
    weft__buffer_done(&out);
}

WEFT_TEST(write, numbers)
{
    static const uint64_t numbers[] = { 0,   1,    9,     10,        99,        100,
                                        255, 4095, 65536, INT64_MAX, UINT64_MAX };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        char text[32] = "";
        char expected[32];

        snprintf(expected, sizeof(expected), "%llu", (unsigned long long)numbers[i]);
        cr_expect(eq(sz, weft__decimal(text, numbers[i]), strlen(expected)));
        cr_expect(eq(str, text, expected));
        memset(text, 0, sizeof(text));
        snprintf(expected, sizeof(expected), "%zx\r\n", (size_t)numbers[i]);
        cr_expect(eq(sz, weft__chunk_head(text, (size_t)numbers[i]), strlen(expected)));
        cr_expect(eq(str, text, expected));
    }
}
