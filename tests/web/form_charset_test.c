/* Forms in other charsets than UTF-8, and what is told of those that are not taken. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdio.h>
#include <string.h>

static int number(weft_request *req, const char *name)
{
    int64_t value = 0;

    return weft_query_int(req, name, 0, &value) < 0 ? 0 : (int)value;
}

static weft_response *gathers(weft_request *req)
{
    const weft_form_options limits = {
        .max_field_bytes = (size_t)number(req, "field_bytes"),
        .max_name_bytes = (size_t)number(req, "name_bytes"),
        .max_memory_bytes = (size_t)number(req, "memory_bytes"),
    };
    const char *text = "", *name, *value;
    int rc = weft_read_form_with(req, &limits);

    if (rc < 0)
        return weft_error(req, rc);
    for (size_t at = 0; weft_form_next(req, &at, &name, &value);)
        text = weft_printf(req, "%s[%s=%s]", text, name, value);
    return weft_text(req, 200, text);
}

static weft_response *json(weft_request *req)
{
    json_t *value;
    int rc = weft_json_body(req, &value);

    return rc < 0 ? weft_error(req, rc) : weft_json(req, 200, json_incref(value));
}

static weft_response *parts(weft_request *req)
{
    weft_part part;
    int rc = weft_next_part(req, &part);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, part.type);
}

static weft_test *begin(void)
{
    weft_app *made = weft_app_new("charsets");

    weft_post(made, "/form", gathers);
    weft_post(made, "/json", json);
    weft_post(made, "/parts", parts);
    return weft_test_new(made);
}

struct charset_case {
    const char *type; /* NULL: none */
    const char *body;
    int status;
    const char *text; /* the body, or the detail of a problem */
    const char *target;
};

static void run(const struct charset_case *cases, size_t count, const char *target)
{
    weft_test *t = begin();

    for (size_t i = 0; i < count; i++) {
        const weft_test_header headers[] = { { "Content-Type", cases[i].type }, { 0 } };
        weft_test_reply r = weft_test_post(
            t, cases[i].target != NULL ? cases[i].target : target, .body = cases[i].body,
            .headers = cases[i].type != NULL ? headers : headers + 1);
        const char *text = r.status < 400 ? r.body : weft_test_json(&r, "/detail");

        cr_expect(eq(int, r.status, cases[i].status), "%s %s", cases[i].type, cases[i].body);
        cr_expect(eq(str, (char *)text, (char *)cases[i].text), "%s %s", cases[i].type,
                  cases[i].body);
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Accept-Encoding"), NULL));
    }
    weft_test_free(t);
}

#define URLENCODED   "application/x-www-form-urlencoded"
#define MULTIPART    "multipart/form-data; boundary=b"
#define NOT_TAKEN(w) w " is taken in UTF-8, US-ASCII and ISO-8859-1"
#define FIELD(type, v) \
    "--b\r\nContent-Disposition: form-data; name=a\r\n" type "\r\n" v "\r\n--b--"
#define IN(charset) "Content-Type: text/plain; charset=" charset "\r\n"

