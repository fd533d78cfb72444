/*
 * A SQLite connection whose calls run on threads: a blocking library made to wait as the rest
 * of a program does.
 *
 * One task at a time uses a connection.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <sqlite3.h>
#include <stdint.h>
#include <weft/task.h>

struct database {
    sqlite3 *handle; /* NULL: closed */
};

/* 0: close it with database_close().  UV_EIO and codes of waits. */
WEFT_SUSPENDS int database_open(struct database *db, const char *path);

/* Closes whatever the state of the task. */
WEFT_SUSPENDS void database_close(struct database *db);

/*
 * The number in the first row and column that `sql` gives.  A cancel or a deadline cuts it
 * short: UV_ECANCELED or UV_ETIMEDOUT, and the connection can be used on.
 */
WEFT_SUSPENDS int database_ask(struct database *db, const char *sql, int64_t *ret_number);

#endif
