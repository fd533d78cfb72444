/*
 * cors.c - lets pages of other origins use an app (weft/middleware/cors.h).
 *
 * What does not depend on the request is put together once, at the declaration.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/middleware/cors.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/response.h>

enum { DEFAULT_MAX_AGE_S = 600 };

struct cors {
    char **origins; /* ends with NULL */
    char *methods;  /* "GET, HEAD, ..." */
    char *headers;  /* NULL: what the browser asks for */
    char *expose;   /* NULL: nothing */
    char max_age[16];
    bool everybody; /* "*" */
    bool credentials;
};

/* --- Requests -------------------------------------------------------------------------- */

static bool allowed(const struct cors *cors, const char *origin)
{
    if (cors->everybody)
        return true;
    for (char **one = cors->origins; *one != NULL; one++) {
        if (strcmp(*one, origin) == 0)
            return true;
    }
    return false;
}

/* The fields that both kinds of answers have.  A failure leaves some out: the browser then
 * keeps the response from the page, which is the safe side. */
static void allow_origin(const struct cors *cors, weft_response *res, const char *origin)
{
    weft_set_header(res, "Access-Control-Allow-Origin", cors->everybody ? "*" : origin);
    if (cors->credentials)
        weft_set_header(res, "Access-Control-Allow-Credentials", "true");
}

static void on_head(weft_response *res, void *arg)
{
    const struct cors *cors = arg;
    const char *origin = weft_header(weft_request_of(res), "Origin");

    if (!cors->everybody) /* what is sent depends on it, so caches must know */
        weft_append_header(res, "Vary", "Origin");
    if (origin == NULL || !allowed(cors, origin))
        return;
    allow_origin(cors, res, origin);
    if (cors->expose != NULL)
        weft_set_header(res, "Access-Control-Expose-Headers", cors->expose);
}

static weft_response *answer_preflight(const struct cors *cors, weft_request *req,
                                       const char *origin)
{
    const char *asked = weft_header(req, "Access-Control-Request-Headers");
    const char *headers = cors->headers != NULL ? cors->headers : asked;
    weft_response *res;

    if (!allowed(cors, origin)) {
        res = weft_problem(req, 403, "The origin of this page is not allowed to.");
    } else {
        res = weft_empty(req, 204);
        allow_origin(cors, res, origin);
        weft_set_header(res, "Access-Control-Allow-Methods", cors->methods);
        if (headers != NULL)
            weft_set_header(res, "Access-Control-Allow-Headers", headers);
        weft_set_header(res, "Access-Control-Max-Age", cors->max_age);
    }
    weft_append_header(res, "Vary", "Origin");
    weft_append_header(res, "Vary", "Access-Control-Request-Method");
    weft_append_header(res, "Vary", "Access-Control-Request-Headers");
    return res;
}

static weft_response *handle(weft_request *req, weft_next *next, void *arg)
{
    struct cors *cors = arg;
    const char *origin = weft_header(req, "Origin");

    if (origin != NULL && strcmp(weft_method(req), "OPTIONS") == 0 &&
        weft_header(req, "Access-Control-Request-Method") != NULL)
        return answer_preflight(cors, req, origin);
    if (weft_on_head(req, on_head, cors) < 0)
        return weft_error(req, UV_ENOMEM);
    return weft_proceed(req, next);
}

/* --- Declaration ----------------------------------------------------------------------- */

static size_t count_of(const char *const *list)
{
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

/* "a, b, c", allocated; NULL when memory is out. */
static char *join(const char *const *list)
{
    size_t size = 1;
    char *joined;
    char *to;

    for (size_t i = 0; list[i] != NULL; i++)
        size += strlen(list[i]) + 2;
    joined = malloc(size);
    if (joined == NULL)
        return NULL;
    to = joined;
    for (size_t i = 0; list[i] != NULL; i++) {
        size_t length = strlen(list[i]);

        if (i > 0) {
            memcpy(to, ", ", 2);
            to += 2;
        }
        memcpy(to, list[i], length);
        to += length;
    }
    *to = '\0';
    return joined;
}

static void release(void *arg)
{
    struct cors *cors = arg;

    for (char **one = cors->origins; one != NULL && *one != NULL; one++)
        free(*one);
    free(cors->origins);
    free(cors->methods);
    free(cors->headers);
    free(cors->expose);
    free(cors);
}

static int copy_origins(struct cors *cors, const char *const *origins)
{
    size_t count = count_of(origins);

    cors->origins = calloc(count + 1, sizeof(*cors->origins));
    if (cors->origins == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        cors->origins[i] = strdup(origins[i]);
        if (cors->origins[i] == NULL)
            return UV_ENOMEM;
        if (strcmp(origins[i], "*") == 0)
            cors->everybody = true;
    }
    return 0;
}

static int copy_options(struct cors *cors, const weft_cors_options *options)
{
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL
    };

    cors->credentials = options->credentials;
    snprintf(cors->max_age, sizeof(cors->max_age), "%u",
             options->max_age_s == 0 ? DEFAULT_MAX_AGE_S : options->max_age_s);
    cors->methods = join(options->methods == NULL ? methods : options->methods);
    if (cors->methods == NULL)
        return UV_ENOMEM;
    if (options->headers != NULL && (cors->headers = join(options->headers)) == NULL)
        return UV_ENOMEM;
    if (options->expose != NULL && (cors->expose = join(options->expose)) == NULL)
        return UV_ENOMEM;
    return copy_origins(cors, options->origins);
}

/* "scheme://host" or "scheme://host:port", in lower case, as browsers write it (RFC 6454, 6.2);
 * "null" is what sandboxed pages send. */
static bool is_origin(const char *text)
{
    const char *host = strstr(text, "://");

    if (strcmp(text, "*") == 0 || strcmp(text, "null") == 0)
        return true;
    if (host == NULL || host == text)
        return false;
    host += 3;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || (*c >= 'A' && *c <= 'Z'))
            return false;
    }
    return *host != '\0' && strpbrk(host, "/?#@*,") == NULL;
}

/* What is wrong with the options is told when the app is checked or started. */
static int check(weft_app *app, const weft_cors_options *options)
{
    for (size_t i = 0; i < count_of(options->origins); i++) {
        const char *origin = options->origins[i];

        if (!is_origin(origin))
            return weft_app_complain(app,
                                     "CORS: \"%s\" is no origin: scheme://host or "
                                     "scheme://host:port, in lower case",
                                     origin);
        if (options->credentials && strcmp(origin, "*") == 0)
            return weft_app_complain(app, "CORS: credentials cannot be allowed to every origin "
                                          "(\"*\"): name the origins");
    }
    return 0;
}

static struct cors *make(const weft_cors_options *options)
{
    struct cors *cors = calloc(1, sizeof(*cors));

    if (cors != NULL && copy_options(cors, options) < 0) {
        release(cors);
        return NULL;
    }
    return cors;
}

int weft_use_cors(weft_app *app, const weft_cors_options *options)
{
    static const weft_cors_options defaults;
    const weft_cors_options *with = options == NULL ? &defaults : options;
    struct cors *cors;
    int rc = check(app, with);

    if (rc < 0)
        return rc;
    cors = make(with);
    if (cors == NULL) {
        weft_app_complain(app, "CORS: memory is out");
        return UV_ENOMEM;
    }
    rc = weft_app_own(app, cors, release);
    return rc < 0 ? rc : weft_use(app, handle, cors);
}
