/*
 * random.c - see random.h.
 *
 * The seeded sequence is SplitMix64 by its counter: word k is a mix of seed and k alone, so
 * that a piece from the middle needs nothing of what is before it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "random.h"

#include <endian.h>
#include <string.h>

#include "params.h"

int random_bytes(void *buffer, size_t length)
{
    return uv_random(NULL, NULL, buffer, length, 0,
                     NULL); /* the system's own, no file, no wait */
}

static uint64_t word_at(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return htole64(z ^ z >> 31); /* the same bytes on every machine */
}

void seeded_bytes(uint64_t seed, uint64_t offset, void *buffer, size_t length)
{
    char *to = buffer;

    while (length > 0) {
        uint64_t word = word_at(seed, offset / sizeof(word));
        size_t skip = offset % sizeof(word);
        size_t count = sizeof(word) - skip < length ? sizeof(word) - skip : length;

        memcpy(to, (const char *)&word + skip, count);
        to += count;
        offset += count;
        length -= count;
    }
}

int request_seed(weft_request *req, uint64_t *ret_seed)
{
    int64_t seed;
    int rc;

    if (query_value(req, "seed") == NULL)
        return random_bytes(ret_seed, sizeof(*ret_seed));
    rc = query_integer(req, "seed", 0, INT64_MIN, INT64_MAX, &seed);
    if (rc == 0)
        *ret_seed = (uint64_t)seed;
    return rc;
}
