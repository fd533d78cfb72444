/* Bodies with a Content-Encoding.  The codings themselves: decoder_test.c. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef WEFT_ZLIB
#include <zlib.h>

static weft_response *echoes(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    if (rc < 0)
        return weft_error(req, rc);
    return weft_bytes(req, 200, "text/plain", body, length);
}

static weft_response *counts(weft_request *req)
{
    const char *piece;
    size_t total = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0)
        total += (size_t)rc;
    if (rc == 0)
        rc = weft_read_chunk(req, &piece); /* the end stays the end */
    if (rc < 0)
        return weft_error(req, rc);
    return weft_text(req, 200,
                     weft_printf(req, "%zu %lld", total, (long long)weft_body_length(req)));
}

static weft_response *json(weft_request *req)
{
    json_t *value;
    int rc = weft_json_body(req, &value);

    return rc < 0 ? weft_error(req, rc) : weft_json(req, 200, json_incref(value));
}

static weft_response *form(weft_request *req)
{
    int rc = weft_read_form(req);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_form(req, "a"));
}

/* Whole, then in pieces, then as a form. */
static weft_response *again(weft_request *req)
{
    const char *body, *piece;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    if (rc == 0) {
        rc = weft_read_chunk(req, &piece);
        cr_expect(eq(sz, (size_t)rc, length));
        cr_expect(zero(int, memcmp(piece, body, length)));
    }
    if (rc >= 0)
        rc = weft_read_form(req);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_form(req, "a"));
}

/* As middleware that looks for a token in a form does. */
static weft_response *looks_first(weft_request *req, weft_next *next, void *state)
{
    int rc = weft_read_form(req);

    (void)state;
    return rc < 0 ? weft_error(req, rc) : weft_proceed(req, next);
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("decompress");
    weft_app *first = weft_under(made, "/first");
    weft_app *raw = weft_under(made, "/raw");
    weft_app *any = weft_under(made, "/any");

    weft_app_configure(made, &(weft_app_options){ .max_body_bytes = 1000000,
                                                  .decompress = WEFT_DECOMPRESS_ON });
    weft_app_configure(raw, &(weft_app_options){ .decompress = WEFT_DECOMPRESS_OFF });
    weft_post(made, "/echo", echoes);
    weft_post(made, "/short", echoes, .max_body_bytes = 1000);
    weft_post(made, "/count", counts);
    weft_post(made, "/count-short", counts, .max_body_bytes = 1000);
    weft_post(made, "/json", json);
    weft_post(made, "/again", again);
    weft_use(first, looks_first, NULL);
    weft_post(first, "/form", form);
    weft_post(made, "/form", form);
    weft_post(raw, "/echo", echoes);
    weft_post(raw, "/json", json);
    weft_post(raw, "/form", form);
    weft_post(raw, "/decoded", echoes, .decompress = WEFT_DECOMPRESS_ON);
    weft_app_configure(any, &(weft_app_options){ .max_decompress_ratio = UINT_MAX });
    weft_post(any, "/echo", echoes);
    return made;
}

/* `length` bytes in gzip; release with free(). */
static char *zip(const char *data, size_t length, size_t *ret_length)
{
    z_stream stream = { 0 };
    size_t room = length + length / 100 + 1000;
    char *out = malloc(room);

    cr_assert(ne(ptr, out, NULL));
    cr_assert(zero(int, deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY)));
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (unsigned)length;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)room;
    cr_assert(eq(int, deflate(&stream, Z_FINISH), Z_STREAM_END));
    *ret_length = room - stream.avail_out;
    deflateEnd(&stream);
    return out;
}

static weft_test_reply post(weft_test *t, const char *target, const char *coding,
                            const char *type, const char *body, size_t length)
{
    const weft_test_header headers[] = { { "Content-Type", type },
                                         { "Content-Encoding", coding },
                                         { 0 } };

    return weft_test_post(t, target, .headers = headers, .body = body, .body_length = length);
}

static weft_test_reply post_zipped(weft_test *t, const char *target, const char *type,
                                   const char *text, size_t length)
{
    size_t zipped_length;
    char *zipped = zip(text, length, &zipped_length);
    weft_test_reply r = post(t, target, "gzip", type, zipped, zipped_length);

    free(zipped);
    return r;
}

