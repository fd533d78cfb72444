/*
 * http/head_scan.c - finding the end of a request head, and refusing what cannot be one.
 *
 * The scan is a state machine over the grammar of RFC 9112, 3 and 5, with these choices, which
 * refuse what the RFC lets a server refuse:
 *
 * 1. Lines end with CRLF; neither byte stands anywhere else.
 * 2. One space, and nothing else, separates the parts of the request line.
 * 3. The target holds visible ASCII characters except '#', and '\', which some take for '/'.
 * 4. A line that begins with white space is refused, wherever it stands (obs-fold).
 * 5. A colon follows a field's name at once.
 * 6. Values hold no control character but HTAB.
 *
 * It goes forward only, one state to the next, and a byte is judged by the state alone: so the
 * result is the same however the input was cut, and a bad byte is refused when it arrives.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "http/find.h"
#include "http/head.h"

enum {
    USUAL_BYTES = 16 * 1024,
    USUAL_FIELDS = 100,
    MAX_BYTES = 1 << 30,
    MAX_FIELDS = 10000,
    MAX_METHOD = 64,
    MAX_BLANK_LINES = 2,
};

/* In the order in which they are passed through. */
enum state {
    START, /* before the request line: its first byte, or an empty line */
    START_LF,
    METHOD,
    TARGET,
    VERSION,
    LINE, /* the first byte of a field line, or of the empty line */
    NAME,
    VALUE,
    VALUE_LF,
    END_LF,
};

/* The unread input; `scan->state` says how to read it. */
struct input {
    const char *data; /* the first byte of the head */
    const char *at;
    const char *end;
};

/* Each of the functions below reads a part of the request line from `in->at` on.  They return 1
 * when the next part begins, 0 when the input ran out, and else the refusal. */

static int scan_start(struct weft__head_scan *scan, struct input *in)
{
    for (; in->at < in->end; in->at++) {
        if (scan->state == START_LF) {
            if (*in->at != '\n')
                return -400;
            scan->state = START;
        } else if (*in->at == '\r') {
            if (scan->blank_lines++ == MAX_BLANK_LINES)
                return -400;
            scan->state = START_LF;
        } else {
            scan->token = (uint32_t)(in->at - in->data);
            return 1;
        }
    }
    return 0;
}

static int scan_method(struct weft__head_scan *scan, struct input *in)
{
    const char *method = in->data + scan->token;
    const char *at = in->at;
    size_t length;

    scan->state = METHOD;
    while (at < in->end && weft__char_is(*at, WEFT__CHAR_TOKEN))
        at++;
    in->at = at;
    length = (size_t)(at - method);
    if (length > MAX_METHOD)
        return -501;
    if (at == in->end)
        return 0;
    if (*at != ' ' || length == 0)
        return -400;
    if (length == 7 && memcmp(method, "CONNECT", 7) == 0)
        return -501;
    in->at = at + 1;
    scan->token = (uint32_t)(in->at - in->data);
    return 1;
}

static int scan_target(struct weft__head_scan *scan, struct input *in)
{
    const char *at = weft__find_target_end(in->at, in->end);

    scan->state = TARGET;
    in->at = at;
    if (at == in->end)
        return 0;
    if (*at != ' ' || at == in->data + scan->token)
        return -400;
    in->at = at + 1;
    scan->token = (uint32_t)(in->at - in->data);
    return 1;
}

/* One character of "HTTP/" DIGIT "." DIGIT CRLF. */
static int scan_version_byte(const char *version, size_t index)
{
    char c = version[index];

    switch (index) {
    case 5:
    case 7:
        return weft__char_is(c, WEFT__CHAR_DIGIT) ? 0 : -400;
    case 6:
        return c == '.' ? 0 : -400;
    case 8:
        if (c != '\r' || version[5] == '0') /* HTTP/0.9 had no version in its requests */
            return -400;
        return version[5] == '1' ? 0 : -505;
    case 9:
        return c == '\n' ? 0 : -400;
    default:
        return c == "HTTP/"[index] ? 0 : -400;
    }
}

