/*
 * wire/wire_test.c - plays requests as bytes in every way of cutting them (README.md).
 *
 *     wire_test FILE...      prints TAP, a line for each case
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>
#include <weft/test.h>

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/test_client.h"
#include "case_file.h"

/* --- The app that the cases talk to ---------------------------------------------------- */

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

static weft_response *ignore_body(weft_request *req)
{
    return weft_text(req, 200, "ignored");
}

static weft_response *tell(weft_request *req)
{
    const char *field = weft_header(req, "X-Field");

    return weft_text(req, 200,
                     weft_printf(req, "%s %s?%s [%s] %s", weft_method(req), weft_path(req),
                                 weft_query_string(req), field == NULL ? "" : field,
                                 weft_base_url(req)));
}

static weft_response *stream(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = weft_write(res, "abc", 3);

    if (rc >= 0)
        rc = weft_write(res, "def", 3);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *nothing(weft_request *req)
{
    return weft_empty(req, 204);
}

static weft_app *make_app(void)
{
    weft_app *app = weft_app_new("wire");

    weft_app_configure(app, &(weft_app_options){ .max_body_bytes = 100 });
    weft_get(app, "/", hello);
    weft_post(app, "/echo", echo);
    weft_put(app, "/echo", echo);
    weft_post(app, "/ignore", ignore_body);
    weft_route(app, "GET,POST", "/tell/{rest:path}", &(weft_route_options){ .handler = tell });
    weft_route(app, "LINK,Link,PRI,M-SEARCH,!#$%&'+-.^_`|~", "/named/",
               &(weft_route_options){ .handler = tell });
    weft_get(app, "/stream", stream);
    weft_get(app, "/204", nothing);
    return app;
}

/* Clients that stop are waited for in cases that are played once; others must never be late. */
static weft_test *start_app(bool impatient)
{
    uint32_t ms = impatient ? 300 : 0;

    return weft_test_new_with(
        make_app(), &(weft_serve_options){ .head_timeout_ms = ms, .body_timeout_ms = ms });
}

/* --- Comparing ------------------------------------------------------------------------- */

static char why[2000];

static bool differs(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    return false;
}

static bool same_fields(const struct expected *expected, const weft_test_reply *reply)
{
    for (size_t i = 0; i < expected->field_count; i++) {
        const struct expected_field *field = &expected->fields[i];
        const char *value = weft_test_header_of(reply, field->name);

        if (field->value == NULL && value != NULL)
            return differs("has %s: %s", field->name, value);
        if (field->value != NULL && (value == NULL || strcmp(value, field->value) != 0))
            return differs("%s is %s", field->name, value == NULL ? "absent" : value);
    }
    return true;
}

static bool same_response(const struct expected *expected, const weft_test_reply *reply)
{
    if (reply->status != expected->status)
        return differs("status %d, not %d: %s", reply->status, expected->status, reply->body);
    if (!same_fields(expected, reply))
        return false;
    if (expected->body == NULL)
        return true;
    if (reply->body_length != expected->body_length ||
        memcmp(reply->body, expected->body, expected->body_length) != 0)
        return differs("another body: %s", reply->body);
    return true;
}

/* All responses in `got`, and nothing behind them. */
static bool as_expected(const struct wire_case *wire, const weft_test_reply *got, bool behind)
{
    static const struct expected first = { .status = 200, .body = "hello", .body_length = 5 };
    struct weft__arena arena;
    const char *at = got->raw;
    size_t left = got->raw_length;
    bool same = true;

    weft__arena_init(&arena, 4096);
    for (size_t i = behind ? 0 : 1; same && i <= wire->response_count; i++) {
        const struct expected *expected = i == 0 ? &first : &wire->responses[i - 1];
        weft_test_reply reply;
        long used =
            weft__test_parse_reply(&reply, &arena, at, left, got->closed, expected->head);

        if (used <= 0) {
            same = differs("response %zu is not complete: %.*s", i, (int)left, at);
            break;
        }
        same = same_response(expected, &reply);
        at += used;
        left -= (size_t)used;
    }
    weft__arena_done(&arena);
    if (same && left > 0)
        same = differs("more than was expected: %.*s", (int)left, at);
    if (same && got->closed == wire->keep)
        same = differs("the connection is %s", got->closed ? "closed" : "kept");
    return same;
}

/* --- Playing --------------------------------------------------------------------------- */

/* A request for "/", which is answered by `first` above; what surrounds others. */
static const char hello_request[] = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

enum {
    HELLO = sizeof(hello_request) - 1,
#ifdef __OPTIMIZE__
    ALL = INT_MAX, /* requests up to this length are cut at every byte, */
    LONG = INT_MAX,
    BEHIND_STEP = 1,
#else /* what takes a minute with a sanitizer */
    ALL = 1500,
    LONG = 2000,     /* this long ones are played behind another one in one way only, */
    BEHIND_STEP = 7, /* others cut at every so many bytes */
#endif
    CUTS = 300, /* longer ones this often */
};

/* The request with another one in front of it, or behind it. */
struct surrounded {
    char *bytes;
    size_t length;
};

static struct surrounded surround(const struct wire_case *wire, bool front, bool back)
{
    struct surrounded made = { .bytes = malloc(wire->request_length + 2 * HELLO) };

    if (made.bytes == NULL)
        abort();
    if (front)
        made.length = (size_t)((char *)mempcpy(made.bytes, hello_request, HELLO) - made.bytes);
    memcpy(made.bytes + made.length, wire->request, wire->request_length);
    made.length += wire->request_length;
    if (back) {
        memcpy(made.bytes + made.length, hello_request, HELLO);
        made.length += HELLO;
    }
    return made;
}

static bool play(weft_test *t, const struct wire_case *wire, size_t first, size_t step)
{
    const struct weft__test_cut cut = { .first = first, .step = step, .end = wire->end };
    weft_test_reply got = weft__test_cut(t, wire->request, wire->request_length, &cut);

    return as_expected(wire, &got, false);
}

/* Behind another request; in one piece, and cut here and there. */
static bool play_behind(weft_test *t, const struct wire_case *wire)
{
    struct surrounded both = surround(wire, true, false);
    bool same = true;

    for (size_t first = 0; same && first < both.length; first += BEHIND_STEP) {
        const struct weft__test_cut cut = { .first = first, .end = wire->end };
        weft_test_reply got = weft__test_cut(t, both.bytes, both.length, &cut);

        same = as_expected(wire, &got, true);
        if (both.length > LONG)
            break;
    }
    free(both.bytes);
    return same;
}

/* A connection that is to be closed, with another request behind, which must not be answered:
 * sent at once, and also after the server has said that it is done. */
static bool play_on(weft_test *t, const struct wire_case *wire)
{
    struct surrounded both = surround(wire, false, true);
    bool same = true;

    for (size_t step = 0; same && step < 2; step++) {
        const struct weft__test_cut cut = { .step = step, .insist = true };
        weft_test_reply got = weft__test_cut(t, both.bytes, both.length, &cut);

        same = as_expected(wire, &got, false);
    }
    free(both.bytes);
    return same;
}

/* The way of cutting that failed; NULL: none did. */
static const char *play_all(weft_test *t, const struct wire_case *wire)
{
    static char where[40];
    size_t stride = wire->request_length <= ALL ? 1 : wire->request_length / CUTS + 1;

    if (!play(t, wire, 0, 0))
        return "whole";
    if (wire->once)
        return NULL;
    if (!play(t, wire, 0, 1))
        return "byte by byte";
    for (size_t at = 1; at < wire->request_length; at += stride) {
        if (!play(t, wire, at, 0)) {
            snprintf(where, sizeof(where), "cut at byte %zu", at);
            return where;
        }
    }
    if (!wire->keep && !play_on(t, wire))
        return "with another request behind it";
    return play_behind(t, wire) ? NULL : "behind another request";
}

static void drop_line(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static int play_file(const char *path, int *count)
{
    struct weft__arena arena;
    int failed = 0;
    /* One app for all cases, as to end one takes longer than they do; and one for those that
     * are played once, see start_app(). */
    weft_test *apps[2] = { NULL, NULL };

    weft__arena_init(&arena, 16384);
    for (struct wire_case *wire = cases_read(path, &arena); wire != NULL; wire = wire->next) {
        weft_test **app = &apps[wire->once];
        const char *bad;

        if (*app == NULL)
            *app = start_app(wire->once);
        bad = play_all(*app, wire);
        if (bad == NULL) {
            printf("ok %d - %s\n", ++*count, wire->name);
            continue;
        }
        failed++;
        printf("not ok %d - %s\n# %s:%d, %s: %s\n", ++*count, wire->name, path, wire->line, bad,
               why);
    }
    weft__arena_done(&arena);
    weft_test_free(apps[0]);
    weft_test_free(apps[1]);
    return failed;
}

int main(int argc, char **argv)
{
    int count = 0;
    int failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    weft_log_set_sink(drop_line, NULL);
    for (int i = 1; i < argc; i++)
        failed += play_file(argv[i], &count);
    printf("1..%d\n", count);
    return failed > 0;
}
