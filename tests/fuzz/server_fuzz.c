/*
 * fuzz/server_fuzz.c - the whole server, over memory: connection, parsers, app, responses.
 *
 * The first byte says how the rest is cut on its way, and whether it ends with FIN or RST.  The
 * rest is what a client sends.  It is played whole and cut, and
 *
 * 1. the connection ends, both times, without waiting for any time limit;
 * 2. what comes back is nothing but complete responses, one for each request that the app saw,
 *    and behind them at most one refusal, which says that the connection closes;
 * 3. behind a response that says so, nothing comes;
 * 4. statuses and bodies do not depend on the cut, but for which of two mistakes is told, and
 *    whether a mistake in a body that nobody reads was met before the app had answered.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <strings.h>
#include <weft.h>
#include <weft/conditional.h>
#include <weft/multipart.h>
#include <weft/negotiate.h>
#include <weft/test.h>

#include "api/test_client.h"
#include "fuzz.h"

enum {
    REQUESTS_MAX = 4096,   /* that the app can see of one input */
    INPUTS_PER_APP = 2000, /* the client keeps what it has received until the app ends */
    STEPS = 61,
    WITH_RST = 0x80,
};

/* Whether each of the requests that the app saw was a HEAD. */
static bool heads[REQUESTS_MAX];
static size_t seen;

/* --- The app --------------------------------------------------------------------------- */

static weft_response *note(weft_request *req, weft_next *next, void *state)
{
    MUST(seen < REQUESTS_MAX);
    heads[seen++] = strcmp(weft_method(req), "HEAD") == 0;
    return weft_proceed(req, next);
}

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

static weft_response *echo(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    return rc < 0 ? weft_error(req, rc) : weft_bytes(req, 200, "text/plain", body, length);
}

static size_t trailers(weft_request *req)
{
    const char *name;
    const char *value;
    size_t count = 0;

    for (size_t at = 0; weft_trailer_next(req, &at, &name, &value);)
        count += strlen(name) + strlen(value);
    return count;
}

static weft_response *count(weft_request *req)
{
    const char *piece;
    size_t total = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0)
        total += (size_t)rc;
    return rc < 0 ? weft_error(req, rc)
                  : weft_text(req, 200, weft_printf(req, "%zu %zu", total, trailers(req)));
}

