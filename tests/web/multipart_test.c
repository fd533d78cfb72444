/* Forms with files, gathered and part by part.  How bodies are cut: multipart_test.c of http.
 */
#include <weft.h>
#include <weft/test_criterion.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static weft_form_options limits;
static char directory[] = "/tmp/weft-multipart-XXXXXX";

static int number(weft_request *req, const char *name)
{
    int64_t value = 0;

    return weft_query_int(req, name, 0, &value) < 0 ? 0 : (int)value;
}

static void take_limits(weft_request *req)
{
    limits = (weft_form_options){
        .max_fields = (unsigned)number(req, "fields"),
        .max_files = (unsigned)number(req, "files"),
        .max_field_bytes = (size_t)number(req, "field_bytes"),
        .max_file_bytes = (uint64_t)number(req, "file_bytes"),
        .max_name_bytes = (size_t)number(req, "name_bytes"),
        .max_header_bytes = (size_t)number(req, "header_bytes"),
        .max_memory_bytes = (size_t)number(req, "memory_bytes"),
        .spool_bytes = (size_t)number(req, "spool_bytes"),
        .directory = weft_query(req, "directory"),
    };
}

/* The sum of a file's bytes, read by 1000, and whether it lies on disk. */
static const char *file_text(weft_request *req, weft_upload *file)
{
    char piece[1000];
    unsigned sum = 0;
    ssize_t n;

    while ((n = weft_upload_read(file, piece, sizeof(piece))) > 0)
        for (ssize_t i = 0; i < n; i++)
            sum += (unsigned char)piece[i];
    return weft_printf(req, "%s/%s/%s/%" PRId64 "/%u/%s", weft_upload_name(file),
                       weft_upload_filename(file), weft_upload_type(file),
                       weft_upload_size(file), n < 0 ? 0 : sum,
                       weft_upload_data(file) == NULL ? "disk" : "memory");
}

static weft_response *gathers(weft_request *req)
{
    const char *text = "", *name, *value;
    weft_upload *file = NULL;
    int rc;

    take_limits(req);
    rc = weft_read_form_with(req, &limits);
    if (rc == 0)
        rc = weft_read_form(req); /* a second time */
    if (rc < 0)
        return weft_error(req, rc);
    for (size_t at = 0; weft_form_next(req, &at, &name, &value);)
        text = weft_printf(req, "%s[%s=%s]", text, name, value);
    while (weft_form_file_next(req, &file))
        text = weft_printf(req, "%s{%s}", text, file_text(req, file));
    return weft_text(req, 200, text);
}

static weft_response *streams(weft_request *req)
{
    const char *text = "", *piece;
    weft_part part;
    int rc;

    take_limits(req);
    rc = weft_begin_parts(req, &limits);
    if (rc == 0 && weft_part_read(req, &piece) != WEFT_EMISUSE)
        rc = WEFT_EMISUSE;
    while (rc >= 0 && (rc = weft_next_part(req, &part)) > 0) {
        text = weft_printf(req, "%s[%s/%s/%s=", text, part.name ? part.name : "-",
                           part.filename ? part.filename : "-", part.type ? part.type : "-");
        if (part.name != NULL && strcmp(part.name, "skipped") == 0)
            continue;
        while ((rc = weft_part_read(req, &piece)) > 0)
            text = weft_printf(req, "%s%.*s", text, rc, piece);
        if (rc == 0)
            rc = weft_part_read(req, &piece); /* the end stays the end */
        text = weft_printf(req, "%s]", text);
    }
    if (rc == 0)
        rc = weft_next_part(req, &part);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, text);
}

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    cr_assert(ne(ptr, dir, NULL));
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* Whether a file has n bytes of n, which its name says; read whole, and from its middle. */
static bool is_the_one(weft_upload *file)
{
    char data[1001];
    int n = (int)strtol(weft_upload_filename(file), NULL, 10);
    ssize_t length = weft_upload_read(file, data, sizeof(data));

    for (ssize_t i = 0; i < length; i++)
        if (data[i] != (n & 127))
            return false;
    if (length != n || weft_upload_size(file) != n || weft_upload_read(file, data, 1) != 0)
        return false;
    return weft_upload_seek(file, n / 2) == 0 &&
           weft_upload_read(file, data, sizeof(data)) == n - n / 2;
}

