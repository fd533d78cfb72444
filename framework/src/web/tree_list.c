/*
 * web/tree_list.c - the page that lists a directory.
 *
 * Names are a stranger's text: they are escaped in the page, each is isolated, so that one in
 * another direction turns nothing around it, and what is there to deceive the eye is written
 * out; they are percent-encoded in links, which begin with "./", so that none is taken for a
 * scheme.  The page needs no script; what it
 * is sorted by is said in the query.  All of it runs on a thread.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weft/error.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "http/url.h"
#include "task/os/beneath.h"
#include "web/tree.h"

enum {
    ENTRIES_MAX = 10000, /* that a page shows */
    PAGE_MAX = 32 * 1024 * 1024,
    NAMES_BLOCK = 16 * 1024,
};

struct entry {
    const char *name;
    uint64_t size;
    int64_t time;
    bool directory;
};

struct listing {
    struct weft__tree_search *search;
    struct weft__arena names;
    struct entry *entries;
    size_t count;
    size_t room;
    bool more; /* than are shown */
};

/* --- What the directory holds ------------------------------------------------------------ */

/* What a name stands for, where it can be asked for.  Links are followed as when they are. */
static bool look_at(const struct listing *l, int root, int fd, const char *name,
                    struct stat *st)
{
    const struct weft__tree_search *s = l->search;
    char path[WEFT__TREE_NAME_MAX];
    int length;
    int target;
    bool found;

    if (fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    if (!S_ISLNK(st->st_mode))
        return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
    length = snprintf(path, sizeof(path), "%s%s%s", s->path.text, s->path.length > 0 ? "/" : "",
                      name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return false;
    target = weft__open_beneath(root, path, s->tree->options.no_links);
    if (target < 0)
        return false;
    found = fstat(target, st) == 0 && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
    close(target);
    return found;
}

static int add(struct listing *l, const char *name, const struct stat *st)
{
    const char *copy;

    if (l->count == l->room) {
        size_t room = l->room == 0 ? 64 : l->room * 2;
        struct entry *entries = weft__realloc(l->entries, room * sizeof(*entries));

        if (entries == NULL)
            return UV_ENOMEM;
        l->entries = entries;
        l->room = room;
    }
    copy = weft__arena_strndup(&l->names, name, strlen(name));
    if (copy == NULL)
        return UV_ENOMEM;
    l->entries[l->count++] = (struct entry){
        .name = copy,
        .size = (uint64_t)st->st_size,
        .time = st->st_mtim.tv_sec,
        .directory = S_ISDIR(st->st_mode),
    };
    return 0;
}

static int read_entries(struct listing *l, int root, DIR *dir)
{
    bool dot_files = l->search->tree->options.dot_files;
    struct dirent *entry;
    int rc = 0;

    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        struct stat st;

        if (!weft__tree_name_ok(entry->d_name, strlen(entry->d_name), dot_files) ||
            !look_at(l, root, dirfd(dir), entry->d_name, &st))
            continue;
        l->more = l->count == ENTRIES_MAX;
        if (l->more)
            break;
        rc = add(l, entry->d_name, &st);
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->directory != y->directory)
        return x->directory ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_size(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->directory || y->directory || x->size == y->size)
        return by_name(a, b);
    return x->size < y->size ? -1 : 1;
}

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->directory != y->directory || x->time == y->time)
        return by_name(a, b);
    return x->time < y->time ? -1 : 1;
}

/* Directories stay in front; each kind is turned around by itself. */
static void reverse(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct entry swap = entries[i];

        entries[i] = entries[count - 1 - i];
        entries[count - 1 - i] = swap;
    }
}

static void sort(struct listing *l)
{
    static int (*const orders[])(const void *, const void *) = {
        [WEFT__TREE_BY_NAME] = by_name,
        [WEFT__TREE_BY_SIZE] = by_size,
        [WEFT__TREE_BY_TIME] = by_time,
    };
    size_t directories = 0;

    if (l->count == 0)
        return;
    qsort(l->entries, l->count, sizeof(*l->entries), orders[l->search->order]);
    if (!l->search->descending)
        return;
    while (directories < l->count && l->entries[directories].directory)
        directories++;
    reverse(l->entries, directories);
    reverse(l->entries + directories, l->count - directories);
}

