/*
 * fuzz/field_fuzz.c - names, values and lists of tokens; and lists of fields.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "http/field.h"

/* What a list takes it gives back, and what may not be sent it refuses. */
static void check_fields(struct weft__arena *arena, const char *name, size_t name_length,
                         const char *value, size_t length)
{
    struct weft__fields fields = { 0 };
    bool good = weft__field_name_ok(name, name_length) && weft__field_value_ok(value, length);
    int rc = weft__fields_add(&fields, arena, name, name_length, value, length);
    const struct weft__field *found;

    MUST((rc == 0) == good);
    found = good ? weft__fields_get(&fields, name, name_length) : NULL;
    MUST(!good || (found != NULL && found->value_length == length &&
                   memcmp(found->value, value, length) == 0));
    MUST(!good || strlen(found->value) == length);
    MUST(!good || weft__fields_remove(&fields, name, name_length) == 1);
}

static void check_text(struct weft__arena *arena, const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    size_t name = colon == NULL ? size : (size_t)(colon - text);

    (void)weft__field_has_token(text, size, "close");
    (void)weft__field_known(text, size);
    check_fields(arena, text, name, text + name, size - name);
    if (colon != NULL)
        check_fields(arena, text, name, colon + 1, size - name - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 256);
    check_text(&arena, (const char *)input, size);
    weft__arena_done(&arena);
    return 0;
}
