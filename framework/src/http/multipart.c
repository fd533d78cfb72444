/*
 * http/multipart.c - see multipart.h.
 *
 *   PREAMBLE -> LINE -> [PADDING] -> LINE_LF -> FIELD_FIRST <-> FIELD_NAME, FIELD_VALUE,
 * FIELD_LF ^  |                     v |  |                  FIELDS_LF -> CONTENT |  | |
 *               +--|----------------------------------+  (a delimiter)
 *                  +-> CLOSE -> CLOSED -> CLOSED_LF -> EPILOGUE
 *
 * The input, and the content of a part, begin as though CRLF had just come, so that a delimiter
 * may stand at their very beginning; such bytes of a delimiter are `implied`.  No boundary
 * holds a CR: where a delimiter does not go on, the next can only begin with the byte that did
 * not fit.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/multipart.h"

#include <string.h>
#include <weft/error.h>

#include "http/find.h"

enum state {
    PREAMBLE,
    LINE, /* behind a delimiter */
    PADDING,
    LINE_LF,
    FIELD_FIRST,
    FIELD_NAME,
    FIELD_VALUE,
    FIELD_LF,
    FIELDS_LF,
    CONTENT,
    CLOSE, /* behind the first '-' */
    CLOSED,
    CLOSED_LF,
    EPILOGUE,
};

/* --- Beginning ------------------------------------------------------------------------- */

static bool is_boundary_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           weft__char_is(c, WEFT__CHAR_DIGIT) || (c != '\0' && strchr("'()+_,-./:=? ", c));
}

static bool boundary_ok(const char *boundary, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_boundary_char(boundary[i]))
            return false;
    return length > 0 && length <= WEFT__BOUNDARY_MAX && boundary[length - 1] != ' ';
}

int weft__multipart_init(struct weft__multipart *multipart, const char *boundary, size_t length,
                         size_t max_field_bytes)
{
    if (!boundary_ok(boundary, length))
        return WEFT_EPROTO;
    *multipart = (struct weft__multipart){
        .delimiter_length = 4 + length,
        .matched = 2,
        .implied = 2,
        .state = PREAMBLE,
    };
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary, length);
    weft__buffer_init(&multipart->fields, max_field_bytes);
    return 0;
}

void weft__multipart_done(struct weft__multipart *multipart)
{
    weft__buffer_done(&multipart->fields);
}

/* --- Header lines ---------------------------------------------------------------------- */

static int go(struct weft__multipart *multipart, enum state state)
{
    multipart->state = (uint8_t)state;
    return 0;
}

/* The empty line behind the header lines, which is none of them. */
static int read_empty_line(struct weft__multipart *multipart, char c)
{
    if (multipart->state == FIELD_FIRST)
        return go(multipart, FIELDS_LF);
    if (c != '\n')
        return WEFT_EPROTO;
    multipart->matched = 2; /* of a delimiter that follows at once */
    multipart->implied = 2;
    return go(multipart, CONTENT);
}

/* A byte of the header lines.  0 or a code. */
static int read_field(struct weft__multipart *multipart, char c)
{
    int rc;

    if (multipart->state == FIELDS_LF || (multipart->state == FIELD_FIRST && c == '\r'))
        return read_empty_line(multipart, c);
    rc = weft__buffer_append(&multipart->fields, &c, 1);
    if (rc < 0)
        return rc;
    switch ((enum state)multipart->state) {
    case FIELD_FIRST:
        if (multipart->field_count++ == WEFT__PART_FIELDS_MAX)
            return WEFT_ELIMIT;
        return weft__char_is(c, WEFT__CHAR_TOKEN) ? go(multipart, FIELD_NAME) : WEFT_EPROTO;
    case FIELD_NAME:
        if (c == ':')
            return go(multipart, FIELD_VALUE);
        return weft__char_is(c, WEFT__CHAR_TOKEN) ? 0 : WEFT_EPROTO;
    case FIELD_VALUE:
        if (c == '\r')
            return go(multipart, FIELD_LF);
        return weft__char_is_text(c) ? 0 : WEFT_EPROTO;
    default: /* FIELD_LF */
        return c == '\n' ? go(multipart, FIELD_FIRST) : WEFT_EPROTO;
    }
}

/* --- Delimiters ------------------------------------------------------------------------ */

static int read_padding(struct weft__multipart *multipart, char c)
{
    if (c == '\r')
        return go(multipart, LINE_LF);
    return weft__char_is_space(c) ? go(multipart, PADDING) : WEFT_EPROTO;
}

