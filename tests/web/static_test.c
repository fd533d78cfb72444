/*
 * Trees of files: what is served, and what never is.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>
#include <weft/test_criterion.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void path_of(char *to, size_t room, const char *name)
{
    snprintf(to, room, "%s/%s", folder, name);
}

static void make_file(const char *name, const char *text)
{
    char path[512];
    FILE *file;

    path_of(path, sizeof(path), name);
    file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    fputs(text, file);
    fclose(file);
}

static void make_folder(const char *name)
{
    char path[512];

    path_of(path, sizeof(path), name);
    cr_assert(zero(int, mkdir(path, 0700)));
}

static void make_link(const char *name, const char *target)
{
    char path[512];

    path_of(path, sizeof(path), name);
    cr_assert(zero(int, symlink(target, path)));
}

static void set_up(void)
{
    char absolute[200];

    snprintf(folder, sizeof(folder), "/tmp/weft-static-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    make_file("secret.txt", "secret");
    make_folder("outside");
    make_file("outside/file.txt", "secret");
    make_folder("site");
    make_file("site/index.html", "home");
    make_file("site/a.txt", "text");
    make_file("site/a b+c.txt", "spaces");
    make_file("site/%2e%2e", "odd");
    make_file("site/.env", "secret");
    make_folder("site/.git");
    make_file("site/.git/config", "secret");
    make_folder("site/.well-known");
    make_file("site/.well-known/security.txt", "contact");
    make_folder("site/sub");
    make_file("site/sub/index.html", "sub home");
    make_folder("site/list");
    make_file("site/list/<b>&\"'.txt", "12345");
    make_file("site/list/.hidden", "secret");
    make_folder("site/list/deeper");
    make_link("site/list/in", "../a.txt");
    make_link("site/list/out", "../../secret.txt");
    make_link("site/inside.txt", "a.txt");
    make_link("site/up.txt", "../secret.txt");
    make_link("site/outside", "../outside");
    make_link("site/root.txt", "/etc/passwd");
    make_link("site/loop", "loop");
    make_link("site/magic", "/proc/self/cwd");
    snprintf(absolute, sizeof(absolute), "%s/site/a.txt", folder);
    make_link("site/absolute.txt", absolute);
}

static int unlink_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static void tear_down(void)
{
    nftw(folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

static weft_test *serve(const char *prefix, const weft_static_options *options)
{
    weft_app *app = weft_app_new("static");
    char site[100];

    path_of(site, sizeof(site), "site");
    weft_static(app, prefix, site, options);
    return weft_test_new(app);
}

static const char *field(const weft_test_reply *r, const char *name)
{
    const char *value = weft_test_header_of(r, name);

    return value == NULL ? "(none)" : value;
}

#define same(a, b, ...) cr_expect(eq(str, (char *)(a), (char *)(b)), ##__VA_ARGS__)

/* One of each test client's connections: it stays open after all of these. */
static void expect(weft_test *t, const char *target, int status, const char *body)
{
    weft_test_reply r = weft_test_get(t, target);

    cr_expect(eq(int, r.status, status), "%s: %s", target, r.error == NULL ? "" : r.error);
    if (body != NULL)
        same(r.body, body, "%s", target);
    cr_expect(eq(ptr, (void *)strstr(r.body, "secret"), NULL), "%s", target);
    cr_expect(eq(ptr, (void *)strstr(r.body, "root:"), NULL), "%s", target);
}

WEFT_TEST(tree, serves_files, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/s", NULL);
    weft_test_reply r;

    expect(t, "/s/a.txt", 200, "text");
    expect(t, "/s/a%20b+c.txt", 200, "spaces");
    expect(t, "/s/a%20b%2bc.txt", 200, "spaces");
    expect(t, "/s/%61.txt?q=1", 200, "text");
    expect(t, "/s/", 200, "home");
    expect(t, "/s/sub/", 200, "sub home");
    expect(t, "/s/sub/index.html", 200, "sub home");
    expect(t, "/s/.well-known/security.txt", 200, "contact");
    expect(t, "/s/inside.txt", 200, "text");
    expect(t, "/s/nothing", 404, NULL);
    expect(t, "/s/a.txt/", 404, NULL);
    expect(t, "/s/a.txt/b", 404, NULL);
    expect(t, "/s/list/", 404, NULL);
    expect(t, "/other", 404, NULL);
    r = weft_test_get(t, "/s/a.txt");
    same(field(&r, "Content-Type"), "text/plain; charset=utf-8");
    same(field(&r, "Accept-Ranges"), "bytes");
    cr_expect(ne(ptr, (void *)weft_test_header_of(&r, "ETag"), NULL));
    r = weft_test_send(t, "HEAD", "/s/a.txt", NULL);
    cr_expect(eq(int, r.status, 200));
    same(field(&r, "Content-Length"), "4");
    r = weft_test_post(t, "/s/a.txt", .body = "x");
    cr_expect(eq(int, r.status, 405));
    same(field(&r, "Allow"), "GET, HEAD, OPTIONS");
}

