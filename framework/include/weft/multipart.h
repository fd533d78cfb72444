/*
 * weft/multipart.h - forms with files, and bodies that go to disk (RFC 7578, RFC 2046).
 *
 * Two ways to read multipart/form-data.  Gathered: weft_read_form() reads it whole; fields are
 * found by weft_form(), files by weft_form_file(), which lie in memory or, above 1 MiB, in a
 * temporary file.  Part by part: weft_next_part() and weft_part_read() go through the body as
 * it comes and keep nothing; TCP holds the client back while nobody reads.
 *
 * Names, file names and media types are the client's words: a file name is for showing, and
 * weft_safe_filename() makes one that can be used in a directory.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MULTIPART_H
#define WEFT_MULTIPART_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <weft/file.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/*
 * Limits of a form.  A field left zero takes its default.  The whole is limited by the route's
 * max_body_bytes, which is 1 MiB unless said otherwise.
 */
typedef struct weft_form_options {
    unsigned max_fields;     /* parts, or pairs, that are no files; default 1000 */
    unsigned max_files;      /* default 1000 */
    size_t max_field_bytes;  /* of one field's content, in a pair without its escapes, and as it
                              * was sent, if that is in ISO-8859-1; default 1 MiB */
    uint64_t max_file_bytes; /* of one file; default: no limit but the body's */
    size_t max_name_bytes;   /* of a name or file name; default 512 */
    size_t max_header_bytes; /* of the header lines of one part, line ends included, without
                              * the empty line; default 8 KiB.  There are at most 32 */
    size_t max_memory_bytes; /* of all that weft_read_form() keeps in memory, header lines of
                              * parts included, and text as UTF-8: files that would take more go
                              * to disk, fields and headers are refused; default 4 MiB */
    size_t spool_bytes;      /* a file above goes to disk; default 1 MiB */
    const char *directory;   /* for temporary files; default: WEFT_TMPDIR, TMPDIR or /tmp of the
                              * environment */
} weft_form_options;

/* --- Gathered -------------------------------------------------------------------------- */

/*
 * weft_read_form() with limits: reads application/x-www-form-urlencoded or multipart/form-data.
 * (Request.form)
 *
 * Fields are UTF-8 then.  They may come in US-ASCII, which is a part of it, and in ISO-8859-1,
 * if the `charset` of the body's media type, for pairs, or of the field's, for parts, says so.
 *
 * options  borrowed until it returns; NULL: all defaults.
 *
 * 0, also when the form has been read before; the same as before when that has failed; or
 *   WEFT_EANSWERED  refused: another media type or charset (415); malformed, cut off, or text
 *                   that is not UTF-8 or holds a NUL (400); over a limit (413);
 *   WEFT_EMISUSE    the body, or its parts, are being read in another way already, other than
 * by weft_read_body(); a code as of weft_read_body(), or of the system when a temporary file
 * cannot be written.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_read_form_with(weft_request *req, const weft_form_options *options);

/* Walk the fields in the order received: start with *at = 0; false after the last. */
WEFT_EXPORT bool weft_form_next(weft_request *req, size_t *at, const char **ret_name,
                                const char **ret_value);

/*
 * A file of a form (UploadFile).  It belongs to the request.  All those on disk share one
 * temporary file, and one descriptor, which has no name, so that it is gone with the request or
 * the process, however that ends.
 */
typedef struct weft_upload weft_upload;

/* The first file of that field name, or the one at `index`, counted from 0; NULL when there is
 * none.  A field for a file that was left empty is none. */
WEFT_EXPORT weft_upload *weft_form_file(weft_request *req, const char *name);
WEFT_EXPORT weft_upload *weft_form_file_at(weft_request *req, const char *name, size_t index);

/* Walk all files in the order received: start with *at = NULL; false after the last. */
WEFT_EXPORT bool weft_form_file_next(weft_request *req, weft_upload **at);

/*
 * The field's name; the name that the client gives the file, "" when that is empty; its media
 * type, "application/octet-stream" when none was sent; a header field of the part, or NULL.
 *
 * The file's name is any text of UTF-8 without NUL; what browsers escape in it (%22, %0D, %0A)
 * is decoded, so quotes and line ends may be in it.  For the name of a file there is
 * weft_safe_filename().  RFC 7578, 4.2 has no `filename*`; of clients that send it all the same
 * it goes before `filename` when it is well formed.  A part with nothing but a malformed one is
 * refused (400), and so is one with `name*`, or with a name in several pieces (`filename*0`,
 * RFC 2231).
 */
WEFT_EXPORT const char *weft_upload_name(const weft_upload *upload);
WEFT_EXPORT const char *weft_upload_filename(const weft_upload *upload);
WEFT_EXPORT const char *weft_upload_type(const weft_upload *upload);
WEFT_EXPORT const char *weft_upload_header(const weft_upload *upload, const char *name);

