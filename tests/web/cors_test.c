/* <weft/middleware/cors.h> as browsers see it. */
#include <weft.h>
#include <weft/middleware/cors.h>
#include <weft/test_criterion.h>

#include <stdlib.h>
#include <string.h>

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

static weft_response *fails(weft_request *req)
{
    return weft_problem(req, 409, "no");
}

static weft_response *streams(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    return weft_write(res, "a", 1) < 0 ? weft_error(req, UV_EIO) : res;
}

/* What cannot be sent as it was asked for, one for each way of making a response. */
static weft_response *wrong(weft_request *req)
{
    switch (weft_path_int(req, "how")) {
    case 0:
        return weft_redirect(req, 302, NULL);
    case 1:
        return weft_redirect(req, 302, "/a\nb");
    case 2:
        return weft_redirect(req, 200, "/");
    case 3:
        return weft_text(req, 200, NULL);
    case 4:
        return weft_bytes(req, 200, NULL, NULL, 5);
    case 5:
        return weft_bytes(req, 200, "text/plain\n", "a", 1);
    default:
        return NULL;
    }
}

static weft_app *app_with(const weft_cors_options *options)
{
    weft_app *app = weft_app_new("cors");

    weft_use_cors(app, options);
    weft_get(app, "/", hello);
    weft_get(app, "/fails", fails);
    weft_get(app, "/wrong/{how:int}", wrong);
    weft_get(app, "/streams", streams);
    weft_put(app, "/", hello);
    return app;
}

static const char *text(const char *value)
{
    return value == NULL ? "(none)" : value;
}

#define cr_header(reply, name, expected) \
    cr_expect(eq(str, (char *)text(weft_test_header_of(&(reply), (name))), (char *)(expected)))

#define HEADERS(...)           \
    (const weft_test_header[]) \
    {                          \
        __VA_ARGS__,           \
        {                      \
            NULL, NULL         \
        }                      \
    }
#define ORIGIN(value) HEADERS({ "Origin", (value) })

WEFT_TEST(cors, lets_listed_origins_see_responses)
{
    weft_test *t = weft_test_new(app_with(&(weft_cors_options){
        .origins = WEFT_LIST("https://one.example", "http://localhost:3000"),
        .expose = WEFT_LIST("X-Total", "X-Page"),
        .credentials = true }));
    weft_test_reply r = weft_test_get(t, "/", .headers = ORIGIN("http://localhost:3000"));

    cr_expect(eq(int, r.status, 200));
    cr_header(r, "Access-Control-Allow-Origin", "http://localhost:3000");
    cr_header(r, "Access-Control-Allow-Credentials", "true");
    cr_header(r, "Access-Control-Expose-Headers", "X-Total, X-Page");
    cr_header(r, "Vary", "Origin");
}

WEFT_TEST(cors, gives_other_origins_nothing)
{
    static const char *const strangers[] = { "https://two.example",
                                             "https://one.example:444",
                                             "https://one.example.evil",
                                             "http://one.example",
                                             "null",
                                             "" };
    weft_test *t = weft_test_new(app_with(&(weft_cors_options){
        .origins = WEFT_LIST("https://one.example"), .credentials = true }));

    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        weft_test_reply r = weft_test_get(t, "/", .headers = ORIGIN(strangers[i]));

        cr_expect(eq(int, r.status, 200));
        cr_header(r, "Access-Control-Allow-Origin", "(none)");
        cr_header(r, "Access-Control-Allow-Credentials", "(none)");
        cr_header(r, "Vary", "Origin");
    }
}

WEFT_TEST(cors, allows_everybody_with_a_star)
{
    weft_test *t = weft_test_new(app_with(&(weft_cors_options){ .origins = WEFT_LIST("*") }));
    weft_test_reply r = weft_test_get(t, "/", .headers = ORIGIN("https://any.example"));

    cr_header(r, "Access-Control-Allow-Origin", "*");
    cr_header(r, "Vary", "(none)");
    r = weft_test_get(t, "/");
    cr_header(r, "Access-Control-Allow-Origin", "(none)");
}

WEFT_TEST(cors, reaches_errors_and_streams)
{
    static const struct {
        const char *target;
        int status;
    } cases[] = { { "/fails", 409 }, { "/nowhere", 404 }, { "/streams", 200 } };
    weft_test *t = weft_test_new(app_with(&(weft_cors_options){ .origins = WEFT_LIST("*") }));

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r =
            weft_test_get(t, cases[i].target, .headers = ORIGIN("https://any.example"));

        cr_expect(eq(int, r.status, cases[i].status));
        cr_header(r, "Access-Control-Allow-Origin", "*");
    }
}