static int save_one(void *arg)
{
    weft_upload *file = arg;
    weft_request *req = weft_current_request();

    return weft_upload_save(file,
                            weft_printf(req, "%s/%s", directory, weft_upload_filename(file)),
                            &(weft_fs_options){ .no_sync = true });
}

/* The files numbered 990 and on, all at once. */
static int save_the_last(weft_request *req)
{
    WEFT_GROUP(all, 0);
    int rc = 0;

    for (size_t i = 990; rc == 0 && i < 1000; i++)
        rc = weft_group_go(all, save_one, weft_form_file_at(req, "f", i));
    return rc < 0 ? rc : weft_group_wait(all);
}

static bool saved_well(int n)
{
    char path[100];
    char *data = NULL;
    size_t length = 0;
    bool well;

    snprintf(path, sizeof(path), "%s/%d", directory, n);
    well = weft_fs_read(path, 2000, &data, &length) == 0 && length == (size_t)n;
    for (size_t i = 0; well && i < length; i++)
        well = data[i] == (n & 127);
    free(data);
    return weft_fs_unlink(path) == 0 && well;
}

static weft_response *counts_descriptors(weft_request *req)
{
    int before = descriptors();
    weft_upload *file = NULL;
    int rc;

    take_limits(req);
    rc = weft_read_form_with(req, &limits);
    before = descriptors() - before;
    while (rc == 0 && weft_form_file_next(req, &file))
        cr_expect(is_the_one(file), "%s", weft_upload_filename(file));
    if (rc == 0)
        rc = save_the_last(req);
    for (int n = 990; rc == 0 && n < 1000; n++)
        cr_expect(saved_well(n), "%d", n);
    return rc < 0
               ? weft_error(req, rc)
               : weft_text(req, 200,
                           weft_printf(req, "%d descriptor%s", before, before == 1 ? "" : "s"));
}

static const char *path_in(weft_request *req, const char *name)
{
    return weft_printf(req, "%s/%s", directory, name);
}

