/*
 * weft/json.h - JSON bodies as jansson trees.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_JSON_H
#define WEFT_JSON_H

#include <weft/export.h>

#include <jansson.h>
#include <weft/error.h>
#include <weft/fwd.h>
#include <weft/task.h>

WEFT_BEGIN_DECLS

/*
 * Read the body as JSON (RFC 8259).
 *
 * ret  borrowed: released with the request.  json_incref() what must live longer.
 *
 * 0; WEFT_EANSWERED when it was refused, with the response stored: 415 when the media type is
 * neither application/json nor of the +json kind, 400 with line, column and what was wrong,
 * 400 for nesting deeper than the app allows (64); or a code as of weft_read_body().
 *
 * The tree takes of the request's memory (--limit-connection-memory) what jansson needs for it,
 * which for small values is many times their text: UV_ENOMEM above the ceiling.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_json_body(weft_request *req, json_t **ret);

/*
 * Read JSON that is no body, such as a field of a form or a column of a table.  jansson's own
 * json_loadb() recurses once for each level, which a task's stack does not bear: here the depth
 * is bounded before, and the rules are those of bodies (RFC 8259; no key twice).
 *
 * ret  a new reference: json_decref() it.  The request has another one, by which the tree is
 *      counted: it is let go at its end or, when no others are left, in one of the next calls.
 *
 * 0; WEFT_EPROTO when it is malformed; WEFT_ELIMIT: nested deeper than the app allows (64);
 * UV_ENOMEM, also above the ceiling of the request's memory (--limit-connection-memory).
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_json_parse(weft_request *req, const char *text,
                                                size_t length, json_t **ret);

/*
 * A response with `value` as application/json.  Serialized here and now, compact.  Takes the
 * reference over, also on failure; NULL (json_pack() failed), or what cannot be written, makes
 * it a 500 with a log line.
 */
WEFT_EXPORT weft_response *weft_json(weft_request *req, int status, json_t *value);

/* The same for people to read: each member in a line of its own, two spaces in for each level,
 * and a line end behind the whole. */
WEFT_EXPORT weft_response *weft_json_pretty(weft_request *req, int status, json_t *value);

WEFT_END_DECLS
#endif
