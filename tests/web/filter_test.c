/* What filters do to lengths, what they may take, and what comes behind their end. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CEILING = 1000000, PIECE = 999, FILE_PIECE = 32 * 1024 };

static struct {
    int passed; /* what weft_sink_pass() came to, the last time */
    int written;
    int lines;
} seen;

static void count_lines(weft_log_level level, const char *line, void *arg)
{
    (void)line;
    (void)arg;
    seen.lines += level == WEFT_LOG_ERROR;
}

/* --- Filters ----------------------------------------------------------------------------- */

static int same(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    (void)arg;
    return weft_sink_pass(sink, data, length, end);
}

static int longer(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    int rc = weft_sink_pass(sink, data, length, false);

    (void)arg;
    return rc == 0 && end ? weft_sink_pass(sink, "<end>", 5, true) : rc;
}

static int shorter(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    (void)arg;
    return weft_sink_pass(sink, data, length > 2 ? 2 : length, end);
}

static int none(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    (void)data;
    (void)length;
    (void)arg;
    return end ? weft_sink_pass(sink, NULL, 0, true) : 0;
}

/* Twice what comes, in the form of a count, which is no failure. */
static int counts(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    int rc = weft_sink_pass(sink, data, length, false);

    (void)arg;
    if (rc == 0)
        rc = weft_sink_pass(sink, data, length, end);
    return rc < 0 ? rc : 2;
}

static int goes_on(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    int rc = weft_sink_pass(sink, data, length, end);

    (void)arg;
    if (end) {
        seen.passed = weft_sink_pass(sink, "more", 4, true);
        cr_expect(zero(int, weft_sink_pass(sink, "", 0, true)), "the end again is no harm");
    }
    return rc;
}

/* As `goes_on`, but what it is told it tells on. */
static int fails_behind(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    int rc = weft_sink_pass(sink, data, length, end);

    (void)arg;
    return rc == 0 && end ? weft_sink_pass(sink, "more", 4, true) : rc;
}

/* Ends with the first piece, and swallows the rest. */
static int first_only(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    bool *ended = arg;

    (void)end;
    if (*ended)
        return 0;
    *ended = true;
    return weft_sink_pass(sink, data, length, true);
}

/* As many bytes as the path says. */
static int inflates(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    static const char piece[PIECE];
    size_t left = strtoul(arg, NULL, 10);
    int rc = 0;

    (void)data;
    (void)length;
    if (!end)
        return 0;
    while (rc == 0 && left > 0) {
        size_t part = left < PIECE ? left : PIECE;

        rc = weft_sink_pass(sink, piece, part, false);
        left -= part;
    }
    seen.passed = rc;
    return rc < 0 ? rc : weft_sink_pass(sink, NULL, 0, true);
}

/* --- Handlers ---------------------------------------------------------------------------- */

