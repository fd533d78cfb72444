/*
 * Bodies that are decoded, cut into parts and written to disk: while memory runs out, at each
 * allocation in turn, and when their time is over in the middle.  The client gets a complete
 * response or a closed connection, the next request is served as if nothing had been, nothing
 * leaks, and nothing is left on the disk.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft.h>
#include <weft/test_criterion.h>

#include "failalloc.h"
#include "server/conn.h"
#include "task/os/fs.h"

static char directory[] = "/tmp/weft-uploads-XXXXXX";

static weft_response *form(weft_request *req)
{
    int rc = weft_read_form_with(
        req, &(weft_form_options){ .spool_bytes = 3, .directory = directory });
    weft_upload *file = rc == 0 ? weft_form_file(req, "f") : NULL;
    const char *path = weft_printf(req, "%s/file", directory);

    if (rc == 0 && (file == NULL || path == NULL))
        rc = UV_ENOMEM;
    if (rc == 0)
        rc = weft_upload_save(file, path, &(weft_fs_options){ .no_sync = true });
    if (rc == 0)
        rc = weft_fs_unlink(path);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_form(req, "a"));
}

/* The same of a body that has been read whole. */
static weft_response *form_again(weft_request *req)
{
    const char *body;
    int rc = weft_read_body(req, &body, NULL);

    return rc < 0 ? weft_error(req, rc) : form(req);
}

static weft_response *save(weft_request *req)
{
    const char *path = weft_printf(req, "%s/body", directory);
    int64_t size = path == NULL
                       ? UV_ENOMEM
                       : weft_save_body(req, path, &(weft_fs_options){ .no_sync = true });

    if (size < 0)
        return weft_error(req, (int)size);
    size = weft_fs_unlink(path);
    return size < 0 ? weft_error(req, (int)size)
                    : weft_text(req, 200, weft_trailer(req, "x") == NULL ? "-" : "x");
}

static weft_response *part(weft_request *req)
{
    weft_part p;
    const char *text;
    int rc = weft_next_part(req, &p);

    if (rc > 0)
        rc = weft_part_read_all(req, 100, &text, NULL);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, text);
}

/* Goes through the parts, and tells how much memory was taken for them since the tenth. */
static weft_response *parts(weft_request *req)
{
    size_t tenth = 0;
    unsigned count = 0;
    weft_part p;
    int rc = weft_begin_parts(req, &(weft_form_options){ .max_fields = 100000 });

    while (rc >= 0 && (rc = weft_next_part(req, &p)) > 0) {
        cr_expect(eq(sz, strlen(weft_part_header(req, "X")), 500));
        if (++count == 10)
            tenth = req->memory.used;
    }
    if (rc < 0)
        return weft_error(req, rc);
    return weft_text(req, 200,
                     weft_printf(req, "%u parts, %zu bytes", count, req->memory.used - tenth));
}

static weft_response *echo(weft_request *req)
{
    const char *body;
    int rc = weft_read_body(req, &body, NULL);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, body);
}

static weft_response *asks(weft_request *req)
{
    weft_etag etag;
    size_t at = 0;

    while (weft_if_none_match_next(req, &at, &etag))
        ;
    return weft_empty(req, weft_check_preconditions(req, "\"c\"", 0) == 304 ? 304 : 200);
}

static void drop_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

/* A time of the handler's own, which goes on while it waits for its client. */
static weft_response *hurry(weft_request *req, weft_next *next, void *state)
{
    weft_response *res;
    weft_scope scope;

    (void)state;
    weft_scope_enter(&scope, 30);
    res = weft_proceed(req, next);
    weft_scope_leave(&scope);
    return res;
}

