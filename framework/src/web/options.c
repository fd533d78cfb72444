/*
 * web/options.c - the command line and the environment of a program.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/options.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum kind {
    TEXT,
    FLAG, /* bool; no value on the command line */
    PORT, /* int; 0 is stored as -1, "one that is free" */
    INT,  /* int */
    UNSIGNED,
    SIZE,    /* size_t */
    SECONDS, /* uint32_t, in milliseconds */
    CHOICE,  /* an enum; `choices` in its order */
};

struct option {
    const char *name;  /* "log-level"; in the environment WEFT_LOG_LEVEL */
    const char *alias; /* another name in the environment, or NULL */
    const char *value; /* what it is called in the help; NULL for a flag */
    const char *help;
    const char *choices; /* "debug info", in the order of the enum's values from 0 */
    size_t offset;       /* in struct weft__settings */
    enum kind kind;
    uint64_t min;
    uint64_t max;
};

#define AT(field)   .offset = offsetof(struct weft__settings, field)
#define SECONDS_MAX .min = 1, .max = 4000000

static const struct option options[] = {
    { "host", NULL, "ADDRESS", "listen on this address (127.0.0.1)", AT(serve.host),
      .kind = TEXT },
    { "port", "PORT", "PORT", "listen on this port (8080); 0: one that is free", AT(serve.port),
      .kind = PORT, .max = 65535 },
    { "uds", NULL, "PATH", "listen on a Unix socket instead", AT(serve.uds), .kind = TEXT },
    { "backlog", NULL, "N", "connections waiting to be accepted (4096)", AT(serve.backlog),
      .kind = INT, .min = 1, .max = 1000000 },
    { "limit-concurrency", NULL, "N", "connections at once; more are answered 503 (16384)",
      AT(serve.max_connections), .kind = SIZE, .min = 1, .max = 10000000 },
    { "limit-per-address", NULL, "N",
      "connections at once of one client address; more are answered 503 (no limit)",
      AT(serve.max_connections_per_address), .kind = SIZE, .min = 1, .max = 10000000 },
    { "limit-head", NULL, "BYTES", "length of a request's head (16384)",
      AT(serve.max_head_bytes), .kind = SIZE, .min = 256, .max = 16777216 },
    { "limit-fields", NULL, "N", "header fields of a request (100)",
      AT(serve.max_header_fields), .kind = UNSIGNED, .min = 1, .max = 10000 },
    { "limit-connection-memory", NULL, "BYTES",
      "memory for one request; else 503 (67108864, and its body)",
      AT(serve.max_connection_memory), .kind = SIZE, .min = 65536, .max = SIZE_MAX },
    { "limit-memory", NULL, "BYTES",
      "memory of the process; above it, 503 (3/4 of what there is)", AT(serve.max_memory),
      .kind = SIZE, .min = 1048576, .max = SIZE_MAX },
    { "timeout-head", NULL, "SECONDS", "for the whole head of a request (10)",
      AT(serve.head_timeout_ms), .kind = SECONDS, SECONDS_MAX },
    { "timeout-body", NULL, "SECONDS", "of silence while a body is awaited (30)",
      AT(serve.body_timeout_ms), .kind = SECONDS, SECONDS_MAX },
    { "limit-body-rate", NULL, "BYTES",
      "a second that a body must come with; 4294967295: any (240)", AT(serve.min_body_rate),
      .kind = UNSIGNED, .min = 1, .max = UINT32_MAX },
    { "limit-write-rate", NULL, "BYTES",
      "a second that a client must take of its answer; 4294967295: any (240)",
      AT(serve.min_write_rate), .kind = UNSIGNED, .min = 1, .max = UINT32_MAX },
    { "timeout-write", NULL, "SECONDS", "for a client that takes nothing (30)",
      AT(serve.write_timeout_ms), .kind = SECONDS, SECONDS_MAX },
    { "timeout-keep-alive", NULL, "SECONDS", "for an idle connection (75)",
      AT(serve.keep_alive_timeout_ms), .kind = SECONDS, SECONDS_MAX },
    { "timeout-graceful-shutdown", NULL, "SECONDS", "for running requests at the end (30)",
      AT(serve.shutdown_timeout_ms), .kind = SECONDS, SECONDS_MAX },
    { "root-path", NULL, "PATH", "prefix that a proxy strips from paths", AT(serve.root_path),
      .kind = TEXT },
    { "proxy-headers", NULL, NULL, "believe X-Forwarded-* and Forwarded of trusted peers",
      AT(serve.proxy_headers), .kind = FLAG },
    { "forwarded-allow-ips", NULL, "LIST",
      "those peers: addresses, networks or \"*\" (127.0.0.1,::1)",
      AT(serve.forwarded_allow_ips), .kind = TEXT },
    { "proxy-protocol", NULL, NULL,
      "have those peers, and no others, say first whose connection it is",
      AT(serve.proxy_protocol), .kind = FLAG },
    { "half-close", NULL, NULL, "serve clients that close their side early",
      AT(serve.half_close), .kind = FLAG },
    { "no-server-header", NULL, NULL, "send no Server field", AT(serve.disable_server_header),
      .kind = FLAG },
    { "no-date-header", NULL, NULL, "send no Date field", AT(serve.disable_date_header),
      .kind = FLAG },
    { "held-limit", NULL, "MS", "report who holds the loop so long; 4294967295: never (100)",
      AT(serve.loop.held_ms), .kind = UNSIGNED, .min = 4, .max = UINT32_MAX },
    { "stack-size", NULL, "BYTES", "address space of a task's stack (262144)",
      AT(serve.loop.stack_bytes), .kind = SIZE, .min = 16384, .max = 1073741824 },
    { "offload-threads", NULL, "N", "threads for blocking calls (8)",
      AT(serve.loop.offload_threads), .kind = UNSIGNED, .min = 1, .max = 1024 },
    { "offload-queue", NULL, "N", "blocking calls waiting for a thread (16384)",
      AT(serve.loop.offload_queue), .kind = UNSIGNED, .min = 1, .max = 10000000 },
    { "debug", NULL, NULL, "debug mode: tell mistakes of tasks, and how deep stacks are",
      AT(debug), .kind = FLAG },
    { "log-level", NULL, "LEVEL", "debug, info, warning or error (info)", AT(log_level),
      .kind = CHOICE, .choices = "debug info warning error" },
    { "log-format", NULL, "FORMAT", "text or json (text)", AT(log_format), .kind = CHOICE,
      .choices = "text json" },
};