/* In bytes. */
WEFT_EXPORT int64_t weft_upload_size(const weft_upload *upload);

/* The content, with a NUL behind it; NULL when it is on disk. */
WEFT_EXPORT const char *weft_upload_data(const weft_upload *upload);

/*
 * Read at most `size` bytes from where reading stands, at first the beginning; how many, 0 at
 * the end.  Suspends for files on disk only.  Codes as of weft_file_read().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS ssize_t weft_upload_read(weft_upload *upload,
                                                                   void *buffer, size_t size);

/* Where the next weft_upload_read() begins, in bytes from the beginning.  0; UV_EINVAL outside
 * of the file. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_upload_seek(weft_upload *upload, int64_t offset);

/*
 * Write it to `path`, as a whole or not at all, as weft_fs_write() does.  The upload stays as
 * it is.
 *
 * options  NULL: all defaults.
 *
 * 0, or a code as of weft_fs_copy().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_upload_save(weft_upload *upload, const char *path, const weft_fs_options *options);

/*
 * A file name that is safe in a directory of yours: what is behind the last '/' or '\' of
 * `name`, control characters and ':' replaced by '_', leading dots removed, at most 255 bytes;
 * "file" when nothing is left, or for NULL.  In the request's memory; NULL when that is out.
 */
WEFT_EXPORT const char *weft_safe_filename(weft_request *req, const char *name);

/* --- Part by part ---------------------------------------------------------------------- */

/* The part that weft_next_part() has come to; valid until the next call of it. */
typedef struct weft_part {
    const char *name;     /* the field's; NULL in bodies other than multipart/form-data that
                           * name none */
    const char *filename; /* as of weft_upload_filename(); NULL: it is no file */
    const char *type;     /* its Content-Type; NULL: none was sent, which means text/plain */
} weft_part;

/*
 * Set limits before the first weft_next_part(), which otherwise takes the defaults; copied.
 * Bodies of any multipart type are taken.  (Request.multipart)
 *
 * 0; WEFT_EANSWERED: no multipart body or a malformed Content-Type (415), or no boundary as
 * RFC 2046 has them (400); WEFT_EMISUSE when the parts are being read already, or the body is,
 * other than by weft_read_body(); UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_begin_parts(weft_request *req,
                                                 const weft_form_options *options);

/*
 * Go to the next part, past what is unread of the current one (MultipartReader.next).
 *
 * ret  set when 1 is returned.
 *
 * 1; 0 after the last, when the body has been read to its end; WEFT_EANSWERED and other codes
 * as of weft_read_form_with().  A failure is final.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_next_part(weft_request *req, weft_part *ret);

/* A header field of the current part; NULL when absent. */
WEFT_EXPORT const char *weft_part_header(const weft_request *req, const char *name);

/*
 * Read the next piece of the current part, whatever has come, at most 64 KiB, in the charset
 * that it came in (BodyPartReader.read_chunk).
 *
 * ret  valid until the next call that reads.
 *
 * The piece's length, 0 at the end of the part, or a code as of weft_next_part(); WEFT_EMISUSE
 * when there is no current part.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_part_read(weft_request *req,
                                                             const char **ret);

/*
 * Read all of the current part that is left.
 *
 * max_bytes   of it; more: WEFT_ELIMIT.
 * ret         ends with a NUL; in the request's memory.
 * ret_length  in bytes; may be NULL.
 *
 * 0, or a code as of weft_part_read().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_part_read_all(weft_request *req, size_t max_bytes, const char **ret, size_t *ret_length);

/* --- To disk --------------------------------------------------------------------------- */

/*
 * Write the rest of the body, or of the current part, to the file `path`, off the loop and with
 * the client held back to the pace of the disk: as a whole or not at all, as weft_fs_write()
 * does.  Takes some 400 KiB of memory, however long it is.  A route for long bodies wants
 * .max_body_bytes = WEFT_UNLIMITED; its .timeout_ms has to do for the disk to take one piece,
 * and for what is done at the end, not for the whole: it begins anew with each piece, and
 * stands still while the client is awaited.
 *
 * options  NULL: all defaults.
 *
 * The length in bytes; or a code as of weft_read_chunk(), weft_part_read() or weft_fs_write():
 * nothing is left at `path` then but what was there before.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int64_t
weft_save_body(weft_request *req, const char *path, const weft_fs_options *options);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int64_t
weft_part_save(weft_request *req, const char *path, const weft_fs_options *options);

/* The same to an open file, where that stands.  After a failure a part may have been written.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int64_t weft_save_body_to(weft_request *req,
                                                                    weft_file *file);

WEFT_END_DECLS
#endif