/* What a file holds; it is removed. */
static weft_response *tell_file(weft_request *req, const char *path)
{
    char *data;
    size_t length;
    weft_response *res;
    int rc = weft_fs_read(path, 10000000, &data, &length);

    if (rc < 0)
        return weft_error(req, rc);
    res = weft_bytes(req, 200, "text/plain", data, length);
    free(data);
    rc = weft_fs_unlink(path);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *saves_upload(weft_request *req)
{
    const char *path = path_in(req, "upload");
    weft_upload *file;
    char byte;
    int rc;

    take_limits(req);
    rc = weft_read_form_with(req, &limits);
    file = rc == 0 ? weft_form_file(req, "f") : NULL;
    if (file == NULL)
        return weft_error(req, rc < 0 ? rc : UV_ENOENT);
    cr_expect(eq(int, weft_upload_seek(file, -1), UV_EINVAL));
    cr_expect(eq(int, weft_upload_seek(file, weft_upload_size(file) + 1), UV_EINVAL));
    cr_expect(zero(int, weft_upload_seek(file, weft_upload_size(file))));
    cr_expect(zero(int, (int)weft_upload_read(file, &byte, 1)));
    rc = weft_upload_save(file, path, NULL);
    if (rc == 0)
        rc = weft_upload_save(file, path, NULL); /* as often as one likes */
    return rc < 0 ? weft_error(req, rc) : tell_file(req, path);
}

static weft_response *saves_body(weft_request *req)
{
    const char *path = path_in(req, "body");
    int64_t size = weft_save_body(req, path, NULL);

    cr_expect(size < 0 || weft_body_length(req) == -1 || size == weft_body_length(req));
    if (size < 0)
        cr_expect(eq(int, access(path, F_OK), -1), "nothing is left");
    return size < 0 ? weft_error(req, (int)size) : tell_file(req, path);
}

static weft_response *saves_to_file(weft_request *req)
{
    const char *path = path_in(req, "open");
    WEFT_FILE(file);
    int64_t size = weft_save_body_to(req, &file);

    cr_expect(eq(int, (int)size, WEFT_EMISUSE));
    size = weft_file_open(&file, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (size == 0)
        size = weft_save_body_to(req, &file);
    return size < 0 ? weft_error(req, (int)size) : tell_file(req, path);
}

static weft_response *saves_part(weft_request *req)
{
    const char *path = path_in(req, "part");
    weft_part part;
    int64_t size = weft_next_part(req, &part);

    if (size == 1)
        size = weft_part_save(req, path, NULL);
    return size < 0 ? weft_error(req, (int)size) : tell_file(req, path);
}

static weft_response *names(weft_request *req)
{
    return weft_text(req, 200, weft_safe_filename(req, weft_query(req, "name")));
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("forms");

    weft_app_configure(made, &(weft_app_options){ .max_body_bytes = 3000000 });
    weft_post(made, "/form", gathers);
    weft_post(made, "/parts", streams);
    weft_post(made, "/many", counts_descriptors);
    weft_post(made, "/upload", saves_upload);
    weft_post(made, "/body", saves_body);
    weft_post(made, "/short", saves_body, .max_body_bytes = 5);
    weft_post(made, "/open", saves_to_file);
    weft_post(made, "/part", saves_part);
    weft_get(made, "/name", names);
    return made;
}

static weft_test *begin(void)
{
    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    return weft_test_new(app());
}

static void finish(weft_test *t)
{
    weft_test_free(t);
    cr_expect(zero(int, rmdir(directory)), "something is left");
}

static weft_test_reply post(weft_test *t, const char *target, const char *body, size_t length)
{
    static const weft_test_header headers[] = {
        { "Content-Type", "multipart/form-data; boundary=\"b\"" }, { 0 }
    };

    return weft_test_post(t, target, .body = body, .body_length = length, .headers = headers);
}

#define FIELD(name, value) \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_HEAD(name, filename)                                                             \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" filename "\"\r\n" \
    "Content-Type: text/x\r\n\r\n"
#define A_FILE(name, filename, value) FILE_HEAD(name, filename) value "\r\n"
#define END                           "--b--\r\n"

/* A form with a file of `size` bytes of 1; release with free(). */
static char *with_file(size_t size, size_t *ret_length)
{
    static const char head[] = FIELD("a", "1") FILE_HEAD("f", "big");
    static const char tail[] = "\r\n" END;
    char *body = malloc(sizeof(head) + size + sizeof(tail));

    cr_assert(ne(ptr, body, NULL));
    memcpy(body, head, sizeof(head) - 1);
    memset(body + sizeof(head) - 1, 1, size);
    memcpy(body + sizeof(head) - 1 + size, tail, sizeof(tail));
    *ret_length = sizeof(head) - 1 + size + sizeof(tail) - 1;
    return body;
}

struct form_case {
    const char *target;
    const char *body;
    int status;
    const char *text; /* NULL: whatever it is */
};

static void run(const struct form_case *cases, size_t count)
{
    weft_test *t = begin();

    for (size_t i = 0; i < count; i++) {
        weft_test_reply r = post(t, cases[i].target, cases[i].body, 0);

        cr_expect(eq(int, r.status, cases[i].status), "%s %s", cases[i].target, cases[i].body);
        if (cases[i].text != NULL)
            cr_expect(eq(str, (char *)r.body, (char *)cases[i].text), "%s", cases[i].body);
    }
    finish(t);
}

WEFT_TEST(multipart, forms_are_gathered)
{
    static const struct form_case cases[] = {
        { "/form", FIELD("a", "1") FIELD("b", "") FIELD("a", "2") END, 200, "[a=1][b=][a=2]" },
        { "/form", A_FILE("f", "x.txt", "abc") END, 200, "{f/x.txt/text/x/3/294/memory}" },
        { "/form", A_FILE("f", "", "") FIELD("a", "1") END, 200, "[a=1]" },
        { "/form", A_FILE("f", "", "\1") A_FILE("f", "e", "") END, 200,
          "{f//text/x/1/1/memory}{f/e/text/x/0/0/memory}" },
        { "/form", A_FILE("f", "a%22b", "") END, 200, "{f/a\"b/text/x/0/0/memory}" },
        { "/form",
          "--b\r\ncontent-disposition: form-data; name=n; filename=m\r\n\r\n\1\r\n" END, 200,
          "{n/m/application/octet-stream/1/1/memory}" },
        { "/form",
          "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
          "8bit\r\n"
          "Content-Disposition: form-data; name=n\r\n\r\n\xc3\xa9\r\n" END,
          200, "[n=\xc3\xa9]" },
        { "/form", "preamble\r\n" FIELD("a", "1") "--b--\r\nepilogue", 200, "[a=1]" },
        { "/form", END, 200, "" },
        /* Refused. */
        { "/form", "", 400, NULL },
        { "/form", FIELD("a", "1"), 400, NULL },
        { "/form", FIELD("a", "1") "--b", 400, NULL },
        { "/form", FIELD("a", "\xff") END, 400, NULL },
        { "/form", "--b\r\n\r\nx\r\n" END, 400, NULL },
        { "/form", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" END, 400, NULL },
        { "/form", "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n" END, 400,
          NULL },
        { "/form",
          "--b\r\nContent-Type: text/plain; charset=latin2\r\n"
          "Content-Disposition: form-data; name=n\r\n\r\nx\r\n" END,
          415, NULL },
        { "/form",
          "--b\r\nContent-Transfer-Encoding: base64\r\n"
          "Content-Disposition: form-data; name=n\r\n\r\nx\r\n" END,
          400, NULL },
        /* Twice, which others may read otherwise. */
        { "/form",
          "--b\r\nContent-Disposition: form-data; name=n\r\n"
          "Content-Disposition: form-data; name=m; filename=x\r\n\r\nx\r\n" END,
          400, NULL },
        { "/form",
          "--b\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n"
          "Content-Disposition: form-data; name=n; filename=x\r\n\r\nx\r\n" END,
          400, NULL },
        /* filename* */
        { "/form",
          "--b\r\nContent-Disposition: form-data; name=n; filename=x; filename*=UTF-8''%79"
          "\r\n\r\n\1\r\n" END,
          200, "{n/y/application/octet-stream/1/1/memory}" },
        { "/form",
          "--b\r\nContent-Disposition: form-data; name=n; filename=x; filename*=UTF-8''%zz"
          "\r\n\r\n\1\r\n" END,
          200, "{n/x/application/octet-stream/1/1/memory}" },
        { "/form",
          "--b\r\nContent-Disposition: form-data; name=n; filename*=UTF-8''%zz"
          "\r\n\r\n\1\r\n" END,
          400, NULL },
        /* A file for those who know RFC 2231, and another name. */
        { "/form",
          "--b\r\nContent-Disposition: form-data; name=\"a\"; filename*0=\"x\"; "
          "filename*1=\"y\"\r\n\r\n\1\r\n" END,
          400, NULL },
        { "/form",
          "--b\r\nContent-Disposition: form-data; name=\"a\"; name*=UTF-8''b\r\n\r\n1\r\n" END,
          400, NULL },
        { "/parts",
          "--b\r\nContent-Disposition: form-data; name=\"a\"; name*0=b\r\n\r\n1\r\n" END, 400,
          NULL },
    };

    run(cases, sizeof(cases) / sizeof(*cases));
}

WEFT_TEST(multipart, limits_hold_at_the_byte)
{
    static const struct form_case cases[] = {
        { "/form?fields=2", FIELD("a", "1") END, 200, NULL },
        { "/form?fields=2", FIELD("a", "1") FIELD("a", "2") END, 200, NULL },
        { "/form?fields=2", FIELD("a", "1") FIELD("a", "2") FIELD("a", "3") END, 413, NULL },
        { "/form?files=2", A_FILE("f", "x", "1") END, 200, NULL },
        { "/form?files=2", A_FILE("f", "x", "1") A_FILE("f", "x", "1") END, 200, NULL },
        { "/form?files=2", A_FILE("f", "x", "1") A_FILE("f", "x", "1") A_FILE("f", "", "") END,
          413, NULL },
        { "/form?fields=1&files=1", FIELD("a", "1") A_FILE("f", "x", "1") END, 200, NULL },
        { "/form?field_bytes=3", FIELD("a", "12") END, 200, NULL },
        { "/form?field_bytes=3", FIELD("a", "123") END, 200, NULL },
        { "/form?field_bytes=3", FIELD("a", "1234") END, 413, NULL },
        { "/form?field_bytes=3", A_FILE("f", "x", "1234") END, 200, NULL },
        { "/form?file_bytes=3", A_FILE("f", "x", "12") END, 200, NULL },
        { "/form?file_bytes=3", A_FILE("f", "x", "123") END, 200, NULL },
        { "/form?file_bytes=3", A_FILE("f", "x", "1234") END, 413, NULL },
        { "/form?file_bytes=3", FIELD("a", "1234") END, 200, NULL },
        { "/form?name_bytes=3", FIELD("ab", "") END, 200, NULL },
        { "/form?name_bytes=3", FIELD("abc", "") END, 200, NULL },
        { "/form?name_bytes=3", FIELD("abcd", "") END, 413, NULL },
        { "/form?name_bytes=3", A_FILE("a", "abcd", "") END, 413, NULL },
        /* The header of a field is 42 bytes long, that of a file 78. */
        { "/form?header_bytes=43", FIELD("a", "") END, 200, NULL },
        { "/form?header_bytes=42", FIELD("a", "") END, 200, NULL },
        { "/form?header_bytes=41", FIELD("a", "") END, 413, NULL },
        { "/form?memory_bytes=88", FIELD("a", "12") FIELD("b", "1") END, 200, NULL },
        { "/form?memory_bytes=88", FIELD("a", "12") FIELD("b", "12") END, 200, NULL },
        { "/form?memory_bytes=88", FIELD("a", "12") FIELD("b", "123") END, 413, NULL },
        { "/form?memory_bytes=43", FIELD("a", "") END, 200, NULL },
        { "/form?memory_bytes=42", FIELD("a", "") END, 200, NULL },
        { "/form?memory_bytes=41", FIELD("a", "") END, 413, NULL },
        { "/form?memory_bytes=78", A_FILE("f", "x", "") END, 200, NULL },
        { "/form?memory_bytes=77", A_FILE("f", "x", "") END, 413, NULL },
        /* Files make room, whether they come first or last. */
        { "/form?memory_bytes=124", FIELD("a", "12") A_FILE("f", "x", "\1\1") END, 200,
          "[a=12]{f/x/text/x/2/2/memory}" },
        { "/form?memory_bytes=124", FIELD("a", "12") A_FILE("f", "x", "\1\1\1") END, 200,
          "[a=12]{f/x/text/x/3/3/disk}" },
        { "/form?memory_bytes=124", A_FILE("f", "x", "\1\1") FIELD("a", "12") END, 200,
          "[a=12]{f/x/text/x/2/2/memory}" },
        { "/form?memory_bytes=124", A_FILE("f", "x", "\1\1\1") FIELD("a", "12") END, 200,
          "[a=12]{f/x/text/x/3/3/disk}" },
        { "/form?memory_bytes=278",
          A_FILE("f", "x", "\1\1\1") A_FILE("g", "x", "") A_FILE("h", "y", "\2") FIELD("a", "1")
              END,
          200, "[a=1]{f/x/text/x/3/3/disk}{g/x/text/x/0/0/memory}{h/y/text/x/1/2/memory}" },
        { "/form?memory_bytes=277",
          A_FILE("f", "x", "\1\1\1") A_FILE("g", "x", "") A_FILE("h", "y", "\2") FIELD("a", "1")
              END,
          200, "[a=1]{f/x/text/x/3/3/disk}{g/x/text/x/0/0/memory}{h/y/text/x/1/2/disk}" },
        { "/form?memory_bytes=276",
          A_FILE("f", "x", "\1\1\1") A_FILE("g", "x", "") A_FILE("h", "y", "\2") FIELD("a", "1")
              END,
          413, NULL },
        { "/form?spool_bytes=3", A_FILE("f", "x", "\1\1") END, 200, "{f/x/text/x/2/2/memory}" },
        { "/form?spool_bytes=3", A_FILE("f", "x", "\1\1\1") END, 200,
          "{f/x/text/x/3/3/memory}" },
        { "/form?spool_bytes=3", A_FILE("f", "x", "\1\1\1\1") END, 200,
          "{f/x/text/x/4/4/disk}" },
    };

    run(cases, sizeof(cases) / sizeof(*cases));
}

WEFT_TEST(multipart, parts_are_streamed)
{
    static const struct form_case cases[] = {
        { "/parts", FIELD("a", "1") A_FILE("f", "x", "abc") FIELD("b", "") END, 200,
          "[a/-/-=1][f/x/text/x=abc][b/-/-=]" },
        { "/parts", FIELD("skipped", "1234") FIELD("a", "1") END, 200,
          "[skipped/-/-=[a/-/-=1]" },
        { "/parts", FIELD("skipped", "1") END, 200, "[skipped/-/-=" },
        { "/parts", END, 200, "" },
        { "/parts", FIELD("a", "1"), 400, NULL },
        { "/parts?fields=1", FIELD("skipped", "1") FIELD("a", "1") END, 413, NULL },
        { "/parts?field_bytes=1", FIELD("skipped", "12") END, 413, NULL },
        { "/parts?field_bytes=1", FIELD("a", "12") END, 413, NULL },
    };

    run(cases, sizeof(cases) / sizeof(*cases));
}

WEFT_TEST(multipart, other_types_are_taken_part_by_part)
{
    weft_test *t = begin();
    const weft_test_header mixed[] = { { "Content-Type", "multipart/mixed; boundary=b" },
                                       { 0 } };
    weft_test_reply r =
        weft_test_post(t, "/parts", .headers = mixed, .body = "--b\r\n\r\nx\r\n--b--");

    cr_expect(eq(str, (char *)r.body, (char *)"[-/-/-=x]"));
    r = weft_test_post(t, "/form", .headers = mixed, .body = "--b\r\n\r\nx\r\n--b--");
    cr_expect(eq(int, r.status, 415));
    r = weft_test_post(t, "/parts", .form = "a=b");
    cr_expect(eq(int, r.status, 415));
    r = weft_test_post(t, "/form?fields=1", .form = "a=b");
    cr_expect(eq(int, r.status, 200));
    r = weft_test_post(t, "/form?fields=1", .form = "a=b&c=d");
    cr_expect(eq(int, r.status, 413));
    finish(t);
}

WEFT_TEST(multipart, urlencoded_forms_have_the_limit_of_memory_too)
{
    static const struct {
        const char *form;
        int status;
    } cases[] = { { "a=", 200 }, { "a=b", 200 }, { "a=bc", 413 } };
    weft_test *t = begin();

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = weft_test_post(t, "/form?memory_bytes=3", .form = cases[i].form);

        cr_expect(eq(int, r.status, cases[i].status), "%s", cases[i].form);
        r = weft_test_post(t, "/form?memory_bytes=3", .form = cases[i].form, .chunked = true);
        cr_expect(eq(int, r.status, cases[i].status), "%s, chunked", cases[i].form);
    }
    finish(t);
}

WEFT_TEST(multipart, boundaries_are_needed)
{
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=\"a\\\"b\"",
        "multipart/form-data; boundary=b; boundary=b",
    };
    weft_test *t = begin();

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        const weft_test_header headers[] = { { "Content-Type", types[i] }, { 0 } };

        cr_expect(
            eq(int, weft_test_post(t, "/form", .headers = headers, .body = END).status, 400));
    }
    finish(t);
}

