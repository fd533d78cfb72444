/*
 * Requests served while memory runs out, at each allocation in turn: the client gets a complete
 * response or a closed connection, the next request is served as if nothing had been, and
 * nothing leaks.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>
#include <weft/middleware/access_log.h>
#include <weft/middleware/cors.h>
#include <weft/middleware/request_id.h>
#include <weft/test_criterion.h>

#include "failalloc.h"

enum { LARGE = 200000 };

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

/* Most of what a handler can ask for. */
static weft_response *everything(weft_request *req)
{
    static const weft_key key = { "key" };
    json_t *value;
    weft_response *res;
    json_t *other = NULL;
    int rc = weft_json_body(req, &value);

    if (rc == 0)
        rc = weft_json_parse(req, "[1]", 3, &other);
    json_decref(other);
    if (rc == 0)
        rc = weft_set_value(req, &key, value);
    if (rc < 0)
        return weft_error(req, rc);
    weft_cookie(req, "a");
    weft_query(req, "b");
    res = weft_json(req, 200, json_pack("{s:O, s:s*}", "body", value, "path", weft_path(req)));
    weft_set_header(res, "X-Url", weft_base_url(req));
    for (int i = 0; i < 10; i++)
        weft_add_header(res, "X-Many", "a");
    weft_append_header(res, "Vary", "Accept");
    weft_set_cookie(res, "a", "b", NULL);
    return res;
}

static weft_response *large(weft_request *req)
{
    char *body = weft_alloc(req, LARGE);

    if (body == NULL)
        return weft_error(req, UV_ENOMEM);
    memset(body, 'x', LARGE);
    return weft_bytes(req, 200, "text/plain", body, LARGE);
}

static weft_response *streams(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    char *piece = weft_alloc(req, 50000);
    int rc = piece == NULL ? UV_ENOMEM : 0;

    if (piece != NULL)
        memset(piece, 'x', 50000);
    for (int i = 0; i < 4 && rc >= 0; i++)
        rc = weft_write(res, piece, 50000);
    if (rc >= 0)
        rc = weft_write_printf(res, "%01000d", 7);
    return rc < 0 ? weft_error(req, rc) : res;
}

/* Twice what comes. */
static int twice(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    int rc = weft_sink_pass(sink, data, length, false);

    (void)arg;
    return rc < 0 ? rc : weft_sink_pass(sink, data, length, end);
}

static weft_response *filters(weft_request *req, weft_next *next, void *state)
{
    (void)state;
    return weft_filter(req, twice, NULL) < 0 ? weft_error(req, UV_ENOMEM)
                                             : weft_proceed(req, next);
}

static weft_response *form(weft_request *req)
{
    int rc = weft_read_form(req);

    if (rc < 0)
        return weft_error(req, rc);
    return weft_text(req, 200, weft_form(req, "a"));
}

static weft_response *count_body(weft_request *req)
{
    const char *piece;
    int total = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0)
        total += rc;
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_printf(req, "%d", total));
}

static void drop_line(const char *line, size_t length, void *arg)
{
    (void)line;
    (void)length;
    (void)arg;
}

static void drop_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static weft_test *start(void)
{
    static const weft_use_entry filtered[] = { { filters, NULL }, { NULL, NULL } };
    weft_app *app = weft_app_new("memory");

    weft_log_set_sink(drop_log, NULL);
    weft_use_request_id(app, NULL);
    weft_use_access_log(app, &(weft_access_log_options){ .sink = drop_line });
    weft_use_cors(app, &(weft_cors_options){ .origins = WEFT_LIST("https://one.example") });
    weft_get(app, "/", hello);
    weft_post(app, "/all/{id:int}", everything);
    weft_get(app, "/large", large);
    weft_get(app, "/streams", streams);
    weft_get(app, "/large/filtered", large, .use = filtered);
    weft_get(app, "/streams/filtered", streams, .use = filtered);
    weft_post(app, "/form", form);
    weft_post(app, "/count", count_body);
    return weft_test_new(app);
}

/* A response that is whole says so: the client would have refused any other. */
static void expect_sane(const weft_test_reply *reply, unsigned long n)
{
    if (reply->status == 0) {
        cr_expect(ne(ptr, (void *)reply->error, NULL));
        return;
    }
    cr_expect(reply->status == 200 || reply->status == 404 || reply->status == 415 ||
                  reply->status == 500 || reply->status == 503,
              "%d at allocation %lu", reply->status, n);
}

