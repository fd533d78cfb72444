/*
 * weft/error.h - the codes that functions return.
 *
 * A function returns 0 or a count on success and a negative code on failure: libuv's UV_E* for
 * what the system refused, and those below for what Weft itself refuses.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_ERROR_H
#define WEFT_ERROR_H

#include <weft/export.h>

#include <stddef.h>
#include <uv.h>

WEFT_BEGIN_DECLS

enum {
    /* The response has been stored (weft_fail); return NULL and it is sent. */
    WEFT_EANSWERED = -20001,
    /* The head of the response has left: it can no longer be changed. */
    WEFT_ESENT = -20002,
    /* A limit was reached: body, depth, count. */
    WEFT_ELIMIT = -20003,
    /* The peer's bytes break the protocol or the format. */
    WEFT_EPROTO = -20004,
    /* The call breaks a rule of the interface; the log says which. */
    WEFT_EMISUSE = -20005,
    /* The body is of another media type than the one asked for. */
    WEFT_EMEDIATYPE = -20006,
    /* The peer has gone: nothing more can be read from it or sent to it. */
    WEFT_EGONE = -20007,
    /* A route with the same methods and the same shape exists already. */
    WEFT_ECONFLICT = -20008,
    /* The barrier is broken, or was reset while the task waited. */
    WEFT_EBROKEN = -20009,
    /* It was shut down: a queue takes no more items, and has no more to give. */
    WEFT_ESHUTDOWN = -20010,
};

/* What `code` means, in English, without a full stop.  Static; never NULL, for any code. */
WEFT_EXPORT const char *weft_strerror(int code);

/* The code's name, such as "UV_ENOMEM" or "WEFT_ESENT"; "UNKNOWN" for others.  Static. */
WEFT_EXPORT const char *weft_err_name(int code);

WEFT_END_DECLS
#endif
