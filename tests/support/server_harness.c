/*
 * support/server_harness.c - see server_harness.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS = 8, PATIENCE_MS = 10000 };

/* --- The server ------------------------------------------------------------------------ */

static void dispatch(weft_request *req, void *arg)
{
    const struct harness *h = arg;

    for (const struct harness_route *route = h->routes; route->path != NULL; route++) {
        if (strlen(route->path) == req->head.path_length &&
            memcmp(route->path, req->head.path, req->head.path_length) == 0) {
            route->handler(req);
            return;
        }
    }
    harness_reply(req, 404, "");
}

struct weft__server_options harness_options(void)
{
    struct weft__server_options options;

    weft__server_defaults(&options);
    options.disable_date = true;
    options.server_header = NULL;
    return options;
}

static void open_on(struct harness *h, const struct harness_route *routes,
                    const struct weft__server_options *options,
                    const weft_loop_options *loop_options)
{
    struct weft__server_options own = harness_options();

    *h = (struct harness){ .routes = routes };
    cr_assert(zero(int, weft__loop_new(&h->loop, loop_options)));
    cr_assert(zero(int, weft__server_new(&h->server, h->loop, options != NULL ? options : &own,
                                         dispatch, h)));
    uv_timer_init(weft_loop_uv(h->loop), &h->watchdog);
    h->watchdog.data = h;
}

void harness_open(struct harness *h, const struct harness_route *routes,
                  const struct weft__server_options *options)
{
    open_on(h, routes, options, NULL);
}

void harness_open_small(struct harness *h, const struct harness_route *routes, size_t max_tasks)
{
    open_on(h, routes, NULL, &(weft_loop_options){ .max_tasks = max_tasks });
}

static void end_server(struct harness *h)
{
    h->server->drained = NULL; /* of the test's own draining */
    weft__server_drain(h->server, 0, NULL, NULL);
    weft__server_drain(h->server, 0, NULL, NULL);
    for (int i = 0; i < 100 && h->server->conn_count > 0; i++)
        harness_age(h, 10000);
    cr_assert(zero(sz, h->server->conn_count), "connections are left");
    weft__server_free(h->server);
}

void harness_close(struct harness *h)
{
    for (size_t i = 0; i < h->client_count; i++)
        weft__memory_free(h->clients[i]);
    free(h->clients);
    h->clients = NULL;
    if (h->server != NULL)
        end_server(h);
    uv_close((uv_handle_t *)&h->watchdog, NULL);
    harness_turns(h);
    weft__loop_free(h->loop);
    cr_expect(eq(ptr, weft_loop_current(), NULL), "the loop is still there");
}

void *harness_arg(weft_request *req)
{
    return ((struct harness *)req->server->arg)->arg;
}

int harness_reply(weft_request *req, unsigned status, const char *body)
{
    return weft__request_send(req, &(struct weft__reply){ .status = status }, body,
                              strlen(body));
}

/* --- Turns ----------------------------------------------------------------------------- */

void harness_turns(struct harness *h)
{
    for (int i = 0; i < TURNS; i++)
        uv_run(weft_loop_uv(h->loop), UV_RUN_NOWAIT);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct harness *h = timer->data;

    h->timed_out = true;
}

void harness_wait_begin(struct harness *h)
{
    h->timed_out = false;
    uv_update_time(weft_loop_uv(h->loop));
    uv_timer_start(&h->watchdog, on_watchdog, PATIENCE_MS, 0);
}

bool harness_wait_step(struct harness *h)
{
    uv_run(weft_loop_uv(h->loop), UV_RUN_ONCE);
    return !h->timed_out;
}

bool harness_wait_end(struct harness *h)
{
    uv_timer_stop(&h->watchdog);
    return !h->timed_out;
}

static void age_list(struct weft__list *list, uint64_t ms)
{
    for (struct weft__list *node = list->next; node != list; node = node->next) {
        struct weft__conn *conn = weft__list_entry(node, struct weft__conn, link);

        conn->since_ms -= ms;
        conn->lingers_ms -= ms;
    }
}

static void age_queue(struct weft__outq *out, uint64_t ms)
{
    out->progress_ms -= ms;
    out->rated_ms -= ms;
}

