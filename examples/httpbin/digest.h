/*
 * digest.h - the arithmetic of Digest authentication (RFC 7616): what an Authorization field
 * says, and what it should say.  No policy and no state: those are in digest_auth.c and
 * nonces.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_DIGEST_H
#define HTTPBIN_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <weft.h>

/* The parameters of `Authorization: Digest ...`; NULL where one is absent. */
struct digest {
    const char *username;
    const char *realm;
    const char *nonce;
    const char *uri;
    const char *response;
    const char *algorithm;
    const char *cnonce;
    const char *opaque;
    const char *qop;
    const char *nc;
};

/* Read what follows "Digest "; the strings are the request's.  Parameters that are not known
 * are skipped.  0; WEFT_EPROTO when it is malformed, or has one twice; UV_ENOMEM. */
int digest_parse(weft_request *req, const char *text, struct digest *ret);

/* "MD5", "SHA-256", "SHA-512-256" and "SHA-512", in any case, by the name that RFC 7616 has
 * (SHA-512 is httpbin's own); NULL for others. */
const char *digest_algorithm(const char *name);

/* The hash in hexadecimal, in memory of the request; NULL when it could not be had. `algorithm`
 * is one of digest_algorithm(). */
const char *digest_hash(weft_request *req, const char *algorithm, const void *data,
                        size_t length);

/*
 * What `response` must be (RFC 7616, 3.4.1): from the parameters of `d`, the secret, the method
 * and, with qop=auth-int, the hash of the body (else NULL).  With method "" it is the `rspauth`
 * by which the server shows that it knows the password, too (3.5).  NULL when memory is out.
 */
const char *digest_response(weft_request *req, const char *algorithm, const struct digest *d,
                            const char *password, const char *method, const char *body_hash);

#endif
