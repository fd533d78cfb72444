/* Streams: framing, their end, and clients that do not read. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdlib.h>
#include <string.h>

#include "api/test_client.h"

enum { PIECE = 10000, PIECES = 1000 };

static struct {
    int results[4]; /* of the writes, in order */
    size_t written;
    bool ended; /* the handler has returned */
    int lines;
} seen;

static weft_response *pieces(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    seen.results[0] = weft_write(res, "one,", 4);
    seen.results[1] = weft_write(res, "", 0);
    seen.results[2] = weft_write_printf(res, "%s,", "two");
    seen.results[3] = weft_write_printf(res, "%0600d", 3);
    seen.ended = true;
    return res;
}

/* "/length/5/abc": declare 5, write "abc" at once and then byte by byte. */
static weft_response *declares(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, NULL);
    const char *text = weft_path_str(req, "text");

    weft_set_header(res, "Content-Length", weft_path_str(req, "length"));
    seen.results[0] = weft_write(res, text, strlen(text));
    return res;
}

static weft_response *writes_nothing(weft_request *req)
{
    return weft_stream(req, 200, "text/plain");
}

static weft_response *writes_to_204(weft_request *req)
{
    weft_response *res = weft_stream(req, 204, NULL);

    seen.results[0] = weft_write(res, "a", 1);
    return res;
}

static weft_response *fails_late(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    seen.results[0] = weft_write(res, "begun", 5);
    return weft_error(req, seen.results[0] < 0 ? seen.results[0] : UV_EIO);
}

static weft_response *misuses(weft_request *req)
{
    weft_response *text = weft_text(req, 200, "text");
    weft_response *first = weft_stream(req, 200, NULL);
    weft_response *second = weft_stream(req, 200, NULL);

    seen.results[0] = weft_write(text, "a", 1);
    seen.results[1] = weft_write(first, "b", 1);
    seen.results[2] = weft_write(second, "c", 1);
    seen.results[3] = weft_write(NULL, "d", 1);
    return first;
}

static weft_response *much(weft_request *req)
{
    static char piece[PIECE];
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = 0;

    memset(piece, 'x', sizeof(piece));
    for (int i = 0; i < PIECES && rc >= 0; i++) {
        rc = weft_write(res, piece, sizeof(piece));
        if (rc >= 0)
            seen.written += sizeof(piece);
    }
    seen.results[0] = rc;
    seen.ended = true;
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *outlasts_its_deadline(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    seen.results[0] = weft_write(res, "a", 1);
    seen.results[1] = weft_sleep(60);
    seen.results[2] = weft_write(res, "b", 1);
    return res;
}

static weft_response *goes_on_after_a_failure(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    weft_set_header(res, "Content-Length", "2");
    seen.results[0] = weft_write(res, "", 0);
    seen.results[1] = weft_write(res, "abc", 3);
    seen.results[2] = weft_write(res, "", 0);
    seen.results[3] = weft_write(res, "ab", 2);
    return res;
}

/* "/printf/9": a text of 9 bytes in one go, behind a first piece where there is a query. */
static weft_response *prints(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");

    if (*weft_query_string(req) != '\0')
        cr_expect(eq(int, weft_write(res, "a", 1), 1));
    seen.results[0] = weft_write_printf(res, "%0*d", (int)weft_path_int(req, "size"), 7);
    seen.results[1] = weft_write(res, "", 0);
    return res; /* whatever it came to */
}

static void quiet(weft_log_level level, const char *line, void *arg)
{
    (void)line;
    (void)arg;
    if (level == WEFT_LOG_ERROR)
        seen.lines++;
}

static weft_test *start_with(size_t ceiling)
{
    weft_app *app = weft_app_new("streams");

    memset(&seen, 0, sizeof(seen));
    weft_log_set_sink(quiet, NULL);
    weft_get(app, "/pieces", pieces);
    weft_get(app, "/length/{length}/{text}", declares);
    weft_get(app, "/nothing", writes_nothing);
    weft_get(app, "/204", writes_to_204);
    weft_get(app, "/fails", fails_late);
    weft_get(app, "/misuses", misuses);
    weft_get(app, "/much", much);
    weft_post(app, "/much", much);
    weft_get(app, "/late", outlasts_its_deadline, .timeout_ms = 30);
    weft_get(app, "/again", goes_on_after_a_failure);
    weft_get(app, "/printf/{size:int}", prints);
    return weft_test_new_with(app, &(weft_serve_options){ .max_connection_memory = ceiling });
}

static weft_test *start(void)
{
    return start_with(0);
}

WEFT_TEST(stream, is_chunked)
{
    weft_test *t = start();
    weft_test_reply r = weft_test_get(t, "/pieces");

    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Transfer-Encoding"), (char *)"chunked"));
    cr_expect(eq(sz, r.body_length, 608));
    cr_expect(zero(int, strncmp(r.body, "one,two,000", 11)));
    cr_expect(eq(int, seen.results[0], 4));
    cr_expect(zero(int, seen.results[1]));
    cr_expect(eq(int, seen.results[2], 4));
    cr_expect(eq(int, seen.results[3], 600));
    cr_expect(not(r.closed));
    r = weft_test_get(t, "/nothing");
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(sz, r.body_length, 0));
    cr_expect(zero(int, seen.lines));
}

