/*
 * Interim responses, trailers, and work after the response.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>
#include <weft/multipart.h>
#include <weft/test_criterion.h>

#include <string.h>

#define RAW(t, text) weft_test_raw((t), (text), strlen(text), 0)

static void expect_in(const weft_test_reply *r, const char *text)
{
    cr_expect(strstr(r->raw, text) != NULL, "no \"%s\" in: %s", text, r->raw);
}

static void expect_not_in(const weft_test_reply *r, const char *text)
{
    cr_expect(strstr(r->raw, text) == NULL, "\"%s\" in: %s", text, r->raw);
}

/* --- Early hints */

static weft_response *hints(weft_request *req)
{
    cr_expect(zero(int, weft_early_hints(req, WEFT_LIST("</a.css>; rel=preload; as=style",
                                                        "</b.js>; rel=preload; as=script"))));
    cr_expect(zero(int, weft_early_hints(req, WEFT_LIST("</c.woff2>; rel=preload"))));
    cr_expect(zero(int, weft_processing(req)));
    return weft_text(req, 200, "page");
}

static weft_response *bad_hints(weft_request *req)
{
    cr_expect(eq(int, weft_early_hints(req, NULL), UV_EINVAL));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST(NULL)), UV_EINVAL));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST("")), UV_EINVAL));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST("</a>\r\nSet-Cookie: a=b")), UV_EINVAL));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST("</ok>", "</a>\r\n\r\n")), UV_EINVAL));
    return weft_text(req, 200, "page");
}

static weft_response *many_hints(weft_request *req)
{
    for (int i = 0; i < 32; i++)
        cr_expect(zero(int, weft_early_hints(req, WEFT_LIST("</a>"))));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST("</a>")), WEFT_ELIMIT));
    cr_expect(eq(int, weft_processing(req), WEFT_ELIMIT));
    return weft_text(req, 200, "page");
}

static weft_response *late_hints(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    cr_expect(eq(int, weft_write(res, "a", 1), 1));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST("</a>")), WEFT_ESENT));
    return res;
}

static weft_test *open_test(weft_handler handler)
{
    weft_app *app = weft_app_new("around");

    weft_get(app, "/", handler);
    return weft_test_new(app);
}

WEFT_TEST(hints, come_before_the_response)
{
    weft_test *t = open_test(hints);
    weft_test_reply r = RAW(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    static const char *const want = "HTTP/1.1 103 Early Hints\r\n"
                                    "Link: </a.css>; rel=preload; as=style\r\n"
                                    "Link: </b.js>; rel=preload; as=script\r\n\r\n"
                                    "HTTP/1.1 103 Early Hints\r\n"
                                    "Link: </c.woff2>; rel=preload\r\n\r\n"
                                    "HTTP/1.1 102 Processing\r\n\r\n"
                                    "HTTP/1.1 200 OK\r\n";

    cr_expect(zero(int, strncmp(r.raw, want, strlen(want))), "%s", r.raw);
    r = weft_test_get(t, "/");
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(str, (char *)r.body, (char *)"page"));
}

WEFT_TEST(hints, are_not_for_http_1_0)
{
    weft_test *t = open_test(hints);
    weft_test_reply r = RAW(t, "GET / HTTP/1.0\r\n\r\n");

    cr_expect(eq(int, r.status, 200));
    expect_not_in(&r, " 103 ");
    expect_not_in(&r, " 102 ");
}

