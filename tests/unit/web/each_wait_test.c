/*
 * Files that are sent, bodies and parts that are read and saved: with each wait in turn
 * cancelled, and with the client gone at each byte of its request.  The client gets a complete
 * answer or a closed connection, no descriptor and no file is left, nothing leaks, and the next
 * request is served.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft.h>
#include <weft/test_criterion.h>

#include "api/test_client.h"
#include "server/conn.h"
#include "task/runtime.h"

enum { SIZE = 300000 };

static char folder[] = "/tmp/weft-waits-XXXXXX";
static const weft_fs_options no_sync = { .no_sync = true };

static const char *at(weft_request *req, const char *name)
{
    return weft_printf(req, "%s/%s", folder, name);
}

/* --- Handlers */

static weft_response *file(weft_request *req)
{
    return weft_send_file(req, at(req, "a.txt"), NULL);
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

/* What was saved is removed, and its length told. */
static weft_response *told(weft_request *req, const char *path, int64_t size)
{
    if (size < 0)
        return weft_error(req, (int)size);
    cr_expect(zero(int, unlink(path))); /* no wait */
    return weft_text(req, 200, weft_printf(req, "%d", (int)size));
}

static weft_response *saves(weft_request *req)
{
    const char *path = at(req, "saved");

    return told(req, path, weft_save_body(req, path, &no_sync));
}

static weft_response *saves_part(weft_request *req)
{
    const char *path = at(req, "saved");
    weft_part part;
    int64_t size = weft_next_part(req, &part);

    if (size > 0)
        size = weft_part_save(req, path, &no_sync);
    return told(req, path, size);
}

static weft_response *reads_parts(weft_request *req)
{
    const char *piece;
    weft_part part;
    int total = 0;
    int rc;

    while ((rc = weft_next_part(req, &part)) > 0) {
        while ((rc = weft_part_read(req, &piece)) > 0)
            total += rc;
        if (rc < 0)
            break;
    }
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_printf(req, "%d", total));
}

static weft_response *gathers(weft_request *req)
{
    const char *path = at(req, "saved");
    weft_upload *upload;
    char piece[3];
    ssize_t n = 0;
    int rc =
        weft_read_form_with(req, &(weft_form_options){ .spool_bytes = 1, .directory = folder });

    upload = weft_form_file(req, "f");
    if (rc < 0 || upload == NULL)
        return weft_error(req, rc < 0 ? rc : UV_ENOENT);
    while ((n = weft_upload_read(upload, piece, sizeof(piece))) > 0)
        ;
    if (n == 0)
        n = weft_upload_save(upload, path, &no_sync);
    return told(req, path, n < 0 ? n : weft_upload_size(upload));
}

static weft_response *ok(weft_request *req)
{
    return weft_text(req, 200, "ok");
}

/* --- Around them */

static void drop_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static weft_test *start(void)
{
    weft_app *app = weft_app_new("waits");
    char path[100];
    int fd;

    weft_log_set_sink(drop_log, NULL);
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    snprintf(path, sizeof(path), "%s/a.txt", folder);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert(zero(int, ftruncate(fd, SIZE)));
    close(fd);
    weft_get(app, "/", ok);
    weft_get(app, "/file", file);
    weft_get(app, "/filtered", filtered);
    weft_post(app, "/save", saves);
    weft_post(app, "/save-part", saves_part);
    weft_post(app, "/parts", reads_parts);
    weft_post(app, "/form", gathers);
    weft_static(app, "/tree", folder, &(weft_static_options){ .list = true });
    return weft_test_new(app);
}

static void finish(weft_test *t)
{
    char path[100];

    weft_test_free(t);
    weft_log_set_sink(NULL, NULL);
    snprintf(path, sizeof(path), "%s/a.txt", folder);
    cr_expect(zero(int, unlink(path)));
    cr_expect(zero(int, rmdir(folder)), "something is left on the disk");
}

