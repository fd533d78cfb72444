/*
 * fuzz/forwarded_fuzz.c - the Forwarded field, in two lines.
 *
 * The first byte says where the first line ends.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/ip.h"
#include "fuzz.h"
#include "server/request.h"
#include "web/forwarded.h"

/* A piece is empty, or lies within one of the lines. */
static void check_piece(const struct weft__piece *piece, const char *text, size_t size)
{
    if (piece->length > 0)
        MUST(piece->text >= text && piece->text + piece->length <= text + size);
}

static void check_node(const struct weft__piece *node)
{
    uint8_t address[WEFT__IP_BYTES];
    char text[100];
    bool ipv4;

    if (node->length == 0 || node->length >= sizeof(text))
        return;
    memcpy(text, node->text, node->length);
    text[node->length] = '\0';
    (void)weft__ip_parse(address, text, &ipv4);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static weft_request req;
    const char *text = (const char *)input + 1;
    struct weft__hop hops[WEFT__HOPS_MAX];
    struct weft__field lines[2];
    size_t first;
    size_t count;

    if (size < 1)
        return 0;
    size--;
    first = size * input[0] / 255;
    lines[0] = (struct weft__field){ "Forwarded", text, 9, (uint32_t)first };
    lines[1] = (struct weft__field){ "Forwarded", text + first, 9, (uint32_t)(size - first) };
    req.head.fields = lines;
    req.head.field_count = 2;
    count = weft__forwarded_parse(&req, hops);
    MUST(count <= WEFT__HOPS_MAX);
    for (size_t i = 0; i < count; i++) {
        check_piece(&hops[i].node, text, size);
        check_piece(&hops[i].proto, text, size);
        check_piece(&hops[i].host, text, size);
        check_node(&hops[i].node);
    }
    return 0;
}
