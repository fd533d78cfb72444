/*
 * A chat server: what one client writes, all others read.  The first line is the client's name.
 *
 *     ./dev run chat --port 7000      and then, twice: nc localhost 7000
 *
 * Every client has a task, which reads its lines straight down.  To tell all others is a loop
 * over a list, without a lock: nothing in it suspends.  A client that does not read what it is
 * sent is dropped once too much waits for it, so that it can neither hold up the others nor
 * fill the memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/signal.h>
#include <weft/stream.h>
#include <weft/task.h>

#include <stdio.h>
#include <string.h>

enum { NAME_ROOM = 32, LINE_ROOM = 1024, MAX_UNSENT = 256 * 1024, MAX_CLIENTS = 1000 };

struct client {
    struct client *next;
    struct weft_stream *stream;
    char name[NAME_ROOM];
};

struct room {
    struct client *clients;
};

/* --- Telling ---------------------------------------------------------------------------- */

/* Below its high-water mark a stream takes what is written without waiting. */
static void tell(struct client *client, const char *text, size_t length)
{
    if (weft_stream_unsent(client->stream) >= MAX_UNSENT)
        weft_stream_abort(client->stream); /* it does not read: its own task will see that */
    else
        (void)!weft_stream_write(client->stream, text, length); /* it may have gone: the same */
}

static void tell_others(struct room *room, const struct client *from, const char *text)
{
    for (struct client *client = room->clients; client != NULL; client = client->next) {
        if (client != from)
            tell(client, text, strlen(text));
    }
}

static void announce(struct room *room, const struct client *client, const char *what)
{
    char text[NAME_ROOM + 32];

    snprintf(text, sizeof(text), "* %s %s\n", client->name, what);
    tell_others(room, client, text);
}

static void tell_who_is_there(struct room *room, struct client *asker)
{
    for (struct client *client = room->clients; client != NULL; client = client->next) {
        char text[NAME_ROOM + 8];
        int length = snprintf(text, sizeof(text), "* %s\n", client->name);

        tell(asker, text, (size_t)length);
    }
}

/* --- Clients ---------------------------------------------------------------------------- */

/* A line without its end, "\n" or "\r\n"; how long it is, or a code.  0 at the end. */
static int read_line(struct weft_stream *stream, char *line, size_t room)
{
    int rc = weft_stream_read_line(stream, line, room);

    if (rc > 0)
        line[strcspn(line, "\r\n")] = '\0';
    return rc;
}

static int take_lines(struct room *room, struct client *client)
{
    char line[LINE_ROOM], text[NAME_ROOM + LINE_ROOM + 4];
    int rc;

    while ((rc = read_line(client->stream, line, sizeof(line))) > 0) {
        if (strcmp(line, "/quit") == 0)
            return 0;
        if (strcmp(line, "/who") == 0) {
            tell_who_is_there(room, client);
            continue;
        }
        snprintf(text, sizeof(text), "%s: %s\n", client->name, line);
        tell_others(room, client, text);
    }
    return rc;
}

static void enter(struct room *room, struct client *client)
{
    client->next = room->clients;
    room->clients = client;
    announce(room, client, "has come");
}

static void leave(struct room *room, struct client *client)
{
    struct client **place = &room->clients;

    while (*place != client)
        place = &(*place)->next;
    *place = client->next;
    announce(room, client, "has left");
}

/* The task of a connection.  Whatever ends it, the client leaves the room. */
static int serve_client(struct weft_stream *stream, void *arg)
{
    struct room *room = arg;
    struct client client = { .stream = stream };
    int rc = weft_stream_printf(stream, "* Your name?\n");

    if (rc == 0)
        rc = read_line(stream, client.name, sizeof(client.name));
    if (rc > 0) {
        enter(room, &client);
        rc = take_lines(room, &client);
        leave(room, &client);
    }
    if (rc == WEFT_ELIMIT) {
        (void)!weft_stream_printf(stream, "* That is too long\n");
        return 0;
    }
    return rc;
}

/* --- The program ------------------------------------------------------------------------ */

static int serve(void *arg)
{
    struct room room = { 0 };

    return weft_serve_streams(arg, serve_client, &room);
}

/* Serve until a signal ends the program. */
static int serve_until_signal(weft_listener *listener)
{
    WEFT_CLEANUP(weft_signal_close) weft_signal signals = { 0 };
    int rc = weft_signal_open(&signals, (const int[]){ SIGINT, SIGTERM }, 2);

    WEFT_GROUP(server, 0);
    if (rc == 0)
        rc = weft_group_go(server, serve, listener);
    if (rc == 0)
        rc = weft_signal_wait(&signals);
    return rc < 0 ? rc : 0; /* the group cancels the server, and awaits it */
}

static int run(void *arg)
{
    weft_listen_options options = { .max_streams = MAX_CLIENTS,
                                    .stream.high_water_bytes = MAX_UNSENT };
    weft_listener *listener;
    int rc = weft_tcp_listen("127.0.0.1", *(int *)arg, &options, &listener);

    if (rc < 0)
        return rc;
    fprintf(stderr, "listening on 127.0.0.1:%d\n", weft_listener_port(listener));
    rc = serve_until_signal(listener);
    weft_listener_close(listener);
    return rc;
}

int main(int argc, char **argv)
{
    int port = 7000;
    char rest;
    int rc;

    if (argc != 1 && (argc != 3 || strcmp(argv[1], "--port") != 0 ||
                      sscanf(argv[2], "%d%c", &port, &rest) != 1)) {
        fprintf(stderr, "usage: %s [--port PORT]\n", argv[0]);
        return 2;
    }
    rc = weft_run(run, &port);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