static weft_test *start(void)
{
    static const weft_use_entry soon[] = { { hurry, NULL }, { NULL, NULL } };
    weft_app *app = weft_app_new("uploads");

    weft_log_set_sink(drop_log, NULL);
    weft_app_configure(app, &(weft_app_options){ .decompress = WEFT_DECOMPRESS_ON });
    weft_post(app, "/form", form);
    weft_post(app, "/form-again", form_again);
    weft_post(app, "/save", save);
    weft_post(app, "/save-soon", save, .use = soon);
    weft_post(app, "/form-soon", form, .use = soon);
    weft_post(app, "/part", part);
    weft_post(app, "/parts", parts, .max_body_bytes = WEFT_UNLIMITED);
    weft_post(app, "/echo", echo);
    weft_get(app, "/", asks);
    return weft_test_new(app);
}

static weft_test_header header[] = { { "Content-Type", "multipart/form-data; boundary=b" },
                                     { NULL, NULL },
                                     { NULL, NULL } };

static const char multipart[] =
    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
    "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n12345\r\n--b--";

static void exhaust(const char *target, const weft_test_request *request, bool on)
{
    weft_test *t = start();
    unsigned long n = 0;
    bool failed;

    do {
        weft_test_reply r;

        cr_assert(lt(ulong, ++n, 2000ul));
        if (on)
            weft_test_fail_alloc_from(n);
        else
            weft_test_fail_alloc(n);
        r = weft_test_send(t, "POST", target, request);
        failed = weft_test_fail_stop();
        if (!failed)
            cr_expect(eq(int, r.status, 200), "%s: %s", target, r.body);
        else if (r.status != 0)
            cr_expect(r.status == 200 || r.status == 500 || r.status == 503,
                      "%d at allocation %lu: %s", r.status, n, r.body);
        r = weft_test_get(t, "/");
        cr_assert(eq(int, r.status, 200), "after allocation %lu", n);
    } while (failed);
    weft_test_free(t);
}

static void exhaust_both(const char *target, const weft_test_request *request)
{
    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    exhaust(target, request, false);
    exhaust(target, request, true);
    weft_log_set_sink(NULL, NULL);
    cr_expect(zero(int, rmdir(directory)), "something is left on the disk");
}

WEFT_TEST(uploads, memory_may_run_out_in_a_form)
{
    exhaust_both("/form", &(weft_test_request){ .headers = header, .body = multipart });
}

WEFT_TEST(uploads, memory_may_run_out_in_a_form_from_memory)
{
    exhaust_both("/form-again", &(weft_test_request){ .headers = header, .body = multipart });
}

WEFT_TEST(uploads, memory_may_run_out_in_a_field_in_latin1)
{
    exhaust_both("/form",
                 &(weft_test_request){
                     .headers = header,
                     .body = "--b\r\nContent-Disposition: form-data; name=a\r\n"
                             "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xe9\r\n"
                             "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n"
                             "\r\n12345\r\n--b--" });
}

