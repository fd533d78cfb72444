/*
 * web/template.h - path templates such as "/todos/{id:int}".
 *
 * A template is a list of segments, each of them a literal or one parameter.  "/todos/" ends
 * with an empty literal, so a slash at the end counts.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_TEMPLATE_H
#define WEFT_WEB_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

struct weft__arena;

enum {
    WEFT__TEMPLATE_SEGMENTS_MAX = 64,
    WEFT__TEMPLATE_PARAMS_MAX = 16,
};

/* In the order of precedence. */
enum weft__segment_type {
    WEFT__SEGMENT_LITERAL,
    WEFT__SEGMENT_INT,
    WEFT__SEGMENT_UUID,
    WEFT__SEGMENT_FLOAT,
    WEFT__SEGMENT_STR,
    WEFT__SEGMENT_PATH,
};

struct weft__segment {
    enum weft__segment_type type;
    uint32_t length;  /* of `text` */
    const char *text; /* of a literal, decoded; or a parameter's name; ends with NUL */
};

struct weft__template {
    const char *text; /* as written */
    struct weft__segment *segments;
    unsigned count;
    unsigned param_count;
};

/*
 * Parse `text`, which begins with '/' and outlives the template; or, as a prefix, "".
 *
 * ret_why  set on UV_EINVAL to what is wrong; static.
 *
 * 0; UV_EINVAL; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__template_parse(struct weft__template *ret, struct weft__arena *arena,
                                         const char *text, const char **ret_why);

/* "int", "path", ...; "" for literals. */
const char *weft__segment_type_name(enum weft__segment_type type);

#endif