static int scan_version(struct weft__head_scan *scan, struct input *in)
{
    static const char usual[] = "HTTP/1.1\r\n";
    enum { LENGTH = sizeof(usual) - 1 };
    const char *version = in->data + scan->token;

    if (in->end - version >= LENGTH && memcmp(version, usual, LENGTH) == 0) {
        in->at = version + LENGTH;
        return 1;
    }
    scan->state = VERSION;
    while (in->at < in->end) {
        size_t index = (size_t)(in->at - version);
        int rc = scan_version_byte(version, index);

        if (rc < 0)
            return rc;
        in->at++;
        if (index == LENGTH - 1)
            return 1;
    }
    return 0;
}

static int scan_request_line(struct weft__head_scan *scan, struct input *in)
{
    int rc;

    switch ((enum state)scan->state) {
    case START:
    case START_LF:
        rc = scan_start(scan, in);
        if (rc <= 0)
            return rc;
        /* fall through */
    case METHOD:
        rc = scan_method(scan, in);
        if (rc <= 0)
            return rc;
        /* fall through */
    case TARGET:
        rc = scan_target(scan, in);
        if (rc <= 0)
            return rc;
        /* fall through */
    default: /* VERSION */
        rc = scan_version(scan, in);
        if (rc > 0)
            scan->state = LINE;
        return rc;
    }
}

/* Read field lines.  1 when the empty line was read, 0 when the input ran out. */
static int scan_fields(struct weft__head_scan *scan, struct input *in, unsigned max_fields)
{
    const char *const end = in->end;
    const char *at = in->at;

    while (at < end) {
        switch ((enum state)scan->state) {
        case LINE:
            if (*at == '\r') {
                scan->state = END_LF;
                at++;
                break;
            }
            if (!weft__char_is(*at, WEFT__CHAR_TOKEN))
                return -400;
            if (scan->fields++ == max_fields)
                return -431;
            /* fall through */
        case NAME:
            at = weft__find_token_end(at, end);
            scan->state = NAME;
            if (at == end)
                break;
            if (*at++ != ':')
                return -400;
            /* fall through */
        case VALUE:
            at = weft__find_control(at, end);
            scan->state = VALUE;
            if (at == end)
                break;
            if (*at++ != '\r')
                return -400;
            scan->state = VALUE_LF;
            if (at == end)
                break;
            /* fall through */
        case VALUE_LF:
            if (*at++ != '\n')
                return -400;
            scan->state = LINE;
            break;
        default: /* END_LF */
            in->at = at + 1;
            return *at == '\n' ? 1 : -400;
        }
    }
    in->at = at;
    return 0;
}

/* Whether a head is too long for its request line rather than for its fields. */
static bool line_is_to_blame(const struct weft__head_scan *scan, size_t max_bytes)
{
    return scan->state < LINE || scan->token > max_bytes / 2; /* where the version began */
}

struct weft__head_limits weft__head_limits(size_t max_bytes, unsigned max_fields)
{
    if (max_bytes == 0)
        max_bytes = USUAL_BYTES;
    if (max_fields == 0)
        max_fields = USUAL_FIELDS;
    return (struct weft__head_limits){
        .max_bytes = max_bytes < MAX_BYTES ? max_bytes : MAX_BYTES,
        .max_fields = max_fields < MAX_FIELDS ? max_fields : MAX_FIELDS,
    };
}

long weft__head_scan(struct weft__head_scan *scan, const char *data, size_t length,
                     const struct weft__head_limits *limits)
{
    size_t max_bytes = limits->max_bytes;
    struct input in = {
        .data = data,
        .at = data + scan->at,
        .end = data + (length < max_bytes ? length : max_bytes),
    };
    int rc = 1;

    if (scan->state < LINE)
        rc = scan_request_line(scan, &in);
    if (rc > 0)
        rc = scan_fields(scan, &in, limits->max_fields);
    scan->at = (uint32_t)(in.at - data);
    if (rc < 0)
        return rc;
    if (rc > 0)
        return (long)(in.at - data);
    if (length >= max_bytes)
        return line_is_to_blame(scan, max_bytes) ? -414 : -431;
    return 0;
}

bool weft__head_scan_idle(const struct weft__head_scan *scan)
{
    return scan->state == START;
}
