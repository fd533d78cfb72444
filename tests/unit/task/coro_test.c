/*
 * The bare switch: what it keeps, and that stacks do not get into each other's way.
 */
#include "task/coro.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

enum { STACK_BYTES = 256 * 1024 };

struct player {
    struct weft__coro coro;
    struct weft__coro *back;
    char *stack;
    void (*play)(struct player *player);
    int rounds;
    uint64_t sum;
    bool over;
};

static struct weft__coro here;

static void pass(struct player *player)
{
    weft__coro_switch(&player->coro, player->back);
}

static WEFT_NO_ASAN void entry(void *arg)
{
    struct player *player = arg;

    weft__coro_arrived(player->back);
    for (;;) {
        player->play(player);
        player->over = true;
        weft__coro_rest(&player->coro, player->back);
    }
}

static void begin(struct player *player, void (*play)(struct player *player), int rounds)
{
    *player = (struct player){ .back = &here, .play = play, .rounds = rounds };
    player->stack = malloc(STACK_BYTES);
    cr_assert(ne(ptr, player->stack, NULL));
    weft__coro_init_here(&here);
    weft__coro_init(&player->coro, player->stack, player->stack + STACK_BYTES, entry, player);
}

static void finish(struct player *player)
{
    weft__coro_done(&player->coro);
    free(player->stack);
}

static void count(struct player *player)
{
    for (int i = 0; i < player->rounds; i++) {
        player->sum += (uint64_t)i;
        pass(player);
    }
}

WEFT_TEST(coro, runs_until_it_passes)
{
    struct player player;

    begin(&player, count, 3);
    weft__coro_switch(&here, &player.coro);
    cr_expect(eq(u64, player.sum, 0));
    weft__coro_switch(&here, &player.coro);
    cr_expect(eq(u64, player.sum, 1));
    weft__coro_switch(&here, &player.coro);
    cr_expect(eq(u64, player.sum, 3));
    cr_expect(not(player.over));
    weft__coro_switch(&here, &player.coro);
    cr_expect(player.over);
    finish(&player);
}

WEFT_TEST(coro, is_used_again_after_its_rest)
{
    struct player player;

    begin(&player, count, 1);
    for (int i = 0; i < 100; i++) {
        player.over = false;
        weft__coro_switch(&here, &player.coro);
        cr_expect(not(player.over));
        weft__coro_switch(&here, &player.coro);
        cr_expect(player.over);
    }
    finish(&player);
}

/*
 * More values than there are registers, alive across each switch; floating point among them,
 * as AArch64 keeps the low halves of v8 to v15.
 */
static __attribute__((noinline)) void keep_values(struct player *player)
{
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10;
    double p = 1.5, q = 2.5, r = 3.5, s = 4.5, t = 5.5, u = 6.5, v = 7.5, w = 8.5;

    for (int round = 0; round < player->rounds; round++) {
        pass(player);
        a += b ^ c, b += c ^ d, c += d ^ e, d += e ^ f, e += f ^ g;
        f += g ^ h, g += h ^ i, h += i ^ j, i += j ^ a, j += a ^ b;
        p += q, q += r, r += s, s += t, t += u, u += v, v += w, w += 1;
    }
    player->sum = a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ (uint64_t)(p + q + r + s) ^
                  (uint64_t)(t + u + v + w);
}

static uint64_t kept_alone(int rounds)
{
    struct player player;

    begin(&player, keep_values, rounds);
    while (!player.over)
        weft__coro_switch(&here, &player.coro);
    finish(&player);
    return player.sum;
}

/* Whoever runs in between, with other values in the same registers. */
WEFT_TEST(coro, keeps_registers)
{
    enum { COUNT = 5 };
    struct player players[COUNT];
    int running = COUNT;

    for (int i = 0; i < COUNT; i++)
        begin(&players[i], keep_values, 10 + i);
    while (running > 0) {
        running = 0;
        for (int i = 0; i < COUNT; i++) {
            if (!players[i].over)
                weft__coro_switch(&here, &players[i].coro);
            running += players[i].over ? 0 : 1;
        }
    }
    for (int i = 0; i < COUNT; i++) {
        cr_expect(eq(u64, players[i].sum, kept_alone(10 + i)));
        finish(&players[i]);
    }
}

/* Arrays deep in the recursion hold their values while others run; red zones stay where they
 * are. */
static __attribute__((noinline)) uint64_t recurse(struct player *player, int depth)
{
    volatile char frame[512];
    uint64_t sum = 0;

    memset((char *)frame, depth, sizeof(frame));
    pass(player);
    if (depth > 0)
        sum = recurse(player, depth - 1);
    pass(player);
    for (size_t i = 0; i < sizeof(frame); i++)
        sum += (uint64_t)frame[i];
    return sum;
}

static void go_deep(struct player *player)
{
    player->sum = recurse(player, player->rounds);
}

WEFT_TEST(coro, switches_deep_in_the_stack)
{
    struct player one, two;
    uint64_t expected = 0;

    begin(&one, go_deep, 60);
    begin(&two, go_deep, 60);
    while (!one.over || !two.over) {
        if (!one.over)
            weft__coro_switch(&here, &one.coro);
        if (!two.over)
            weft__coro_switch(&here, &two.coro);
    }
    for (uint64_t i = 0; i <= 60; i++)
        expected += i * 512;
    cr_expect(eq(u64, one.sum, expected));
    cr_expect(eq(u64, two.sum, expected));
    finish(&one);
    finish(&two);
}

static void look_at_alignment(struct player *player)
{
    _Alignas(16) char aligned[16];
    char *volatile at = aligned;

    memset(at, 1, sizeof(aligned));
    player->sum = (uintptr_t)at % 16;
    pass(player);
}

WEFT_TEST(coro, begins_on_an_aligned_stack)
{
    for (size_t odd = 0; odd < 16; odd++) {
        struct player player;

        begin(&player, look_at_alignment, 0);
        weft__coro_done(&player.coro);
        weft__coro_init(&player.coro, player.stack, player.stack + STACK_BYTES - odd, entry,
                        &player);
        weft__coro_switch(&here, &player.coro);
        cr_expect(zero(u64, player.sum), "%zu", odd);
        finish(&player);
    }
}
