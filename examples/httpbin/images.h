/*
 * images.h - what /image says to those who want none of its pictures.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_IMAGES_H
#define HTTPBIN_IMAGES_H

#include <weft.h>

/* 406, with the media types that there are. */
weft_response *not_acceptable(weft_request *req);

#endif
