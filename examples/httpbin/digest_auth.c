/*
 * digest_auth.c - /digest-auth: asks for a user by Digest authentication (RFC 7616), with MD5,
 * SHA-256, SHA-512-256 or SHA-512, for the request line alone (auth) or the body, too
 * (auth-int).
 *
 * Shows: state of the app (weft_app_set(), weft_state()), which needs no lock since handlers
 * never run in parallel; and an authentication in which the password never crosses the wire.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "describe.h"
#include "digest.h"
#include "nonces.h"
#include "reply.h"

static const weft_key nonces_key = { .name = "nonces" };

static const char realm[] = "httpbin";
static const char opaque[] = "d2VmdCBodHRwYmlu";

/* What a URL below /digest-auth asks for. */
struct demand {
    const char *qop; /* "auth", "auth-int", or both */
    const char *algorithm;
    uint64_t max_uses; /* of one nonce */
};

/* Failures that are no code. */
enum verdict { ALLOWED, REFUSED, STALE };

static weft_response *challenge(weft_request *req, const struct demand *demand, bool stale)
{
    const char *nonce = nonces_issue(weft_state(req, &nonces_key));

    if (nonce == NULL)
        return weft_empty(req, 503);
    return with_field(req, weft_empty(req, 401), "WWW-Authenticate",
                      weft_printf(req,
                                  "Digest realm=\"%s\", qop=\"%s\", algorithm=%s, "
                                  "nonce=\"%s\", opaque=\"%s\", stale=%s, charset=UTF-8",
                                  realm, demand->qop, demand->algorithm, nonce, opaque,
                                  stale ? "true" : "false"));
}

/* `nc` has eight hexadecimal digits (RFC 7616, 3.4).  0 for what has not. */
static uint64_t count_of(const char *nc)
{
    uint64_t count = 0;

    if (strlen(nc) != 8 || strspn(nc, "0123456789abcdefABCDEF") != 8)
        return 0;
    for (; *nc != '\0'; nc++)
        count = count << 4 | (uint64_t)(*nc <= '9' ? *nc - '0' : (*nc | 0x20) - 'a' + 10);
    return count;
}

static bool is_complete(const struct digest *d)
{
    return d->username != NULL && d->realm != NULL && d->nonce != NULL && d->uri != NULL &&
           d->response != NULL && d->cnonce != NULL && d->qop != NULL && d->nc != NULL &&
           count_of(d->nc) > 0;
}

/*
 * Whether the credentials were made for this request: those of another one, seen on the wire,
 * must not do here.  The client may have signed the path alone or the whole URL; and behind a
 * proxy that strips a prefix, either with it or without.  1, 0 or UV_ENOMEM.
 */
static int is_for(weft_request *req, const struct digest *d)
{
    const char *url = request_url(req), *query = weft_query_string(req);
    const char *path =
        weft_printf(req, "%s%s%s", weft_raw_path(req), *query != '\0' ? "?" : "", query);

    if (url == NULL || path == NULL)
        return UV_ENOMEM;
    return strcmp(d->uri, path) == 0 || strcmp(d->uri, url) == 0 ||
           strcmp(d->uri, strchr(strstr(url, "://") + 3, '/')) == 0;
}

static bool meets(const struct digest *d, const struct demand *demand)
{
    const char *algorithm = digest_algorithm(d->algorithm != NULL ? d->algorithm : "MD5");
    bool offered = (strcmp(d->qop, "auth") == 0 && strcmp(demand->qop, "auth-int") != 0) ||
                   (strcmp(d->qop, "auth-int") == 0 && strcmp(demand->qop, "auth") != 0);

    return algorithm == demand->algorithm && offered && strcmp(d->realm, realm) == 0 &&
           d->opaque != NULL && strcmp(d->opaque, opaque) == 0;
}

/* The hash of the body where the credentials cover it, else NULL.  0 or a code. */
static int hash_of_body(weft_request *req, const struct demand *demand, const struct digest *d,
                        const char **ret)
{
    const char *body;
    size_t length;
    int rc;

    *ret = NULL;
    if (strcmp(d->qop, "auth-int") != 0)
        return 0;
    rc = weft_read_body(req, &body, &length);
    if (rc < 0)
        return rc;
    *ret = digest_hash(req, demand->algorithm, body, length);
    return *ret != NULL ? 0 : UV_ENOMEM;
}

/* A verdict, or a code. */
static int judge(weft_request *req, const struct demand *demand, const struct digest *d)
{
    const char *body_hash, *expected;
    bool right;
    int rc = hash_of_body(req, demand, d, &body_hash);

    if (rc < 0)
        return rc;
    expected = digest_response(req, demand->algorithm, d, weft_path_str(req, "password"),
                               weft_method(req), body_hash);
    if (expected == NULL)
        return UV_ENOMEM;
    right = strlen(d->response) == strlen(expected) &&
            CRYPTO_memcmp(d->response, expected, strlen(expected)) == 0 &&
            strcmp(d->username, weft_path_str(req, "user")) == 0;
    if (!right)
        return REFUSED;
    return nonces_use(weft_state(req, &nonces_key), d->nonce, count_of(d->nc), demand->max_uses)
               ? ALLOWED
               : STALE;
}

