/*
 * What lies below a directory, and what does not; and what is cached of files.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/beneath.h"

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weft/task.h>

#include "task/os/file_cache.h"
#include "test.h"

static char folder[64];
static int root = -1;

static void make(const char *name, const char *target)
{
    char path[200];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (target == NULL) {
        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        cr_assert(ge(int, fd, 0));
        close(fd);
    } else if (*target == '\0') {
        cr_assert(zero(int, mkdir(path, 0700)));
    } else {
        cr_assert(zero(int, symlink(target, path)));
    }
}

static void set_up(void)
{
    char path[100];

    snprintf(folder, sizeof(folder), "weft-beneath-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    make("secret", NULL);
    make("in", "");
    make("in/a", NULL);
    make("in/d", "");
    make("in/d/b", NULL);
    make("in/link", "a");
    make("in/d/up", "../a");
    make("in/dlink", "d");
    make("in/out", "../secret");
    make("in/abs", "/etc/passwd");
    make("in/all", "..");
    make("in/loop", "loop");
    make("in/magic", "/proc/self/root");
    snprintf(path, sizeof(path), "%s/in/fifo", folder);
    cr_assert(zero(int, mkfifo(path, 0600)));
    snprintf(path, sizeof(path), "%s/in", folder);
    root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert(ge(int, root, 0));
}

static int unlink_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static void tear_down(void)
{
    close(root);
    nftw(folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What opening comes to: 'f'ile, 'd'irectory, 'o'ther; '-' for nothing. */
static char kind_of(int fd)
{
    struct stat st;

    if (fd < 0)
        return '-';
    cr_assert(zero(int, fstat(fd, &st)));
    close(fd);
    return S_ISREG(st.st_mode) ? 'f' : S_ISDIR(st.st_mode) ? 'd' : 'o';
}

static const struct {
    const char *path;
    char found;    /* by openat2 */
    char no_links; /* the same, without links, and by steps */
} cases[] = {
    { "", 'd', 'd' },
    { "a", 'f', 'f' },
    { "d", 'd', 'd' },
    { "d/b", 'f', 'f' },
    { "d/b/c", '-', '-' },
    { "a/", '-', '-' },
    { "none", '-', '-' },
    { "link", 'f', '-' },
    { "d/up", 'f', '-' },
    { "dlink/b", 'f', '-' },
    { "dlink", 'd', '-' },
    { "out", '-', '-' },
    { "abs", '-', '-' },
    { "all", '-', '-' },
    { "all/secret", '-', '-' },
    { "..", '-', '-' },
    { "../secret", '-', '-' },
    { "d/../../secret", '-', '-' },
    { "/etc/passwd", '-', '-' },
    { "loop", '-', '-' },
    { "magic", '-', '-' },
    { "magic/etc/passwd", '-', '-' },
    { "fifo", 'o', 'o' },
};

WEFT_TEST(beneath, is_all_that_opens, .init = set_up, .fini = tear_down)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *path = cases[i].path;

        cr_expect(eq(chr, kind_of(weft__open_beneath(root, path, false)), cases[i].found), "%s",
                  path);
        cr_expect(eq(chr, kind_of(weft__open_beneath(root, path, true)), cases[i].no_links),
                  "%s", path);
    }
}

WEFT_TEST(beneath, is_all_that_opens_by_steps, .init = set_up, .fini = tear_down)
{
    char name[300];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *path = cases[i].path;
        char want = cases[i].no_links;

        if (strcmp(path, "/etc/passwd") == 0 || strcmp(path, "a/") == 0)
            continue; /* slashes around a path count for nothing here */
        cr_expect(eq(chr, kind_of(weft__open_beneath_by_steps(root, path)), want), "%s", path);
    }
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    cr_expect(eq(int, weft__open_beneath_by_steps(root, name), UV_ENAMETOOLONG));
    cr_expect(eq(int, weft__open_beneath_by_steps(root, "/etc/passwd"), UV_ENOENT));
}

/* --- While the tree changes */

static atomic_bool swapping;

/* Let a directory and a link to one outside change names, again and again. */
static void *swap(void *arg)
{
    (void)arg;
    while (atomic_load(&swapping))
        (void)renameat2(root, "turn", root, "evil", RENAME_EXCHANGE);
    return NULL;
}

static ino_t inode_of(const char *name)
{
    struct stat st;

    cr_assert(zero(int, fstatat(root, name, &st, 0)));
    return st.st_ino;
}

/* How often opening gave the file inside, which is the only one that it may give. */
static unsigned opened_inside(int how, unsigned tries, ino_t inside)
{
    unsigned count = 0;

    for (unsigned i = 0; i < tries; i++) {
        struct stat st;
        int fd = how == 2 ? weft__open_beneath_by_steps(root, "turn/b")
                          : weft__open_beneath(root, "turn/b", how == 1);

        if (fd < 0)
            continue;
        cr_assert(zero(int, fstat(fd, &st)));
        close(fd);
        cr_assert(eq(ulong, st.st_ino, inside));
        count++;
    }
    return count;
}

WEFT_TEST(beneath, is_all_that_opens_while_a_link_takes_a_directorys_place, .init = set_up,
          .fini = tear_down)
{
    enum { TRIES = 3000, ROUNDS = 100 };
    pthread_t thread;
    ino_t inside;

    make("outside", "");
    make("outside/b", NULL);
    make("in/turn", "");
    make("in/turn/b", NULL);
    make("in/evil", "../outside");
    inside = inode_of("turn/b");
    cr_assert(ne(ulong, inode_of("evil/b"), inside));
    atomic_store(&swapping, true);
    cr_assert(zero(int, pthread_create(&thread, NULL, swap, NULL)));
    for (int how = 0; how < 3; how++) {
        unsigned tries = 0;
        unsigned count = 0;

        for (int round = 0; round < ROUNDS && (count == 0 || count == tries); round++) {
            tries += TRIES;
            count += opened_inside(how, TRIES, inside);
        }
        cr_expect(gt(uint, count, 0), "it was there");
        cr_expect(lt(uint, count, tries), "and the link was there");
    }
    atomic_store(&swapping, false);
    pthread_join(thread, NULL);
}

/* --- What is cached */

static int reads(void *arg)
{
    int fd = *(int *)arg;
    char text[20] = "";

    cr_expect(eq(int, (int)weft__file_read_at(fd, text, 4, 3), 4));
    cr_expect(eq(str, text, (char *)"3456"));
    cr_expect(eq(int, (int)weft__file_read_at(fd, text, 10, 8), 2));
    cr_expect(zero(int, (int)weft__file_read_at(fd, text, 10, 10)));
    cr_expect(zero(int, weft__file_warm(fd, 0, 10)));
    cr_expect(zero(int, weft__file_warm(fd, 0, 0)));
    cr_expect(zero(int, weft__file_warm(fd, 0, 1000000)));
    cr_expect(eq(int, (int)weft__file_read_at(-1, text, 10, 0), UV_EBADF));
    cr_expect(eq(int, weft__file_warm(-1, 0, 10), UV_EBADF));
    return 0;
}

static void read_in(const char *where)
{
    int fd = open(where, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return; /* there is no such file system here */
    cr_assert(eq(int, (int)write(fd, "0123456789", 10), 10));
    cr_expect(zero(int, weft_run(reads, &fd)));
    close(fd);
}

WEFT_TEST(file_cache, reads_whether_the_system_tells_or_not)
{
    read_in(".");
    read_in("/dev/shm"); /* does not */
}
