/*
 * weft.h - the everyday headers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_H
#define WEFT_H

#include <weft/address.h>
#include <weft/app.h>
#include <weft/conditional.h>
#include <weft/diagnostics.h>
#include <weft/error.h>
#include <weft/fd.h>
#include <weft/file.h>
#include <weft/future.h>
#include <weft/gather.h>
#include <weft/json.h>
#include <weft/log.h>
#include <weft/middleware.h>
#include <weft/multipart.h>
#include <weft/negotiate.h>
#include <weft/periodic.h>
#include <weft/process.h>
#include <weft/queue.h>
#include <weft/request.h>
#include <weft/response.h>
#include <weft/select.h>
#include <weft/signal.h>
#include <weft/static.h>
#include <weft/stream.h>
#include <weft/sync.h>
#include <weft/task.h>
#include <weft/udp.h>

#endif