static weft_response *text(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

static weft_response *declared(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = weft_set_header(res, "Content-Length", "5");

    if (rc == 0)
        rc = weft_add_trailer(res, "X-Digest", "a");
    if (rc == 0)
        rc = weft_write(res, "hel", 3);
    if (rc >= 0)
        rc = weft_write(res, "lo", 2);
    seen.written = rc;
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *not_modified(weft_request *req)
{
    weft_response *res = weft_stream(req, 304, "text/plain");

    weft_set_header(res, "Content-Length", "5");
    return res;
}

static weft_response *file(weft_request *req)
{
    return weft_send_file(req, "/proc/self/exe", &(weft_file_options){ .media_type = "a/b" });
}

static weft_response *closes(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "hello");

    cr_expect(zero(int, weft_close_connection(res)));
    return res;
}

static weft_response *filtered(weft_request *req, weft_next *next, void *state)
{
    static const struct {
        const char *name;
        weft_filter_fn fn;
    } filters[] = {
        { "same", same },          { "longer", longer },    { "shorter", shorter },
        { "none", none },          { "counts", counts },    { "goes-on", goes_on },
        { "fails", fails_behind }, { "first", first_only }, { "inflates", inflates },
    };
    const char *name = weft_query(req, "by");
    const char *size = weft_query(req, "size");
    static bool ended;
    void *arg = size == NULL ? (void *)&ended : weft_strdup(req, size);

    (void)state;
    ended = false;
    for (size_t i = 0; name != NULL && i < sizeof(filters) / sizeof(filters[0]); i++)
        if (strcmp(name, filters[i].name) == 0 && weft_filter(req, filters[i].fn, arg) < 0)
            return weft_error(req, UV_ENOMEM);
    return weft_proceed(req, next);
}

static weft_test *start(size_t ceiling)
{
    weft_app *app = weft_app_new("filters");

    memset(&seen, 0, sizeof(seen));
    weft_log_set_sink(count_lines, NULL);
    weft_use(app, filtered, NULL);
    weft_get(app, "/text", text);
    weft_get(app, "/declared", declared);
    weft_get(app, "/304", not_modified);
    weft_get(app, "/file", file);
    weft_get(app, "/closes", closes);
    return weft_test_new_with(app, &(weft_serve_options){ .max_connection_memory = ceiling });
}

static void quiet(void)
{
    weft_log_set_sink(NULL, NULL);
}

/* --- Lengths ----------------------------------------------------------------------------- */

WEFT_TEST(filter_length, that_a_stream_declares_is_left_out, .fini = quiet)
{
    static const struct {
        const char *target;
        const char *body;
    } cases[] = {
        { "/declared?by=same", "hello" },
        { "/declared?by=longer", "hello<end>" },
        { "/declared?by=shorter", "helo" },
        { "/declared?by=none", "" },
        { "/declared?by=counts", "helhello"
                                 "lo" },
        { "/declared?by=first", "hel" },
    };
    weft_test *t = start(0);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_get(t, cases[i].target);

        cr_expect(eq(int, r.status, 200), "%s", cases[i].target);
        cr_expect(eq(str, (char *)r.body, (char *)cases[i].body), "%s", cases[i].target);
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Length"), NULL));
        cr_expect(
            eq(str, (char *)weft_test_header_of(&r, "Transfer-Encoding"), (char *)"chunked"));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Trailer"), (char *)"X-Digest"));
        cr_expect(not(r.closed));
        r = weft_test_send(t, "HEAD", cases[i].target, NULL);
        cr_expect(eq(int, r.status, 200));
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Length"), NULL));
        cr_expect(not(r.closed));
    }
    cr_expect(zero(int, seen.lines));
}

WEFT_TEST(filter_length, of_a_stream_stays_without_filters, .fini = quiet)
{
    weft_test *t = start(0);
    weft_test_reply r = weft_test_get(t, "/declared");

    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"5"));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Trailer"), NULL), "none is sent");
    r = weft_test_send(t, "HEAD", "/declared", NULL);
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"5"));
}

WEFT_TEST(filter_length, is_the_connection_for_old_clients, .fini = quiet)
{
    static const char ask[] =
        "GET /declared?by=longer HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    weft_test_reply r = weft_test_raw(start(0), ask, sizeof(ask) - 1, 0);

    cr_expect(eq(str, (char *)r.body, (char *)"hello<end>"));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Length"), NULL));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Transfer-Encoding"), NULL));
    cr_expect(r.closed);
}

WEFT_TEST(filter_length, is_none_of_304, .fini = quiet)
{
    weft_test *t = start(0);
    weft_test_reply r = weft_test_get(t, "/304?by=longer");

    cr_expect(eq(int, r.status, 304));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Length"), NULL));
    cr_expect(eq(sz, r.body_length, 0));
    cr_expect(not(r.closed));
}

WEFT_TEST(filter_length, of_a_whole_body_is_right, .fini = quiet)
{
    static const struct {
        const char *target;
        const char *body;
        const char *length;
    } cases[] = {
        { "/text?by=same", "hello", "5" },         { "/text?by=longer", "hello<end>", "10" },
        { "/text?by=shorter", "he", "2" },         { "/text?by=none", "", "0" },
        { "/text?by=counts", "hellohello", "10" }, { "/text?by=first", "hello", "5" },
    };
    weft_test *t = start(0);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_get(t, cases[i].target);

        cr_expect(eq(str, (char *)r.body, (char *)cases[i].body), "%s", cases[i].target);
        r = weft_test_send(t, "HEAD", cases[i].target, NULL);
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"),
                     (char *)cases[i].length));
    }
}

