/*
 * wire/case_file.c - see case_file.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "case_file.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

struct file {
    const char *path;
    struct weft__arena *arena;
    struct weft__buffer request; /* of the case that is being read */
    struct wire_case *first;
    struct wire_case **end;
    struct wire_case *current;
    int line;
};

static _Noreturn void die(const struct file *file, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", file->path, file->line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    exit(2);
}

/* --- Escapes --------------------------------------------------------------------------- */

static const char *put_escape(struct file *file, struct weft__buffer *out, const char *at)
{
    static const char names[] = "rnt0\\";
    static const char bytes[] = "\r\n\t\0\\";
    const char *known = *at == '\0' ? NULL : strchr(names, *at);
    unsigned value;
    unsigned count;
    int used = 0;
    char c;

    if (known != NULL) {
        weft__buffer_append(out, &bytes[known - names], 1);
        return at + 1;
    }
    if (sscanf(at, "x%2x%n", &value, &used) == 1 && used == 3) {
        weft__buffer_append(out, &(char){ (char)value }, 1);
        return at + 3;
    }
    if (sscanf(at, "{%u:%c}%n", &count, &c, &used) == 2 && used > 0) {
        while (count-- > 0)
            weft__buffer_append(out, &c, 1);
        return at + used;
    }
    die(file, "no escape: \\%s", at);
}

static void put_text(struct file *file, struct weft__buffer *out, const char *text)
{
    while (*text != '\0') {
        size_t run = strcspn(text, "\\");

        weft__buffer_append(out, text, run);
        text += run;
        if (*text == '\\')
            text = put_escape(file, out, text + 1);
    }
}

static char *copy(struct file *file, const char *text, size_t length)
{
    char *made = weft__arena_strndup(file->arena, text, length);

    if (made == NULL)
        die(file, "memory is out");
    return made;
}

/* --- Lines ----------------------------------------------------------------------------- */

static void finish_case(struct file *file)
{
    struct wire_case *done = file->current;

    if (done == NULL)
        return;
    if (done->response_count == 0 && !done->nothing)
        die(file, "the case \"%s\" expects nothing", done->name);
    done->request =
        copy(file, file->request.length == 0 ? "" : file->request.data, file->request.length);
    done->request_length = file->request.length;
    weft__buffer_clear(&file->request);
}

static void begin_case(struct file *file, const char *name)
{
    struct wire_case *made = weft__arena_calloc(file->arena, 1, sizeof(*made));

    finish_case(file);
    if (made == NULL)
        die(file, "memory is out");
    made->name = copy(file, name, strlen(name));
    made->line = file->line;
    *file->end = made;
    file->end = &made->next;
    file->current = made;
}

/* "> text", ">", ">| text", ">{3} text" */
static void read_request(struct file *file, const char *line)
{
    unsigned times = 1;
    bool whole = *line != '|';
    int used = 0;

    if (!whole)
        line++;
    else if (*line == '{' && (sscanf(line, "{%u}%n", &times, &used) != 1 || used == 0))
        die(file, "no count");
    line += used;
    if (*line == ' ')
        line++;
    while (times-- > 0) {
        put_text(file, &file->request, line);
        if (whole)
            weft__buffer_append(&file->request, "\r\n", 2);
    }
}

static void begin_response(struct file *file, const char *line)
{
    struct wire_case *current = file->current;
    struct expected *response = &current->responses[current->response_count];
    char word[3][16] = { "", "", "" };
    int words = sscanf(line, "%15s %15s %15s", word[0], word[1], word[2]);

    current->keep = false;
    if (strcmp(word[0], "none") == 0) {
        current->nothing = true;
        return;
    }
    if (current->response_count++ == RESPONSES_MAX)
        die(file, "too many responses");
    response->status = (int)strtoul(word[0], NULL, 10);
    for (int i = 1; i < words; i++) {
        if (strcmp(word[i], "keep") == 0)
            current->keep = true;
        else if (strcmp(word[i], "head") == 0)
            response->head = true;
        else if (strcmp(word[i], "close") != 0)
            die(file, "neither keep nor close nor head: %s", word[i]);
    }
}

static void add_field(struct file *file, const char *name, size_t length, const char *value)
{
    struct wire_case *current = file->current;
    struct expected *response = &current->responses[current->response_count - 1];

    if (current->response_count == 0 || response->field_count == FIELDS_MAX)
        die(file, "no response that this could be a field of");
    response->fields[response->field_count++] = (struct expected_field){
        .name = copy(file, name, length),
        .value = value == NULL ? NULL : copy(file, value, strlen(value)),
    };
}

static void add_body(struct file *file, const char *text)
{
    struct wire_case *current = file->current;
    struct expected *response = &current->responses[current->response_count - 1];
    struct weft__buffer body;

    if (current->response_count == 0)
        die(file, "a body without a response");
    weft__buffer_init(&body, SIZE_MAX / 2);
    put_text(file, &body, *text == ' ' ? text + 1 : text);
    response->body = copy(file, body.length == 0 ? "" : body.data, body.length);
    response->body_length = body.length;
    weft__buffer_done(&body);
}

/* "< 200 keep", "< Name: value", "<! Name", "<| body" */
static void read_response(struct file *file, const char *line)
{
    const char *colon = strstr(line, ": ");

    if (*line == '|') {
        add_body(file, line + 1);
        return;
    }
    if (*line == '!') {
        line += 1 + strspn(line + 1, " ");
        add_field(file, line, strlen(line), NULL);
        return;
    }
    line += strspn(line, " ");
    if (colon != NULL)
        add_field(file, line, (size_t)(colon - line), colon + 2);
    else
        begin_response(file, line);
}

static void read_line(struct file *file, const char *line)
{
    if (*line == '\0' || *line == '#')
        return;
    if (strncmp(line, "=== ", 4) == 0) {
        begin_case(file, line + 4);
        return;
    }
    if (file->current == NULL)
        die(file, "a case begins with \"=== \" and its name");
    if (*line == '>')
        read_request(file, line + 1);
    else if (*line == '<')
        read_response(file, line + 1);
    else if (strcmp(line, "@ once") == 0)
        file->current->once = true;
    else if (strcmp(line, "@ end") == 0)
        file->current->end = true;
    else
        die(file, "a line of no known kind: %s", line);
}

struct wire_case *cases_read(const char *path, struct weft__arena *arena)
{
    struct file file = { .path = path, .arena = arena };
    FILE *in = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    if (in == NULL)
        die(&file, "cannot be opened");
    file.end = &file.first;
    weft__buffer_init(&file.request, SIZE_MAX / 2);
    while ((length = getline(&line, &room, in)) >= 0) {
        file.line++;
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        read_line(&file, line);
    }
    finish_case(&file);
    weft__buffer_done(&file.request);
    free(line);
    fclose(in);
    return file.first;
}
