/* Conditional requests (RFC 9110, 13). */
#include <weft.h>
#include <weft/test_criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What is there is told by the query: etag, and the time it was changed. */
static weft_response *answers(weft_request *req)
{
    int64_t changed;
    int rc = weft_query_int(req, "changed", WEFT_NO_TIME, &changed);
    int status = weft_check_preconditions(req, weft_query(req, "etag"), changed);

    return weft_empty(req, rc < 0 ? 500 : status == 0 ? 204 : status);
}

static const char *etag_text(weft_request *req, const weft_etag *etag)
{
    return weft_printf(req, "%s%s[%s]", etag->any ? "any" : "", etag->weak ? "~" : "",
                       etag->tag);
}

static weft_response *tells(weft_request *req)
{
    const char *text = "";
    weft_etag etag;
    int64_t seconds = 0;

    for (size_t at = 0; weft_if_match_next(req, &at, &etag);)
        text = weft_printf(req, "%s%s", text, etag_text(req, &etag));
    text = weft_printf(req, "%s;", text);
    for (size_t at = 0; weft_if_none_match_next(req, &at, &etag);)
        text = weft_printf(req, "%s%s", text, etag_text(req, &etag));
    if (weft_if_modified_since(req, &seconds))
        text = weft_printf(req, "%s;since %" PRId64, text, seconds);
    if (weft_if_unmodified_since(req, &seconds))
        text = weft_printf(req, "%s;not since %" PRId64, text, seconds);
    switch (weft_if_range(req, &etag, &seconds)) {
    case WEFT_IF_RANGE_ETAG:
        text = weft_printf(req, "%s;range %s", text, etag_text(req, &etag));
        break;
    case WEFT_IF_RANGE_DATE:
        text = weft_printf(req, "%s;range %" PRId64, text, seconds);
        break;
    default:
        break;
    }
    return weft_text(req, 200, text);
}

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";

/* As the doc comment of weft_check_range() has it. */
static weft_response *sends_ranges(weft_request *req)
{
    const size_t length = sizeof(alphabet) - 1;
    weft_response *res;
    weft_range range;
    int status = weft_check_range(req, "\"a\"", 784111777, length, &range);

    if (status == 416)
        res = weft_problem(req, 416, "there are %zu bytes", length);
    else if (status == 206)
        res = weft_bytes(req, 206, NULL, alphabet + range.first,
                         (size_t)(range.last - range.first + 1));
    else
        res = weft_bytes(req, 200, NULL, alphabet, length);
    if (status != 0)
        weft_set_header(res, "Content-Range",
                        weft_content_range(req, status == 206 ? &range : NULL, length));
    return res;
}

static weft_response *reads_dates(weft_request *req)
{
    int64_t seconds = -1;
    int rc = weft_http_date_parse(weft_query(req, "date"), &seconds);

    if (rc < 0)
        return weft_text(req, 400, weft_printf(req, "%d %" PRId64, rc == WEFT_EPROTO, seconds));
    return weft_text(req, 200,
                     weft_printf(req, "%" PRId64 " %s", seconds, weft_http_date(req, seconds)));
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("conditions");

    weft_route(made, "GET,PUT", "/ranges", &(weft_route_options){ .handler = sends_ranges });
    weft_get(made, "/dates", reads_dates);

    weft_route(made, "GET,PUT,OPTIONS", "/", &(weft_route_options){ .handler = answers });
    weft_get(made, "/values", tells);
    return made;
}

/* 1994-11-06 08:49:37, a second before and after it. */
#define AT     "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER  "Sunday, 06-Nov-94 08:49:38 GMT"

struct condition {
    const char *method;
    const char *target;
    weft_test_header fields[3]; /* ends with a zero entry */
    int status;
};

