/*
 * Multipart bodies: the same parts however they are cut, and nothing malformed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/multipart.h"

#include <stdio.h>
#include <string.h>
#include <weft/error.h>

#include "guarded.h"
#include "test.h"

enum { FIELD_BYTES = 200, TEXT_ROOM = 4000 };

/* What came of a body: for each part [header lines]content, then "." for the end; or a code. */
struct outcome {
    int rc;
    char text[TEXT_ROOM];
    size_t used;
};

static void note(struct outcome *o, const char *data, size_t length)
{
    cr_assert(lt(sz, o->used + length, sizeof(o->text)));
    if (length > 0)
        memcpy(o->text + o->used, data, length);
    o->used += length;
    o->text[o->used] = '\0';
}

static void take_events(struct weft__multipart *multipart, const char *at, const char *end,
                        struct outcome *o)
{
    const char *data;
    size_t length;

    while (o->rc == 0) {
        int event = weft__multipart_next(multipart, &at, end, &data, &length);

        if (event == WEFT__MULTIPART_PART) {
            note(o, "[", 1);
            note(o, multipart->fields.data, multipart->fields.length);
            note(o, "]", 1);
        } else if (event == WEFT__MULTIPART_DATA) {
            cr_expect(gt(sz, length, 0));
            note(o, data, length);
        } else if (event == WEFT__MULTIPART_PART_END) {
            note(o, ";", 1);
        } else if (event == WEFT__MULTIPART_END) {
            note(o, ".", 1);
        } else if (event == WEFT__MULTIPART_MORE) {
            cr_expect(eq(ptr, (void *)at, (void *)end));
            break;
        } else {
            const char *none = end;

            o->rc = event;
            cr_expect(
                eq(int, weft__multipart_next(multipart, &none, end, &data, &length), event),
                "a failure stays");
        }
    }
}

/* In pieces of `step` bytes, each ending at an unreadable page. */
static struct outcome parse_by(const char *boundary, const char *body, size_t length,
                               size_t step)
{
    struct weft_test_guarded guarded = weft_test_guarded_new(length);
    struct weft__multipart multipart;
    struct outcome o = { .rc = 0 };

    cr_assert(
        zero(int, weft__multipart_init(&multipart, boundary, strlen(boundary), FIELD_BYTES)));
    for (size_t at = 0; at < length && o.rc == 0; at += step) {
        size_t take = length - at < step ? length - at : step;
        const char *piece = weft_test_guarded_copy(&guarded, body + at, take);

        take_events(&multipart, piece, piece + take, &o);
    }
    if (o.rc == 0 && !weft__multipart_ended(&multipart))
        o.rc = 1; /* cut off */
    weft__multipart_done(&multipart);
    weft_test_guarded_free(&guarded);
    return o;
}

static void expect(const char *boundary, const char *body, int rc, const char *text)
{
    size_t length = strlen(body);

    for (size_t step = 1; step <= length; step++) {
        struct outcome o = parse_by(boundary, body, length, step);

        cr_expect(eq(int, o.rc, rc), "%s by %zu", body, step);
        if (rc == 0)
            cr_expect(eq(str, o.text, (char *)text), "%s by %zu", body, step);
    }
}

