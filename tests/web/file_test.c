/*
 * Files as responses: fields, conditions, ranges.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>
#include <weft/test_criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char content[] = "0123456789abcdefghij";

enum { SIZE = sizeof(content) - 1, LAST_MODIFIED = 784111777 };

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static char folder[64];
static char path[128];
static weft_file_options options;

static void write_file(const char *to, const void *data, size_t length)
{
    FILE *file = fopen(to, "w");

    cr_assert(ne(ptr, file, NULL));
    cr_assert(eq(sz, fwrite(data, 1, length, file), length));
    fclose(file);
}

static void set_time(const char *of, time_t seconds)
{
    struct timespec times[2] = { { .tv_sec = seconds, .tv_nsec = 5 },
                                 { .tv_sec = seconds, .tv_nsec = 5 } };

    cr_assert(zero(int, utimensat(AT_FDCWD, of, times, 0)));
}

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "weft-file-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    snprintf(path, sizeof(path), "%s/a.txt", folder);
    write_file(path, content, SIZE);
    set_time(path, LAST_MODIFIED);
    memset(&options, 0, sizeof(options));
}

static void tear_down(void)
{
    unlink(path);
    rmdir(folder);
}

static weft_response *sends(weft_request *req)
{
    return weft_send_file(req, path, &options);
}

static weft_response *sends_fd(weft_request *req)
{
    return weft_send_fd(req, open(path, O_RDONLY | O_CLOEXEC), "other.html", NULL);
}

static weft_response *sends_query(weft_request *req)
{
    return weft_send_file(req, weft_query(req, "path"), NULL);
}

/* As one that replaces the file would ask. */
static weft_response *asks(weft_request *req)
{
    const char *of = weft_query(req, "path");
    int rc = weft_check_file_preconditions(req, of == NULL ? path : of);

    return weft_text(req, 200, weft_printf(req, "%d", rc));
}

static weft_test *open_test(void)
{
    weft_app *app = weft_app_new("files");

    weft_route(app, "GET,PUT,DELETE", "/asks", &(weft_route_options){ .handler = asks });
    weft_route(app, "GET,POST", "/", &(weft_route_options){ .handler = sends });
    weft_get(app, "/fd", sends_fd);
    weft_get(app, "/path", sends_query);
    return weft_test_new(app);
}

/* Ask with one header field, or NULL. */
static weft_test_reply ask(weft_test *t, const char *method, const char *name,
                           const char *value)
{
    weft_test_header headers[] = { { name, value }, { 0 } };

    return weft_test_send(t, method, "/",
                          &(weft_test_request){ .headers = name == NULL ? NULL : headers });
}

static const char *field(const weft_test_reply *r, const char *name)
{
    const char *value = weft_test_header_of(r, name);

    return value == NULL ? "(none)" : value;
}

#define same(a, b, ...) cr_expect(eq(str, (char *)(a), (char *)(b)), ##__VA_ARGS__)

WEFT_TEST(file, is_sent_whole, .init = set_up, .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_reply r = ask(t, "GET", NULL, NULL);

    cr_expect(eq(int, r.status, 200));
    same(r.body, content);
    same(field(&r, "Content-Type"), "text/plain; charset=utf-8");
    same(field(&r, "Content-Length"), "20");
    same(field(&r, "Last-Modified"), DATE);
    same(field(&r, "Accept-Ranges"), "bytes");
    same(field(&r, "ETag"), "\"14-2ebc98a1.5\"");
    same(field(&r, "Cache-Control"), "(none)");
    same(field(&r, "Content-Disposition"), "(none)");
    r = ask(t, "HEAD", NULL, NULL);
    cr_expect(eq(int, r.status, 200));
    same(r.body, "");
    same(field(&r, "Content-Length"), "20");
    same(field(&r, "ETag"), "\"14-2ebc98a1.5\"");
    r = weft_test_get(t, "/fd");
    same(r.body, content);
    same(field(&r, "Content-Type"), "text/html; charset=utf-8");
}

