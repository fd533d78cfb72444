/*
 * task/os/replace.h - a file that takes the place of another as a whole.  For threads.
 *
 *     struct weft__replace file;
 *     int rc = weft__replace_begin(&file, path, options, mode);
 *     if (rc == 0)
 *         rc = weft__replace_end(&file, fill(file.fd));
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_REPLACE_H
#define WEFT_TASK_OS_REPLACE_H

#include <weft/file.h>

struct weft__replace {
    const char *path;
    const weft_fs_options *options;
    char *temporary; /* its path */
    int fd;
};

/*
 * Make the temporary file beside `path`.  Its mode is that of the options, else that of the
 * file at `path`, else `mode`; without that, 0666 less the umask (pass 0).  0 or a code.
 */
int weft__replace_begin(struct weft__replace *file, const char *path,
                        const weft_fs_options *options, mode_t mode);

/* With `rc` 0 put it in place, else remove it; in both cases all is released.  0 or a code. */
int weft__replace_end(struct weft__replace *file, int rc);

#endif