WEFT_TEST(tree, adds_the_slash_of_directories, .init = set_up, .fini = tear_down)
{
    static const char *const cases[][2] = {
        { "/s", "/s/" },
        { "/s/sub", "/s/sub/" },
        { "/s/sub?a=b&c", "/s/sub/?a=b&c" },
        { "/s/s%75b", "/s/s%75b/" },
    };
    weft_test *t = serve("/s/", NULL);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_reply r = weft_test_get(t, cases[i][0]);

        cr_expect(eq(int, r.status, 307), "%s", cases[i][0]);
        same(field(&r, "Location"), cases[i][1]);
    }
}

WEFT_TEST(tree, redirects_below_the_root_path, .init = set_up, .fini = tear_down)
{
    weft_app *app = weft_app_new("root path");
    weft_app *mounted = weft_app_new("mounted");
    weft_serve_options options = { .root_path = "/api" };
    char site[100];
    weft_test *t;
    weft_test_reply r;

    path_of(site, sizeof(site), "site");
    cr_assert(zero(int, weft_static(mounted, "/s", site, NULL)));
    cr_assert(zero(int, weft_mount(app, "/m", mounted)));
    t = weft_test_new_with(app, &options);
    r = weft_test_get(t, "/m/s/sub");
    cr_expect(eq(int, r.status, 307));
    same(field(&r, "Location"), "/api/m/s/sub/");
    expect(t, "/m/s/sub/", 200, "sub home");
}

WEFT_TEST(tree, never_redirects_elsewhere, .init = set_up, .fini = tear_down)
{
    static const char *const targets[] = {
        "//sub",
        "//evil.example/%2e%2e",
        "//evil.example/..",
        "/%2fevil.example",
        "/%5csub",
        "/%5c%5csub",
        "///sub",
        "//",
    };
    weft_test *t = serve("/", NULL);

    make_folder("site/evil.example");
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
        weft_test_reply r = weft_test_get(t, targets[i]);

        cr_expect(ge(int, r.status, 400), "%s", targets[i]);
        same(field(&r, "Location"), "(none)", "%s", targets[i]);
    }
    expect(t, "/", 200, "home");
    expect(t, "/sub/", 200, "sub home");
}

WEFT_TEST(tree, does_not_let_anybody_out, .init = set_up, .fini = tear_down)
{
    static const char *const targets[] = {
        "/s/../secret.txt",
        "/s/..%2fsecret.txt",
        "/s/%2e%2e/secret.txt",
        "/s/%2e%2e%2fsecret.txt",
        "/s/.%2e/secret.txt",
        "/s/sub/../../secret.txt",
        "/s/sub/..%2f..%2fsecret.txt",
        "/s//etc/passwd",
        "/s/%2fetc%2fpasswd",
        "/s/..%5csecret.txt",
        "/s/..\\secret.txt",
        "/s/%5c..%5csecret.txt",
        "/s/a.txt%00",
        "/s/a.txt%00.html",
        "/s/%00",
        "/s/%252e%252e/secret.txt",
        "/s/%252e%252e%252fsecret.txt",
        "/s/%c0%ae%c0%ae/secret.txt",
        "/s/..%c0%afsecret.txt",
        "/s/%ff",
        "/s/./a.txt",
        "/s/%2e/a.txt",
        "/s/sub//index.html",
        "/s/.env",
        "/s/%2eenv",
        "/s/.git/config",
        "/s/.git/",
        "/s/.git",
        "/s/.well-known/../.env",
        "/s/up.txt",
        "/s/root.txt",
        "/s/outside/file.txt",
        "/s/outside/",
        "/s/outside",
        "/s/loop",
        "/s/magic/",
        "/s/magic/secret.txt",
        "/s/absolute.txt",
        "/s/....//secret.txt",
        "/s/..;/secret.txt",
        "/s/%2e%2e;/secret.txt",
        "/s/..%00/secret.txt",
        "/s/%u002e%u002e/secret.txt",
        "/s/..%ef%bc%8fsecret.txt",
    };
    weft_test *t = serve("/s", &(weft_static_options){ .list = true });

    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
        weft_test_reply r = weft_test_get(t, targets[i]);

        cr_expect(r.status == 404 || r.status == 400, "%s: %d", targets[i], r.status);
        cr_expect(eq(ptr, (void *)strstr(r.body, "secret"), NULL), "%s", targets[i]);
        cr_expect(eq(ptr, (void *)strstr(r.body, "root:"), NULL), "%s", targets[i]);
    }
    expect(t, "/s/%252e%252e", 200, "odd");
}

