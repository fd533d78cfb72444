/*
 * http/status.c - see status.h.
 *
 * All lines stand in the program's constant data; finding one takes an index.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/status.h"

enum { FIRST = 100, LAST = 599 };

struct entry {
    struct weft__status_line line;
    const char *reason;
};

#define LINE(code, phrase) "HTTP/1.1 " #code " " phrase "\r\n"
#define ENTRY(code, phrase) \
    [(code)-FIRST] = { { LINE(code, phrase), sizeof(LINE(code, phrase)) - 1 }, phrase }

/* The IANA registry, without what it marks as unused or obsolete. */
static const struct entry registered[LAST - FIRST + 1] = {
    ENTRY(100, "Continue"),
    ENTRY(101, "Switching Protocols"),
    ENTRY(102, "Processing"),
    ENTRY(103, "Early Hints"),
    ENTRY(200, "OK"),
    ENTRY(201, "Created"),
    ENTRY(202, "Accepted"),
    ENTRY(203, "Non-Authoritative Information"),
    ENTRY(204, "No Content"),
    ENTRY(205, "Reset Content"),
    ENTRY(206, "Partial Content"),
    ENTRY(207, "Multi-Status"),
    ENTRY(208, "Already Reported"),
    ENTRY(226, "IM Used"),
    ENTRY(300, "Multiple Choices"),
    ENTRY(301, "Moved Permanently"),
    ENTRY(302, "Found"),
    ENTRY(303, "See Other"),
    ENTRY(304, "Not Modified"),
    ENTRY(305, "Use Proxy"),
    ENTRY(307, "Temporary Redirect"),
    ENTRY(308, "Permanent Redirect"),
    ENTRY(400, "Bad Request"),
    ENTRY(401, "Unauthorized"),
    ENTRY(402, "Payment Required"),
    ENTRY(403, "Forbidden"),
    ENTRY(404, "Not Found"),
    ENTRY(405, "Method Not Allowed"),
    ENTRY(406, "Not Acceptable"),
    ENTRY(407, "Proxy Authentication Required"),
    ENTRY(408, "Request Timeout"),
    ENTRY(409, "Conflict"),
    ENTRY(410, "Gone"),
    ENTRY(411, "Length Required"),
    ENTRY(412, "Precondition Failed"),
    ENTRY(413, "Content Too Large"),
    ENTRY(414, "URI Too Long"),
    ENTRY(415, "Unsupported Media Type"),
    ENTRY(416, "Range Not Satisfiable"),
    ENTRY(417, "Expectation Failed"),
    ENTRY(418, "I'm a teapot"),
    ENTRY(421, "Misdirected Request"),
    ENTRY(422, "Unprocessable Content"),
    ENTRY(423, "Locked"),
    ENTRY(424, "Failed Dependency"),
    ENTRY(425, "Too Early"),
    ENTRY(426, "Upgrade Required"),
    ENTRY(428, "Precondition Required"),
    ENTRY(429, "Too Many Requests"),
    ENTRY(431, "Request Header Fields Too Large"),
    ENTRY(451, "Unavailable For Legal Reasons"),
    ENTRY(500, "Internal Server Error"),
    ENTRY(501, "Not Implemented"),
    ENTRY(502, "Bad Gateway"),
    ENTRY(503, "Service Unavailable"),
    ENTRY(504, "Gateway Timeout"),
    ENTRY(505, "HTTP Version Not Supported"),
    ENTRY(506, "Variant Also Negotiates"),
    ENTRY(507, "Insufficient Storage"),
    ENTRY(508, "Loop Detected"),
    ENTRY(511, "Network Authentication Required"),
};

/* Ten lines without a reason, which may be empty (RFC 9112, 4), but not the space before it. */
#define TEN(tens)                                                                   \
    LINE(tens##0, ""), LINE(tens##1, ""), LINE(tens##2, ""), LINE(tens##3, ""),     \
        LINE(tens##4, ""), LINE(tens##5, ""), LINE(tens##6, ""), LINE(tens##7, ""), \
        LINE(tens##8, ""), LINE(tens##9, "")
#define HUNDRED(h)                                                                          \
    TEN(h##0), TEN(h##1), TEN(h##2), TEN(h##3), TEN(h##4), TEN(h##5), TEN(h##6), TEN(h##7), \
        TEN(h##8), TEN(h##9)

static const char bare[LAST - FIRST + 1][sizeof("HTTP/1.1 200 \r\n")] = {
    HUNDRED(1), HUNDRED(2), HUNDRED(3), HUNDRED(4), HUNDRED(5),
};

struct weft__status_line weft__status_line(unsigned status)
{
    unsigned index = status >= FIRST && status <= LAST ? status - FIRST : 500 - FIRST;

    if (registered[index].line.text != NULL)
        return registered[index].line;
    return (struct weft__status_line){ bare[index], sizeof(bare[index]) - 1 };
}

const char *weft__status_reason(unsigned status)
{
    if (status < FIRST || status > LAST || registered[status - FIRST].reason == NULL)
        return "";
    return registered[status - FIRST].reason;
}