WEFT_TEST(form_charset, of_pairs)
{
    static const struct charset_case cases[] = {
        { URLENCODED, "a=%c3%a9", 200, "[a=\xc3\xa9]", NULL },
        { URLENCODED "; charset=UTF-8", "a=%c3%a9", 200, "[a=\xc3\xa9]", NULL },
        { URLENCODED "; charset=us-ascii", "a=b", 200, "[a=b]", NULL },
        { URLENCODED "; charset=ISO-8859-1", "a=1&b=+2", 200, "[a=1][b= 2]", NULL },
        { URLENCODED "; charset=ISO-8859-1", "", 200, "", NULL },
        /* Decoded behind the escapes, names too; what is UTF-8 by chance is not taken for it.
         */
        { URLENCODED "; charset=\"latin1\"", "%e9=%FF&\xe9=\x80&a=%c3%a9", 200,
          "[\xc3\xa9=\xc3\xbf][\xc3\xa9=\xc2\x80][a=\xc3\x83\xc2\xa9]", NULL },
        { URLENCODED "; charset=latin1", "a=%00", 400, "The form cannot be decoded.", NULL },
        { URLENCODED "; charset=latin1", "a=%e", 400, "The form cannot be decoded.", NULL },
        { URLENCODED, "a=%e9", 400, "The form cannot be decoded.", NULL },
        { URLENCODED "; charset=us-ascii", "a=%e9", 400, "The form cannot be decoded.", NULL },
        { URLENCODED "; charset=koi8-r", "a=b", 415, NOT_TAKEN("A form") ", not in \"koi8-r\".",
          NULL },
        { URLENCODED "; charset=\"\"", "a=b", 415, NOT_TAKEN("A form") ", not in \"\".", NULL },
        { URLENCODED "; charset=utf-8; charset=utf-8", "a=b", 415,
          NOT_TAKEN("A form") "; the Content-Type names several charsets.", NULL },
        { URLENCODED "; charset", "a=b", 415,
          "Expected a body of type application/x-www-form-urlencoded or multipart/form-data; "
          "the Content-Type is malformed or repeated.",
          NULL },
        { "text/plain", "a=b", 415,
          "Expected a body of type application/x-www-form-urlencoded or multipart/form-data.",
          NULL },
        { NULL, "a=b", 415,
          "Expected a body of type application/x-www-form-urlencoded or multipart/form-data.",
          NULL },
        /* Names and values count as they are sent, without escapes; all together as UTF-8. */
        { URLENCODED "; charset=latin1", "a=%e9%e9%e9", 200, "[a=\xc3\xa9\xc3\xa9\xc3\xa9]",
          "/form?field_bytes=3" },
        { URLENCODED "; charset=latin1", "a=%e9%e9%e9%e9", 413, "A field is too long.",
          "/form?field_bytes=3" },
        { URLENCODED "; charset=latin1", "\xe9\xe9=", 200, "[\xc3\xa9\xc3\xa9=]",
          "/form?name_bytes=2" },
        { URLENCODED "; charset=latin1", "\xe9\xe9\xe9=", 413, "A field is too long.",
          "/form?name_bytes=2" },
        { URLENCODED "; charset=latin1", "\xe9=\xe9", 200, "[\xc3\xa9=\xc3\xa9]",
          "/form?memory_bytes=6" },
        { URLENCODED "; charset=latin1", "\xe9=\xe9", 200, "[\xc3\xa9=\xc3\xa9]",
          "/form?memory_bytes=5" },
        { URLENCODED "; charset=latin1", "\xe9=\xe9", 413,
          "The form is longer than 4 bytes, files aside.", "/form?memory_bytes=4" },
    };

    run(cases, sizeof(cases) / sizeof(*cases), "/form");
}