WEFT_TEST(file, is_sent_as_the_options_say, .init = set_up, .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_reply r;

    options = (weft_file_options){ .media_type = "text/x-mine",
                                   .attachment = "r\xc3\xa9sum\xc3\xa9.txt",
                                   .cache_control = "no-store",
                                   .etag = "\"mine\"",
                                   .no_last_modified = true,
                                   .no_ranges = true };
    r = ask(t, "GET", "Range", "bytes=0-0");
    cr_expect(eq(int, r.status, 200));
    same(r.body, content);
    same(field(&r, "Content-Type"), "text/x-mine");
    same(field(&r, "Content-Disposition"),
         "attachment; filename=\"r_sum_.txt\"; filename*=UTF-8''r%C3%A9sum%C3%A9.txt");
    same(field(&r, "Cache-Control"), "no-store");
    same(field(&r, "ETag"), "\"mine\"");
    same(field(&r, "Last-Modified"), "(none)");
    same(field(&r, "Accept-Ranges"), "(none)");
    r = ask(t, "GET", "If-Match", "\"other\"");
    cr_expect(eq(int, r.status, 412));
    same(field(&r, "Cache-Control"), "(none)"); /* that is about the file */
    r = ask(t, "GET", "If-None-Match", "\"mine\"");
    cr_expect(eq(int, r.status, 304));
    same(field(&r, "Cache-Control"), "no-store");
    options = (weft_file_options){ .status = 404, .no_etag = true };
    r = ask(t, "GET", "If-Modified-Since", DATE);
    cr_expect(eq(int, r.status, 404));
    same(r.body, content);
    same(field(&r, "ETag"), "(none)");
    options = (weft_file_options){ .cache_control = "a\r\nb: c" };
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(int, r.status, 500));
    options = (weft_file_options){ .etag = "unquoted" };
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(int, r.status, 500));
    options = (weft_file_options){ .attachment = "a\r\nb: c" };
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(int, r.status, 200));
    same(field(&r, "Content-Disposition"), "attachment; filename=\"a__b: c\"");
}

WEFT_TEST(file, answers_conditions, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *name;
        const char *value;
        int status;
    } cases[] = {
        { "If-None-Match", "\"14-2ebc98a1.5\"", 304 },
        { "If-None-Match", "W/\"14-2ebc98a1.5\"", 304 },
        { "If-None-Match", "\"x\", \"14-2ebc98a1.5\"", 304 },
        { "If-None-Match", "*", 304 },
        { "If-None-Match", "\"x\"", 200 },
        { "If-Match", "\"14-2ebc98a1.5\"", 200 },
        { "If-Match", "*", 200 },
        { "If-Match", "\"x\"", 412 },
        { "If-Match", "W/\"14-2ebc98a1.5\"", 412 },
        { "If-Modified-Since", DATE, 304 },
        { "If-Modified-Since", "Sun, 06 Nov 1994 08:49:38 GMT", 304 },
        { "If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 200 },
        { "If-Modified-Since", "yesterday", 200 },
        { "If-Unmodified-Since", DATE, 200 },
        { "If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 412 },
    };
    weft_test *t = open_test();

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = ask(t, "GET", cases[i].name, cases[i].value);

        cr_expect(eq(int, r.status, cases[i].status), "%s: %s", cases[i].name, cases[i].value);
        same(field(&r, "ETag"), "\"14-2ebc98a1.5\"");
        if (r.status == 304) {
            same(field(&r, "Content-Type"), "(none)");
            same(field(&r, "Content-Length"), "(none)");
            same(r.body, "");
        }
        r = ask(t, "HEAD", cases[i].name, cases[i].value);
        cr_expect(eq(int, r.status, cases[i].status), "HEAD %s", cases[i].name);
        r = ask(t, "POST", cases[i].name, cases[i].value);
        cr_expect(eq(int, r.status, 200), "POST %s", cases[i].name);
    }
}

WEFT_TEST(file, a_known_tag_outweighs_a_date, .init = set_up, .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_header headers[] = { { "If-None-Match", "\"x\"" },
                                   { "If-Modified-Since", DATE },
                                   { 0 } };
    weft_test_reply r = weft_test_get(t, "/", .headers = headers);

    cr_expect(eq(int, r.status, 200));
}

static void expect_verdict(weft_test *t, const char *method, const char *target,
                           const char *name, const char *value, const char *verdict)
{
    const weft_test_header headers[] = { { name, value }, { 0 } };
    weft_test_reply r = weft_test_send(t, method, target,
                                       &(weft_test_request){ .headers = headers, .body = "" });

    same(r.body, verdict, "%s %s, %s: %s", method, target, name, value);
}

