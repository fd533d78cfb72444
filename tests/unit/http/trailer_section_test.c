/*
 * Trailer fields, collected while a chunked body is decoded.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/trailer_section.h"

#include <stdio.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "http/body.h"
#include "http/head.h"
#include "test.h"

/* Decode a body with these trailer lines in pieces of `step` bytes; what was kept, as
 * name=value in brackets. */
static int collect(const char *lines, size_t step, char *text, size_t room)
{
    static const char head_text[] =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    char head_copy[sizeof(head_text)];
    char wire[9000];
    struct weft__arena arena;
    struct weft__head head;
    struct weft__body body;
    size_t length = (size_t)snprintf(wire, sizeof(wire), "2;x\r\nhi\r\n0;y=z\r\n%s\r\n", lines);
    size_t used = 0;
    int rc = 0;

    cr_assert(lt(sz, length, sizeof(wire)));
    memcpy(head_copy, head_text, sizeof(head_text));
    weft__arena_init(&arena, 256);
    cr_assert(
        zero(int, weft__head_parse(&head, &body, &arena, head_copy, sizeof(head_text) - 1, 2)));
    body.trailers = &(struct weft__trailers){ .arena = &arena };
    for (size_t at = 0; at < length && rc == 0; at += step) {
        size_t decoded;
        size_t consumed;

        rc = weft__body_decode(&body, wire + at, length - at < step ? length - at : step,
                               &decoded, &consumed);
    }
    cr_expect(eq(int, body.complete, rc == 0));
    if (rc == 0)
        rc = weft__trailers_parse(body.trailers);
    *text = '\0';
    for (unsigned i = 0; i < body.trailers->fields.count; i++) {
        const struct weft__field *field = &body.trailers->fields.items[i];

        used +=
            (size_t)snprintf(text + used, room - used, "[%s=%s]", field->name, field->value);
    }
    weft__arena_done(&arena);
    return rc;
}

WEFT_TEST(trailers, are_kept_however_they_are_cut)
{
    static const struct {
        const char *lines;
        const char *kept;
    } cases[] = {
        { "", "" },
        { "X: y\r\n", "[X=y]" },
        { "X:y\r\nZ: \t 1 2 \t\r\nx:\r\n", "[X=y][Z=1 2][x=]" },
        { "X: a:b\r\n", "[X=a:b]" },
        { "X: \x80\t!\r\n", "[X=\x80\t!]" },
        { "If-Match: a\r\nX: y\r\nSec-Fetch-Site: b\r\n", "[X=y]" },
        { "Content-Digest: a\r\nContent-Language: b\r\n", "[Content-Digest=a]" },
        { "Set-Cookie: a\r\nSET-COOKIE2: b\r\n", "[SET-COOKIE2=b]" },
        { "X-Forwarded-For: a\r\nForwarded: b\r\nX-Forwarde: c\r\n", "[X-Forwarde=c]" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        for (size_t step = 1; step <= 60; step++) {
            char text[200];

            cr_expect(zero(int, collect(cases[i].lines, step, text, sizeof(text))));
            cr_expect(eq(str, text, (char *)cases[i].kept), "by %zu", step);
        }
}

WEFT_TEST(trailers, those_that_are_refused_are_not_kept)
{
    char text[200];

    for (size_t step = 1; step <= 60; step++) {
        cr_expect(
            eq(int, collect("X: y\r\nContent-Length: 5\r\n", step, text, sizeof(text)), -400));
        cr_expect(eq(int, collect("X : y\r\n", step, text, sizeof(text)), -400));
    }
}

/* The limits are the guard's. */
WEFT_TEST(trailers, may_be_as_long_as_the_limit)
{
    char lines[WEFT__TRAILER_BYTES + 10];
    char text[WEFT__TRAILER_BYTES + 10];

    for (int over = -1; over <= 1; over++) {
        size_t length = (size_t)(WEFT__TRAILER_BYTES + over);

        memset(lines, 'v', length);
        memcpy(lines, "X:", 2);
        memcpy(lines + length - 2, "\r\n", 3);
        cr_expect(eq(int, collect(lines, 1000, text, sizeof(text)), over > 0 ? -400 : 0));
        cr_expect(eq(sz, strlen(text), over > 0 ? 0 : length));
    }
}
