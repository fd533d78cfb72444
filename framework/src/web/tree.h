/*
 * web/tree.h - trees of files (weft/static.h).
 *
 * A request's path is taken apart first (http/tree_path.h); what it names is looked for on a
 * thread, in one go, below the directory and nowhere else (task/os/beneath.h); the answer is
 * then made as for any file (web/file.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_TREE_H
#define WEFT_WEB_TREE_H

#include <sys/stat.h>
#include <weft/static.h>

#include "base/buffer.h"
#include "http/tree_path.h"

/* One weft_static(); lives as long as the app. */
struct weft__tree {
    const char *directory;       /* absolute */
    weft_static_options options; /* strings of the app's arena; index "": none */
};

enum weft__tree_kind {
    WEFT__TREE_FILE,
    WEFT__TREE_DIRECTORY, /* asked for without the slash */
    WEFT__TREE_PAGE,      /* what a directory holds */
};

/* A content coding and the extension of files that have it. */
struct weft__tree_coding {
    const char *name;
    const char *extension;
};

enum {
    WEFT__TREE_CODINGS = 3,
    WEFT__TREE_NAME_MAX = WEFT__TREE_PATH_MAX + 300, /* a path with another segment */
};

enum weft__tree_order {
    WEFT__TREE_BY_NAME,
    WEFT__TREE_BY_SIZE,
    WEFT__TREE_BY_TIME,
};

/* What is looked for, and what was found. */
struct weft__tree_search {
    const struct weft__tree *tree;
    struct weft__tree_path path;
    bool fallback;                                               /* would do */
    const struct weft__tree_coding *codings[WEFT__TREE_CODINGS]; /* the best first, then NULL */
    enum weft__tree_order order;                                 /* of a page */
    bool descending;

    enum weft__tree_kind kind;
    int fd; /* of a file; to be closed; -1: none */
    struct stat stat;
    const struct weft__tree_coding *coding; /* NULL: as it is */
    char *name;                             /* of the file, for its media type */
    size_t name_room;
    struct weft__buffer page;
};

/* For weft_offload(): do the search, whose first part is set.  0, or a code, UV_ENOENT where
 * nothing is to be had. */
int weft__tree_find(void *search);

/* What is to be released of a search, whatever became of it. */
void weft__tree_search_done(struct weft__tree_search *search);

/* Append the page of an open directory, which is closed, to search->page; `root` is the tree's.
 * 0 or a code.  For threads. */
int weft__tree_list(struct weft__tree_search *search, int root, int fd);

#endif
