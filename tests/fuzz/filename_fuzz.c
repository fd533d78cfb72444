/*
 * fuzz/filename_fuzz.c - names of files that clients send, made safe for a directory.
 *
 * What comes out is one name that is no "." or "..", has no separator and no control character,
 * fits a directory, stays UTF-8 if it was, and is safe already.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/multipart.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "server/request.h"

static void check(weft_request *req, const char *name)
{
    const char *safe = weft_safe_filename(req, name);
    const char *again;

    MUST(safe != NULL);
    MUST(*safe != '\0' && strlen(safe) <= 255);
    MUST(*safe != '.' && *safe != ' ');
    MUST(strpbrk(safe, "/\\:") == NULL);
    for (const char *at = safe; *at != '\0'; at++)
        MUST((unsigned char)*at >= 0x20 && *at != 0x7f);
    if (weft__utf8_valid(name, strlen(name)))
        MUST(weft__utf8_valid(safe, strlen(safe)));
    again = weft_safe_filename(req, safe);
    MUST(again != NULL && strcmp(again, safe) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static weft_request req;
    char *name = strndup(size > 0 ? (const char *)input : "", size);

    MUST(name != NULL);
    weft__arena_init(&req.arena, 1024);
    check(&req, name);
    weft__arena_done(&req.arena);
    free(name);
    return 0;
}
