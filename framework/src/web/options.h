/*
 * web/options.h - the command line and the environment of a program.
 *
 * One table (options.c) says all: names, kinds, bounds and help.  What the command line says
 * wins over the environment, and WEFT_PORT over PORT.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_OPTIONS_H
#define WEFT_WEB_OPTIONS_H

#include <stdio.h>
#include <weft/app.h>
#include <weft/log.h>

enum weft__verb {
    WEFT__VERB_SERVE,
    WEFT__VERB_ROUTES,
    WEFT__VERB_CHECK,
    WEFT__VERB_HEALTH,
    WEFT__VERB_HELP,
    WEFT__VERB_VERSION,
};

/* What a program is told.  Texts are borrowed from the command line or the environment. */
struct weft__settings {
    enum weft__verb verb;
    weft_serve_options serve;
    bool debug;
    weft_log_level log_level;
    weft_log_format log_format;
};

/*
 * Read environment and command line.
 *
 * get_env  getenv(), or what stands in for it in a test.
 * out      gets a line for each mistake.
 *
 * 0, or UV_EINVAL when there was a mistake.
 */
WEFT_MUST_CHECK int weft__options_read(struct weft__settings *ret_settings, int argc,
                                       char *const *argv, char *(*get_env)(const char *name),
                                       FILE *out);

/* What --help prints. */
void weft__options_help(const char *program, const char *title, FILE *out);

#endif
