/*
 * Connections counted by address.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/peers.h"

#include "failalloc.h"
#include "test.h"

static struct weft__peer *enter(struct weft__peers *peers, const char *text)
{
    uint8_t ip[WEFT__IP_BYTES];
    bool ipv4;

    cr_assert(weft__ip_parse(ip, text, &ipv4));
    return weft__peers_enter(peers, ip);
}

WEFT_TEST(peers, are_told_apart)
{
    static const struct {
        const char *one;
        const char *other;
        bool same;
    } cases[] = {
        { "10.0.0.1", "10.0.0.1", true },
        { "10.0.0.1", "10.0.0.2", false },
        { "10.0.0.1", "::ffff:10.0.0.1", true },
        { "::ffff:10.0.0.1", "::ffff:10.0.0.2", false },
        { "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
        { "2001:db8:1:2::1", "2001:db8:1:3::1", false },
        { "::1", "127.0.0.1", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct weft__peers peers = { 0 };
        struct weft__peer *one = enter(&peers, cases[i].one);
        struct weft__peer *other = enter(&peers, cases[i].other);

        cr_expect(eq(int, one == other, cases[i].same), "%s, %s", cases[i].one, cases[i].other);
        cr_expect(eq(sz, one->count, cases[i].same ? 2 : 1));
        weft__peers_leave(&peers, one);
        weft__peers_leave(&peers, other);
        weft__peers_done(&peers);
    }
}

/* More addresses than buckets: entered, entered again, and left in another order. */
WEFT_TEST(peers, are_many)
{
    enum { MANY = 5000 };
    static struct weft__peer *all[MANY];
    struct weft__peers peers = { 0 };

    for (int turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < MANY; i++) {
            uint8_t ip[WEFT__IP_BYTES];
            unsigned number = i * 7919;
            struct weft__peer *peer;

            weft__ip_map(ip, &number);
            peer = weft__peers_enter(&peers, ip);
            cr_assert(ne(ptr, peer, NULL));
            cr_assert(eq(sz, peer->count, (size_t)turn + 1));
            all[i] = peer;
        }
    }
    for (int turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < MANY; i++)
            weft__peers_leave(&peers, all[(i * 3) % MANY]);
    }
    all[0] = enter(&peers, "0.0.0.0");
    cr_expect(eq(sz, all[0]->count, 1), "all are gone");
    weft__peers_leave(&peers, all[0]);
    weft__peers_done(&peers);
}

WEFT_TEST(peers, go_uncounted_without_memory)
{
    struct weft__peers peers = { 0 };

    for (unsigned long n = 1; n <= 2; n++) {
        weft_test_fail_alloc(n);
        cr_expect(eq(ptr, enter(&peers, "10.0.0.1"), NULL));
        cr_expect(weft_test_fail_stop());
    }
    weft__peers_leave(&peers, NULL);
    weft__peers_done(&peers);
}
