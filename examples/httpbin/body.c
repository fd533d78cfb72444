/*
 * body.c - see body.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

#include "base64.h"

enum { MAX_DEPTH = 64 };

json_t *bytes_json(weft_request *req, const char *media_type, const char *data, size_t length)
{
    json_t *text = json_stringn(data, length); /* NULL for what is not UTF-8 */
    const char *encoded;

    if (text != NULL)
        return text;
    encoded = base64_encode(req, data, length);
    return encoded != NULL ? json_sprintf("data:%s;base64,%s", media_type, encoded) : NULL;
}

/*
 * Whether arrays and objects lie deeper in each other than MAX_DEPTH.  jansson reads them by
 * recursion, and a task's stack is small: this is asked of all JSON that weft_json_body() has
 * not looked at.
 */
static bool is_deep(const char *data, size_t length)
{
    int depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\\' && in_string)
            i++;
        else if (data[i] == '"')
            in_string = !in_string;
        else if (!in_string && (data[i] == '[' || data[i] == '{')) {
            if (++depth > MAX_DEPTH)
                return true;
        } else if (!in_string && (data[i] == ']' || data[i] == '}'))
            depth--;
    }
    return false;
}

/* What the body says as JSON, whatever its media type; null when it is none. */
static json_t *parsed_json(const char *data, size_t length)
{
    json_t *value = NULL;

    if (!is_deep(data, length))
        value = json_loadb(data, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return value != NULL ? value : json_null();
}

int describe_body(weft_request *req, json_t *object)
{
    const char *data;
    size_t length;
    int rc = weft_read_body(req, &data, &length);

    if (rc < 0)
        return rc;
    rc = json_object_set_new(object, "data",
                             bytes_json(req, "application/octet-stream", data, length));
    if (rc == 0)
        rc = json_object_set_new(object, "files", json_object());
    if (rc == 0)
        rc = json_object_set_new(object, "form", json_object());
    if (rc == 0)
        rc = json_object_set_new(object, "json", parsed_json(data, length));
    return rc == 0 ? 0 : UV_ENOMEM;
}