WEFT_TEST(file, answers_conditions_of_those_who_change_it, .init = set_up, .fini = tear_down)
{
    static const char *const absent[] = { "/asks?path=/nothing/there", "/asks?path=/",
                                          "/asks?path=/dev/null", "/asks?path=/etc/passwd/x" };
    weft_test *t = open_test();
    weft_test_reply r = ask(t, "GET", NULL, NULL);
    const char *tag = field(&r, "ETag");
    const char *methods[] = { "PUT", "DELETE" };
    char long_name[400] = "/asks?path=";
    char verdict[20];

    for (size_t i = 0; i < 2; i++) {
        expect_verdict(t, methods[i], "/asks", "X-None", "", "0");
        expect_verdict(t, methods[i], "/asks", "If-Match", tag, "0");
        expect_verdict(t, methods[i], "/asks", "If-Match", "*", "0");
        expect_verdict(t, methods[i], "/asks", "If-Match", "\"other\"", "412");
        expect_verdict(t, methods[i], "/asks", "If-None-Match", "*", "412");
        expect_verdict(t, methods[i], "/asks", "If-None-Match", tag, "412");
        expect_verdict(t, methods[i], "/asks", "If-None-Match", "\"other\"", "0");
        expect_verdict(t, methods[i], "/asks", "If-Unmodified-Since", DATE, "0");
        expect_verdict(t, methods[i], "/asks", "If-Unmodified-Since",
                       "Sun, 06 Nov 1994 08:49:36 GMT", "412");
    }
    expect_verdict(t, "GET", "/asks", "If-None-Match", tag, "304");
    for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
        expect_verdict(t, "PUT", absent[i], "If-None-Match", "*", "0");
        expect_verdict(t, "PUT", absent[i], "If-Match", "*", "412");
        expect_verdict(t, "PUT", absent[i], "If-Match", tag, "412");
    }
    expect_verdict(t, "PUT", "/asks?path=", "If-Match", "*", "412");
    memset(long_name + strlen(long_name), 'a', 300); /* of no file */
    snprintf(verdict, sizeof(verdict), "%d", UV_ENAMETOOLONG);
    expect_verdict(t, "PUT", long_name, "If-None-Match", "*", verdict);
}

WEFT_TEST(file, answers_one_range, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *range;
        const char *told;
        const char *body;
    } cases[] = {
        { "bytes=0-0", "bytes 0-0/20", "0" },
        { "bytes=5-", "bytes 5-19/20", "56789abcdefghij" },
        { "bytes=-3", "bytes 17-19/20", "hij" },
        { "bytes=-30", "bytes 0-19/20", "0123456789abcdefghij" },
        { "bytes=18-100", "bytes 18-19/20", "ij" },
        { "bytes=1-2,2-3", "bytes 1-3/20", "123" },
        { "bytes=1-2,30-40", "bytes 1-2/20", "12" },
    };
    weft_test *t = open_test();

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = ask(t, "GET", "Range", cases[i].range);

        cr_expect(eq(int, r.status, 206), "%s", cases[i].range);
        same(r.body, cases[i].body);
        same(field(&r, "Content-Range"), cases[i].told);
        same(field(&r, "Content-Type"), "text/plain; charset=utf-8");
        same(field(&r, "ETag"), "\"14-2ebc98a1.5\"");
        same(field(&r, "Last-Modified"), DATE);
        cr_expect(not(r.closed));
    }
}

/* RFC 9110, 15.3.7 and 15.4.5 */
WEFT_TEST(file, says_to_caches_with_206_and_304_what_it_says_with_200, .init = set_up,
          .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_reply r;

    options = (weft_file_options){ .cache_control = "max-age=60" };
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(int, r.status, 200));
    same(field(&r, "Cache-Control"), "max-age=60");
    r = ask(t, "GET", "Range", "bytes=0-0");
    cr_expect(eq(int, r.status, 206));
    same(field(&r, "Cache-Control"), "max-age=60");
    r = ask(t, "GET", "Range", "bytes=0-0,19-");
    cr_expect(eq(int, r.status, 206));
    same(field(&r, "Cache-Control"), "max-age=60");
    r = ask(t, "GET", "If-None-Match", "*");
    cr_expect(eq(int, r.status, 304));
    same(field(&r, "Cache-Control"), "max-age=60");
}

