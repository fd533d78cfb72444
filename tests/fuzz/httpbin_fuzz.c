/*
 * fuzz/httpbin_fuzz.c - what examples/httpbin reads itself: Digest and Basic credentials,
 * base64, weighted statuses, and the values that go back into its head.
 *
 * The first byte says where the rest stands in a request.  Whatever it is, one complete
 * response comes back, and unless it was asked for, it is no failure of the server's.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/test.h>

#include "../../examples/httpbin/app.h"
#include "fuzz.h"

enum { INPUTS_PER_APP = 2000, ROOM = 4500 }; /* replies are kept until the app ends */

static const struct place {
    const char *before;
    const char *after;
    bool any_status;
} places[] = {
    { "GET /digest-auth/auth/user/pass HTTP/1.1\r\nAuthorization: Digest ", "", false },
    { "GET /digest-auth/auth-int/user/pass/SHA-256 HTTP/1.1\r\nAuthorization: Digest ", "",
      false },
    { "GET /basic-auth/user/pass HTTP/1.1\r\nAuthorization: Basic ", "", false },
    { "GET /bearer HTTP/1.1\r\nAuthorization: ", "", false },
    { "GET /base64/", " HTTP/1.1", false },
    { "GET /status/", " HTTP/1.1", true },
    { "GET /response-headers?", " HTTP/1.1", false },
    { "GET /cookies/set?", " HTTP/1.1", false },
    { "GET /cookies/set/name/", " HTTP/1.1", false },
    { "GET /redirect-to?url=", " HTTP/1.1", true },
    { "GET /range/100 HTTP/1.1\r\nRange: ", "", false },
    { "GET /etag/a HTTP/1.1\r\nIf-None-Match: ", "", false },
    { "GET /image HTTP/1.1\r\nAccept: ", "", false },
    { "GET /anything/", " HTTP/1.1", false },
};

static void drop_line(weft_log_level level, const char *line, void *arg)
{
}

/* Behind "Expect" nothing is sent, and 1xx are not the response: both are other targets'. */
static size_t write_request(char *wire, const struct place *place, const char *data,
                            size_t size)
{
    int before = snprintf(wire, ROOM, "%s", place->before);

    memcpy(wire + before, data, size);
    return (size_t)before + size +
           (size_t)snprintf(wire + (size_t)before + size, ROOM - (size_t)before - size,
                            "%s\r\nHost: a\r\nConnection: close\r\n\r\n", place->after);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static weft_test *t;
    static unsigned inputs;
    const struct place *place;
    const char *data = (const char *)input + 1;
    char wire[ROOM];
    weft_test_reply reply;

    if (size < 1 || size > 4000 || memchr(data, '\r', size - 1) != NULL ||
        memchr(data, '\n', size - 1) != NULL)
        return 0; /* another request is the server's target */
    if (t == NULL) {
        weft_log_set_sink(drop_line, NULL);
        t = weft_test_new(httpbin_app());
    }
    place = &places[input[0] % (sizeof(places) / sizeof(places[0]))];
    reply = weft_test_raw(t, wire, write_request(wire, place, data, size - 1), 0);
    MUST(reply.status >= 200 && reply.status <= 999);
    MUST(place->any_status || reply.status < 500);
    if (++inputs % INPUTS_PER_APP == 0) {
        weft_test_free(t);
        t = NULL;
    }
    return 0;
}
