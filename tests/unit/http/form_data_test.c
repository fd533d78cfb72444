/*
 * Headers of the parts of a form (RFC 7578).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/form_data.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "guarded.h"
#include "test.h"

WEFT_TEST(form_data, says_name_and_file_name)
{
    static const struct {
        const char *text;
        const char *name;     /* NULL: none */
        const char *filename; /* NULL: none */
        int rc;
    } cases[] = {
        { "form-data; name=\"a\"", "a", NULL, 0 },
        { "form-data; name=a", "a", NULL, 0 },
        { "Form-Data;NAME=\"a\" ; FileName=\"b.txt\"", "a", "b.txt", 0 },
        { "form-data; name=\"\"; filename=\"\"", "", "", 0 },
        { "form-data; filename=\"b\"; name=\"a\";", "a", "b", 0 },
        { "form-data; name=\"a;b=c\"; x=y", "a;b=c", NULL, 0 },
        { "form-data; name=\"\xc3\xa9\"; filename=\"\xe2\x82\xac.txt\"", "\xc3\xa9",
          "\xe2\x82\xac.txt", 0 },
        /* Escapes of browsers, of others, and what is none. */
        { "form-data; name=\"a%22b%0D%0ac\"", "a\"b\r\nc", NULL, 0 },
        { "form-data; name=\"100%25%2\"", "100%25%2", NULL, 0 },
        { "form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c", NULL, 0 },
        { "form-data; name=a; filename=\"C:\\dir\\b.txt\"", "a", "C:\\dir\\b.txt", 0 },
        { "form-data; name=\"a%00b\"", "a%00b", NULL, 0 },
        /* filename* */
        { "form-data; name=a; filename=\"x\"; filename*=UTF-8''%e2%82%ac.txt", "a",
          "\xe2\x82\xac.txt", 0 },
        { "form-data; name=a; filename*=utf-8'en'b; filename=x", "a", "b", 0 },
        { "form-data; name=a; filename*=latin1''%e9; filename=x", "a", "x", 0 },
        { "form-data; name=a; filename*=UTF-8''%e2%82%ac", "a", "\xe2\x82\xac", 0 },
        { "form-data; name=a; filename*=UTF-8''%zz; filename=x", "a", "x", 0 },
        { "form-data; name=a; filename*=UTF-8''%ff; filename=x", "a", "x", 0 },
        { "form-data; name=a; filename*=\"UTF-8''b\"; filename=x", "a", "x", 0 },
        { "form-data; name=a; filename*=UTF-8''%00; filename=x", "a", "x", 0 },
        { "attachment; filename*=UTF-8''b", NULL, "b", 0 },
        { "form-data", NULL, NULL, 0 },
        { "attachment; filename=\"b\"", NULL, "b", 0 },
        { "attachment; name=a", NULL, NULL, 0 },
        /* Malformed. */
        { "", NULL, NULL, WEFT_EPROTO },
        { "form-data name=a", NULL, NULL, WEFT_EPROTO },
        { "form-data; name", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=", NULL, NULL, WEFT_EPROTO },
        { "form-data; =a", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=\"a", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=\"a\\\"", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=\"a\"b", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=\"a\"; name=\"b\"", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename=b; filename=c", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename*=UTF-8''b; filename*=UTF-8''c", NULL, NULL,
          WEFT_EPROTO },
        { "; name=a", NULL, NULL, WEFT_EPROTO },
        /* What those see who know RFC 2231, and others do not. */
        { "form-data; name=a; name*=UTF-8''b", NULL, NULL, WEFT_EPROTO },
        { "form-data; name*=UTF-8''b; name=a", NULL, NULL, WEFT_EPROTO },
        { "form-data; name*=UTF-8''b", NULL, NULL, WEFT_EPROTO },
        { "form-data; name*=", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; NAME*=x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name*0=a; name*1=b", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; name*0*=UTF-8''b", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; name**=b", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=\"a\"; filename*0=\"x\"; filename*1=\"y\"", NULL, NULL,
          WEFT_EPROTO },
        { "form-data; name=a; filename*1=x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename=x; filename*0=x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; FileName*0*=UTF-8''x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename*=UTF-8''x; filename*10=y", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename**=UTF-8''x", NULL, NULL, WEFT_EPROTO },
        { "attachment; filename*0=x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; names=b; filenam=c; filename-x=d; x*0=e; x*=UTF-8''f", "a", NULL,
          0 },
        { "form-data; name=a; nam*=b; x-filename*0=c", "a", NULL, 0 },
        /* A file whose name cannot be read is no field. */
        { "form-data; name=a; filename*=UTF-8''%zz", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename*=UTF-8''%ff", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename*=UTF-8'x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename*=x", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename*=latin1''%e9", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=\"\xff\"", NULL, NULL, WEFT_EPROTO },
        { "form-data; name=a; filename=\"\xc3\"", NULL, NULL, WEFT_EPROTO },
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(200);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].text);
        struct weft__form_data form = { 0 };
        struct weft__arena arena;
        int rc;

        weft__arena_init(&arena, 256);
        rc = weft__form_data_parse(
            &form, &arena, weft_test_guarded_copy(&guarded, cases[i].text, length), length);
        cr_expect(eq(int, rc, cases[i].rc), "%s", cases[i].text);
        cr_expect(eq(int, form.name != NULL, cases[i].name != NULL), "%s", cases[i].text);
        cr_expect(eq(int, form.filename != NULL, cases[i].filename != NULL), "%s",
                  cases[i].text);
        if (form.name != NULL && cases[i].name != NULL)
            cr_expect(eq(str, (char *)form.name, (char *)cases[i].name));
        if (form.filename != NULL && cases[i].filename != NULL)
            cr_expect(eq(str, (char *)form.filename, (char *)cases[i].filename));
        weft__arena_done(&arena);
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(form_data, header_lines_become_fields)
{
    static const char lines[] = "A: b\r\nContent-Type:\t text/plain \t\r\nC:\r\n";
    struct weft__fields fields = { 0 };
    struct weft__arena arena;

    weft__arena_init(&arena, 256);
    cr_assert(zero(int, weft__part_fields_parse(&fields, &arena, lines, sizeof(lines) - 1)));
    cr_assert(eq(uint, fields.count, 3));
    cr_expect(eq(str, (char *)fields.items[0].value, (char *)"b"));
    cr_expect(eq(str, (char *)weft__fields_get(&fields, "content-type", 12)->value,
                 (char *)"text/plain"));
    cr_expect(eq(str, (char *)fields.items[2].value, (char *)""));
    weft__arena_done(&arena);
}

WEFT_TEST(form_data, header_fields_that_count_are_there_once)
{
    static const struct {
        const char *lines;
        int rc;
    } cases[] = {
        { "X: a\r\nx: b\r\nContent-Type-X: c\r\nContent-Type-X: c\r\n", 0 },
        { "Content-Disposition: a\r\nContent-Type: a\r\nContent-Transfer-Encoding: a\r\n", 0 },
        { "Content-Type: a\r\nContent-Type: a\r\n", WEFT_EPROTO },
        { "Content-Type: a\r\nX: b\r\ncontent-type: a\r\n", WEFT_EPROTO },
        { "Content-Disposition: a\r\nCONTENT-DISPOSITION:\r\n", WEFT_EPROTO },
        { "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 8bit\r\n",
          WEFT_EPROTO },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__fields fields = { 0 };
        struct weft__arena arena;

        weft__arena_init(&arena, 256);
        cr_expect(
            eq(int,
               weft__part_fields_parse(&fields, &arena, cases[i].lines, strlen(cases[i].lines)),
               cases[i].rc),
            "%s", cases[i].lines);
        weft__arena_done(&arena);
    }
}
