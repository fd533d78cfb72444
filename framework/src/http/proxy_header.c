/*
 * http/proxy_header.c - see proxy_header.h.
 *
 * Nothing is kept from one call to the next: the caller keeps the bytes, and both versions tell
 * early how long they are, so that looking again costs little.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/proxy_header.h"

#include <string.h>
#include <weft/error.h>

static const char v1_begin[] = "PROXY ";
static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

enum { V1_BEGIN = sizeof(v1_begin) - 1, SIGNATURE = sizeof(v2_signature) - 1 };

/* Whether the input is the beginning of `text`, as far as it goes. */
static bool begins(const char *data, size_t length, const char *text, size_t text_length)
{
    return memcmp(data, text, length < text_length ? length : text_length) == 0;
}

/* --- Version 1: a line ------------------------------------------------------------------ */

/* The next word, which one space or the end of the line follows; copied as a string.  False
 * when there is none, or it is too long. */
static bool take_word(const char **at, const char *end, char *word, size_t room)
{
    const char *space = memchr(*at, ' ', (size_t)(end - *at));
    size_t length = (size_t)((space != NULL ? space : end) - *at);

    if (length == 0 || length >= room)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length + (space != NULL);
    return strlen(word) == length;
}

static bool take_ip(const char **at, const char *end, bool ipv4, uint8_t ip[WEFT__IP_BYTES])
{
    char word[INET6_ADDRSTRLEN];
    bool is_ipv4;

    return take_word(at, end, word, sizeof(word)) && strchr(word, '%') == NULL &&
           weft__ip_parse(ip, word, &is_ipv4) && is_ipv4 == ipv4;
}

/* 0 to 65535, without zeros in front. */
static bool take_port(const char **at, const char *end, uint16_t *ret_port)
{
    char word[sizeof("65535")];
    unsigned port = 0;

    if (!take_word(at, end, word, sizeof(word)) || (word[0] == '0' && word[1] != '\0'))
        return false;
    for (const char *digit = word; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        port = port * 10 + (unsigned)(*digit - '0');
    }
    *ret_port = (uint16_t)port;
    return port <= UINT16_MAX;
}

/* What stands between "PROXY " and CRLF. */
static bool parse_line(struct weft__proxy_header *ret, const char *at, const char *end)
{
    static const char unknown[] = "UNKNOWN";
    uint8_t proxy_ip[WEFT__IP_BYTES];
    uint16_t proxy_port;
    char family[sizeof("TCP4")];
    bool ipv4;

    if ((size_t)(end - at) >= sizeof(unknown) - 1 &&
        memcmp(at, unknown, sizeof(unknown) - 1) == 0) {
        at += sizeof(unknown) - 1;
        return at == end || *at == ' '; /* whatever else it says */
    }
    if (!take_word(&at, end, family, sizeof(family)))
        return false;
    ipv4 = strcmp(family, "TCP4") == 0;
    if (!ipv4 && strcmp(family, "TCP6") != 0)
        return false;
    ret->named = WEFT__NAMED_IP;
    return take_ip(&at, end, ipv4, ret->ip) && take_ip(&at, end, ipv4, proxy_ip) &&
           take_port(&at, end, &ret->port) && take_port(&at, end, &proxy_port) && at == end &&
           end[-1] != ' ';
}

static long parse_v1(struct weft__proxy_header *ret, const char *data, size_t length)
{
    struct weft__proxy_header header = { .named = WEFT__NAMED_NOBODY };
    size_t look = length < WEFT__PROXY_HEADER_V1_MAX ? length : WEFT__PROXY_HEADER_V1_MAX;
    const char *end = memchr(data, '\n', look);

    if (end == NULL)
        return length >= WEFT__PROXY_HEADER_V1_MAX ? WEFT_EPROTO : 0;
    if (end - data <= V1_BEGIN || end[-1] != '\r' ||
        memchr(data, '\r', (size_t)(end - data) - 1) != NULL ||
        !parse_line(&header, data + V1_BEGIN, end - 1))
        return WEFT_EPROTO;
    *ret = header;
    return end + 1 - data;
}

/* --- Version 2: binary ------------------------------------------------------------------ */

enum { V2_HEAD = 16, V2_TLV_HEAD = 3, V2_TLV_SSL = 0x20, V2_SSL_HEAD = 5, V2_SSL_USED = 0x01 };

static size_t read_16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* The additions behind the addresses. */
static bool read_tlvs(struct weft__proxy_header *ret, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        size_t length;

        if (end - at < V2_TLV_HEAD)
            return false;
        length = read_16(at + 1);
        if ((size_t)(end - at) - V2_TLV_HEAD < length)
            return false;
        if (at[0] == V2_TLV_SSL) {
            if (length < V2_SSL_HEAD)
                return false;
            ret->tls = (at[V2_TLV_HEAD] & V2_SSL_USED) != 0;
        }
        at += V2_TLV_HEAD + length;
    }
    return true;
}

/* Addresses and additions of a connection that is somebody's. */
static bool read_proxied(struct weft__proxy_header *ret, uint8_t family, const uint8_t *at,
                         const uint8_t *end)
{
    static const struct {
        size_t bytes; /* both addresses, and both ports */
        size_t port;  /* where the client's is */
    } blocks[] = { { 0, 0 }, { 12, 8 }, { 36, 32 }, { 216, 0 } };
    enum { UNSPEC, IPV4, IPV6, UNIX };
    enum { STREAM = 1, DATAGRAM = 2 };
    unsigned kind = family >> 4;
    unsigned protocol = family & 0xf;

    if (kind > UNIX || protocol > DATAGRAM)
        return false;
    if ((size_t)(end - at) < blocks[kind].bytes)
        return false;
    if (kind == UNSPEC || protocol != STREAM)
        return true; /* nobody, whatever else it says */
    if (kind == IPV4)
        weft__ip_map(ret->ip, at);
    else if (kind == IPV6)
        memcpy(ret->ip, at, WEFT__IP_BYTES);
    if (kind != UNIX)
        ret->port = (uint16_t)read_16(at + blocks[kind].port);
    ret->named = kind == UNIX ? WEFT__NAMED_UNIX : WEFT__NAMED_IP;
    return read_tlvs(ret, at + blocks[kind].bytes, end);
}

static long parse_v2(struct weft__proxy_header *ret, const uint8_t *data, size_t length)
{
    struct weft__proxy_header header = { .named = WEFT__NAMED_NOBODY };
    enum { LOCAL = 0x20, PROXY = 0x21 };
    size_t whole;

    if (length > SIGNATURE && data[SIGNATURE] != LOCAL && data[SIGNATURE] != PROXY)
        return WEFT_EPROTO;
    if (length < V2_HEAD)
        return 0;
    whole = V2_HEAD + read_16(data + SIGNATURE + 2);
    if (whole > WEFT__PROXY_HEADER_MAX)
        return WEFT_EPROTO;
    if (length < whole)
        return 0;
    if (data[SIGNATURE] == PROXY &&
        !read_proxied(&header, data[SIGNATURE + 1], data + V2_HEAD, data + whole))
        return WEFT_EPROTO;
    *ret = header;
    return (long)whole;
}

long weft__proxy_header_parse(struct weft__proxy_header *ret, const char *data, size_t length)
{
    if (length == 0)
        return 0;
    if (begins(data, length, v2_signature, SIGNATURE))
        return parse_v2(ret, (const uint8_t *)data, length);
    return begins(data, length, v1_begin, V1_BEGIN) ? parse_v1(ret, data, length) : WEFT_EPROTO;
}
