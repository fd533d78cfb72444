/* Content negotiation (RFC 9110, 12).  How lists are read and matched: accept_test.c. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <string.h>

static weft_response *say(weft_request *req, const char *found)
{
    return weft_text(req, 200, found == NULL ? "(none)" : found);
}

static weft_response *types(weft_request *req)
{
    return say(req, weft_accepts(req, "application/json", "text/html", "text/html;level=1"));
}

static weft_response *codings(weft_request *req)
{
    return say(req, weft_accepts_encoding(req, "br", "gzip"));
}

static weft_response *languages(weft_request *req)
{
    return say(req, weft_accepts_language(req, "en", "de", "fr-CA"));
}

static weft_response *nothing(weft_request *req)
{
    static const char *const none[] = { NULL };

    cr_expect(weft_accepts_of(req, none) == NULL);
    cr_expect(weft_accepts_of(req, NULL) == NULL);
    cr_expect(weft_accepts_language_of(req, none) == NULL);
    cr_expect(weft_accepts_language_of(req, NULL) == NULL);
    cr_expect(weft_accepts(req, "no media type") == NULL); /* and a line in the log */
    return say(req, weft_accepts_encoding_of(req, none));
}

static weft_response *qualities(weft_request *req)
{
    return weft_text(req, 200,
                     weft_printf(req, "%u %u %u", weft_accept_quality(req, "text/html"),
                                 weft_encoding_quality(req, "gzip"),
                                 weft_language_quality(req, "de-CH")));
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("negotiation");

    weft_get(made, "/types", types);
    weft_get(made, "/codings", codings);
    weft_get(made, "/languages", languages);
    weft_get(made, "/nothing", nothing);
    weft_get(made, "/qualities", qualities);
    return made;
}

struct wish {
    const char *lines[2];
    const char *found;
};

static void expect(const char *target, const char *field, const struct wish *wishes,
                   size_t count)
{
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < count; i++) {
        const struct wish *wish = &wishes[i];
        weft_test_header headers[3] = { { 0 } };
        weft_test_reply r;

        for (size_t n = 0; n < 2 && wish->lines[n] != NULL; n++)
            headers[n] = (weft_test_header){ field, wish->lines[n] };
        r = weft_test_get(t, target, .headers = headers);
        cr_expect(eq(int, r.status, 200));
        cr_expect(eq(str, (char *)r.body, (char *)wish->found), "%s: %s", field,
                  wish->lines[0]);
    }
}

#define EXPECT(target, field, wishes) \
    expect((target), (field), (wishes), sizeof(wishes) / sizeof(*(wishes)))

WEFT_TEST(negotiate, finds_a_media_type)
{
    static const struct wish wishes[] = {
        { { NULL }, "application/json" },
        { { "" }, "application/json" },
        { { "*/*" }, "application/json" },
        { { "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8" },
          "text/html" },
        { { "text/*" }, "text/html" },
        { { "text/html;level=1, text/html;q=0.5" }, "text/html;level=1" },
        { { "application/json;q=0.1", "text/html;q=0.2" }, "text/html" },
        { { "application/json;q=0, */*" }, "text/html" },
        { { "image/png" }, "(none)" },
        { { "*/*;q=0" }, "(none)" },
        { { "nonsense" }, "application/json" },
        { { "nonsense, image/png" }, "(none)" },
        { { ";;;" }, "application/json" },
    };

    EXPECT("/types", "Accept", wishes);
}

WEFT_TEST(negotiate, finds_a_content_coding)
{
    static const struct wish wishes[] = {
        { { NULL }, "identity" },
        { { "" }, "identity" },
        { { "gzip, deflate, br, zstd" }, "br" },
        { { "gzip" }, "gzip" },
        { { "gzip;q=0.5", "br;q=0.4" }, "gzip" },
        { { "*" }, "br" },
        { { "br;q=0, *" }, "gzip" },
        { { "deflate" }, "identity" },
        { { "gzip;q=0.5, identity" }, "identity" },
        { { "gzip;q=0.5, identity;q=0.5" }, "gzip" },
        { { "deflate, identity;q=0" }, "(none)" },
        { { "*;q=0" }, "(none)" },
    };

    EXPECT("/codings", "Accept-Encoding", wishes);
}

WEFT_TEST(negotiate, finds_a_language)
{
    static const struct wish wishes[] = {
        { { NULL }, "en" },
        { { "de-CH, en;q=0.5" }, "de" },
        { { "it", "fr;q=0.5" }, "fr-CA" },
        { { "it" }, "(none)" },
        { { "*" }, "en" },
    };

    EXPECT("/languages", "Accept-Language", wishes);
}

WEFT_TEST(negotiate, without_offers_there_is_nothing)
{
    static const struct wish wishes[] = {
        { { NULL }, "identity" },
        { { "gzip" }, "identity" },
        { { "identity;q=0" }, "(none)" },
    };

    EXPECT("/nothing", "Accept-Encoding", wishes);
}

WEFT_TEST(negotiate, tells_qualities)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/qualities");

    cr_expect(eq(str, (char *)r.body, (char *)"1000 1000 1000"));
    r = weft_test_get(t, "/qualities",
                      .headers = (weft_test_header[]){ { "Accept", "text/*;q=0.25" },
                                                       { "Accept-Encoding", "gzip;q=0.001" },
                                                       { "Accept-Language", "de;q=0.7" },
                                                       { 0 } });
    cr_expect(eq(str, (char *)r.body, (char *)"250 1 700"));
}
