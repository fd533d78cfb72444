/*
 * digest.c - see digest.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "digest.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* --- Reading ----------------------------------------------------------------------------- */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* The member that a parameter goes to; NULL for a name that is not known. */
static const char **member_of(struct digest *d, const char *name)
{
    const struct {
        const char *name;
        const char **member;
    } members[] = {
        { "username", &d->username },   { "realm", &d->realm },
        { "nonce", &d->nonce },         { "uri", &d->uri },
        { "opaque", &d->opaque },       { "response", &d->response },
        { "cnonce", &d->cnonce },       { "qop", &d->qop },
        { "algorithm", &d->algorithm }, { "nc", &d->nc },
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (strcasecmp(name, members[i].name) == 0)
            return members[i].member;
    return NULL;
}

/* A quoted string (RFC 9110, 5.6.4), without its backslashes, into `to`.  Where it ends; NULL
 * when it does not. */
static const char *read_quoted(const char *at, char *to)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (*at == '\0')
            return NULL;
        *to++ = *at;
    }
    *to = '\0';
    return at + 1;
}

static const char *read_token(const char *at, char *to)
{
    size_t length = strcspn(at, " \t,=\"");

    if (length == 0)
        return NULL;
    memcpy(to, at, length);
    to[length] = '\0';
    return at + length;
}

/* name=value; both buffers have room for all that is left. */
static const char *read_parameter(const char *at, char *name, char *value)
{
    at = read_token(at, name);
    if (at == NULL)
        return NULL;
    at = skip_blanks(at);
    if (*at != '=')
        return NULL;
    at = skip_blanks(at + 1);
    return *at == '"' ? read_quoted(at, value) : read_token(at, value);
}

int digest_parse(weft_request *req, const char *text, struct digest *ret)
{
    size_t room = strlen(text) + 1;
    char *name = weft_alloc(req, room), *value = weft_alloc(req, room);

    *ret = (struct digest){ 0 };
    if (name == NULL || value == NULL)
        return UV_ENOMEM;
    for (const char *at = skip_blanks(text); *at != '\0';) {
        const char **member;

        at = read_parameter(at, name, value);
        if (at == NULL)
            return WEFT_EPROTO;
        member = member_of(ret, name);
        if (member != NULL) {
            if (*member != NULL)
                return WEFT_EPROTO;
            *member = weft_strdup(req, value);
            if (*member == NULL)
                return UV_ENOMEM;
        }
        at = skip_blanks(at);
        if (*at != ',' && *at != '\0')
            return WEFT_EPROTO;
        at += strspn(at, ", \t");
    }
    return 0;
}

/* --- Reckoning --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *openssl;
} algorithms[] = {
    { "MD5", "MD5" },
    { "SHA-256", "SHA256" },
    { "SHA-512-256", "SHA512-256" },
    { "SHA-512", "SHA512" },
};

const char *digest_algorithm(const char *name)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
        if (strcasecmp(name, algorithms[i].name) == 0)
            return algorithms[i].name;
    return NULL;
}

static const EVP_MD *message_digest(const char *algorithm)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
        if (strcmp(algorithm, algorithms[i].name) == 0)
            return EVP_get_digestbyname(algorithms[i].openssl);
    return NULL;
}

const char *digest_hash(weft_request *req, const char *algorithm, const void *data,
                        size_t length)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char *text;

    if (EVP_Digest(data, length, hash, &size, message_digest(algorithm), NULL) != 1)
        return NULL;
    text = weft_alloc(req, 2 * (size_t)size + 1);
    if (text == NULL)
        return NULL;
    for (unsigned i = 0; i < size; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[2 * size] = '\0';
    return text;
}

static const char *hash_text(weft_request *req, const char *algorithm, const char *text)
{
    return text != NULL ? digest_hash(req, algorithm, text, strlen(text)) : NULL;
}

const char *digest_response(weft_request *req, const char *algorithm, const struct digest *d,
                            const char *password, const char *method, const char *body_hash)
{
    const char *who = hash_text(req, algorithm,
                                weft_printf(req, "%s:%s:%s", d->username, d->realm, password));
    const char *what =
        hash_text(req, algorithm,
                  weft_printf(req, "%s:%s%s%s", method, d->uri, body_hash != NULL ? ":" : "",
                              body_hash != NULL ? body_hash : ""));

    if (who == NULL || what == NULL)
        return NULL;
    return hash_text(
        req, algorithm,
        weft_printf(req, "%s:%s:%s:%s:%s:%s", who, d->nonce, d->nc, d->cnonce, d->qop, what));
}
