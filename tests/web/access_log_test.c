/* <weft/middleware/access_log.h>. */
#include <weft.h>
#include <weft/middleware/access_log.h>
#include <weft/middleware/request_id.h>
#include <weft/test_criterion.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    int count;
    char last[9000];
} got;

static void keep(const char *line, size_t length, void *arg)
{
    (void)arg;
    got.count++;
    memcpy(got.last, line, length);
    got.last[length] = '\0';
}

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

static weft_response *streams(weft_request *req)
{
    weft_response *res = weft_stream(req, 201, "text/plain");

    if (weft_write(res, "12345", 5) < 0 || weft_write(res, "678", 3) < 0)
        return weft_error(req, UV_ECANCELED);
    return res;
}

static weft_response *takes_body(weft_request *req)
{
    const char *body;
    int rc = weft_read_body(req, &body, NULL);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, body);
}

static weft_app *app_with(weft_access_log_format format)
{
    weft_app *app = weft_app_new("log");

    got.count = 0;
    weft_use_access_log(
        app, &(weft_access_log_options){
                 .format = format, .sink = keep, .skip = WEFT_LIST("/health", "/ready") });
    weft_app_configure(app, &(weft_app_options){ .max_body_bytes = 10 });
    weft_get(app, "/", hello);
    weft_get(app, "/health", hello);
    weft_get(app, "/streams", streams);
    weft_post(app, "/body", takes_body);
    return app;
}

/* Cut the line into what stands before and behind the time and the duration. */
static bool matches(const char *front, const char *back)
{
    const char *time = strchr(got.last, '[');
    const char *rest = strchr(got.last, ']');
    const char *end = strstr(got.last, "us ");

    if (time == NULL || rest == NULL || end == NULL ||
        strncmp(got.last, front, strlen(front)) != 0)
        return false;
    while (end > rest && end[-1] >= '0' && end[-1] <= '9')
        end--;
    return strncmp(rest, back, (size_t)(end - rest)) == 0 && back[end - rest] == '\0';
}

WEFT_TEST(access_log, writes_a_line_for_each_request)
{
    weft_test *t = weft_test_new(app_with(WEFT_ACCESS_LOG_TEXT));
    const weft_test_header fields[] = { { "User-Agent", "tester/1" },
                                        { "Referer", "http://from/" },
                                        { NULL, NULL } };

    weft_test_get(t, "/?a=b", .headers = fields);
    cr_expect(eq(int, got.count, 1));
    cr_expect(
        matches("- - - [", "] \"GET /?a=b HTTP/1.1\" 200 5 \"http://from/\" \"tester/1\" "),
        "%s", got.last);
}

WEFT_TEST(access_log, has_what_other_answers_say)
{
    weft_test *t = weft_test_new(app_with(WEFT_ACCESS_LOG_TEXT));
    weft_test_reply r = weft_test_get(t, "/nowhere");
    char back[200];

    snprintf(back, sizeof(back), "] \"GET /nowhere HTTP/1.1\" 404 %zu \"-\" \"-\" ",
             r.body_length);
    cr_expect(matches("- - - [", back), "%s", got.last);
    r = weft_test_post(t, "/", .body = "");
    cr_expect(eq(int, r.status, 405));
    cr_expect(ne(ptr, strstr(got.last, "\" 405 "), NULL), "%s", got.last);
    r = weft_test_post(t, "/body", .body = "more than ten bytes");
    cr_expect(eq(int, r.status, 413));
    cr_expect(ne(ptr, strstr(got.last, "\" 413 "), NULL), "%s", got.last);
    weft_test_get(t, "/streams");
    cr_expect(ne(ptr, strstr(got.last, "\" 201 8 "), NULL), "%s", got.last);
    weft_test_send(t, "HEAD", "/", NULL);
    cr_expect(ne(ptr, strstr(got.last, "\"HEAD / HTTP/1.1\" 200 0 "), NULL), "%s", got.last);
    weft_test_send(t, "HEAD", "/streams", NULL);
    cr_expect(ne(ptr, strstr(got.last, "\" 201 0 "), NULL), "%s", got.last);
}

static int fails_to_filter(weft_sink *sink, const void *data, size_t length, bool end,
                           void *arg)
{
    (void)sink;
    (void)data;
    (void)length;
    (void)end;
    return *(const int *)arg;
}

static weft_response *is_filtered(weft_request *req)
{
    static const int codes[] = { UV_EIO, UV_ENOMEM };

    weft_filter(req, fails_to_filter,
                (void *)(uintptr_t)&codes[weft_query(req, "memory") != NULL]);
    return weft_query(req, "stream") != NULL ? weft_stream(req, 200, "text/plain")
                                             : weft_text(req, 200, "hello");
}

