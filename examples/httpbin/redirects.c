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

static weft_response *relative(weft_request *req)
{
    int64_t n = 0;
    int rc = path_integer(req, "n", 1, INT64_MAX, &n);

    if (rc < 0)
        return weft_error(req, rc);
    return weft_redirect(req, 302,
                         n == 1 ? weft_url_for(req, "get")
                                : weft_url_for(req, "relative_redirect", n - 1));
}

static weft_response *absolute(weft_request *req)
{
    int64_t n = 0;
    int rc = path_integer(req, "n", 1, INT64_MAX, &n);

    if (rc < 0)
        return weft_error(req, rc);
    return weft_redirect(req, 302,
                         n == 1 ? weft_absolute_url_for(req, "get")
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

/* A parameter of the query, or else of a form in the body. */
static const char *parameter(weft_request *req, const char *name)
{
    const char *value = query_value(req, name);

    if (value == NULL && weft_read_form(req) == 0)
        value = weft_form(req, name);
    return value;
}

/* The status asked for, where it is one of a redirect, else 302; -1 for what is no number. */
static int status_of(weft_request *req)
{
    const char *text = parameter(req, "status_code");

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
    const char *url = parameter(req, "url");
    int status = status_of(req);
    weft_response *res;

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
