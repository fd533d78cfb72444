/*
 * wire/case_file.h - reading the cases of a wire test (README.md tells their form).
 *
 * Everything lives in one arena-like list of allocations that cases_free() releases.  Mistakes
 * in a file end the program with a message: they are the author's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_WIRE_CASE_FILE_H
#define WEFT_TESTS_WIRE_CASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { RESPONSES_MAX = 8, FIELDS_MAX = 16 };

struct expected_field {
    const char *name;
    const char *value; /* NULL: must be absent */
};

struct expected {
    int status;
    bool head; /* it answers HEAD */
    struct expected_field fields[FIELDS_MAX];
    size_t field_count;
    const char *body; /* NULL: not looked at */
    size_t body_length;
};

struct wire_case {
    struct wire_case *next;
    const char *name;
    int line;
    const char *request;
    size_t request_length;
    struct expected responses[RESPONSES_MAX];
    size_t response_count;
    bool nothing; /* no response is expected */
    bool keep;    /* the connection is kept behind the last response; else closed */
    bool once;
    bool end;
};

/* The cases of a file in order. */
struct wire_case *cases_read(const char *path, struct weft__arena *arena);

#endif
