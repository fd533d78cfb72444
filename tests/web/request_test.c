/* What handlers learn of a request, behind proxies, too. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdio.h>
#include <string.h>

static weft_response *tells(weft_request *req)
{
    return weft_text(req, 200,
                     weft_printf(req, "%s %s %s %s %s", weft_method(req), weft_path(req),
                                 weft_raw_path(req), weft_query_string(req),
                                 weft_route_template(req)));
}

static weft_response *asks(weft_request *req)
{
    int64_t number;
    int rc = weft_query_int(req, "n", 42, &number);
    const char *a = weft_query(req, "a");
    const char *b = weft_query_at(req, "a", 1);

    return weft_text(
        req, 200,
        weft_printf(req, "%s|%s|%s", a ? a : "-", b ? b : "-",
                    rc < 0 ? weft_err_name(rc) : weft_printf(req, "%lld", (long long)number)));
}

/* Query and cookies in order, as name=value. */
static weft_response *walks(weft_request *req)
{
    const char *text = "", *name, *value;
    size_t at = 0;

    while (weft_query_next(req, &at, &name, &value))
        text = weft_printf(req, "%s[%s=%s]", text, name, value);
    at = 0;
    while (weft_cookie_next(req, &at, &name, &value))
        text = weft_printf(req, "%s{%s=%s}", text, name, value);
    return weft_text(req, 200, text);
}

static weft_response *whence(weft_request *req)
{
    return weft_text(req, 200,
                     weft_printf(req, "%s %s %s %s", weft_remote(req), weft_scheme(req),
                                 weft_host(req), weft_base_url(req)));
}

static weft_response *is_it(weft_request *req)
{
    const char *charset = weft_content_parameter(req, "charset");

    return weft_text(req, 200,
                     weft_printf(req, "%d%d%d%d%d %s", weft_content_is(req, "text/html"),
                                 weft_content_is(req, "text/*"), weft_content_is(req, "*/*"),
                                 weft_content_is(req, "text"), weft_content_is(req, NULL),
                                 charset == NULL ? "-" : charset));
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("requests");

    weft_get(made, "/type", is_it);

    weft_get(made, "/path/{rest:path}", tells);
    weft_get(made, "/query", asks);
    weft_get(made, "/walk", walks);
    weft_get(made, "/whence", whence);
    return made;
}

/* At the limit all are there; above it, the request is refused instead of being cut short. */
WEFT_TEST(request, has_at_most_a_thousand_query_parameters)
{
    weft_test *t = weft_test_new(app());

    for (int count = 999; count <= 1001; count++) {
        char target[3000] = "/walk?";

        for (int i = 0; i < count; i++)
            snprintf(target + strlen(target), 4, "%s", i % 2 ? "&a&" : "b");
        weft_test_reply r = weft_test_get(t, target);

        cr_expect(eq(int, r.status, count > 1000 ? 400 : 200), "%d", count);
        if (count <= 1000)
            cr_expect(eq(sz, r.body_length, (size_t)count * 4));
    }
}

WEFT_TEST(request, tells_its_target)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/path/a%20b/c?d=e&f");

    cr_expect(eq(str, (char *)r.body,
                 (char *)"GET /path/a b/c /path/a%20b/c d=e&f /path/{rest:path}"));
    r = weft_test_get(t, "/path/");
    cr_expect(eq(str, (char *)r.body, (char *)"GET /path/ /path/  /path/{rest:path}"));
}

WEFT_TEST(request, tells_its_query)
{
    static const struct {
        const char *query;
        const char *result;
    } cases[] = {
        { "", "-|-|42" },
        { "?a=1&a=2&n=7", "1|2|7" },
        { "?a=x+y%26&n=-9223372036854775808", "x y&|-|-9223372036854775808" },
        { "?a&n=9223372036854775807", "|-|9223372036854775807" },
        { "?n=9223372036854775808", "-|-|WEFT_EPROTO" },
        { "?n=", "-|-|WEFT_EPROTO" },
        { "?n=1x", "-|-|WEFT_EPROTO" },
        { "?n=-", "-|-|WEFT_EPROTO" },
        { "?a=%zz&a=2&n=-9223372036854775808", "%zz|2|-9223372036854775808" },
        { "?a=x%00&a=%ff&n=7", "x%00|%ff|7" },
        { "?n=%zz&n=7", "-|-|WEFT_EPROTO" },
        { "?n=7%00", "-|-|WEFT_EPROTO" },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[100];
        weft_test_reply r;

        snprintf(target, sizeof(target), "/query%s", cases[i].query);
        r = weft_test_get(t, target);
        cr_expect(eq(str, (char *)r.body, (char *)cases[i].result), "%s", target);
    }
}

