/*
 * weft/negotiate.h - content negotiation: which of what a handler can give does the client want
 * (RFC 9110, 12).
 *
 *     const char *type = weft_accepts(req, "application/json", "text/html");
 *     if (type == NULL)
 *         return weft_problem(req, 406, "JSON or HTML");
 *
 * Offers stand in the order in which the program prefers them, which decides between those that
 * the client wants equally.  A result is one of the offers, the same pointer.  A response that
 * depends on any of this should say so: weft_add_header(res, "Vary", "Accept").
 *
 * Repeated lines of a field count as one list.  Elements of it that are malformed are skipped,
 * and so are those past the 64th; a field of which nothing is left counts as absent.  None of
 * these functions suspends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NEGOTIATE_H
#define WEFT_NEGOTIATE_H

#include <weft/export.h>

#include <stddef.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/*
 * The media type to send (Accept: RFC 9110, 12.5.1).  For each offer the range counts that fits
 * it most closely: parameters, then type and subtype, then "text/<star>", then everything; its
 * q is how much the client wants the offer.
 *
 * offers  "type/subtype", perhaps with parameters; ends with NULL.
 *
 * The first offer without an Accept field; NULL when none is acceptable: 406, or send the first
 * one all the same.  A range that asks for charset=utf-8 is met by offers that name no charset.
 */
WEFT_EXPORT const char *weft_accepts_of(const weft_request *req, const char *const *offers);

/*
 * The content coding to use (Accept-Encoding: RFC 9110, 12.5.3).
 *
 * offers  "br", "gzip", ...; ends with NULL.  "identity" need not be among them; where it is
 *         not it comes last.
 *
 * One of the offers or "identity": send it without coding; that also without an Accept-Encoding
 * field.  NULL when nothing is acceptable, since the client has excluded identity: 406, or send
 * it without coding all the same.
 */
WEFT_EXPORT const char *weft_accepts_encoding_of(const weft_request *req,
                                                 const char *const *offers);

/*
 * The language to use (Accept-Language: RFC 9110, 12.5.4).  The ranges are tried from the most
 * wanted on: each finds the first offer that it is, or begins (basic filtering: RFC 4647,
 * 3.3.1; "de" finds "de-CH"), else what is left of it when subtags are taken off its end
 * (lookup: 3.4; "de-CH" finds "de").  "*" finds the first offer.  What has q=0 is not found.
 *
 * offers  language tags; ends with NULL.
 *
 * The first offer without an Accept-Language field; NULL when no range finds any: use a
 * default.
 */
WEFT_EXPORT const char *weft_accepts_language_of(const weft_request *req,
                                                 const char *const *offers);

/*
 * How much the client wants one offer, from 0 (not at all) to 1000, as Accept, Accept-Encoding
 * or Accept-Language say; for languages by basic filtering alone.  1000 without the field.
 * "identity" that is neither named nor excluded has 1.  0 for a media type that is malformed.
 */
WEFT_EXPORT unsigned weft_accept_quality(const weft_request *req, const char *media_type);
WEFT_EXPORT unsigned weft_encoding_quality(const weft_request *req, const char *coding);
WEFT_EXPORT unsigned weft_language_quality(const weft_request *req, const char *tag);

#ifndef __cplusplus
/* The same, with the offers as arguments: weft_accepts_encoding(req, "br", "gzip"). */
#define weft_accepts(req, ...) \
    weft_accepts_of((req), (const char *const[]){ __VA_ARGS__, NULL })
#define weft_accepts_encoding(req, ...) \
    weft_accepts_encoding_of((req), (const char *const[]){ __VA_ARGS__, NULL })
#define weft_accepts_language(req, ...) \
    weft_accepts_language_of((req), (const char *const[]){ __VA_ARGS__, NULL })
#endif

WEFT_END_DECLS
#endif