WEFT_TEST(cors, answers_preflights)
{
    weft_test *t = weft_test_new(
        app_with(&(weft_cors_options){ .origins = WEFT_LIST("https://one.example") }));
    const weft_test_request ask = {
        .headers = HEADERS({ "Origin", "https://one.example" },
                           { "Access-Control-Request-Method", "PUT" },
                           { "Access-Control-Request-Headers", "content-type, x-own" })
    };
    weft_test_reply r = weft_test_send(t, "OPTIONS", "/", &ask);

    cr_expect(eq(int, r.status, 204));
    cr_header(r, "Access-Control-Allow-Origin", "https://one.example");
    cr_header(r, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    cr_header(r, "Access-Control-Allow-Headers", "content-type, x-own");
    cr_header(r, "Access-Control-Max-Age", "600");
    cr_header(r, "Vary",
              "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
}

WEFT_TEST(cors, answers_preflights_as_it_was_told)
{
    weft_test *t = weft_test_new(
        app_with(&(weft_cors_options){ .origins = WEFT_LIST("https://one.example"),
                                       .methods = WEFT_LIST("GET", "PUT"),
                                       .headers = WEFT_LIST("Content-Type"),
                                       .max_age_s = 5 }));
    const weft_test_header *ask = HEADERS({ "Origin", "https://one.example" },
                                          { "Access-Control-Request-Method", "DELETE" },
                                          { "Access-Control-Request-Headers", "x-own" });
    weft_test_reply r =
        weft_test_send(t, "OPTIONS", "/", &(weft_test_request){ .headers = ask });

    cr_expect(eq(int, r.status, 204));
    cr_header(r, "Access-Control-Allow-Methods", "GET, PUT");
    cr_header(r, "Access-Control-Allow-Headers", "Content-Type");
    cr_header(r, "Access-Control-Max-Age", "5");
}

WEFT_TEST(cors, refuses_preflights_of_strangers)
{
    weft_test *t = weft_test_new(
        app_with(&(weft_cors_options){ .origins = WEFT_LIST("https://one.example") }));
    const weft_test_header *ask = HEADERS({ "Origin", "https://two.example" },
                                          { "Access-Control-Request-Method", "PUT" });
    weft_test_reply r =
        weft_test_send(t, "OPTIONS", "/", &(weft_test_request){ .headers = ask });

    cr_expect(eq(int, r.status, 403));
    cr_header(r, "Access-Control-Allow-Origin", "(none)");
    cr_header(r, "Access-Control-Allow-Methods", "(none)");
}

WEFT_TEST(cors, leaves_other_options_requests_alone)
{
    weft_test *t = weft_test_new(
        app_with(&(weft_cors_options){ .origins = WEFT_LIST("https://one.example") }));
    weft_test_reply r = weft_test_send(t, "OPTIONS", "/", NULL);

    cr_expect(eq(int, r.status, 200));
    cr_expect(ne(ptr, (void *)weft_test_header_of(&r, "Allow"), NULL));
    cr_header(r, "Access-Control-Allow-Methods", "(none)");
}

WEFT_TEST(cors, refuses_options_that_are_mistakes)
{
    static const char *const wrong[] = {
        "https://one.example/", "one.example",         "https://",
        "https://One.example",  "https://a.example,b", ""
    };
    char *said = NULL;
    size_t length;
    FILE *out;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        weft_app *app = weft_app_new("wrong");
        weft_test_reply r;

        cr_expect(eq(int,
                     weft_use_cors(app, &(weft_cors_options){ .origins = WEFT_LIST(wrong[i]) }),
                     UV_EINVAL),
                  "%s", wrong[i]);
        r = weft_test_get(weft_test_new(app), "/");
        cr_expect(ne(ptr, (void *)strstr(r.error, "is no origin"), NULL));
        weft_test_free_all();
    }
    weft_app *app = weft_app_new("wrong");
    weft_use_cors(app, &(weft_cors_options){ .origins = WEFT_LIST("*"), .credentials = true });
    out = open_memstream(&said, &length);
    cr_expect(eq(int, weft_app_check(app, out), 1));
    fclose(out);
    cr_expect(ne(ptr, (void *)strstr(said, "credentials"), NULL));
    free(said);
    weft_app_free(app);
}

WEFT_TEST(cors, lets_pages_see_that_a_program_went_wrong)
{
    weft_test *t = weft_test_new(
        app_with(&(weft_cors_options){ .origins = WEFT_LIST("https://one.example") }));

    for (int how = 0; how <= 6; how++) {
        char path[20];
        weft_test_reply r;

        snprintf(path, sizeof(path), "/wrong/%d", how);
        r = weft_test_get(t, path, .headers = ORIGIN("https://one.example"));
        cr_expect(eq(int, r.status, 500));
        cr_header(r, "Access-Control-Allow-Origin", "https://one.example");
        cr_header(r, "Content-Type", "application/problem+json");
    }
}
