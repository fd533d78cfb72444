/*
 * fuzz/date_fuzz.c - dates of all three forms: what is taken is written so that it reads back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz.h"
#include "http/date.h"

static void check_date(const char *text, size_t size)
{
    char form[WEFT__DATE_LENGTH];
    int64_t seconds;
    int64_t again;

    if (weft__date_parse(&seconds, text, size, 1700000000) < 0)
        return;
    weft__date_format(form, seconds);
    MUST(weft__date_parse(&again, form, sizeof(form), 0) == 0 && again == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    check_date((const char *)input, size);
    return 0;
}
