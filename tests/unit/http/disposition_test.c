/*
 * Names of files in Content-Disposition.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/disposition.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "test.h"

static void expect_of(const char *name, size_t length, const char *want)
{
    struct weft__buffer out;

    weft__buffer_init(&out, 100000);
    cr_assert(zero(int, weft__disposition_write(&out, "attachment", name, length)));
    cr_assert(zero(int, weft__buffer_append(&out, "", 1)));
    cr_expect(eq(str, out.data, (char *)want));
    weft__buffer_done(&out);
}

static void expect(const char *name, const char *parameters)
{
    char want[4096];

    snprintf(want, sizeof(want), "attachment%s", parameters);
    expect_of(name, strlen(name), want);
}

WEFT_TEST(disposition, plain_names_are_quoted)
{
    expect("a.txt", "; filename=\"a.txt\"");
    expect("two words; and 'more'.txt", "; filename=\"two words; and 'more'.txt\"");
    expect("100%.txt", "; filename=\"100%.txt\"");
    expect(".bashrc", "; filename=\".bashrc\"");
}

WEFT_TEST(disposition, others_come_twice)
{
    expect("na\xc3\xafve \xe2\x82\xac.txt",
           "; filename=\"na_ve _.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt");
    expect("a\"b.txt", "; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt");
    expect("a%20b", "; filename=\"a_20b\"; filename*=UTF-8''a%2520b");
    expect("\xf0\x9f\x98\x80*'%",
           "; filename=\"_*'%\"; filename*=UTF-8''%F0%9F%98%80%2A%27%25");
}

WEFT_TEST(disposition, paths_are_cut_off)
{
    expect("/etc/passwd", "; filename=\"passwd\"");
    expect("..\\..\\boot.ini", "; filename=\"boot.ini\"");
    expect("a/", "");
    expect("..", "");
    expect("a/.", "");
    expect("", "");
    expect("...", "; filename=\"...\"");
}

WEFT_TEST(disposition, nothing_splits_the_field)
{
    expect("a\r\nSet-Cookie: b", "; filename=\"a__Set-Cookie: b\"");
    expect("a\x7f\x01\xc2\x85z", "; filename=\"a___z\"");
    expect("a\xff\xc3", "; filename=\"a__\"");
    expect("\r\xc3\xa9\n", "; filename=\"___\"; filename*=UTF-8''_%C3%A9_");
    expect_of("a\0b", 3, "attachment; filename=\"a_b\"");
}

WEFT_TEST(disposition, long_names_are_cut_between_characters)
{
    char name[WEFT__DISPOSITION_NAME_MAX + 2];
    char want[WEFT__DISPOSITION_NAME_MAX + 40];

    memset(name, 'a', sizeof(name));
    snprintf(want, sizeof(want), "attachment; filename=\"%.*s\"", WEFT__DISPOSITION_NAME_MAX,
             name);
    expect_of(name, WEFT__DISPOSITION_NAME_MAX, want);
    expect_of(name, WEFT__DISPOSITION_NAME_MAX + 1, want);
    memcpy(name + WEFT__DISPOSITION_NAME_MAX - 1, "\xc3\xa9", 2);
    snprintf(want, sizeof(want), "attachment; filename=\"%.*s\"",
             WEFT__DISPOSITION_NAME_MAX - 1, name);
    expect_of(name, WEFT__DISPOSITION_NAME_MAX + 1, want);
}
