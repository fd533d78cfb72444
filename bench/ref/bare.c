/*
 * ref/bare.c - see bare.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "bare.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static in_port_t port_of(int argc, char **argv)
{
    const char *digit = "0";
    unsigned port = 0;

    if (argc > 1)
        digit = argc == 3 && strcmp(argv[1], "--port") == 0 ? argv[2] : "?";
    for (; *digit >= '0' && *digit <= '9' && port <= UINT16_MAX; digit++)
        port = port * 10 + (unsigned)(*digit - '0');
    if (*digit != '\0' || port > UINT16_MAX) {
        fprintf(stderr, "usage: %s [--port N]\n", argv[0]);
        exit(2);
    }
    return htons((in_port_t)port);
}

int bare_listen(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = port_of(argc, argv) };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        die("socket");
    /* Connections inherit TCP_NODELAY on Linux. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
        die("setsockopt");
    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 4096) < 0)
        die("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        die("getsockname");
    fprintf(stderr, "listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    return fd;
}

/* The bytes of CRLF CRLF that have been seen after one more: 4 at the end of a head. */
static unsigned char advance(unsigned char seen, char byte)
{
    if (byte == "\r\n\r\n"[seen])
        return seen + 1;
    return byte == '\r' ? 1 : 0;
}

#ifdef __SSE2__
/* A bit for each of the 16 places from `at` on where CRLF CRLF begins; reads 19 bytes. */
static unsigned heads_begin(const char *at)
{
    const __m128i cr = _mm_set1_epi8('\r');
    const __m128i lf = _mm_set1_epi8('\n');
    __m128i found = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)at), cr);

    found =
        _mm_and_si128(found, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + 1)), lf));
    found =
        _mm_and_si128(found, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + 2)), cr));
    found =
        _mm_and_si128(found, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + 3)), lf));
    return (unsigned)_mm_movemask_epi8(found);
}

/* Count the heads that end from `at` on; where to go on, less than 4 bytes before `end`. */
static const char *skip(const char *begin, const char *at, const char *end, size_t *count)
{
    if (end - begin < 19)
        return at;
    while (end - at > 3) {
        const char *last = end - 19; /* the last 16 places may be looked at twice */
        const char *place = at < last ? at : last;
        unsigned found = heads_begin(place) & UINT_MAX << (at - place);

        if (found == 0) {
            at = place + 16;
        } else {
            at = place + __builtin_ctz(found) + 4;
            ++*count;
        }
    }
    return at;
}
#else
static const char *skip(const char *begin, const char *at, const char *end, size_t *count)
{
    (void)begin;
    (void)end;
    (void)count;
    return at;
}
#endif

size_t bare_count_heads(const char *data, size_t length, unsigned char *state)
{
    const char *end = data + length;
    size_t count = 0;

    for (const char *at = data; at < end; at++) {
        if (*state == 0) {
            at = skip(data, at, end, &count);
            if (at == end)
                break;
        }
        *state = advance(*state, *at);
        if (*state == 4) {
            count++;
            *state = 0;
        }
    }
    return count;
}

const char *bare_replies(size_t *ret_length)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\n"
                                "Server: bare\r\n"
                                "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                                "Content-Type: text/plain; charset=utf-8\r\n"
                                "Content-Length: 13\r\n"
                                "\r\n"
                                "Hello, World!";
    static char replies[BARE_BATCH * (sizeof(reply) - 1)];

    *ret_length = sizeof(reply) - 1;
    for (size_t i = 0; i < BARE_BATCH; i++)
        memcpy(replies + i * *ret_length, reply, *ret_length);
    return replies;
}