/* Over memory the peer has no address, which the word "unix" stands for. */
static weft_test *behind(const char *trusted)
{
    return weft_test_new_with(app(), &(weft_serve_options){ .proxy_headers = trusted != NULL,
                                                            .forwarded_allow_ips = trusted });
}

WEFT_TEST(request, walks_over_query_and_cookies)
{
    static const weft_test_header cookies[] = { { "Cookie", "k=v; k=w" }, { 0 } };
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/walk?a=1&b=x%20y&a=2&c");

    cr_expect(eq(str, (char *)r.body, (char *)"[a=1][b=x y][a=2][c=]"));
    r = weft_test_get(t, "/walk", .headers = cookies);
    cr_expect(eq(str, (char *)r.body, (char *)"{k=v}{k=w}"));
    r = weft_test_get(t, "/walk");
    cr_expect(eq(str, (char *)r.body, (char *)""));
}

WEFT_TEST(proxy, is_not_believed_by_default)
{
    const weft_test_header fields[] = {
        { "X-Forwarded-For", "192.0.2.1" },           { "X-Forwarded-Proto", "https" },
        { "X-Forwarded-Host", "evil.example" },       { "X-Forwarded-Prefix", "/evil" },
        { "Forwarded", "for=192.0.2.1;proto=https" }, { NULL, NULL }
    };
    weft_test_reply r = weft_test_get(behind(NULL), "/whence", .headers = fields);

    cr_expect(eq(str, (char *)r.body, (char *)" http test http://test"));
    weft_test_free_all();
    r = weft_test_get(behind("127.0.0.1,::1,10.0.0.0/8"), "/whence", .headers = fields);
    cr_expect(eq(str, (char *)r.body, (char *)" http test http://test"));
}