/* With an entity-tag, with a weak one, with a date, with all, and where nothing is. */
#define TAG  "/?etag=%22a%22"
#define WEAK "/?etag=W/%22a%22"
#define TIME "/?etag=&changed=784111777"
#define BOTH "/?etag=%22a%22&changed=784111777"
#define NONE "/"

static const struct condition conditions[] = {
    { "GET", BOTH, { { 0 } }, 204 },
    /* If-Match compares strongly. */
    { "PUT", TAG, { { "If-Match", "\"a\"" } }, 204 },
    { "PUT", TAG, { { "If-Match", "\"b\", \"a\"" } }, 204 },
    { "PUT", TAG, { { "If-Match", "\"b\"" }, { "If-Match", "\"a\"" } }, 204 },
    { "PUT", TAG, { { "If-Match", "\"b\"" } }, 412 },
    { "GET", TAG, { { "If-Match", "\"b\"" } }, 412 },
    { "PUT", TAG, { { "If-Match", "W/\"a\"" } }, 412 },
    { "PUT", WEAK, { { "If-Match", "W/\"a\"" } }, 412 },
    { "PUT", TAG, { { "If-Match", "a" } }, 412 },
    { "PUT", TAG, { { "If-Match", "" } }, 412 },
    { "PUT", TAG, { { "If-Match", "*" } }, 204 },
    { "PUT", TIME, { { "If-Match", "*" } }, 204 },
    { "PUT", NONE, { { "If-Match", "*" } }, 412 },
    { "PUT", NONE, { { "If-Match", "\"a\"" } }, 412 },
    /* If-Unmodified-Since, which counts only without If-Match. */
    { "PUT", TIME, { { "If-Unmodified-Since", AT } }, 204 },
    { "PUT", TIME, { { "If-Unmodified-Since", AFTER } }, 204 },
    { "PUT", TIME, { { "If-Unmodified-Since", BEFORE } }, 412 },
    { "GET", TIME, { { "If-Unmodified-Since", BEFORE } }, 412 },
    { "PUT", TAG, { { "If-Unmodified-Since", BEFORE } }, 204 },
    { "PUT", TIME, { { "If-Unmodified-Since", "yesterday" } }, 204 },
    { "PUT",
      TIME,
      { { "If-Unmodified-Since", BEFORE }, { "If-Unmodified-Since", BEFORE } },
      204 },
    { "PUT", BOTH, { { "If-Match", "\"a\"" }, { "If-Unmodified-Since", BEFORE } }, 204 },
    { "PUT", BOTH, { { "If-Match", "\"b\"" }, { "If-Unmodified-Since", AFTER } }, 412 },
    /* If-None-Match compares weakly. */
    { "GET", TAG, { { "If-None-Match", "\"a\"" } }, 304 },
    { "HEAD", TAG, { { "If-None-Match", "\"a\"" } }, 304 },
    { "GET", TAG, { { "If-None-Match", "W/\"a\"" } }, 304 },
    { "GET", WEAK, { { "If-None-Match", "\"a\"" } }, 304 },
    { "GET", TAG, { { "If-None-Match", "\"b\",,\"a\"" } }, 304 },
    { "GET", TAG, { { "If-None-Match", "\"b\"" } }, 204 },
    { "GET", TAG, { { "If-None-Match", "a" } }, 204 },
    { "GET", TAG, { { "If-None-Match", "*" } }, 304 },
    { "PUT", TAG, { { "If-None-Match", "\"a\"" } }, 412 },
    { "PUT", TAG, { { "If-None-Match", "*" } }, 412 },
    { "PUT", TIME, { { "If-None-Match", "*" } }, 412 },
    { "PUT", NONE, { { "If-None-Match", "*" } }, 204 },
    /* If-Modified-Since, which counts only without If-None-Match, and for reading. */
    { "GET", TIME, { { "If-Modified-Since", AT } }, 304 },
    { "HEAD", TIME, { { "If-Modified-Since", AFTER } }, 304 },
    { "GET", TIME, { { "If-Modified-Since", BEFORE } }, 204 },
    { "PUT", TIME, { { "If-Modified-Since", AT } }, 204 },
    { "GET", TAG, { { "If-Modified-Since", AT } }, 204 },
    { "GET", TIME, { { "If-Modified-Since", "0" } }, 204 },
    { "GET", TIME, { { "If-Modified-Since", AT }, { "If-Modified-Since", AT } }, 204 },
    { "GET", BOTH, { { "If-None-Match", "\"b\"" }, { "If-Modified-Since", AT } }, 204 },
    { "GET", BOTH, { { "If-None-Match", "\"a\"" }, { "If-Modified-Since", BEFORE } }, 304 },
    /* If-Match holds, and then the second pair is looked at. */
    { "GET", TAG, { { "If-Match", "\"a\"" }, { "If-None-Match", "\"a\"" } }, 304 },
    { "GET", TAG, { { "If-Match", "\"b\"" }, { "If-None-Match", "\"b\"" } }, 412 },
    { "GET", BOTH, { { "If-Unmodified-Since", AT }, { "If-None-Match", "\"a\"" } }, 304 },
    /* Methods that concern no representation. */
    { "OPTIONS", TAG, { { "If-Match", "\"b\"" } }, 204 },
};