WEFT_TEST(tree, has_hidden_files_and_no_links_if_told_so, .init = set_up, .fini = tear_down)
{
    weft_test *t =
        serve("/s", &(weft_static_options){ .dot_files = true, .no_links = true, .index = "" });
    weft_test_reply r = weft_test_get(t, "/s/.env");

    cr_expect(eq(int, r.status, 200));
    same(r.body, "secret");
    expect(t, "/s/../secret.txt", 404, NULL);
    expect(t, "/s/inside.txt", 404, NULL);
    expect(t, "/s/", 404, NULL);
    expect(t, "/s/a.txt", 200, "text");
}

/* --- Pages */

WEFT_TEST(tree, lists_directories, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/s", &(weft_static_options){ .list = true });
    weft_test_reply r = weft_test_get(t, "/s/list/");

    cr_expect(eq(int, r.status, 200));
    same(field(&r, "Content-Type"), "text/html; charset=utf-8");
    cr_expect(ne(ptr, (void *)weft_test_header_of(&r, "Content-Security-Policy"), NULL));
    cr_expect(ne(ptr,
                 (void *)strstr(r.body, "<a href=\"./%3Cb%3E%26%22%27.txt\">"
                                        "<bdi>&lt;b&gt;&amp;&quot;&#39;.txt</bdi></a>"),
                 NULL));
    cr_expect(
        ne(ptr, (void *)strstr(r.body, "<a href=\"./deeper/\"><bdi>deeper</bdi>/</a>"), NULL));
    cr_expect(ne(ptr, (void *)strstr(r.body, "./in\""), NULL));
    cr_expect(eq(ptr, (void *)strstr(r.body, "./out\""), NULL));
    cr_expect(eq(ptr, (void *)strstr(r.body, "hidden"), NULL));
    cr_expect(eq(ptr, (void *)strstr(r.body, "<b>"), NULL));
    cr_expect(ne(ptr, (void *)strstr(r.body, ">5 B<"), NULL));
    expect(t, "/s/", 200, "home"); /* an index goes before */
    expect(t, "/s/list", 307, NULL);
    r = weft_test_send(t, "HEAD", "/s/list/", NULL);
    cr_expect(eq(int, r.status, 200));
}

/* A name may be written from right to left, but turns nothing else around, and what would have
 * it look like another name is written out. */
/* A listing is there, and has no validators (RFC 9110, 13.1). */
WEFT_TEST(tree, answers_conditions_on_lists, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *name;
        const char *value;
        int status;
    } cases[] = {
        { "If-None-Match", "*", 304 },
        { "If-None-Match", "\"x\"", 200 },
        { "If-None-Match", "W/\"x\"", 200 },
        { "If-Match", "\"x\"", 412 },
        { "If-Match", "*", 200 },
        { "If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 200 },
        { "If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 200 },
    };
    weft_test *t = serve("/s", &(weft_static_options){ .list = true });

    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        const weft_test_header fields[] = { { cases[i / 2].name, cases[i / 2].value }, { 0 } };
        const weft_test_request request = { .headers = fields };
        weft_test_reply r =
            weft_test_send(t, i % 2 == 0 ? "GET" : "HEAD", "/s/list/", &request);

        cr_expect(eq(int, r.status, cases[i / 2].status), "%s: %s", cases[i / 2].name,
                  cases[i / 2].value);
        if (r.status != 412)
            cr_expect(
                eq(str, (char *)weft_test_header_of(&r, "Cache-Control"), (char *)"no-cache"));
        if (r.status == 304)
            cr_expect(zero(sz, r.body_length));
    }
}

