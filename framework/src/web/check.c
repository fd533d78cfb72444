/*
 * web/check.c - what can be said of an app without serving it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <string.h>

#include "web/app.h"

int weft_app_complain(weft_app *app, const char *format, ...)
{
    char text[512];
    int rc = weft__app_open(app);
    va_list args;

    if (rc < 0)
        return rc;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    weft__app_complain(app, "%s", text);
    return UV_EINVAL;
}

int weft_app_check(weft_app *app, FILE *out)
{
    int count = 0;

    if (app == NULL) {
        fprintf(out, "there is no app: memory is out\n");
        return 1;
    }
    for (weft_app *at = app; at != NULL; at = weft__app_next(app, at)) {
        for (const struct weft__complaint *complaint = at->complaints; complaint != NULL;
             complaint = complaint->next) {
            fprintf(out, "%s\n", complaint->text);
            count++;
        }
        if (at->failed < 0) {
            fprintf(out, "the app was not declared as a whole: %s\n",
                    weft_strerror(at->failed));
            count++;
        }
    }
    return count;
}

/* How wide the columns before the last are. */
struct widths {
    int methods;
    int path;
    int name;
};

static const char *name_of(const struct weft__route *route)
{
    return route->options.name != NULL ? route->options.name : "";
}

/* What is not in the tree of routes has no full template. */
static const char *path_of(const struct weft__route *route)
{
    return route->full.text != NULL ? route->full.text : route->path;
}

static void widen(int *width, const char *text)
{
    size_t length = strlen(text);

    if (length > (size_t)*width)
        *width = length > 60 ? 60 : (int)length;
}

static void print_row(FILE *out, const struct widths *widths, const char *methods,
                      const char *path, const char *name, const char *summary)
{
    int path_width = *name != '\0' || *summary != '\0' ? widths->path : 0;
    int name_width = *summary != '\0' ? widths->name : 0;

    fprintf(out, "%-*s  %-*s", widths->methods, methods, path_width, path);
    if (path_width > 0)
        fprintf(out, "  %-*s", name_width, name);
    if (*summary != '\0')
        fprintf(out, "  %s", summary);
    fputc('\n', out);
}

int weft_app_print_routes(weft_app *app, FILE *out)
{
    struct widths widths = { 6, 4, 4 };

    if (app == NULL)
        return UV_EINVAL;
    for (weft_app *at = app; at != NULL; at = weft__app_next(app, at)) {
        for (const struct weft__route *route = at->routes; route != NULL; route = route->next) {
            widen(&widths.methods, route->methods);
            widen(&widths.path, path_of(route));
            widen(&widths.name, name_of(route));
        }
    }
    print_row(out, &widths, "METHOD", "PATH", "NAME", "SUMMARY");
    for (weft_app *at = app; at != NULL; at = weft__app_next(app, at)) {
        for (const struct weft__route *route = at->routes; route != NULL; route = route->next)
            print_row(out, &widths, route->methods, path_of(route), name_of(route),
                      route->options.summary != NULL ? route->options.summary : "");
    }
    return ferror(out) ? UV_EIO : 0;
}
