/*
 * web/template.c - parsing path templates.
 *
 * Literals are written decoded, as handlers and people see them: "/a b" matches "/a%20b".  What
 * a request could never match (an empty segment in the middle, "..", a '?') is refused, since
 * it can only be a mistake.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/template.h"

#include <stdbool.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"

static const struct {
    const char *name;
    enum weft__segment_type type;
} types[] = {
    { "int", WEFT__SEGMENT_INT },   { "float", WEFT__SEGMENT_FLOAT },
    { "str", WEFT__SEGMENT_STR },   { "uuid", WEFT__SEGMENT_UUID },
    { "path", WEFT__SEGMENT_PATH },
};

const char *weft__segment_type_name(enum weft__segment_type type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].type == type)
            return types[i].name;
    }
    return "";
}

/* A piece of the template that is being parsed. */
struct piece {
    const char *text;
    size_t length;
};

static bool name_ok(struct piece name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.length > 0;
}

static bool find_type(struct piece name, enum weft__segment_type *ret_type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strlen(types[i].name) == name.length &&
            memcmp(types[i].name, name.text, name.length) == 0) {
            *ret_type = types[i].type;
            return true;
        }
    }
    return false;
}

/* `inner` is what stands between the braces.  What is wrong, or NULL. */
static const char *read_param(struct piece inner, struct weft__segment *segment,
                              struct piece *ret_name)
{
    const char *colon = memchr(inner.text, ':', inner.length);
    struct piece type = { "str", 3 };

    *ret_name = inner;
    if (colon != NULL) {
        ret_name->length = (size_t)(colon - inner.text);
        type = (struct piece){ colon + 1, inner.length - ret_name->length - 1 };
    }
    if (!name_ok(*ret_name))
        return "a parameter's name has letters, digits and '_', and no digit first";
    if (!find_type(type, &segment->type))
        return "a parameter is of type int, float, str, uuid or path";
    return NULL;
}

static const char *check_literal(struct piece text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.text[i];

        if (c == '{' || c == '}')
            return "a parameter is a whole segment, {name} or {name:type}";
        if (c == '%')
            return "literals are written decoded, without '%'";
        if (c == '?' || c == '#')
            return "a path has neither '?' nor '#'";
        if (c < 0x20 || c == 0x7f)
            return "there is a control character in it";
    }
    if (text.length > 0 && text.length <= 2 && memcmp(text.text, "..", text.length) == 0)
        return "the segments '.' and '..' match nothing";
    return NULL;
}

/* Read one segment.  What is wrong, or NULL. */
static const char *read_segment(struct piece text, struct weft__segment *segment,
                                struct piece *ret_name)
{
    if (text.length >= 2 && text.text[0] == '{' && text.text[text.length - 1] == '}')
        return read_param((struct piece){ text.text + 1, text.length - 2 }, segment, ret_name);
    segment->type = WEFT__SEGMENT_LITERAL;
    *ret_name = text;
    return check_literal(text);
}

/* Whether a parameter has the name of an earlier one. */
static bool name_taken(const struct weft__template *template, struct piece name)
{
    for (unsigned i = 0; i < template->count; i++) {
        const struct weft__segment *segment = &template->segments[i];

        if (segment->type != WEFT__SEGMENT_LITERAL && segment->length == name.length &&
            memcmp(segment->text, name.text, name.length) == 0)
            return true;
    }
    return false;
}

/* Add one segment to `ret`.  `last`: nothing follows.  What is wrong, or NULL. */
static const char *add_segment(struct weft__template *ret, struct piece text, bool last,
                               struct piece *ret_name)
{
    struct weft__segment *segment = &ret->segments[ret->count];
    const char *why;

    if (text.length == 0 && !last)
        return "there is an empty segment in the middle";
    if (ret->count == WEFT__TEMPLATE_SEGMENTS_MAX)
        return "it has more than 64 segments";
    why = read_segment(text, segment, ret_name);
    if (why != NULL)
        return why;
    if (segment->type == WEFT__SEGMENT_PATH && !last)
        return "a path parameter stands at the end";
    if (segment->type != WEFT__SEGMENT_LITERAL) {
        if (ret->param_count == WEFT__TEMPLATE_PARAMS_MAX)
            return "it has more than 16 parameters";
        if (name_taken(ret, *ret_name))
            return "two parameters have the same name";
        ret->param_count++;
    }
    return NULL;
}

static unsigned count_segments(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0' && count < WEFT__TEMPLATE_SEGMENTS_MAX; text++)
        count += *text == '/';
    return count;
}

int weft__template_parse(struct weft__template *ret, struct weft__arena *arena,
                         const char *text, const char **ret_why)
{
    struct weft__template result = { .text = text };
    const char *at = text;

    if (*at != '\0' && *at != '/') {
        *ret_why = "it does not begin with '/'";
        return UV_EINVAL;
    }
    result.segments =
        weft__arena_calloc(arena, count_segments(text) + 1u, sizeof(*result.segments));
    if (result.segments == NULL)
        return UV_ENOMEM;
    while (*at == '/') {
        size_t length = strcspn(at + 1, "/");
        struct piece name;

        *ret_why = add_segment(&result, (struct piece){ at + 1, length },
                               at[1 + length] == '\0', &name);
        if (*ret_why != NULL)
            return UV_EINVAL;
        result.segments[result.count].length = (uint32_t)name.length;
        result.segments[result.count].text = weft__arena_strndup(arena, name.text, name.length);
        if (result.segments[result.count].text == NULL)
            return UV_ENOMEM;
        result.count++;
        at += 1 + length;
    }
    *ret = result;
    return 0;
}
