/*
 * http/head_fields.c - what the fields of a request mean for the message itself: its length,
 * its connection, its expectations (RFC 9112, 6 and 9; RFC 9110, 7.6.1, 7.8, 10.1.1).
 *
 * Whoever reads the length of a message otherwise than the server in front of it can be sent
 * requests that the other never saw (request smuggling).  So there is one way only to say it:
 * one Content-Length of digits, or one Transfer-Encoding that says "chunked", never both.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "http/chars.h"
#include "http/head_parts.h"
#include "http/parameter.h"

/* An element of a comma-separated list, without the white space around it. */
struct element {
    const char *text;
    size_t length;
};

/* Cut the first element off `*at`; false when nothing is left. */
static bool next_element(const char **at, const char *end, struct element *element)
{
    const char *from = *at;
    const char *to;

    if (from == NULL)
        return false;
    to = memchr(from, ',', (size_t)(end - from));
    *at = to == NULL ? NULL : to + 1;
    if (to == NULL)
        to = end;
    while (from < to && weft__char_is_space(*from))
        from++;
    while (to > from && weft__char_is_space(to[-1]))
        to--;
    *element = (struct element){ from, (size_t)(to - from) };
    return true;
}

static size_t token_length(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length && weft__char_is(text[at], WEFT__CHAR_TOKEN))
        at++;
    return at;
}

static bool element_is(const struct element *element, const char *lower, size_t length)
{
    return element->length == length && weft__lower_equal(element->text, lower, length);
}

/* Connection: a list of tokens.  0 or -400. */
static int note_connection(struct weft__head_facts *facts, const struct weft__field *field)
{
    const char *at = field->value;
    const char *end = at + field->value_length;
    struct element option;

    facts->said |= WEFT__SAID_CONNECTION;
    while (next_element(&at, end, &option)) {
        if (token_length(option.text, option.length) != option.length)
            return -400;
        if (element_is(&option, "close", 5))
            facts->said |= WEFT__SAID_CLOSE;
        else if (element_is(&option, "keep-alive", 10))
            facts->said |= WEFT__SAID_KEEP_ALIVE;
        else if (element_is(&option, "upgrade", 7))
            facts->said |= WEFT__SAID_UPGRADE;
    }
    return 0;
}

/* Upgrade: a list of protocols, token ["/" token].  A malformed one is as good as none. */
static bool upgrade_ok(const struct weft__field *field)
{
    const char *at = field->value;
    const char *end = at + field->value_length;
    struct element protocol;
    bool any = false;

    while (next_element(&at, end, &protocol)) {
        size_t name = token_length(protocol.text, protocol.length);
        size_t version;

        any |= name > 0;
        if (name == protocol.length)
            continue; /* without a version, or empty */
        version = token_length(protocol.text + name + 1, protocol.length - name - 1);
        if (name == 0 || protocol.text[name] != '/' || version == 0 ||
            name + 1 + version != protocol.length)
            return false;
    }
    return any;
}

/* Expect: a list (RFC 9110, 10.1.1), whose elements may be empty, even all of them (5.6.1.2).
 */
static int note_expect(struct weft__head_facts *facts, const struct weft__field *field)
{
    const char *at = field->value;
    const char *end = at + field->value_length;
    struct element expectation;

    while (next_element(&at, end, &expectation)) {
        if (element_is(&expectation, "100-continue", 12))
            facts->said |= WEFT__SAID_CONTINUE;
        else if (expectation.length > 0)
            facts->said |= WEFT__SAID_EXPECT;
    }
    return 0;
}

static int note_upgrade(struct weft__head_facts *facts, const struct weft__field *field)
{
    facts->said |= WEFT__SAID_PROTOCOL | (upgrade_ok(field) ? WEFT__SAID_GOOD_PROTOCOL : 0);
    return 0;
}

/* A field that the message may have once only.  0 or -400. */
static int note_once(struct weft__head_facts *facts, const struct weft__field **place,
                     const struct weft__field *field, unsigned said)
{
    if (*place != NULL)
        return -400;
    *place = field;
    facts->said |= said;
    return 0;
}

/* Transfer-Encoding: a list, which several lines may hold together. */
static int note_coding(struct weft__head_facts *facts, const struct weft__field *field)
{
    if (facts->coding == NULL)
        facts->coding = field;
    facts->said |= WEFT__SAID_CODING;
    return 0;
}

#define IS(lower) weft__lower_equal(field->name, lower, sizeof(lower) - 1)

int weft__head_note(struct weft__head_facts *facts, const struct weft__field *field)
{
    switch (field->name_length) {
    case sizeof("host") - 1:
        return IS("host") ? note_once(facts, &facts->host, field, 0) : 0;
    case sizeof("expect") - 1:
        return IS("expect") ? note_expect(facts, field) : 0;
    case sizeof("upgrade") - 1:
        return IS("upgrade") ? note_upgrade(facts, field) : 0;
    case sizeof("connection") - 1:
        return IS("connection") ? note_connection(facts, field) : 0;
    case sizeof("content-length") - 1:
        return IS("content-length") ? note_once(facts, &facts->length, field, WEFT__SAID_LENGTH)
                                    : 0;
    case sizeof("content-encoding") - 1:
        if (IS("content-encoding"))
            facts->said |= WEFT__SAID_ENCODED;
        return 0;
    case sizeof("transfer-encoding") - 1:
        return IS("transfer-encoding") ? note_coding(facts, field) : 0;
    default:
        return 0;
    }
}