WEFT_TEST(conditional, preconditions_have_an_order)
{
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        const struct condition *c = &conditions[i];
        weft_test_reply r = weft_test_send(t, c->method, c->target,
                                           &(weft_test_request){ .headers = c->fields });

        cr_expect(eq(int, r.status, c->status), "%s %s %s: %s", c->method, c->target,
                  c->fields[0].name, c->fields[0].value);
    }
}

WEFT_TEST(conditional, an_etag_of_the_program_wants_quotes)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(
        t, "/?etag=a", .headers = (weft_test_header[]){ { "If-None-Match", "\"a\"" }, { 0 } });

    cr_expect(eq(int, r.status, 204)); /* and a line in the log */
}

WEFT_TEST(conditional, fields_are_values)
{
    static const struct {
        weft_test_header fields[3];
        const char *text;
    } cases[] = {
        { { { 0 } }, ";" },
        { { { "If-Match", "*" } }, "any[*];" },
        { { { "If-Match", "\"a\", W/\"b\"" } }, "[a]~[b];" },
        { { { "If-Match", "\"a\"" }, { "If-Match", ",\"b\",," } }, "[a][b];" },
        { { { "If-Match", "" }, { "If-Match", "\"b\"" } }, "[b];" },
        { { { "If-Match", "*" }, { "If-Match", "\"b\"" } }, "[b];" },
        { { { "If-None-Match", "a, \"b,c\" , *" } }, ";[b,c]" },
        { { { "If-None-Match", " * " } }, ";any[*]" },
        { { { "If-Modified-Since", AT }, { "If-Unmodified-Since", BEFORE } },
          ";;since 784111777;not since 784111776" },
        { { { "If-Modified-Since", "never" }, { "If-Unmodified-Since", "" } }, ";" },
        { { { "If-Range", "\"a\"" } }, ";;range [a]" },
        { { { "If-Range", "W/\"a\"" } }, ";;range ~[a]" },
        { { { "If-Range", AT } }, ";;range 784111777" },
        { { { "If-Range", "a" } }, ";" },
        { { { "If-Range", AT }, { "If-Range", AT } }, ";" },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = weft_test_get(t, "/values", .headers = cases[i].fields);

        cr_expect(eq(str, (char *)r.body, (char *)cases[i].text));
    }
}

