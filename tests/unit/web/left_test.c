/* A client that has closed its side, and still reads what its request came to. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <string.h>

#include "api/test_client.h"

static int logged; /* the status that an access log would have */

static weft_response *logs(weft_request *req, weft_next *next, void *arg)
{
    weft_response *res = weft_proceed(req, next);

    (void)arg;
    logged = weft_status(res);
    return res;
}

static weft_response *waits(weft_request *req)
{
    return weft_error(req, weft_sleep(60 * 1000));
}

static weft_response *as_stream(weft_request *req, int status, const char *detail, void *arg)
{
    weft_response *res = weft_stream(req, status, "text/plain");

    (void)detail;
    (void)arg;
    return weft_write(res, "left", 4) < 0 ? NULL : res;
}

static weft_test_reply ask_and_leave(weft_app *app)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

    logged = 0;
    weft_use(app, logs, NULL);
    weft_get(app, "/", waits);
    return weft__test_cut(weft_test_new(app), request, sizeof(request) - 1,
                          &(struct weft__test_cut){ .end = true });
}

WEFT_TEST(left, is_told_503_and_logged_as_499)
{
    weft_test_reply r = ask_and_leave(weft_app_new("left"));

    cr_expect(eq(int, logged, 499));
    cr_expect(eq(int, r.status, 503));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Connection"), (char *)"close"));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/status"), (char *)"503"));
    cr_expect(eq(str, (char *)weft_test_json(&r, "/title"), (char *)"Service Unavailable"));
}

WEFT_TEST(left, is_told_so_in_streams_too)
{
    weft_app *app = weft_app_new("left");
    weft_test_reply r;

    weft_on_error(app, 0, as_stream, NULL);
    r = ask_and_leave(app);
    cr_expect(eq(int, logged, 499));
    cr_expect(eq(int, r.status, 503));
    cr_expect(eq(ptr, (void *)strstr(r.raw, "499"), NULL), "%s", r.raw);
}