WEFT_TEST(stream, ends_with_the_connection_for_old_clients)
{
    static const char ask[] = "GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    weft_test_reply r = weft_test_raw(start(), ask, sizeof(ask) - 1, 0);

    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Transfer-Encoding"), NULL));
    cr_expect(eq(sz, r.body_length, 608));
    cr_expect(r.closed);
}

WEFT_TEST(stream, has_no_body_for_head)
{
    weft_test *t = start();
    weft_test_reply r = weft_test_send(t, "HEAD", "/pieces", NULL);

    cr_expect(eq(int, r.status, 200));
    cr_expect(not(r.closed));
    cr_expect(eq(int, seen.results[0], UV_ECANCELED));
    r = weft_test_send(t, "HEAD", "/much", NULL);
    cr_expect(eq(int, r.status, 200), "weft_error(UV_ECANCELED) is fine then");
    cr_expect(not(r.closed));
    cr_expect(zero(int, seen.lines));
    r = weft_test_send(t, "HEAD", "/length/5/abcde", NULL);
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"5"));
    r = weft_test_get(t, "/204");
    cr_expect(eq(int, r.status, 204));
    cr_expect(eq(int, seen.results[0], UV_ECANCELED));
    cr_expect(not(r.closed));
}

WEFT_TEST(stream, keeps_the_length_that_it_declared)
{
    weft_test *t = start();
    weft_test_reply r = weft_test_get(t, "/length/5/abcde");

    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"5"));
    cr_expect(eq(str, (char *)r.body, (char *)"abcde"));
    r = weft_test_get(t, "/length/5/abcd");
    cr_expect(zero(int, r.status), "too short: cut off");
    cr_expect(r.closed);
    r = weft_test_get(t, "/length/5/abcdef");
    cr_expect(zero(int, r.status), "too long: cut off");
    cr_expect(eq(int, seen.results[0], WEFT_ELIMIT));
    cr_expect(eq(int, seen.lines, 2));
}

WEFT_TEST(stream, that_fails_is_cut_off)
{
    weft_test_reply r = weft_test_get(start(), "/fails");

    cr_expect(zero(int, r.status));
    cr_expect(r.closed);
    cr_expect(eq(ptr, (void *)strstr(r.raw, "\r\n0\r\n"), NULL));
    cr_expect(gt(int, seen.lines, 0));
}

WEFT_TEST(stream, is_one_for_each_request)
{
    weft_test_reply r = weft_test_get(start(), "/misuses");

    cr_expect(eq(int, seen.results[0], WEFT_EMISUSE));
    cr_expect(eq(int, seen.results[1], 1));
    cr_expect(eq(int, seen.results[2], WEFT_EMISUSE));
    cr_expect(eq(int, seen.results[3], UV_EINVAL));
    cr_expect(eq(str, (char *)r.body, (char *)"b"));
}

