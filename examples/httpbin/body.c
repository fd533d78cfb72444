/*
 * body.c - see body.h.
 *
 * Shows: bodies of every kind: forms with and without files (weft_read_form()), and whatever
 * else as a whole (weft_read_body()).
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

#include <string.h>
#include <strings.h>

#include "base64.h"
#include "describe.h"

enum { MAX_DEPTH = 64 };

json_t *bytes_json(weft_request *req, const char *media_type, const char *data, size_t length)
{
    json_t *text = json_stringn(data, length); /* NULL for what is not UTF-8 */
    const char *encoded;

    if (text != NULL)
        return text;
    encoded = base64_encode(req, data, length);
    if (encoded != NULL)
        encoded = weft_printf(req, "data:%s;base64,%s", media_type, encoded);
    return encoded != NULL ? text_json(encoded) : NULL;
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

/* --- Forms ------------------------------------------------------------------------------- */

/* Whether the body has this media type, whatever parameters come behind it. */
static bool has_type(weft_request *req, const char *type)
{
    const char *field = weft_header(req, "Content-Type");
    size_t length = strlen(type);

    return field != NULL && strncasecmp(field, type, length) == 0 &&
           strchr("; \t", field[length]) != NULL; /* the NUL at the end counts, too */
}

static int add_fields(weft_request *req, json_t *form)
{
    const char *name, *value;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && weft_form_next(req, &at, &name, &value))
        rc = add_member(form, name, text_json(value));
    return rc;
}

/* The content of a file as it is told; it may lie in memory or on disk, which reading it does
 * not show. */
static int add_file(weft_request *req, json_t *files, weft_upload *file)
{
    size_t length = (size_t)weft_upload_size(file), got = 0;
    char *data = weft_alloc(req, length + 1);
    ssize_t rc = data != NULL ? 1 : UV_ENOMEM;

    while (rc > 0 && got < length) {
        rc = weft_upload_read(file, data + got, length - got);
        if (rc > 0)
            got += (size_t)rc;
    }
    if (rc < 0)
        return (int)rc;
    return add_member(files, weft_upload_name(file),
                      bytes_json(req, weft_upload_type(file), data, got));
}

static int describe_form(weft_request *req, json_t *form, json_t *files)
{
    weft_upload *file = NULL;
    int rc = weft_read_form(req); /* waits until all of it has come */

    if (rc == 0)
        rc = add_fields(req, form);
    while (rc == 0 && weft_form_file_next(req, &file))
        rc = add_file(req, files, file);
    return rc;
}

/* --- The whole --------------------------------------------------------------------------- */

/* Read the body and add what it says to `object`. */
static int describe_body(weft_request *req, json_t *object)
{
    json_t *form = json_object(), *files = json_object();
    const char *data = "";
    size_t length = 0;
    int rc;

    if (has_type(req, "application/x-www-form-urlencoded") ||
        has_type(req, "multipart/form-data"))
        rc = describe_form(req, form, files);
    else
        rc = weft_read_body(req, &data, &length);
    if (rc == 0)
        rc = add_member(object, "json", parsed_json(data, length));
    if (rc == 0)
        rc = add_member(object, "data",
                        bytes_json(req, "application/octet-stream", data, length));
    if (json_object_set(object, "form", form) < 0 ||
        json_object_set(object, "files", files) < 0)
        rc = rc < 0 ? rc : UV_ENOMEM;
    json_decref(form);
    json_decref(files);
    return rc;
}

weft_response *tell_back(weft_request *req, const char *method)
{
    json_t *what = describe_request(req);
    int rc = describe_body(req, what);

    if (rc == 0 && method != NULL)
        rc = add_member(what, "method", json_string(method));
    if (rc < 0) {
        json_decref(what);
        return weft_error(req, rc); /* 413, 408, 400, ... by the code */
    }
    return weft_json(req, 200, what);
}
