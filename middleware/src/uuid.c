/*
 * uuid.c - time-ordered UUIDs (RFC 9562, 5.7).
 *
 *     tttttttt-tttt-7rrr-vrrr-rrrrrrrrrrrr    t: milliseconds since 1970, r: random
 *
 * Random bytes are asked for in batches, one system call for a hundred ids.  A batch must not
 * be used on both sides of a fork: the child throws away what it inherited.
 *
 * SPDX-License-Identifier: MIT
 */
#include "uuid.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <weft/error.h>

enum { BATCH = 1000, RANDOM_BYTES = 10 };

static _Thread_local struct {
    unsigned char bytes[BATCH];
    unsigned left; /* bytes not used yet, at the end */
} batch;

static void forget(void)
{
    batch.left = 0; /* of the thread that forked, which is the child's only one */
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget);
}

static int refill(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t have = 0;

    pthread_once(&once, watch_forks);
    while (have < sizeof(batch.bytes)) {
        ssize_t got = getrandom(batch.bytes + have, sizeof(batch.bytes) - have, 0);

        if (got <= 0)
            return UV_EIO;
        have += (size_t)got;
    }
    batch.left = BATCH;
    return 0;
}

static int take_random(unsigned char to[RANDOM_BYTES])
{
    unsigned char *from;

    if (batch.left < RANDOM_BYTES && refill() < 0)
        return UV_EIO;
    from = batch.bytes + BATCH - batch.left;
    memcpy(to, from, RANDOM_BYTES);
    memset(from, 0, RANDOM_BYTES);
    batch.left -= RANDOM_BYTES;
    return 0;
}

static void format(char *to, const unsigned char uuid[16])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[uuid[i] >> 4];
        *to++ = digits[uuid[i] & 15];
    }
    *to = '\0';
}

int weft__uuid7(char to[UUID_LENGTH + 1])
{
    unsigned char uuid[16];
    struct timespec now;
    uint64_t ms;

    if (take_random(uuid + 6) < 0)
        return UV_EIO;
    clock_gettime(CLOCK_REALTIME, &now);
    ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)(now.tv_nsec / 1000000);
    for (int i = 0; i < 6; i++)
        uuid[i] = (unsigned char)(ms >> (40 - 8 * i));
    uuid[6] = (unsigned char)(0x70 | (uuid[6] & 0x0f)); /* version */
    uuid[8] = (unsigned char)(0x80 | (uuid[8] & 0x3f)); /* variant */
    format(to, uuid);
    return 0;
}