/* --- The page ---------------------------------------------------------------------------- */

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--dim:#667080;--line:#e3e7ec;--page:#fff;"
    "--row:#f5f8fb;--link:#0a58ca}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#93a0b0;--line:#2b323b;"
    "--page:#14181d;--row:#1b2128;--link:#79b0ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}"
    "main{max-width:60rem;margin:0 auto;padding:2rem 1rem}"
    "h1{font-size:1.25rem;font-weight:600;margin:0 .75rem 1rem;overflow-wrap:anywhere}"
    "h1 a+a::before{content:\"/\";color:var(--dim);padding:0 .3em;display:inline-block}"
    "a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:"
    "underline}"
    "table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th{font-size:.8rem;font-weight:600;text-align:left;color:var(--dim)}th a{color:inherit}"
    "th,td{padding:.45rem .75rem;border-bottom:1px solid var(--line);white-space:nowrap}"
    "td:first-child{white-space:normal;overflow-wrap:anywhere;width:100%}"
    ".n{text-align:right}td.n,td time{color:var(--dim)}tbody tr:hover{background:var(--row)}"
    ".d a{font-weight:600}footer{color:var(--dim);font-size:.8rem;padding:1rem .75rem}"
    "@media(max-width:34rem){th:last-child,td:last-child{display:none}}";

static void put(struct weft__buffer *out, const char *text)
{
    weft__buffer_append(out, text, strlen(text));
}

/*
 * The code point, in U+0080 to U+FFFF, of a character that is not to be seen but acts on what
 * is: C1 controls, line and paragraph separators, and those that turn the direction of text
 * (Unicode, UAX #9), by which "exe.txt" is made of "txt.exe".  0 for any other.
 */
