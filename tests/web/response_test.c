/*
 * Responses as a client gets them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdio.h>
#include <string.h>

static weft_response *plain(weft_request *req)
{
    return weft_text(req, 200, "Hello, World!");
}

static weft_response *page(weft_request *req)
{
    return weft_html(req, 201, "<p>");
}

static weft_response *raw(weft_request *req)
{
    return weft_bytes(req, 200, "image/x-test", "a\0b", 3);
}

static weft_response *untyped(weft_request *req)
{
    return weft_bytes(req, 200, NULL, "x", 1);
}

static weft_response *nothing(weft_request *req)
{
    return weft_empty(req, 204);
}

static weft_response *reset(weft_request *req)
{
    return weft_text(req, 205, "what nobody may be told");
}

static weft_response *reset_stream(weft_request *req)
{
    weft_response *res = weft_stream(req, 205, "text/plain");
    int rc = weft_write(res, "a", 1);

    return rc == UV_ECANCELED ? res : weft_error(req, UV_EINVAL);
}

static weft_response *redirect(weft_request *req)
{
    return weft_redirect(req, 303, "/there?a=b");
}

static weft_response *redirect_by(weft_request *req)
{
    return weft_redirect(req, (int)weft_path_int(req, "status"), "/there");
}

static weft_response *odd_redirect(weft_request *req)
{
    return weft_redirect(req, 302, "/a b%20c?q=\"<\\^`{|}>\"&r=\xc3\xa9#[f]%zz");
}

static weft_response *control_redirect(weft_request *req)
{
    return weft_redirect(req, 302, "/a\t");
}

static weft_response *no_redirect(weft_request *req)
{
    return weft_redirect(req, 302, NULL);
}

static weft_response *split(weft_request *req)
{
    return weft_redirect(req, 302, "/there\r\nSet-Cookie: a=b");
}

static weft_response *bad_redirect(weft_request *req)
{
    return weft_redirect(req, 304, "/there");
}

static weft_response *out_of_memory(weft_request *req)
{
    return weft_text(req, 200, NULL);
}

static weft_response *bad_status(weft_request *req)
{
    return weft_text(req, 99, "x");
}

static weft_response *returns_null(weft_request *req)
{
    (void)req;
    return NULL;
}

static weft_response *last(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "last");

    return weft_close_connection(res) < 0 ? weft_error(req, UV_EINVAL) : res;
}

static weft_response *last_stream(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = weft_close_connection(res);

    if (rc == 0)
        rc = weft_write(res, "last", 4);
    cr_expect(eq(int, weft_close_connection(res), WEFT_ESENT));
    cr_expect(eq(int, weft_close_connection(NULL), UV_EINVAL));
    return rc < 0 ? weft_error(req, rc) : res;
}

/* One that is not sent closes nothing. */
static weft_response *not_sent(weft_request *req)
{
    return weft_close_connection(weft_text(req, 200, "a")) < 0 ? NULL : plain(req);
}

static void close_on_head(weft_response *res, void *arg)
{
    (void)arg;
    cr_expect(zero(int, weft_close_connection(res)));
}

static weft_response *last_by_hook(weft_request *req)
{
    return weft_on_head(req, close_on_head, NULL) < 0 ? NULL : plain(req);
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("responses");

    weft_get(made, "/plain", plain);
    weft_get(made, "/page", page);
    weft_get(made, "/raw", raw);
    weft_get(made, "/untyped", untyped);
    weft_get(made, "/nothing", nothing);
    weft_get(made, "/reset", reset);
    weft_get(made, "/reset-stream", reset_stream);
    weft_get(made, "/redirect", redirect);
    weft_get(made, "/redirect/{status:int}", redirect_by);
    weft_get(made, "/odd-redirect", odd_redirect);
    weft_get(made, "/control-redirect", control_redirect);
    weft_get(made, "/no-redirect", no_redirect);
    weft_get(made, "/split", split);
    weft_get(made, "/bad-redirect", bad_redirect);
    weft_get(made, "/out-of-memory", out_of_memory);
    weft_get(made, "/bad-status", bad_status);
    weft_get(made, "/null", returns_null);
    weft_get(made, "/last", last);
    weft_get(made, "/last-stream", last_stream);
    weft_get(made, "/not-sent", not_sent);
    weft_get(made, "/last-by-hook", last_by_hook);
    return made;
}

