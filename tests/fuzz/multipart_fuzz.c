/*
 * fuzz/multipart_fuzz.c - multipart bodies.
 *
 * The first byte says how the rest is cut.  Whole and cut, the parts and their contents must be
 * the same, and none may hold the delimiter.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buffer.h"
#include "fuzz.h"
#include "http/multipart.h"

enum { FIELD_BYTES = 300 };

static const char boundary[] = "b";
static const char delimiter[] = "\r\n--b";

/* All that was told, as one text: headers, contents, and what happened. */
struct story {
    struct weft__buffer text;
    size_t content; /* where that of the current part begins */
    int rc;
    bool ended;
};

static void put(struct story *story, const char *data, size_t length)
{
    MUST(weft__buffer_append(&story->text, data, length) == 0);
}

static void note(struct story *story, const struct weft__multipart *multipart, int event,
                 const char *data, size_t length)
{
    switch (event) {
    case WEFT__MULTIPART_PART:
        put(story, "[", 1);
        put(story, multipart->fields.data, multipart->fields.length);
        MUST(multipart->fields.length <= FIELD_BYTES);
        put(story, "]", 1);
        story->content = story->text.length;
        break;
    case WEFT__MULTIPART_DATA:
        MUST(length > 0);
        put(story, data, length);
        break;
    case WEFT__MULTIPART_PART_END:
        MUST(story->text.length == story->content ||
             memmem(story->text.data + story->content, story->text.length - story->content,
                    delimiter, sizeof(delimiter) - 1) == NULL);
        put(story, ";", 1);
        break;
    default:
        break;
    }
}

/* One piece, in memory of exactly its size. */
static int take(struct story *story, struct weft__multipart *multipart, const char *data,
                size_t size)
{
    char *piece = malloc(size);
    const char *at = piece;
    int event;

    MUST(piece != NULL);
    memcpy(piece, data, size);
    do {
        const char *content = NULL;
        size_t length = 0;

        event = weft__multipart_next(multipart, &at, piece + size, &content, &length);
        if (event >= 0)
            note(story, multipart, event, content, length);
    } while (event > WEFT__MULTIPART_MORE && event != WEFT__MULTIPART_END);
    MUST(event != WEFT__MULTIPART_MORE || at == piece + size);
    free(piece);
    return event;
}

static void read_all(struct story *story, const char *data, size_t size, size_t step)
{
    struct weft__multipart multipart;
    int event = WEFT__MULTIPART_MORE;

    weft__buffer_init(&story->text, SIZE_MAX / 2);
    MUST(weft__multipart_init(&multipart, boundary, sizeof(boundary) - 1, FIELD_BYTES) == 0);
    for (size_t at = 0; at < size && event == WEFT__MULTIPART_MORE; at += step)
        event = take(story, &multipart, data + at, size - at < step ? size - at : step);
    story->rc = event < 0 ? event : 0;
    story->ended = weft__multipart_ended(&multipart);
    weft__multipart_done(&multipart);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *data = (const char *)input + 1;
    struct story whole = { 0 };
    struct story cut = { 0 };

    if (size < 2)
        return 0;
    size--;
    read_all(&whole, data, size, size);
    read_all(&cut, data, size, input[0] % 32 + 1U);
    MUST(whole.rc == cut.rc);
    if (whole.rc == 0) {
        MUST(whole.ended == cut.ended);
        MUST(whole.text.length == cut.text.length);
        MUST(whole.text.length == 0 ||
             memcmp(whole.text.data, cut.text.data, whole.text.length) == 0);
    }
    weft__buffer_done(&whole.text);
    weft__buffer_done(&cut.text);
    return 0;
}
