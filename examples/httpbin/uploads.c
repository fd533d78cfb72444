/*
 * uploads.c - /upload: takes a body of any size, and tells its length and SHA-256.
 *
 * Shows: a body read piece by piece.  Nothing of it is kept, so memory stays where it is
 * however much comes; TCP holds the client back while the handler is at work.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <openssl/evp.h>

#include "reply.h"

static int hash_body(weft_request *req, EVP_MD_CTX *hash, int64_t *ret_length)
{
    const char *piece;
    int64_t length = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0) {
        if (EVP_DigestUpdate(hash, piece, (size_t)rc) != 1)
            return UV_EIO;
        length += rc;
    }
    *ret_length = length;
    return rc;
}

static const char *hex(weft_request *req, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *text = weft_alloc(req, 2 * length + 1);

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = '\0';
    return text;
}

static weft_response *upload(weft_request *req)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    int64_t length = 0;
    int rc = UV_ENOMEM;

    if (hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1)
        rc = hash_body(req, hash, &length);
    if (rc == 0 && EVP_DigestFinal_ex(hash, digest, &digest_length) != 1)
        rc = UV_EIO;
    EVP_MD_CTX_free(hash);
    if (rc < 0)
        return weft_error(req, rc);
    return reply_json(req, 200,
                      json_pack("{s:I, s:s}", "length", (json_int_t)length, "sha256",
                                hex(req, digest, digest_length)));
}

void add_uploads(weft_app *app)
{
    /* The bound of ordinary routes, 8 MiB of body, is off.  The time of the handler, 30 s,
     * begins anew with each piece; what bounds the whole is the rate at which bodies must come.
     */
    weft_route(app, "POST,PUT", "/upload",
               &(weft_route_options){ .handler = upload,
                                      .summary = "Take a body of any size, tell its SHA-256",
                                      .max_body_bytes = WEFT_UNLIMITED });
}
