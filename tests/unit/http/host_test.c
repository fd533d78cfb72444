/*
 * Host and port.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/host.h"

#include <string.h>

#include "guarded.h"
#include "test.h"

WEFT_TEST(host, is_split)
{
    static const struct {
        const char *text;
        size_t name_length;
        int port;
    } cases[] = {
        { "a", 1, -1 },
        { "a:", 1, -1 },
        { "a:0", 1, 0 },
        { "localhost:8080", 9, 8080 },
        { "a-b_c.example~1:65535", 15, 65535 },
        { "127.0.0.1:80", 9, 80 },
        { "[::1]", 5, -1 },
        { "[::1]:443", 5, 443 },
        { "[2001:db8::ffff:1.2.3.4]:00080", 24, 80 },
        { ".", 1, -1 },
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(100);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].text);
        char *text = weft_test_guarded_copy(&guarded, cases[i].text, length);
        struct weft__host host;

        cr_assert(zero(int, weft__host_parse(&host, text, length)), "%s", cases[i].text);
        cr_expect(eq(ptr, (char *)host.name, text));
        cr_expect(eq(sz, host.name_length, cases[i].name_length), "%s", cases[i].text);
        cr_expect(eq(int, host.port, cases[i].port), "%s", cases[i].text);
        cr_expect(eq(int, host.is_ipv6, text[0] == '['));
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(host, is_refused)
{
    static const char *const cases[] = {
        "",         ":80",      "a b",        "a,b",    "u@a",  "a/b",    "a?b",
        "a#b",      "a:b",      "a:80:80",    "a:-1",   "a:+1", "a: 80",  "a:65536",
        "a:123456", "a:000080", "[",          "[]",     "[::1", "[::1]a", "[::1]]",
        "::1",      "[:::]",    "[::1%eth0]", "[v1.a]", "a%41", "a\\b",   "\xc3\xa9",
        "a'b",      "a(b)",     "a;b",        "a=b",    "a\tb", "a\"",    "[1.2.3.4]",
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(100);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i]);
        struct weft__host host = { .port = 7 };

        cr_expect(lt(int,
                     weft__host_parse(&host, weft_test_guarded_copy(&guarded, cases[i], length),
                                      length),
                     0),
                  "%s", cases[i]);
        cr_expect(eq(int, host.port, 7));
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(host, knows_ipv6)
{
    static const char *const good[] = {
        "::",
        "::1",
        "1::",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1::8",
        "fe80::1:ABCD",
        "::ffff:1.2.3.4",
        "::1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5::1.2.3.4",
        "::255.255.255.255",
    };
    static const char *const bad[] = {
        "",
        ":",
        "1",
        ":1",
        "1:",
        ":::",
        "1:::2",
        "1::2::3",
        "12345::",
        "g::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1.2.3",
        "::1.2.3.4.5",
        "::256.1.1.1",
        "::01.1.1.1",
        "1.2.3.4",
        "1.2.3.4::",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4:5",
        "::1..2.3",
        "::1 ",
        "::1%1",
        "::1.2.3.",
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(100);

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        size_t length = strlen(good[i]);

        cr_expect(
            eq(int,
               weft__host_ipv6_ok(weft_test_guarded_copy(&guarded, good[i], length), length),
               1),
            "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        size_t length = strlen(bad[i]);

        cr_expect(zero(int, weft__host_ipv6_ok(weft_test_guarded_copy(&guarded, bad[i], length),
                                               length)),
                  "%s", bad[i]);
    }
    weft_test_guarded_free(&guarded);
}
