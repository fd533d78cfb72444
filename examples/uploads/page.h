/*
 * uploads/page.h - the page that lists the files and takes more.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UPLOADS_PAGE_H
#define UPLOADS_PAGE_H

#include <weft.h>

/* The page, with the files of `folder`. */
WEFT_SUSPENDS weft_response *page(weft_request *req, const char *folder);

/* Whether `name` is one that this program gives files. */
bool is_safe(weft_request *req, const char *name);

#endif