WEFT_TEST(multipart, parts_are_found_however_they_are_cut)
{
    static const struct {
        const char *body;
        const char *parts;
    } cases[] = {
        { "--b\r\n\r\nhello\r\n--b--", "[]hello;." },
        { "--b\r\n\r\nhello\r\n--b--\r\n", "[]hello;." },
        { "--b\r\nA: b\r\nC:d\r\n\r\nhello\r\n--b--\r\n", "[A: b\r\nC:d\r\n]hello;." },
        { "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--", "[]1;[]2;." },
        /* Nothing in it. */
        { "--b--", "." },
        { "--b--\r\n", "." },
        { "\r\n--b--\r\n", "." },
        { "--b\r\n\r\n\r\n--b--", "[];." },
        { "--b\r\nA: b\r\n\r\n--b--", "[A: b\r\n];." },
        { "--b\r\n\r\n--b\r\n\r\n--b--", "[];[];." },
        /* Around it. */
        { "preamble\r\n--b\r\n\r\nx\r\n--b--\r\nepilogue\r\n--b\r\n", "[]x;." },
        { "a--b\r\n--b\r\n\r\nx\r\n--b--\r\n\r\n--b--", "[]x;." },
        { "\r\r\n--b\r\n\r\nx\r\n--b--", "[]x;." },
        { "--b \t \r\n\r\nx\r\n--b\t\r\n\r\ny\r\n--b-- \r\n", "[]x;[]y;." },
        { "--b\r\n\r\nx\r\n--b-- ", "[]x;." },
        { "--b\r\n\r\nx\r\n--b--\r", "[]x;." },
        /* What only looks like a delimiter. */
        { "--b\r\n\r\n\r\n-\r\n--\r\n--a\r\n--b--", "[]\r\n-\r\n--\r\n--a;." },
        { "--b\r\n\r\n\r\r\r\n--b--", "[]\r\r;." },
        { "--b\r\n\r\n\r\r\n\n\r\n--b--", "[]\r\r\n\n;." },
        { "--b\r\n\r\n--a\r\n--b--", "[]--a;." },
        { "--b\r\n\r\n\r\n\r\n--b--", "[]\r\n;." },
        { "--b\r\n\r\nx--b\n--b\r--b\r\n -b\r\n--b--", "[]x--b\n--b\r--b\r\n -b;." },
        { "--b\r\n\r\n\n--b--\r\n--b--", "[]\n--b--;." },
        { "--b\r\n\r\n-b--\r\n--b--", "[]-b--;." },
        { "--b\r\n\r\nx\r\n-\r\n--b--", "[]x\r\n-;." },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect("b", cases[i].body, 0, cases[i].parts);
}

WEFT_TEST(multipart, long_boundaries_overlap_with_content)
{
    static const char boundary[] =
        "----------------------------------------------------------------------";
    char body[1000];

    cr_assert(eq(sz, strlen(boundary), WEFT__BOUNDARY_MAX));
    snprintf(body, sizeof(body), "--%s\r\n\r\n\r\n---\r\n%s\r\n-%s\r\n--%s--\r\n", boundary,
             boundary, boundary, boundary);
    {
        char parts[400];

        snprintf(parts, sizeof(parts), "[]\r\n---\r\n%s\r\n-%s;.", boundary, boundary);
        expect(boundary, body, 0, parts);
    }
    expect("'()+_,-./:=? x", "--'()+_,-./:=? x\r\n\r\ny\r\n--'()+_,-./:=? x--", 0, "[]y;.");
}

WEFT_TEST(multipart, what_is_malformed_is_refused)
{
    static const struct {
        const char *body;
        int rc;
    } cases[] = {
        { "--bc\r\n\r\nx\r\n--b--", WEFT_EPROTO },
        { "--b\n\r\nx\r\n--b--", WEFT_EPROTO },
        { "--b\rx\r\n--b--", WEFT_EPROTO },
        { "--b x\r\n\r\n", WEFT_EPROTO },
        { "--b -\r\n\r\n", WEFT_EPROTO },
        { "--b --\r\n\r\n", WEFT_EPROTO },
        { "--b-\r\n\r\n", WEFT_EPROTO },
        { "--b--x", WEFT_EPROTO },
        { "--b--\rx", WEFT_EPROTO },
        { "--b--\n", WEFT_EPROTO },
        { "--b\r\n\r\nx\r\n--bx", WEFT_EPROTO },
        { "--b\r\nA b\r\n\r\n", WEFT_EPROTO },
        { "--b\r\nA\r\n\r\n", WEFT_EPROTO },
        { "--b\r\nA : b\r\n\r\n", WEFT_EPROTO },
        { "--b\r\n: b\r\n\r\n", WEFT_EPROTO },
        { "--b\r\nA: b\n\r\n", WEFT_EPROTO },
        { "--b\r\nA: b\rc\r\n\r\n", WEFT_EPROTO },
        { "--b\r\nA: b\r\n c\r\n\r\n", WEFT_EPROTO },
        { "--b\r\nA: \x01\r\n\r\n", WEFT_EPROTO },
        { "--b\r\nA: b\r\n\rx", WEFT_EPROTO },
        { "--b\r\n--b--", 1 },
        /* Cut off. */
        { "x", 1 },
        { "--b", 1 },
        { "--b\r\n", 1 },
        { "--b\r\nA: b", 1 },
        { "--b\r\n\r\nx", 1 },
        { "--b\r\n\r\nx\r\n--b", 1 },
        { "--b\r\n\r\nx\r\n--b-", 1 },
        { "--b\r\n\r\nx\r\n--b\r\n", 1 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect("b", cases[i].body, cases[i].rc, NULL);
}

WEFT_TEST(multipart, header_lines_have_a_limit)
{
    for (int over = -1; over <= 1; over++) {
        char body[600];
        int value = FIELD_BYTES - 5 + over; /* "A: " and CRLF */

        snprintf(body, sizeof(body), "--b\r\nA: %0*d\r\n\r\nx\r\n--b--", value, 0);
        cr_expect(eq(int, parse_by("b", body, strlen(body), 7).rc, over > 0 ? WEFT_ELIMIT : 0));
    }
    for (int count = WEFT__PART_FIELDS_MAX - 1; count <= WEFT__PART_FIELDS_MAX + 1; count++) {
        char body[600] = "--b\r\n";

        for (int i = 0; i < count; i++)
            memcpy(body + strlen(body), "A:\r\n", 5);
        memcpy(body + strlen(body), "\r\n\r\n--b--", 10);
        cr_expect(eq(int, parse_by("b", body, strlen(body), 7).rc,
                     count > WEFT__PART_FIELDS_MAX ? WEFT_ELIMIT : 0));
    }
}

WEFT_TEST(multipart, boundaries_are_checked)
{
    static const char *const bad[] = { "", "a ", "a\"", "a\r\n", "\xc3\xa9", "a;b", "a@" };
    struct weft__multipart multipart;
    char text[WEFT__BOUNDARY_MAX + 1];

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(eq(int, weft__multipart_init(&multipart, bad[i], strlen(bad[i]), 100),
                     WEFT_EPROTO));
    cr_expect(eq(int, weft__multipart_init(&multipart, "a\0b", 3, 100), WEFT_EPROTO));
    memset(text, 'x', sizeof(text));
    cr_expect(zero(int, weft__multipart_init(&multipart, text, WEFT__BOUNDARY_MAX - 1, 100)));
    cr_expect(zero(int, weft__multipart_init(&multipart, text, WEFT__BOUNDARY_MAX, 100)));
    cr_expect(eq(int, weft__multipart_init(&multipart, text, WEFT__BOUNDARY_MAX + 1, 100),
                 WEFT_EPROTO));
}