WEFT_TEST(uploads, any_number_of_parts_takes_the_memory_of_one)
{
    weft_test *t = start();
    char *body = NULL;
    size_t length;
    FILE *out = open_memstream(&body, &length);
    weft_test_reply r;

    cr_assert(ne(ptr, out, NULL));
    for (int i = 0; i < 3000; i++)
        fprintf(out, "--b\r\nContent-Disposition: form-data; name=a\r\nX: %0500d\r\n\r\n1\r\n",
                0);
    fputs("--b--", out);
    fclose(out);
    header[1] = (weft_test_header){ NULL, NULL };
    r = weft_test_post(t, "/parts", .headers = header, .body = body, .body_length = length);
    cr_expect(eq(str, (char *)r.body, (char *)"3000 parts, 0 bytes"));
    free(body);
    weft_test_free(t);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TEST(uploads, memory_may_run_out_in_a_part)
{
    exhaust_both("/part", &(weft_test_request){ .headers = header, .body = multipart });
}

WEFT_TEST(uploads, memory_may_run_out_in_a_body_that_is_saved)
{
    exhaust_both("/save", &(weft_test_request){ .body = "12345", .chunked = true });
}

WEFT_TEST(uploads, memory_may_run_out_in_a_compressed_body)
{
#ifdef WEFT_ZLIB
    /* "hello" in zlib's format, made by Python's. */
    static const char deflated[] = { 0x78,       (char)0x9c, (char)0xcb, 0x48, (char)0xcd,
                                     (char)0xc9, (char)0xc9, 0x07,       0x00, 0x06,
                                     0x2c,       0x02,       0x15 };

    header[1] = (weft_test_header){ "Content-Encoding", "deflate" };
    exhaust_both("/echo", &(weft_test_request){ .headers = header,
                                                .body = deflated,
                                                .body_length = sizeof(deflated) });
#endif
}

/* The body stops in the middle, and the time that the handler gives it passes. */
static void expect_late(const char *head, const char *target)
{
    char wire[1000];
    weft_test *t;
    weft_test_reply r;

    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    t = start();
    snprintf(wire, sizeof(wire),
             "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n%s\r\n%s", target, head,
             multipart);
    r = weft_test_raw(t, wire, strlen(wire), 0);
    cr_expect(eq(int, r.status, 504));
    r = weft_test_get(t, "/");
    cr_expect(eq(int, r.status, 200));
    weft_test_free(t);
    weft_log_set_sink(NULL, NULL);
    cr_expect(zero(int, rmdir(directory)), "something is left on the disk");
}

WEFT_TEST(uploads, a_save_that_is_late_leaves_nothing)
{
    expect_late("", "/save-soon");
}

WEFT_TEST(uploads, a_form_that_is_late_leaves_nothing)
{
    expect_late("Content-Type: multipart/form-data; boundary=b\r\n", "/form-soon");
}

/* --- Temporary files that lie in memory */

enum { LARGE = 600 * 1000 };

/* What the form takes, where there are `?room=` bytes left of the process's memory. */
static weft_response *form_in_memory(weft_request *req)
{
    struct weft__server *server = req->server;
    const char *room = weft_query(req, "room");
    size_t max = server->memory.max;
    int rc;

    while (server->file_bytes > 0 && weft_sleep(1) == 0)
        ; /* the request before may be closing its file still */
    if (room != NULL)
        server->memory.max = server->memory.used + strtoul(room, NULL, 10);
    rc = weft_read_form_with(
        req, &(weft_form_options){ .spool_bytes = 1000, .directory = "/dev/shm" });
    server->memory.max = max;
    if (rc < 0)
        return weft_error(req, rc);
    cr_expect(eq(sz, server->file_bytes, LARGE));
    cr_expect(ge(sz, server->memory.used, LARGE));
    return weft_text(req, 200, "ok");
}

static bool has_tmpfs(void)
{
    int fd = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool in_memory = fd >= 0 && weft__fs_in_memory(fd);

    if (fd >= 0)
        close(fd);
    return in_memory;
}

WEFT_TEST(uploads, files_that_lie_in_memory_count_as_memory)
{
    static const char begin[] =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n";
    static const char end[] = "\r\n--b--\r\n";
    static char body[LARGE + 200];
    static const weft_test_header type[] = {
        { "Content-Type", "multipart/form-data; boundary=b" }, { NULL, NULL }
    };
    static const struct {
        const char *target;
        int status;
    } cases[] = { { "/", 200 }, { "/?room=800000", 503 }, { "/?room=2000000", 200 } };
    weft_app *app = weft_app_new("in-memory");
    weft_test *t;

    if (!has_tmpfs())
        cr_skip_test("no tmpfs at /dev/shm");
    memset(body, 'x', sizeof(body));
    memcpy(body, begin, sizeof(begin) - 1);
    memcpy(body + sizeof(begin) - 1 + LARGE, end, sizeof(end));
    weft_log_set_sink(drop_log, NULL);
    weft_post(app, "/", form_in_memory);
    t = weft_test_new(app);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = weft_test_post(t, cases[i].target, .headers = type, .body = body);

        cr_expect(eq(int, r.status, cases[i].status), "%s: %s", cases[i].target, r.body);
    }
    weft_test_free(t);
    weft_log_set_sink(NULL, NULL);
}