/*
 * Content-Length: digits only, below 2^63, and without zeros in front, which some read as
 * octal.  0 or -400.
 */
static int parse_length(const struct weft__field *field, uint64_t *ret_length)
{
    uint64_t length = 0;

    if (field->value_length == 0 || (field->value[0] == '0' && field->value_length > 1))
        return -400;
    for (uint32_t i = 0; i < field->value_length; i++) {
        char c = field->value[i];

        if (!weft__char_is(c, WEFT__CHAR_DIGIT) || length > INT64_MAX / 10)
            return -400;
        length = length * 10 + (uint64_t)(c - '0');
    }
    if (length > INT64_MAX)
        return -400;
    *ret_length = length;
    return 0;
}

/* Behind a token or a quoted string; NULL when there is neither. */
static const char *skip_word(const char *at, const char *end)
{
    size_t length = token_length(at, (size_t)(end - at));

    if (length > 0)
        return at + length;
    return at < end && *at == '"' ? weft__quoted_end(at, end) : NULL;
}

/*
 * Behind a transfer coding's parameters and the white space around them; NULL when they are
 * malformed.  Unlike those of a media type they may have white space around '=' (RFC 9110,
 * 10.1.4).
 */
static const char *skip_coding_parameters(const char *at, const char *end)
{
    at = weft__skip_space(at, end);
    while (at < end && *at == ';') {
        size_t name;

        at = weft__skip_space(at + 1, end);
        name = token_length(at, (size_t)(end - at));
        at = weft__skip_space(at + name, end);
        if (name == 0 || at == end || *at != '=')
            return NULL;
        at = skip_word(weft__skip_space(at + 1, end), end);
        if (at == NULL)
            return NULL;
        at = weft__skip_space(at, end);
    }
    return at == end || *at == ',' ? at : NULL;
}

/* What the lines of Transfer-Encoding that were read so far have said. */
struct codings {
    bool others;  /* a coding besides chunked */
    bool chunked; /* the last one was chunked */
};

/* Read one line of Transfer-Encoding.  0, or -400. */
static int read_codings(struct codings *codings, const struct weft__field *field)
{
    const char *at = field->value;
    const char *end = at + field->value_length;

    for (;;) {
        size_t name = token_length(at, (size_t)(end - at));

        if (name == 0 || codings->chunked)
            return -400; /* no coding, or one behind chunked */
        codings->chunked = name == 7 && weft__lower_equal(at, "chunked", 7);
        codings->others |= !codings->chunked;
        at += name;
        if (codings->chunked && at < end && *at != ',')
            return -400; /* a parameter, which it does not have */
        at = skip_coding_parameters(at, end);
        if (at == NULL)
            return -400;
        if (at == end)
            return 0;
        at = weft__skip_space(at + 1, end);
    }
}

/*
 * Transfer-Encoding, all lines of it together: 0 for "chunked"; -501 for well-formed codings
 * besides or instead of it, which RFC 9112, 6.1 lets a server not implement; -400 for what is
 * malformed, and for "chunked" anywhere but once at the end: no two parsers agree on the length
 * of that (6.3).
 */
static int judge_codings(const struct weft__head *head, const struct weft__field *first)
{
    struct codings codings = { 0 };

    for (const struct weft__field *field = first; field != NULL;
         field = weft__head_find_next(head, field)) {
        int rc = read_codings(&codings, field);

        if (rc < 0)
            return rc;
    }
    return codings.others ? -501 : 0;
}

static int judge_framing(struct weft__head *head, const struct weft__head_facts *facts)
{
    head->has_length = facts->length != NULL;
    head->chunked = facts->coding != NULL;
    if (facts->length != NULL)
        return facts->coding != NULL ? -400
                                     : parse_length(facts->length, &head->content_length);
    if (facts->coding != NULL)
        return head->minor == 0 ? -400 : judge_codings(head, facts->coding);
    return 0;
}

int weft__head_judge(struct weft__head *head, const struct weft__head_facts *facts)
{
    unsigned said = facts->said;

    if ((said & (WEFT__SAID_LENGTH | WEFT__SAID_CODING)) != 0) {
        int rc = judge_framing(head, facts);

        if (rc < 0)
            return rc;
    }
    head->encoded =
        (said & WEFT__SAID_ENCODED) != 0 && (head->chunked || head->content_length > 0);
    if (head->minor == 0) {
        /* HTTP/1.0 knows neither Upgrade nor Expect (RFC 9110, 7.8 and 10.1.1). */
        head->keep_alive =
            (said & (WEFT__SAID_CLOSE | WEFT__SAID_KEEP_ALIVE)) == WEFT__SAID_KEEP_ALIVE;
        return 0;
    }
    head->keep_alive = (said & WEFT__SAID_CLOSE) == 0;
    if ((said & WEFT__SAID_EXPECT) != 0)
        return -417;
    head->upgrade = (said & WEFT__SAID_UPGRADE) != 0 && (said & WEFT__SAID_GOOD_PROTOCOL) != 0;
    head->expect_continue =
        (said & WEFT__SAID_CONTINUE) != 0 && (head->chunked || head->content_length > 0);
    return 0;
}