WEFT_TEST(decompress, whoever_reads_gets_decoded_bytes)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = post_zipped(t, "/echo", "text/plain", "hello", 5);

    cr_expect(eq(str, (char *)r.body, (char *)"hello"));
    r = post_zipped(t, "/count", "text/plain", "hello", 5);
    cr_expect(eq(str, (char *)r.body, (char *)"5 -1"));
    r = post_zipped(t, "/json", "application/json", "{\"a\": 1}", 8);
    cr_expect(eq(str, (char *)r.body, (char *)"{\"a\":1}"));
    r = post_zipped(t, "/form", "application/x-www-form-urlencoded", "a=b%20c", 7);
    cr_expect(eq(str, (char *)r.body, (char *)"b c"));
    r = post_zipped(t, "/form", "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--", 55);
    cr_expect(eq(str, (char *)r.body, (char *)"x"));
    r = post_zipped(t, "/again", "application/x-www-form-urlencoded", "a=b%20c", 7);
    cr_expect(eq(str, (char *)r.body, (char *)"b c"));
    r = post_zipped(t, "/again", "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--", 55);
    cr_expect(eq(str, (char *)r.body, (char *)"x"));
    r = post_zipped(t, "/raw/decoded", "text/plain", "hello", 5);
    cr_expect(eq(str, (char *)r.body, (char *)"hello"));
    r = post(t, "/echo", "identity", "text/plain", "hello", 5);
    cr_expect(eq(str, (char *)r.body, (char *)"hello"));
    r = post(t, "/echo", "gzip", "text/plain", "", 0); /* no body at all */
    cr_expect(eq(int, r.status, 200));
}

WEFT_TEST(decompress, is_off_where_it_is_off)
{
    weft_test *t = weft_test_new(app());
    static const struct {
        const char *target, *type;
    } cases[] = {
        { "/raw/json", "application/json" },
        { "/raw/form", "application/x-www-form-urlencoded" },
        { "/raw/form", "multipart/form-data; boundary=b" },
    };
    size_t length;
    char *zipped = zip("hello", 5, &length);
    weft_test_reply r = post(t, "/raw/echo", "gzip", "text/plain", zipped, length);

    cr_expect(eq(sz, r.body_length, length));
    cr_expect(zero(int, memcmp(r.body, zipped, length)));
    free(zipped);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        r = post_zipped(t, cases[i].target, cases[i].type, "{}", 2);
        cr_expect(eq(int, r.status, 415));
        cr_expect(
            eq(str, (char *)weft_test_header_of(&r, "Accept-Encoding"), (char *)"identity"),
            "%s", cases[i].type);
        r = post(t, cases[i].target, "identity", "text/plain", "{}", 2); /* another reason */
        cr_expect(eq(int, r.status, 415));
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Accept-Encoding"), NULL));
    }
}

/* Middleware that needs the body comes before the verdict on its coding; it is answered the
 * same. */
WEFT_TEST(decompress, those_who_look_first_tell_what_is_taken)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r =
        post(t, "/first/form", "compress", "application/x-www-form-urlencoded", "a=b", 3);

    cr_expect(eq(int, r.status, 415));
    cr_expect(ne(ptr, strstr(weft_test_header_of(&r, "Accept-Encoding"), "gzip"), NULL));
    r = post(t, "/first/none", "compress", "application/x-www-form-urlencoded", "a=b", 3);
    cr_expect(eq(int, r.status, 415));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Accept-Encoding"), (char *)"identity"));
}

WEFT_TEST(decompress, other_codings_are_refused)
{
    static const char *const codings[] = { "compress",  "gzip, gzip",         "gzip, br",
                                           "aes128gcm", "gzip,identity,gzip", "gzip;q=1",
                                           "identity x" };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
        weft_test_reply r = post(t, "/echo", codings[i], "text/plain", "hello", 5);

        cr_expect(eq(int, r.status, 415), "%s", codings[i]);
        cr_expect(ne(ptr, (void *)weft_test_header_of(&r, "Accept-Encoding"), NULL));
    }
}

