/*
 * http/tree_path.h - the path of a request as a path in a tree of files.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_TREE_PATH_H
#define WEFT_HTTP_TREE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

struct weft__arena;

enum { WEFT__TREE_PATH_MAX = 4000 }; /* bytes, encoded */

/* Segments with one '/' between two: never absolute, no empty one, no "." and no "..". */
struct weft__tree_path {
    const char *text; /* decoded; "": the tree itself */
    size_t length;
    bool slash; /* a '/' was at the end: a directory is meant; also for the tree itself */
};

/*
 * Take the raw path apart, what stands behind the tree's own "/".  Each segment is decoded by
 * itself and once.
 *
 * dot_files  whether names that begin with '.' are there; else only ".well-known" is, as the
 *            first segment.
 *
 * 0; -400 for what cannot be decoded: a malformed escape, an encoded NUL, no UTF-8; -404 for an
 * empty segment, ".", "..", a '/' or '\' or control character within a segment, a hidden name,
 * or a path that is too long; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__tree_path_parse(struct weft__tree_path *ret,
                                          struct weft__arena *arena, const char *raw,
                                          size_t length, bool dot_files);

/* Whether a name in a tree may be asked for, as a segment that is not the first. */
bool weft__tree_name_ok(const char *name, size_t length, bool dot_files);

#endif
