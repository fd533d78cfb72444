/*
 * auth.c - /basic-auth, /hidden-basic-auth and /bearer: who is asking, as the client says.
 *
 * Shows: 401 with its challenge, and why secrets are compared in a time that does not depend on
 * them: an attacker who measures it would otherwise learn one character after the other.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "describe.h"
#include "reply.h"

static const char challenge[] = "Basic realm=\"Fake Realm\", charset=\"UTF-8\"";

/* What follows the scheme in Authorization; NULL when it is another scheme, or there is none.
 */
static const char *credentials(weft_request *req, const char *scheme)
{
    const char *field = weft_header(req, "Authorization");
    size_t length = strlen(scheme);

    if (field == NULL || strncasecmp(field, scheme, length) != 0 || field[length] != ' ')
        return NULL;
    field += length;
    return field + strspn(field, " ");
}

static bool same_secret(const char *a, size_t a_length, const char *b)
{
    return a_length == strlen(b) && CRYPTO_memcmp(a, b, a_length) == 0;
}

/* Whether the request has the user and password of its path (RFC 7617): 1, 0 or UV_ENOMEM. */
static int is_user(weft_request *req)
{
    const char *encoded = credentials(req, "Basic");
    const char *expected =
        weft_printf(req, "%s:%s", weft_path_str(req, "user"), weft_path_str(req, "password"));
    char *given;
    ssize_t length;

    if (expected == NULL)
        return UV_ENOMEM;
    if (encoded == NULL)
        return 0;
    length = base64_decode(req, encoded, &given);
    if (length == UV_ENOMEM)
        return UV_ENOMEM;
    return length >= 0 && same_secret(given, (size_t)length, expected);
}

static weft_response *welcome(weft_request *req)
{
    return reply_json(
        req, 200,
        json_pack("{s:b, s:s}", "authenticated", true, "user", weft_path_str(req, "user")));
}

static weft_response *basic(weft_request *req)
{
    int rc = is_user(req);

    if (rc != 0)
        return rc < 0 ? weft_error(req, rc) : welcome(req);
    return with_field(req, weft_empty(req, 401), "WWW-Authenticate", challenge);
}

/* The same, but it does not even say that there is something to ask for: these are the words
 * that any path has where nothing is. */
static weft_response *hidden_basic(weft_request *req)
{
    int rc = is_user(req);

    if (rc != 0)
        return rc < 0 ? weft_error(req, rc) : welcome(req);
    return weft_problem(req, 404, "there is nothing at this path");
}

static weft_response *bearer(weft_request *req)
{
    const char *token = credentials(req, "Bearer");

    if (token != NULL && *token != '\0')
        return reply_json(
            req, 200,
            json_pack("{s:b, s:o}", "authenticated", true, "token", text_json(token)));
    return with_field(req, weft_empty(req, 401), "WWW-Authenticate", "Bearer");
}

void add_auth(weft_app *app)
{
    weft_get(app, "/basic-auth/{user}/{password}", basic,
             .summary = "Asks for this user and password");
    weft_get(app, "/hidden-basic-auth/{user}/{password}", hidden_basic,
             .summary = "The same, with 404 instead of 401");
    weft_get(app, "/bearer", bearer, .summary = "Asks for a bearer token, any at all");
}
