/*
 * web/response_fields.c - the header fields of a response (weft/response.h).
 *
 * Framing is not the program's: Transfer-Encoding, Connection and Keep-Alive are refused, and
 * Content-Length only says how long a stream will be.  Nor are TE and Proxy-Connection, which
 * are of one connection and say nothing in a response (RFC 9110, 7.6.1); beside Upgrade the
 * server names it in Connection.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>
#include <weft/log.h>

#include "web/response.h"

enum { LENGTH_DIGITS = 18 }; /* below 2^63, whatever they are */

static bool is_length(const char *value)
{
    size_t digits = strspn(value, "0123456789");

    return digits > 0 && digits <= LENGTH_DIGITS && value[digits] == '\0';
}

/* What there is to say against a field, besides its characters. */
static int check(const weft_response *res, const char *name, size_t name_length,
                 const char *value)
{
    int rc = weft__response_changeable(res);
    unsigned known;

    if (rc < 0)
        return rc;
    if (value == NULL)
        return UV_EINVAL;
    known = weft__field_known(name, name_length);
    if ((known & WEFT__FIELD_CONTENT_LENGTH) != 0)
        return is_length(value) ? 0 : UV_EINVAL;
    if ((known & WEFT__FIELDS_FRAMING) != 0) {
        weft_log(WEFT_LOG_ERROR, "%s is not for programs to set", name);
        return WEFT_EMISUSE;
    }
    return 0;
}

int weft_set_header(weft_response *res, const char *name, const char *value)
{
    size_t name_length = name == NULL ? 0 : strlen(name);
    int rc = check(res, name, name_length, value);

    if (rc < 0)
        return rc;
    return weft__fields_set(&res->fields, &res->req->arena, name, name_length, value,
                            strlen(value));
}

int weft_add_header(weft_response *res, const char *name, const char *value)
{
    size_t name_length = name == NULL ? 0 : strlen(name);
    int rc = check(res, name, name_length, value);

    if (rc < 0)
        return rc;
    if ((weft__field_known(name, name_length) & WEFT__FIELD_CONTENT_LENGTH) != 0)
        return weft_set_header(res, name, value); /* never two */
    return weft__fields_add(&res->fields, &res->req->arena, name, name_length, value,
                            strlen(value));
}

int weft_remove_header(weft_response *res, const char *name)
{
    int rc = weft__response_changeable(res);

    if (rc < 0)
        return rc;
    if (name == NULL)
        return UV_EINVAL;
    weft__fields_remove(&res->fields, name, strlen(name));
    return 0;
}

const char *weft_response_header(const weft_response *res, const char *name)
{
    const struct weft__field *field;

    if (res == NULL || name == NULL)
        return NULL;
    field = weft__fields_get(&res->fields, name, strlen(name));
    return field == NULL ? NULL : field->value;
}

bool weft_response_header_next(const weft_response *res, size_t *at, const char **ret_name,
                               const char **ret_value)
{
    if (res == NULL || *at >= res->fields.count)
        return false;
    *ret_name = res->fields.items[*at].name;
    *ret_value = res->fields.items[*at].value;
    ++*at;
    return true;
}

/* Whether one of the fields of that name has the token, or "*", which says all. */
static bool has_token(const weft_response *res, const char *name, size_t name_length,
                      const char *lower)
{
    for (unsigned i = 0; i < res->fields.count; i++) {
        const struct weft__field *field = &res->fields.items[i];

        if (weft__field_name_equal(field->name, field->name_length, name, name_length) &&
            (weft__field_has_token(field->value, field->value_length, lower) ||
             strcmp(field->value, "*") == 0))
            return true;
    }
    return false;
}

int weft_append_header(weft_response *res, const char *name, const char *token)
{
    size_t name_length = name == NULL ? 0 : strlen(name);
    int rc = check(res, name, name_length, token);
    const char *before;
    const char *value;
    char *lower;

    if (rc < 0)
        return rc;
    lower = weft_strdup(res->req, token);
    if (lower == NULL)
        return UV_ENOMEM;
    for (char *c = lower; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    if (has_token(res, name, name_length, lower))
        return 0;
    before = weft_response_header(res, name);
    if (before == NULL || *before == '\0')
        return weft_set_header(res, name, token);
    value = weft_printf(res->req, "%s, %s", before, token);
    return value == NULL ? UV_ENOMEM : weft_set_header(res, name, value);
}
