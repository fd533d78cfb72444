/*
 * Cookies, read and written.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "failalloc.h"
#include "guarded.h"
#include "test.h"

static const char *parse(const char *text)
{
    static char dump[500];
    struct weft_test_guarded guarded = weft_test_guarded_new(300);
    size_t length = strlen(text);
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;

    weft__arena_init(&arena, 512);
    cr_assert(
        zero(int, weft__cookies_parse(&pairs, &arena,
                                      weft_test_guarded_copy(&guarded, text, length), length)));
    dump[0] = '\0';
    for (unsigned i = 0; i < pairs.count; i++) {
        size_t used = strlen(dump);

        cr_expect(eq(sz, strlen(pairs.items[i].name), pairs.items[i].name_length));
        cr_expect(eq(sz, strlen(pairs.items[i].value), pairs.items[i].value_length));
        snprintf(dump + used, sizeof(dump) - used, "[%s=%s]", pairs.items[i].name,
                 pairs.items[i].value);
    }
    weft__arena_done(&arena);
    weft_test_guarded_free(&guarded);
    return dump;
}

WEFT_TEST(cookie, is_read)
{
    static const struct {
        const char *text;
        const char *cookies;
    } cases[] = {
        { "", "" },
        { "a=b", "[a=b]" },
        { "a=1; b=2; c=3", "[a=1][b=2][c=3]" },
        { "a=1;b=2", "[a=1][b=2]" },
        { "foo=", "[foo=]" },
        { "a=hello world; b=x=y", "[a=hello world][b=x=y]" },
        { "a=\"q\"", "[a=\"q\"]" },
        { " a=b ;; c = d ", "[a=b]" },
        { "a= b", "[a=b]" },
        { "===;;;", "" },
        { "novalue; a=b; =x", "[a=b]" },
        { "a b=c; d=e", "[a b=c][d=e]" },
        { "a[b]=1; x:y=2; \"q\"=3; \xc3\xa9=4", "[a[b]=1][x:y=2][\"q\"=3][\xc3\xa9=4]" },
        { "__Host-a =1; __Host-a\t=1; =__Host-a=1", "" },
        { "a=%20+", "[a=%20+]" },
        { "a=1; a=2", "[a=1][a=2]" },
        { "a=\xc3\xa9", "[a=\xc3\xa9]" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)parse(cases[i].text), (char *)cases[i].cookies), "%s",
                  cases[i].text);
}

WEFT_TEST(cookie, number_is_held)
{
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;

    weft__arena_init(&arena, 512);
    for (int i = 0; i < WEFT__COOKIES_MAX; i++)
        cr_assert(zero(int, weft__cookies_parse(&pairs, &arena, "a=b", 3)));
    cr_expect(zero(int, weft__cookies_parse(&pairs, &arena, "junk", 4)));
    cr_expect(eq(int, weft__cookies_parse(&pairs, &arena, "a=b", 3), WEFT_ELIMIT));
    weft__arena_done(&arena);
}

static void expect_formatted(struct weft__cookie cookie, const char *expected)
{
    struct weft__arena arena;
    const char *text = NULL;
    size_t length = 0;
    int rc;

    weft__arena_init(&arena, 512);
    rc = weft__cookie_format(&cookie, &arena, &text, &length);
    if (expected == NULL) {
        cr_expect(eq(int, rc, UV_EINVAL), "%s=%s", cookie.name, cookie.value);
        cr_expect(eq(ptr, (void *)text, NULL));
    } else {
        cr_assert(zero(int, rc), "%s", expected);
        cr_expect(eq(str, (char *)text, (char *)expected));
        cr_expect(eq(sz, length, strlen(expected)));
    }
    weft__arena_done(&arena);
}

#define COOKIE(...) ((struct weft__cookie){ .name = "a", .value = "b", __VA_ARGS__ })

WEFT_TEST(cookie, is_written)
{
    expect_formatted(COOKIE(.path = NULL), "a=b");
    expect_formatted((struct weft__cookie){ .name = "a" }, "a=");
    expect_formatted((struct weft__cookie){ .name = "a", .value = "\"x,\"" }, NULL);
    expect_formatted((struct weft__cookie){ .name = "a", .value = "\"x\"" }, "a=\"x\"");
    expect_formatted(COOKIE(.domain = "example.org", .path = "/x y", .has_max_age = true,
                            .max_age = 3600, .has_expires = true, .expires = 784111777,
                            .secure = true, .http_only = true,
                            .same_site = WEFT__SAME_SITE_NONE, .partitioned = true),
                     "a=b; Domain=example.org; Path=/x y; Max-Age=3600; "
                     "Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=None; "
                     "Partitioned");
    expect_formatted(COOKIE(.has_max_age = true), "a=b; Max-Age=0");
    expect_formatted(COOKIE(.has_max_age = true, .max_age = -1), "a=b; Max-Age=-1");
    expect_formatted(COOKIE(.has_max_age = true, .max_age = INT64_MIN),
                     "a=b; Max-Age=-9223372036854775808");
    expect_formatted(COOKIE(.same_site = WEFT__SAME_SITE_LAX), "a=b; SameSite=Lax");
    expect_formatted(COOKIE(.same_site = WEFT__SAME_SITE_STRICT), "a=b; SameSite=Strict");
    expect_formatted((struct weft__cookie){ .name = "__Host-a", .path = "/", .secure = true },
                     "__Host-a=; Path=/; Secure");
    expect_formatted((struct weft__cookie){ .name = "__secure-a", .secure = true },
                     "__secure-a=; Secure");
}

WEFT_TEST(cookie, is_refused)
{
    static const char *const names[] = { "", "a b", "a=", "a;", "\xc3\xa9", "a\r\n", "\"a\"" };
    static const char *const values[] = { "a b",  "a;b",  "a,b", "a\"b", "a\\b",
                                          "\r\n", "\xff", "\"",  "\"a",  "a\x7f" };
    static const char *const domains[] = {
        "",      ".a",      "a b",          "a;b",  "a/b",   "a:80",        "a.",
        "a..b",  "-a.org",  "a-.org",       "a.-b", "a.b-",  "-",           "a~b.org",
        "[::1]", "1.2.3.4", "127.1",        "1",    "a.1",   "0x7f.0.0.01", "a.0x1",
        "a.0x",  "1.2.3.",  "\xc3\xa9.org", "*.a",  "a%2eb",
    };
    static const char *const paths[] = { "", "a", "/;a", "/\n", "/a ", "/\xc3\xa9" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        expect_formatted((struct weft__cookie){ .name = names[i], .value = "b" }, NULL);
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        expect_formatted((struct weft__cookie){ .name = "a", .value = values[i] }, NULL);
    for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++)
        expect_formatted(COOKIE(.domain = domains[i]), NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        expect_formatted(COOKIE(.path = paths[i]), NULL);
    expect_formatted((struct weft__cookie){ .value = "b" }, NULL);
}

/* `count` labels of `length` characters, and one of `last`. */
static const char *name_of(char *to, int count, int length, int last)
{
    char *at = to;

    for (int i = 0; i <= count; i++) {
        int n = i < count ? length : last;

        memset(at, 'a', (size_t)n);
        at += n;
        *at++ = '.';
    }
    at[-1] = '\0';
    return to;
}

