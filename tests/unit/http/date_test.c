/*
 * HTTP dates.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/date.h"

#include <string.h>
#include <time.h>

#include "guarded.h"
#include "test.h"

static const char *format(int64_t seconds)
{
    static char text[WEFT__DATE_LENGTH + 1];

    weft__date_format(text, seconds);
    return text;
}

WEFT_TEST(date, is_formatted)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        { 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
        { 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
        { -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
        { 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
        { 951868799, "Tue, 29 Feb 2000 23:59:59 GMT" },
        { 951868800, "Wed, 01 Mar 2000 00:00:00 GMT" },
        { 4107542399, "Sun, 28 Feb 2100 23:59:59 GMT" },
        { 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" },
        { 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT" },
        { 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT" },
        { 253402300800, "Fri, 31 Dec 9999 23:59:59 GMT" },
        { INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT" },
        { -62135596800, "Mon, 01 Jan 0001 00:00:00 GMT" },
        { INT64_MIN, "Mon, 01 Jan 0001 00:00:00 GMT" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)format(cases[i].seconds), (char *)cases[i].text));
}

WEFT_TEST(date, agrees_with_the_c_library)
{
    for (int64_t seconds = -62135596800; seconds < 253402300800; seconds += 86400 * 29 + 7919) {
        time_t when = (time_t)seconds;
        struct tm tm;
        char expected[40];
        int64_t back = 1;

        gmtime_r(&when, &tm);
        strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        if (tm.tm_year + 1900 >= 1000) /* %Y does not pad */
            cr_assert(eq(str, (char *)format(seconds), expected));
        cr_assert(zero(int, weft__date_parse(&back, format(seconds), WEFT__DATE_LENGTH, 0)));
        cr_assert(eq(i64, back, seconds));
    }
}

static int64_t parse(const char *text, int64_t now)
{
    struct weft_test_guarded guarded = weft_test_guarded_new(100);
    size_t length = strlen(text);
    int64_t seconds = -77;
    int rc =
        weft__date_parse(&seconds, weft_test_guarded_copy(&guarded, text, length), length, now);

    weft_test_guarded_free(&guarded);
    cr_expect(eq(int, rc < 0, seconds == -77));
    return seconds;
}

WEFT_TEST(date, is_read_in_three_forms)
{
    const int64_t now = 1700000000; /* 2023 */

    cr_expect(eq(i64, parse("Sun, 06 Nov 1994 08:49:37 GMT", now), 784111777));
    cr_expect(eq(i64, parse("Sunday, 06-Nov-94 08:49:37 GMT", now), 784111777));
    cr_expect(eq(i64, parse("Sun Nov  6 08:49:37 1994", now), 784111777));
    cr_expect(eq(i64, parse("Wednesday, 01-Jan-70 00:00:00 GMT", now), 3155760000),
              "not more than 50 years ahead");
    cr_expect(eq(i64, parse("Thursday, 01-Jan-74 00:00:00 GMT", now), 126230400));
    cr_expect(eq(i64, parse("Sat, 31 Dec 2016 23:59:60 GMT", now), 1483228800));
}

WEFT_TEST(date, is_refused)
{
    static const char *const cases[] = {
        "",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 23:60:00 GMT",
        "Sun, 06 Nov 1994 23:59:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Wed, 29 Feb 2100 00:00:00 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 0x Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sonday, 06-Nov-94 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sundays, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "784111777",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(i64, parse(cases[i], 0), -77), "%s", cases[i]);
}

WEFT_TEST(date, line_is_rendered_once_a_second)
{
    struct weft__date date = { 0 };

    weft__date_update(&date, 0);
    cr_expect(eq(str, date.line, (char *)"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
    cr_expect(eq(sz, strlen(date.line), WEFT__DATE_LINE_LENGTH));
    date.line[0] = 'd';
    weft__date_update(&date, 0);
    cr_expect(eq(chr, date.line[0], 'd'), "the same second is not rendered again");
    weft__date_update(&date, 784111777);
    cr_expect(eq(str, date.line, (char *)"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
}
