/*
 * web/tree_find.c - what a path names in a tree of files.  All of it runs on a thread.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <weft/error.h>

#include "task/os/beneath.h"
#include "web/tree.h"

/* Open what is at `path` below `root`; its descriptor, or a code. */
static int open_path(const struct weft__tree_search *s, int root, const char *path,
                     struct stat *ret_stat)
{
    int fd = weft__open_beneath(root, path, s->tree->options.no_links);

    if (fd >= 0 && fstat(fd, ret_stat) < 0) {
        close(fd);
        return UV_EIO;
    }
    return fd;
}

/* Open a regular file; its descriptor, or a code. */
static int open_file(const struct weft__tree_search *s, int root, const char *path,
                     struct stat *ret_stat)
{
    int fd = open_path(s, root, path, ret_stat);

    if (fd >= 0 && !S_ISREG(ret_stat->st_mode)) {
        close(fd);
        return UV_ENOENT;
    }
    return fd;
}

/* The search has found the file at s->name. */
static int found(struct weft__tree_search *s, int fd)
{
    s->kind = WEFT__TREE_FILE;
    s->fd = fd;
    return 0;
}

/* s->name = the path, then '/' where there is one, then `rest`. */
static int join(struct weft__tree_search *s, const char *rest)
{
    int length = snprintf(s->name, s->name_room, "%s%s%s", s->path.text,
                          s->path.length > 0 && *rest != '\0' ? "/" : "", rest);

    return length < 0 || (size_t)length >= s->name_room ? UV_ENOENT : 0;
}

/* `fd` is the directory that was asked for. */
static int enter(struct weft__tree_search *s, int root, int fd)
{
    const char *index = s->tree->options.index;
    int rc = UV_ENOENT;

    if (!s->path.slash) {
        close(fd);
        s->kind = WEFT__TREE_DIRECTORY;
        return 0;
    }
    if (*index != '\0' && join(s, index) == 0)
        rc = open_file(s, root, s->name, &s->stat);
    if (rc < 0 && s->tree->options.list) {
        s->kind = WEFT__TREE_PAGE;
        return weft__tree_list(s, root, fd);
    }
    close(fd);
    return rc < 0 ? rc : found(s, rc);
}

static int find_path(struct weft__tree_search *s, int root)
{
    int fd = open_path(s, root, s->path.text, &s->stat);

    if (fd < 0)
        return fd;
    if (S_ISDIR(s->stat.st_mode))
        return enter(s, root, fd);
    if (!S_ISREG(s->stat.st_mode) || s->path.slash || join(s, "") < 0) {
        close(fd);
        return UV_ENOENT;
    }
    return found(s, fd);
}

static int find_fallback(struct weft__tree_search *s, int root)
{
    int fd = open_file(s, root, s->tree->options.fallback, &s->stat);

    if (fd < 0)
        return fd;
    snprintf(s->name, s->name_room, "%s", s->tree->options.fallback);
    return found(s, fd);
}

/* Whether `st` was made of an older `original`.  Files of a tree that was copied, or checked
 * out, have come in any order. */
static bool is_stale(const struct stat *st, const struct stat *original)
{
    enum { LENIENCE_S = 2 };

    return original->st_mtim.tv_sec > INT64_MIN + LENIENCE_S && /* times of files may be any */
           original->st_mtim.tv_sec - LENIENCE_S > st->st_mtim.tv_sec;
}

/* Take the best of the compressed files beside the one that was found. */
static void find_compressed(struct weft__tree_search *s, int root)
{
    for (int i = 0; i < WEFT__TREE_CODINGS && s->codings[i] != NULL; i++) {
        char path[WEFT__TREE_NAME_MAX];
        struct stat st;
        int written = snprintf(path, sizeof(path), "%s%s", s->name, s->codings[i]->extension);
        int fd = written < 0 || (size_t)written >= sizeof(path) ? UV_ENAMETOOLONG
                                                                : open_file(s, root, path, &st);

        if (fd >= 0 && !is_stale(&st, &s->stat)) {
            close(s->fd);
            s->fd = fd;
            s->stat = st;
            s->coding = s->codings[i];
            return;
        }
        if (fd >= 0)
            close(fd);
    }
}

static bool is_nothing(int code)
{
    return code == UV_ENOENT || code == UV_ENOTDIR || code == UV_ELOOP || code == UV_EXDEV ||
           code == UV_EACCES || code == UV_ENXIO || code == UV_ENAMETOOLONG;
}

int weft__tree_find(void *search)
{
    struct weft__tree_search *s = search;
    int root = open(s->tree->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (root < 0)
        return uv_translate_sys_error(errno);
    rc = find_path(s, root);
    if (is_nothing(rc))
        rc = s->fallback ? find_fallback(s, root) : UV_ENOENT;
    if (rc == 0 && s->kind == WEFT__TREE_FILE)
        find_compressed(s, root);
    close(root);
    return is_nothing(rc) ? UV_ENOENT : rc;
}

void weft__tree_search_done(struct weft__tree_search *search)
{
    if (search->fd >= 0)
        close(search->fd);
    search->fd = -1;
    weft__buffer_done(&search->page);
}
