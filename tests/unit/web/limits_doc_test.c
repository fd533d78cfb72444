/*
 * The table of limits in docs/guide/limits.md has the defaults of the code, and every option.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/server.h"
#include "test.h"
#include "web/options.h"

static char page[32 * 1024];

static void read_page(void)
{
    const char *root = getenv("WEFT_SOURCE_ROOT");
    char path[512];
    FILE *file;
    size_t length;

    snprintf(path, sizeof(path), "%s/docs/guide/limits.md", root != NULL ? root : ".");
    file = fopen(path, "re");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    length = fread(page, 1, sizeof(page) - 1, file);
    page[length] = '\0';
    fclose(file);
}

/* A row "| `--option` | `field` | value |" is there. */
static void expect_row(const char *option, const char *field, const char *value)
{
    char row[256];

    snprintf(row, sizeof(row), "| `%s` | `%s` | %s |", option, field, value);
    cr_expect(ne(ptr, strstr(page, row), NULL), "%s", row);
}

static void expect_number(const char *option, const char *field, uint64_t number)
{
    char value[32];

    snprintf(value, sizeof(value), "%llu", (unsigned long long)number);
    expect_row(option, field, value);
}

static void expect_time(const char *option, const char *field, uint32_t ms)
{
    char value[32];

    snprintf(value, sizeof(value), "%u s", ms / 1000);
    expect_row(option, field, value);
}

WEFT_TEST(limits_doc, has_the_defaults_of_the_code)
{
    struct weft__server_options o;

    read_page();
    weft__server_defaults(&o);
    expect_number("--limit-concurrency", "max_connections", o.max_connections);
    cr_expect(eq(sz, o.max_connections_per_address, SIZE_MAX));
    expect_row("--limit-per-address", "max_connections_per_address", "none");
    expect_number("--backlog", "backlog", (uint64_t)o.backlog);
    expect_number("--limit-head", "max_head_bytes", o.max_head_bytes);
    expect_number("--limit-fields", "max_header_fields", o.max_header_fields);
    expect_time("--timeout-head", "head_timeout_ms", o.head_timeout_ms);
    expect_time("--timeout-body", "body_timeout_ms", o.body_timeout_ms);
    expect_number("--limit-body-rate", "min_body_rate", o.min_body_rate);
    expect_time("--timeout-write", "write_timeout_ms", o.write_timeout_ms);
    expect_number("--limit-write-rate", "min_write_rate", o.min_write_rate);
    expect_time("--timeout-keep-alive", "keep_alive_timeout_ms", o.keep_alive_timeout_ms);
    expect_number("--limit-connection-memory", "max_connection_memory",
                  o.max_connection_memory);
    expect_row("--limit-memory", "max_memory", "3/4 of what there is");
}

WEFT_TEST(limits_doc, has_every_option_that_is_a_limit)
{
    char *help;
    size_t length;
    FILE *out = open_memstream(&help, &length);

    read_page();
    cr_assert(ne(ptr, out, NULL));
    weft__options_help("program", "title", out);
    fclose(out);
    for (char *at = help; (at = strstr(at, "--")) != NULL; at += 2) {
        char option[64];
        size_t end = strcspn(at, " \n");

        if (strncmp(at, "--limit-", 8) != 0 && strncmp(at, "--timeout-", 10) != 0)
            continue;
        snprintf(option, sizeof(option), "| `%.*s` |", (int)end, at);
        cr_expect(ne(ptr, strstr(page, option), NULL), "%s", option);
    }
    free(help);
}
