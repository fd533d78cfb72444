#include "base/utf8.h"

#include <string.h>

#include "test.h"

WEFT_TEST(utf8, takes_whole_characters_only)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        { "", true },
        { "plain text, longer than a word", true },
        { "\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf",
          true },
        { "\xed\x9f\xbf\xee\x80\x80", true }, /* around the surrogates */
        { "\xed\xa0\x80", false },            /* a surrogate */
        { "\xc0\x80", false },                /* overlong */
        { "\xc1\xbf", false },
        { "\xe0\x9f\xbf", false },
        { "\xf0\x8f\xbf\xbf", false },
        { "\xf4\x90\x80\x80", false }, /* past U+10FFFF */
        { "\xf5\x80\x80\x80", false },
        { "\x80", false },
        { "abcdefghijklmno\xff", false },
        { "abcdefgh\xe2\x82", false }, /* cut short */
        { "\xf0\x9f\x98", false },
        { "\xc3(", false },
        { "\xe2\x82(", false },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(eq(int, weft__utf8_valid(rows[i].text, strlen(rows[i].text)), rows[i].valid),
                  "row %zu", i);
    }
    cr_expect(eq(sz, weft__utf8_sequence("\xf0\x9f\x98\x80", 4), 4));
    cr_expect(zero(sz, weft__utf8_sequence("\xf0\x9f\x98\x80", 3)));
    cr_expect(zero(sz, weft__utf8_sequence("", 0)));
}