WEFT_TEST(response, carries_text)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/plain");

    cr_assert(eq(str, (char *)(r.error ? r.error : ""), (char *)""));
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(str, (char *)r.body, (char *)"Hello, World!"));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "content-type"),
                 (char *)"text/plain; charset=utf-8"));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "content-length"), (char *)"13"));
    cr_expect(not(r.closed));
    r = weft_test_get(t, "/page");
    cr_expect(eq(int, r.status, 201));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "content-type"),
                 (char *)"text/html; charset=utf-8"));
}

WEFT_TEST(response, carries_bytes)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/raw");

    cr_expect(eq(sz, r.body_length, 3));
    cr_expect(zero(int, memcmp(r.body, "a\0b", 3)));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Type"), (char *)"image/x-test"));
    r = weft_test_get(t, "/untyped");
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Type"), NULL));
}

WEFT_TEST(response, may_have_no_body)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/nothing");

    cr_expect(eq(int, r.status, 204));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Length"), NULL));
    cr_expect(eq(sz, r.body_length, 0));
    r = weft_test_get(t, "/plain"); /* and the connection goes on */
    cr_expect(eq(int, r.status, 200));
}

/* RFC 9110, 15.3.6: whatever the program wants to send. */
WEFT_TEST(response, of_205_has_no_content)
{
    static const char *const paths[] = { "/reset", "/reset-stream" };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < 2; i++) {
        weft_test_reply r = weft_test_get(t, paths[i]);

        cr_expect(eq(int, r.status, 205));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"0"));
        cr_expect(eq(sz, r.body_length, 0));
        r = weft_test_get(t, "/plain"); /* and the connection goes on */
        cr_expect(eq(str, (char *)r.body, (char *)"Hello, World!"));
    }
}

WEFT_TEST(response, to_head_says_the_length_and_has_no_body)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_send(t, "HEAD", "/plain", NULL);

    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"13"));
    cr_expect(eq(sz, r.body_length, 0));
    r = weft_test_get(t, "/plain");
    cr_expect(eq(str, (char *)r.body, (char *)"Hello, World!"));
}

WEFT_TEST(response, may_be_the_last_of_its_connection)
{
    static const char *const targets[] = { "/last", "/last-stream", "/last-by-hook" };
    static const char two[] = "GET /last HTTP/1.1\r\nHost: a\r\n\r\n"
                              "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char old[] = "GET /last HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    weft_test *t = weft_test_new(app());
    weft_test_reply r;

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        r = weft_test_get(t, targets[i]);
        cr_expect(eq(int, r.status, 200));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Connection"), (char *)"close"));
        cr_expect(r.closed, "%s", targets[i]);
    }
    r = weft_test_send(t, "HEAD", "/last", NULL);
    cr_expect(r.closed);
    r = weft_test_get(t, "/not-sent");
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Connection"), NULL));
    cr_expect(not(r.closed));
    r = weft_test_raw(t, two, sizeof(two) - 1, 0);
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(ptr, strstr(r.raw, "201"), NULL), "what follows is not served");
    cr_expect(r.closed);
    r = weft_test_raw(t, old, sizeof(old) - 1, 0);
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Connection"), (char *)"close"));
    cr_expect(r.closed);
}

WEFT_TEST(response, redirects)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/redirect");

    cr_expect(eq(int, r.status, 303));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Location"), (char *)"/there?a=b"));
    for (int i = 0; i < 5; i++) {
        static const int statuses[] = { 301, 302, 303, 307, 308 };
        char target[20];

        snprintf(target, sizeof(target), "/redirect/%d", statuses[i]);
        r = weft_test_get(t, target);
        cr_expect(eq(int, r.status, statuses[i]));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Location"), (char *)"/there"));
    }
    r = weft_test_get(t, "/odd-redirect");
    cr_expect(eq(int, r.status, 302));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Location"),
                 (char *)"/a%20b%20c?q=%22%3C%5C%5E%60%7B%7C%7D%3E%22&r=%C3%A9#[f]%zz"));
}

static void ignore(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    ++*(int *)arg;
}

WEFT_TEST(response, is_a_500_when_it_cannot_be_made)
{
    static const char *const targets[] = {
        "/split",      "/bad-redirect", "/control-redirect", "/no-redirect", "/out-of-memory",
        "/bad-status", "/null"
    };
    weft_test *t = weft_test_new(app());
    int lines = 0;

    weft_log_set_sink(ignore, &lines);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        weft_test_reply r = weft_test_get(t, targets[i]);

        cr_expect(eq(int, r.status, 500), "%s", targets[i]);
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Set-Cookie"), NULL));
        cr_expect(eq(int, lines, (int)i + 1), "%s is logged once", targets[i]);
    }
    weft_log_set_sink(NULL, NULL);
}
