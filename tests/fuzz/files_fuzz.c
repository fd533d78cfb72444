/*
 * fuzz/files_fuzz.c - what files are asked for by: ranges, paths in trees; and their names.
 *
 * The first byte says which.  Ranges lie within the file, do not meet, and come in a field that
 * says them again; a path stays below its tree; a name cannot end the field that it stands in.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "http/disposition.h"
#include "http/field.h"
#include "http/mime.h"
#include "http/range.h"
#include "http/tree_path.h"

static void check_same(const struct weft__range *ranges, int count, uint64_t size)
{
    struct weft__range again[WEFT__RANGES_MAX];
    char text[WEFT__RANGES_MAX * 42 + 8] = "bytes=";
    size_t length = strlen(text);

    for (int i = 0; i < count; i++)
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "%s%" PRIu64 "-%" PRIu64,
                             i > 0 ? "," : "", ranges[i].first, ranges[i].last);
    MUST(weft__ranges_parse(again, text, length, size) == count);
    MUST(memcmp(again, ranges, (size_t)count * sizeof(*ranges)) == 0);
}

static void check_ranges(const char *text, size_t length, uint64_t size)
{
    struct weft__range ranges[WEFT__RANGES_MAX];
    int count = weft__ranges_parse(ranges, text, length, size);

    MUST(count == -416 || (count >= 0 && count <= WEFT__RANGES_MAX));
    for (int i = 0; i < count; i++) {
        MUST(ranges[i].first <= ranges[i].last && ranges[i].last < size);
        for (int j = 0; j < i; j++)
            MUST(ranges[i].first > ranges[j].last + 1 || ranges[j].first > ranges[i].last + 1);
    }
    if (count > 0)
        check_same(ranges, count, size);
}

static void check_path(struct weft__arena *arena, const char *text, size_t length, bool dots)
{
    struct weft__tree_path path;
    char whole[WEFT__TREE_PATH_MAX + 3];

    if (weft__tree_path_parse(&path, arena, text, length, dots) < 0)
        return;
    MUST(strlen(path.text) == path.length && path.length <= length);
    MUST(weft__utf8_valid(path.text, path.length));
    snprintf(whole, sizeof(whole), "/%s/", path.text);
    MUST(strstr(whole, "/../") == NULL && strstr(whole, "/./") == NULL);
    MUST(path.length == 0 || strstr(whole, "//") == NULL);
    MUST(strchr(path.text, '\\') == NULL);
    weft__mime_of(path.text);
}

static void check_name(const char *text, size_t length)
{
    struct weft__buffer out;

    weft__buffer_init(&out, 100000);
    MUST(weft__disposition_write(&out, "attachment", text, length) == 0);
    MUST(weft__field_value_ok(out.data, out.length));
    for (size_t i = 0; i < out.length; i++)
        MUST((unsigned char)out.data[i] < 0x7f);
    weft__buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *text = (const char *)input + 1;
    struct weft__arena arena;

    if (size < 1)
        return 0;
    weft__arena_init(&arena, 256);
    switch (input[0] % 4) {
    case 0:
        check_ranges(text, size - 1, input[0] < 8 ? UINT64_MAX : input[0]);
        break;
    case 1:
        check_ranges(text, size - 1, UINT64_C(1) << (input[0] / 4));
        break;
    case 2:
        check_path(&arena, text, size - 1, input[0] < 128);
        break;
    default:
        check_name(text, size - 1);
        break;
    }
    weft__arena_done(&arena);
    return 0;
}