WEFT_TEST(tree, lists_names_that_deceive, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *name;
        const char *shown; /* NULL: not listed, since it cannot be asked for */
    } cases[] = {
        { "invoice\xe2\x80\xaetxt.exe", "<bdi>invoice[U+202E]txt.exe</bdi>" },
        { "a\xe2\x81\xa7", "<bdi>a[U+2067]</bdi>" },
        { "b\xe2\x81\xaa", "<bdi>b\xe2\x81\xaa</bdi>" },
        { "c\xe2\x80\xa7", "<bdi>c\xe2\x80\xa7</bdi>" },
        { "d\xe2\x80\xa8", "<bdi>d[U+2028]</bdi>" },
        { "e\xc2\x85", "<bdi>e[U+0085]</bdi>" },
        { "f\xc2\xa0", "<bdi>f\xc2\xa0</bdi>" },
        { "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.txt",
          "<bdi>\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.txt</bdi>" },
        { "\xf0\x9f\x98\x80", "<bdi>\xf0\x9f\x98\x80</bdi>" },
        { "<script>alert(1)<|script>", "<bdi>&lt;script&gt;alert(1)&lt;|script&gt;</bdi>" },
        { "javascript:alert(1)", "<a href=\"./javascript%3Aalert%281%29\">" },
        { "line1\nline2", NULL },
        { "bell\x07", NULL },
        { "back\\slash", NULL },
        { "latin1\xe9", NULL },
    };
    char name[300];
    weft_test *t = serve("/s", &(weft_static_options){ .list = true });
    weft_test_reply r;

    make_folder("site/\xe2\x80\xae");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        snprintf(name, sizeof(name), "site/\xe2\x80\xae/%s", cases[i].name);
        make_file(name, "");
    }
    r = weft_test_get(t, "/s/%E2%80%AE/");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(
            eq(int,
               strstr(r.body, cases[i].shown != NULL ? cases[i].shown : cases[i].name) != NULL,
               cases[i].shown != NULL),
            "%s", cases[i].name);
    cr_expect(ne(ptr, (void *)strstr(r.body, "<title>/[U+202E]</title>"), NULL));
    cr_expect(ne(ptr, (void *)strstr(r.body, "<bdi>[U+202E]</bdi></a></h1>"), NULL));
    cr_expect(ne(ptr, (void *)strstr(r.body, "11 entries"), NULL));
}

WEFT_TEST(tree, sorts_a_page, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/s", &(weft_static_options){ .list = true });
    weft_test_reply r;

    make_folder("site/sorted");
    make_file("site/sorted/a", "333");
    make_file("site/sorted/b", "1");
    make_folder("site/sorted/z");
    r = weft_test_get(t, "/s/sorted/");
    cr_expect(strstr(r.body, "./z/") < strstr(r.body, "./a\""));
    cr_expect(strstr(r.body, "./a\"") < strstr(r.body, "./b\""));
    r = weft_test_get(t, "/s/sorted/?sort=size");
    cr_expect(strstr(r.body, "./z/") < strstr(r.body, "./b\""));
    cr_expect(strstr(r.body, "./b\"") < strstr(r.body, "./a\""));
    r = weft_test_get(t, "/s/sorted/?sort=size&order=desc");
    cr_expect(strstr(r.body, "./a\"") < strstr(r.body, "./b\""));
    r = weft_test_get(t, "/s/sorted/?sort=name&order=desc");
    cr_expect(strstr(r.body, "./b\"") < strstr(r.body, "./a\""));
    r = weft_test_get(t, "/s/sorted/?sort=time");
    cr_expect(eq(int, r.status, 200));
}