static weft_response *stream(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = weft_write(res, "abc", 3);

    weft_add_trailer(res, "X-Sum", "abc");
    if (rc >= 0)
        rc = weft_yield();
    if (rc >= 0)
        rc = weft_write(res, "def", 3);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *nothing(weft_request *req)
{
    return weft_empty(req, 204);
}

/* Everything that a handler can ask of a head. */
static weft_response *tell(weft_request *req)
{
    const char *name;
    const char *value;
    size_t fields = 0;
    size_t pairs = 0;

    for (size_t at = 0; weft_header_next(req, &at, &name, &value);)
        fields++;
    for (size_t at = 0; weft_query_next(req, &at, &name, &value);)
        pairs++;
    for (size_t at = 0; weft_cookie_next(req, &at, &name, &value);)
        pairs++;
    name = weft_accepts(req, "text/html", "application/json");
    return weft_text(req, 200,
                     weft_printf(req, "%s %s %s %s %s %zu %zu %s", weft_method(req),
                                 weft_path(req), weft_remote(req), weft_scheme(req),
                                 weft_base_url(req), fields, pairs,
                                 name == NULL ? "nothing" : name));
}

static weft_response *representation(weft_request *req)
{
    int status = weft_check_preconditions(req, "\"a\"", 1700000000);

    return status > 0 ? weft_empty(req, status) : weft_text(req, 200, "a");
}

static weft_response *form(weft_request *req)
{
    int rc = weft_read_form(req);

    return rc < 0 ? weft_error(req, rc)
                  : weft_text(req, 200, weft_form(req, "a") == NULL ? "no" : "yes");
}

static weft_response *parts(weft_request *req)
{
    weft_part part;
    size_t total = 0;
    int count = 0;
    int rc;

    while ((rc = weft_next_part(req, &part)) > 0) {
        const char *content;
        size_t length;

        rc = weft_part_read_all(req, 100, &content, &length);
        if (rc < 0)
            break;
        MUST(strlen(content) <= length);
        total += length + (part.filename == NULL ? 0 : strlen(part.filename));
        count++;
    }
    return rc < 0 ? weft_error(req, rc)
                  : weft_text(req, 200, weft_printf(req, "%d %zu", count, total));
}

static weft_response *json(weft_request *req)
{
    json_t *body;
    int rc = weft_json_body(req, &body);

    return rc < 0 ? weft_error(req, rc) : weft_json(req, 200, json_incref(body));
}

static weft_app *make_app(void)
{
    weft_app *app = weft_app_new("fuzz");

    weft_app_configure(app, &(weft_app_options){ .max_body_bytes = 200 });
    weft_use(app, note, NULL);
    weft_get(app, "/", hello);
    weft_post(app, "/", echo);
    weft_route(app, "*", "/n", &(weft_route_options){ .handler = count });
    weft_post(app, "/i", hello);
    weft_get(app, "/s", stream);
    weft_get(app, "/e", nothing);
    weft_route(app, "*", "/t/{rest:path}", &(weft_route_options){ .handler = tell });
    weft_get(app, "/c", representation);
    weft_post(app, "/f", form);
    weft_post(app, "/j", json);
    weft_post(app, "/p", parts);
    weft_post(app, "/z", echo, .decompress = WEFT_DECOMPRESS_ON);
    return app;
}

static weft_test *start(void)
{
    static const weft_serve_options options = {
        .half_close = true,
        .proxy_headers = true,
        .forwarded_allow_ips = "*",
        .max_head_bytes = 2000,
        .max_header_fields = 20,
        .head_timeout_ms = 60000,
        .body_timeout_ms = 60000,
    };

    return weft_test_new_with(make_app(), &options);
}

/* --- Playing --------------------------------------------------------------------------- */

/* What came back, but for what the cut may change: 1xx, and fields that tell the time. */
struct story {
    struct weft__arena arena;
    size_t count;
    size_t answered; /* of these, by the app */
    weft_test_reply replies[REQUESTS_MAX + 1];
};

static struct story whole_story, cut_story;

static void read_story(struct story *story, const weft_test_reply *got)
{
    const char *at = got->raw;
    size_t left = got->raw_length;

    story->count = 0;
    while (left > 0) {
        weft_test_reply *reply = &story->replies[story->count];
        bool head = story->count < seen && heads[story->count];
        const char *connection;
        long used;

        MUST(story->count <= seen);
        used = weft__test_parse_reply(reply, &story->arena, at, left, true, head);
        if (used <= 0 && story->count == seen) /* a HEAD that the app never saw */
            used = weft__test_parse_reply(reply, &story->arena, at, left, true, true);
        MUST(used > 0);
        at += used;
        left -= (size_t)used;
        connection = weft_test_header_of(reply, "Connection");
        if (++story->count > seen) {
            MUST(reply->status >= 400);
            MUST(connection != NULL && strcasecmp(connection, "close") == 0);
        }
        if (connection != NULL && strcasecmp(connection, "close") == 0)
            MUST(left == 0);
    }
    MUST(story->count >= seen);
    story->answered = seen;
}

static void play(weft_test *t, struct story *story, const char *data, size_t size, size_t step)
{
    const struct weft__test_cut cut = { .step = step, .end = true, .insist = true };
    weft_test_reply got;

    seen = 0;
    got = weft__test_cut(t, data, size, &cut);
    MUST(got.closed);
    read_story(story, &got);
}

/* Of two mistakes in one body the one that is met first decides, and where the framing is
 * checked ahead of the content, that may be either. */
static bool both_refused(const weft_test_reply *a, const weft_test_reply *b)
{
    return (a->status == 400 || a->status == 413) && (b->status == 400 || b->status == 413);
}

/* The last request was refused for what came of its body with its head; where that came later,
 * the app had answered. */
static bool refused_ahead(const struct story *whole, const struct story *cut, size_t i)
{
    return i == whole->answered && whole->replies[i].status == 400 && i + 1 == cut->answered;
}

static void compare(const struct story *a, const struct story *b)
{
    MUST(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const weft_test_reply *one = &a->replies[i];
        const weft_test_reply *other = &b->replies[i];

        if (both_refused(one, other) || refused_ahead(a, b, i))
            continue;
        MUST(one->status == other->status);
        MUST(one->body_length == other->body_length);
        MUST(memcmp(one->body, other->body, one->body_length) == 0);
    }
}

/* A client that is gone: nothing may come of it but the end. */
static void play_reset(weft_test *t, const char *data, size_t size, size_t step)
{
    const struct weft__test_cut cut = { .step = step, .reset = true };
    weft_test_reply got;

    seen = 0;
    got = weft__test_cut(t, data, size, &cut);
    MUST(got.closed);
}

static void drop_line(weft_log_level level, const char *line, void *arg)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static weft_test *t;
    static unsigned inputs;
    const char *data = (const char *)input + 1;

    if (size < 1)
        return 0;
    if (t == NULL) {
        weft_log_set_sink(drop_line, NULL);
        t = start();
    }
    weft__arena_init(&whole_story.arena, 1024);
    weft__arena_init(&cut_story.arena, 1024);
    if ((input[0] & WITH_RST) != 0) {
        play_reset(t, data, size - 1, input[0] % STEPS + 1U);
    } else {
        play(t, &whole_story, data, size - 1, 0);
        play(t, &cut_story, data, size - 1, input[0] % STEPS + 1U);
        compare(&whole_story, &cut_story);
    }
    weft__arena_done(&whole_story.arena);
    weft__arena_done(&cut_story.arena);
    if (++inputs % INPUTS_PER_APP == 0) {
        weft_test_free(t);
        t = NULL;
    }
    return 0;
}