WEFT_TEST(cookie, domains_are_names_of_hosts)
{
    static const char *const good[] = { "localhost",
                                        "a",
                                        "A.Example",
                                        "1.org",
                                        "a-b.c--d",
                                        "_x.a",
                                        "xn--bcher-kva.example",
                                        "1.2.3.4a",
                                        "0xg.0x7g",
                                        "1.2.3.0y1" };
    char name[300];

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        char expected[100];

        snprintf(expected, sizeof(expected), "a=b; Domain=%s", good[i]);
        expect_formatted(COOKIE(.domain = good[i]), expected);
    }
    for (int over = -1; over <= 1; over++) {
        struct weft__cookie long_label = COOKIE(.domain = name_of(name, 1, 63 + over, 3));
        struct weft__arena arena;
        const char *text;
        size_t length;

        weft__arena_init(&arena, 512);
        cr_expect(eq(int, weft__cookie_format(&long_label, &arena, &text, &length),
                     over > 0 ? UV_EINVAL : 0));
        long_label.domain = name_of(name, 3, 63, 61 + over); /* 253 in all */
        cr_expect(eq(int, weft__cookie_format(&long_label, &arena, &text, &length),
                     over > 0 ? UV_EINVAL : 0));
        weft__arena_done(&arena);
    }
}