WEFT_TEST(hints, cannot_split_a_response)
{
    weft_test *t = open_test(bad_hints);
    weft_test_reply r = RAW(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    expect_not_in(&r, " 103 ");
    expect_not_in(&r, "Set-Cookie");
}

WEFT_TEST(hints, are_bounded)
{
    weft_test *t = open_test(many_hints);
    weft_test_reply r = weft_test_get(t, "/");

    cr_expect(eq(int, r.status, 200));
}

WEFT_TEST(hints, come_too_late_after_the_head)
{
    weft_test *t = open_test(late_hints);
    weft_test_reply r = RAW(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    cr_expect(eq(int, r.status, 200));
    expect_not_in(&r, " 103 ");
}

/* --- Trailers */

static weft_response *trailers(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    cr_expect(zero(int, weft_add_trailer(res, "X-First", "1")));
    cr_expect(zero(int, weft_append_header(res, "Trailer", "X-Digest")));
    cr_expect(
        eq(int, weft_write(res, "body", 4), weft_method(req)[0] == 'H' ? UV_ECANCELED : 4));
    cr_expect(zero(int, weft_add_trailer(res, "X-Digest", "abc")));
    return res;
}

WEFT_TEST(trailers, stand_behind_the_body)
{
    weft_test *t = open_test(trailers);
    weft_test_reply r = RAW(t, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    expect_in(&r, "\r\nTrailer: X-First, X-Digest\r\n");
    expect_in(&r, "\r\n4\r\nbody\r\n0\r\nX-First: 1\r\nX-Digest: abc\r\n\r\n");
    r = weft_test_get(t, "/");
    cr_expect(eq(str, (char *)r.body, (char *)"body"));
}

WEFT_TEST(trailers, are_dropped_where_there_is_no_place_for_them)
{
    weft_test *t = open_test(trailers);
    weft_test_reply r = RAW(t, "GET / HTTP/1.0\r\n\r\n");

    cr_expect(eq(str, (char *)r.body, (char *)"body"));
    expect_not_in(&r, "X-First: 1");
    r = weft_test_send(t, "HEAD", "/", NULL);
    cr_expect(eq(int, r.status, 200));
    expect_not_in(&r, "X-First: 1");
}

static weft_response *measured(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    weft_set_header(res, "Content-Length", "4");
    cr_expect(zero(int, weft_add_trailer(res, "X-First", "1")));
    cr_expect(eq(int, weft_write(res, "body", 4), 4));
    return res;
}

WEFT_TEST(trailers, are_dropped_with_a_length)
{
    weft_test *t = open_test(measured);
    weft_test_reply r = weft_test_get(t, "/");

    cr_expect(eq(str, (char *)r.body, (char *)"body"));
    expect_not_in(&r, "X-First");
}

static weft_response *bad_trailers(weft_request *req)
{
    static const char *const names[] = {
        "Content-Length",   "Transfer-Encoding", "Host",    "Cache-Control",
        "Set-Cookie",       "Authorization",     "Trailer", "Content-Type",
        "Content-Range",    "content-encoding",  "TE",      "If-None-Match",
        "WWW-Authenticate", "Location",          "Vary",    "Connection",
    };
    weft_response *res = weft_stream(req, 200, "text/plain");

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        cr_expect(eq(int, weft_add_trailer(res, names[i], "1"), WEFT_EMISUSE), "%s", names[i]);
    cr_expect(eq(int, weft_add_trailer(res, "X", "1\r\nY: 2"), UV_EINVAL));
    cr_expect(eq(int, weft_add_trailer(res, "X:", "1"), UV_EINVAL));
    cr_expect(eq(int, weft_add_trailer(res, "", "1"), UV_EINVAL));
    cr_expect(eq(int, weft_add_trailer(res, "X", NULL), UV_EINVAL));
    cr_expect(eq(int, weft_add_trailer(NULL, "X", "1"), UV_EINVAL));
    cr_expect(eq(int, weft_add_trailer(weft_text(req, 200, ""), "X", "1"), WEFT_EMISUSE));
    return res;
}

WEFT_TEST(trailers, that_are_forbidden_are_refused)
{
    weft_test *t = open_test(bad_trailers);
    weft_test_reply r = RAW(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    expect_in(&r, "\r\n\r\n0\r\n\r\n");
    expect_not_in(&r, "Trailer:");
}

static weft_response *tells_te(weft_request *req)
{
    return weft_text(req, 200, weft_accepts_trailers(req) ? "yes" : "no");
}

WEFT_TEST(trailers, a_client_says_that_it_takes_them)
{
    static const struct {
        const char *te;
        const char *answer;
    } cases[] = { { "trailers", "yes" },
                  { "gzip;q=0.5, Trailers", "yes" },
                  { "gzip", "no" },
                  { "trailersx", "no" } };
    weft_test *t = open_test(tells_te);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = weft_test_get(
            t, "/", .headers = (weft_test_header[]){ { "TE", cases[i].te }, { 0 } });

        cr_expect(eq(str, (char *)r.body, (char *)cases[i].answer), "%s", cases[i].te);
    }
}

/* --- Background */

static struct {
    char text[64];
    int deferred;
    int done;
} seen;

static int note(void *arg)
{
    weft_request *req = arg;

    strncat(seen.text, weft_query(req, "a"), sizeof(seen.text) - strlen(seen.text) - 1);
    cr_expect(eq(ptr, weft_current_request(), req));
    seen.done++;
    return 0;
}

static int slow_note(void *arg)
{
    int rc = weft_sleep(50);

    return rc < 0 ? rc : note(arg);
}

static int fails(void *arg)
{
    (void)arg;
    seen.done++;
    return UV_EIO;
}

static void count_defer(void *arg)
{
    (void)arg;
    cr_expect(zero(int, seen.done));
    seen.deferred++;
}

static weft_response *in_background(weft_request *req)
{
    cr_expect(zero(int, weft_background(req, slow_note, req)));
    cr_expect(zero(int, weft_background(req, fails, req)));
    cr_expect(zero(int, weft_background(req, note, req)));
    cr_expect(eq(int, weft_background(req, NULL, req), UV_EINVAL));
    cr_expect(zero(int, weft_defer(req, count_defer, NULL)));
    cr_expect(eq(str, seen.text, (char *)""));
    return weft_text(req, 200, "begun");
}

static weft_response *wait_for_three(weft_request *req)
{
    while (seen.done < 3 && weft_sleep(1) == 0)
        ;
    return weft_text(req, 200, seen.text);
}

static weft_app *background_app(weft_handler handler)
{
    weft_app *app = weft_app_new("background");

    memset(&seen, 0, sizeof(seen));
    weft_route(app, "GET,POST", "/", &(weft_route_options){ .handler = handler });
    weft_get(app, "/wait", wait_for_three);
    return app;
}

WEFT_TEST(background, runs_after_the_response_and_holds_nobody_up)
{
    weft_test *t = weft_test_new(background_app(in_background));
    weft_test_reply r = weft_test_get(t, "/?a=x");

    cr_expect(eq(str, (char *)r.body, (char *)"begun"));
    cr_expect(eq(int, seen.deferred, 1));
    cr_expect(zero(int, seen.done));
    r = weft_test_get(t, "/wait"); /* on the same connection, while the work runs */
    cr_expect(eq(str, (char *)r.body, (char *)"xx"));
}

WEFT_TEST(background, is_awaited_at_the_end)
{
    weft_test *t = weft_test_new(background_app(in_background));
    weft_test_reply r = weft_test_get(t, "/?a=x", .close = true);

    cr_expect(eq(str, (char *)r.body, (char *)"begun"));
    weft_test_free(t);
    cr_expect(eq(int, seen.done, 3));
}

static int tries_the_connection(void *arg)
{
    weft_request *req = arg;
    const char *data;

    cr_expect(eq(int, weft_read_body(req, &data, NULL), WEFT_EGONE));
    cr_expect(eq(int, weft_read_chunk(req, &data), WEFT_EGONE));
    cr_expect(eq(int, weft_early_hints(req, WEFT_LIST("</a>")), WEFT_ESENT));
    cr_expect(eq(int, weft_write(weft_stream(req, 200, NULL), "a", 1), WEFT_EMISUSE));
    cr_expect(ne(ptr, (void *)weft_remote(req), NULL));
    cr_expect(ne(ptr, weft_alloc(req, 10000), NULL));
    seen.done = 3;
    return 0;
}

static weft_response *leaves_body(weft_request *req)
{
    cr_expect(zero(int, weft_background(req, tries_the_connection, req)));
    return weft_text(req, 200, "ok");
}

WEFT_TEST(background, has_no_connection)
{
    weft_test *t = weft_test_new(background_app(leaves_body));
    weft_test_reply r = weft_test_post(t, "/", .body = "unread");

    cr_expect(eq(int, r.status, 200));
    r = weft_test_get(t, "/wait");
    cr_expect(eq(int, r.status, 200));
}

static int keeps_body(void *arg)
{
    const char *data;

    cr_expect(zero(int, weft_read_body(arg, &data, NULL)));
    cr_expect(eq(str, (char *)data, (char *)"read"));
    seen.done = 3;
    return 0;
}

static weft_response *reads_body(weft_request *req)
{
    const char *data;

    cr_expect(zero(int, weft_read_body(req, &data, NULL)));
    cr_expect(zero(int, weft_background(req, keeps_body, req)));
    return weft_text(req, 200, "ok");
}

WEFT_TEST(background, has_the_body_that_was_read)
{
    weft_test *t = weft_test_new(background_app(reads_body));
    weft_test_reply r = weft_test_post(t, "/", .body = "read");

    cr_expect(eq(int, r.status, 200));
    r = weft_test_get(t, "/wait");
    cr_expect(eq(int, r.status, 200));
}

/* Parts of the body that have come are no reason to close; what has yet to come is not waited
 * for. */
WEFT_TEST(background, does_not_wait_for_an_unread_body)
{
    weft_test *t = weft_test_new(background_app(leaves_body));
    weft_test_reply r = weft_test_post(t, "/", .body = "unread");
    static const char rest[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nunread";
    static const char chunked[] =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

    cr_expect(eq(int, r.status, 200));
    cr_expect(not(r.closed));
    r = RAW(t, rest);
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Connection"), (char *)"close"));
    cr_expect(r.closed);
    r = RAW(t, chunked);
    cr_expect(eq(int, r.status, 200));
    cr_expect(r.closed);
}

/* Work in the background that a deferred function asks for, whoever deferred that. */
static void defers_once_more(void *arg);

static void counts_more(void *arg)
{
    (void)arg;
    seen.deferred++;
}

static int uses_json_late(void *arg)
{
    weft_request *req = arg;
    json_t *json = NULL;

    cr_expect(zero(int, weft_json_body(req, &json)));
    cr_expect(eq(int, (int)json_integer_value(json_object_get(json, "n")), 5));
    cr_expect(zero(int, weft_defer(req, counts_more, NULL)));
    if (++seen.done == 1)
        cr_expect(zero(int, weft_defer(req, defers_once_more, req)));
    if (seen.done == 2) {
        cr_expect(eq(int, seen.deferred, 1), "those of the work before have run");
        seen.done = 3;
    }
    return 0;
}

static void defers_once_more(void *arg)
{
    cr_expect(zero(int, weft_background(arg, uses_json_late, arg)));
}

static weft_response *defers_work(weft_request *req)
{
    json_t *json;

    cr_expect(zero(int, weft_json_body(req, &json)));
    cr_expect(zero(int, weft_defer(req, defers_once_more, req)));
    return weft_text(req, 200, "ok");
}

WEFT_TEST(background, may_be_asked_for_by_deferred_functions)
{
    weft_test *t = weft_test_new(background_app(defers_work));
    weft_test_reply r = weft_test_post(t, "/", .json = "{\"n\":5}");

    cr_expect(eq(int, r.status, 200));
    r = weft_test_get(t, "/wait");
    cr_expect(eq(int, r.status, 200));
    weft_test_free(t);
    cr_expect(eq(int, seen.deferred, 2));
}

/* --- What the request keeps, in functions that run late */

static const weft_test_header multipart[] = {
    { "Content-Type", "multipart/form-data; boundary=x" }, { NULL, NULL }
};
static char long_file[5000];

/* Everything that was read, and what is read only now. */
static int uses_what_is_kept(void *arg)
{
    weft_request *req = arg;
    weft_upload *file = weft_form_file(req, "f");
    char *content = weft_alloc(req, sizeof(long_file));
    json_t *json;

    cr_assert(ne(ptr, file, NULL));
    cr_assert(ne(ptr, content, NULL));
    cr_expect(zero(int, weft_upload_seek(file, 0)));
    cr_expect(eq(int, (int)weft_upload_read(file, content, sizeof(long_file)),
                 (int)sizeof(long_file)));
    cr_expect(zero(int, memcmp(content, long_file, sizeof(long_file))));
    cr_expect(eq(str, (char *)weft_form(req, "a"), (char *)"b"));
    for (int i = 0; i < 20; i++) {
        cr_assert(zero(int, weft_json_parse(req, "{\"a\":[1,2]}", 11, &json)));
        cr_expect(eq(sz, json_array_size(json_object_get(json, "a")), 2));
        json_decref(json);
    }
    seen.done++;
    return 0;
}

static void deferred_use(void *arg)
{
    (void)uses_what_is_kept(arg);
}

/* In memory or, with ?disk, in a file; deferred functions stand before and behind what is kept.
 */
static weft_response *keeps_form(weft_request *req)
{
    const weft_form_options options = { .spool_bytes =
                                            weft_query(req, "disk") != NULL ? 100 : 0 };
    json_t *json;

    cr_expect(zero(int, weft_defer(req, deferred_use, req)));
    cr_expect(zero(int, weft_read_form_with(req, &options)));
    cr_assert(zero(int, weft_json_parse(req, "[]", 2, &json)));
    json_decref(json);
    cr_expect(zero(int, weft_background(req, uses_what_is_kept, req)));
    cr_expect(zero(int, weft_background(req, uses_what_is_kept, req)));
    return weft_text(req, 200, "ok");
}

WEFT_TEST(background, has_all_that_the_request_keeps)
{
    static const char *const targets[] = { "/", "/?disk" };
    static char body[sizeof(long_file) + 500];

    for (size_t i = 0; i < sizeof(long_file); i++)
        long_file[i] = (char)('a' + i % 23);
    snprintf(body, sizeof(body),
             "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
             "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
             "%.*s\r\n--x--\r\n",
             (int)sizeof(long_file), long_file);
    for (size_t i = 0; i < 2; i++) {
        weft_test *t = weft_test_new(background_app(keeps_form));
        weft_test_reply r = weft_test_post(t, targets[i], .body = body, .headers = multipart);

        cr_expect(eq(int, r.status, 200));
        r = weft_test_get(t, "/wait");
        cr_expect(eq(int, r.status, 200));
        cr_expect(eq(int, seen.done, 3));
        weft_test_free(t);
    }
}

static json_t *kept_json;

static int looks_at_json(void *arg)
{
    json_t *json;

    cr_expect(zero(int, weft_json_body(arg, &json)));
    cr_expect(eq(i64, json_integer_value(json_object_get(json, "n")), 5));
    cr_expect(kept_json == NULL || kept_json == json);
    seen.done = 3;
    return 0;
}

static weft_response *keeps_json(weft_request *req)
{
    const char *text;

    kept_json = NULL;
    if (weft_query(req, "late") != NULL)
        cr_expect(zero(int, weft_read_body(req, &text, NULL)));
    else
        cr_expect(zero(int, weft_json_body(req, &kept_json)));
    cr_expect(zero(int, weft_background(req, looks_at_json, req)));
    return weft_text(req, 200, "ok");
}

WEFT_TEST(background, has_the_json_of_the_body)
{
    static const char *const targets[] = { "/", "/?late" };

    for (size_t i = 0; i < 2; i++) {
        weft_test *t = weft_test_new(background_app(keeps_json));
        weft_test_reply r = weft_test_post(t, targets[i], .json = "{\"n\":5}");

        cr_expect(eq(int, r.status, 200));
        r = weft_test_get(t, "/wait");
        cr_expect(eq(int, r.status, 200));
        weft_test_free(t);
    }
}

/* Parts that were begun in the handler. */
static int goes_on_with_parts(void *arg)
{
    weft_part part;

    cr_expect(eq(int, weft_next_part(arg, &part), WEFT_EGONE));
    seen.done = 3;
    return 0;
}

static weft_response *begins_parts(weft_request *req)
{
    weft_part part;

    cr_expect(eq(int, weft_next_part(req, &part), 1));
    cr_expect(zero(int, weft_background(req, goes_on_with_parts, req)));
    return weft_text(req, 200, "ok");
}

WEFT_TEST(background, has_no_more_of_parts_than_had_come)
{
    static char body[200000];
    weft_test *t = weft_test_new(background_app(begins_parts));
    weft_test_reply r;

    memset(body, 'x', sizeof(body) - 1);
    memcpy(body, "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", 50);
    r = weft_test_post(t, "/", .body = body, .headers = multipart);
    cr_expect(eq(int, r.status, 200));
    r = weft_test_get(t, "/wait");
    cr_expect(eq(int, r.status, 200));
}
