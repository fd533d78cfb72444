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
    const struct weft__field *length;
    const struct weft__field *coding;
    unsigned connection; /* of weft__connection_option */
    bool upgrade;        /* a well-formed Upgrade field */
    bool expect_continue;
    bool expect_other;
};

enum weft__connection_option {
    WEFT__OPTION_CLOSE = 1 << 0,
    WEFT__OPTION_KEEP_ALIVE = 1 << 1,
    WEFT__OPTION_UPGRADE = 1 << 2,
};

/* Note what a field says; refuses what may not be repeated or is malformed in itself. */
int weft__head_note(struct weft__head_facts *facts, const struct weft__field *field);

/* Decide version, framing and connection from the facts, and fill in what they say. */
int weft__head_judge(struct weft__head *head, const struct weft__head_facts *facts);

/* Take the target apart: method, target and target_length are set. */
int weft__head_split_target(struct weft__head *head);

/* Check the Host field, which may be NULL, against version and target. */
int weft__head_judge_host(struct weft__head *head, struct weft__arena *arena,
                          const struct weft__field *host);

#endif
