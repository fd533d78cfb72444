/*
 * fuzz/form_data_fuzz.c - Content-Disposition in parts of forms.
 *
 * What is accepted must be text in UTF-8 without NULs, of the length it is said to have.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "http/form_data.h"

static void check_name(const char *name, size_t length)
{
    MUST(name == NULL || (strlen(name) == length && weft__utf8_valid(name, length)));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__form_data form = { 0 };
    struct weft__arena arena;
    char *text = malloc(size + (size == 0)); /* of exactly its size */

    MUST(text != NULL);
    if (size > 0)
        memcpy(text, input, size);
    weft__arena_init(&arena, 256);
    if (weft__form_data_parse(&form, &arena, text, size) == 0) {
        check_name(form.name, form.name_length);
        check_name(form.filename, form.filename_length);
    }
    weft__arena_done(&arena);
    free(text);
    return 0;
}