static const struct {
    const char *name;
    enum weft__verb verb;
    const char *help;
} verbs[] = {
    { "serve", WEFT__VERB_SERVE, "serve until SIGTERM or SIGINT (without a verb, too)" },
    { "routes", WEFT__VERB_ROUTES, "list the routes" },
    { "check", WEFT__VERB_CHECK,
      "tell what is wrong with the routes; status 1 if something is" },
    { "health", WEFT__VERB_HEALTH,
      "ask a running server for /healthz; status 0 if it answers below 500 within 2 s" },
};

enum {
    OPTIONS = sizeof(options) / sizeof(options[0]),
    VERBS = sizeof(verbs) / sizeof(verbs[0]),
    ENVIRONMENT_NAME = 64,
};

/* --- Values ---------------------------------------------------------------------------- */

/* Decimal digits only, within the bounds. */
static bool read_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (__builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return false;
    }
    *ret = number;
    return number >= min && number <= max;
}

/* Which of a list's words `text` is; -1 for none. */
static int find_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    for (int index = 0; *choices != '\0'; index++) {
        size_t word = strcspn(choices, " ");

        if (word == length && memcmp(choices, text, word) == 0)
            return index;
        choices += word + (choices[word] == ' ');
    }
    return -1;
}

static bool store_choice(const struct option *option, void *field, const char *text)
{
    int index = find_choice(option->choices, text);

    if (index < 0)
        return false;
    if (option->offset == offsetof(struct weft__settings, log_level))
        *(weft_log_level *)field = (weft_log_level)index;
    else
        *(weft_log_format *)field = (weft_log_format)index;
    return true;
}

