/* Bodies that are read in several ways, one after the other: what was read whole is given
 * again. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/weft-again-XXXXXX";

/* --- One way each: what came of it, or a code --------------------------------------------- */

static int whole(weft_request *req, const char **ret)
{
    static const weft_key first = { "the body" };
    size_t length;
    int rc = weft_read_body(req, ret, &length);

    if (rc < 0)
        return rc;
    cr_expect(eq(sz, strlen(*ret), length));
    if (weft_value(req, &first) != NULL)
        cr_expect(eq(ptr, weft_value(req, &first), (void *)(uintptr_t)*ret), "the same place");
    return weft_set_value(req, &first, (void *)(uintptr_t)*ret);
}

static int chunk(weft_request *req, const char **ret)
{
    const char *piece;
    int rc = weft_read_chunk(req, &piece);

    if (rc >= 0)
        *ret = weft_printf(req, "%.*s", rc, piece);
    return rc < 0 ? rc : 0;
}

static int chunks(weft_request *req, const char **ret)
{
    const char *text = "";
    const char *piece;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0)
        text = weft_printf(req, "%s%.*s", text, rc, piece);
    *ret = text;
    return rc;
}

static int form(weft_request *req, const char **ret)
{
    weft_upload *file;
    int rc = weft_read_form(req);

    if (rc < 0)
        return rc;
    file = weft_form_file(req, "f");
    *ret = weft_printf(req, "a=%s f=%s", weft_form(req, "a") ? weft_form(req, "a") : "-",
                       file != NULL ? weft_upload_data(file) : "-");
    return 0;
}

static int parts(weft_request *req, const char **ret)
{
    const char *text = "";
    const char *content;
    weft_part part;
    int rc;

    while ((rc = weft_next_part(req, &part)) > 0) {
        rc = weft_part_read_all(req, 1000, &content, NULL);
        if (rc < 0)
            return rc;
        text = weft_printf(req, "%s%s=%s;", text, part.name, content);
    }
    *ret = text;
    return rc;
}

static int one_part(weft_request *req, const char **ret)
{
    weft_part part;
    int rc = weft_next_part(req, &part);

    if (rc == 1)
        rc = weft_part_read_all(req, 1000, ret, NULL);
    return rc;
}

static int json(weft_request *req, const char **ret)
{
    json_t *value;
    int rc = weft_json_body(req, &value);

    if (rc == 0)
        *ret = weft_printf(req, "%zu", json_array_size(value));
    return rc;
}

static int saved(weft_request *req, const char **ret)
{
    const char *path = weft_printf(req, "%s/body", directory);
    int64_t size = weft_save_body(req, path, &(weft_fs_options){ .no_sync = true });
    char *data = NULL;
    size_t length = 0;
    int rc = size < 0 ? (int)size : weft_fs_read(path, 1000, &data, &length);

    if (rc < 0)
        return rc;
    *ret = weft_printf(req, "%.*s", (int)length, data);
    free(data);
    return weft_fs_unlink(path);
}

static int by_letter(weft_request *req, char letter, const char **ret)
{
    switch (letter) {
    case 'b':
        return whole(req, ret);
    case 'c':
        return chunk(req, ret);
    case 'C':
        return chunks(req, ret);
    case 'f':
        return form(req, ret);
    case 'p':
        return one_part(req, ret);
    case 'P':
        return parts(req, ret);
    case 'j':
        return json(req, ret);
    default:
        return saved(req, ret);
    }
}

/* Each of `ways` in turn; "[what came of it]", or "(code)". */
static weft_response *reads(weft_request *req)
{
    const char *text = "";

    for (const char *way = weft_query(req, "ways"); *way != '\0'; way++) {
        const char *result = "";
        int rc = by_letter(req, *way, &result);

        if (rc == WEFT_EANSWERED)
            (void)weft_error(req, rc); /* the response is dropped */
        text = rc < 0 ? weft_printf(req, "%s(%s)", text, weft_err_name(rc))
                      : weft_printf(req, "%s[%s]", text, result);
    }
    return weft_text(req, 200, text);
}

/* The lengths of the pieces of a body that has been read whole. */
static weft_response *measures(weft_request *req)
{
    const char *text = "";
    const char *body, *piece;
    size_t at = 0;
    int rc = weft_read_body(req, &body, NULL);

    while (rc == 0 && (rc = weft_read_chunk(req, &piece)) > 0) {
        cr_expect(zero(int, memcmp(piece, body + at, (size_t)rc)));
        at += (size_t)rc;
        text = weft_printf(req, "%s%d ", text, rc);
        rc = 0;
    }
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, text);
}

/* A form with limits, from memory. */
static weft_response *limits(weft_request *req)
{
    const char *body;
    int rc = weft_read_body(req, &body, NULL);

    if (rc == 0)
        rc = weft_read_form_with(req, &(weft_form_options){ .max_field_bytes = 3 });
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_form(req, "a"));
}

