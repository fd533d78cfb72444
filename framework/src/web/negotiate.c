/*
 * web/negotiate.c - content negotiation (weft/negotiate.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/negotiate.h>

#include <string.h>
#include <weft/log.h>

#include "http/accept.h"
#include "http/media_type.h"
#include "server/request.h"

/* All lines of a field; not the whole list is cleared, which would take longer. */
static void read_field(struct weft__accept_list *list, const weft_request *req,
                       const char *name, bool media)
{
    const struct weft__field *field = weft__head_find(&req->head, name, strlen(name));

    list->count = 0;
    list->media = media;
    list->sent = false;
    for (; field != NULL; field = weft__head_find_next(&req->head, field))
        weft__accept_read(list, field->value, field->value_length);
}

/* --- Media types ----------------------------------------------------------------------- */

static unsigned quality_of_type(const struct weft__accept_list *list, const char *text)
{
    struct weft__media_type type;

    if (weft__media_type_parse(&type, text, strlen(text)) < 0) {
        weft_log(WEFT_LOG_WARNING, "%s is no media type: it is never accepted", text);
        return 0;
    }
    return weft__accept_type(list, &type);
}

/* The offer of the highest quality, of equals the first; NULL when none is above 0. */
static const char *best(const struct weft__accept_list *list, const char *const *offers,
                        unsigned (*quality_of)(const struct weft__accept_list *list,
                                               const char *offer),
                        unsigned *ret_quality)
{
    const char *found = NULL;

    *ret_quality = 0;
    for (; offers != NULL && *offers != NULL; offers++) {
        unsigned quality = quality_of(list, *offers);

        if (quality > *ret_quality) {
            found = *offers;
            *ret_quality = quality;
        }
    }
    return found;
}

const char *weft_accepts_of(const weft_request *req, const char *const *offers)
{
    struct weft__accept_list list;
    unsigned quality;

    read_field(&list, req, "Accept", true);
    return best(&list, offers, quality_of_type, &quality);
}

unsigned weft_accept_quality(const weft_request *req, const char *media_type)
{
    struct weft__accept_list list;

    read_field(&list, req, "Accept", true);
    return quality_of_type(&list, media_type);
}

/* --- Content codings ------------------------------------------------------------------- */

const char *weft_accepts_encoding_of(const weft_request *req, const char *const *offers)
{
    static const char identity[] = "identity";
    struct weft__accept_list list;
    const char *found;
    unsigned quality;

    read_field(&list, req, "Accept-Encoding", false);
    if (!list.sent)
        return identity;
    found = best(&list, offers, weft__accept_coding, &quality);
    return weft__accept_coding(&list, identity) > quality ? identity : found;
}

unsigned weft_encoding_quality(const weft_request *req, const char *coding)
{
    struct weft__accept_list list;

    read_field(&list, req, "Accept-Encoding", false);
    return weft__accept_coding(&list, coding);
}

/* --- Languages ------------------------------------------------------------------------- */

const char *weft_accepts_language_of(const weft_request *req, const char *const *offers)
{
    struct weft__accept_list list;
    unsigned count = 0;
    int found;

    if (offers == NULL)
        return NULL;
    while (offers[count] != NULL)
        count++;
    read_field(&list, req, "Accept-Language", false);
    found = weft__accept_lookup(&list, offers, count);
    return found < 0 ? NULL : offers[found];
}

unsigned weft_language_quality(const weft_request *req, const char *tag)
{
    struct weft__accept_list list;

    read_field(&list, req, "Accept-Language", false);
    return weft__accept_language(&list, tag);
}