/* With Authentication-Info, by which the server shows that it knows the password as well. */
static weft_response *welcome(weft_request *req, const struct demand *demand,
                              const struct digest *d)
{
    weft_response *res = reply_json(
        req, 200, json_pack("{s:b, s:s}", "authenticated", true, "user", d->username));
    const char *body_hash = NULL, *proof;
    size_t length;
    const void *body = weft_response_body(res, &length);

    if (strcmp(d->qop, "auth-int") == 0)
        body_hash = digest_hash(req, demand->algorithm, body, length);
    proof = digest_response(req, demand->algorithm, d, weft_path_str(req, "password"), "",
                            body_hash);
    if (proof != NULL)
        weft_set_header(res, "Authentication-Info",
                        weft_printf(req, "rspauth=\"%s\", qop=%s, cnonce=\"%s\", nc=%s", proof,
                                    d->qop, d->cnonce, d->nc));
    return res;
}

static weft_response *authenticate(weft_request *req, const struct demand *demand)
{
    const char *field = weft_header(req, "Authorization");
    struct digest given;
    int rc;

    if (field == NULL || strncasecmp(field, "Digest ", 7) != 0)
        return challenge(req, demand, false);
    rc = digest_parse(req, field + 7, &given);
    if (rc == WEFT_EPROTO || (rc == 0 && !is_complete(&given)))
        return weft_problem(req, 400, "these are no credentials of Digest authentication");
    if (rc == 0)
        rc = is_for(req, &given);
    if (rc < 0)
        return weft_error(req, rc);
    if (rc == 0)
        return weft_problem(req, 400, "the credentials are for another URI");
    if (!meets(&given, demand))
        return challenge(req, demand, false);
    rc = judge(req, demand, &given);
    if (rc < 0)
        return weft_error(req, rc);
    return rc == ALLOWED ? welcome(req, demand, &given) : challenge(req, demand, rc == STALE);
}

/* --- Three depths of the same URL --------------------------------------------------------- */

/* As the public service has it: a qop that is none means either, an algorithm that is none MD5,
 * and a number of uses that is none any number. */
static struct demand demand_of(weft_request *req, const char *algorithm,
                               const char *stale_after)
{
    const char *qop = weft_path_str(req, "qop");
    const char *known = digest_algorithm(algorithm);
    struct demand demand = { .qop = "auth,auth-int",
                             .algorithm = digest_algorithm("MD5"),
                             .max_uses = UINT64_MAX };

    if (strcmp(qop, "auth") == 0 || strcmp(qop, "auth-int") == 0)
        demand.qop = qop;
    if (known != NULL)
        demand.algorithm = known;
    if (*stale_after != '\0' && strspn(stale_after, "0123456789") == strlen(stale_after))
        demand.max_uses =
            strlen(stale_after) < 10 ? (uint64_t)strtod(stale_after, NULL) : UINT32_MAX;
    return demand;
}

static weft_response *by_qop(weft_request *req)
{
    struct demand demand = demand_of(req, "MD5", "never");

    return authenticate(req, &demand);
}

static weft_response *by_algorithm(weft_request *req)
{
    struct demand demand = demand_of(req, weft_path_str(req, "algorithm"), "never");

    return authenticate(req, &demand);
}

static weft_response *with_stale_after(weft_request *req)
{
    struct demand demand =
        demand_of(req, weft_path_str(req, "algorithm"), weft_path_str(req, "stale_after"));

    return authenticate(req, &demand);
}

void add_digest_auth(weft_app *app)
{
    struct nonces *nonces = nonces_new();

    /* The app takes the table over, and frees it at its end. */
    if (weft_app_own(app, nonces, free) == 0)
        weft_app_set(app, &nonces_key, nonces);
    else
        weft_app_complain(app, "no memory for the nonces of /digest-auth");

    weft_route(
        app, METHODS, "/digest-auth/{qop}/{user}/{password}",
        &(weft_route_options){ .handler = by_qop, .summary = "Asks for this user by Digest" });
    weft_route(app, METHODS, "/digest-auth/{qop}/{user}/{password}/{algorithm}",
               &(weft_route_options){ .handler = by_algorithm,
                                      .summary = "The same with MD5, SHA-256 or SHA-512" });
    weft_route(app, METHODS, "/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}",
               &(weft_route_options){ .handler = with_stale_after,
                                      .summary = "The same, with nonces for so many uses" });
}