WEFT_TEST(file, answers_several_ranges, .init = set_up, .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_reply r = ask(t, "GET", "Range", "bytes=18-, 0-1, 30-40");
    const char *type = field(&r, "Content-Type");
    const char *boundary = strstr(type, "boundary=");
    char want[1000];
    char length[20];

    cr_expect(eq(int, r.status, 206));
    cr_assert(zero(int, strncmp(type, "multipart/byteranges; boundary=", 31)));
    boundary += 9;
    snprintf(want, sizeof(want),
             "--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Range: bytes 18-19/20\r\n\r\nij\r\n"
             "--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Range: bytes 0-1/20\r\n\r\n01\r\n--%s--\r\n",
             boundary, boundary, boundary);
    same(r.body, want);
    snprintf(length, sizeof(length), "%zu", strlen(want));
    same(field(&r, "Content-Length"), length);
    same(field(&r, "Content-Range"), "(none)");
}

WEFT_TEST(file, refuses_or_ignores_other_ranges, .init = set_up, .fini = tear_down)
{
    static const char *const unsatisfiable[] = { "bytes=20-", "bytes=30-40,50-", "bytes=-0" };
    static const char *const ignored[] = { "bytes=5-4", "bytes=a-b", "lines=1-2", "bytes=" };
    weft_test *t = open_test();

    for (size_t i = 0; i < 3; i++) {
        weft_test_reply r = ask(t, "GET", "Range", unsatisfiable[i]);

        cr_expect(eq(int, r.status, 416), "%s", unsatisfiable[i]);
        same(field(&r, "Content-Range"), "bytes */20");
        same(field(&r, "Content-Type"), "application/problem+json");
    }
    for (size_t i = 0; i < 4; i++) {
        weft_test_reply r = ask(t, "GET", "Range", ignored[i]);

        cr_expect(eq(int, r.status, 200), "%s", ignored[i]);
        same(r.body, content);
    }
    cr_expect(eq(int, ask(t, "HEAD", "Range", "bytes=0-0").status, 200));
    cr_expect(eq(int, ask(t, "POST", "Range", "bytes=0-0").status, 200));
}

WEFT_TEST(file, sends_a_range_only_of_the_file_that_is_meant, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *if_range;
        int status;
    } cases[] = {
        { "\"14-2ebc98a1.5\"", 206 },
        { "W/\"14-2ebc98a1.5\"", 200 },
        { "\"x\"", 200 },
        { "14-2ebc98a1.5", 200 },
        { DATE, 206 },
        { "Sun, 06 Nov 1994 08:49:38 GMT", 200 },
        { "Sun, 06 Nov 1994 08:49:36 GMT", 200 },
        { "*", 200 },
    };
    weft_test *t = open_test();

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_header headers[] = { { "Range", "bytes=0-0" },
                                       { "If-Range", cases[i].if_range },
                                       { 0 } };
        weft_test_reply r = weft_test_get(t, "/", .headers = headers);

        cr_expect(eq(int, r.status, cases[i].status), "%s", cases[i].if_range);
    }
}

WEFT_TEST(file, that_has_just_changed_has_a_weak_tag, .init = set_up, .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_reply r;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    set_time(path, now.tv_sec + 3600); /* a clock that is wrong */
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(chr, *field(&r, "ETag"), '"'));
    same(field(&r, "Last-Modified"), field(&r, "Date"));
    utimensat(AT_FDCWD, path, NULL, 0);
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(chr, *field(&r, "ETag"), 'W'));
}

/* As archives and wrong clocks leave them; more nanoseconds away than 64 bits hold. */
WEFT_TEST(file, of_any_time, .init = set_up, .fini = tear_down)
{
    static const time_t times[] = { 13569465600,  15032385535, -2147483648,
                                    -62135596800, INT64_MAX,   INT64_MIN };
    weft_test *t = open_test();

    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        weft_test_reply r;

        set_time(path, times[i]); /* the file system makes of it what it can */
        r = ask(t, "GET", NULL, NULL);
        cr_expect(eq(int, r.status, 200));
        same(r.body, content);
        r = ask(t, "GET", "If-None-Match", field(&r, "ETag"));
        cr_expect(eq(int, r.status, 304));
        r = ask(t, "GET", "If-Modified-Since", DATE);
        cr_expect(eq(int, r.status, times[i] < LAST_MODIFIED ? 304 : 200));
    }
}

WEFT_TEST(file, that_is_empty, .init = set_up, .fini = tear_down)
{
    weft_test *t = open_test();
    weft_test_reply r;

    write_file(path, "", 0);
    r = ask(t, "GET", NULL, NULL);
    cr_expect(eq(int, r.status, 200));
    same(field(&r, "Content-Length"), "0");
    cr_expect(eq(int, ask(t, "GET", "Range", "bytes=0-").status, 416));
    cr_expect(eq(int, ask(t, "GET", "Range", "bytes=-5").status, 200));
}

