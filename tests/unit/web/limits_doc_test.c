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
#include "web/app.h"
#include "web/options.h"
#include "web/parts.h"

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

static void expect_bytes(const char *field, uint64_t bytes)
{
    char row[256];
    bool mebibytes = bytes % (1024 * 1024) == 0;

    snprintf(row, sizeof(row), "| | `%s` | %llu %s |", field,
             (unsigned long long)(mebibytes ? bytes / 1024 / 1024 : bytes / 1024),
             mebibytes ? "MiB" : "KiB");
    cr_expect(ne(ptr, strstr(page, row), NULL), "%s", row);
}

static void expect_count(const char *field, unsigned count)
{
    char row[256];

    snprintf(row, sizeof(row), "| | `%s` | %u |", field, count);
    cr_expect(ne(ptr, strstr(page, row), NULL), "%s", row);
}

WEFT_TEST(limits_doc, has_the_defaults_of_apps_and_forms)
{
    weft_form_options form = weft__form_limits(NULL);
    weft_app *app = weft_app_new("limits");

    read_page();
    cr_assert(zero(int, weft__app_freeze(app)));
    expect_bytes("weft_app_options.max_body_bytes", app->settings.max_body_bytes);
    cr_expect(eq(uint, app->settings.timeout_ms, 30000));
    cr_expect(ne(ptr, strstr(page, "| | `weft_app_options.timeout_ms` | 30 s |"), NULL));
    expect_count("weft_app_options.max_json_depth", app->settings.max_json_depth);
    expect_count("weft_app_options.max_decompress_ratio", app->settings.max_decompress_ratio);
    weft_app_free(app);
    expect_count("weft_form_options.max_fields", form.max_fields);
    expect_count("weft_form_options.max_files", form.max_files);
    expect_bytes("weft_form_options.max_field_bytes", form.max_field_bytes);
    cr_expect(
        ne(ptr, strstr(page, "| | `weft_form_options.max_file_bytes` | the body's |"), NULL));
    expect_count("weft_form_options.max_name_bytes", (unsigned)form.max_name_bytes);
    expect_bytes("weft_form_options.max_header_bytes", form.max_header_bytes);
    expect_bytes("weft_form_options.max_memory_bytes", form.max_memory_bytes);
    expect_bytes("weft_form_options.spool_bytes", form.spool_bytes);
}

/* The first number in the third column of an option's row; 0 for none. */
static unsigned long long default_on_page(const char *option)
{
    char begin[80];
    const char *at;

    snprintf(begin, sizeof(begin), "| `%s` | `", option);
    at = strstr(page, begin);
    cr_expect(at != NULL, "%s", option);
    at = at == NULL ? NULL : strstr(at + strlen(begin), "` | ");
    return at == NULL ? 0 : strtoull(at + 4, NULL, 10);
}

/* A line of the help, "  --option VALUE   text (default)". */
static void expect_option(const char *line)
{
    static const char *const kinds[] = { "--limit-", "--timeout-", "--backlog", "--offload-",
                                         "--stack-size" };
    char option[64];
    const char *number = strrchr(line, '(');
    bool limit = false;

    snprintf(option, sizeof(option), "%.*s", (int)strcspn(line + 2, " "), line + 2);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        limit = limit || strncmp(option, kinds[i], strlen(kinds[i])) == 0;
    if (limit && number != NULL)
        cr_expect(eq(u64, default_on_page(option), strtoull(number + 1, NULL, 10)), "%s",
                  option);
}

WEFT_TEST(limits_doc, has_every_option_that_is_a_limit)
{
    char *help;
    size_t length;
    FILE *out = open_memstream(&help, &length);
    char *rest;

    read_page();
    cr_assert(ne(ptr, out, NULL));
    weft__options_help("program", "title", out);
    fclose(out);
    for (char *line = strtok_r(help, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, "  --", 4) == 0)
            expect_option(line);
    free(help);
}
