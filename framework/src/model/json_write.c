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

static int write_key(struct weft__buffer *out, void *member)
{
    const char *key = json_object_iter_key(member);
#if JANSSON_VERSION_HEX >= 0x020e00
    size_t length = json_object_iter_key_len(member);
#else
    size_t length = strlen(key);
#endif
    int rc = weft__json_write_string(out, key, length);

    return rc < 0 ? rc : weft__buffer_append(out, ":", 1);
}

static int leave(struct walk *walk, const char *bracket)
{
    walk->depth--;
    return weft__buffer_append(walk->out, bracket, 1);
}

static int step_object(struct walk *walk, struct level *level)
{
    void *member = level->member;
    int rc;

    if (member == NULL)
        return leave(walk, "}");
    if (level->index++ > 0)
        weft__buffer_append(walk->out, ",", 1); /* a failure stays, and the key reports it */
    level->member = json_object_iter_next(level->container, member);
    rc = write_key(walk->out, member);
    return rc < 0 ? rc : write_value(walk, json_object_iter_value(member));
}

static int step_array(struct walk *walk, struct level *level)
{
    size_t index = level->index;
    int rc = 0;

    if (index >= json_array_size(level->container))
        return leave(walk, "]");
    level->index++;
    if (index > 0)
        rc = weft__buffer_append(walk->out, ",", 1);
    return rc < 0 ? rc : write_value(walk, json_array_get(level->container, index));
}

/* Write the next member of the innermost container, or its end. */
static int step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];

    return json_is_object(level->container) ? step_object(walk, level)
                                            : step_array(walk, level);
}

int weft__json_write(struct weft__buffer *out, const json_t *value)
{
    size_t before = out->length;
    struct walk walk;
    int rc;

    if (value == NULL)
        return WEFT_EMISUSE;
    walk.out = out; /* the levels are set when they are entered: no need to clear 6 KiB */
    walk.depth = 0;
    rc = write_value(&walk,
                     (json_t *)value); /* jansson's iterators take no const; none writes */
    while (rc == 0 && walk.depth > 0)
        rc = step(&walk);
    if (rc < 0)
        out->length = before;
    return rc;
}
