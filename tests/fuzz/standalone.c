/*
 * fuzz/standalone.c - runs a fuzz target over files, with any compiler.
 *
 *     replay_head [--as-it-is] FILE_OR_FOLDER...
 *
 * Each file is played as it is, and then, unless that is forbidden, with each of its bytes
 * taken away, doubled, or changed in one bit, so that a small corpus still reaches into the odd
 * corners on every test run.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { MAX_BYTES = 1 << 16 };

static bool as_it_is;

/* A copy of exactly the right size, so that AddressSanitizer sees each byte too far. */
static void play(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void play_changed(const uint8_t *data, size_t size)
{
    static uint8_t changed[MAX_BYTES + 1];

    for (size_t at = 0; at < size; at++) {
        memcpy(changed, data, size);
        changed[at] ^= (uint8_t)(1U << at % 8);
        play(changed, size);
        memcpy(changed + at, data + at + 1, size - at - 1);
        play(changed, size - 1);
        memcpy(changed, data, at + 1);
        memcpy(changed + at + 1, data + at, size - at);
        play(changed, size + 1);
    }
}

static int play_file(const char *path)
{
    static uint8_t data[MAX_BYTES];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    play(data, size);
    if (!as_it_is)
        play_changed(data, size);
    return 0;
}

static int play_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int played = 0;
    int failed = 0;

    if (folder == NULL)
        return play_file(path);
    while ((entry = readdir(folder)) != NULL) {
        char file[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        failed |= play_file(file);
        played++;
    }
    closedir(folder);
    printf("%s: %d files\n", path, played);
    return failed || played == 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--as-it-is") == 0)
            as_it_is = true;
        else
            failed |= play_folder(argv[i]);
    }
    return failed;
}
