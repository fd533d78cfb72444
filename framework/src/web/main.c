/*
 * web/main.c - weft_main(): a whole program around an app.
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <weft/diagnostics.h>

#include "task/overflow.h"
#include "web/app.h"
#include "web/health.h"
#include "web/options.h"
#include "web/serve.h"

enum { EXIT_USAGE = 2 };

static const char *program_name(int argc, char *const *argv)
{
    const char *name = argc > 0 ? argv[0] : "program";
    const char *slash = strrchr(name, '/');

    return slash != NULL ? slash + 1 : name;
}

static int check(weft_app *app)
{
    int count = weft_app_check(app, stderr);

    if (count == 0)
        puts("no problem found");
    return count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int health(const weft_serve_options *options, const char *program)
{
    int status;

    if (options->port == -1 && options->uds == NULL) {
        fprintf(stderr, "%s: health needs the port that the server has\n", program);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    status = weft__health_ask(options);
    if (status < 0)
        fprintf(stderr, "%s: no answer: %s\n", program, weft_strerror(status));
    else
        printf("%d\n", status);
    return status >= 0 && status < 500 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int serve(weft_app *app, const weft_serve_options *options)
{
    /* Crash handlers are the program's, so only its main function installs them.  Without
     * memory for one, a crash is as silent as it would be otherwise, and SIGQUIT ends the
     * process. */
    weft__overflow_set_setting("--stack-size");
    (void)!weft_report_overflows();
    (void)!weft_dump_on_signal(SIGQUIT);
    return weft_serve(app, options) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(weft_app *app, const struct weft__settings *settings, const char *program)
{
    switch (settings->verb) {
    case WEFT__VERB_HELP:
        weft__options_help(program, app->title, stdout);
        return EXIT_SUCCESS;
    case WEFT__VERB_VERSION:
        printf("%s, weft %s\n", app->title, WEFT_VERSION);
        return EXIT_SUCCESS;
    case WEFT__VERB_HEALTH:
        return health(&settings->serve, program);
    case WEFT__VERB_CHECK:
        return check(app);
    case WEFT__VERB_ROUTES:
        if (weft_app_check(app, stderr) > 0)
            return EXIT_FAILURE;
        return weft_app_print_routes(app, stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    case WEFT__VERB_SERVE:
        break;
    }
    if (weft_app_check(app, stderr) > 0)
        return EXIT_FAILURE;
    return serve(app, &settings->serve);
}

int weft_main(weft_app *app, int argc, char **argv)
{
    const char *program = program_name(argc, argv);
    struct weft__settings settings;
    int status;

    if (app == NULL) {
        fprintf(stderr, "%s: memory is out\n", program);
        return EXIT_FAILURE;
    }
    if (weft__options_read(&settings, argc, argv, getenv, stderr) < 0) {
        fprintf(stderr, "see %s --help\n", program);
        weft_app_free(app);
        return EXIT_USAGE;
    }
    settings.serve.loop.debug = settings.debug ? 1 : -1; /* the environment was looked at */
    weft_log_set_level(settings.log_level);
    weft_log_set_format(settings.log_format);
    status = run(app, &settings, program);
    weft_app_free(app);
    return status;
}