WEFT_TEST(cookie, dates_are_those_that_browsers_read)
{
    static const struct {
        int64_t seconds;
        const char *expected; /* NULL: refused */
    } cases[] = {
        { -11644473601, NULL },
        { -11644473600, "a=b; Expires=Mon, 01 Jan 1601 00:00:00 GMT" },
        { -11644473599, "a=b; Expires=Mon, 01 Jan 1601 00:00:01 GMT" },
        { 0, "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT" },
        { 253402300798, "a=b; Expires=Fri, 31 Dec 9999 23:59:58 GMT" },
        { 253402300799, "a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT" },
        { 253402300800, NULL },
        { INT64_MAX, NULL },
        { INT64_MIN, NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect_formatted(COOKIE(.has_expires = true, .expires = cases[i].seconds),
                         cases[i].expected);
}

WEFT_TEST(cookie, paths_have_1024_bytes)
{
    char path[1026];

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    for (size_t length = 1023; length <= 1025; length++) {
        struct weft__cookie cookie = COOKIE(.path = path);
        struct weft__arena arena;
        const char *text;
        size_t text_length;

        weft__arena_init(&arena, 512);
        path[length] = '\0';
        cr_expect(eq(int, weft__cookie_format(&cookie, &arena, &text, &text_length),
                     length > 1024 ? UV_EINVAL : 0));
        path[length] = 'x';
        weft__arena_done(&arena);
    }
}

WEFT_TEST(cookie, that_browsers_drop_is_refused)
{
    expect_formatted(COOKIE(.same_site = WEFT__SAME_SITE_NONE), NULL);
    expect_formatted(COOKIE(.partitioned = true), NULL);
    expect_formatted((struct weft__cookie){ .name = "__Secure-a" }, NULL);
    expect_formatted((struct weft__cookie){ .name = "__Host-a", .secure = true }, NULL);
    expect_formatted((struct weft__cookie){ .name = "__host-a", .secure = true, .path = "/x" },
                     NULL);
    expect_formatted((struct weft__cookie){ .name = "__Host-a", .path = "/" }, NULL);
    expect_formatted(
        (struct weft__cookie){ .name = "__Host-a", .secure = true, .path = "/", .domain = "a" },
        NULL);
}

WEFT_TEST(cookie, that_scripts_must_not_see_is_refused_where_they_would)
{
    static const char *const names[] = { "__Http-a", "__Host-Http-a", "__host-http-a" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct weft__cookie cookie = {
            .name = names[i], .path = "/", .secure = true, .http_only = true
        };
        char expected[100];

        snprintf(expected, sizeof(expected), "%s=; Path=/; Secure; HttpOnly", names[i]);
        expect_formatted(cookie, expected);
        cookie.secure = false;
        expect_formatted(cookie, NULL);
        cookie.secure = true;
        cookie.http_only = false;
        expect_formatted(cookie, NULL);
    }
    expect_formatted(
        (struct weft__cookie){
            .name = "__Host-Http-a", .path = "/x", .secure = true, .http_only = true },
        NULL);
}

WEFT_TEST(cookie, size_is_held)
{
    char value[WEFT__COOKIE_BYTES_MAX + 1];
    struct weft__arena arena;
    struct weft__cookie cookie = { .name = "a", .value = value };
    const char *text;
    size_t length;

    weft__arena_init(&arena, 512);
    memset(value, 'x', sizeof(value));
    value[WEFT__COOKIE_BYTES_MAX] = '\0';
    cr_expect(eq(int, weft__cookie_format(&cookie, &arena, &text, &length), UV_EINVAL));
    value[WEFT__COOKIE_BYTES_MAX - 1] = '\0';
    cr_expect(zero(int, weft__cookie_format(&cookie, &arena, &text, &length)));
    cr_expect(eq(sz, length, WEFT__COOKIE_BYTES_MAX + 1));
    value[WEFT__COOKIE_BYTES_MAX - 2] = '\0';
    cr_expect(zero(int, weft__cookie_format(&cookie, &arena, &text, &length)));
    weft__arena_done(&arena);
}

WEFT_TEST(cookie, is_known_again)
{
    cr_expect(weft__cookie_same("a=b", "a=c"));
    cr_expect(weft__cookie_same("a=b; Path=/x; Secure", "a=; Path=/x; HttpOnly; SameSite=Lax"));
    cr_expect(weft__cookie_same("a=b; Domain=x.org; Path=/", "a=b; Domain=x.org; Path=/"));
    cr_expect(weft__cookie_same("a=b; Domain=X.org; Path=/", "a=b; Domain=x.ORG; Path=/"));
    cr_expect(not(weft__cookie_same("a=b; Domain=x.org", "a=b; Domain=x.or")));
    cr_expect(not(weft__cookie_same("a=b; Path=/x", "a=b; Path=/X")));
    cr_expect(not(weft__cookie_same("a=b", "b=b")));
    cr_expect(not(weft__cookie_same("a=b", "ab=b")));
    cr_expect(not(weft__cookie_same("ab=b", "a=b")));
    cr_expect(not(weft__cookie_same("a=b", "A=b")));
    cr_expect(not(weft__cookie_same("a=b; Path=/", "a=b")));
    cr_expect(not(weft__cookie_same("a=b; Path=/", "a=b; Path=/x")));
    cr_expect(not(weft__cookie_same("a=b; Path=/x", "a=b; Path=/y")));
    cr_expect(not(weft__cookie_same("a=b; Path=/", "a=b; Domain=x.org; Path=/")));
    cr_expect(
        not(weft__cookie_same("a=b; Path=/; Secure", "a=b; Path=/; Secure; Partitioned")));
}

WEFT_TEST(cookie, reports_that_memory_is_out)
{
    const struct weft__cookie cookie = { .name = "a" };
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;
    const char *text;
    size_t length;

    weft__arena_init(&arena, 16);
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft__cookie_format(&cookie, &arena, &text, &length), UV_ENOMEM));
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft__cookies_parse(&pairs, &arena, "a=b", 3), UV_ENOMEM));
    weft_test_fail_alloc(2);
    cr_expect(eq(int, weft__cookies_parse(&pairs, &arena, "a=b", 3), UV_ENOMEM));
    cr_expect(eq(int, weft_test_fail_stop(), 1));
    cr_expect(zero(uint, pairs.count));
    weft__arena_done(&arena);
}
