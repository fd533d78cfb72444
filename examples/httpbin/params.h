/*
 * params.h - parameters that are numbers within bounds.
 *
 * Handlers call these one after the other and look at the code once:
 *
 *     int64_t count;
 *     int rc = query_integer(req, "count", 10, 1, 100, &count);
 *     if (rc < 0)
 *         return weft_error(req, rc);
 *
 * What is malformed or too small stores a 400 and gives WEFT_EANSWERED; what is too large
 * counts as the maximum, which is what clients of httpbin are used to.  So is that the names of
 * parameters have no case here.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_PARAMS_H
#define HTTPBIN_PARAMS_H

#include <weft.h>

/* As of weft_query(), but for the case of the name. */
const char *query_value(weft_request *req, const char *name);

int query_integer(weft_request *req, const char *name, int64_t fallback, int64_t min,
                  int64_t max, int64_t *ret);

/* Seconds, as in "0.5", in milliseconds. */
int query_seconds(weft_request *req, const char *name, double fallback, double max,
                  uint64_t *ret_ms);

/* chunk_size, in bytes; what is below 1 counts as 1. */
int query_chunk_size(weft_request *req, int64_t fallback, int64_t max, size_t *ret);

/* The same for parameters of the path, whose form the router has checked already; there is
 * nothing at a negative integer (404). */
int path_integer(weft_request *req, const char *name, int64_t min, int64_t max, int64_t *ret);
int path_seconds(weft_request *req, const char *name, double max, uint64_t *ret_ms);

#endif
