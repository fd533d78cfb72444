/*
 * A SQLite connection whose calls run on threads: see database.h.
 *
 * Three things make a blocking library a good citizen:
 *   - each call is one weft_offload(), with its arguments and results in a struct on the stack,
 *     which stays there until the function has returned;
 *   - a cancel reaches into a running call by its interrupt hook;
 *   - closing is not cancelled.
 *
 * SPDX-License-Identifier: MIT
 */
#include "database.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { STEPS_BETWEEN_LOOKS = 1000 }; /* of SQLite's virtual machine: some microseconds */

static int code_of(int sqlite_rc)
{
    switch (sqlite_rc) {
    case SQLITE_OK:
    case SQLITE_ROW:
        return 0;
    case SQLITE_DONE:
        return UV_ENOENT;
    case SQLITE_INTERRUPT:
        return UV_ECANCELED;
    case SQLITE_NOMEM:
        return UV_ENOMEM;
    default:
        return UV_EIO;
    }
}

/* --- Opening and closing */

struct opening {
    struct database *db;
    const char *path;
};

static int open_on_thread(void *arg)
{
    const struct opening *opening = arg;
    int rc = sqlite3_open(opening->path, &opening->db->handle);

    if (rc != SQLITE_OK) { /* there may be a handle even so */
        sqlite3_close(opening->db->handle);
        opening->db->handle = NULL;
    }
    return code_of(rc);
}

int database_open(struct database *db, const char *path)
{
    struct opening opening = { .db = db, .path = path };

    db->handle = NULL;
    return weft_offload(open_on_thread, &opening);
}

static int close_on_thread(void *arg)
{
    struct database *db = arg;

    sqlite3_close(db->handle);
    db->handle = NULL;
    return 0;
}

void database_close(struct database *db)
{
    if (db->handle == NULL)
        return;
    {
        WEFT_SHIELD(closing, 0);
        (void)!weft_offload(close_on_thread, db);
    }
    if (db->handle != NULL) /* no thread could take it */
        close_on_thread(db);
}

/* --- Asking */

struct question {
    struct database *db;
    const char *sql;
    int64_t number;
    atomic_bool stopped;
};

/* On the loop's thread, at most once. */
static void stop(void *arg)
{
    struct question *question = arg;

    atomic_store(&question->stopped, true);
}

/*
 * SQLite calls it now and then while a statement runs.  sqlite3_interrupt() would be lost when
 * it comes before the thread has got as far as the statement; a flag is not.
 */
static int is_stopped(void *arg)
{
    struct question *question = arg;

    return atomic_load(&question->stopped);
}

static int ask_on_thread(void *arg)
{
    struct question *question = arg;
    sqlite3 *handle = question->db->handle;
    sqlite3_stmt *statement = NULL;
    int rc;

    sqlite3_progress_handler(handle, STEPS_BETWEEN_LOOKS, is_stopped, question);
    rc = sqlite3_prepare_v2(handle, question->sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        question->number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_progress_handler(handle, 0, NULL, NULL);
    return code_of(rc);
}

int database_ask(struct database *db, const char *sql, int64_t *ret_number)
{
    struct question question = { .db = db, .sql = sql };
    int rc = weft_offload_with(ask_on_thread, &question,
                               &(weft_offload_options){ .interrupt = stop });

    if (rc == UV_ECANCELED) {
        int why = weft_check_cancelled(); /* a cancel, or the time */

        return why < 0 ? why : rc;
    }
    if (rc == 0)
        *ret_number = question.number;
    return rc;
}
