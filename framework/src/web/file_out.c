/*
 * web/file_out.c - see file_out.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/file_out.h"

#include <weft/task.h>

#include "task/os/fs.h"

void weft__file_out_init(struct weft__file_out *out, int fd)
{
    out->fd = fd;
    weft__buffer_init(&out->pending, WEFT__FILE_OUT_BYTES);
}

void weft__file_out_done(struct weft__file_out *out)
{
    weft__buffer_done(&out->pending);
}

static int write_pending(void *arg)
{
    const struct weft__file_out *out = arg;

    return weft__fs_write_all(out->fd, out->pending.data, out->pending.length, -1);
}

int weft__file_out_flush(struct weft__file_out *out)
{
    int rc = out->pending.length == 0 ? 0 : weft_offload(write_pending, out);

    if (rc == 0)
        weft__buffer_clear(&out->pending);
    return rc;
}

int weft__file_out_put(struct weft__file_out *out, const char *data, size_t length)
{
    while (length > 0) {
        size_t take = WEFT__FILE_OUT_BYTES - out->pending.length;
        int rc;

        if (take > length)
            take = length;
        rc = weft__buffer_append(&out->pending, data, take);
        if (rc == 0 && out->pending.length == WEFT__FILE_OUT_BYTES)
            rc = weft__file_out_flush(out);
        if (rc < 0)
            return rc;
        data += take;
        length -= take;
    }
    return 0;
}
