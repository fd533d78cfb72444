/*
 * Unix sockets: servers and clients by path.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "in_task.h"

static char directory[] = "/tmp/weft-unix-XXXXXX";
static char path[64];

static void make_path(void)
{
    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    snprintf(path, sizeof(path), "%s/socket", directory);
}

WEFT_TASK_TEST(unix_stream, connects_and_accepts)
{
    weft_listener *listener = NULL, *second = NULL;
    struct weft_stream *client = NULL, *server = NULL;
    weft_address address;
    char text[WEFT_ADDRESS_ROOM] = "";

    make_path();
    cr_assert(zero(int, weft_unix_listen(path, NULL, &listener)));
    cr_expect(eq(int, weft_listener_port(listener), UV_EINVAL));
    cr_assert(zero(int, weft_unix_connect(path, NULL, &client)));
    cr_assert(zero(int, weft_accept(listener, &server)));
    cr_expect(eq(int, weft_unix_listen(path, NULL, &second), UV_EADDRINUSE));
    cr_expect(zero(int, weft_stream_write(client, "hello", 5)));
    cr_expect(zero(int, weft_stream_read_exactly(server, text, 5, NULL)));
    cr_expect(eq(str, text, (char *)"hello"));
    cr_expect(zero(int, weft_stream_peer(client, &address)));
    cr_expect(eq(int, weft_address_format(&address, text, sizeof(text)), (int)strlen(path)));
    cr_expect(eq(str, text, path));
    cr_expect(eq(int, weft_address_format(&address, text, 5), UV_ENOBUFS));
    cr_expect(eq(int, weft_address_port(&address), UV_EINVAL));
    cr_expect(zero(int, weft_stream_peer(server, &address)), "a client without a path");
    cr_expect(eq(int, weft_address_format(&address, text, sizeof(text)), 4));
    cr_expect(eq(str, text, (char *)"unix"));
    weft_stream_close(client);
    weft_stream_close(server);
    weft_listener_close(listener);
    weft_yield();
    cr_expect(zero(int, rmdir(directory)), "the socket's file has gone");
}

WEFT_TASK_TEST(unix_stream, tells_why_it_failed)
{
    struct weft_stream *client = NULL;
    weft_listener *listener = NULL;
    char much[200];

    memset(much, 'a', sizeof(much));
    much[sizeof(much) - 1] = '\0';
    make_path();
    cr_expect(eq(int, weft_unix_connect(path, NULL, &client), UV_ENOENT));
    cr_expect(eq(int, weft_unix_connect(much, NULL, &client), UV_ENAMETOOLONG));
    cr_expect(eq(int, weft_unix_connect("", NULL, &client), UV_EINVAL));
    cr_expect(eq(int, weft_unix_listen(much, NULL, &listener), UV_ENAMETOOLONG));
    cr_expect(eq(int, weft_unix_listen(NULL, NULL, &listener), UV_EINVAL));
    cr_expect(zero(int, rmdir(directory)));
}