/* Others may go by the other one. */
WEFT_TEST(multipart, two_media_types_are_none)
{
    const weft_test_header headers[] = { { "Content-Type", "multipart/form-data; boundary=b" },
                                         { "Content-Type", "multipart/form-data; boundary=b" },
                                         { 0 } };
    weft_test *t = begin();

    cr_expect(eq(int, weft_test_post(t, "/form", .headers = headers, .body = END).status, 415));
    cr_expect(
        eq(int, weft_test_post(t, "/parts", .headers = headers, .body = END).status, 415));
    finish(t);
}

/* The same however it is cut, and chunked. */
WEFT_TEST(multipart, bodies_come_in_any_pieces)
{
    static const char body[] = FIELD("a", "1\r\n-") A_FILE("f", "x", "\1\r\n--\1") END;
    char wire[1000];
    weft_test *t = begin();
    int length =
        snprintf(wire, sizeof(wire),
                 "POST /form?spool_bytes=2 HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
                 "Content-Type: multipart/form-data; boundary=b\r\n\r\n%s",
                 sizeof(body) - 1, body);

    for (size_t step = 1; step < 300; step += step < 20 ? 1 : 37) {
        weft_test_reply r = weft_test_raw(t, wire, (size_t)length, step);

        cr_expect(eq(str, (char *)r.body, (char *)"[a=1\r\n-]{f/x/text/x/6/115/disk}"),
                  "by %zu", step);
    }
    finish(t);
}

