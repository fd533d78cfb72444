/*
 * Files: open files, directories, paths, whole files; cancels and closing while in use.
 */
#include <weft/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/test_task.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"
#include "task/os/fs.h"

/* --- A directory of the test's own */

static char root[64];

static const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

static void make_root(void)
{
    snprintf(root, sizeof(root), "%s", P_tmpdir "/weft-file-XXXXXX");
    cr_assert(mkdtemp(root) != NULL);
}

/* Fails when the test has left a file behind: temporary ones, above all. */
static void remove_root(void)
{
    cr_expect(zero(int, rmdir(root)), "%s is not empty", root);
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(at(name), "w");

    cr_assert(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void expect_content(const char *name, const char *text)
{
    char *data = NULL;
    size_t length = 0;

    cr_expect(zero(int, weft_fs_read(at(name), 1 << 20, &data, &length)));
    cr_expect(eq(str, data != NULL ? data : (char *)"(none)", (char *)text));
    cr_expect(eq(sz, length, strlen(text)));
    free(data);
}

/* --- Open files */

WEFT_TASK_TEST(file, reads_what_was_written)
{
    char text[32] = { 0 };
    struct stat stat;

    make_root();
    WEFT_FILE(file);
    cr_assert(zero(int, weft_file_open(&file, at("a"), O_RDWR | O_CREAT, 0640)));
    cr_expect(zero(int, weft_file_write(&file, "hello, world", 12)));
    cr_expect(eq(i64, weft_file_seek(&file, 7, SEEK_SET), 7));
    cr_expect(eq(i64, weft_file_read(&file, text, sizeof(text)), 5));
    cr_expect(eq(str, text, (char *)"world"));
    cr_expect(zero(i64, weft_file_read(&file, text, sizeof(text))), "its end");
    cr_expect(zero(int, weft_file_pwrite(&file, "W", 1, 7)));
    memset(text, 0, sizeof(text));
    cr_expect(eq(i64, weft_file_pread(&file, text, sizeof(text), 5), 7));
    cr_expect(eq(str, text, (char *)", World"));
    cr_expect(zero(int, weft_file_truncate(&file, 5)));
    cr_expect(zero(int, weft_file_sync(&file)));
    cr_expect(zero(int, weft_file_stat(&file, &stat)));
    cr_expect(eq(i64, stat.st_size, 5));
    cr_expect(zero(int, weft_file_close(&file)));
    cr_expect(zero(int, weft_file_close(&file)), "closing twice does nothing");
    cr_expect(zero(int, unlink(at("a"))));
    remove_root();
}

WEFT_TASK_TEST(file, a_closed_one_is_refused)
{
    weft_file file = { 0 };
    char byte;

    cr_expect(eq(i64, weft_file_read(&file, &byte, 1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_file_write(&file, "a", 1), WEFT_EMISUSE));
    cr_expect(eq(i64, weft_file_seek(&file, 0, SEEK_SET), WEFT_EMISUSE));
    cr_expect(eq(int, weft_file_open(&file, "/nowhere/at/all", O_RDONLY, 0), UV_ENOENT));
    cr_assert(zero(int, weft_file_open(&file, "/dev/null", O_RDONLY, 0)));
    cr_expect(eq(int, weft_file_open(&file, "/dev/null", O_RDONLY, 0), WEFT_EMISUSE));
    cr_expect(eq(i64, weft_file_pread(&file, &byte, 1, -1), UV_EINVAL));
    cr_expect(eq(int, weft_file_write(&file, "a", 1), UV_EBADF));
    cr_expect(zero(int, weft_file_close(&file)));
}

/* A pipe opened as a file: a read that lasts until the test ends it. */
struct slow {
    weft_file file;
    ssize_t result;
    char byte;
    bool reading;
};

static int read_slowly(void *arg)
{
    struct slow *slow = arg;

    slow->reading = true;
    slow->result = weft_file_read(&slow->file, &slow->byte, 1);
    return weft_check_cancelled();
}

static void open_slow(struct slow *slow, int *ret_write_end)
{
    char path[64];
    int fds[2];

    *slow = (struct slow){ 0 };
    cr_assert(zero(int, pipe(fds)));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    cr_assert(zero(int, weft_file_open(&slow->file, path, O_RDONLY, 0)));
    close(fds[0]);
    *ret_write_end = fds[1];
}

WEFT_TASK_TEST(file, closing_while_in_use_is_refused)
{
    struct slow slow;
    weft_task *task;
    int end;

    open_slow(&slow, &end);
    cr_assert(zero(int, weft_spawn(&task, read_slowly, &slow)));
    while (!slow.reading)
        cr_assert(zero(int, weft_yield()));
    cr_expect(eq(int, weft_file_close(&slow.file), UV_EBUSY));
    cr_expect(eq(i64, write(end, "x", 1), 1));
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(i64, slow.result, 1));
    cr_expect(eq(int, slow.byte, 'x'));
    cr_expect(zero(int, weft_file_close(&slow.file)));
    close(end);
}

/* What has begun ends, with its result; the cancel shows in the next wait. */
WEFT_TASK_TEST(file, cancelled_while_it_reads)
{
    struct slow slow;
    weft_task *task;
    int end, result;

    open_slow(&slow, &end);
    cr_assert(zero(int, weft_spawn(&task, read_slowly, &slow)));
    while (!slow.reading)
        cr_assert(zero(int, weft_yield()));
    cr_assert(zero(int, weft_sleep(5))); /* most likely a thread has begun it by now */
    weft_task_cancel(task);
    cr_expect(eq(i64, write(end, "x", 1), 1));
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(slow.result == 1 || slow.result == UV_ECANCELED, "not %zd", slow.result);
    cr_expect(zero(int, weft_file_close(&slow.file)));
    close(end);
}

WEFT_TASK_TEST(file, closes_when_cancelled)
{
    weft_file file = { 0 };
    char byte;
    int fd;

    cr_assert(zero(int, weft_file_open(&file, "/dev/null", O_RDONLY, 0)));
    fd = file.fd;
    weft_task_cancel(weft_task_current());
    cr_expect(eq(i64, weft_file_read(&file, &byte, 1), UV_ECANCELED));
    cr_expect(zero(int, weft_file_close(&file)));
    weft_task_uncancel();
    cr_expect(eq(int, fcntl(fd, F_GETFD), -1), "it is closed");
}

static weft_file left_open;

static int leave_open(void *arg)
{
    (void)arg;
    return weft_file_open(&left_open, "/dev/null", O_RDONLY, 0);
}

WEFT_TEST(file, closes_without_a_loop)
{
    cr_assert(zero(int, weft_run(leave_open, NULL)));
    cr_expect(zero(int, weft_file_close(&left_open)));
    cr_expect(eq(int, weft_file_open(&left_open, "/dev/null", O_RDONLY, 0), WEFT_EMISUSE));
}

/* --- Directories */

WEFT_TASK_TEST(dir, lists_each_entry_once)
{
    enum { COUNT = 700 }; /* several batches */
    static bool seen[COUNT];
    weft_dir_entry entry;
    char name[64];
    int rc, found = 0;

    make_root();
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "a-name-of-middling-length-%03d", i);
        put(name, "");
    }
    WEFT_DIR(dir);
    cr_assert(zero(int, weft_dir_open(&dir, root)));
    while ((rc = weft_dir_next(&dir, &entry)) > 0) {
        int number =
            (entry.name[26] - '0') * 100 + (entry.name[27] - '0') * 10 + (entry.name[28] - '0');

        cr_assert(number >= 0 && number < COUNT && !seen[number], "%s", entry.name);
        cr_expect(entry.kind == WEFT_DIR_FILE || entry.kind == WEFT_DIR_UNKNOWN);
        seen[number] = true;
        found++;
        unlink(at(entry.name));
    }
    cr_expect(zero(int, rc));
    cr_expect(eq(int, found, COUNT));
    cr_expect(zero(int, weft_dir_next(&dir, &entry)), "its end stays");
    cr_expect(zero(int, weft_dir_close(&dir)));
    cr_expect(zero(int, weft_dir_close(&dir)));
    remove_root();
}

