/*
 * cors.h - lets pages of every origin use the service.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_CORS_H
#define HTTPBIN_CORS_H

#include <weft.h>

/* For weft_use(); takes no state. */
weft_response *open_to_all(weft_request *req, weft_next *next, void *state);

#endif