/* What came over is refused by each in the same way. */
static weft_response *fails(weft_request *req)
{
    const char *text;
    int rc = weft_read_body(req, &text, NULL);

    cr_expect(lt(int, rc, 0));
    cr_expect(eq(int, weft_read_chunk(req, &text), rc));
    cr_expect(eq(int, weft_read_form(req), rc));
    return weft_error(req, rc);
}

/* A form that was refused stays so: whoever asks again, the client is told the same. */
static weft_response *tries(weft_request *req)
{
    weft_part part;
    const char *how = weft_query(req, "how");
    int rc = *how == 'f' ? weft_read_form(req) : weft_next_part(req, &part);

    cr_expect(lt(int, rc, 0));
    if (how[1] != '\0') /* as one who makes a response of it, and drops that */
        (void)weft_error(req, rc);
    cr_expect(eq(int, *how == 'f' ? weft_read_form(req) : weft_next_part(req, &part), rc));
    return weft_error(req, rc);
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("again");

    weft_post(made, "/tries", tries);
    weft_post(made, "/", reads);
    weft_post(made, "/measures", measures);
    weft_post(made, "/limits", limits);
    weft_post(made, "/fails", fails, .max_body_bytes = 5);
    return made;
}

/* --- Bodies --------------------------------------------------------------------------------
 */

#define FORM                                                                  \
    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"              \
    "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n22\r\n" \
    "--b--\r\n"
#define MULTIPART  "multipart/form-data; boundary=b"
#define URLENCODED "application/x-www-form-urlencoded"

struct again_case {
    const char *ways;
    const char *type;
    const char *body;
    const char *expected;
};

static const struct again_case cases[] = {
    /* What was read whole is given again. */
    { "bfb", MULTIPART, FORM, "[" FORM "][a=1 f=22][" FORM "]" },
    { "bP", MULTIPART, FORM, "[" FORM "][a=1;f=22;]" },
    { "bpp", MULTIPART, FORM, "[" FORM "][1][22]" },
    { "bC", MULTIPART, FORM, "[" FORM "][" FORM "]" },
    { "bs", MULTIPART, FORM, "[" FORM "][" FORM "]" },
    { "bf", URLENCODED, "a=b", "[a=b][a=b f=-]" },
    { "bfC", URLENCODED, "a=b", "[a=b][a=b f=-][a=b]" },
    { "fC", URLENCODED, "a=b", "[a=b f=-][a=b]" },
    { "jC", "application/json", "[1, 2]", "[2][[1, 2]]" },
    { "jbs", "application/json", "[1, 2]", "[2][[1, 2]][[1, 2]]" },
    { "bjb", "application/json", "[1, 2]", "[[1, 2]][2][[1, 2]]" },
    /* Once; the end stays the end.  Parts have a place of their own. */
    { "bcc", "text/plain", "abc", "[abc][abc][]" },
    { "bcbc", "text/plain", "abc", "[abc][abc][abc][]" },
    { "bCs", "text/plain", "abc", "[abc][abc][]" },
    { "bCf", MULTIPART, FORM, "[" FORM "][" FORM "][a=1 f=22]" },
    { "bfC", MULTIPART, FORM, "[" FORM "][a=1 f=22][" FORM "]" },
    { "bpCp", MULTIPART, FORM, "[" FORM "][1][" FORM "][22]" },
    { "bcP", MULTIPART, FORM, "[" FORM "][" FORM "][a=1;f=22;]" },
    /* Nothing. */
    { "bcC", "text/plain", "", "[][][]" },
    { "bf", URLENCODED, "", "[][a=- f=-]" },
    { "bf", MULTIPART, "", "[](WEFT_EANSWERED)" },
    { "bs", "text/plain", "", "[][]" },
    /* Cut off. */
    { "bf", MULTIPART, "--b\r\n", "[--b\r\n](WEFT_EANSWERED)" },
    { "bPPb", MULTIPART, "--b--x", "[--b--x](WEFT_EANSWERED)(WEFT_EANSWERED)[--b--x]" },
    /* What was streamed is gone. */
    { "cb", "text/plain", "abc", "[abc](WEFT_EMISUSE)" },
    { "Cf", MULTIPART, FORM, "[" FORM "](WEFT_EMISUSE)" },
    { "Cf", URLENCODED, "a=b", "[a=b](WEFT_EMISUSE)" },
    { "Cj", "application/json", "[1]", "[[1]](WEFT_EMISUSE)" },
    /* A failure is final, and is told again. */
    { "ff", MULTIPART, "--b--x", "(WEFT_EANSWERED)(WEFT_EANSWERED)" },
    { "fff", URLENCODED, "a=%ff", "(WEFT_EANSWERED)(WEFT_EANSWERED)(WEFT_EANSWERED)" },
    { "ff", "text/plain", "a=b", "(WEFT_EANSWERED)(WEFT_EANSWERED)" },
    { "bff", MULTIPART, "--b--x", "[--b--x](WEFT_EANSWERED)(WEFT_EANSWERED)" },
    { "PP", MULTIPART, "--b--x", "(WEFT_EANSWERED)(WEFT_EANSWERED)" },
    { "cp", MULTIPART, FORM, "[" FORM "](WEFT_EMISUSE)" },
    { "CpP", MULTIPART, FORM, "[" FORM "](WEFT_EMISUSE)(WEFT_EMISUSE)" },
    { "sp", MULTIPART, FORM, "[" FORM "](WEFT_EMISUSE)" },
    { "pb", MULTIPART, FORM, "[1](WEFT_EMISUSE)" },
    { "fb", MULTIPART, FORM, "[a=1 f=22](WEFT_EMISUSE)" },
    { "pf", MULTIPART, FORM, "[1](WEFT_EMISUSE)" },
    { "bpf", MULTIPART, FORM, "[" FORM "][1](WEFT_EMISUSE)" },
};