static unsigned acts_unseen(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned point = 0;

    if (length == 2)
        point = (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
    else if (length == 3)
        point = (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    return (point >= 0x80 && point < 0xa0) || (point >= 0x2028 && point <= 0x202e) ||
                   (point >= 0x2066 && point <= 0x2069)
               ? point
               : 0;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Text between tags or in a quoted attribute: UTF-8 without C0 controls. */
static void put_escaped(struct weft__buffer *out, const char *text, size_t length)
{
    size_t taken;

    for (const char *end = text + length; text < end; text += taken) {
        const char *escaped = entity(*text);
        unsigned unseen;

        taken = weft__utf8_sequence(text, (size_t)(end - text));
        unseen = acts_unseen(text, taken);
        if (unseen > 0)
            weft__buffer_printf(out, "[U+%04X]", unseen);
        else if (escaped != NULL)
            put(out, escaped);
        else
            weft__buffer_append(out, text, taken);
        taken += taken == 0; /* no UTF-8: left out */
    }
}

static void put_isolated(struct weft__buffer *out, const char *text, size_t length)
{
    put(out, "<bdi>");
    put_escaped(out, text, length);
    put(out, "</bdi>");
}

/* The path as links to the directories on the way. */
static void put_heading(struct weft__buffer *out, const struct weft__tree_path *path)
{
    const char *end = path->text + path->length;
    size_t depth = path->length > 0 ? 1 : 0;

    for (const char *at = path->text; at < end; at++)
        depth += *at == '/';
    put(out, "<h1><a href=\"./");
    for (size_t i = 0; i < depth; i++)
        put(out, "../");
    put(out, "\">files</a>");
    for (const char *at = path->text; at < end;) {
        size_t length = strcspn(at, "/");

        put(out, "<a href=\"./");
        for (size_t i = --depth; i > 0; i--)
            put(out, "../");
        put(out, "\">");
        put_isolated(out, at, length);
        put(out, "</a>");
        at += length + (at + length < end);
    }
    put(out, "</h1>\n");
}

/* A heading of a column, which sorts by it; again, the other way round. */
static void put_column(struct weft__buffer *out, const struct weft__tree_search *s,
                       enum weft__tree_order order, const char *word, const char *title)
{
    bool current = s->order == order;
    bool turn = current && !s->descending;

    weft__buffer_printf(out, "<th%s%s><a href=\"?sort=%s%s\">%s%s</a></th>",
                        order == WEFT__TREE_BY_SIZE ? " class=\"n\"" : "",
                        !current        ? ""
                        : s->descending ? " aria-sort=\"descending\""
                                        : " aria-sort=\"ascending\"",
                        word, turn ? "&amp;order=desc" : "", title,
                        !current        ? ""
                        : s->descending ? " \xe2\x86\x93"
                                        : " \xe2\x86\x91");
}

static void put_size(struct weft__buffer *out, uint64_t size)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t unit = 0;
    double number = (double)size;

    for (; number >= 1023.95 && unit < 6; unit++)
        number /= 1024;
    weft__buffer_printf(out, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
}

static void put_time(struct weft__buffer *out, int64_t seconds)
{
    struct tm tm;
    char text[40];
    time_t time = (time_t)seconds;

    if (gmtime_r(&time, &tm) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) == 0)
        return;
    weft__buffer_printf(out, "<time datetime=\"%.10sT%sZ\">%s</time>", text, text + 11, text);
}

static void put_entry(struct weft__buffer *out, const struct entry *entry)
{
    size_t length = strlen(entry->name);
    const char *slash = entry->directory ? "/" : "";

    weft__buffer_printf(out, "<tr%s><td><a href=\"./", entry->directory ? " class=\"d\"" : "");
    (void)!weft__url_encode(out, entry->name, length, WEFT__URL_QUERY_VALUE);
    weft__buffer_printf(out, "%s\">", slash);
    put_isolated(out, entry->name, length);
    weft__buffer_printf(out, "%s</a></td><td class=\"n\">", slash);
    if (entry->directory)
        put(out, "\xe2\x80\x93");
    else
        put_size(out, entry->size);
    put(out, "</td><td>");
    put_time(out, entry->time);
    put(out, "</td></tr>\n");
}

static void put_page(struct weft__buffer *out, const struct listing *l)
{
    const struct weft__tree_search *s = l->search;

    put(out,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>/");
    put_escaped(out, s->path.text, s->path.length);
    put(out, "</title>\n<style>");
    put(out, style);
    put(out, "</style>\n<main>\n");
    put_heading(out, &s->path);
    put(out, "<table>\n<thead><tr>");
    put_column(out, s, WEFT__TREE_BY_NAME, "name", "Name");
    put_column(out, s, WEFT__TREE_BY_SIZE, "size", "Size");
    put_column(out, s, WEFT__TREE_BY_TIME, "time", "Changed (UTC)");
    put(out, "</tr></thead>\n<tbody>\n");
    if (s->path.length > 0)
        put(out, "<tr class=\"d\"><td><a href=\"../\">../</a></td><td class=\"n\">\xe2\x80\x93"
                 "</td><td></td></tr>\n");
    for (size_t i = 0; i < l->count; i++)
        put_entry(out, &l->entries[i]);
    put(out, "</tbody>\n</table>\n<footer>");
    weft__buffer_printf(out, "%zu %s%s", l->count, l->count == 1 ? "entry" : "entries",
                        l->more ? ", and more that are not shown" : "");
    put(out, "</footer>\n</main>\n</html>\n");
}

int weft__tree_list(struct weft__tree_search *search, int root, int fd)
{
    struct listing listing = { .search = search };
    DIR *dir = fdopendir(fd);
    int rc;

    if (dir == NULL) {
        rc = uv_translate_sys_error(errno);
        close(fd);
        return rc;
    }
    weft__buffer_init(&search->page, PAGE_MAX);
    weft__arena_init(&listing.names, NAMES_BLOCK);
    rc = read_entries(&listing, root, dir);
    closedir(dir);
    if (rc == 0) {
        sort(&listing);
        put_page(&search->page, &listing);
        rc = search->page.failed;
    }
    weft__arena_done(&listing.names);
    free(listing.entries);
    return rc;
}
