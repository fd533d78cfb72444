/*
 * fuzz/json_fuzz.c - what is taken as JSON is written as JSON that reads back as the same tree.
 *
 * The first byte picks the limits, the rest is the text.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/error.h>

#include "fuzz.h"
#include "model/json.h"

static void write_and_read_back(const json_t *tree)
{
    const struct weft__json_limits limits = { .max_depth = WEFT__JSON_MAX_DEPTH };
    struct weft__buffer first, second;
    json_t *back;

    weft__buffer_init(&first, SIZE_MAX);
    weft__buffer_init(&second, SIZE_MAX);
    MUST(weft__json_write(&first, tree) == 0);
    MUST(weft__json_parse(&back, first.data, first.length, &limits, NULL) == 0);
    MUST(json_equal(tree, back));
    MUST(weft__json_write(&second, back) == 0);
    MUST(first.length == second.length);
    MUST(memcmp(first.data, second.data, first.length) == 0);
    json_decref(back);
    weft__buffer_done(&first);
    weft__buffer_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weft__json_limits limits = { 0 };
    struct weft__json_error error;
    json_t *tree;
    char *text;
    int rc;

    if (size == 0)
        return 0;
    limits.max_depth = data[0] % 16;
    limits.allow_duplicate_keys = data[0] >= 128;
    size--;
    text = malloc(size > 0 ? size : 1); /* no more, so that reading on is noticed */
    MUST(text != NULL);
    memcpy(text, data + 1, size);
    rc = weft__json_parse(&tree, text, size, &limits, &error);
    if (rc == 0) {
        write_and_read_back(tree);
        json_decref(tree);
    } else {
        MUST(rc == WEFT_EPROTO || rc == WEFT_ELIMIT);
        MUST(error.line > 0 && error.column > 0 && error.offset <= size);
        MUST(error.text[0] != '\0' && strlen(error.text) < sizeof(error.text));
    }
    free(text);
    return 0;
}
