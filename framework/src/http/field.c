/*
 * http/field.c - see field.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/field.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "http/find.h"

enum { FIRST_ROOM = 8, MAX_LENGTH = 1024 * 1024 };

bool weft__field_name_ok(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!weft__char_is(name[i], WEFT__CHAR_TOKEN))
            return false;
    return length > 0;
}

bool weft__field_value_ok(const char *value, size_t length)
{
    const char *end = value + length;

    if (length == 0)
        return true;
    return !weft__char_is_space(value[0]) && !weft__char_is_space(end[-1]) &&
           weft__find_control(value, end) == end;
}

bool weft__field_name_equal(const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (a_length != b_length)
        return false;
    for (size_t i = 0; i < a_length; i++)
        if (a[i] != b[i] && weft__char_lower(a[i]) != weft__char_lower(b[i]))
            return false;
    return true;
}

bool weft__field_next_token(const char **at, const char *end, const char **ret_token,
                            size_t *ret_length)
{
    while (*at < end) {
        const char *begin = *at;
        const char *last = weft__find(begin, end, ',');

        *at = last < end ? last + 1 : end;
        while (begin < last && weft__char_is_space(*begin))
            begin++;
        while (last > begin && weft__char_is_space(last[-1]))
            last--;
        *ret_token = begin;
        *ret_length = (size_t)(last - begin);
        if (begin < last)
            return true;
    }
    return false;
}

bool weft__field_has_token(const char *value, size_t length, const char *token)
{
    size_t token_length = strlen(token);
    const char *end = value + length;
    const char *element;
    size_t element_length;

    while (weft__field_next_token(&value, end, &element, &element_length))
        if (element_length == token_length && weft__lower_equal(element, token, token_length))
            return true;
    return false;
}

unsigned weft__field_known(const char *name, size_t length)
{
    switch (length) {
    case 2:
        return weft__lower_equal(name, "te", 2) ? WEFT__FIELD_TE : 0;
    case 4:
        return weft__lower_equal(name, "date", 4) ? WEFT__FIELD_DATE : 0;
    case 6:
        return weft__lower_equal(name, "server", 6) ? WEFT__FIELD_SERVER : 0;
    case 7:
        return weft__lower_equal(name, "upgrade", 7) ? WEFT__FIELD_UPGRADE : 0;
    case 10:
        if (weft__lower_equal(name, "connection", 10))
            return WEFT__FIELD_CONNECTION;
        return weft__lower_equal(name, "keep-alive", 10) ? WEFT__FIELD_KEEP_ALIVE : 0;
    case 12:
        return weft__lower_equal(name, "content-type", 12) ? WEFT__FIELD_CONTENT_TYPE : 0;
    case 14:
        return weft__lower_equal(name, "content-length", 14) ? WEFT__FIELD_CONTENT_LENGTH : 0;
    case 16:
        return weft__lower_equal(name, "proxy-connection", 16) ? WEFT__FIELD_PROXY_CONNECTION
                                                               : 0;
    case 17:
        return weft__lower_equal(name, "transfer-encoding", 17) ? WEFT__FIELD_TRANSFER_ENCODING
                                                                : 0;
    default:
        return 0;
    }
}

const struct weft__field *weft__field_find(const struct weft__field *items, unsigned count,
                                           const char *name, size_t name_length)
{
    for (unsigned i = 0; i < count; i++)
        if (weft__field_name_equal(items[i].name, items[i].name_length, name, name_length))
            return &items[i];
    return NULL;
}

/* Room for one more item.  0, WEFT_ELIMIT or UV_ENOMEM. */
static int grow(struct weft__fields *fields, struct weft__arena *arena)
{
    unsigned room = fields->room == 0 ? FIRST_ROOM : fields->room * 2;
    struct weft__field *items;

    if (fields->count == WEFT__FIELDS_MAX)
        return WEFT_ELIMIT;
    if (fields->count < fields->room)
        return 0;
    items = weft__arena_realloc(arena, fields->items, fields->room * sizeof(*items),
                                room * sizeof(*items));
    if (items == NULL)
        return UV_ENOMEM;
    fields->items = items;
    fields->room = room;
    return 0;
}

static int check(const char *name, size_t name_length, const char *value, size_t value_length)
{
    if (name_length > MAX_LENGTH || value_length > MAX_LENGTH)
        return WEFT_ELIMIT;
    if (!weft__field_name_ok(name, name_length) || !weft__field_value_ok(value, value_length))
        return UV_EINVAL;
    return 0;
}

int weft__fields_add_static(struct weft__fields *fields, struct weft__arena *arena,
                            const char *name, size_t name_length, const char *value,
                            size_t value_length)
{
    int rc = check(name, name_length, value, value_length);

    if (rc == 0)
        rc = grow(fields, arena);
    if (rc < 0)
        return rc;
    fields->items[fields->count++] = (struct weft__field){
        .name = name,
        .value = value,
        .name_length = (uint32_t)name_length,
        .value_length = (uint32_t)value_length,
    };
    fields->known |= weft__field_known(name, name_length);
    return 0;
}

/* Make one item's texts copies of their own: one allocation for both. */
static int copy_texts(struct weft__field *field, struct weft__arena *arena)
{
    char *copy = weft__arena_alloc(arena, (size_t)field->name_length + field->value_length + 2);

    if (copy == NULL)
        return UV_ENOMEM;
    memcpy(copy, field->name, field->name_length);
    copy[field->name_length] = '\0';
    field->name = copy;
    copy += field->name_length + 1;
    if (field->value_length > 0)
        memcpy(copy, field->value, field->value_length);
    copy[field->value_length] = '\0';
    field->value = copy;
    return 0;
}

int weft__fields_add(struct weft__fields *fields, struct weft__arena *arena, const char *name,
                     size_t name_length, const char *value, size_t value_length)
{
    int rc = weft__fields_add_static(fields, arena, name, name_length, value, value_length);

    if (rc == 0)
        rc = copy_texts(&fields->items[fields->count - 1], arena);
    else
        return rc;
    if (rc < 0)
        fields->count--;
    return rc;
}

int weft__fields_set(struct weft__fields *fields, struct weft__arena *arena, const char *name,
                     size_t name_length, const char *value, size_t value_length)
{
    unsigned kept = 0;
    bool placed = false;
    struct weft__field added;
    int rc = weft__fields_add(fields, arena, name, name_length, value, value_length);

    if (rc < 0)
        return rc;
    added = fields->items[--fields->count];
    for (unsigned i = 0; i < fields->count; i++) {
        const struct weft__field *item = &fields->items[i];

        if (!weft__field_name_equal(item->name, item->name_length, name, name_length))
            fields->items[kept++] = *item;
        else if (!placed) {
            fields->items[kept++] = added;
            placed = true;
        }
    }
    if (!placed)
        fields->items[kept++] = added;
    fields->count = kept;
    return 0;
}

const struct weft__field *weft__fields_get(const struct weft__fields *fields, const char *name,
                                           size_t name_length)
{
    return weft__field_find(fields->items, fields->count, name, name_length);
}

unsigned weft__fields_remove(struct weft__fields *fields, const char *name, size_t name_length)
{
    unsigned kept = 0;
    unsigned removed;

    for (unsigned i = 0; i < fields->count; i++) {
        const struct weft__field *item = &fields->items[i];

        if (!weft__field_name_equal(item->name, item->name_length, name, name_length))
            fields->items[kept++] = *item;
    }
    removed = fields->count - kept;
    fields->count = kept;
    return removed;
}