WEFT_TEST(multipart, files_above_a_mebibyte_go_to_disk)
{
    weft_test *t = begin();

    for (int over = -1; over <= 1; over++) {
        size_t size = (size_t)(1024 * 1024 + over);
        size_t length;
        char *body = with_file(size, &length);
        weft_test_reply r = post(t, "/form", body, length);
        char text[100];

        snprintf(text, sizeof(text), "[a=1]{f/big/text/x/%zu/%zu/%s}", size, size,
                 over > 0 ? "disk" : "memory");
        cr_expect(eq(str, (char *)r.body, text));
        r = post(t, "/upload", body, length);
        cr_expect(eq(sz, r.body_length, size));
        free(body);
    }
    finish(t);
}

/* A part whose header lines have `bytes` bytes. */
static const char *part_of(char *body, size_t size, size_t bytes)
{
    static const char name[] = "Content-Disposition: form-data; name=a\r\n";
    size_t value = bytes - (sizeof(name) - 1) - 5; /* "X: " and CRLF */

    snprintf(body, size, "--b\r\n%sX: %0*d\r\n\r\n1\r\n" END, name, (int)value, 0);
    return body;
}

WEFT_TEST(multipart, headers_have_8_kib_and_32_lines)
{
    static char body[20000];
    weft_test *t = begin();

    for (int over = -1; over <= 1; over++) {
        weft_test_reply r =
            post(t, "/form", part_of(body, sizeof(body), (size_t)(8 * 1024 + over)), 0);

        cr_expect(eq(int, r.status, over > 0 ? 413 : 200), "%d", over);
        if (over > 0)
            cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"),
                         (char *)"The header of a part is longer than 8192 bytes."));
    }
    for (int lines = 31; lines <= 33; lines++) {
        weft_test_reply r;

        memcpy(body, "--b\r\nContent-Disposition: form-data; name=a\r\n", 46);
        for (int i = 1; i < lines; i++)
            memcpy(body + strlen(body), "X: y\r\n", 7);
        memcpy(body + strlen(body), "\r\n1\r\n" END, sizeof("\r\n1\r\n" END));
        r = post(t, "/form", body, 0);
        cr_expect(eq(int, r.status, lines > 32 ? 413 : 200), "%d", lines);
        if (lines > 32)
            cr_expect(eq(str, (char *)weft_test_json(&r, "/detail"),
                         (char *)"The header of a part has more than 32 lines."));
    }
    finish(t);
}

