/*
 * examples/httpbin while memory runs out, at each allocation in turn: 503, or the whole of the
 * right answer; never a 500, and never another status or body that means something else.
 *
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>
#include <weft/test_criterion.h>

#include "../../../examples/httpbin/app.h"
#include "failalloc.h"

static const weft_test_header fields[] = { { "Cookie", "a=b%20c; d=e" },
                                           { "X-Many", "\xc3\xa9" },
                                           { "X-Latin", "\xe9" },
                                           { "Authorization", "Basic dTpw" },
                                           { 0 } };

static const struct call {
    const char *method;
    const char *target;
    const char *body;
    const char *type;
    int status;
} calls[] = {
    { "GET", "/get?a=b&a=c&d=%C3%A9", NULL, NULL, 200 },
    { "POST", "/post", "{\"a\":[1,true,null]}", "application/json", 200 },
    { "POST", "/post", "\xff\xfe bytes", "application/octet-stream", 200 },
    { "POST", "/anything/x", "a=b&a=c", "application/x-www-form-urlencoded", 200 },
    { "POST", "/post",
      "--b\r\nContent-Disposition: form-data; name=\"f\"; "
      "filename=\"g\"\r\n\r\n\xff\r\n--b--\r\n",
      "multipart/form-data; boundary=b", 200 },
    { "PUT", "/upload", "hello", "text/plain", 200 },
    { "GET", "/headers", NULL, NULL, 200 },
    { "GET", "/ip", NULL, NULL, 200 },
    { "GET", "/user-agent", NULL, NULL, 200 },
    { "GET", "/cookies", NULL, NULL, 200 },
    { "GET", "/cookies/set?a=b", NULL, NULL, 302 },
    { "GET", "/cookies/delete?a", NULL, NULL, 302 },
    { "GET", "/basic-auth/u/p", NULL, NULL, 200 },
    { "GET", "/basic-auth/u/other", NULL, NULL, 401 },
    { "GET", "/hidden-basic-auth/u/p", NULL, NULL, 200 },
    { "GET", "/bearer", NULL, NULL, 401 },
    { "GET", "/digest-auth/auth/u/p", NULL, NULL, 401 },
    { "GET", "/response-headers?X-A=b", NULL, NULL, 200 },
    { "GET", "/redirect/2", NULL, NULL, 302 },
    { "GET", "/absolute-redirect/1", NULL, NULL, 302 },
    { "POST", "/redirect-to", "url=/get&status_code=307", "application/x-www-form-urlencoded",
      307 },
    { "GET", "/links/2", NULL, NULL, 302 },
    { "GET", "/links/2/0", NULL, NULL, 200 },
    { "GET", "/status/301", NULL, NULL, 301 },
    { "GET", "/status/401", NULL, NULL, 401 },
    { "GET", "/status/406", NULL, NULL, 406 },
    { "GET", "/base64/d2VmdA==", NULL, NULL, 200 },
    { "GET", "/base64/encode/weft", NULL, NULL, 200 },
    { "GET", "/range/30", NULL, NULL, 200 },
    { "GET", "/gzip", NULL, NULL, 200 },
    { "GET", "/cache/60", NULL, NULL, 200 },
    { "GET", "/etag/a", NULL, NULL, 200 },
    { "GET", "/stream/2", NULL, NULL, 200 },
    { "GET", "/trailers?X-A=b", NULL, NULL, 200 },
    { "GET", "/json", NULL, NULL, 200 },
};

static void drop_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static weft_test_reply make(weft_test *t, const struct call *call)
{
    weft_test_header all[8] = { { 0 } };

    memcpy(all, fields, sizeof(fields));
    if (call->type != NULL)
        all[sizeof(fields) / sizeof(*fields) - 1] =
            (weft_test_header){ "Content-Type", call->type };
    return weft_test_send(
        t, call->method, call->target,
        &(weft_test_request){ .body = call->body, .headers = all, .close = true });
}

static void expect_right(const struct call *call, const weft_test_reply *reply,
                         const weft_test_reply *right, unsigned long n)
{
    if (reply->status == 0 || reply->status == 503)
        return; /* what was cut off says so: the client refuses it */
    cr_expect(eq(int, reply->status, call->status), "%s at allocation %lu", call->target, n);
    if (reply->status == call->status && reply->status == 200)
        cr_expect(eq(str, (char *)reply->body, (char *)right->body), "%s at allocation %lu",
                  call->target, n);
    if (reply->status == 401)
        cr_expect(ne(ptr, (void *)weft_test_header_of(reply, "WWW-Authenticate"), NULL));
    if (reply->status / 100 == 3)
        cr_expect(ne(ptr, (void *)weft_test_header_of(reply, "Location"), NULL));
}

/* Replies are kept until the app ends, so each has its own. */
static void exhaust(const struct call *call, bool on)
{
    weft_test *t = weft_test_new(httpbin_app());
    weft_test_reply right = make(t, call);
    bool failed = true;

    cr_expect(eq(int, right.status, call->status), "%s", call->target);
    for (unsigned long n = 1; failed; n++) {
        weft_test_reply reply;

        cr_assert(lt(ulong, n, 1000ul));
        if (on)
            weft_test_fail_alloc_from(n);
        else
            weft_test_fail_alloc(n);
        reply = make(t, call);
        failed = weft_test_fail_stop();
        expect_right(call, &reply, &right, n);
    }
    weft_test_free(t);
}

WEFT_TEST(httpbin, answers_503_when_memory_is_out)
{
    json_set_alloc_funcs(malloc, free); /* of this program, where they are made to fail */
    weft_log_set_sink(drop_log, NULL);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        exhaust(&calls[i], false);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TEST(httpbin, answers_503_when_memory_stays_out)
{
    json_set_alloc_funcs(malloc, free);
    weft_log_set_sink(drop_log, NULL);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        exhaust(&calls[i], true);
    weft_log_set_sink(NULL, NULL);
}
