/*
 * api/test_json.c - values in JSON bodies, by JSON pointer (RFC 6901), for tests.
 *
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/test_client.h"
#include "model/json.h"

static void release(void *arg)
{
    json_decref(arg);
}

static const json_t *document(weft_test_reply *reply)
{
    struct weft__test_parsed *parsed = reply->parsed;
    json_t *json;

    if (parsed == NULL || parsed->tried)
        return parsed == NULL ? NULL : parsed->json;
    parsed->tried = true;
    if (weft__json_parse(&json, reply->body, reply->body_length,
                         &(struct weft__json_limits){ .max_depth = WEFT__JSON_MAX_DEPTH },
                         NULL) < 0)
        return NULL;
    if (weft__arena_defer(parsed->arena, release, json) < 0) {
        json_decref(json);
        return NULL;
    }
    parsed->json = json;
    return json;
}

/* Undo ~1 and ~0 (RFC 6901, 4) in a token, which is the caller's. */
static void unescape(char *token)
{
    char *to = token;

    for (const char *from = token; *from != '\0'; from++) {
        if (from[0] == '~' && (from[1] == '0' || from[1] == '1')) {
            *to++ = from[1] == '0' ? '~' : '/';
            from++;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static const json_t *member(const json_t *value, const char *token)
{
    size_t index = 0;

    if (json_is_object(value))
        return json_object_get(value, token);
    if (!json_is_array(value) || *token == '\0' || strlen(token) > 9)
        return NULL;
    for (; *token != '\0'; token++) {
        if (*token < '0' || *token > '9')
            return NULL;
        index = index * 10 + (size_t)(*token - '0');
    }
    return json_array_get(value, index);
}

static const json_t *find(const json_t *value, struct weft__arena *arena, const char *pointer)
{
    while (value != NULL && *pointer == '/') {
        size_t length = strcspn(++pointer, "/");
        char *token = weft__arena_strndup(arena, pointer, length);

        if (token == NULL)
            return NULL;
        unescape(token);
        value = member(value, token);
        pointer += length;
    }
    return *pointer == '\0' ? value : NULL;
}

static const char *as_text(const json_t *value, struct weft__arena *arena)
{
    struct weft__buffer text;
    const char *copy = NULL;

    weft__buffer_init(&text, SIZE_MAX / 2);
    if (weft__json_write(&text, value) == 0)
        copy = weft__arena_strndup(arena, text.data, text.length);
    weft__buffer_done(&text);
    return copy == NULL ? "(memory is out)" : copy;
}

const char *weft_test_json(weft_test_reply *reply, const char *pointer)
{
    const json_t *value = document(reply);
    struct weft__test_parsed *parsed = reply->parsed;

    if (value == NULL)
        return "(not JSON)";
    value = find(value, parsed->arena, pointer);
    if (value == NULL)
        return "(absent)";
    return json_is_string(value) ? json_string_value(value) : as_text(value, parsed->arena);
}