static void quiet(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

/* What was sent counts, not what was meant to be. */
WEFT_TEST(access_log, tells_what_stands_in_for_a_response)
{
    weft_app *app = app_with(WEFT_ACCESS_LOG_TEXT);
    weft_test *t;
    weft_test_reply r;

    weft_log_set_sink(quiet, NULL);
    weft_get(app, "/filtered", is_filtered);
    t = weft_test_new(app);
    r = weft_test_get(t, "/filtered");
    cr_expect(eq(int, r.status, 500));
    cr_expect(ne(ptr, strstr(got.last, "\" 500 "), NULL), "%s", got.last);
    r = weft_test_get(t, "/filtered?memory");
    cr_expect(eq(int, r.status, 503));
    cr_expect(ne(ptr, strstr(got.last, "\" 503 "), NULL), "%s", got.last);
    weft_test_get(t, "/filtered?stream"); /* its head has left */
    cr_expect(ne(ptr, strstr(got.last, "\" 200 "), NULL), "%s", got.last);
    weft_log_set_sink(NULL, NULL);
}

static weft_response *declares(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    weft_set_header(res, "Content-Length", "8");
    return weft_write(res, "12345678", 8) < 0 ? weft_error(req, UV_ECANCELED) : res;
}

static weft_response *file(weft_request *req)
{
    return weft_send_file(req, "/proc/self/exe", NULL);
}

/* It is no filter: lengths stay. */
WEFT_TEST(access_log, counts_what_is_sent)
{
    weft_app *app = app_with(WEFT_ACCESS_LOG_JSON);
    weft_test *t;
    weft_test_reply r;

    weft_get(app, "/declares", declares);
    weft_get(app, "/file", file);
    t = weft_test_new(app);
    r = weft_test_get(t, "/declares");
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"8"));
    cr_expect(ne(ptr, strstr(got.last, "\"bytes\":8,"), NULL), "%s", got.last);
    (void)weft_test_send(t, "HEAD", "/declares", NULL);
    cr_expect(ne(ptr, strstr(got.last, "\"bytes\":0,"), NULL), "%s", got.last);
    r = weft_test_get(t, "/file",
                      .headers = (weft_test_header[]){ { "Range", "bytes=1-100" }, { 0 } });
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"100"));
    (void)weft_test_get(t, "/health"); /* has no line, and comes when the file is through */
    cr_expect(ne(ptr, strstr(got.last, "\"bytes\":100,"), NULL), "%s", got.last);
}

WEFT_TEST(access_log, skips_what_it_is_told_to)
{
    weft_test *t = weft_test_new(app_with(WEFT_ACCESS_LOG_TEXT));

    weft_test_get(t, "/health");
    cr_expect(zero(int, got.count));
    weft_test_get(t, "/healthy");
    cr_expect(eq(int, got.count, 1));
}

/* A client chooses path and fields: it must not be able to write lines of its own. */
WEFT_TEST(access_log, cannot_be_forged)
{
    weft_test *t = weft_test_new(app_with(WEFT_ACCESS_LOG_TEXT));
    const weft_test_header fields[] = { { "User-Agent", "a\" 200 1 \\ \t\xc3\xa9" },
                                        { NULL, NULL } };

    weft_test_get(t, "/", .headers = fields);
    cr_expect(ne(ptr, strstr(got.last, "\"a\\x22 200 1 \\x5c \\x09\\xc3\\xa9\" "), NULL), "%s",
              got.last);
}

WEFT_TEST(access_log, writes_json)
{
    weft_test *t = weft_test_new(app_with(WEFT_ACCESS_LOG_JSON));
    const weft_test_header fields[] = { { "User-Agent", "a\" \\ \t\xc3\xa9" }, { NULL, NULL } };
    json_t *line;

    weft_test_get(t, "/?a=%22", .headers = fields);
    line = json_loads(got.last, 0, NULL);
    cr_assert(ne(ptr, line, NULL), "%s", got.last);
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(line, "method")), (char *)"GET"));
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(line, "target")), (char *)"/?a=%22"));
    cr_expect(eq(i64, json_integer_value(json_object_get(line, "status")), 200));
    cr_expect(eq(i64, json_integer_value(json_object_get(line, "bytes")), 5));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "user_agent")),
                 (char *)"a\" \\ \t\xc3\x83\xc2\xa9"));
    json_decref(line);
}

WEFT_TEST(access_log, shortens_what_is_very_long)
{
    weft_test *t = weft_test_new(app_with(WEFT_ACCESS_LOG_JSON));
    char target[4000];
    char agent[4000];
    const weft_test_header fields[] = { { "User-Agent", agent }, { NULL, NULL } };
    json_t *line;

    memset(target, 'a', sizeof(target));
    target[0] = '/';
    target[2000] = '?';
    target[sizeof(target) - 1] = '\0';
    memset(agent, '"', sizeof(agent));
    agent[sizeof(agent) - 1] = '\0';
    weft_test_get(t, target, .headers = fields);
    cr_expect(lt(sz, strlen(got.last), 8192));
    line = json_loads(got.last, 0, NULL);
    cr_expect(ne(ptr, line, NULL), "%s", got.last);
    json_decref(line);
}

WEFT_TEST(access_log, has_the_request_id)
{
    weft_app *app = weft_app_new("log");
    weft_test *t;
    weft_test_reply r;

    weft_use_request_id(app, NULL);
    weft_use_access_log(app, &(weft_access_log_options){ .sink = keep, .hide_query = true });
    weft_get(app, "/", hello);
    t = weft_test_new(app);
    r = weft_test_get(t, "/?secret");
    cr_expect(ne(ptr, strstr(got.last, weft_test_header_of(&r, "X-Request-ID")), NULL));
    cr_expect(eq(ptr, strstr(got.last, "secret"), NULL));
}

WEFT_TEST(access_log, writes_to_a_descriptor)
{
    weft_app *app = weft_app_new("log");
    char text[2000] = "";
    int ends[2];
    ssize_t length;

    cr_assert(zero(int, pipe(ends)));
    weft_use_access_log(app, &(weft_access_log_options){ .fd = ends[1] });
    weft_get(app, "/", hello);
    weft_test *t = weft_test_new(app);
    weft_test_get(t, "/");
    weft_test_get(t, "/other");
    weft_test_free(t); /* flushes */
    close(ends[1]);
    length = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    cr_assert(gt(long, (long)length, 0));
    cr_expect(ne(ptr, strstr(text, "\"GET / HTTP/1.1\" 200 5 "), NULL), "%s", text);
    cr_expect(ne(ptr, strstr(text, "\"GET /other HTTP/1.1\" 404 "), NULL), "%s", text);
    cr_expect(eq(chr, text[length - 1], '\n'));
}