WEFT_TEST(tree, falls_back_for_pages, .init = set_up, .fini = tear_down)
{
    static const struct {
        const char *target;
        const char *accept;
        int status;
    } cases[] = {
        { "/users/12", "text/html,application/xhtml+xml,*/*;q=0.8", 200 },
        { "/users/12", "application/xhtml+xml", 200 },
        { "/users.d/12", "TEXT/HTML;q=0.1", 200 },
        { "/users/12", "*/*", 404 },
        { "/users/12", "text/*", 404 },
        { "/users/12", "application/json", 404 },
        { "/users/12", "text/html;q=0", 404 },
        { "/users/12", NULL, 404 },
        { "/missing.js", "text/html", 404 },
        { "/users/a.b", "text/html", 404 },
        { "/.git/config", "text/html", 404 },
        { "/../x", "text/html", 404 },
        { "/list/", "text/html", 200 },
    };
    weft_test *t = serve("/", &(weft_static_options){ .fallback = "index.html" });

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        weft_test_header headers[] = { { "Accept", cases[i].accept }, { 0 } };
        weft_test_reply r = weft_test_get(t, cases[i].target,
                                          .headers = cases[i].accept == NULL ? NULL : headers);

        cr_expect(eq(int, r.status, cases[i].status), "%s %s", cases[i].target,
                  cases[i].accept);
        if (i == 0 || i == 3)
            same(field(&r, "Vary"), "Accept");
        if (r.status == 200)
            same(r.body, "home");
    }
}

/* --- Compressed siblings, caching */

static void expect_coding(weft_test *t, const char *accept, const char *coding,
                          const char *body)
{
    weft_test_header headers[] = { { "Accept-Encoding", accept }, { 0 } };
    weft_test_reply r = weft_test_get(t, "/a.txt", .headers = accept == NULL ? NULL : headers);

    cr_expect(eq(int, r.status, 200));
    same(field(&r, "Content-Encoding"), coding, "%s", accept);
    same(r.body, body, "%s", accept);
    same(field(&r, "Vary"), "Accept-Encoding");
    same(field(&r, "Content-Type"), "text/plain; charset=utf-8");
}

WEFT_TEST(tree, sends_what_is_compressed_already, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/", &(weft_static_options){ .precompressed = true });
    weft_test_header gzip[] = { { "Accept-Encoding", "gzip" }, { 0 } };
    weft_test_header known[] = { { "Accept-Encoding", "gzip" },
                                 { "If-None-Match", NULL },
                                 { 0 } };
    struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
    weft_test_reply plain;
    weft_test_reply r;
    char path[100];

    make_file("site/a.txt.gz", "zipped");
    make_file("site/a.txt.br", "brotli");
    expect_coding(t, NULL, "(none)", "text");
    expect_coding(t, "", "(none)", "text");
    expect_coding(t, "gzip", "gzip", "zipped");
    expect_coding(t, "gzip, br", "br", "brotli");
    expect_coding(t, "gzip;q=1, br;q=0.5", "gzip", "zipped");
    expect_coding(t, "*", "br", "brotli");
    expect_coding(t, "zstd", "(none)", "text");
    expect_coding(t, "zstd, gzip;q=0.1", "gzip", "zipped");
    expect_coding(t, "br;q=0, *", "gzip", "zipped");
    expect_coding(t, "identity, gzip;q=0.5", "(none)", "text");
    expect_coding(t, "gzip;q=0, br;q=0", "(none)", "text");
    plain = weft_test_get(t, "/a.txt");
    r = weft_test_get(t, "/a.txt", .headers = gzip);
    cr_expect(ne(str, (char *)field(&r, "ETag"), (char *)field(&plain, "ETag")));
    known[1].value = field(&r, "ETag");
    r = weft_test_get(t, "/a.txt", .headers = known);
    cr_expect(eq(int, r.status, 304));
    same(field(&r, "Vary"), "Accept-Encoding");
    known[1].value = field(&plain, "ETag");
    cr_expect(eq(int, weft_test_get(t, "/a.txt", .headers = known).status, 200));
    path_of(path, sizeof(path), "site/a.txt.br");
    cr_assert(zero(int, utimensat(AT_FDCWD, path, old, 0)));
    expect_coding(t, "br, gzip;q=0.5", "gzip", "zipped"); /* the other is out of date */
}