WEFT_TEST(proxy, tells_who_the_client_is)
{
    static const struct {
        const char *name;
        const char *value;
        const char *result;
    } cases[] = {
        { "X-Forwarded-For", "192.0.2.1", "192.0.2.1 http test http://test" },
        { "X-Forwarded-For", "192.0.2.1:1234", "192.0.2.1 http test http://test" },
        { "X-Forwarded-For", "2001:DB8::1", "2001:db8::1 http test http://test" },
        { "X-Forwarded-For", "[2001:db8::1]:80", "2001:db8::1 http test http://test" },
        { "X-Forwarded-For", "::ffff:192.0.2.1", "192.0.2.1 http test http://test" },
        { "X-Forwarded-For", "6.6.6.6, 192.0.2.1", "192.0.2.1 http test http://test" },
        { "X-Forwarded-For", "6.6.6.6, 192.0.2.1,10.1.2.3, 10.0.0.1",
          "192.0.2.1 http test http://test" },
        { "X-Forwarded-For", "10.1.2.3, 10.0.0.1", "10.1.2.3 http test http://test" },
        { "X-Forwarded-For", "6.6.6.6, unknown, 10.0.0.1", "10.0.0.1 http test http://test" },
        { "X-Forwarded-For", "nonsense", " http test http://test" },
        { "X-Forwarded-For", "", " http test http://test" },
        { "X-Forwarded-Proto", "https", " https test https://test" },
        { "X-Forwarded-Proto", "HTTPS", " https test https://test" },
        { "X-Forwarded-Proto", "javascript", " http test http://test" },
        { "X-Forwarded-Host", "example.org:8443",
          " http example.org:8443 http://example.org:8443" },
        { "X-Forwarded-Host", "evil.example/x", " http test http://test" },
        { "X-Forwarded-Port", "8080", " http test:8080 http://test:8080" },
        { "X-Forwarded-Port", "80", " http test http://test" },
        { "X-Forwarded-Port", "0", " http test http://test" },
        { "X-Forwarded-Port", "65536", " http test http://test" },
        { "X-Forwarded-Prefix", "/api/", " http test http://test/api" },
        { "X-Forwarded-Prefix", "//evil.example", " http test http://test" },
        { "X-Forwarded-Prefix", "evil", " http test http://test" },
        { "Forwarded", "for=192.0.2.1;proto=https;host=example.org",
          "192.0.2.1 https example.org https://example.org" },
        { "Forwarded", "For=\"[2001:db8::1]:4711\"", "2001:db8::1 http test http://test" },
        { "Forwarded", "for=6.6.6.6;proto=http, for=192.0.2.1;proto=https, for=10.0.0.1",
          "192.0.2.1 https test https://test" },
        { "Forwarded", "for=_hidden;proto=https", " https test https://test" },
        { "Forwarded", "for=192.0.2.1;for=192.0.2.2", " http test http://test" },
        { "Forwarded", "for=192.0.2.1;proto=\"https", " http test http://test" },
        { "Forwarded", "for=192.0.2.1 proto=https", " http test http://test" },
        { "Forwarded", "", " http test http://test" },
        { "Forwarded", ";;;, for=192.0.2.1", "192.0.2.1 http test http://test" },
        { "Forwarded", "for=6.6.6.6, bad bad, for=192.0.2.1 ; proto=https",
          "192.0.2.1 https test https://test" },
        { "Forwarded", "for=6.6.6.6, bad bad, for=10.0.0.1", "10.0.0.1 http test http://test" },
        { "Forwarded", "for=\", for=\"192.0.2.1\"", "192.0.2.1 http test http://test" },
        { "Forwarded", "for=192.0.2.1;by=\"a, for=6.6.6.6\"",
          "192.0.2.1 http test http://test" },
        { "Forwarded", "for=192.0.2.1;by=\"\\\";for=6.6.6.6;by=\\\"\"",
          "192.0.2.1 http test http://test" },
        { "Forwarded", "for=192.0.2.1;by=\"a\\\\\"", "192.0.2.1 http test http://test" },
        { "Forwarded", "for=192.0.2.1;by=\"a\\\\\\\"", " http test http://test" },
        { "Forwarded", "for=192.0.2.1;by=\"\\\"\\\\\\\"\"", "192.0.2.1 http test http://test" },
        { "Forwarded", "for=\"192.0.2.\\1\"", " http test http://test" },
        { "Forwarded", "for=192.0.2.1;proto=https;", "192.0.2.1 https test https://test" },
        { "Forwarded", ";for=192.0.2.1 ;; proto=https ; ",
          "192.0.2.1 https test https://test" },
        { "Forwarded", "for=192.0.2.1 , ,,\t,", "192.0.2.1 http test http://test" },
        { "Forwarded", "for=6.6.6.6, ;", " http test http://test" },
        { "X-Forwarded-For", "192.0.2.1,", "192.0.2.1 http test http://test" },
        { "X-Forwarded-For", "6.6.6.6,,192.0.2.1, ,10.0.0.1,,",
          "192.0.2.1 http test http://test" },
        { "X-Forwarded-Proto", "https, ", " https test https://test" },
        { "Forwarded", "for=192.0.2.1;by=\"a\\\"", " http test http://test" },
        { "Forwarded", "for=192.0.2.1, bad bad", " http test http://test" },
        { "Forwarded", "for=192.0.2.1,", "192.0.2.1 http test http://test" },
        { "Forwarded", "=192.0.2.1", " http test http://test" },
        { "Forwarded", "\"", " http test http://test" },
    };
    weft_test *t = behind("unix, 10.0.0.0/8");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const weft_test_header fields[] = { { cases[i].name, cases[i].value }, { NULL, NULL } };
        weft_test_reply r = weft_test_get(t, "/whence", .headers = fields);

        cr_expect(eq(str, (char *)r.body, (char *)cases[i].result), "%s: %s", cases[i].name,
                  cases[i].value);
    }
}

