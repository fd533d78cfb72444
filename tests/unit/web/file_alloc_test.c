/*
 * Files, hints, trailers and work after the response while memory runs out, at each allocation
 * in turn: a complete response or a closed connection, nothing left open, and the next request
 * is served.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weft.h>
#include <weft/test_criterion.h>

#include "failalloc.h"

enum { SIZE = 200000 };

static char folder[64];

static void make_file(const char *name, size_t size)
{
    char path[200];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert(ge(int, fd, 0));
    cr_assert(zero(int, ftruncate(fd, (off_t)size)));
    close(fd);
}

static void make_folder(const char *name)
{
    char path[200];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    cr_assert(zero(int, mkdir(path, 0700)));
}

static void drop_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "weft-alloc-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    make_file("a.txt", SIZE);
    make_file("small.txt", 10);
    make_file("small.txt.gz", 5);
    make_folder("sub");
    make_file("sub/b", 1);
    weft_log_set_sink(drop_log, NULL);
}

static void tear_down(void)
{
    static const char *const names[] = { "/a.txt", "/small.txt", "/small.txt.gz", "/sub/b" };
    char path[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "%s%s", folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/sub", folder);
    rmdir(path);
    rmdir(folder);
    weft_log_set_sink(NULL, NULL);
}

static const char *path_of(weft_request *req)
{
    return weft_printf(req, "%s/a.txt", folder);
}

static weft_response *file(weft_request *req)
{
    return weft_send_file(req, path_of(req), &(weft_file_options){ .attachment = "\xc3\xa9" });
}

static int pass(weft_sink *sink, const void *data, size_t length, bool end, void *arg)
{
    (void)arg;
    return weft_sink_pass(sink, data, length, end);
}

static weft_response *filtered(weft_request *req)
{
    int rc = weft_filter(req, pass, NULL);

    return rc < 0 ? weft_error(req, rc) : file(req);
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static weft_response *around(weft_request *req)
{
    weft_response *res;
    int rc = weft_early_hints(req, WEFT_LIST("</a>", "</b>"));

    if (rc == 0)
        rc = weft_background(req, nothing, NULL);
    if (rc < 0)
        return weft_error(req, rc);
    res = weft_stream(req, 200, NULL);
    rc = weft_add_trailer(res, "X", "y");
    if (rc == 0)
        rc = weft_delete_cookie(res, "a", NULL);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *ok(weft_request *req)
{
    return weft_text(req, 200, "ok");
}

static weft_test *start(void)
{
    weft_app *app = weft_app_new("files");

    weft_get(app, "/", ok);
    weft_get(app, "/file", file);
    weft_get(app, "/filtered", filtered);
    weft_get(app, "/around", around);
    weft_static(app, "/tree", folder,
                &(weft_static_options){ .list = true, .precompressed = true });
    return weft_test_new(app);
}

static int free_fd(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

/* From the n-th allocation on all fail, or it alone does. */
static void exhaust(const char *target, const char *name, const char *value, int status,
                    bool on)
{
    weft_test_header headers[] = { { name, value }, { 0 } };
    weft_test_request request = { .headers = headers, .close = true };
    weft_test *t = start();
    unsigned long n = 0;
    bool failed;
    int fd;

    cr_assert(eq(int, weft_test_get(t, "/file").status, 200)); /* threads are there */
    fd = free_fd();
    do {
        weft_test_reply r;

        cr_assert(lt(ulong, ++n, 1000ul));
        if (on)
            weft_test_fail_alloc_from(n);
        else
            weft_test_fail_alloc(n);
        r = weft_test_send(t, "GET", target, &request);
        failed = weft_test_fail_stop();
        cr_expect(r.status == status || (failed && (r.status == 0 || r.status == 500 ||
                                                    r.status == 503 || r.status == 200)),
                  "%s: %d at allocation %lu", target, r.status, n);
        r = weft_test_get(t, "/");
        cr_assert(eq(int, r.status, 200), "after allocation %lu", n);
        cr_expect(eq(int, free_fd(), fd), "open after allocation %lu", n);
    } while (failed);
    weft_test_free(t);
}

static void exhaust_both(const char *target, const char *name, const char *value, int status)
{
    exhaust(target, name, value, status, false);
    exhaust(target, name, value, status, true);
}

WEFT_TEST(file_memory, may_run_out_in_a_file, .init = set_up, .fini = tear_down)
{
    exhaust_both("/file", "X", "y", 200);
    exhaust_both("/file", "If-None-Match", "*", 304);
}

WEFT_TEST(file_memory, may_run_out_in_ranges, .init = set_up, .fini = tear_down)
{
    exhaust_both("/file", "Range", "bytes=0-9", 206);
    exhaust_both("/file", "Range", "bytes=0-9,20-29,40000-", 206);
    exhaust_both("/file", "Range", "bytes=1000000-", 416);
}

WEFT_TEST(file_memory, may_run_out_in_filters, .init = set_up, .fini = tear_down)
{
    exhaust_both("/filtered", "X", "y", 200);
}

WEFT_TEST(file_memory, may_run_out_in_a_tree, .init = set_up, .fini = tear_down)
{
    exhaust_both("/tree/small.txt", "Accept-Encoding", "gzip, br", 200);
    exhaust_both("/tree/", "X", "y", 200);
    exhaust_both("/tree/sub", "X", "y", 307);
    exhaust_both("/tree/none", "X", "y", 404);
}

WEFT_TEST(file_memory, may_run_out_around_a_response, .init = set_up, .fini = tear_down)
{
    exhaust_both("/around", "X", "y", 200);
}