WEFT_TEST(file, that_is_none, .init = set_up, .fini = tear_down)
{
    static const char *const cases[] = { "/nowhere", "/proc/self/fd/nothing", "/tmp", "/",
                                         "/etc/passwd/x" };
    weft_test_header any[] = { { "If-None-Match", "*" }, { "If-Match", "\"x\"" }, { 0 } };
    weft_test *t = open_test();
    char fifo[128];
    char target[200];
    weft_test_reply r;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        snprintf(target, sizeof(target), "/path?path=%s", cases[i]);
        cr_expect(eq(int, weft_test_get(t, target).status, 404), "%s", cases[i]);
    }
    /* RFC 9110, 13.2.1: conditions are for what would be a 2xx. */
    r = weft_test_get(t, "/path?path=/nowhere", .headers = any);
    cr_expect(eq(int, r.status, 404));
    snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
    cr_assert(zero(int, mkfifo(fifo, 0600)));
    snprintf(target, sizeof(target), "/path?path=%s", fifo);
    cr_expect(eq(int, weft_test_get(t, target).status, 404));
    unlink(fifo);
    r = weft_test_get(t, "/path");
    cr_expect(eq(int, r.status, 500));
}

/* --- What middleware does to files */

static int upper(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    char loud[64];
    const char *quiet = data;

    (void)arg;
    for (size_t i = 0; i < length; i++)
        loud[i] = quiet[i] >= 'a' && quiet[i] <= 'z' ? (char)(quiet[i] - 32) : quiet[i];
    return weft_sink_pass(sink, loud, length, end);
}

static void on_head(weft_response *res, void *arg)
{
    (void)arg;
    weft_set_header(res, "X-Hook", weft_printf(weft_request_of(res), "%d", weft_status(res)));
    if (weft_status(res) != 304) /* which is no file any more */
        cr_expect(eq(int, weft_response_set_body(res, "late", 4), WEFT_EMISUSE));
}

static weft_response *hooked(weft_request *req)
{
    (void)!weft_on_head(req, on_head, NULL);
    return sends(req);
}

static weft_response *filtered(weft_request *req)
{
    (void)!weft_filter(req, upper, NULL);
    return sends(req);
}

static weft_response *replaced(weft_request *req)
{
    weft_response *res = sends(req);
    size_t length = 1;

    cr_expect(eq(ptr, (void *)weft_response_body(res, &length), NULL));
    cr_expect(zero(sz, length));
    cr_expect(eq(int, weft_write(res, "a", 1), WEFT_EMISUSE));
    cr_expect(zero(int, weft_response_set_body(res, "other", 5)));
    return res;
}

WEFT_TEST(file, passes_hooks_and_filters, .init = set_up, .fini = tear_down)
{
    weft_app *app = weft_app_new("hooks");
    weft_test_header range[] = { { "Range", "bytes=0-0" }, { 0 } };
    weft_test_header known[] = { { "If-None-Match", "*" }, { 0 } };
    weft_test *t;
    weft_test_reply r;

    weft_get(app, "/hooked", hooked);
    weft_get(app, "/filtered", filtered);
    weft_get(app, "/replaced", replaced);
    t = weft_test_new(app);
    r = weft_test_get(t, "/hooked");
    same(field(&r, "X-Hook"), "200");
    same(r.body, content);
    r = weft_test_send(t, "HEAD", "/hooked", NULL);
    same(field(&r, "X-Hook"), "200");
    r = weft_test_get(t, "/hooked", .headers = range);
    same(field(&r, "X-Hook"), "206");
    r = weft_test_get(t, "/hooked", .headers = known);
    same(field(&r, "X-Hook"), "304");
    r = weft_test_get(t, "/filtered");
    same(r.body, "0123456789ABCDEFGHIJ");
    same(field(&r, "Transfer-Encoding"), "chunked");
    r = weft_test_get(t, "/filtered", .headers = range);
    same(r.body, "0");
    r = weft_test_send(t, "HEAD", "/filtered", NULL);
    cr_expect(eq(int, r.status, 200));
    r = weft_test_get(t, "/filtered", .headers = known);
    cr_expect(eq(int, r.status, 304));
    r = weft_test_get(t, "/replaced");
    same(r.body, "other");
    same(field(&r, "Content-Length"), "5");
}

WEFT_TEST(file, media_types_are_guessed)
{
    same(weft_media_type_of("a.png"), "image/png");
    same(weft_media_type_of(NULL), "application/octet-stream");
}