WEFT_TASK_TEST(dir, tells_kinds)
{
    weft_dir_entry entry;
    bool directory = false, link = false;

    make_root();
    cr_assert(zero(int, weft_fs_mkdir(at("d"), 0755)));
    cr_assert(zero(int, symlink("d", at("l"))));
    WEFT_DIR(dir);
    cr_assert(zero(int, weft_dir_open(&dir, root)));
    while (weft_dir_next(&dir, &entry) > 0) {
        directory = directory || (entry.name[0] == 'd' && entry.kind == WEFT_DIR_DIRECTORY);
        link = link || (entry.name[0] == 'l' && entry.kind == WEFT_DIR_LINK);
    }
    cr_expect(directory && link);
    cr_expect(zero(int, weft_fs_unlink(at("l"))));
    cr_expect(zero(int, weft_fs_rmdir(at("d"))));
    remove_root();
}

WEFT_TASK_TEST(dir, refusals)
{
    weft_dir dir = { 0 };
    weft_dir_entry entry;

    cr_expect(eq(int, weft_dir_open(&dir, "/nowhere/at/all"), UV_ENOENT));
    cr_expect(eq(int, weft_dir_open(&dir, "/dev/null"), UV_ENOTDIR));
    cr_expect(eq(int, weft_dir_next(&dir, &entry), WEFT_EMISUSE));
    cr_assert(zero(int, weft_dir_open(&dir, "/")));
    cr_expect(eq(int, weft_dir_open(&dir, "/"), WEFT_EMISUSE));
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_dir_next(&dir, &entry), UV_ECANCELED));
    weft_task_uncancel();
    cr_expect(eq(int, weft_dir_next(&dir, &entry), 1), "nothing is lost by it");
    cr_expect(zero(int, weft_dir_close(&dir)));
}

