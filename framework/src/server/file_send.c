/*
 * server/file_send.c - sending parts of files.
 *
 * Where the transport has a call for it (sendfile), the bytes go from the page cache to the
 * socket; what is not cached is read ahead by a thread first, so that the loop does not wait
 * for a disk.  Else, and where the system takes no more now, a piece is read and takes the way
 * of all output: so limits, departures and backpressure are the queue's affair here, too.
 *
 * Memory is bounded: one piece, whatever the size of the file.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "server/conn.h"
#include "task/os/file_cache.h"

enum {
    SEND_MAX = 256 * 1024, /* given to the system at once; others have a turn then */
    COPY_MAX = 64 * 1024,  /* read at once */
    RETRY_MS = 10,
    FIRST_COPY = 16 * 1024, /* where the system takes no more: enough to know when it does */
};

/* A part of a file on its way. */
struct part {
    weft_request *req;
    int fd;
    int64_t offset;
    uint64_t left;
    bool copy; /* there is no call that sends from the file */
};

/* `count` bytes have gone. */
static void advance(struct part *part, size_t count)
{
    part->offset += (int64_t)count;
    part->left -= count;
    part->req->left -= count;
    part->req->body_sent += count;
}

static int cut_short(const struct part *part)
{
    weft_log(WEFT_LOG_ERROR, "%s %s: the file has become shorter while it was sent",
             part->req->head.method_text, part->req->head.target);
    return UV_EIO;
}

/* Append what was read to the connection's output. */
static int queue_piece(struct part *part, const char *data, size_t count)
{
    struct weft__conn *conn = part->req->conn;
    int rc;

    if (conn->gone)
        return WEFT_EGONE;
    rc = weft__buffer_append(weft__conn_out(conn), data, count);
    if (rc < 0) {
        weft__conn_close(conn, true);
        return rc;
    }
    advance(part, count);
    weft__conn_wrote(conn);
    return conn->gone ? WEFT_EGONE : 0;
}

/* Read a piece and send it as other output.  0 or a code.  Its memory is not kept while the
 * client makes this wait: there may be thousands that do. */
static int copy_piece(struct part *part, size_t max)
{
    size_t size = part->left < max ? (size_t)part->left : max;
    int rc = weft__conn_wait_writable(part->req->conn);
    char *scratch;
    ssize_t count;

    if (rc < 0)
        return rc;
    scratch = weft__malloc(size);
    if (scratch == NULL)
        return UV_ENOMEM;
    count = weft__file_read_at(part->fd, scratch, size, part->offset);
    if (count > 0)
        rc = queue_piece(part, scratch, (size_t)count);
    else
        rc = count == 0 ? cut_short(part) : (int)count;
    free(scratch);
    return rc;
}

/* What the system did not take at once, or could not. */
static int not_sent(struct part *part, ssize_t code)
{
    if (code == UV_EAGAIN)
        return copy_piece(part, FIRST_COPY);
    if (code == UV_ENOSYS || code == UV_EINVAL || code == UV_ENOTSUP || code == UV_EOVERFLOW) {
        part->copy = true; /* the file system cannot */
        return 0;
    }
    if (code == UV_EIO)
        return UV_EIO;
    weft__conn_broken(part->req->conn);
    return WEFT_EGONE;
}

/* Have the system send a piece from where it lies. */
static int send_piece(struct part *part)
{
    struct weft__conn *conn = part->req->conn;
    size_t size = part->left < SEND_MAX ? (size_t)part->left : SEND_MAX;
    ssize_t count;
    int rc = weft__file_warm(part->fd, part->offset, size);

    if (rc == 0)
        rc = weft__conn_wait_written(conn);
    if (rc < 0)
        return rc;
    weft__conn_flush(conn);
    if (conn->gone)
        return WEFT_EGONE;
    if (conn->out != NULL) /* what was corked comes first */
        return 0;
    count = conn->transport->ops->send_file(conn->transport, part->fd, part->offset, size);
    if (count < 0)
        return not_sent(part, count);
    if (count == 0)
        return cut_short(part);
    advance(part, (size_t)count);
    return 0;
}

static int send_part(struct part *part)
{
    int rc = 0;

    part->copy =
        part->left <= WEFT__COPY_MAX || part->req->conn->transport->ops->send_file == NULL;
    while (rc == 0 && part->left > 0) {
        size_t size = part->copy ? COPY_MAX : SEND_MAX;

        rc = weft__request_give_way(part->req, part->left < size ? (size_t)part->left : size);
        if (rc == 0)
            rc = part->copy ? copy_piece(part, COPY_MAX) : send_piece(part);
        if (rc == UV_EAGAIN) /* the queue for threads is full, but will not stay so */
            rc = weft_sleep(RETRY_MS);
    }
    return rc;
}

int weft__request_write_file(weft_request *req, int fd, uint64_t offset, uint64_t length)
{
    struct part part = { .req = req, .fd = fd, .offset = (int64_t)offset, .left = length };
    weft_scope shield;
    int rc;

    if (req->sent != WEFT__SENT_HEAD || req->framing != WEFT__FRAMING_LENGTH)
        return WEFT_EMISUSE;
    if (req->head_only)
        return UV_ECANCELED;
    if (length > req->left || offset > INT64_MAX || length > INT64_MAX - offset)
        return WEFT_ELIMIT;
    weft_scope_shield(&shield, UINT32_MAX); /* as for large bodies, see request_send.c */
    rc = send_part(&part);
    weft_scope_leave(&shield);
    return rc;
}