void harness_age(struct harness *h, uint64_t ms)
{
    struct weft__server *server = h->server;

    for (int state = 0; state < WEFT__CONN_STATES; state++)
        age_list(&server->conns[state], ms);
    for (struct weft__list *node = server->stalled.next; node != &server->stalled;
         node = node->next)
        age_queue(weft__list_entry(node, struct weft__outq, link), ms);
    server->pool.trimmed_ms -= ms;
    server->cancel_at_ms -= ms;
    server->kill_at_ms -= ms;
    weft__server_sweep(&server->sweep);
    harness_turns(h);
}

/* --- Clients over memory --------------------------------------------------------------- */

struct weft__memory_client *harness_connect(struct harness *h)
{
    struct weft__memory_client *client;
    struct weft__memory_client **clients =
        realloc(h->clients, (h->client_count + 1) * sizeof(struct weft__memory_client *));

    cr_assert(ne(ptr, clients, NULL));
    h->clients = clients;
    cr_assert(zero(int, weft__memory_connect(h->server, &client)));
    h->clients[h->client_count++] = client;
    return client;
}

void harness_drop(struct harness *h, struct weft__memory_client *client)
{
    for (size_t i = 0; i < h->client_count; i++) {
        if (h->clients[i] != client)
            continue;
        h->clients[i] = h->clients[--h->client_count];
        weft__memory_free(client);
        return;
    }
    cr_assert(false, "not a client of this harness");
}

struct weft__conn *harness_conn(const struct weft__memory_client *client)
{
    return client->closing ? NULL : client->base.user;
}

size_t harness_give(struct weft__memory_client *client, const char *data, size_t length)
{
    const struct weft__conn *conn = harness_conn(client);
    struct weft__server *server = conn != NULL ? conn->server : NULL;
    size_t taken = weft__memory_send(client, data, length);

    if (server != NULL)
        weft__server_flush(&server->flush_hook);
    return taken;
}

void harness_send(struct weft__memory_client *client, const char *text)
{
    size_t length = strlen(text);

    cr_expect(eq(sz, harness_give(client, text, length), length), "not all was taken");
}

void harness_send_all(struct harness *h, struct weft__memory_client *client, const char *data,
                      size_t length)
{
    while (length > 0) {
        size_t taken = harness_give(client, data, length);

        data += taken;
        length -= taken;
        harness_turns(h);
        cr_assert(client->reading || length == 0, "reading did not go on");
    }
}

void harness_push(struct weft__memory_client *client, const char *text)
{
    size_t taken = harness_give(client, text, strlen(text));

    (void)taken;
}

void harness_send_bytewise(struct harness *h, struct weft__memory_client *client,
                           const char *text)
{
    for (; *text != '\0'; text++) {
        cr_expect(eq(sz, harness_give(client, text, 1), 1));
        uv_run(weft_loop_uv(h->loop), UV_RUN_NOWAIT);
    }
}

char *harness_text(const struct weft__memory_client *client)
{
    static char text[256 * 1024];
    size_t length;
    const char *data = weft__memory_received(client, &length);

    if (length > sizeof(text) - 1)
        length = sizeof(text) - 1;
    if (length > 0)
        memcpy(text, data, length);
    text[length] = '\0';
    return text;
}

void harness_consume_all(struct weft__memory_client *client)
{
    size_t length;

    weft__memory_received(client, &length);
    weft__memory_consume(client, length);
}

/* --- Responses ------------------------------------------------------------------------- */

/* The value of a field in a head, or NULL; it ends with CR. */
static const char *field(const char *head, size_t length, const char *name)
{
    const char *end = head + length;
    size_t name_length = strlen(name);

    for (const char *line = head; line < end; line++) {
        if ((size_t)(end - line) > name_length + 2 &&
            strncasecmp(line, name, name_length) == 0 &&
            memcmp(line + name_length, ": ", 2) == 0)
            return line + name_length + 2;
        line = memchr(line, '\n', (size_t)(end - line));
        if (line == NULL)
            break;
    }
    return NULL;
}

/* Decode chunks into `body`; the bytes they took, or 0 when they are not whole. */
static size_t parse_chunks(const char *data, size_t length, struct harness_response *ret)
{
    size_t at = 0;

    for (;;) {
        const char *line_end = memmem(data + at, length - at, "\r\n", 2);
        char *size_end;
        size_t size;

        if (line_end == NULL)
            return 0;
        size = strtoul(data + at, &size_end, 16);
        cr_expect(eq(ptr, size_end, (char *)line_end), "a malformed chunk size");
        at = (size_t)(line_end - data) + 2;
        if (length - at < size + 2)
            return 0;
        memcpy(ret->body + ret->body_length, data + at, size);
        ret->body_length += size;
        cr_expect(zero(int, memcmp(data + at + size, "\r\n", 2)), "no CRLF behind a chunk");
        at += size + 2;
        if (size == 0)
            return at;
    }
}

