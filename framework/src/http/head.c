/*
 * http/head.c - taking a scanned request head apart.
 *
 * The scan has proved the syntax, so the lines are cut at the first delimiter, without looking
 * at single characters again.  Order: cut (pointers only), judge, let llhttp read the intact
 * bytes, and at last write the NULs behind names and values.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/head.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "http/find.h"
#include "http/head_parts.h"

enum {
    VERSION_MINOR = 7, /* its place in "HTTP/1.1" */
};

/* The head's bytes: the request line begins at `at`, the empty line ends at `end`. */
struct text {
    char *at;
    char *end;
};

static char *find(char *at, char *end, char wanted)
{
    return at + (weft__find(at, end, wanted) - at);
}

/* Cut the request line; `text->at` moves behind it.  Returns the version. */
static char *split_request_line(struct weft__head *head, struct text *text)
{
    char *method = text->at;
    char *target = method;
    char *version;

    while (*target != ' ')
        target++;
    head->method_text = method;
    head->method = weft__method_parse(method, (size_t)(target - method));
    target++;
    version = find(target, text->end, ' ');
    head->target = target;
    head->target_length = (size_t)(version - target);
    version++;
    head->minor = version[VERSION_MINOR] == '0' ? 0 : 1;
    text->at = version + sizeof("HTTP/1.1\r\n") - 1;
    return version;
}

/* Cut one field line, which begins at `at`; returns the next line. */
static char *split_field(struct weft__field *field, char *at, char *end)
{
    char *colon = find(at, end, ':');
    char *value = colon + 1;
    char *last = find(value, end, '\r');
    char *next = last + 2;

    /* Tabs around a value become spaces: llhttp 8 takes none behind a Content-Length. */
    while (weft__char_is_space(*value))
        *value++ = ' ';
    while (last > value && weft__char_is_space(last[-1]))
        *--last = ' ';
    *field = (struct weft__field){
        .name = at,
        .value = value,
        .name_length = (uint32_t)(colon - at),
        .value_length = (uint32_t)(last - value),
    };
    return next;
}

static int split_fields(struct weft__head *head, struct weft__head_facts *facts,
                        struct weft__arena *arena, const struct text *text, unsigned count)
{
    char *at = text->at;
    int rc = 0;

    head->fields = weft__arena_alloc(arena, count * sizeof(*head->fields));
    if (head->fields == NULL)
        return -500;
    head->field_count = count;
    for (unsigned i = 0; i < count; i++)
        at = split_field(&head->fields[i], at, text->end);
    for (unsigned i = 0; i < count && rc == 0; i++)
        rc = weft__head_note(facts, &head->fields[i]);
    return rc;
}

/* Whether llhttp's reading of the message may depend on the field; a few others pass as well.
 */
static bool bears_on_framing(const struct weft__field *field)
{
    char first = (char)(field->name[0] | 0x20);

    switch (field->name_length) {
    case sizeof("Upgrade") - 1:
        return first == 'u';
    case sizeof("Connection") - 1:
    case sizeof("Content-Length") - 1:
        return first == 'c';
    case sizeof("Transfer-Encoding") - 1:
        return first == 't';
    default:
        return false;
    }
}

/*
 * Let llhttp read the head, so that it is ready for the body and has no other idea of its
 * length.  It gets the fields that bear on the framing and the empty line: what else the head
 * holds cannot change its state, and would cost more than all the rest.
 */
static int feed_llhttp(const struct weft__head *head, const struct weft__head_facts *facts,
                       struct weft__body *body, const char *end)
{
    const char *last = end - 2;
    int rc = 0;

    weft__body_prepare(body, head->minor);
    if ((facts->said & WEFT__SAID_FRAMING) != 0) {
        for (unsigned i = 0; i < head->field_count && rc == 0; i++) {
            const char *line = head->fields[i].name;
            const char *next = i + 1 < head->field_count ? head->fields[i + 1].name : last;

            if (bears_on_framing(&head->fields[i]))
                rc = weft__body_feed_head(body, line, (size_t)(next - line));
        }
    }
    if (rc == 0)
        rc = weft__body_feed_head(body, last, 2);
    return rc < 0 ? rc : weft__body_begin(body, head->chunked, head->content_length);
}

/* Write the NULs: behind the method and the target, each name and each value. */
static void terminate(const struct weft__head *head, char *version)
{
    *(version - 1) = '\0';
    *(version - 1 - head->target_length - 1) = '\0';
    for (unsigned i = 0; i < head->field_count; i++) {
        struct weft__field *field = &head->fields[i];

        ((char *)field->name)[field->name_length] = '\0';
        ((char *)field->value)[field->value_length] = '\0';
    }
}

int weft__head_parse(struct weft__head *head, struct weft__body *body,
                     struct weft__arena *arena, char *data, size_t length, unsigned fields)
{
    struct text text = { .at = data, .end = data + length };
    struct weft__head_facts facts = { 0 };
    char *version;
    int rc;

    assert(length >= 4 && memcmp(text.end - 4, "\r\n\r\n", 4) == 0);
    *head = (struct weft__head){ 0 };
    while (*text.at == '\r')
        text.at += 2;
    version = split_request_line(head, &text);
    rc = split_fields(head, &facts, arena, &text, fields);
    if (rc == 0)
        rc = weft__head_split_target(head);
    if (rc == 0)
        rc = weft__head_judge(head, &facts);
    if (rc == 0)
        rc = weft__head_judge_host(head, arena, facts.host);
    if (rc == 0)
        rc = feed_llhttp(head, &facts, body, text.end);
    if (rc == 0)
        terminate(head, version);
    return rc;
}

const struct weft__field *weft__head_find(const struct weft__head *head, const char *name,
                                          size_t length)
{
    return weft__field_find(head->fields, head->field_count, name, length);
}

const struct weft__field *weft__head_find_next(const struct weft__head *head,
                                               const struct weft__field *field)
{
    unsigned behind = (unsigned)(field - head->fields) + 1;

    return weft__field_find(field + 1, head->field_count - behind, field->name,
                            field->name_length);
}