/* `count` files, the n-th with n bytes of n. */
static char *with_files(int count, size_t *ret_length)
{
    char *body = NULL;
    FILE *out = open_memstream(&body, ret_length);

    cr_assert(ne(ptr, out, NULL));
    for (int i = 0; i < count; i++) {
        fprintf(out, FILE_HEAD("f", "%d"), i);
        for (int n = 0; n < i; n++)
            fputc(i & 127, out);
        fputs("\r\n", out);
    }
    fputs(END, out);
    fclose(out);
    return body;
}

WEFT_TEST(multipart, many_files_on_disk_take_one_descriptor)
{
    weft_test *t = begin();
    size_t length;
    char *body = with_files(1000, &length);
    weft_test_reply r = post(t, "/many?spool_bytes=1&memory_bytes=200000", body, length);

    cr_expect(eq(str, (char *)r.body, (char *)"1 descriptor"));
    r = post(t, "/many?spool_bytes=500&memory_bytes=200000", body, length);
    cr_expect(eq(str, (char *)r.body, (char *)"1 descriptor"));
    r = post(t, "/many", body, length);
    cr_expect(eq(str, (char *)r.body, (char *)"0 descriptors"));
    free(body);
    finish(t);
}

WEFT_TEST(multipart, a_directory_that_is_not_there_is_a_failure)
{
    weft_test *t = begin();
    weft_test_reply r =
        post(t, "/form?spool_bytes=1&directory=/nonexistent", A_FILE("f", "x", "123") END, 0);

    cr_expect(eq(int, r.status, 500));
    finish(t);
}

