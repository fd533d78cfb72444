/*
 * base/poison.h - tells AddressSanitizer which memory is free; nothing in other builds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_POISON_H
#define WEFT_BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define WEFT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_ASAN 1
#endif
#endif

#ifdef WEFT_ASAN
#include <sanitizer/asan_interface.h>
#define weft__poison(memory, size)   __asan_poison_memory_region((memory), (size))
#define weft__unpoison(memory, size) __asan_unpoison_memory_region((memory), (size))
#else
#define weft__poison(memory, size)   ((void)(memory), (void)(size))
#define weft__unpoison(memory, size) ((void)(memory), (void)(size))
#endif

#endif
