/*
 * task/diag/depth.h - how deep a stack has been.
 *
 * Frames that are gone have left traces below the stack pointer: a stack has been as deep as
 * its lowest byte that is not zero.  The pages that it has never reached are not read.  What a
 * frame has not written to is not seen; such a frame, an array that is never filled, costs no
 * memory either.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_DEPTH_H
#define WEFT_TASK_DIAG_DEPTH_H

/* The lowest word from `low`, where a page begins, to `top`, that is not zero; `top` when all
 * are.  Async-signal-safe. */
char *weft__depth_lowest(char *low, char *top);

/* Make the bytes from `low` on zero that no frame of the calling code uses, on whose stack they
 * lie. */
void weft__depth_clear(char *low);

#endif
