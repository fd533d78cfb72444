/*
 * Status lines and reasons.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/status.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

WEFT_TEST(status, has_a_line_for_each_code)
{
    for (unsigned status = 100; status <= 599; status++) {
        struct weft__status_line line = weft__status_line(status);
        char expected[80];

        snprintf(expected, sizeof(expected), "HTTP/1.1 %u %s\r\n", status,
                 weft__status_reason(status));
        cr_expect(eq(str, (char *)line.text, expected));
        cr_expect(eq(uint, line.length, (unsigned)strlen(expected)));
    }
}

WEFT_TEST(status, outside_of_the_range_is_500)
{
    static const unsigned codes[] = { 0, 99, 600, 1000, ~0U };

    for (size_t i = 0; i < 5; i++) {
        cr_expect(eq(str, (char *)weft__status_line(codes[i]).text,
                     (char *)"HTTP/1.1 500 Internal Server Error\r\n"));
        cr_expect(eq(str, (char *)weft__status_reason(codes[i]), (char *)""));
    }
}

WEFT_TEST(status, says_its_reason)
{
    cr_expect(eq(str, (char *)weft__status_reason(200), (char *)"OK"));
    cr_expect(eq(str, (char *)weft__status_reason(404), (char *)"Not Found"));
    cr_expect(eq(str, (char *)weft__status_reason(599), (char *)""));
    cr_expect(eq(str, (char *)weft__status_line(299).text, (char *)"HTTP/1.1 299 \r\n"));
}

WEFT_TEST(status, knows_which_have_no_body)
{
    cr_expect(weft__status_bodyless(101));
    cr_expect(weft__status_bodyless(204));
    cr_expect(weft__status_bodyless(304));
    cr_expect(not(weft__status_bodyless(200)));
    cr_expect(not(weft__status_bodyless(404)));
}