static int list_next(void *arg)
{
    weft_dir_entry entry;

    return weft_dir_next(arg, &entry);
}

WEFT_TASK_TEST(dir, closing_while_in_use_is_refused)
{
    weft_dir dir = { 0 };
    weft_dir_entry entry;
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_dir_open(&dir, "/")));
    cr_assert(zero(int, weft_spawn(&task, list_next, &dir)));
    cr_assert(zero(int, weft_yield()));
    if (!weft_task_ended(task)) { /* a thread is fast at times */
        cr_expect(eq(int, weft_dir_close(&dir), UV_EBUSY));
        cr_expect(eq(int, weft_dir_next(&dir, &entry), WEFT_EMISUSE));
    }
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, 1));
    cr_expect(zero(int, weft_dir_close(&dir)));
}

/* --- Paths */

WEFT_TASK_TEST(fs, moves_and_removes)
{
    struct stat stat;

    make_root();
    put("a", "text");
    cr_expect(zero(int, weft_fs_rename(at("a"), at("b"))));
    cr_expect(eq(int, weft_fs_stat(at("a"), &stat), UV_ENOENT));
    cr_expect(zero(int, weft_fs_stat(at("b"), &stat)));
    cr_expect(eq(i64, stat.st_size, 4));
    cr_expect(zero(int, symlink("b", at("l"))));
    cr_expect(zero(int, weft_fs_lstat(at("l"), &stat)));
    cr_expect(eq(int, S_ISLNK(stat.st_mode), 1));
    cr_expect(zero(int, weft_fs_unlink(at("l"))));
    cr_expect(zero(int, weft_fs_unlink(at("b"))));
    cr_expect(eq(int, weft_fs_unlink(at("b")), UV_ENOENT));
    cr_expect(zero(int, weft_fs_mkdir(at("d"), 0700)));
    cr_expect(eq(int, weft_fs_mkdir(at("d"), 0700), UV_EEXIST));
    cr_expect(zero(int, weft_fs_rmdir(at("d"))));
    remove_root();
}

/* --- Whole files */

WEFT_TASK_TEST(fs_read, keeps_to_its_limit)
{
    char *data = NULL;
    size_t length;

    make_root();
    put("a", "12345");
    cr_expect(eq(int, weft_fs_read(at("a"), 4, &data, &length), WEFT_ELIMIT));
    cr_expect(eq(ptr, data, NULL));
    cr_assert(zero(int, weft_fs_read(at("a"), 5, &data, &length)));
    cr_expect(eq(str, data, (char *)"12345"));
    free(data);
    put("a", "");
    cr_assert(zero(int, weft_fs_read(at("a"), 0, &data, NULL)));
    cr_expect(eq(str, data, (char *)""));
    free(data);
    cr_expect(eq(int, weft_fs_read(at("none"), 5, &data, &length), UV_ENOENT));
    cr_expect(eq(int, weft_fs_read(root, 5, &data, &length), UV_EISDIR));
    unlink(at("a"));
    remove_root();
}

WEFT_TASK_TEST(fs_read, reads_files_that_tell_no_length)
{
    char *data;
    size_t length;

    cr_assert(zero(int, weft_fs_read("/proc/self/status", 1 << 20, &data, &length)));
    cr_expect(gt(sz, length, 100));
    free(data);
}

static void set_mode(const char *name, mode_t mode)
{
    cr_assert(zero(int, chmod(at(name), mode)));
}

static mode_t mode_of(const char *name)
{
    struct stat stat;

    cr_assert(zero(int, weft_fs_stat(at(name), &stat)));
    return stat.st_mode & 07777;
}