WEFT_TEST(stream, formats_what_the_memory_of_a_request_holds)
{
    enum { CEILING = 1000000 };
    char target[60];
    weft_test *t = start_with(CEILING);

    for (int over = 0; over < 2; over++) { /* with the NUL that printf writes */
        weft_test_reply r;

        snprintf(target, sizeof(target), "/printf/%d", CEILING - 1 + over);
        r = weft_test_get(t, target);
        cr_expect(eq(int, seen.results[0], over ? UV_ENOMEM : CEILING - 1));
        cr_expect(eq(int, seen.results[1], over ? UV_ENOMEM : 0), "a failure stays");
        cr_expect(eq(int, r.status, over ? 503 : 200));
        cr_expect(eq(int, weft_test_header_of(&r, "Retry-After") != NULL, over));
        cr_expect(not(r.closed));
        snprintf(target, sizeof(target), "/printf/%d?begun", CEILING - 1 + over);
        r = weft_test_get(t, target);
        cr_expect(eq(int, r.status, over ? 0 : 200), "cut off, visibly");
    }
}

/* What comes next fails in the same way, even where it is nothing. */
WEFT_TEST(stream, stays_failed)
{
    (void)weft_test_get(start(), "/again");
    cr_expect(zero(int, seen.results[0]));
    cr_expect(eq(int, seen.results[1], WEFT_ELIMIT));
    cr_expect(eq(int, seen.results[2], WEFT_ELIMIT));
    cr_expect(eq(int, seen.results[3], WEFT_ELIMIT));
}

WEFT_TEST(stream, is_not_held_to_the_deadline_of_the_handler)
{
    weft_test_reply r = weft_test_get(start(), "/late");

    cr_expect(zero(int, seen.results[1]));
    cr_expect(eq(str, (char *)r.body, (char *)"ab"));
}

/* --- Clients that read slowly, or not at all */

static struct weft__memory_client *ask(weft_test *t, const char *method)
{
    struct weft__memory_client *client;
    char request[100];

    snprintf(request, sizeof(request), "%s /much HTTP/1.1\r\nHost: test\r\n\r\n", method);
    cr_assert(zero(int, weft__memory_connect(t->server, &client)));
    weft__memory_set_window(client, 50000);
    cr_assert(eq(sz, weft__memory_send(client, request, strlen(request)), strlen(request)));
    return client;
}

static void turn(weft_test *t, int times)
{
    while (times-- > 0)
        weft__test_turn(t, false);
}

WEFT_TEST(stream, waits_for_a_client_that_does_not_read)
{
    weft_test *t = start();
    struct weft__memory_client *client = ask(t, "GET");
    size_t total = 0;
    size_t length;

    turn(t, 20);
    cr_expect(not(seen.ended));
    cr_expect(lt(sz, seen.written, 50000 + 200000), "what waits is bounded");
    weft__test_start_timer(t, 20000);
    while (!seen.ended || length > 0) {
        weft__memory_received(client, &length);
        total += length;
        weft__memory_consume(client, length);
        cr_assert(lt(sz, seen.written, total + 50000 + 200000));
        weft__test_turn(t, false);
        cr_assert(not(t->late));
    }
    weft__test_stop_timer(t);
    cr_expect(eq(sz, seen.written, (size_t)PIECE * PIECES));
    cr_expect(gt(sz, total, seen.written));
    weft__memory_free(client);
}

WEFT_TEST(stream, ends_when_its_client_leaves)
{
    static const char *const methods[] = { "GET", "POST" };
    weft_test *t = start();

    for (size_t i = 0; i < 2; i++) {
        struct weft__memory_client *client = ask(t, methods[i]);

        seen.ended = false;
        turn(t, 20);
        cr_expect(not(seen.ended));
        weft__memory_end(client, true);
        turn(t, 20);
        cr_expect(seen.ended, "%s", methods[i]);
        cr_expect(lt(int, seen.results[0], 0));
        weft__memory_free(client);
    }
    cr_expect(zero(int, seen.lines), "that clients leave is no error");
}
