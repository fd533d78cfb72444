/*
 * IP addresses as 16 bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/ip.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <weft/address.h>

#include "test.h"

WEFT_TEST(ip, is_the_same_from_text_and_from_a_socket)
{
    static const struct {
        const char *text;
        const char *usual;
        bool ipv4;
    } cases[] = {
        { "192.0.2.1", "192.0.2.1", true },
        { "2001:DB8:0::1", "2001:db8::1", false },
        { "::ffff:192.0.2.1", "192.0.2.1", false },
        { "::1", "::1", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t parsed[WEFT__IP_BYTES], of[WEFT__IP_BYTES];
        char text[INET6_ADDRSTRLEN];
        weft_address address;
        bool ipv4;

        cr_assert(weft__ip_parse(parsed, cases[i].text, &ipv4));
        cr_expect(eq(int, ipv4, cases[i].ipv4), "%s", cases[i].text);
        cr_assert(zero(int, weft_address_parse(cases[i].text, 80, &address)));
        cr_assert(weft__ip_of(of, &address.storage));
        cr_expect(zero(int, memcmp(parsed, of, sizeof(of))), "%s", cases[i].text);
        weft__ip_format(text, sizeof(text), of);
        cr_expect(eq(str, text, (char *)cases[i].usual));
    }
}

WEFT_TEST(ip, is_not_everything)
{
    static const char *const none[] = { "",    "1.2.3", "1.2.3.4.5", "256.1.1.1",
                                        ":::", "a",     "1.2.3.4 " };
    struct sockaddr_storage address = { .ss_family = AF_UNIX };
    uint8_t ip[WEFT__IP_BYTES];
    bool ipv4;

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        cr_expect(not(weft__ip_parse(ip, none[i], &ipv4)), "%s", none[i]);
    cr_expect(not(weft__ip_of(ip, &address)));
}