WEFT_TASK_TEST(fs_write, replaces_the_file_as_a_whole)
{
    struct stat before, after;

    make_root();
    umask(022);
    cr_expect(zero(int, weft_fs_write(at("a"), "first", 5, NULL)));
    expect_content("a", "first");
    cr_expect(eq(int, (int)mode_of("a"), 0644), "the umask counts");
    set_mode("a", 0600);
    cr_assert(zero(int, weft_fs_stat(at("a"), &before)));
    cr_expect(zero(int, weft_fs_write(at("a"), "second", 6, NULL)));
    expect_content("a", "second");
    cr_expect(eq(int, (int)mode_of("a"), 0600), "the mode is handed on");
    cr_assert(zero(int, weft_fs_stat(at("a"), &after)));
    cr_expect(ne(u64, before.st_ino, after.st_ino), "it is another file");
    cr_expect(zero(int, weft_fs_write(at("a"), NULL, 0,
                                      &(weft_fs_options){ .mode = 0444, .no_sync = true })));
    cr_expect(eq(int, (int)mode_of("a"), 0444));
    expect_content("a", "");
    unlink(at("a"));
    remove_root();
}

WEFT_TASK_TEST(fs_write, leaves_nothing_behind_when_it_fails)
{
    weft_fs_options exclusive = { .exclusive = true };

    make_root();
    cr_expect(zero(int, weft_fs_write(at("a"), "first", 5, &exclusive)));
    cr_expect(eq(int, weft_fs_write(at("a"), "second", 6, &exclusive), UV_EEXIST));
    expect_content("a", "first");
    cr_expect(zero(int, mkdir(at("d"), 0755)));
    cr_expect(eq(int, weft_fs_write(at("d"), "x", 1, NULL), UV_EISDIR));
    cr_expect(eq(int, weft_fs_write(at("none/a"), "x", 1, NULL), UV_ENOENT));
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_fs_write(at("a"), "second", 6, NULL), UV_ECANCELED));
    weft_task_uncancel();
    expect_content("a", "first");
    rmdir(at("d"));
    unlink(at("a"));
    remove_root();
}

struct writing {
    const char *path;
    const char *data;
    size_t length;
};

static int write_much(void *arg)
{
    const struct writing *writing = arg;

    return weft_fs_write(writing->path, writing->data, writing->length, NULL);
}

/* Cut short at whatever point, the file is the old one or the new one. */
WEFT_TASK_TEST(fs_write, cancelled_it_is_all_or_nothing)
{
    struct writing writing = { .path = at("a"), .length = 8 << 20 };
    char *data = calloc(1, writing.length);

    make_root();
    writing.path = at("a");
    writing.data = data;
    cr_assert(data != NULL);
    for (uint64_t ms = 0; ms < 8; ms++) {
        struct stat stat;
        weft_task *task;
        int result;

        put("a", "old");
        cr_assert(zero(int, weft_spawn(&task, write_much, &writing)));
        cr_assert(zero(int, weft_sleep(ms)));
        weft_task_cancel(task);
        cr_assert(zero(int, weft_task_join(task, &result)));
        cr_assert(zero(int, weft_fs_stat(at("a"), &stat)));
        cr_expect(result == 0 || result == UV_ECANCELED, "not %d", result);
        cr_expect(eq(i64, stat.st_size, result == 0 ? (int64_t)writing.length : 3));
    }
    unlink(at("a"));
    free(data);
    remove_root();
}

WEFT_TASK_TEST(fs_copy, copies_content_and_mode)
{
    make_root();
    put("a", "text");
    set_mode("a", 0640);
    cr_expect(zero(int, weft_fs_copy(at("a"), at("b"), NULL)));
    expect_content("b", "text");
    cr_expect(eq(int, (int)mode_of("b"), 0640));
    cr_expect(eq(int, weft_fs_copy(at("none"), at("b"), NULL), UV_ENOENT));
    cr_expect(eq(int, weft_fs_copy(root, at("b"), NULL), UV_EISDIR));
    cr_expect(zero(int, weft_fs_copy("/proc/sys/kernel/ostype", at("b"),
                                     &(weft_fs_options){ .mode = 0600 })));
    expect_content("b", "Linux\n");
    unlink(at("a"));
    unlink(at("b"));
    remove_root();
}

/* --- Everything that can be refused is told */

static int use_all(void *arg)
{
    weft_dir_entry entry;
    char *data = NULL;
    int rc = weft_fs_write(at("a"), "text", 4, NULL);

    (void)arg;
    if (rc == 0)
        rc = weft_fs_copy(at("a"), at("b"), NULL);
    if (rc == 0)
        rc = weft_fs_read(at("b"), 100, &data, NULL);
    free(data);
    if (rc == 0) {
        WEFT_DIR(dir);
        rc = weft_dir_open(&dir, root);
        if (rc == 0)
            rc = weft_dir_next(&dir, &entry) > 0 ? 0 : UV_EIO;
    }
    return rc;
}

