/*
 * base/ip.h - IP addresses as 16 bytes.
 *
 * IPv4 ones are held as IPv4-mapped IPv6 ones (RFC 4291, 2.5.5.2), so that one comparison
 * serves both, and a peer of a dual-stack socket is the same whichever way it came.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_IP_H
#define WEFT_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { WEFT__IP_BYTES = 16 };

/* False for an address of another family. */
bool weft__ip_of(uint8_t to[WEFT__IP_BYTES], const struct sockaddr_storage *address);

/* False when `text` is no address.  ret_ipv4: whether it was written as an IPv4 one. */
bool weft__ip_parse(uint8_t to[WEFT__IP_BYTES], const char *text, bool *ret_ipv4);

/* In its usual form; `room` is at least INET6_ADDRSTRLEN. */
void weft__ip_format(char *to, size_t room, const uint8_t ip[WEFT__IP_BYTES]);

/* The four bytes of an IPv4 address in that form. */
void weft__ip_map(uint8_t to[WEFT__IP_BYTES], const void *ipv4);
bool weft__ip_mapped(const uint8_t ip[WEFT__IP_BYTES]);

#endif