/* RFC 9110, 5.6.1.2; identity is no coding, however often it is said. */
WEFT_TEST(decompress, elements_that_say_nothing_are_none)
{
    static const char *const gzipped[] = { ", gzip", "gzip,", ",\t, GZip ,,", "identity, gzip",
                                           "gzip ,identity" };
    static const char *const plain[] = { "", ",", " , ,", "identity", "identity,, Identity" };
    weft_test *t = weft_test_new(app());
    size_t length;
    char *zipped = zip("hello", 5, &length);

    for (size_t i = 0; i < sizeof(gzipped) / sizeof(*gzipped); i++) {
        weft_test_reply r = post(t, "/echo", gzipped[i], "text/plain", zipped, length);

        cr_expect(eq(str, (char *)r.body, (char *)"hello"), "%s", gzipped[i]);
    }
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
        weft_test_reply r = post(t, "/echo", plain[i], "text/plain", "hello", 5);

        cr_expect(eq(str, (char *)r.body, (char *)"hello"), "%s", plain[i]);
    }
    free(zipped);
}

WEFT_TEST(decompress, what_is_malformed_is_refused)
{
    weft_test *t = weft_test_new(app());
    size_t length;
    char *zipped = zip("hello", 5, &length);
    char longer[100];

    for (size_t cut = 1; cut < length; cut++)
        cr_expect(eq(int, post(t, "/echo", "gzip", "text/plain", zipped, cut).status, 400));
    memcpy(longer, zipped, length);
    memcpy(longer + length, "x", 1);
    cr_expect(eq(int, post(t, "/echo", "gzip", "text/plain", longer, length + 1).status, 400));
    cr_expect(eq(int, post(t, "/count", "gzip", "text/plain", longer, length + 1).status, 400));
    longer[0] ^= 1;
    cr_expect(eq(int, post(t, "/echo", "gzip", "text/plain", longer, length).status, 400));
    free(zipped);
}

/* The limit of the body is for what was decoded. */
WEFT_TEST(decompress, limits_hold_for_decoded_bytes)
{
    weft_test *t = weft_test_new(app());
    char *text = malloc(70000);
    unsigned state = 1;

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < 70000; i++) { /* incompressible */
        state = state * 1103515245 + 12345;
        text[i] = (char)(state >> 16);
    }
    for (size_t length = 999; length <= 1001; length++) {
        weft_test_reply r = post_zipped(t, "/short", "text/plain", text, length);

        cr_expect(eq(int, r.status, length > 1000 ? 413 : 200));
        r = post_zipped(t, "/count-short", "text/plain", text, length);
        cr_expect(eq(int, r.status, length > 1000 ? 413 : 200));
    }
    /* What is far longer is refused without being read. */
    cr_expect(eq(int, post(t, "/short", "gzip", "text/plain", text, 70000).status, 413));
    free(text);
}

WEFT_TEST(decompress, bombs_are_stopped)
{
    weft_test *t = weft_test_new(app());
    char *zeros = calloc(1, 1000000);

    cr_assert(ne(ptr, zeros, NULL));
    /* 64 KiB may be of any ratio. */
    cr_expect(eq(int, post_zipped(t, "/echo", "text/plain", zeros, 65536).status, 200));
    cr_expect(eq(int, post_zipped(t, "/echo", "text/plain", zeros, 65537).status, 413));
    cr_expect(eq(int, post_zipped(t, "/count", "text/plain", zeros, 900000).status, 413));
    cr_expect(eq(int, post_zipped(t, "/any/echo", "text/plain", zeros, 1000000).status, 200));
    free(zeros);
}

/* Whatever the pieces on the wire. */
WEFT_TEST(decompress, bodies_come_in_any_pieces)
{
    weft_test *t = weft_test_new(app());
    size_t length;
    char *zipped = zip("hello", 5, &length);
    char wire[300];
    size_t head =
        (size_t)snprintf(wire, sizeof(wire),
                         "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: x-gzip\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                         length);

    memcpy(wire + head, zipped, length);
    memcpy(wire + head + length, "\r\n0\r\n\r\n", 7);
    for (size_t step = 1; step < 100; step++) {
        weft_test_reply r = weft_test_raw(t, wire, head + length + 7, step);

        cr_expect(eq(str, (char *)r.body, (char *)"hello"), "by %zu", step);
    }
    free(zipped);
}
#else
WEFT_TEST(decompress, needs_zlib)
{
    cr_skip_test("built without zlib");
}
#endif
