/*
 * Methods by name.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/method.h"

#include <string.h>

#include "test.h"

WEFT_TEST(method, is_known_by_its_name)
{
    for (int method = WEFT__METHOD_GET; method < WEFT__METHOD_COUNT; method++) {
        const char *name = weft__method_name((enum weft__method)method);

        cr_expect(gt(sz, strlen(name), 2));
        cr_expect(eq(int, (int)weft__method_parse(name, strlen(name)), method), "%s", name);
    }
}

WEFT_TEST(method, is_case_sensitive_and_whole)
{
    static const char *const others[] = { "",        "G",       "GE",         "get",   "GETS",
                                          "PUR",     "HEAL",    "POSH",       "TRACK", "PATHS",
                                          "DELETED", "OPTIONX", "CONNECTION", "QUERY" };

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        cr_expect(
            eq(int, (int)weft__method_parse(others[i], strlen(others[i])), WEFT__METHOD_OTHER),
            "%s", others[i]);
    cr_expect(eq(str, (char *)weft__method_name(WEFT__METHOD_OTHER), (char *)""));
    cr_expect(eq(str, (char *)weft__method_name((enum weft__method)99), (char *)""));
}