static bool store_flag(bool *field, const char *text)
{
    static const char *const words = "0 1 false true no yes off on"; /* the odd ones are true */
    int index = find_choice(words, text);

    if (index >= 0)
        *field = index % 2 == 1;
    return index >= 0;
}

static bool store_number(const struct option *option, void *field, const char *text)
{
    uint64_t number;

    if (!read_number(text, option->min, option->max, &number))
        return false;
    switch (option->kind) {
    case PORT:
        *(int *)field = number == 0 ? -1 : (int)number;
        break;
    case INT:
        *(int *)field = (int)number;
        break;
    case UNSIGNED:
        *(unsigned *)field = (unsigned)number;
        break;
    case SIZE:
        *(size_t *)field = (size_t)number;
        break;
    default: /* SECONDS */
        *(uint32_t *)field = (uint32_t)(number * 1000);
        break;
    }
    return true;
}

/* False when `text` is no value for it. */
static bool store(struct weft__settings *settings, const struct option *option,
                  const char *text)
{
    void *field = (char *)settings + option->offset;

    switch (option->kind) {
    case TEXT:
        *(const char **)field = text;
        return *text != '\0';
    case FLAG:
        return store_flag(field, text);
    case CHOICE:
        return store_choice(option, field, text);
    default:
        return store_number(option, field, text);
    }
}

static void refuse(const struct option *option, const char *name, const char *text, FILE *out)
{
    fprintf(out, "%s: \"%s\" is no value for it", name, text);
    switch (option->kind) {
    case TEXT:
        fprintf(out, ": it is empty\n");
        break;
    case FLAG:
        fprintf(out, ": 1 or 0, true or false\n");
        break;
    case CHOICE:
        fprintf(out, ": one of %s\n", option->choices);
        break;
    default:
        fprintf(out, ": a whole number from %llu to %llu\n", (unsigned long long)option->min,
                (unsigned long long)option->max);
        break;
    }
}

/* --- The environment ------------------------------------------------------------------- */

/* "WEFT_LOG_LEVEL" for "log-level". */
static void environment_name(char name[ENVIRONMENT_NAME], const struct option *option)
{
    size_t at = (size_t)snprintf(name, ENVIRONMENT_NAME, "WEFT_%s", option->name);

    for (size_t i = 0; i < at; i++) {
        if (name[i] == '-')
            name[i] = '_';
        else if (name[i] >= 'a' && name[i] <= 'z')
            name[i] = (char)(name[i] - 'a' + 'A');
    }
}

/* A variable that is empty counts as one that is not set. */
static bool read_variable(struct weft__settings *settings, const struct option *option,
                          const char *name, char *(*get_env)(const char *name), FILE *out)
{
    const char *text = get_env(name);

    if (text == NULL || *text == '\0' || store(settings, option, text))
        return true;
    refuse(option, name, text, out);
    return false;
}

static bool read_environment(struct weft__settings *settings,
                             char *(*get_env)(const char *name), FILE *out)
{
    bool good = true;

    for (int i = 0; i < OPTIONS; i++) {
        char name[ENVIRONMENT_NAME];

        if (options[i].alias != NULL)
            good = read_variable(settings, &options[i], options[i].alias, get_env, out) && good;
        environment_name(name, &options[i]);
        good = read_variable(settings, &options[i], name, get_env, out) && good;
    }
    return good;
}

/* --- The command line ------------------------------------------------------------------ */

static const struct option *find_option(const char *name, size_t length)
{
    for (int i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
            return &options[i];
    }
    return NULL;
}

/* Read the option at argv[0], "--name value" or "--name=value".  How many arguments it took; 0
 * for a mistake. */
