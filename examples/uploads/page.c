/*
 * uploads/page.c - see page.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=en><meta charset=utf-8><title>Uploads</title>\n"
    "<meta name=viewport content='width=device-width'>\n"
    "<style>\n"
    ":root { color-scheme: light dark; --line: #8884; --accent: #0a7d6c }\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto;"
    " padding: 0 1rem }\n"
    "h1 { font-size: 1.6rem; font-weight: 600 }\n"
    "form { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; padding: 1.2rem;"
    " border: 2px dashed var(--line); border-radius: .8rem }\n"
    "input { flex: 1; min-width: 0; font: inherit }\n"
    "button { font: inherit; padding: .45rem 1.2rem; border: 0; border-radius: .5rem;"
    " background: var(--accent); color: #fff; cursor: pointer }\n"
    "table { width: 100%; border-collapse: collapse; margin-top: 2rem }\n"
    "th { text-align: left; font-weight: 500; opacity: .7 }\n"
    "td, th { padding: .5rem .3rem; border-bottom: 1px solid var(--line);"
    " overflow-wrap: anywhere }\n"
    "td:last-child, th:last-child { text-align: right; white-space: nowrap;"
    " font-variant-numeric: tabular-nums }\n"
    "a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }\n"
    "</style>\n<h1>Uploads</h1>\n"
    "<form method=post action=/ enctype=multipart/form-data>\n"
    "<input type=file name=file multiple required aria-label='Files to upload'>\n"
    "<button>Upload</button></form>\n";

static const char *escape(weft_request *req, const char *text)
{
    char *escaped = weft_alloc(req, strlen(text) * 6 + 1);
    char *to = escaped;

    for (; escaped != NULL && *text != '\0'; text++) {
        if (strchr("<>&\"'", *text) != NULL)
            to += snprintf(to, 7, "&#%d;", *text);
        else
            *to++ = *text;
    }
    if (escaped != NULL)
        *to = '\0';
    return escaped;
}

static const char *size_text(weft_request *req, int64_t bytes)
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
    double size = (double)bytes;
    size_t unit = 0;

    while (size >= 1024 && unit < 4) {
        size /= 1024;
        unit++;
    }
    return weft_printf(req, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
}

bool is_safe(weft_request *req, const char *name)
{
    const char *safe = weft_safe_filename(req, name);

    return safe != NULL && strcmp(safe, name) == 0;
}

/* One row; files that this program has not named are left out. */
static int write_row(weft_response *res, weft_request *req, const char *folder,
                     const char *name)
{
    const char *url = weft_url_for(req, "file", name);
    struct stat stat;

    if (url == NULL || !is_safe(req, name) ||
        weft_fs_stat(weft_printf(req, "%s/%s", folder, name), &stat) < 0 ||
        !S_ISREG(stat.st_mode))
        return 0;
    return weft_write_printf(res, "<tr><td><a href='%s' download>%s</a><td>%s\n",
                             escape(req, url), escape(req, name), size_text(req, stat.st_size));
}

weft_response *page(weft_request *req, const char *folder)
{
    weft_response *res = weft_stream(req, 200, "text/html; charset=utf-8");
    weft_dir_entry entry;
    WEFT_DIR(dir);
    int rc = weft_dir_open(&dir, folder);

    if (rc < 0)
        return weft_error(req, rc);
    rc = weft_write(res, head, sizeof(head) - 1);
    if (rc >= 0)
        rc = weft_write_printf(res, "<table><tr><th>File<th>Size\n");
    while (rc >= 0 && (rc = weft_dir_next(&dir, &entry)) > 0)
        rc = write_row(res, req, folder, entry.name);
    if (rc >= 0)
        rc = weft_write_printf(res, "</table>\n");
    return rc < 0 ? weft_error(req, rc) : res;
}
