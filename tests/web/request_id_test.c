/* <weft/middleware/request_id.h>. */
#include <weft.h>
#include <weft/middleware/request_id.h>
#include <weft/test_criterion.h>

#include <stdio.h>
#include <string.h>

static weft_response *tell(weft_request *req)
{
    weft_log(WEFT_LOG_WARNING, "handled");
    return weft_text(req, 200, weft_request_id(req) == NULL ? "" : weft_request_id(req));
}

static weft_app *app_with(const weft_request_id_options *options)
{
    weft_app *app = weft_app_new("ids");

    weft_use_request_id(app, options);
    weft_get(app, "/", tell);
    return app;
}

/* xxxxxxxx-xxxx-7xxx-[89ab]xxx-xxxxxxxxxxxx */
static bool is_uuid7(const char *id)
{
    if (id == NULL || strlen(id) != 36 || id[14] != '7' || strchr("89ab", id[19]) == NULL)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? id[i] != '-' : strchr("0123456789abcdef", id[i]) == NULL)
            return false;
    }
    return true;
}

WEFT_TEST(request_id, gives_each_request_its_own)
{
    weft_test *t = weft_test_new(app_with(NULL));
    char before[40] = "";

    for (int i = 0; i < 300; i++) { /* more than one batch of random bytes */
        weft_test_reply r = weft_test_get(t, "/");
        const char *id = weft_test_header_of(&r, "X-Request-ID");

        cr_assert(is_uuid7(id), "%s", id);
        cr_expect(eq(str, (char *)r.body, (char *)id));
        cr_expect(ne(str, (char *)id, before));
        cr_expect(le(int, strncmp(before, id, 13), 0), "ids sort by time");
        snprintf(before, sizeof(before), "%s", id);
    }
}

WEFT_TEST(request_id, also_of_what_fails)
{
    weft_test *t = weft_test_new(app_with(NULL));
    weft_test_reply r = weft_test_get(t, "/nowhere");

    cr_expect(eq(int, r.status, 404));
    cr_expect(is_uuid7(weft_test_header_of(&r, "X-Request-ID")));
}

WEFT_TEST(request_id, does_not_believe_clients)
{
    weft_test *t = weft_test_new(app_with(NULL));
    const weft_test_header mine[] = { { "X-Request-ID", "mine" }, { NULL, NULL } };
    weft_test_reply r = weft_test_get(t, "/", .headers = mine);

    cr_expect(is_uuid7(weft_test_header_of(&r, "X-Request-ID")));
}

WEFT_TEST(request_id, takes_the_id_of_a_trusted_proxy)
{
    weft_test *t = weft_test_new(
        app_with(&(weft_request_id_options){ .header = "X-Trace", .trust_client = true }));
    const weft_test_header good[] = { { "X-Trace", "abc-123" }, { NULL, NULL } };
    const weft_test_header spaces[] = { { "X-Trace", "abc 123" }, { NULL, NULL } };
    const weft_test_header empty[] = { { "X-Trace", "" }, { NULL, NULL } };
    char is_long[200];
    const weft_test_header too_long[] = { { "X-Trace", is_long }, { NULL, NULL } };
    weft_test_reply r = weft_test_get(t, "/", .headers = good);

    cr_expect(eq(str, (char *)weft_test_header_of(&r, "X-Trace"), (char *)"abc-123"));
    r = weft_test_get(t, "/", .headers = spaces);
    cr_expect(is_uuid7(weft_test_header_of(&r, "X-Trace")));
    r = weft_test_get(t, "/", .headers = empty);
    cr_expect(is_uuid7(weft_test_header_of(&r, "X-Trace")));
    memset(is_long, 'a', sizeof(is_long) - 1);
    is_long[sizeof(is_long) - 1] = '\0';
    r = weft_test_get(t, "/", .headers = too_long);
    cr_expect(is_uuid7(weft_test_header_of(&r, "X-Trace")));
}

static void keep(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    snprintf(arg, 256, "%s", line);
}

WEFT_TEST(request_id, stands_in_log_lines)
{
    weft_test *t = weft_test_new(app_with(NULL));
    char line[256] = "";
    weft_test_reply r;

    weft_log_set_sink(keep, line);
    r = weft_test_get(t, "/");
    weft_log_set_sink(NULL, NULL);
    cr_expect(ne(ptr, strstr(line, r.body), NULL), "%s", line);
}

/* --- On threads ----------------------------------------------------------------------------
 */

static char line_of_thread[512];

static void keep_line(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)arg;
    if (strstr(line, "on a thread") != NULL)
        snprintf(line_of_thread, sizeof(line_of_thread), "%s", line);
}

static int say_on_thread(void *arg)
{
    (void)arg;
    weft_log(WEFT_LOG_WARNING, "on a thread");
    return 0;
}

static weft_response *work_on_thread(weft_request *req)
{
    int rc = weft_offload(say_on_thread, NULL);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, weft_request_id(req));
}

WEFT_TEST(request_id, is_in_what_a_thread_logs_for_the_request)
{
    weft_app *app = app_with(NULL);
    weft_test *t;
    weft_test_reply r;

    weft_get(app, "/thread", work_on_thread);
    weft_log_set_sink(keep_line, NULL);
    t = weft_test_new(app);
    r = weft_test_get(t, "/thread");
    weft_log_set_sink(NULL, NULL);
    cr_expect(is_uuid7(r.body), "%s", r.body);
    cr_expect(ne(ptr, strstr(line_of_thread, r.body), NULL), "%s", line_of_thread);
}
