/*
 * redirects.c - /redirect/{n} and its like: n redirects, the last one to /get; /redirect-to.
 *
 * Shows: URLs made from the names of routes, so that they stay right wherever the app is
 * mounted and whatever a proxy strips.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <string.h>
#include <strings.h>

#include "params.h"
#include "reply.h"

static weft_response *relative(weft_request *req)
{
    int64_t n = 0;
    int rc = path_integer(req, "n", 1, INT64_MAX, &n);

    if (rc < 0)
        return weft_error(req, rc);
    return reply_redirect(req, n == 1 ? weft_url_for(req, "get")
                                      : weft_url_for(req, "relative_redirect", n - 1));
}

static weft_response *absolute(weft_request *req)
{
    int64_t n = 0;
    int rc = path_integer(req, "n", 1, INT64_MAX, &n);

    if (rc < 0)
        return weft_error(req, rc);
    return reply_redirect(req, n == 1 ? weft_absolute_url_for(req, "get")
                                      : weft_absolute_url_for(req, "absolute_redirect", n - 1));
}

static weft_response *redirect(weft_request *req)
{
    const char *wanted = weft_query(req, "absolute");

    return wanted != NULL && strcasecmp(wanted, "true") == 0 ? absolute(req) : relative(req);
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

/* A parameter of the query, or else of a form in the body; NULL when there is none.  0 or what
 * reading the form came to. */
static int parameter(weft_request *req, const char *name, const char **ret)
{
    int rc;

    *ret = query_value(req, name);
    if (*ret != NULL)
        return 0;
    rc = weft_read_form(req);
    if (rc == 0)
        *ret = weft_form(req, name);
    return rc == WEFT_EANSWERED ? 0 : rc; /* a body that is no form has none */
}

/* The status asked for, where it is one of a redirect, else 302; -1 for what is no number. */
static int status_of(const char *text)
{
    if (text == NULL)
        return 302;
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return -1;
    return strlen(text) == 3 && *text == '3' ? 300 + (text[1] - '0') * 10 + (text[2] - '0')
                                             : 302;
}

/*
 * A service for people would not send its users wherever a link says (an "open redirect"); for
 * an instrument it is the point.
 */
static weft_response *redirect_to(weft_request *req)
{
    const char *url, *wanted = NULL;
    weft_response *res;
    int status, rc = parameter(req, "url", &url);

    if (rc == 0)
        rc = parameter(req, "status_code", &wanted);
    if (rc < 0)
        return weft_error(req, rc);
    status = status_of(wanted);
    if (url == NULL || *url == '\0' || has_control(url))
        return weft_problem(req, 400, "the parameter url must say where to");
    if (status < 0)
        return weft_problem(req, 400, "status_code must be a whole number");
    res = weft_redirect(req, 302, url);
    weft_set_status(res, status); /* weft_redirect() itself takes those that everybody knows */
    return res;
}

void add_redirects(weft_app *app)
{
    weft_get(app, "/redirect/{n:int}", redirect, .name = "redirect",
             .summary = "n redirects, relative ones or with absolute=true absolute ones");
    weft_get(app, "/relative-redirect/{n:int}", relative, .name = "relative_redirect",
             .summary = "n redirects to a path");
    weft_get(app, "/absolute-redirect/{n:int}", absolute, .name = "absolute_redirect",
             .summary = "n redirects to a whole URL");
    weft_route(app, METHODS, "/redirect-to",
               &(weft_route_options){ .handler = redirect_to,
                                      .summary = "A redirect to url, with status_code" });
}