WEFT_TEST(proxy, chains_speak_for_the_hop_of_the_client)
{
    const weft_test_header fields[] = { { "X-Forwarded-For", "6.6.6.6, 192.0.2.1" },
                                        { "X-Forwarded-For", "10.0.0.1" },
                                        { "X-Forwarded-Proto", "http, https, http" },
                                        { "X-Forwarded-Host", "shop.example" },
                                        { "X-Forwarded-Port", "443" },
                                        { "Forwarded", "for=7.7.7.7" },
                                        { NULL, NULL } };
    weft_test_reply r = weft_test_get(behind("unix,10.0.0.0/8"), "/whence", .headers = fields);

    cr_expect(
        eq(str, (char *)r.body, (char *)"192.0.2.1 https shop.example https://shop.example"));
}

/* Whatever the client sends, the element that the proxy appended counts. */
WEFT_TEST(proxy, is_heard_behind_what_the_client_made_up)
{
    weft_test *t = behind("unix");
    const weft_test_header fields[] = { { "Forwarded", "bad bad" },
                                        { "Forwarded", "for=192.0.2.1" },
                                        { NULL, NULL } };
    weft_test_reply r = weft_test_get(t, "/whence", .headers = fields);
    char hops[40 * sizeof("for=6.6.6.6,") + sizeof("for=192.0.2.1")] = "";
    size_t length = 0;

    cr_expect(eq(str, (char *)r.body, (char *)"192.0.2.1 http test http://test"));
    for (int i = 0; i < 40; i++)
        length += (size_t)snprintf(hops + length, sizeof(hops) - length, "for=6.6.6.6,");
    snprintf(hops + length, sizeof(hops) - length, "for=192.0.2.1");
    r = weft_test_get(t, "/whence",
                      .headers = (weft_test_header[]){ { "Forwarded", hops }, { NULL, NULL } });
    cr_expect(eq(str, (char *)r.body, (char *)"192.0.2.1 http test http://test"));
}

WEFT_TEST(proxy, of_everybody_takes_the_first_hop)
{
    const weft_test_header fields[] = { { "X-Forwarded-For", "192.0.2.1, 203.0.113.5" },
                                        { NULL, NULL } };
    weft_test_reply r = weft_test_get(behind("*"), "/whence", .headers = fields);

    cr_expect(zero(int, strncmp(r.body, "192.0.2.1 ", 10)), "%s", r.body);
}

WEFT_TEST(proxy, list_that_is_malformed_is_refused)
{
    static const char *const wrong[] = { "10.0.0.0/33", "example.org", "::1/129",
                                         "10.0.0.0/",   "1.2.3",       "/8" };
    weft_log_set_level(WEFT_LOG_ERROR + 1);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        weft_test_reply r = weft_test_get(behind(wrong[i]), "/whence");

        cr_expect(zero(int, r.status), "%s", wrong[i]);
        cr_expect(ne(ptr, (void *)r.error, NULL));
        weft_test_free_all();
    }
    weft_log_set_level(WEFT_LOG_INFO);
}

WEFT_TEST(root_path, stands_in_front_of_urls)
{
    weft_test *t = weft_test_new_with(app(), &(weft_serve_options){ .root_path = "/service/" });
    weft_test_reply r = weft_test_get(t, "/whence");

    cr_expect(eq(str, (char *)r.body, (char *)" http test http://test/service"));
}

WEFT_TEST(request, says_what_its_body_is)
{
    static const struct {
        weft_test_header fields[3];
        const char *text;
    } cases[] = {
        { { { 0 } }, "00000 -" },
        { { { "Content-Type", "text/html" } }, "11100 -" },
        { { { "Content-Type", "TEXT/HTML ; Charset=\"UTF-8\"" } }, "11100 UTF-8" },
        { { { "Content-Type", "text/plain;charset=latin1" } }, "01100 latin1" },
        { { { "Content-Type", "image/png" } }, "00100 -" },
        { { { "Content-Type", "text/html;charset=a;charset=b" } }, "11100 -" },
        { { { "Content-Type", "text/html, text/plain" } }, "00000 -" },
        { { { "Content-Type", "text" } }, "00000 -" },
        { { { "Content-Type", "text/html" }, { "Content-Type", "text/html" } }, "00000 -" },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)weft_test_get(t, "/type", .headers = cases[i].fields).body,
                     (char *)cases[i].text),
                  "%s", cases[i].fields[0].value);
}
