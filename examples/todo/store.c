/*
 * store.c - see store.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum statement { LIST, GET, ADD, CHANGE, DELETE, CLEAR, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [LIST] = "SELECT id, title, completed, position FROM todo ORDER BY id",
    [GET] = "SELECT id, title, completed, position FROM todo WHERE id = ?1",
    [ADD] = "INSERT INTO todo (title, completed, position) VALUES (?1, ?2, ?3)",
    [CHANGE] =
        "UPDATE todo SET title = coalesce(?2, title), completed = coalesce(?3, completed),"
        " position = CASE WHEN ?4 THEN ?5 ELSE position END WHERE id = ?1"
        " RETURNING id, title, completed, position",
    [DELETE] = "DELETE FROM todo WHERE id = ?1",
    [CLEAR] = "DELETE FROM todo",
};

struct store {
    pthread_mutex_t lock; /* one statement at a time: they are kept and used again */
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

static int code_of(int sqlite)
{
    switch (sqlite & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_NOMEM:
        return UV_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return UV_EBUSY;
    case SQLITE_FULL:
        return UV_ENOSPC;
    default:
        return UV_EIO;
    }
}

/* --- Opening --------------------------------------------------------------------------- */

static int prepare(store *s)
{
    static const char schema[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;"
        "CREATE TABLE IF NOT EXISTS todo (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " title TEXT NOT NULL, completed INTEGER NOT NULL, position INTEGER)";
    int rc = sqlite3_exec(s->db, schema, NULL, NULL, NULL);

    for (int i = 0; i < STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i],
                                NULL);
    return code_of(rc);
}

int store_open(const char *path, store **ret_store)
{
    store *s = calloc(1, sizeof(*s));
    int rc;

    if (s == NULL)
        return UV_ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    rc = code_of(sqlite3_open(path, &s->db));
    if (rc == 0)
        rc = prepare(s);
    if (rc < 0) {
        store_close(s);
        return rc;
    }
    *ret_store = s;
    return 0;
}

void store_close(store *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* --- Statements ------------------------------------------------------------------------ */

static sqlite3_stmt *begin(store *s, enum statement which)
{
    pthread_mutex_lock(&s->lock);
    return s->statements[which];
}

static void end(store *s, sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    pthread_mutex_unlock(&s->lock);
}

static int read_row(sqlite3_stmt *row, todo *ret_todo)
{
    const char *title = (const char *)sqlite3_column_text(row, 1);
    todo item = {
        .id = sqlite3_column_int64(row, 0),
        .title = title != NULL ? strdup(title) : NULL,
        .completed = sqlite3_column_int(row, 2) != 0,
        .has_order = sqlite3_column_type(row, 3) != SQLITE_NULL,
        .order = sqlite3_column_int64(row, 3),
    };

    if (item.title == NULL)
        return UV_ENOMEM;
    *ret_todo = item;
    return 0;
}

/* Run a statement that gives one row or none. */
static int read_one(sqlite3_stmt *statement, todo *ret_todo)
{
    int rc = sqlite3_step(statement);

    if (rc == SQLITE_DONE)
        return UV_ENOENT;
    if (rc != SQLITE_ROW)
        return code_of(rc);
    rc = read_row(statement, ret_todo);
    if (rc == 0 && sqlite3_step(statement) != SQLITE_DONE) { /* an UPDATE ends with this step */
        todo_done(ret_todo);
        return UV_EIO;
    }
    return rc;
}

static int append(todo_list *list, size_t *room, sqlite3_stmt *row)
{
    if (list->count == *room) {
        size_t more = *room == 0 ? 16 : *room * 2;
        todo *items = reallocarray(list->items, more, sizeof(*items));

        if (items == NULL)
            return UV_ENOMEM;
        list->items = items;
        *room = more;
    }
    if (read_row(row, &list->items[list->count]) < 0)
        return UV_ENOMEM;
    list->count++;
    return 0;
}

int store_list(store *s, todo_list *ret_list)
{
    sqlite3_stmt *rows = begin(s, LIST);
    todo_list list = { 0 };
    size_t room = 0;
    int step, rc = 0;

    while (rc == 0 && (step = sqlite3_step(rows)) == SQLITE_ROW)
        rc = append(&list, &room, rows);
    if (rc == 0)
        rc = code_of(step);
    end(s, rows);
    if (rc < 0)
        todo_list_done(&list);
    else
        *ret_list = list;
    return rc;
}

int store_get(store *s, int64_t id, todo *ret_todo)
{
    sqlite3_stmt *row = begin(s, GET);
    int rc;

    sqlite3_bind_int64(row, 1, id);
    rc = read_one(row, ret_todo);
    end(s, row);
    return rc;
}

int store_add(store *s, todo *item)
{
    sqlite3_stmt *insert = begin(s, ADD);
    int rc;

    sqlite3_bind_text(insert, 1, item->title, -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 2, item->completed);
    if (item->has_order)
        sqlite3_bind_int64(insert, 3, item->order);
    rc = code_of(sqlite3_step(insert));
    if (rc == 0)
        item->id = sqlite3_last_insert_rowid(s->db);
    end(s, insert);
    return rc;
}

int store_change(store *s, int64_t id, const todo_change *change, todo *ret_todo)
{
    sqlite3_stmt *update = begin(s, CHANGE);
    int rc;

    sqlite3_bind_int64(update, 1, id);
    if (change->title != NULL)
        sqlite3_bind_text(update, 2, change->title, -1, SQLITE_STATIC);
    if (change->completed != NULL)
        sqlite3_bind_int(update, 3, *change->completed);
    sqlite3_bind_int(update, 4, change->set_order);
    if (change->has_order)
        sqlite3_bind_int64(update, 5, change->order);
    rc = read_one(update, ret_todo);
    end(s, update);
    return rc;
}

int store_delete(store *s, int64_t id)
{
    sqlite3_stmt *delete = begin(s, DELETE);
    int rc;

    sqlite3_bind_int64(delete, 1, id);
    rc = code_of(sqlite3_step(delete));
    if (rc == 0 && sqlite3_changes(s->db) == 0)
        rc = UV_ENOENT;
    end(s, delete);
    return rc;
}

int store_clear(store *s)
{
    sqlite3_stmt *delete = begin(s, CLEAR);
    int rc = code_of(sqlite3_step(delete));

    end(s, delete);
    return rc;
}

/* --- Freeing --------------------------------------------------------------------------- */

void todo_done(todo *item)
{
    free(item->title);
    *item = (todo){ 0 };
}

void todo_list_done(todo_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        todo_done(&list->items[i]);
    free(list->items);
    *list = (todo_list){ 0 };
}