/* From the n-th allocation on all fail, or it alone does. */
static void exhaust(const char *method, const char *target, const weft_test_request *request,
                    int status, bool on)
{
    weft_test *t = start();
    bool failed;
    unsigned long n = 0;

    do {
        weft_test_reply r;

        cr_assert(lt(ulong, ++n, 2000ul));
        if (on)
            weft_test_fail_alloc_from(n);
        else
            weft_test_fail_alloc(n);
        r = weft_test_send(t, method, target, request);
        failed = weft_test_fail_stop();
        if (failed)
            expect_sane(&r, n);
        else
            cr_expect(eq(int, r.status, status), "%s: %s", target, r.error ? r.error : "");
        r = weft_test_get(t, "/");
        cr_assert(eq(int, r.status, 200), "after allocation %lu: %s", n,
                  r.error ? r.error : "");
    } while (failed);
    weft_test_free(t);
}

static void exhaust_both(const char *method, const char *target,
                         const weft_test_request *request, int status)
{
    exhaust(method, target, request, status, false);
    exhaust(method, target, request, status, true);
    weft_log_set_sink(NULL, NULL);
}

static const weft_test_header fields[] = { { "Origin", "https://one.example" },
                                           { "Cookie", "a=b; c=d" },
                                           { "User-Agent", "test" },
                                           { NULL, NULL } };

WEFT_TEST(memory, may_run_out_in_a_small_response)
{
    exhaust_both("GET", "/", &(weft_test_request){ .headers = fields, .close = true }, 200);
}

WEFT_TEST(memory, may_run_out_in_a_404)
{
    exhaust_both("GET", "/nowhere?b=c", &(weft_test_request){ .headers = fields }, 404);
}

WEFT_TEST(memory, may_run_out_in_json)
{
    json_set_alloc_funcs(malloc, free); /* of this program, where they are made to fail */
    exhaust_both("POST", "/all/7?b=c",
                 &(weft_test_request){ .json = "{\"a\":[1,2.5,\"\\u00e9\",null,{\"b\":true}]}",
                                       .headers = fields,
                                       .close = true },
                 200);
}

WEFT_TEST(memory, may_run_out_in_a_large_response)
{
    exhaust_both("GET", "/large", &(weft_test_request){ .headers = fields, .close = true },
                 200);
}

WEFT_TEST(memory, may_run_out_in_a_stream)
{
    exhaust_both("GET", "/streams", &(weft_test_request){ .close = true }, 200);
}

WEFT_TEST(memory, may_run_out_in_filters)
{
    exhaust_both("GET", "/large/filtered", &(weft_test_request){ .headers = fields }, 200);
    exhaust_both("GET", "/streams/filtered", &(weft_test_request){ .close = true }, 200);
}

WEFT_TEST(memory, may_run_out_in_a_form)
{
    exhaust_both("POST", "/form", &(weft_test_request){ .form = "a=b&c=d%20e&f" }, 200);
}

WEFT_TEST(memory, may_run_out_in_a_form_in_latin1)
{
    static const weft_test_header latin1[] = {
        { "Content-Type", "application/x-www-form-urlencoded; charset=latin1" }, { NULL, NULL }
    };

    exhaust_both("POST", "/form",
                 &(weft_test_request){ .form = "a=%e9&%e9=b", .headers = latin1 }, 200);
}

WEFT_TEST(memory, may_run_out_when_a_charset_is_refused)
{
    static const weft_test_header other[] = {
        { "Content-Type", "application/x-www-form-urlencoded; charset=koi8-r" }, { NULL, NULL }
    };

    exhaust_both("POST", "/form", &(weft_test_request){ .form = "a=b", .headers = other }, 415);
}

WEFT_TEST(memory, may_run_out_in_a_body_of_chunks)
{
    char *body = malloc(LARGE + 1);

    memset(body, 'x', LARGE);
    body[LARGE] = '\0';
    exhaust_both("POST", "/count",
                 &(weft_test_request){ .body = body, .chunked = true, .close = true }, 200);
    free(body);
}