WEFT_TEST(file, every_refusal_is_told)
{
    unsigned long n;

    make_root();
    for (n = 1; n < 100; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(use_all, NULL, &weft_test_unwatched);
        unlink(at("a"));
        unlink(at("b"));
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            break;
        }
        cr_expect(rc == UV_ENOMEM || rc == 0, "allocation %lu: %d", n, rc);
    }
    cr_expect(gt(u64, n, 12));
    remove_root();
}

/* Whichever wait is the one that fails, no file is left open and no temporary one behind. */
WEFT_TEST(file, every_wait_may_fail)
{
    uint64_t runs;
    int before = dup(0), after;

    make_root();
    cr_expect(zero(int, weft_test_fail_waits(use_all, NULL, &runs)));
    cr_expect(ge(u64, runs, 5));
    after = dup(0);
    cr_expect(eq(int, after, before + 1), "a file is left open");
    close(before);
    close(after);
    unlink(at("a"));
    unlink(at("b"));
    remove_root();
}

struct shared {
    weft_file file;
    unsigned next;
};

static int write_mine(void *arg)
{
    struct shared *shared = arg;
    unsigned mine = shared->next++;
    char bytes[4] = { (char)('a' + mine), (char)('a' + mine), (char)('a' + mine),
                      (char)('a' + mine) };
    int rc = weft_file_pwrite(&shared->file, bytes, sizeof(bytes), mine * 4);
    ssize_t n;

    if (rc < 0)
        return rc;
    n = weft_file_pread(&shared->file, bytes, 4, mine * 4);
    return n == 4 && bytes[0] == (char)('a' + mine) ? 0 : UV_EIO;
}

static int share_a_file(void *arg)
{
    struct shared shared = { 0 };
    char text[17] = { 0 };
    int rc = weft_file_open(&shared.file, arg, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (rc == 0) {
        WEFT_GROUP(group, 0);
        for (int i = 0; i < 4 && rc == 0; i++)
            rc = weft_group_go(group, write_mine, &shared);
        if (rc == 0)
            rc = weft_group_wait(group);
    }
    if (rc == 0)
        rc = weft_file_read(&shared.file, text, 16) == 16 ? 0 : UV_EIO;
    weft_file_close(&shared.file);
    return rc == 0 && strcmp(text, "aaaabbbbccccdddd") != 0 ? UV_EIO : rc;
}

WEFT_TEST(file, in_any_order)
{
    char path[512];

    make_root();
    snprintf(path, sizeof(path), "%s", at("a"));
    expect_in_any_order(share_a_file, path);
    unlink(path);
    remove_root();
}

/* --- A range of a file to another */

static void expect_range(int flags, uint64_t offset, uint64_t length, int expected)
{
    struct weft__fs_job job = { .stopped = false };
    char data[20] = "";
    int from = open(at("from"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    int to = open(at("to"), O_RDWR | O_CREAT | O_TRUNC | flags, 0600);
    int rc;

    cr_assert(eq(int, (int)write(from, "0123456789", 10), 10));
    cr_assert(eq(int, (int)lseek(from, 3, SEEK_SET), 3));
    rc = weft__fs_copy_range(&job, from, offset, length, to);
    cr_expect(eq(int, rc, expected));
    cr_expect(eq(int, (int)lseek(from, 0, SEEK_CUR), 3), "it stands where it stood");
    if (rc == 0) {
        cr_expect(eq(int, (int)pread(to, data, sizeof(data), 0), (int)length));
        cr_expect(zero(int, memcmp(data, &"0123456789"[offset], length)));
    }
    job.stopped = true;
    cr_expect(eq(int, weft__fs_copy_range(&job, from, 0, 1, to), UV_ECANCELED));
    close(from);
    close(to);
}

WEFT_TEST(file, ranges_are_copied)
{
    static const int flags[] = { 0, O_APPEND }; /* which the kernel copies to, and does not */

    make_root();
    for (size_t i = 0; i < 2; i++) {
        expect_range(flags[i], 0, 10, 0);
        expect_range(flags[i], 2, 5, 0);
        expect_range(flags[i], 9, 1, 0);
        expect_range(flags[i], 10, 0, 0);
        expect_range(flags[i], 9, 2, UV_EOF);
        expect_range(flags[i], 10, 1, UV_EOF);
    }
    cr_expect(zero(int, unlink(at("from"))));
    cr_expect(zero(int, unlink(at("to"))));
    remove_root();
}