WEFT_TEST(tree, tells_caches, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/", &(weft_static_options){ .cache_control = "max-age=60" });
    weft_test_reply r = weft_test_get(t, "/a.txt");

    same(field(&r, "Cache-Control"), "max-age=60");
    weft_test_free(t);
    t = serve("/", &(weft_static_options){ .immutable = true });
    r = weft_test_get(t, "/a.txt");
    same(field(&r, "Cache-Control"), "public, max-age=31536000, immutable");
    r = weft_test_get(t, "/");
    same(field(&r, "Cache-Control"), "no-cache");
}

WEFT_TEST(tree, shows_so_many_entries_and_no_more, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/", &(weft_static_options){ .list = true });
    char from[100];
    weft_test_reply r;

    make_folder("site/many");
    path_of(from, sizeof(from), "site/a.txt");
    for (int i = 0; i <= 10000; i++) {
        char name[40];
        char to[200];

        if (i == 10000) {
            r = weft_test_get(t, "/many/");
            cr_expect(ne(ptr, (void *)strstr(r.body, ">10000 entries<"), NULL));
        }
        snprintf(name, sizeof(name), "site/many/%d", i);
        path_of(to, sizeof(to), name);
        cr_assert(zero(int, link(from, to)));
    }
    r = weft_test_get(t, "/many/");
    cr_expect(ne(ptr, (void *)strstr(r.body, ">10000 entries, and more"), NULL));
}

/* --- Declaring */

static weft_response *url(weft_request *req)
{
    return weft_text(req, 200, weft_url_for(req, "assets", "css/a b.css"));
}

static weft_response *own_404(weft_request *req, int status, const char *detail, void *arg)
{
    (void)detail;
    (void)arg;
    return weft_text(req, status, "not here");
}

WEFT_TEST(tree, is_part_of_its_app, .init = set_up, .fini = tear_down)
{
    weft_app *app = weft_app_new("static");
    weft_app *group = weft_under(app, "/{tenant}/g");
    char site[100];
    weft_test *t;

    path_of(site, sizeof(site), "site");
    weft_get(app, "/url", url);
    weft_on_error(app, 404, own_404, NULL);
    cr_expect(zero(int, weft_static(group, "/files", site, NULL)));
    cr_expect(zero(
        int, weft_static(app, "/assets", site, &(weft_static_options){ .name = "assets" })));
    t = weft_test_new(app);
    expect(t, "/url", 200, "/assets/css/a%20b.css");
    expect(t, "/acme%2Fx/g/files/sub/", 200, "sub home");
    expect(t, "/acme/g/files/nothing", 404, "not here");
    expect(t, "/acme/g/files/../a.txt", 404, "not here");
}

WEFT_TEST(tree, that_cannot_be_served, .init = set_up, .fini = tear_down)
{
    weft_app *app = weft_app_new("static");
    weft_test *t;
    weft_test_reply r;

    cr_expect(eq(int, weft_static(app, NULL, ".", NULL), UV_EINVAL));
    cr_expect(eq(int, weft_static(app, "/a", NULL, NULL), UV_EINVAL));
    cr_expect(eq(int, weft_static(NULL, "/a", ".", NULL), UV_EINVAL));
    cr_expect(zero(int, weft_static(app, "/b", ".", NULL)));
    cr_expect(eq(int, weft_static(app, "/b", ".", NULL), WEFT_ECONFLICT));
    weft_app_free(app);
    t = serve("/", &(weft_static_options){ .list = true });
    weft_test_free(t);
    snprintf(folder + strlen(folder), 10, "/none");
    t = serve("/", NULL);
    r = weft_test_get(t, "/");
    cr_expect(zero(int, r.status));
    folder[strlen(folder) - 5] = '\0';
}

WEFT_TEST(tree, may_be_replaced_while_it_is_served, .init = set_up, .fini = tear_down)
{
    weft_test *t = serve("/", NULL);
    char from[100];
    char to[100];

    expect(t, "/a.txt", 200, "text");
    path_of(from, sizeof(from), "site");
    path_of(to, sizeof(to), "old");
    cr_assert(zero(int, rename(from, to)));
    expect(t, "/a.txt", 404, NULL);
    make_folder("site");
    make_file("site/a.txt", "new");
    expect(t, "/a.txt", 200, "new");
}
