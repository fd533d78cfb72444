/*
 * http/accept.c - see accept.h: reading lists, media types and codings; languages are in
 * accept_language.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/accept.h"

#include <string.h>

#include "http/field.h"
#include "http/media_type.h"
#include "http/parameter.h"
#include "http/chars.h"

/* --- Reading --------------------------------------------------------------------------- */

/* The comma behind the element at `at`, or `end`; commas in quoted strings are data. */
static const char *find_comma(const char *at, const char *end)
{
    while (at < end && *at != ',') {
        at = *at == '"' ? weft__quoted_end(at, end) : at + 1;
        if (at == NULL)
            return end;
    }
    return at;
}

/* qvalue: 0 to 1, at most three digits behind the point (RFC 9110, 12.4.2).  -1: malformed. */
static int read_quality(const char *text, size_t length)
{
    int quality;

    if (length == 0 || length > 5 || (text[0] != '0' && text[0] != '1'))
        return -1;
    quality = (text[0] - '0') * 1000;
    if (length > 1 && text[1] != '.')
        return -1;
    for (int weight = 100, i = 2; i < (int)length; i++, weight /= 10) {
        if (!weft__char_is(text[i], WEFT__CHAR_DIGIT))
            return -1;
        quality += (text[i] - '0') * weight;
    }
    return quality > WEFT__QUALITY_MAX ? -1 : quality;
}

/* Parameters up to q belong to the range; behind it there may be extensions, which mean
 * nothing.  False when something is malformed. */
static bool read_parameters(struct weft__accept *item, const char *at, const char *end)
{
    struct weft__parameter parameter;
    bool weighed = false;

    item->parameters = at;
    while (at < end) {
        const char *before = at;

        at = weft__parameter_next(at, end, &parameter);
        if (at == NULL)
            return false;
        if (!weighed && weft__parameter_is(&parameter, "q")) {
            int quality = read_quality(parameter.value, parameter.value_length);

            if (quality < 0)
                return false;
            item->quality = (unsigned)quality;
            item->parameters_length = (size_t)(before - item->parameters);
            weighed = true;
        }
    }
    if (!weighed)
        item->parameters_length = (size_t)(end - item->parameters);
    return true;
}

/* A media range has one slash, with something on either side; other ranges have none. */
static bool has_form(const struct weft__accept *item, bool media)
{
    const char *slash = memchr(item->range, '/', item->range_length);
    const char *end = item->range + item->range_length;

    if (!media)
        return slash == NULL && item->range_length > 0;
    return slash != NULL && slash > item->range && slash + 1 < end &&
           memchr(slash + 1, '/', (size_t)(end - slash - 1)) == NULL;
}

static bool read_element(struct weft__accept *item, const char *at, const char *end, bool media)
{
    while (at < end && weft__char_is_space(*at))
        at++;
    while (end > at && weft__char_is_space(end[-1]))
        end--;
    *item = (struct weft__accept){ .range = at, .quality = WEFT__QUALITY_MAX };
    while (at < end && (weft__char_is(*at, WEFT__CHAR_TOKEN) || *at == '/'))
        at++;
    item->range_length = (size_t)(at - item->range);
    return has_form(item, media) && read_parameters(item, at, end);
}

void weft__accept_read(struct weft__accept_list *list, const char *value, size_t length)
{
    const char *end = value + length;

    list->sent = true;
    while (value < end && list->count < WEFT__ACCEPT_MAX) {
        const char *comma = find_comma(value, end);

        if (read_element(&list->items[list->count], value, comma, list->media))
            list->count++;
        value = comma < end ? comma + 1 : end;
    }
}

/* --- Media types ----------------------------------------------------------------------- */

static bool is_text(const struct weft__parameter *parameter, const char *lower)
{
    const char *value = parameter->value;
    size_t length = parameter->value_length;

    if (value[0] == '"') {
        value++;
        length -= 2;
    }
    return length == strlen(lower) && weft__lower_equal(value, lower, length);
}

/* Whether both values are the same, quoted or not.  Case does not count: it does in no
 * parameter that is in use with Accept. */
