/*
 * weft/static.h - files, and trees of files, as responses.
 *
 * What a file is answered with, by weft_send_file() and from a tree alike: its media type by
 * its name; Last-Modified, and an ETag of its size and its time of change to the nanosecond;
 * `304 Not Modified` and `412 Precondition Failed` where the request's conditions say so
 * (RFC 9110, 13); `206 Partial Content` for one range or several (RFC 9110, 14), in which those
 * that overlap or touch are merged and more than 64 are ignored; `416 Range Not Satisfiable`.
 * HEAD is answered as GET is, without ranges.
 *
 * The ETag is strong, unless the file has changed in the last 20 ms (or 2 s, where the file
 * system keeps whole seconds): it could change again then without its time telling, so the tag
 * is a weak one (RFC 9110, 8.8.1), with which ranges are not resumed.  It is the same on every
 * machine that has the file with the same time.
 *
 * Files are opened and looked at by threads (weft_offload()), and sent from the page cache by
 * the system (sendfile) unless weft_filter() functions want to see the bytes.  What is not
 * cached is read ahead by threads, too: the loop never waits for a disk.  Memory is bounded,
 * whatever the size.  A file that becomes shorter while it is sent cuts the connection off, so
 * that the client sees that it is not whole; one that grows is sent as long as it was.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_STATIC_H
#define WEFT_STATIC_H

#include <weft/export.h>

#include <stdbool.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/* --- One file ------------------------------------------------------------------------------
 */

/* How a file is sent.  Zero is the default of every field. */
typedef struct weft_file_options {
    const char *media_type;    /* default: by the name's extension, see weft_media_type_of() */
    const char *attachment;    /* to be saved, under this name: see weft_set_attachment() */
    const char *cache_control; /* the Cache-Control field; default: none */
    const char *etag;          /* default: made of size and time; with its quotes, else 500 */
    int status;                /* default 200; with another one conditions and ranges are
                                * ignored, for error pages */
    bool no_etag;
    bool no_last_modified;
    bool no_ranges;
} weft_file_options;

/*
 * Ask whether a request that is going to replace or remove the file at `path` goes on: If-Match
 * and the like against the ETag and the date that weft_send_file() would send, or against no
 * representation where there is no regular file (RFC 9110, 13).  Others may change the file
 * between this and what follows.
 *
 * 0: go on; 412: weft_problem(req, 412, ...), or 304 for GET and HEAD; a negative code where it
 * cannot be told.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_check_file_preconditions(weft_request *req,
                                                            const char *path);

/*
 * The file at `path` as a response (FileResponse).  Only regular files; symbolic links are
 * followed.  `path` is the program's own: never make it of what a client sent, for which there
 * is weft_static().
 *
 * The status is settled here, by the request's conditions and ranges, and the body is read when
 * it is sent, so weft_response_body() is NULL; weft_response_set_body() takes the file off.
 * Middleware sees such a response like any other.
 *
 * options  NULL for all defaults; strings are copied.
 *
 * A problem document where the file cannot be sent: 404 when there is no regular file, 403
 * where access is denied, 503 or 500 otherwise.
 */
WEFT_EXPORT WEFT_SUSPENDS weft_response *weft_send_file(weft_request *req, const char *path,
                                                        const weft_file_options *options);

/*
 * The same for an open file, which is taken over, also on failure: a temporary one, or one
 * that the program has found by its own means.  It is read by offsets: where it stands counts
 * for nothing.
 *
 * name  decides on the media type, unless the options do; NULL: none.
 */
WEFT_EXPORT WEFT_SUSPENDS weft_response *
weft_send_fd(weft_request *req, int fd, const char *name, const weft_file_options *options);

/* The media type that the extension of a name suggests, with its charset for text;
 * "application/octet-stream" for what is not known (mimetypes.guess_type).  Static. */
WEFT_EXPORT const char *weft_media_type_of(const char *name);

/* --- Trees ---------------------------------------------------------------------------------
 */

/* How a tree is served.  Zero is the default of every field; strings are copied. */
typedef struct weft_static_options {
    const char *name;  /* for weft_url_for(req, name, "css/site.css") */
    const char *index; /* what is sent for a directory; default "index.html"; "": nothing */

    /* A page with what the directory holds, where it has no index: at most 10,000 entries, to
     * be sorted by ?sort=name, size or time, and &order=desc. */
    bool list;

    /* What to send, with status 200, where there is no file: a path in the tree, such as
     * "index.html", for pages that route by themselves.  Only for requests that want HTML
     * (Accept has text/html or application/xhtml+xml by name) and whose last segment has no
     * '.'. */
    const char *fallback;

    /* Send "a.js.br", "a.js.zst" or "a.js.gz" for "a.js", as the client accepts, where such a
     * file is there and not more than 2 s older.  The response has the type of "a.js", and
     * Vary. */
    bool precompressed;

    bool dot_files; /* also what begins with '.'; else only ".well-known" at the top is there */
    /* Symbolic links lead nowhere.  Else relative ones are followed as long as they stay
     * within; absolute ones never are (404), even to a file of the tree. */
    bool no_links;

    const char *cache_control; /* of all files; default: none */

    /* The names of files change with their content: "public, max-age=31536000, immutable" for
     * all but HTML documents, which get "no-cache".  Goes before cache_control. */
    bool immutable;
} weft_static_options;

/*
 * Serve the files below `directory` at `prefix` and below (StaticFiles).  GET and HEAD only.
 *
 * A path is taken apart as it was sent: whatever holds an empty segment, ".", "..", a slash, a
 * backslash or a NUL in encoded form, or is no UTF-8, is 404 or 400, before any file is looked
 * at.  What is opened lies below the directory, which the kernel sees to (openat2 with
 * RESOLVE_BENEATH; without it no symbolic link is followed at all).  FIFOs, sockets and
 * devices are 404, and so is what the process may not read.  A directory without the slash at
 * its end is redirected (307) to the path with it.
 *
 * The directory must be there when the app starts.  It is opened anew for each request, so that
 * a link to it, or itself, can be replaced as a whole.
 *
 * directory  relative to the working directory at this call, or absolute.
 * options    NULL for all defaults.
 *
 * 0; UV_EINVAL, and a complaint, for NULL or a malformed prefix; WEFT_ECONFLICT when routes
 * exist there; WEFT_EMISUSE while serving; UV_ENOMEM.
 */
WEFT_EXPORT int weft_static(weft_app *app, const char *prefix, const char *directory,
                            const weft_static_options *options);

WEFT_END_DECLS
#endif
