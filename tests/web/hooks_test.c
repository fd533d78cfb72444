/* weft_on_head() and weft_filter(). */
#include <weft.h>
#include <weft/test_criterion.h>

#include <ctype.h>
#include <string.h>

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

static weft_response *streams(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = weft_write(res, "hel", 3);

    if (rc >= 0)
        rc = weft_write(res, "lo", 2);
    if (rc >= 0 && weft_set_header(res, "X-Late", "a") != WEFT_ESENT)
        rc = UV_EIO;
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *empty(weft_request *req)
{
    return weft_empty(req, 204);
}

/* Runs in the order of calls: each appends its letter. */
static void append_letter(weft_response *res, void *arg)
{
    const char *before = weft_response_header(res, "X-Order");
    const char *now = weft_printf(weft_request_of(res), "%s%s", before == NULL ? "" : before,
                                  (const char *)arg);

    weft_set_header(res, "X-Order", now);
    if (weft_on_head(weft_request_of(res), append_letter, arg) != WEFT_ESENT)
        weft_set_header(res, "X-Again", "a hook could register another");
}

static weft_response *registers(weft_request *req, weft_next *next, void *state)
{
    (void)!weft_on_head(req, append_letter, state);
    return weft_proceed(req, next);
}

static weft_app *app_with_hooks(void)
{
    static char outer[] = "o";
    static char inner[] = "i";
    weft_app *app = weft_app_new("hooks");

    weft_use(app, registers, outer);
    weft_use(app, registers, inner);
    weft_get(app, "/", hello);
    weft_get(app, "/streams", streams);
    return app;
}

WEFT_TEST(on_head, runs_once_from_the_inside_out)
{
    static const char *const targets[] = { "/", "/streams", "/nowhere" };
    weft_test *t = weft_test_new(app_with_hooks());

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        weft_test_reply r = weft_test_get(t, targets[i]);

        cr_expect(eq(str, (char *)weft_test_header_of(&r, "X-Order"), (char *)"io"));
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "X-Again"), NULL));
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "X-Late"), NULL));
    }
}

static void make_teapot(weft_response *res, void *arg)
{
    (void)arg;
    weft_set_status(res, 418);
    weft_set_header(res, "Content-Type", "text/html");
}

static weft_response *brews(weft_request *req)
{
    (void)!weft_on_head(req, make_teapot, NULL);
    return strcmp(weft_path(req), "/buffered") == 0 ? hello(req) : streams(req);
}

WEFT_TEST(on_head, may_change_status_and_fields)
{
    static const char *const targets[] = { "/buffered", "/streamed" };
    weft_app *app = weft_app_new("teapot");
    weft_test *t;

    weft_get(app, "/buffered", brews);
    weft_get(app, "/streamed", brews);
    t = weft_test_new(app);
    for (size_t i = 0; i < 2; i++) {
        weft_test_reply r = weft_test_get(t, targets[i]);

        cr_expect(eq(int, r.status, 418));
        cr_expect(
            eq(str, (char *)weft_test_header_of(&r, "Content-Type"), (char *)"text/html"));
        cr_expect(eq(str, (char *)r.body, (char *)"hello"));
    }
}

/* --- Filters */

static int shout(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    char loud[64];
    const char *quiet = data;

    (void)arg;
    if (length > sizeof(loud))
        return WEFT_ELIMIT;
    for (size_t i = 0; i < length; i++)
        loud[i] = (char)toupper((unsigned char)quiet[i]);
    return weft_sink_pass(sink, loud, length, end);
}

static int add_mark(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    int rc = weft_sink_pass(sink, data, length, false);

    if (rc == 0 && end)
        rc = weft_sink_pass(sink, arg, 1, true);
    return rc;
}

static int fail(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    (void)sink;
    (void)data;
    (void)length;
    (void)end;
    (void)arg;
    return UV_EIO;
}

static int swallow(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    (void)data;
    (void)length;
    (void)arg;
    return end ? weft_sink_pass(sink, "", 0, true) : 0;
}

static weft_response *filters(weft_request *req, weft_next *next, void *state)
{
    weft_filter_fn *fn = state;
    static char mark[] = "?";

    (void)!weft_filter(req, *fn, mark);
    return weft_proceed(req, next);
}

static weft_app *app_with(weft_filter_fn *outer, weft_filter_fn *inner)
{
    weft_app *app = weft_app_new("filters");

    weft_use(app, filters, outer);
    weft_use(app, filters, inner);
    weft_get(app, "/", hello);
    weft_get(app, "/streams", streams);
    weft_get(app, "/empty", empty);
    return app;
}

static weft_filter_fn shouting = shout;
static weft_filter_fn marking = add_mark;
static weft_filter_fn failing = fail;
static weft_filter_fn swallowing = swallow;

WEFT_TEST(filter, changes_buffered_bodies_and_their_length)
{
    weft_test *t = weft_test_new(app_with(&shouting, &marking));
    weft_test_reply r = weft_test_get(t, "/");

    cr_expect(eq(str, (char *)r.body, (char *)"HELLO?"));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"6"));
    r = weft_test_send(t, "HEAD", "/", NULL);
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"6"));
    r = weft_test_get(t, "/empty");
    cr_expect(eq(int, r.status, 204));
    cr_expect(eq(sz, r.body_length, 0));
}

WEFT_TEST(filter, changes_streams)
{
    weft_test *t = weft_test_new(app_with(&marking, &shouting));
    weft_test_reply r = weft_test_get(t, "/streams");

    cr_expect(eq(str, (char *)r.body, (char *)"HELLO?"));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Transfer-Encoding"), (char *)"chunked"));
}

WEFT_TEST(filter, may_keep_everything)
{
    weft_test *t = weft_test_new(app_with(&marking, &swallowing));
    weft_test_reply r = weft_test_get(t, "/");

    cr_expect(eq(str, (char *)r.body, (char *)"?"));
    r = weft_test_get(t, "/streams");
    cr_expect(eq(str, (char *)r.body, (char *)"?"));
}

static void quiet(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    ++*(int *)arg;
}

WEFT_TEST(filter, that_fails_aborts)
{
    weft_test *t = weft_test_new(app_with(&marking, &failing));
    weft_test_reply r;
    int lines = 0;

    weft_log_set_sink(quiet, &lines);
    r = weft_test_get(t, "/");
    cr_expect(eq(int, r.status, 500));
    cr_expect(eq(int, lines, 1));
    r = weft_test_get(t, "/streams");
    cr_expect(zero(int, r.status), "a stream is cut off, visibly");
    cr_expect(r.closed);
    cr_expect(gt(int, lines, 1));
    weft_log_set_sink(NULL, NULL);
}
