/*
 * Paths of requests as paths in a tree.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/tree_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "failalloc.h"
#include "test.h"

/* `want` is the path, with a '/' behind it where one was; or NULL with `code`. */
static void expect(const char *raw, bool dot_files, const char *want, int code)
{
    struct weft__arena arena;
    struct weft__tree_path path;
    char text[200];
    int rc;

    weft__arena_init(&arena, 256);
    rc = weft__tree_path_parse(&path, &arena, raw, strlen(raw), dot_files);
    cr_expect(eq(int, rc, code), "%s", raw);
    if (rc == 0) {
        snprintf(text, sizeof(text), "%s%s", path.text, path.slash ? "/" : "");
        cr_expect(eq(str, text, (char *)want), "%s", raw);
        cr_expect(eq(sz, path.length, strlen(path.text)));
    }
    weft__arena_done(&arena);
}

WEFT_TEST(tree_path, is_taken_apart)
{
    expect("", false, "/", 0);
    expect("a", false, "a", 0);
    expect("a/", false, "a/", 0);
    expect("a/b.txt", false, "a/b.txt", 0);
    expect("a%20b/%C3%A9", false, "a b/\xc3\xa9", 0);
    expect("a..b/...c/c..", true, "a..b/...c/c..", 0);
    expect("%61", false, "a", 0);
    expect("a+b", false, "a+b", 0);
    expect("%2525", false, "%25", 0);
    expect("%252e%252e/x", false, "%2e%2e/x", 0); /* decoded once: an odd name */
    expect("a:b", false, "a:b", 0);
}

WEFT_TEST(tree_path, leads_nowhere_else)
{
    static const char *const tricks[] = {
        ".",     "..",         "../a",       "a/..",   "a/../b",  "a/./b",
        "./a",   "%2e%2e/a",   "%2E%2e",     ".%2e/a", "%2e",     "a/%2e%2e",
        "/",     "/etc",       "//etc",      "a//b",   "a//",     "%2fetc/passwd",
        "a%2fb", "a%2Fb",      "..%2f..%2f", "a%5cb",  "..%5c..", "a\\b",
        "%5c",   "a/%2e%2e/b", "%0a",        "a%0db",  "a%1fb",   "a%7f",
    };

    for (size_t i = 0; i < sizeof(tricks) / sizeof(*tricks); i++) {
        expect(tricks[i], true, NULL, -404);
        expect(tricks[i], false, NULL, -404);
    }
}

WEFT_TEST(tree_path, that_cannot_be_decoded)
{
    static const char *const bad[] = { "%00", "a%00.txt",       "%",     "a%2", "%zz",
                                       "%ff", "%c0%ae%c0%ae/a", "%c0%af" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        expect(bad[i], true, NULL, -400);
}

WEFT_TEST(tree_path, of_hidden_names)
{
    expect(".git/config", false, NULL, -404);
    expect("a/.env", false, NULL, -404);
    expect("%2egit", false, NULL, -404);
    expect(".git/config", true, ".git/config", 0);
    expect(".well-known/a", false, ".well-known/a", 0);
    expect(".well-known", false, ".well-known", 0);
    expect(".well-known/.env", false, NULL, -404);
    expect("a/.well-known/b", false, NULL, -404);
    expect(".well-knownx", false, NULL, -404);
    cr_expect(weft__tree_name_ok("a", 1, false));
    cr_expect(weft__tree_name_ok(".a", 2, true));
    cr_expect(not(weft__tree_name_ok(".a", 2, false)));
    cr_expect(not(weft__tree_name_ok("..", 2, true)));
    cr_expect(not(weft__tree_name_ok("a\xff", 2, true)));
    cr_expect(not(weft__tree_name_ok("", 0, true)));
}

WEFT_TEST(tree_path, of_the_longest_kind)
{
    char *raw = malloc(WEFT__TREE_PATH_MAX + 1);
    struct weft__arena arena;
    struct weft__tree_path path;

    cr_assert(ne(ptr, raw, NULL));
    memset(raw, 'a', WEFT__TREE_PATH_MAX + 1);
    weft__arena_init(&arena, 256);
    cr_expect(zero(int, weft__tree_path_parse(&path, &arena, raw, WEFT__TREE_PATH_MAX, false)));
    cr_expect(eq(int, weft__tree_path_parse(&path, &arena, raw, WEFT__TREE_PATH_MAX + 1, false),
                 -404));
    weft__arena_done(&arena);
    weft__arena_init(&arena, 256);
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft__tree_path_parse(&path, &arena, "a", 1, false), UV_ENOMEM));
    weft_test_fail_stop();
    weft__arena_done(&arena);
    free(raw);
}
