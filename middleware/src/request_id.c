/*
 * request_id.c - an id for each request (weft/middleware/request_id.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/middleware/request_id.h>

#include <stdlib.h>
#include <string.h>
#include <weft/response.h>

#include "uuid.h"

struct request_id {
    bool trust_client;
    char header[]; /* NUL-terminated */
};

static void stamp(weft_response *res, void *arg)
{
    const struct request_id *state = arg;
    const char *id = weft_request_id(weft_request_of(res));

    if (id != NULL)
        weft_set_header(res, state->header, id);
}

static int give_id(weft_request *req, const struct request_id *state)
{
    const char *theirs = state->trust_client ? weft_header(req, state->header) : NULL;
    char id[UUID_LENGTH + 1];
    int rc;

    if (theirs != NULL && weft_request_set_id(req, theirs) == 0)
        return 0;
    rc = weft__uuid7(id);
    return rc < 0 ? rc : weft_request_set_id(req, id);
}

static weft_response *identify(weft_request *req, weft_next *next, void *arg)
{
    struct request_id *state = arg;

    /* Where there is no memory for an id the request goes on without. */
    if (give_id(req, state) == 0)
        (void)weft_on_head(req, stamp, state);
    return weft_proceed(req, next);
}

int weft_use_request_id(weft_app *app, const weft_request_id_options *options)
{
    static const weft_request_id_options defaults;
    const weft_request_id_options *with = options == NULL ? &defaults : options;
    const char *header = with->header == NULL ? "X-Request-ID" : with->header;
    size_t size = strlen(header) + 1;
    struct request_id *state = malloc(sizeof(*state) + size);
    int rc;

    if (state == NULL) {
        weft_app_complain(app, "request ids: memory is out");
        return UV_ENOMEM;
    }
    state->trust_client = with->trust_client;
    memcpy(state->header, header, size);
    rc = weft_app_own(app, state, free);
    return rc < 0 ? rc : weft_use(app, identify, state);
}
