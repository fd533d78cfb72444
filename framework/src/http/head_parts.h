/*
 * http/head_parts.h - the steps of weft__head_parse(), one file each.
 *
 * They run on a head that was scanned, before its texts get their NULs.  Each returns 0 or
 * -(HTTP status).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_HEAD_PARTS_H
#define WEFT_HTTP_HEAD_PARTS_H

#include "http/head.h"

/* What the fields say about the message, collected before it is judged. */
struct weft__head_facts {
    const struct weft__field *host;
    const struct weft__field *length; /* Content-Length */
    const struct weft__field *coding; /* Transfer-Encoding, the first line of it */
    unsigned said;                    /* of weft__head_fact */
};

enum weft__head_fact {
    WEFT__SAID_LENGTH = 1 << 0,
    WEFT__SAID_CODING = 1 << 1,
    WEFT__SAID_CONNECTION = 1 << 2,
    WEFT__SAID_CLOSE = 1 << 3,      /* in Connection */
    WEFT__SAID_KEEP_ALIVE = 1 << 4, /* in Connection */
    WEFT__SAID_UPGRADE = 1 << 5,    /* in Connection */
    WEFT__SAID_PROTOCOL = 1 << 6,   /* an Upgrade field, well-formed or not */
    WEFT__SAID_GOOD_PROTOCOL = 1 << 7,
    WEFT__SAID_CONTINUE = 1 << 8, /* Expect: 100-continue */
    WEFT__SAID_EXPECT = 1 << 9,   /* another expectation */
    WEFT__SAID_ENCODED = 1 << 10, /* a Content-Encoding */

    /* The fields that llhttp understands. */
    WEFT__SAID_FRAMING =
        WEFT__SAID_LENGTH | WEFT__SAID_CODING | WEFT__SAID_CONNECTION | WEFT__SAID_PROTOCOL,
};

/* Note what a field says; refuses what may not be repeated or is malformed in itself. */
int weft__head_note(struct weft__head_facts *facts, const struct weft__field *field);

/* Decide framing, connection and expectation from the facts; what they leave out is zero in
 * `head` already. */
int weft__head_judge(struct weft__head *head, const struct weft__head_facts *facts);

/* Take the target apart: method, target and target_length are set, the rest is zero. */
int weft__head_split_target(struct weft__head *head);

/* Check the Host field, which may be NULL, against version and target. */
int weft__head_judge_host(struct weft__head *head, struct weft__arena *arena,
                          const struct weft__field *host);

#endif
