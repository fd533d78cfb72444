/* Problems, failures, codes, and handlers of errors. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdlib.h>
#include <string.h>

static struct {
    int errors;
    char last[500];
} logged;

static void keep(weft_log_level level, const char *line, void *arg)
{
    (void)arg;
    if (level == WEFT_LOG_ERROR)
        logged.errors++;
    snprintf(logged.last, sizeof(logged.last), "%s", line);
}

static void capture(void)
{
    logged.errors = 0;
    logged.last[0] = '\0';
    weft_log_set_sink(keep, NULL);
}

static weft_response *missing(weft_request *req)
{
    return weft_problem(req, 404, "no %s \"%d\"\n\xff", "todo", 7);
}

static weft_response *bare(weft_request *req)
{
    return weft_problem(req, 409, NULL);
}

static int check_deep(weft_request *req)
{
    return weft_fail(req, 401, "who are %s?", "you");
}

static weft_response *fails(weft_request *req)
{
    int rc = check_deep(req);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "");
}

static weft_response *fails_with_null(weft_request *req)
{
    return check_deep(req) < 0 ? NULL : weft_text(req, 200, "");
}

static weft_response *by_code(weft_request *req)
{
    return weft_error(req, atoi(weft_query(req, "code")));
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("errors");

    weft_get(made, "/missing", missing);
    weft_get(made, "/bare", bare);
    weft_get(made, "/fails", fails);
    weft_get(made, "/null", fails_with_null);
    weft_get(made, "/code", by_code);
    return made;
}

WEFT_TEST(problem, is_a_document)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/missing");

    cr_expect(eq(int, r.status, 404));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Type"),
                 (char *)"application/problem+json"));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/type"), (char *)"about:blank"));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/title"), (char *)"Not Found"));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/status"), (char *)"404"));
    cr_expect(
        eq(str, (char *)weft_test_json(&r, "/detail"), (char *)"no todo \"7\"\n\xef\xbf\xbd"));
    r = weft_test_get(t, "/bare");
    cr_expect(eq(int, r.status, 409));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/title"), (char *)"Conflict"));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"), (char *)"(absent)"));
}

WEFT_TEST(problem, travels_up_from_a_function)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/fails");

    cr_expect(eq(int, r.status, 401));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"), (char *)"who are you?"));
    r = weft_test_get(t, "/null");
    cr_expect(eq(int, r.status, 401));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"), (char *)"who are you?"));
}

WEFT_TEST(codes, become_statuses)
{
    static const struct {
        int code;
        int status;
    } cases[] = {
        { WEFT_ELIMIT, 500 }, /* but see limits.of_what_a_client_sends_are_413 */
        { WEFT_EPROTO, 400 },
        { WEFT_EMEDIATYPE, 415 },
        { UV_ETIMEDOUT, 504 },
        { UV_ENOMEM, 503 },
        { UV_EAGAIN, 503 },
        { UV_EBUSY, 503 },
        { UV_EMFILE, 503 },
        { UV_ECONNREFUSED, 500 },
        { UV_ENOENT, 500 },
        { WEFT_EMISUSE, 500 },
        { WEFT_EANSWERED, 500 },
        { WEFT_EGONE, 500 },
        { UV_ECANCELED, 500 },
        { 0, 500 },
        { 7, 500 },
        { -1000000, 500 },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[40];
        weft_test_reply r;

        snprintf(target, sizeof(target), "/code?code=%d", cases[i].code);
        capture();
        r = weft_test_get(t, target);
        cr_expect(eq(int, r.status, cases[i].status), "%d", cases[i].code);
        cr_expect(eq(int, logged.errors, cases[i].status >= 500), "%d", cases[i].code);
        if (cases[i].status >= 500) {
            cr_expect(ne(ptr, strstr(logged.last, weft_err_name(cases[i].code)), NULL), "%s",
                      logged.last);
            cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"), (char *)"(absent)"),
                      "a client is told nothing internal");
        }
    }
    weft_log_set_sink(NULL, NULL);
}

/* --- Limits: whose fault it is */

static weft_response *reads_body(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "ok");
}

static weft_response *parses(weft_request *req)
{
    json_t *tree = NULL;
    const char *text = weft_query(req, "text");
    int rc = weft_json_parse(req, text, strlen(text), &tree);

    json_decref(tree);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "ok");
}

static weft_response *reads_part(weft_request *req)
{
    weft_part part;
    const char *text;
    int rc = weft_next_part(req, &part);

    if (rc > 0)
        rc = weft_part_read_all(req, 3, &text, NULL);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "ok");
}

/* So many fields, each with a value so long. */
static weft_response *adds_fields(weft_request *req)
{
    weft_response *res = weft_empty(req, 204);
    size_t length = (size_t)weft_path_int(req, "length");
    char *value = weft_alloc(req, length + 1);
    int rc = 0;

    memset(value, 'a', length);
    value[length] = '\0';
    for (int64_t i = 0; rc == 0 && i < weft_path_int(req, "count"); i++)
        rc = weft_add_header(res, "X-A", value);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "ok");
}

