/*
 * etag.c - /etag/{etag}: a document of this version, for conditional requests (RFC 9110, 13).
 *
 * Shows: weft_check_preconditions(), which goes through If-Match, If-None-Match and their like
 * in the right order, lists and weak tags included, and says whether the client has it already
 * (304), is too late (412), or gets it (0).
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <string.h>

#include "describe.h"
#include "reply.h"

/* What may stand between the quotes of an entity-tag (RFC 9110, 8.8.3). */
static bool is_opaque(const char *tag)
{
    for (; *tag != '\0'; tag++)
        if ((unsigned char)*tag <= ' ' || *tag == '"' || *tag == 0x7f)
            return false;
    return true;
}

/*
 * Clients of the public service may leave the quotes out, which are part of a tag: such a field
 * is malformed, and would match nothing.  Here its words are tags.
 */
static bool has_bare_tags(const char *field)
{
    return field != NULL && strchr(field, '"') == NULL && strcmp(field, "*") != 0;
}

static bool lists(const char *field, const char *wanted)
{
    size_t length;

    for (; *field != '\0'; field += length) {
        field += strspn(field, ", \t");
        length = strcspn(field, ", \t");
        if (length == strlen(wanted) && strncmp(field, wanted, length) == 0)
            return true;
    }
    return false;
}

static int check(weft_request *req, const char *wanted, const char *tag)
{
    const char *match = weft_header(req, "If-Match");
    const char *none_match = weft_header(req, "If-None-Match");

    if (has_bare_tags(match))
        return lists(match, wanted) ? 0 : 412;
    if (has_bare_tags(none_match) && match == NULL)
        return lists(none_match, wanted) ? 304 : 0;
    return weft_check_preconditions(req, tag, WEFT_NO_TIME);
}

static weft_response *etag(weft_request *req)
{
    const char *wanted = weft_path_str(req, "etag");
    const char *tag = weft_printf(req, "\"%s\"", wanted);
    weft_response *res;
    int status;

    if (tag == NULL)
        return weft_error(req, UV_ENOMEM);
    if (!is_opaque(wanted))
        return weft_problem(req, 400, "this is no entity-tag");
    status = check(req, wanted, tag);
    res = status != 0 ? weft_empty(req, status) : reply_json(req, 200, describe_request(req));
    weft_set_header(res, "ETag", tag);
    return res;
}

void add_etag(weft_app *app)
{
    weft_get(app, "/etag/{etag}", etag, .summary = "An entity-tag, with If-Match and its like");
}
