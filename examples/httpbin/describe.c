/*
 * describe.c - see describe.h.
 *
 * Weft's walkers (weft_query_next(), weft_header_next()) give everything in the order received,
 * repeated names included; how those look in JSON is decided here.
 *
 * SPDX-License-Identifier: MIT
 */
#include "describe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static json_t *latin1_json(const char *text)
{
    char *utf8 = malloc(2 * strlen(text) + 1), *to = utf8;
    json_t *value;

    if (utf8 == NULL)
        return NULL;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c < 0x80) {
            *to++ = (char)*c;
        } else {
            *to++ = (char)(0xc0 | *c >> 6);
            *to++ = (char)(0x80 | (*c & 0x3f));
        }
    }
    *to = '\0';
    value = json_string(utf8);
    free(utf8);
    return value;
}

json_t *text_json(const char *text)
{
    return is_utf8(text, strlen(text)) ? json_string(text) : latin1_json(text);
}

const char *json_text(weft_request *req, const json_t *value, size_t flags)
{
    size_t length = json_dumpb(value, NULL, 0, flags);
    char *text = length > 0 ? weft_alloc(req, length + 1) : NULL;

    if (text == NULL || json_dumpb(value, text, length, flags) != length)
        return NULL;
    text[length] = '\0';
    return text;
}

int add_member(json_t *object, const char *name, json_t *value)
{
    json_t *had = json_object_get(object, name), *list;
    int rc;

    if (had == NULL)
        rc = json_object_set_new(object, name, value);
    else if (json_is_array(had))
        rc = json_array_append_new(had, value);
    else {
        list = json_pack("[O, o]", had, value);
        rc = json_object_set_new(object, name, list);
    }
    return rc == 0 ? 0 : UV_ENOMEM;
}

json_t *describe_args(weft_request *req)
{
    json_t *args = json_object();
    const char *name, *value;
    size_t at = 0;

    while (weft_query_next(req, &at, &name, &value)) {
        if (add_member(args, name, text_json(value)) < 0) {
            json_decref(args);
            return NULL;
        }
    }
    return args;
}

/* "user-agent" as "User-Agent": names have no case, and JSON has. */
static char *canonical_name(weft_request *req, const char *name)
{
    char *canonical = weft_strdup(req, name);
    bool first = true;

    for (char *c = canonical; c != NULL && *c != '\0'; c++) {
        *c = (char)(first ? toupper((unsigned char)*c) : tolower((unsigned char)*c));
        first = *c == '-';
    }
    return canonical;
}

/* All values of a field as one list (RFC 9110, 5.3); `first` is the first. */
static const char *joined_values(weft_request *req, const char *name, const char *first)
{
    const char *all = first, *more;

    for (size_t i = 1; all != NULL && (more = weft_header_at(req, name, i)) != NULL; i++)
        all = weft_printf(req, "%s,%s", all, more);
    return all;
}

json_t *describe_headers(weft_request *req)
{
    json_t *headers = json_object();
    const char *name, *value;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && weft_header_next(req, &at, &name, &value)) {
        char *key = canonical_name(req, name);

        if (key == NULL)
            rc = UV_ENOMEM;
        else if (json_object_get(headers, key) == NULL) {
            value = joined_values(req, name, value);
            rc = value == NULL ? UV_ENOMEM : add_member(headers, key, text_json(value));
        }
    }
    if (rc == 0)
        return headers;
    json_decref(headers);
    return NULL;
}

const char *request_url(weft_request *req)
{
    const char *base = weft_base_url(req), *query = weft_query_string(req);

    if (base == NULL)
        return NULL;
    return weft_printf(req, "%s%s%s%s", base, weft_raw_path(req), *query != '\0' ? "?" : "",
                       query);
}

json_t *describe_request(weft_request *req)
{
    const char *url = request_url(req);

    if (url == NULL)
        return NULL;
    return json_pack("{s:o, s:o, s:s, s:o}", "args", describe_args(req), "headers",
                     describe_headers(req), "origin", weft_remote(req), "url", text_json(url));
}