/* A byte behind a delimiter: white space and CRLF, or "--" for the last one. */
static int read_line(struct weft__multipart *multipart, char c)
{
    switch ((enum state)multipart->state) {
    case LINE:
        if (c == '-')
            return go(multipart, CLOSE);
        return read_padding(multipart, c);
    case PADDING:
        return read_padding(multipart, c);
    case LINE_LF:
        weft__buffer_clear(&multipart->fields);
        multipart->field_count = 0;
        return c == '\n' ? go(multipart, FIELD_FIRST) : WEFT_EPROTO;
    case CLOSE:
        return c == '-' ? go(multipart, CLOSED) : WEFT_EPROTO;
    case CLOSED:
        if (c == '\r')
            return go(multipart, CLOSED_LF);
        return weft__char_is_space(c) ? 0 : WEFT_EPROTO;
    default: /* CLOSED_LF */
        return c == '\n' ? go(multipart, EPILOGUE) : WEFT_EPROTO;
    }
}

/* How many bytes at `at` go on with what is matched of the delimiter. */
static size_t match(const struct weft__multipart *multipart, const char *at, const char *end)
{
    const char *rest = multipart->delimiter + multipart->matched;
    size_t length = multipart->delimiter_length - multipart->matched;
    size_t count = 0;

    while (count < length && at + count < end && at[count] == rest[count])
        count++;
    return count;
}

/*
 * Look for the delimiter from *at on.  What cannot belong to it is content, which comes first
 * from the delimiter's copy, if it was taken for its beginning, and then from the input.  Its
 * length; 0 when the input is used up, or the delimiter is complete.
 */
static size_t find_delimiter(struct weft__multipart *multipart, const char **at,
                             const char *end, const char **ret_data)
{
    const char *from = *at;

    for (;;) {
        size_t before = multipart->matched;
        size_t implied = multipart->implied;
        size_t count = match(multipart, from, end);

        multipart->matched += count;
        *at = from + count;
        if (*at == end || multipart->matched == multipart->delimiter_length)
            return 0;
        multipart->matched = 0; /* it was no delimiter */
        multipart->implied = 0;
        if (before > 0) {
            *at = from; /* looked at anew: it may be where the next one begins */
            *ret_data = multipart->delimiter + implied;
            if (before > implied)
                return before - implied;
            continue;
        }
        *at = weft__find(count == 0 ? from + 1 : *at, end, '\r');
        *ret_data = from;
        return (size_t)(*at - from);
    }
}

static int read_content(struct weft__multipart *multipart, const char **at, const char *end,
                        const char **ret_data, size_t *ret_length)
{
    *ret_length = find_delimiter(multipart, at, end, ret_data);
    if (*ret_length > 0)
        return WEFT__MULTIPART_DATA;
    if (multipart->matched < multipart->delimiter_length)
        return WEFT__MULTIPART_MORE;
    multipart->matched = 0;
    multipart->implied = 0;
    multipart->state = LINE;
    return WEFT__MULTIPART_PART_END;
}

/* --- Events ---------------------------------------------------------------------------- */

/* Up to the end of what is no content.  0 where content begins, or behind the last delimiter's
 * line. */
static int read_lines(struct weft__multipart *multipart, const char **at, const char *end)
{
    while (*at < end) {
        unsigned before = multipart->state;
        char c = *(*at)++;
        int rc = before >= FIELD_FIRST && before <= FIELDS_LF ? read_field(multipart, c)
                                                              : read_line(multipart, c);

        if (rc < 0)
            return rc;
        if (multipart->state == CONTENT)
            return WEFT__MULTIPART_PART;
        if (before == CLOSE)
            return WEFT__MULTIPART_END;
        if (multipart->state == EPILOGUE)
            break;
    }
    return WEFT__MULTIPART_MORE;
}

/* Skip what stands before the first delimiter. */
static int skip_preamble(struct weft__multipart *multipart, const char **at, const char *end)
{
    const char *data;
    size_t length;
    int event;

    do
        event = read_content(multipart, at, end, &data, &length);
    while (event == WEFT__MULTIPART_DATA);
    return event;
}

static int next(struct weft__multipart *multipart, const char **at, const char *end,
                const char **ret_data, size_t *ret_length)
{
    int event;

    if (*at == end) /* both NULL, perhaps, before the first input */
        return WEFT__MULTIPART_MORE;
    if (multipart->state == CONTENT)
        return read_content(multipart, at, end, ret_data, ret_length);
    if (multipart->state == PREAMBLE) {
        event = skip_preamble(multipart, at, end);
        if (event == WEFT__MULTIPART_MORE)
            return event;
    }
    if (multipart->state != EPILOGUE) {
        event = read_lines(multipart, at, end);
        if (event != WEFT__MULTIPART_MORE || multipart->state != EPILOGUE)
            return event;
    }
    *at = end;
    return WEFT__MULTIPART_MORE;
}

int weft__multipart_next(struct weft__multipart *multipart, const char **at, const char *end,
                         const char **ret_data, size_t *ret_length)
{
    int event = multipart->failed;

    if (event == 0)
        event = next(multipart, at, end, ret_data, ret_length);
    if (event < 0)
        multipart->failed = event;
    return event;
}

bool weft__multipart_ended(const struct weft__multipart *multipart)
{
    return multipart->failed == 0 && multipart->state >= CLOSED;
}