static bool parse_body(const char *data, size_t length, bool ended,
                       struct harness_response *ret)
{
    const char *declared = field(ret->head, ret->head_length, "Content-Length");
    size_t used;

    if (ret->chunked) {
        cr_expect(eq(ptr, (char *)declared, NULL), "chunked, and a length too");
        used = parse_chunks(data, length, ret);
        ret->bytes += used;
        return used > 0;
    }
    used = declared != NULL ? strtoul(declared, NULL, 10) : length;
    if (length < used || (declared == NULL && !ended))
        return false;
    if (used > 0)
        memcpy(ret->body, data, used);
    ret->body_length = used;
    ret->bytes += used;
    return true;
}

bool harness_parse(const char *data, size_t length, bool head_only, bool ended,
                   struct harness_response *ret)
{
    const char *end = length > 0 ? memmem(data, length, "\r\n\r\n", 4) : NULL;
    const char *coding;
    const char *connection;

    if (end == NULL)
        return false;
    *ret = (struct harness_response){ .head = data, .head_length = (size_t)(end - data) + 4 };
    cr_expect(zero(int, memcmp(data, "HTTP/1.1 ", 9)), "no status line");
    ret->status = (int)strtoul(data + 9, NULL, 10);
    coding = field(data, ret->head_length, "Transfer-Encoding");
    connection = field(data, ret->head_length, "Connection");
    ret->chunked = coding != NULL && memcmp(coding, "chunked\r\n", 9) == 0;
    ret->close = connection != NULL && memcmp(connection, "close\r\n", 7) == 0;
    ret->bytes = ret->head_length;
    ret->body = calloc(1, length + 1);
    cr_assert(ne(ptr, ret->body, NULL));
    if (head_only || ret->status < 200 || ret->status == 204 || ret->status == 304)
        return true;
    if (parse_body(data + ret->head_length, length - ret->head_length, ended, ret))
        return true;
    free(ret->body);
    return false;
}

bool harness_take(struct weft__memory_client *client, struct harness_response *ret)
{
    size_t length;
    const char *data = weft__memory_received(client, &length);
    bool whole = harness_parse(data, length, false, weft__memory_closed(client), ret);

    if (whole) {
        ret->head = NULL; /* consumed */
        weft__memory_consume(client, ret->bytes);
    }
    return whole;
}

int harness_status(struct weft__memory_client *client)
{
    struct harness_response response;

    if (!harness_take(client, &response))
        return 0;
    free(response.body);
    return response.status;
}

/* --- Real sockets ---------------------------------------------------------------------- */

int harness_listen(struct harness *h)
{
    char url[80];
    const char *colon;

    signal(SIGPIPE, SIG_IGN); /* as weft_serve() does */
    cr_assert(zero(int, weft__server_listen_tcp(h->server, "127.0.0.1", 0, url, sizeof(url))));
    colon = strrchr(url, ':');
    cr_assert(ne(ptr, (char *)colon, NULL));
    return (int)strtoul(colon + 1, NULL, 10);
}

int harness_dial(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    cr_assert(ge(int, fd, 0));
    cr_assert(zero(int, connect(fd, (struct sockaddr *)&address, sizeof(address))));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    cr_assert(zero(int, fcntl(fd, F_SETFL, O_NONBLOCK)));
    return fd;
}

bool harness_receive(int fd, char *buffer, size_t room, size_t *length)
{
    ssize_t count = recv(fd, buffer + *length, room - 1 - *length, 0);

    if (count < 0)
        return errno == EAGAIN;
    *length += (size_t)count;
    buffer[*length] = '\0';
    return count > 0;
}

/* --- Gates ----------------------------------------------------------------------------- */

int harness_gate_wait(struct harness_gate *gate)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "the test");
    weft__list_append(&gate->waiters, &wait.link);
    gate->waiting++;
    gate->result = weft__wait(&wait);
    return gate->result;
}

void harness_gate_open(struct harness_gate *gate)
{
    struct weft__list *node;

    while ((node = weft__list_pop(&gate->waiters)) != NULL)
        weft__wait_complete(weft__list_entry(node, struct weft__wait, link), 0);
}