/* --- The end ----------------------------------------------------------------------------- */

WEFT_TEST(filter_end, has_nothing_behind_it, .fini = quiet)
{
    static const char *const targets[] = { "/text?by=goes-on", "/declared?by=goes-on" };
    weft_test *t = start(0);

    for (size_t i = 0; i < 2; i++) {
        weft_test_reply r = weft_test_get(t, targets[i]);

        cr_expect(eq(str, (char *)r.body, (char *)"hello"));
        cr_expect(eq(int, seen.passed, WEFT_EMISUSE));
        cr_expect(eq(int, seen.lines, (int)i + 1));
    }
    cr_expect(eq(int, weft_test_get(t, "/text?by=fails").status, 500));
    cr_expect(zero(int, weft_test_get(t, "/declared?by=fails").status), "cut off");
}

/* What the response said of the connection is said by what stands in for it, too. */
WEFT_TEST(filter_end, that_fails_closes_as_was_wanted, .fini = quiet)
{
    weft_test *t = start(0);
    weft_test_reply r = weft_test_get(t, "/closes?by=fails");

    cr_expect(eq(int, r.status, 500));
    cr_expect(r.closed);
    r = weft_test_get(t, "/text?by=fails");
    cr_expect(eq(int, r.status, 500));
    cr_expect(not(r.closed));
}

/* --- Memory ------------------------------------------------------------------------------ */

static void expect_size(weft_test *t, const char *path, size_t size, int status)
{
    char target[100];
    weft_test_reply r;
    const char *retry;

    snprintf(target, sizeof(target), "%s?by=inflates&size=%zu", path, size);
    r = weft_test_get(t, target);
    retry = weft_test_header_of(&r, "Retry-After");
    cr_expect(eq(int, r.status, status), "%s", target);
    cr_expect(eq(int, retry != NULL, status == 503), "%s", target);
    cr_expect(eq(int, r.body_length == size, status == 200), "%s", target);
    cr_expect(not(r.closed));
    cr_expect(eq(int, seen.passed, status == 503 ? UV_ENOMEM : 0));
    r = weft_test_send(t, "HEAD", target, NULL);
    cr_expect(eq(int, r.status, strcmp(path, "/text") == 0 ? status : 200), "%s", target);
}

WEFT_TEST(filter_memory, has_the_ceiling_of_a_request, .fini = quiet)
{
    static const size_t sizes[] = { 100, CEILING / 2 + 1, CEILING - 1, CEILING };
    weft_test *t = start(CEILING);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        expect_size(t, "/text", sizes[i], 200);
        expect_size(t, "/text", CEILING + 1, 503); /* and the next one has all of it again */
        expect_size(t, "/text", (size_t)100 << 20, 503);
    }
    expect_size(t, "/declared", (size_t)8 << 20, 200); /* a stream is not kept */
}

WEFT_TEST(filter_memory, of_a_file_is_taken_before_its_head_leaves, .fini = quiet)
{
    weft_test *t = start(FILE_PIECE);
    weft_test_reply r = weft_test_get(t, "/file?by=shorter");

    cr_expect(eq(int, r.status, 200));
    cr_expect(gt(sz, r.body_length, 2));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Content-Length"), NULL));
    t = start(FILE_PIECE - 1);
    r = weft_test_get(t, "/file?by=shorter");
    cr_expect(eq(int, r.status, 503));
    cr_expect(ne(ptr, (void *)weft_test_header_of(&r, "Retry-After"), NULL));
    cr_expect(not(r.closed));
    r = weft_test_send(t, "HEAD", "/file?by=shorter", NULL);
    cr_expect(eq(int, r.status, 200), "nothing is read for it");
}