WEFT_TEST(body_again, each_way_behind_each)
{
    weft_test *t;

    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    t = weft_test_new(app());
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
        const struct again_case *c = &cases[i / 2];
        const weft_test_header headers[] = { { "Content-Type", c->type }, { 0 } };
        char target[50];
        weft_test_reply r;

        snprintf(target, sizeof(target), "/?ways=%s", c->ways);
        r = weft_test_post(t, target, .body = c->body, .headers = headers,
                           .chunked = i % 2 != 0);
        cr_expect(eq(str, (char *)r.body, (char *)c->expected), "%s", target);
    }
    weft_test_free(t);
    cr_expect(zero(int, rmdir(directory)), "something is left");
}

WEFT_TEST(body_again, a_refusal_stays_the_same)
{
    static const struct {
        const char *type, *body;
        int status;
    } bodies[] = {
        { MULTIPART, "--b--x", 400 },
        { "multipart/form-data", "--b--x", 400 },
        { MULTIPART, "--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--", 400 },
        { "text/plain", "x", 415 },
    };
    static const char *const ways[] = { "f", "fe", "p", "pe" };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < 4 * sizeof(bodies) / sizeof(*bodies); i++) {
        const weft_test_header headers[] = { { "Content-Type", bodies[i / 4].type }, { 0 } };
        char target[50];
        weft_test_reply r;

        snprintf(target, sizeof(target), "/tries?how=%s", ways[i % 4]);
        r = weft_test_post(t, target, .body = bodies[i / 4].body, .headers = headers);
        cr_expect(eq(int, r.status, bodies[i / 4].status), "%s %s", target, bodies[i / 4].type);
    }
}

WEFT_TEST(body_again, however_it_came)
{
    char wire[1000];
    weft_test *t = weft_test_new(app());
    int length = snprintf(wire, sizeof(wire),
                          "POST /?ways=bfP HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                          "Content-Type: " MULTIPART "\r\n\r\n" FORM,
                          sizeof(FORM) - 1);

    for (size_t step = 1; step < 300; step += step < 20 ? 1 : 37) {
        weft_test_reply r = weft_test_raw(t, wire, (size_t)length, step);

        cr_expect(eq(str, (char *)r.body, (char *)"[" FORM "][a=1 f=22][]"), "by %zu", step);
    }
}

WEFT_TEST(body_again, in_pieces_of_64_kib)
{
    static const struct {
        size_t length;
        const char *pieces;
    } rows[] = {
        { 65535, "65535 " },
        { 65536, "65536 " },
        { 65537, "65536 1 " },
        { 200000, "65536 65536 65536 3392 " },
    };
    weft_test *t = weft_test_new(app());
    char *body = malloc(200000);

    cr_assert(ne(ptr, body, NULL));
    for (size_t i = 0; i < 200000; i++)
        body[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        weft_test_reply r =
            weft_test_post(t, "/measures", .body = body, .body_length = rows[i].length);

        cr_expect(eq(str, (char *)r.body, (char *)rows[i].pieces));
    }
    free(body);
}

WEFT_TEST(body_again, limits_are_those_of_the_form_and_of_the_body)
{
    static const struct {
        const char *body;
        int status;
    } rows[] = {
        { "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n12\r\n--b--", 200 },
        { "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n123\r\n--b--", 200 },
        { "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1234\r\n--b--", 413 },
    };
    const weft_test_header headers[] = { { "Content-Type", MULTIPART }, { 0 } };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(
            eq(int,
               weft_test_post(t, "/limits", .body = rows[i].body, .headers = headers).status,
               rows[i].status),
            "%s", rows[i].body);
    cr_expect(
        eq(int,
           weft_test_post(t, "/fails", .body = "123456", .headers = headers, .chunked = true)
               .status,
           413));
}
