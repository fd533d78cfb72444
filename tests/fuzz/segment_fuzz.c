/*
 * fuzz/segment_fuzz.c - values of path parameters.
 *
 * The first byte says which type is wanted and how the value stands there: in a path, or with
 * its slashes encoded.  What is accepted is of its grammar and reads back; texts and paths lead
 * out of no folder.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "web/segment.h"

static void check_integer(const struct weft__capture *capture)
{
    char text[32];
    struct weft__capture again = { .text = text };

    MUST(strspn(capture->text, "-0123456789") >= capture->length);
    again.length = (size_t)snprintf(text, sizeof(text), "%" PRId64, capture->integer);
    MUST(weft__segment_accept(WEFT__SEGMENT_INT, '/', &again));
    MUST(again.integer == capture->integer);
}

static void check_real(const struct weft__capture *capture)
{
    char text[64];
    struct weft__capture again = { .text = text };

    MUST(isfinite(capture->real));
    again.length = (size_t)snprintf(text, sizeof(text), "%.17g", capture->real);
    MUST(weft__segment_accept(WEFT__SEGMENT_FLOAT, '/', &again));
    MUST(again.real == capture->real);
}

static void check_uuid(const struct weft__capture *capture)
{
    unsigned char bytes[16];
    int end = 0;

    MUST(capture->length == 36);
    MUST(sscanf(capture->text,
                "%2hhx%2hhx%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-"
                "%2hhx%2hhx%2hhx%2hhx%2hhx%2hhx%n",
                &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5], &bytes[6],
                &bytes[7], &bytes[8], &bytes[9], &bytes[10], &bytes[11], &bytes[12], &bytes[13],
                &bytes[14], &bytes[15], &end) == 16);
    MUST(end == 36);
}

/* Between slashes of its own it names neither this folder nor the one above. */
static void check_text(enum weft__segment_type type, const struct weft__capture *capture,
                       char separator)
{
    char *whole = malloc(capture->length + 3);

    MUST(whole != NULL);
    snprintf(whole, capture->length + 3, "/%s/", capture->text);
    for (char *at = whole; *at != '\0'; at++)
        if (*at == separator)
            *at = '/';
    MUST(strstr(whole, "/./") == NULL && strstr(whole, "/../") == NULL);
    MUST(type == WEFT__SEGMENT_STR ? capture->length > 0
                                   : capture->length == 0 || whole[1] != '/');
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static const enum weft__segment_type types[] = {
        WEFT__SEGMENT_INT, WEFT__SEGMENT_FLOAT,   WEFT__SEGMENT_UUID,
        WEFT__SEGMENT_STR, WEFT__SEGMENT_LITERAL, WEFT__SEGMENT_PATH,
    };
    struct weft__capture capture;
    enum weft__segment_type type;
    char separator;
    char *text, *exact;

    if (size < 1 || memchr(input, 0, size) != NULL)
        return 0; /* no path holds NUL */
    type = types[input[0] / 2 % (sizeof(types) / sizeof(*types))];
    separator = input[0] % 2 == 0 ? '/' : '\x01';
    exact = malloc(size - 1);
    text = strndup((const char *)input + 1, size - 1);
    MUST(text != NULL && (exact != NULL || size == 1));
    if (size > 1)
        memcpy(exact, text, size - 1);
    capture = (struct weft__capture){ .text = exact, .length = size - 1 };
    if (weft__segment_accept(type, separator, &capture)) {
        capture.text = text;
        MUST(type != WEFT__SEGMENT_LITERAL);
        if (type == WEFT__SEGMENT_INT)
            check_integer(&capture);
        else if (type == WEFT__SEGMENT_FLOAT)
            check_real(&capture);
        else if (type == WEFT__SEGMENT_UUID)
            check_uuid(&capture);
        else
            check_text(type, &capture, separator);
    }
    free(text);
    free(exact);
    return 0;
}
