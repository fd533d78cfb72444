/*
 * fuzz/head_fuzz.c - request heads.
 *
 * The first byte says how the rest is cut.  Whole and cut, the scan must say the same; what is
 * accepted must be what the header promises; and llhttp, given the same bytes, must accept it
 * too and understand the same framing.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "http/chars.h"
#include "http/head.h"

static long scan_cut(const char *data, size_t size, size_t step,
                     const struct weft__head_limits *limits)
{
    struct weft__head_scan scan = { 0 };
    long rc = 0;

    for (size_t seen = 0; seen < size && rc == 0;) {
        seen = size - seen < step ? size : seen + step;
        rc = weft__head_scan(&scan, data, seen, limits);
    }
    return rc;
}

static void check_fields(const struct weft__head *head)
{
    for (unsigned i = 0; i < head->field_count; i++) {
        const struct weft__field *field = &head->fields[i];

        MUST(weft__field_name_ok(field->name, field->name_length));
        MUST(weft__field_value_ok(field->value, field->value_length));
        MUST(strlen(field->name) == field->name_length);
        MUST(strlen(field->value) == field->value_length);
    }
}

static void check_head(const struct weft__head *head)
{
    MUST(weft__field_name_ok(head->method_text, strlen(head->method_text)));
    MUST(weft__method_parse(head->method_text, strlen(head->method_text)) == head->method);
    MUST(head->method != WEFT__METHOD_CONNECT);
    MUST(strlen(head->target) == head->target_length && head->target_length > 0);
    MUST(head->path[0] == '/' || (head->path[0] == '*' && head->path_length == 1));
    MUST(memchr(head->path, '?', head->path_length) == NULL);
    MUST(strlen(head->query) == head->query_length);
    MUST(head->minor == 0 || head->host != NULL);
    MUST(head->host == NULL || strlen(head->host) == head->host_length);
    MUST(!(head->chunked && head->has_length));
    MUST(head->has_length || head->content_length == 0);
    MUST(head->content_length <= INT64_MAX);
    check_fields(head);
}

/* What llhttp alone makes of the head, with a method that it knows. */
static void ask_llhttp(const char *data, size_t size, const struct weft__head *head)
{
    llhttp_settings_t settings = { 0 };
    llhttp_t parser;
    const char *space = memchr(data, ' ', size);
    size_t rest = size - (size_t)(space - data);
    llhttp_errno_t rc;

    llhttp_init(&parser, HTTP_REQUEST, &settings);
    MUST(llhttp_execute(&parser, "POST", 4) == HPE_OK);
    rc = llhttp_execute(&parser, space, rest);
    MUST(rc == HPE_OK || rc == HPE_PAUSED_UPGRADE);
    if (head->chunked || head->content_length > 0) {
        MUST(((parser.flags & F_CHUNKED) != 0) == head->chunked);
        MUST(head->chunked || parser.content_length == head->content_length);
        MUST((llhttp_should_keep_alive(&parser) != 0) == head->keep_alive);
    }
}

/* llhttp 8 takes no tab in some places and no version past 1.1; the parser evens that out. */
static int is_plain(const char *data, size_t size)
{
    const char *end = memchr(data, '\r', size);

    return memchr(data, '\t', size) == NULL && (end[-1] == '0' || end[-1] == '1');
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const struct weft__head_limits limits = weft__head_limits(0, 0);
    struct weft__head_scan scan = { 0 };
    struct weft__arena arena;
    struct weft__head head;
    struct weft__body body;
    const char *data = (const char *)input + 1;
    char *copy;
    long length;

    if (size < 1)
        return 0;
    size--;
    length = weft__head_scan(&scan, data, size, &limits);
    MUST(scan_cut(data, size, input[0] % 32 + 1U, &limits) == (size == 0 ? 0 : length));
    MUST(length <= (long)size);
    if (length <= 0)
        return 0;
    weft__arena_init(&arena, 256);
    copy = malloc((size_t)length);
    MUST(copy != NULL);
    memcpy(copy, data, (size_t)length);
    if (weft__head_parse(&head, &body, &arena, copy, (size_t)length, scan.fields) == 0) {
        check_head(&head);
        MUST(body.complete == (!head.chunked && head.content_length == 0));
        while (*data == '\r' || *data == '\n') {
            data++;
            length--;
        }
        if (is_plain(data, (size_t)length))
            ask_llhttp(data, (size_t)length, &head);
    }
    free(copy);
    weft__arena_done(&arena);
    return 0;
}