WEFT_TEST(form_charset, of_parts)
{
    static const struct charset_case cases[] = {
        { MULTIPART, FIELD(IN("ISO-8859-1"), "V"), 200, "[a=V]", NULL },
        { MULTIPART, FIELD(IN("ISO-8859-1"), ""), 200, "[a=]", NULL },
        { MULTIPART, FIELD(IN("\"Latin1\""), "\xe9\x80"), 200, "[a=\xc3\xa9\xc2\x80]", NULL },
        { MULTIPART, FIELD(IN("latin1"), "\xc3\xa9"), 200, "[a=\xc3\x83\xc2\xa9]", NULL },
        { MULTIPART, FIELD(IN("US-ASCII"), "V"), 200, "[a=V]", NULL },
        { MULTIPART, FIELD(IN("utf8"), "\xc3\xa9"), 200, "[a=\xc3\xa9]", NULL },
        { MULTIPART, FIELD("Content-Type: application/json; charset=latin1\r\n", "\"\xe9\""),
          200, "[a=\"\xc3\xa9\"]", NULL },
        { MULTIPART, FIELD(IN("utf-8"), "\xe9"), 400,
          "A field of the form is no text in UTF-8.", NULL },
        { MULTIPART, FIELD(IN("koi8-r"), "V"), 415,
          NOT_TAKEN("A field of a form") ", not in \"koi8-r\".", NULL },
        { MULTIPART, FIELD(IN("utf-8; charset=latin1"), "V"), 415,
          NOT_TAKEN("A field of a form") "; the Content-Type names several charsets.", NULL },
        { MULTIPART, FIELD(IN(""), "V"), 400, "The Content-Type of a field is malformed.",
          NULL },
        { MULTIPART, FIELD("Content-Type: bad\r\n", "V"), 400,
          "The Content-Type of a field is malformed.", NULL },
        /* Files are bytes, and so is what is read part by part. */
        { MULTIPART,
          "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n" IN(
              "koi8-r") "\r\n"
                        "\xe9\r\n--b--",
          200, "", NULL },
        { MULTIPART, FIELD(IN("koi8-r"), "\xe9"), 200, "text/plain; charset=koi8-r", "/parts" },
        /* The content counts as it is sent, all together as UTF-8.  The header has 82 bytes. */
        { MULTIPART, FIELD(IN("latin1"), "\xe9\xe9\xe9"), 200, "[a=\xc3\xa9\xc3\xa9\xc3\xa9]",
          "/form?field_bytes=3" },
        { MULTIPART, FIELD(IN("latin1"), "\xe9\xe9\xe9\xe9"), 413,
          "A field is longer than 3 bytes.", "/form?field_bytes=3" },
        { MULTIPART, FIELD(IN("latin1"), "\xe9\xe9"), 200, "[a=\xc3\xa9\xc3\xa9]",
          "/form?memory_bytes=87" },
        { MULTIPART, FIELD(IN("latin1"), "\xe9\xe9"), 200, "[a=\xc3\xa9\xc3\xa9]",
          "/form?memory_bytes=86" },
        { MULTIPART, FIELD(IN("latin1"), "\xe9\xe9"), 413,
          "The form is longer than 85 bytes, files aside.", "/form?memory_bytes=85" },
        { MULTIPART, FIELD(IN("latin1"), "\xe9\xe9"), 413,
          "The form is longer than 83 bytes, files aside.", "/form?memory_bytes=83" },
        { "text/plain", "x", 415,
          "Expected a body of type multipart/form-data, or another multipart type.", "/parts" },
    };

    run(cases, sizeof(cases) / sizeof(*cases), "/form");
}

WEFT_TEST(form_charset, nul_is_no_text)
{
    static const char *const charsets[] = { "utf-8", "latin1" };
    const weft_test_header headers[] = { { "Content-Type", MULTIPART }, { 0 } };
    weft_test *t = begin();

    for (size_t i = 0; i < 2; i++) {
        char body[200];
        int length =
            snprintf(body, sizeof(body),
                     FIELD("Content-Type: text/plain; charset=%s\r\n", "a%cb"), charsets[i], 0);
        weft_test_reply r = weft_test_post(t, "/form", .body = body,
                                           .body_length = (size_t)length, .headers = headers);

        cr_expect(eq(int, r.status, 400));
        cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"),
                     (char *)"A field of the form holds a NUL."));
    }
}

WEFT_TEST(form_charset, of_json_is_utf8)
{
    static const struct charset_case cases[] = {
        { "application/json; charset=UTF-8", "[1]", 200, "[1]", NULL },
        { "application/json; charset=us-ascii", "[1]", 200, "[1]", NULL },
        { "application/json; charset=ISO-8859-1", "[1]", 415,
          "JSON is taken in UTF-8, not in \"ISO-8859-1\".", NULL },
        { "application/vnd.x+json; charset=\"utf-\\\"16\"", "[1]", 415,
          "JSON is taken in UTF-8, not in \"utf-\"16\".", NULL },
        { "application/json; charset=utf-8; charset=utf-8", "[1]", 415,
          "JSON is taken in UTF-8; the Content-Type names several charsets.", NULL },
        { "text/plain", "[1]", 415, "Expected a body of type application/json.", NULL },
        { NULL, "[1]", 415, "Expected a body of type application/json.", NULL },
        { "application/json;charset", "[1]", 415,
          "Expected a body of type application/json; the Content-Type is malformed or "
          "repeated.",
          NULL },
    };

    run(cases, sizeof(cases) / sizeof(*cases), "/json");
}
