/*
 * http/trailer_section.c - see trailer_section.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/trailer_section.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "http/find.h"
#include "http/trailer.h"

enum { FIRST_ROOM = 256 };

int weft__trailers_append(struct weft__trailers *trailers, const char *data, size_t length)
{
    size_t room = trailers->room == 0 ? FIRST_ROOM : trailers->room;
    char *text;

    while (room - trailers->length < length) /* which the guard keeps below some KiB */
        room *= 2;
    if (room > trailers->room) {
        text = weft__arena_realloc(trailers->arena, trailers->text, trailers->room, room);
        if (text == NULL)
            return UV_ENOMEM;
        trailers->text = text;
        trailers->room = room;
    }
    memcpy(trailers->text + trailers->length, data, length);
    trailers->length += length;
    return 0;
}

/* Whether `name` is among `count` names, or begins with one that ends with a '-'. */
static bool is_among(const char *name, size_t length, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t known = strlen(names[i]);

        if ((length == known || (length > known && names[i][known - 1] == '-')) &&
            weft__lower_equal(name, names[i], known))
            return true;
    }
    return false;
}

/* What a request's trailer may not hold either: where it comes from, what is wanted, and how
 * the content is to be taken must be known before the content. */
static bool is_kept(const char *name, size_t length)
{
    static const char *const digests[] = { "content-digest", "content-md5" };
    static const char *const dropped[] = {
        "accept", "accept-", "content-", "forwarded", "http2-settings", "if-",
        "origin", "proxy-",  "sec-",     "via",       "x-forwarded-",   "x-real-ip",
    };

    if (!weft__trailer_allowed(name, length))
        return false;
    return is_among(name, length, digests, sizeof(digests) / sizeof(*digests)) ||
           !is_among(name, length, dropped, sizeof(dropped) / sizeof(*dropped));
}

/* One line, name and value ended with NULs in place. */
static int add_line(struct weft__trailers *trailers, char *line, char *end)
{
    char *colon = line + (weft__find(line, end, ':') - line);
    char *value = colon + 1;

    if (colon == end)
        return 0;
    while (value < end && weft__char_is_space(*value))
        value++;
    while (end > value && weft__char_is_space(end[-1]))
        end--;
    *colon = '\0';
    *end = '\0';
    if (!is_kept(line, (size_t)(colon - line)))
        return 0;
    return weft__fields_add_static(&trailers->fields, trailers->arena, line,
                                   (size_t)(colon - line), value, (size_t)(end - value));
}

int weft__trailers_parse(struct weft__trailers *trailers)
{
    char *end;
    int rc = 0;

    if (trailers->length == 0)
        return 0;
    end = trailers->text + trailers->length;
    for (char *at = trailers->text; at < end && rc == 0;) {
        char *cr = at + (weft__find(at, end, '\r') - at);

        rc = cr == end ? 0 : add_line(trailers, at, cr);
        at = cr < end ? cr + 2 : end;
    }
    trailers->length = 0;
    return rc;
}