static int entries(const char *path)
{
    DIR *dir = opendir(path);
    int count = 0;

    cr_assert(ne(ptr, dir, NULL));
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* What is open, and what is on the disk. */
struct left {
    int descriptors;
    int files;
};

static struct left look(void)
{
    return (struct left){ entries("/proc/self/fd"), entries(folder) };
}

/* The server goes on as if nothing had been. */
static void expect_nothing_left(weft_test *t, const struct left *before, const char *target,
                                uint64_t n)
{
    struct left now;

    for (int turns = 0; turns < 3; turns++) /* the end of a connection takes some */
        cr_assert(eq(int, weft_test_get(t, "/").status, 200), "%s, %d", target, (int)n);
    now = look();
    cr_expect(eq(int, now.descriptors, before->descriptors), "%s, %d", target, (int)n);
    cr_expect(eq(int, now.files, before->files), "%s, %d", target, (int)n);
}

/* --- Requests */

static const char parts[] =
    "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n12345\r\n"
    "--b\r\nContent-Disposition: form-data; name=g; filename=y\r\n\r\n678\r\n--b--";

struct request {
    const char *method;
    const char *target;
    const char *field;
    const char *body;
    const char *answer; /* NULL: whatever it is */
    int status;
};

static const struct request requests[] = {
    { "GET", "/file", "X: y", "", NULL, 200 },
    { "HEAD", "/file", "X: y", "", NULL, 200 },
    { "GET", "/file", "Range: bytes=5-200000,290000-", "", NULL, 206 },
    { "GET", "/filtered", "X: y", "", NULL, 200 },
    { "GET", "/tree/a.txt", "X: y", "", NULL, 200 },
    { "GET", "/tree/", "X: y", "", NULL, 200 },
    { "POST", "/save", "X: y", "12345678", "8", 200 },
    { "POST", "/save-part", "Content-Type: multipart/form-data; boundary=b", parts, "5", 200 },
    { "POST", "/parts", "Content-Type: multipart/form-data; boundary=b", parts, "8", 200 },
    { "POST", "/form", "Content-Type: multipart/form-data; boundary=b", parts, "5", 200 },
};
enum { REQUESTS = sizeof(requests) / sizeof(*requests) };

static size_t put(char *to, size_t room, const struct request *request)
{
    char framing[64] = "";

    if (*request->body != '\0')
        snprintf(framing, sizeof(framing), "Content-Length: %zu\r\n", strlen(request->body));
    return (size_t)snprintf(to, room, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n%s\r\n%s",
                            request->method, request->target, request->field, framing,
                            request->body);
}

static void expect_answer(const struct request *request, const weft_test_reply *r)
{
    cr_expect(eq(int, r->status, request->status), "%s: %s", request->target, r->raw);
    if (request->answer != NULL)
        cr_expect(eq(str, (char *)r->body, (char *)request->answer), "%s", request->target);
}

/* --- Each wait is cancelled */

static void expect_failure(const struct request *request, const weft_test_reply *r, uint64_t n)
{
    cr_expect(r->status == request->status || r->status == 0 || r->status == 408 ||
                  r->status == 500 || r->status == 503,
              "%s: %d, wait %d: %s", request->target, r->status, (int)n, r->raw);
}

/* In how many runs a wait was cancelled. */
static uint64_t cancel_each_wait(weft_test *t, const struct request *request, size_t step)
{
    weft_loop *loop = t->server->loop;
    uint64_t count = 0; /* of waits to the one that fails; 0: it has failed, or none is to */
    uint64_t n = 0;
    char wire[1000];
    size_t length = put(wire, sizeof(wire), request);
    weft_test_reply r = weft_test_raw(t, wire, length, step);
    struct left before;
    bool failed;

    expect_answer(request, &r);
    expect_nothing_left(t, &(struct left){ look().descriptors, look().files }, "before", 0);
    before = look(); /* threads are there */
    loop->lab.fail_wait = &count;
    loop->in_lab = true;
    do {
        cr_assert(lt(u64, ++n, (uint64_t)2000));
        count = n;
        r = weft_test_raw(t, wire, length, step);
        failed = count == 0;
        count = 0;
        if (failed)
            expect_failure(request, &r, n);
        else
            expect_answer(request, &r);
        expect_nothing_left(t, &before, request->target, n);
    } while (failed);
    loop->lab.fail_wait = NULL;
    loop->in_lab = false;
    return n - 1;
}

WEFT_TEST(each_wait, may_be_cancelled)
{
    weft_test *t = start();

    for (int i = 0; i < REQUESTS; i++) {
        uint64_t waits = cancel_each_wait(t, &requests[i], 0);

        if (*requests[i].body != '\0') /* a wait for each piece of the body */
            waits += cancel_each_wait(t, &requests[i], 40);
        cr_expect(gt(u64, waits, 0), "%s", requests[i].target);
    }
    finish(t);
}

/* --- The client leaves at each byte */

static void leave_at_each_byte(weft_test *t, const struct request *request, bool reset)
{
    char wire[1000];
    size_t length = put(wire, sizeof(wire), request);
    weft_test_reply r = weft_test_raw(t, wire, length, 0);
    struct left before;

    expect_answer(request, &r);
    expect_nothing_left(t, &(struct left){ look().descriptors, look().files }, "before", 0);
    before = look();
    for (size_t n = 1; n <= length; n++) {
        const struct weft__test_cut whole = { .end = !reset, .reset = reset };
        const struct weft__test_cut two = { .first = n - 1, .end = !reset, .reset = reset };

        weft__test_cut(t, wire, n, &whole);
        expect_nothing_left(t, &before, request->target, n);
        if (n > 1)
            weft__test_cut(t, wire, n, &two); /* the handler has had a turn before */
        expect_nothing_left(t, &before, request->target, n);
    }
}

WEFT_TEST(each_wait, may_see_the_client_close)
{
    weft_test *t = start();

    for (int i = 0; i < REQUESTS; i++)
        leave_at_each_byte(t, &requests[i], false);
    finish(t);
}

WEFT_TEST(each_wait, may_see_the_client_reset)
{
    weft_test *t = start();

    for (int i = 0; i < REQUESTS; i++)
        leave_at_each_byte(t, &requests[i], true);
    finish(t);
}
