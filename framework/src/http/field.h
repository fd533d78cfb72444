/*
 * http/field.h - header fields: one of them, what a name and a value may hold, and the list
 * that a response carries (RFC 9110, 5).
 *
 * Names compare without regard to case, everywhere.  A list holds only names and values that
 * were checked when they were set, so that a response can never be split by what a program
 * puts into it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_FIELD_H
#define WEFT_HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

struct weft__arena;

/* Both texts end with a NUL that their lengths do not count. */
struct weft__field {
    const char *name;
    const char *value;
    uint32_t name_length;
    uint32_t value_length;
};

/* A token of at least one character (RFC 9110, 5.6.2). */
bool weft__field_name_ok(const char *name, size_t length);

/*
 * No control character but HTAB, and no white space at either end (RFC 9110, 5.5).  Bytes from
 * 0x80 on are allowed.
 */
bool weft__field_value_ok(const char *value, size_t length);

/* Whether two names are the same but for case. */
bool weft__field_name_equal(const char *a, size_t a_length, const char *b, size_t b_length);

/*
 * The next element of a comma-separated list of tokens, which goes from *at to `end`; *at moves
 * on.  Empty elements are skipped (RFC 9110, 5.6.1.2).  False behind the last.
 */
bool weft__field_next_token(const char **at, const char *end, const char **ret_token,
                            size_t *ret_length);

/*
 * Whether the comma-separated list `value` holds the token `token`, which is given in lower
 * case, without regard to case (RFC 9110, 5.6.1).
 */
bool weft__field_has_token(const char *value, size_t length, const char *token);

/* Fields that the response writer must know of; bits of weft__fields.known. */
enum weft__known_field {
    WEFT__FIELD_CONTENT_LENGTH = 1 << 0,
    WEFT__FIELD_TRANSFER_ENCODING = 1 << 1,
    WEFT__FIELD_CONNECTION = 1 << 2,
    WEFT__FIELD_DATE = 1 << 3,
    WEFT__FIELD_SERVER = 1 << 4,
    WEFT__FIELD_CONTENT_TYPE = 1 << 5,
    WEFT__FIELD_KEEP_ALIVE = 1 << 6,
    WEFT__FIELD_TE = 1 << 7,
    WEFT__FIELD_PROXY_CONNECTION = 1 << 8,
    WEFT__FIELD_UPGRADE = 1 << 9,
};

/* The fields that say where a message ends and whether the connection lives, or are of one
 * connection (RFC 9110, 7.6.1) and mean nothing in a response; the writer skips them in a list
 * and writes its own. */
#define WEFT__FIELDS_FRAMING                                                               \
    (WEFT__FIELD_CONTENT_LENGTH | WEFT__FIELD_TRANSFER_ENCODING | WEFT__FIELD_CONNECTION | \
     WEFT__FIELD_KEEP_ALIVE | WEFT__FIELD_TE | WEFT__FIELD_PROXY_CONNECTION)

/* The bit of a field name, 0 for one that is none of those above. */
unsigned weft__field_known(const char *name, size_t length);

/*
 * A list of fields in the order in which they were added.  Zero-initialised it is empty.
 * Memory comes from the arena given to each call, always the same one; `known` may keep the
 * bit of a field that was removed.
 */
struct weft__fields {
    struct weft__field *items;
    unsigned count;
    unsigned room;
    unsigned known; /* of weft__known_field */
};

/* How many fields a list takes. */
enum { WEFT__FIELDS_MAX = 1000 };

/*
 * Add a field behind the others; name and value are copied.
 *
 * 0; UV_EINVAL when the name or the value may not be sent; WEFT_ELIMIT at WEFT__FIELDS_MAX
 * fields or 1 MiB of value; UV_ENOMEM.  The list is unchanged on failure.
 */
WEFT_MUST_CHECK int weft__fields_add(struct weft__fields *fields, struct weft__arena *arena,
                                     const char *name, size_t name_length, const char *value,
                                     size_t value_length);

/* The same, without copying: both texts must end with a NUL and live as long as the list. */
WEFT_MUST_CHECK int weft__fields_add_static(struct weft__fields *fields,
                                            struct weft__arena *arena, const char *name,
                                            size_t name_length, const char *value,
                                            size_t value_length);

/* Put a field in the place of the first of its name and remove the others; add it when there
 * is none.  As weft__fields_add(). */
WEFT_MUST_CHECK int weft__fields_set(struct weft__fields *fields, struct weft__arena *arena,
                                     const char *name, size_t name_length, const char *value,
                                     size_t value_length);

/* The first field of that name, or NULL.  Borrowed, valid until the list changes. */
const struct weft__field *weft__fields_get(const struct weft__fields *fields, const char *name,
                                           size_t name_length);

/* Remove all fields of that name; how many there were. */
unsigned weft__fields_remove(struct weft__fields *fields, const char *name, size_t name_length);

/* The first field of that name among `count`, or NULL. */
const struct weft__field *weft__field_find(const struct weft__field *items, unsigned count,
                                           const char *name, size_t name_length);

#endif
