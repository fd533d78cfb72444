/*
 * status.c - /status/{codes}: a response of the status that is asked for, or of one among
 * several, chosen at random: /status/200:3,500 is a success three times out of four.
 *
 * Shows: responses without a body, the fields that some statuses need, and refusing malformed
 * parameters with weft_fail() from a function that returns a code.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <stdlib.h>
#include <string.h>

#include "images.h"
#include "random.h"
#include "reply.h"

static const char teapot[] = "\n"
                             "        ___\n"
                             "    ___/_o_\\___   _\n"
                             "    \\          |_/ /     I'm a teapot:\n"
                             "     \\         ___/      short and stout,\n"
                             "      \\       /          and no coffee.\n"
                             "       \\_____/\n";

/* One entry of the list, "500" or "500:2.5".  Returns where it ends, NULL when malformed. */
static const char *parse_choice(const char *text, int *ret_status, double *ret_weight)
{
    double weight = 1;
    int status = 0;
    char *end;

    for (int i = 0; i < 3; i++, text++) {
        if (*text < '0' || *text > '9')
            return NULL;
        status = status * 10 + (*text - '0');
    }
    if (*text == ':') {
        weight = strtod(text + 1, &end);
        if (end == text + 1 || !(weight >= 0 && weight <= 1e9))
            return NULL;
        text = end;
    }
    if (*text != ',' && *text != '\0')
        return NULL;
    *ret_status = status;
    *ret_weight = weight;
    return text;
}

/*
 * Choose in one pass: each entry takes the place of the one chosen so far with a probability of
 * its weight among those seen.  0, or WEFT_EANSWERED (400), or a code of random_bytes().
 */
static int choose(weft_request *req, const char *codes, int *ret_status)
{
    double total = 0, weight;
    uint64_t dice;
    int status, rc;

    for (const char *at = codes;; at++) {
        at = parse_choice(at, &status, &weight);
        if (at == NULL || status < 200 || status > 599)
            return weft_fail(req, 400, "wanted: statuses from 200 to 599, as in 200:3,500:1");
        rc = random_bytes(&dice, sizeof(dice));
        if (rc < 0)
            return rc;
        total += weight;
        if ((double)(dice >> 11) / (double)(1ull << 53) * total < weight)
            *ret_status = status;
        if (*at == '\0')
            break;
    }
    return total > 0 ? 0 : weft_fail(req, 400, "one of the weights must be above 0");
}

/* A status with words to it, and where to read more. */
static weft_response *with_words(weft_request *req, int status, const char *words,
                                 const char *more)
{
    weft_response *res = weft_text(req, status, words);

    weft_set_header(res, "X-More-Info", more);
    return res;
}

static weft_response *status(weft_request *req)
{
    int chosen = 0, rc = choose(req, weft_path_str(req, "codes"), &chosen);

    if (rc < 0)
        return weft_error(req, rc);
    switch (chosen) {
    case 301:
    case 302:
    case 303:
    case 305:
    case 307:
    case 308:
        return with_field(req, weft_empty(req, chosen), "Location",
                          weft_url_for(req, "redirect", 1));
    case 401:
        return with_field(req, weft_empty(req, chosen), "WWW-Authenticate",
                          "Basic realm=\"Fake Realm\"");
    case 402:
        return with_words(req, chosen, "First the money, then the cloth.\n",
                          "http://vimeo.com/22053820");
    case 407:
        return with_field(req, weft_empty(req, chosen), "Proxy-Authenticate",
                          "Basic realm=\"Fake Realm\"");
    case 406:
        return not_acceptable(req);
    case 418:
        return with_words(req, chosen, teapot, "http://tools.ietf.org/html/rfc2324");
    default:
        return weft_empty(req, chosen); /* not weft_problem(): a plain status is wanted */
    }
}

void add_status(weft_app *app)
{
    weft_route(app, METHODS, "/status/{codes}",
               &(weft_route_options){ .handler = status,
                                      .summary = "The status asked for, or one of a list" });
}