WEFT_TEST(multipart, bodies_and_parts_are_saved)
{
    static const char *const targets[] = { "/body", "/open" };
    weft_test *t = begin();
    size_t length;
    char *body = with_file(1000000, &length);
    weft_test_reply r;

    for (size_t i = 0; i < 2; i++) {
        r = post(t, targets[i], body, length);
        cr_expect(eq(int, r.status, 200));
        cr_expect(eq(sz, r.body_length, length));
        cr_expect(zero(int, memcmp(r.body, body, length)));
        r = weft_test_post(t, targets[i], .body = "abc", .chunked = true);
        cr_expect(eq(str, (char *)r.body, (char *)"abc"));
        r = weft_test_post(t, targets[i]);
        cr_expect(eq(str, (char *)r.body, (char *)""));
    }
    r = post(t, "/part", A_FILE("f", "x", "123") END, 0);
    cr_expect(eq(str, (char *)r.body, (char *)"123"));
    r = post(t, "/part", A_FILE("f", "x", "123"), 0); /* what is behind it is not looked at */
    cr_expect(eq(int, r.status, 400));
    r = weft_test_post(t, "/short", .body = "12345", .chunked = true);
    cr_expect(eq(int, r.status, 200));
    r = weft_test_post(t, "/short", .body = "123456", .chunked = true);
    cr_expect(eq(int, r.status, 413));
    free(body);
    finish(t);
}

WEFT_TEST(multipart, file_names_are_made_safe)
{
    static const struct {
        const char *query;
        const char *name;
    } cases[] = {
        { "", "file" },
        { "?name=", "file" },
        { "?name=a.txt", "a.txt" },
        { "?name=../../etc/passwd", "passwd" },
        { "?name=C:%5Cdir%5Cb.txt", "b.txt" },
        { "?name=a/", "file" },
        { "?name=..", "file" },
        { "?name=.%20.hidden", "hidden" },
        { "?name=a%0ab%7f:c", "a_b__c" },
        { "?name=%c3%a9", "\xc3\xa9" },
    };
    weft_test *t = begin();
    char query[400] = "/name?name=";

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char target[100];

        snprintf(target, sizeof(target), "/name%s", cases[i].query);
        cr_expect(eq(str, (char *)weft_test_get(t, target).body, (char *)cases[i].name));
    }
    memset(query + strlen(query), 'x', 254);
    memcpy(query + strlen(query), "%c3%a9", 7);
    cr_expect(eq(sz, weft_test_get(t, query).body_length, 254));
    finish(t);
}
