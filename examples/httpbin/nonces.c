/*
 * nonces.c - see nonces.h.
 *
 * A table of fixed size, used round and round, so that nobody can make it grow: the oldest
 * nonce gives way to the newest.  A nonce begins with the number of its slot, which finds it
 * without a search; the rest is random.  Who holds one that is gone is told that it is stale,
 * and tries again without asking the user.
 *
 * SPDX-License-Identifier: MIT
 */
#include "nonces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum {
    SLOTS = 4096,
    LENGTH = 32, /* 4 digits of the slot, 28 of 14 random bytes */
    LIFETIME_MS = 5 * 60 * 1000,
};

struct nonce {
    char text[LENGTH + 1]; /* empty: never issued */
    uint64_t issued_ms;
    uint64_t last_count;
    uint64_t uses;
};

struct nonces {
    unsigned next;
    struct nonce slots[SLOTS];
};

struct nonces *nonces_new(void)
{
    return calloc(1, sizeof(struct nonces));
}

const char *nonces_issue(struct nonces *nonces)
{
    unsigned slot = nonces->next++ % SLOTS;
    struct nonce *nonce = &nonces->slots[slot];
    unsigned char bytes[(LENGTH - 4) / 2];
    int at;

    if (random_bytes(bytes, sizeof(bytes)) < 0)
        return NULL;
    *nonce = (struct nonce){ .issued_ms = weft_now_ms() };
    at = snprintf(nonce->text, sizeof(nonce->text), "%04x", slot);
    for (size_t i = 0; i < sizeof(bytes); i++, at += 2)
        snprintf(nonce->text + at, sizeof(nonce->text) - (size_t)at, "%02x", bytes[i]);
    return nonce->text;
}

static struct nonce *find(struct nonces *nonces, const char *text)
{
    unsigned slot;

    if (strlen(text) != LENGTH || sscanf(text, "%4x", &slot) != 1 || slot >= SLOTS)
        return NULL;
    return strcmp(nonces->slots[slot].text, text) == 0 ? &nonces->slots[slot] : NULL;
}

bool nonces_use(struct nonces *nonces, const char *text, uint64_t count, uint64_t max_uses)
{
    struct nonce *nonce = find(nonces, text);

    if (nonce == NULL || weft_now_ms() - nonce->issued_ms > LIFETIME_MS ||
        count <= nonce->last_count || nonce->uses >= max_uses)
        return false;
    nonce->last_count = count;
    nonce->uses++;
    return true;
}
