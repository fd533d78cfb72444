/*
 * model/json_write.c - tree to text.
 *
 * The walk keeps the containers that it is within on a stack of its own, with a fixed bound:
 * that holds the machine's stack to a few KiB, and ends the walk of a tree that holds itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <weft/error.h>

#include "model/json.h"
#include "model/json_string.h"
#include "model/number.h"

/* A container that has been opened, and where in it the walk is. */
struct level {
    json_t *container;
    void *member; /* object: iterator at the next one, NULL behind the last */
    size_t index; /* how many have been written */
};

struct walk {
    struct weft__buffer *out;
    bool pretty; /* a line for each member */
    size_t depth;
    struct level levels[WEFT__JSON_MAX_DEPTH];
};

static int write_integer(struct weft__buffer *out, json_int_t value)
{
    char text[WEFT__INTEGER_ROOM];

    return weft__buffer_append(out, text, weft__write_integer(text, value));
}

static int write_real(struct weft__buffer *out, double value)
{
    char text[WEFT__REAL_ROOM];

    if (!isfinite(value))
        return WEFT_EPROTO;
    return weft__buffer_append(out, text, weft__write_real(text, value));
}

/* Go on in the next line, two spaces in for each level.  A failure of the buffer stays in it.
 */
static void break_line(struct walk *walk)
{
    weft__buffer_append(walk->out, "\n", 1);
    for (size_t i = 0; i < walk->depth; i++)
        weft__buffer_append(walk->out, "  ", 2);
}

/* What stands between the members, and in front of the first one. */
static void separate(struct walk *walk, const struct level *level)
{
    if (level->index > 0)
        weft__buffer_append(walk->out, ",", 1);
    if (walk->pretty)
        break_line(walk);
}

/* Open a container; step() writes what is in it, and closes it. */
static int enter(struct walk *walk, json_t *container)
{
    if (walk->depth == WEFT__JSON_MAX_DEPTH)
        return WEFT_ELIMIT;
    walk->levels[walk->depth++] = (struct level){
        .container = container, .member = json_object_iter(container), /* NULL for an array */
    };
    return weft__buffer_append(walk->out, json_is_object(container) ? "{" : "[", 1);
}

static int write_value(struct walk *walk, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return enter(walk, value);
    case JSON_STRING:
        return weft__json_write_string(walk->out, json_string_value(value),
                                       json_string_length(value));
    case JSON_INTEGER:
        return write_integer(walk->out, json_integer_value(value));
    case JSON_REAL:
        return write_real(walk->out, json_real_value(value));
    case JSON_TRUE:
        return weft__buffer_append(walk->out, "true", 4);
    case JSON_FALSE:
        return weft__buffer_append(walk->out, "false", 5);
    default:
        return weft__buffer_append(walk->out, "null", 4);
    }
}

static int write_key(struct walk *walk, void *member)
{
    const char *key = json_object_iter_key(member);
#if JANSSON_VERSION_HEX >= 0x020e00
    size_t length = json_object_iter_key_len(member);
#else
    size_t length = strlen(key);
#endif
    int rc = weft__json_write_string(walk->out, key, length);

    return rc < 0 ? rc : weft__buffer_append(walk->out, ": ", walk->pretty ? 2 : 1);
}

static int leave(struct walk *walk, const struct level *level, const char *bracket)
{
    walk->depth--;
    if (walk->pretty && level->index > 0)
        break_line(walk);
    return weft__buffer_append(walk->out, bracket, 1);
}

static int step_object(struct walk *walk, struct level *level)
{
    void *member = level->member;
    int rc;

    if (member == NULL)
        return leave(walk, level, "}");
    separate(walk, level);
    level->index++;
    level->member = json_object_iter_next(level->container, member);
    rc = write_key(walk, member);
    return rc < 0 ? rc : write_value(walk, json_object_iter_value(member));
}

static int step_array(struct walk *walk, struct level *level)
{
    if (level->index >= json_array_size(level->container))
        return leave(walk, level, "]");
    separate(walk, level);
    return write_value(walk, json_array_get(level->container, level->index++));
}

/* Write the next member of the innermost container, or its end. */
static int step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];

    return json_is_object(level->container) ? step_object(walk, level)
                                            : step_array(walk, level);
}

static int write_tree(struct weft__buffer *out, const json_t *value, bool pretty)
{
    size_t before = out->length;
    struct walk walk;
    int rc;

    if (value == NULL)
        return WEFT_EMISUSE;
    walk.pretty = pretty;
    walk.out = out; /* the levels are set when they are entered: no need to clear 6 KiB */
    walk.depth = 0;
    rc = write_value(&walk,
                     (json_t *)value); /* jansson's iterators take no const; none writes */
    while (rc == 0 && walk.depth > 0)
        rc = step(&walk);
    if (rc == 0 && pretty)
        rc = weft__buffer_append(out, "\n", 1);
    if (rc == 0)
        rc = out->failed; /* of what separate() and leave() did not look at */
    if (rc < 0)
        out->length = before;
    return rc;
}

int weft__json_write(struct weft__buffer *out, const json_t *value)
{
    return write_tree(out, value, false);
}

int weft__json_write_pretty(struct weft__buffer *out, const json_t *value)
{
    return write_tree(out, value, true);
}