WEFT_TEST(conditional, a_range_is_chosen)
{
    static const struct {
        const char *method;
        weft_test_header fields[3];
        int status;
        const char *content_range; /* NULL: none */
        const char *body;          /* NULL: whatever it is */
    } cases[] = {
        { "GET", { { 0 } }, 200, NULL, alphabet },
        { "GET", { { "Range", "bytes=0-0" } }, 206, "bytes 0-0/26", "a" },
        { "GET", { { "Range", "bytes=24-" } }, 206, "bytes 24-25/26", "yz" },
        { "GET", { { "Range", "bytes=25-99" } }, 206, "bytes 25-25/26", "z" },
        { "GET", { { "Range", "bytes=-1" } }, 206, "bytes 25-25/26", "z" },
        { "GET", { { "Range", "bytes=-26" } }, 206, "bytes 0-25/26", alphabet },
        { "GET", { { "Range", "bytes=26-" } }, 416, "bytes */26", NULL },
        { "GET", { { "Range", "bytes=-0" } }, 416, "bytes */26", NULL },
        { "GET", { { "Range", "bytes=0-1,2-3" } }, 206, "bytes 0-3/26", "abcd" },
        { "GET", { { "Range", "bytes=0-1,30-31" } }, 206, "bytes 0-1/26", "ab" },
        { "GET", { { "Range", "bytes=0-1,3-4" } }, 200, NULL, alphabet },
        { "GET", { { "Range", "bytes=1-0" } }, 200, NULL, alphabet },
        { "GET", { { "Range", "lines=0-0" } }, 200, NULL, alphabet },
        { "GET", { { "Range", "bytes=0-0" }, { "Range", "bytes=0-0" } }, 200, NULL, alphabet },
        { "GET",
          { { "Range", "bytes=0-0" }, { "If-Range", "\"a\"" } },
          206,
          "bytes 0-0/26",
          "a" },
        { "GET", { { "Range", "bytes=0-0" }, { "If-Range", "W/\"a\"" } }, 200, NULL, alphabet },
        { "GET", { { "Range", "bytes=99-" }, { "If-Range", "\"b\"" } }, 200, NULL, alphabet },
        { "GET", { { "Range", "bytes=0-0" }, { "If-Range", AT } }, 206, "bytes 0-0/26", "a" },
        { "GET", { { "Range", "bytes=0-0" }, { "If-Range", AFTER } }, 200, NULL, alphabet },
        { "HEAD", { { "Range", "bytes=0-0" } }, 200, NULL, "" },
        { "PUT", { { "Range", "bytes=0-0" } }, 200, NULL, alphabet },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = weft_test_send(t, cases[i].method, "/ranges",
                                           &(weft_test_request){ .headers = cases[i].fields });
        const char *content_range = weft_test_header_of(&r, "Content-Range");

        cr_expect(eq(int, r.status, cases[i].status), "%zu", i);
        if (cases[i].body != NULL)
            cr_expect(eq(str, (char *)r.body, (char *)cases[i].body), "%zu", i);
        cr_expect(eq(str, (char *)(content_range != NULL ? content_range : "-"),
                     (char *)(cases[i].content_range != NULL ? cases[i].content_range : "-")),
                  "%zu", i);
    }
}

WEFT_TEST(conditional, dates_are_read_and_written)
{
    static const struct {
        const char *query;
        const char *text;
    } cases[] = {
        { "?date=Sun,%2006%20Nov%201994%2008:49:37%20GMT", "784111777 " AT },
        { "?date=Sunday,%2006-Nov-94%2008:49:37%20GMT", "784111777 " AT },
        { "?date=Sun%20Nov%20%206%2008:49:37%201994", "784111777 " AT },
        { "?date=Thu,%2001%20Jan%201970%2000:00:00%20GMT", "0 Thu, 01 Jan 1970 00:00:00 GMT" },
        { "?date=1994-11-06", "1 -1" },
        { "?date=", "1 -1" },
        { "", "1 -1" },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char target[100];

        snprintf(target, sizeof(target), "/dates%s", cases[i].query);
        cr_expect(eq(str, (char *)weft_test_get(t, target).body, (char *)cases[i].text), "%s",
                  cases[i].query);
    }
}
