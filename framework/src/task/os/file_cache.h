/*
 * task/os/file_cache.h - reading files where that takes no disk, and on a thread where it does.
 *
 * For those who send files: what is in the page cache is read at once, by the loop's thread,
 * which a read from the disk would hold.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_FILE_CACHE_H
#define WEFT_TASK_OS_FILE_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <weft/export.h>

/*
 * Read at most `size` bytes from `offset`, on a thread where the first of them is not cached,
 * or the file system cannot tell.  As weft_file_pread(), for a descriptor that stays open.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS ssize_t weft__file_read_at(int fd, void *to, size_t size,
                                                         int64_t offset);

/*
 * Have `length` bytes from `offset` be in the cache: on a thread, unless they are there
 * already. 0; a code of weft_offload() or of reading.  That they are there is likely
 * afterwards, not certain: memory may be short.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__file_warm(int fd, int64_t offset, size_t length);

#endif
