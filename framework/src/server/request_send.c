/*
 * server/request_send.c - sending a response: framing, persistence, backpressure.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "http/status.h"
#include "server/conn.h"

bool weft__request_can_drain(const weft_request *req)
{
    const struct weft__conn *conn = req->conn;
    size_t most = WEFT__DRAIN_MAX;

    if (req->body.complete)
        return true;
    if (!req->continued) /* the client waits, and may send the body or not (RFC 9110, 10.1.1) */
        return false;
    if (req->background != NULL && most > conn->in_length)
        most = conn->in_length; /* it does not wait for what has yet to come */
    return weft__body_least_rest(&req->body, conn->in, conn->in_length) <= most;
}

static enum weft__persistence persistence(weft_request *req)
{
    struct weft__conn *conn = req->conn;

    req->close = req->close || req->gone || !req->head.keep_alive || conn->server->draining ||
                 !weft__request_can_drain(req) || weft__conn_at_end(conn);
    if (req->close)
        return WEFT__CONNECTION_CLOSE;
    return req->head.minor == 0 ? WEFT__CONNECTION_KEEP_ALIVE : WEFT__CONNECTION_DEFAULT;
}

/* Append the head to `out`, the connection's output.  A failure leaves the connection closed.
 */
static int send_head(weft_request *req, const struct weft__reply *reply,
                     struct weft__buffer *out, enum weft__framing framing, uint64_t length)
{
    struct weft__conn *conn = req->conn;
    struct weft__response_head head = { .status = reply->status,
                                        .framing = framing,
                                        .connection = persistence(req),
                                        .content_length = length,
                                        .fields = reply->fields };
    int rc;

    weft__server_fill_head(conn->server, &head);
    rc = weft__write_head(out, &head);
    if (rc < 0)
        weft__conn_close(conn, true);
    return rc;
}

static int check_sendable(weft_request *req)
{
    if (req->sent != WEFT__SENT_NOTHING)
        return WEFT_ESENT;
    if (req->conn->gone) {
        req->sent = WEFT__SENT_ALL;
        return WEFT_EGONE;
    }
    return 0;
}

/* A body above the size that is copied: the client's reading sets the pace, the write time
 * limit and not the handler's deadline ends it. */
static int send_large(struct weft__conn *conn, const void *body, size_t length)
{
    weft_scope shield;
    int rc;

    weft_scope_shield(&shield, UINT32_MAX);
    rc = weft__conn_write(conn, body, length);
    weft_scope_leave(&shield);
    return rc;
}

int weft__request_send(weft_request *req, const struct weft__reply *reply, const void *body,
                       size_t length)
{
    struct weft__conn *conn = req->conn;
    bool bodyless = weft__status_bodyless(reply->status);
    struct weft__buffer *out;
    int rc = check_sendable(req);

    if (rc < 0)
        return rc;
    req->sent = WEFT__SENT_ALL;
    if (reply->status == 205)
        length = 0; /* RFC 9110, 15.3.6 */
    out = weft__conn_out(conn);
    rc = send_head(req, reply, out, bodyless ? WEFT__FRAMING_NONE : WEFT__FRAMING_LENGTH,
                   length);
    if (rc < 0)
        return rc;
    if (bodyless || req->head_only || length == 0) {
        weft__conn_wrote(conn);
        return 0;
    }
    req->body_sent = length;
    if (length > WEFT__COPY_MAX)
        return send_large(conn, body, length);
    rc = weft__buffer_append(out, body, length);
    if (rc < 0)
        weft__conn_close(conn, true);
    else
        weft__conn_wrote(conn);
    return rc;
}

int weft__request_begin(weft_request *req, const struct weft__reply *reply, int64_t length)
{
    int rc = check_sendable(req);

    if (rc < 0)
        return rc;
    req->sent = WEFT__SENT_HEAD;
    if (reply->status == 205) { /* RFC 9110, 15.3.6 */
        req->head_only = true;
        length = 0;
    }
    req->left = length >= 0 ? (uint64_t)length : 0;
    if (weft__status_bodyless(reply->status)) {
        req->head_only = true;
        req->framing = WEFT__FRAMING_NONE;
    } else if (length >= 0) {
        req->framing = WEFT__FRAMING_LENGTH;
    } else if (req->head.minor >= 1) {
        req->framing = WEFT__FRAMING_CHUNKED;
    } else {
        req->framing = WEFT__FRAMING_NONE;
        req->close = true;
    }
    rc = send_head(req, reply, weft__conn_out(req->conn), req->framing, req->left);
    if (rc == 0)
        weft__conn_wrote(req->conn);
    return rc;
}