static int read_option(struct weft__settings *settings, char *const *argv, FILE *out)
{
    size_t length = strcspn(argv[0] + 2, "=");
    const struct option *option = find_option(argv[0] + 2, length);
    const char *text = argv[0][2 + length] == '=' ? argv[0] + 2 + length + 1 : NULL;
    int taken = 1;

    if (option == NULL) {
        fprintf(out, "%.*s: there is no such option\n", (int)(length + 2), argv[0]);
        return 0;
    }
    if (text == NULL && option->kind == FLAG)
        text = "1";
    if (text == NULL) {
        text = argv[1];
        taken = 2;
    }
    if (text == NULL) {
        fprintf(out, "--%s: a value is missing\n", option->name);
        return 0;
    }
    if (!store(settings, option, text)) {
        char name[ENVIRONMENT_NAME];

        snprintf(name, sizeof(name), "--%s", option->name);
        refuse(option, name, text, out);
        return 0;
    }
    return taken;
}

static bool read_verb(struct weft__settings *settings, const char *text, bool *seen, FILE *out)
{
    for (int i = 0; i < VERBS; i++) {
        if (strcmp(verbs[i].name, text) == 0 && !*seen) {
            settings->verb = verbs[i].verb;
            *seen = true;
            return true;
        }
    }
    fprintf(out, "%s: %s\n", text, *seen ? "one verb is enough" : "there is no such verb");
    return false;
}

/* Whether `text` is one of the options that stand for a verb. */
static bool read_special(struct weft__settings *settings, const char *text)
{
    if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)
        settings->verb = WEFT__VERB_HELP;
    else if (strcmp(text, "--version") == 0 || strcmp(text, "-V") == 0)
        settings->verb = WEFT__VERB_VERSION;
    else
        return false;
    return true;
}

static bool read_arguments(struct weft__settings *settings, int argc, char *const *argv,
                           FILE *out)
{
    bool seen = false;

    for (int i = 1; i < argc;) {
        int taken = 1;

        if (read_special(settings, argv[i]))
            return true; /* whatever else there is */
        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0')
            taken = read_option(settings, argv + i, out);
        else if (!read_verb(settings, argv[i], &seen, out))
            taken = 0;
        if (taken == 0)
            return false;
        i += taken;
    }
    return true;
}

int weft__options_read(struct weft__settings *ret_settings, int argc, char *const *argv,
                       char *(*get_env)(const char *name), FILE *out)
{
    struct weft__settings settings = { .log_level = WEFT_LOG_INFO };
    bool good = read_environment(&settings, get_env, out);

    good = read_arguments(&settings, argc, argv, out) && good;
    if (settings.verb == WEFT__VERB_HELP || settings.verb == WEFT__VERB_VERSION)
        good = true;
    *ret_settings = settings;
    return good ? 0 : UV_EINVAL;
}

/* --- Help ------------------------------------------------------------------------------ */

void weft__options_help(const char *program, const char *title, FILE *out)
{
    fprintf(out, "%s\n\nUsage: %s [VERB] [OPTION...]\n\nVerbs:\n", title, program);
    for (int i = 0; i < VERBS; i++)
        fprintf(out, "  %-8s %s\n", verbs[i].name, verbs[i].help);
    fprintf(out, "\nOptions, with their defaults:\n");
    for (int i = 0; i < OPTIONS; i++) {
        char left[64];

        snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
                 options[i].value != NULL ? " " : "",
                 options[i].value != NULL ? options[i].value : "");
        fprintf(out, "  %-35s %s\n", left, options[i].help);
    }
    fprintf(out, "  %-35s this text\n  %-35s the framework's version\n", "--help", "--version");
    fprintf(out,
            "\nEach option may stand in the environment: WEFT_LOG_LEVEL for --log-level, 1 "
            "or 0 for\nthose without a value; PORT as it is, too.  The command line "
            "wins.\n");
}