static bool same_value(const struct weft__parameter *a, const struct weft__parameter *b)
{
    char texts[2][128];
    size_t lengths[2];

    if (a->value_length > sizeof(texts[0]) || b->value_length > sizeof(texts[1]))
        return false;
    lengths[0] = weft__unquote(texts[0], a->value, a->value_length);
    lengths[1] = weft__unquote(texts[1], b->value, b->value_length);
    return weft__field_name_equal(texts[0], lengths[0], texts[1], lengths[1]);
}

/* Whether the type has this parameter of a range. */
static bool has_parameter(const struct weft__media_type *type,
                          const struct weft__parameter *wanted)
{
    const char *at = type->parameters;
    const char *end = at != NULL ? at + type->parameters_length : NULL;
    struct weft__parameter own;

    while (at < end) {
        at = weft__parameter_next(at, end, &own);
        if (own.value != NULL && weft__field_name_equal(own.name, own.name_length, wanted->name,
                                                        wanted->name_length))
            return same_value(&own, wanted);
    }
    return weft__parameter_is(wanted, "charset") && is_text(wanted, "utf-8");
}

/* How many parameters the range has, all of which the type has; -1 when it lacks one. */
static int match_parameters(const struct weft__accept *item,
                            const struct weft__media_type *type)
{
    const char *at = item->parameters;
    const char *end = at + item->parameters_length;
    struct weft__parameter wanted;
    int count = 0;

    while (at < end) {
        at = weft__parameter_next(at, end, &wanted);
        if (wanted.value == NULL)
            continue;
        if (!has_parameter(type, &wanted))
            return -1;
        count++;
    }
    return count;
}

/* How closely a range fits: more parameters, then type and subtype, then type, then all; -1
 * when it does not. */
static int match_type(const struct weft__accept *item, const struct weft__media_type *type)
{
    const char *slash = memchr(item->range, '/', item->range_length);
    size_t type_length = (size_t)(slash - item->range);
    size_t subtype_length = item->range_length - type_length - 1;
    int closeness;
    int parameters;

    if (subtype_length == 1 && slash[1] == '*') {
        closeness = type_length == 1 && item->range[0] == '*' ? 0 : 1;
    } else {
        closeness = 2;
        if (!weft__field_name_equal(slash + 1, subtype_length, type->subtype,
                                    type->subtype_length))
            return -1;
    }
    if (closeness > 0 &&
        !weft__field_name_equal(item->range, type_length, type->type, type->type_length))
        return -1;
    parameters = match_parameters(item, type);
    return parameters < 0 ? -1 : parameters * 3 + closeness;
}

unsigned weft__accept_type(const struct weft__accept_list *list,
                           const struct weft__media_type *type)
{
    int closest = -1;
    unsigned quality = list->count == 0 ? WEFT__QUALITY_MAX : 0;

    for (unsigned i = 0; i < list->count; i++) {
        const struct weft__accept *item = &list->items[i];
        int closeness = match_type(item, type);

        if (closeness > closest ||
            (closeness >= 0 && closeness == closest && item->quality > quality)) {
            closest = closeness;
            quality = item->quality;
        }
    }
    return quality;
}

/* --- Content codings ------------------------------------------------------------------- */

/* Two codings have an old name (RFC 9110, 8.4.1). */
static bool is_coding(const struct weft__accept *item, const char *coding)
{
    const char *range = item->range;
    size_t length = item->range_length;

    if (length > 2 && (range[0] | 0x20) == 'x' && range[1] == '-') {
        range += 2;
        length -= 2;
    }
    if (strncmp(coding, "x-", 2) == 0)
        coding += 2;
    return weft__field_name_equal(range, length, coding, strlen(coding));
}

unsigned weft__accept_coding(const struct weft__accept_list *list, const char *coding)
{
    bool identity = strcmp(coding, "identity") == 0;
    const struct weft__accept *any = NULL;

    if (!list->sent)
        return WEFT__QUALITY_MAX;
    for (unsigned i = 0; i < list->count; i++) {
        const struct weft__accept *item = &list->items[i];

        if (is_coding(item, coding))
            return item->quality;
        if (any == NULL && item->range_length == 1 && item->range[0] == '*')
            any = item;
    }
    if (any != NULL)
        return any->quality;
    return identity ? 1 : 0;
}