int weft__request_give_way(weft_request *req, size_t length)
{
    enum { PIECE = 64 }; /* what a piece costs besides its bytes, in bytes */

    req->unyielded += length + PIECE;
    if (req->unyielded <= WEFT__OUT_HIGH)
        return 0;
    req->unyielded = 0;
    return weft_yield();
}

/* One piece, whole: a cancelled wait never leaves part of a chunk behind. */
static int write_piece(weft_request *req, const char *data, size_t length)
{
    struct weft__conn *conn = req->conn;
    struct weft__buffer *out;
    int rc = weft__request_give_way(req, length);

    if (rc == 0)
        rc = weft__conn_wait_writable(conn);
    if (rc < 0)
        return rc;
    /* While this task waited, another one of the request may have written, or ended it. */
    if (req->sent != WEFT__SENT_HEAD)
        return WEFT_EMISUSE;
    if (req->framing == WEFT__FRAMING_LENGTH && length > req->left)
        return WEFT_ELIMIT;
    out = weft__conn_out(conn);
    if (req->framing == WEFT__FRAMING_CHUNKED)
        rc = weft__write_chunk(out, data, length);
    else
        rc = weft__buffer_append(out, data, length);
    if (rc < 0) {
        weft__conn_close(conn, true);
        return rc;
    }
    if (req->framing == WEFT__FRAMING_LENGTH)
        req->left -= length;
    req->body_sent += length;
    weft__conn_wrote(conn);
    return conn->gone ? WEFT_EGONE : 0;
}

int weft__request_write(weft_request *req, const void *data, size_t length)
{
    const char *at = data;

    if (req->sent != WEFT__SENT_HEAD)
        return WEFT_EMISUSE;
    if (req->head_only)
        return UV_ECANCELED;
    if (req->conn->gone)
        return WEFT_EGONE;
    if (req->framing == WEFT__FRAMING_LENGTH && length > req->left)
        return WEFT_ELIMIT;
    while (length > 0) {
        size_t part = length < WEFT__OUT_HIGH ? length : WEFT__OUT_HIGH;
        int rc = write_piece(req, at, part);

        if (rc < 0)
            return rc;
        at += part;
        length -= part;
    }
    return 0;
}

int weft__request_interim(weft_request *req, unsigned status, const struct weft__fields *fields)
{
    struct weft__conn *conn = req->conn;
    int rc;

    if (conn == NULL || req->sent != WEFT__SENT_NOTHING)
        return WEFT_ESENT;
    if (conn->gone)
        return WEFT_EGONE;
    if (req->head.minor == 0) /* RFC 9110, 15.2 */
        return 0;
    if (req->interims == WEFT__INTERIM_MAX)
        return WEFT_ELIMIT;
    req->interims++;
    rc = weft__write_interim(weft__conn_out(conn), status, fields);
    if (rc < 0) {
        weft__conn_close(conn, true);
        return rc;
    }
    weft__conn_wrote(conn);
    weft__conn_flush(conn); /* it is of no use later */
    return conn->gone ? WEFT_EGONE : 0;
}

static int write_end(struct weft__buffer *out, const struct weft__fields *trailers)
{
    if (trailers != NULL && trailers->count > 0)
        return weft__write_trailers(out, trailers);
    return weft__write_last_chunk(out);
}

int weft__request_end(weft_request *req, const struct weft__fields *trailers)
{
    struct weft__conn *conn = req->conn;
    int rc;

    if (req->sent != WEFT__SENT_HEAD)
        return WEFT_EMISUSE;
    if (conn->gone)
        return WEFT_EGONE;
    if (!req->head_only && req->framing == WEFT__FRAMING_LENGTH && req->left > 0)
        return WEFT_EMISUSE; /* and the connection is aborted: the client must not wait */
    if (!req->head_only && req->framing == WEFT__FRAMING_CHUNKED) {
        rc = write_end(weft__conn_out(conn), trailers);
        if (rc < 0) {
            weft__conn_close(conn, true);
            return rc;
        }
        weft__conn_wrote(conn);
    }
    req->sent = WEFT__SENT_ALL;
    return 0;
}

void weft__request_close_response(weft_request *req)
{
    static const char body[] = "{\"title\":\"Internal Server Error\",\"status\":500}";
    static struct weft__field items[] = { { "Content-Type", "application/problem+json", 12,
                                            24 } };
    const struct weft__fields fields = { .items = items, .count = 1 };
    int rc = 0;

    if (req->sent == WEFT__SENT_NOTHING && !req->conn->gone)
        rc = weft__request_send(req, &(struct weft__reply){ 500, &fields }, body,
                                sizeof(body) - 1);
    if ((rc < 0 || req->sent == WEFT__SENT_HEAD) && !req->conn->gone)
        weft__conn_close(req->conn, true); /* cut off before its end, visibly */
}
