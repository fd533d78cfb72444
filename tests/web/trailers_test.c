/* Trailer fields of requests. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <string.h>

static const char *or_none(const char *text)
{
    return text == NULL ? "(none)" : text;
}

static weft_response *tells(weft_request *req)
{
    const char *before = weft_trailer(req, "digest");
    const char *text = "";
    const char *name;
    const char *value;
    int rc;

    if (weft_query(req, "pieces") != NULL)
        while ((rc = weft_read_chunk(req, &value)) > 0)
            ;
    else
        rc = weft_read_body(req, &value, NULL);
    if (rc == 0 && weft_query(req, "again") != NULL)
        rc = weft_read_chunk(req, &value) == 5 ? 0 : WEFT_EMISUSE;
    if (rc < 0)
        return weft_error(req, rc);
    for (size_t at = 0; weft_trailer_next(req, &at, &name, &value);)
        text = weft_printf(req, "%s %s=%s", text, name, value);
    return weft_text(req, 200,
                     weft_printf(req, "%s %s %s %s %s;%s", or_none(before),
                                 or_none(weft_trailer(req, "digest")),
                                 or_none(weft_trailer_at(req, "Digest", 1)),
                                 or_none(weft_trailer_at(req, "Digest", 2)),
                                 or_none(weft_header(req, "Digest")), text));
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("trailers");

    weft_post(made, "/", tells);
    return made;
}

#define REQUEST(target, trailers)                                               \
    "POST " target " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" \
    "5\r\nhello\r\n0\r\n" trailers "\r\n"

WEFT_TEST(trailers, come_behind_the_body)
{
    static const char *const wires[] = {
        REQUEST("/", "Digest: 1\r\nX: y\r\ndigest:2\r\nIf-Match: \"a\"\r\n"),
        REQUEST("/?pieces", "Digest: 1\r\nX: y\r\ndigest:2\r\nIf-Match: \"a\"\r\n"),
        REQUEST("/?again", "Digest: 1\r\nX: y\r\ndigest:2\r\nIf-Match: \"a\"\r\n"),
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < 3; i++)
        for (size_t step = 0; step < 150; step++) {
            weft_test_reply r = weft_test_raw(t, wires[i], strlen(wires[i]), step);

            cr_expect(eq(int, r.status, 200));
            cr_expect(eq(str, (char *)r.body,
                         (char *)"(none) 1 2 (none) (none); Digest=1 X=y digest=2"));
        }
}

WEFT_TEST(trailers, are_absent_without_any)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_post(t, "/", .body = "hello", .chunked = true);

    cr_expect(eq(str, (char *)r.body, (char *)"(none) (none) (none) (none) (none);"));
    r = weft_test_post(t, "/", .body = "hello");
    cr_expect(eq(str, (char *)r.body, (char *)"(none) (none) (none) (none) (none);"));
}

WEFT_TEST(trailers, forbidden_ones_are_refused)
{
    static const char wire[] = REQUEST("/", "Transfer-Encoding: chunked\r\n");
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_raw(t, wire, sizeof(wire) - 1, 0);

    cr_expect(eq(int, r.status, 400));
    cr_expect(r.closed);
}