static weft_response *hints(weft_request *req)
{
    int rc = 0;

    for (int64_t i = 0; rc == 0 && i < weft_path_int(req, "count"); i++)
        rc = weft_early_hints(req, WEFT_LIST("</a>"));
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "ok");
}

static weft_app *limited(void)
{
    weft_app *made = weft_app_new("limits");

    weft_post(made, "/body", reads_body, .max_body_bytes = 3);
    weft_post(made, "/part", reads_part);
    weft_get(made, "/json", parses);
    weft_get(made, "/fields/{count:int}/{length:int}", adds_fields);
    weft_get(made, "/hints/{count:int}", hints);
    return made;
}

static const char long_part[] = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"
                                "1234\r\n--b--\r\n";

WEFT_TEST(limits, of_what_a_client_sends_are_413)
{
    weft_test *t = weft_test_new(limited());
    weft_test_header form[] = { { "Content-Type", "multipart/form-data; boundary=b" }, { 0 } };
    char target[100] = "/json?text=";

    cr_expect(eq(int, weft_test_post(t, "/body", .body = "123", .chunked = true).status, 200));
    cr_expect(eq(int, weft_test_post(t, "/body", .body = "1234", .chunked = true).status, 413));
    cr_expect(
        eq(int, weft_test_post(t, "/part", .headers = form, .body = long_part).status, 413));
    memset(target + 11, '[', 65);
    target[11 + 65] = '\0';
    cr_expect(eq(int, weft_test_get(t, target).status, 413));
}

WEFT_TEST(limits, of_what_a_program_does_are_500)
{
    static const struct {
        const char *target;
        int status;
    } cases[] = {
        { "/fields/1000/1", 200 },    { "/fields/1001/1", 500 }, { "/fields/1/1048576", 200 },
        { "/fields/1/1048577", 500 }, { "/hints/32", 200 },      { "/hints/33", 500 },
    };
    weft_test *t = weft_test_new(limited());

    capture();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_get(t, cases[i].target);

        cr_expect(eq(int, r.status, cases[i].status), "%s", cases[i].target);
        cr_expect(eq(ptr, strstr(r.body, "request"), NULL), "%s", r.body);
    }
    cr_expect(eq(int, logged.errors, 3));
    weft_log_set_sink(NULL, NULL);
}

/* --- Handlers of errors */

static weft_response *as_text(weft_request *req, int status, const char *detail, void *arg)
{
    return weft_text(req, status, weft_printf(req, "%s %d %s", (char *)arg, status, detail));
}

static weft_response *declines(weft_request *req, int status, const char *detail, void *arg)
{
    (void)req;
    (void)status;
    (void)detail;
    (void)arg;
    return NULL;
}

static weft_response *asks_again(weft_request *req, int status, const char *detail, void *arg)
{
    (void)arg;
    return weft_problem(req, status, "again: %s", detail);
}

WEFT_TEST(error_handlers, make_what_clients_get)
{
    static char all[] = "all";
    static char one[] = "one";
    weft_app *made = app();
    weft_app *group = weft_under(made, "/group");
    weft_test *t;
    weft_test_reply r;

    weft_on_error(made, 0, as_text, all);
    weft_on_error(made, 401, as_text, one);
    weft_on_error(made, 409, declines, NULL);
    weft_get(group, "/missing", missing);
    weft_get(group, "/fails", fails);
    weft_on_error(group, 404, asks_again, NULL);
    t = weft_test_new(made);

    r = weft_test_get(t, "/fails");
    cr_expect(eq(str, (char *)r.body, (char *)"one 401 who are you?"));
    r = weft_test_get(t, "/nowhere");
    cr_expect(eq(int, r.status, 404));
    cr_expect(zero(int, strncmp(r.body, "all 404 ", 8)), "the router's own goes there, too");
    r = weft_test_post(t, "/fails", .body = "");
    cr_expect(eq(int, r.status, 405));
    cr_expect(zero(int, strncmp(r.body, "all 405 ", 8)));
    cr_expect(ne(ptr, (void *)weft_test_header_of(&r, "Allow"), NULL));
    r = weft_test_get(t, "/bare");
    cr_expect(eq(str, (char *)weft_test_json(&r, "/title"), (char *)"Conflict"),
              "NULL: the usual document");
    r = weft_test_get(t, "/group/missing");
    cr_expect(zero(int, strncmp(weft_test_json(&r, "/detail"), "again: no todo", 14)),
              "a handler is not called for what it asks itself");
    r = weft_test_get(t, "/group/fails");
    cr_expect(eq(str, (char *)r.body, (char *)"one 401 who are you?"));
}
