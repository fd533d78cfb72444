/*
 * app.c - a to-do list service, whose contract is that of the Todo-Backend project: GET /
 * lists, POST / adds, DELETE / clears; GET, PATCH and DELETE /{id} work on one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>
#include <string.h>
#include <weft/middleware/access_log.h>
#include <weft/middleware/cors.h>
#include <weft/middleware/request_id.h>

#include "store.h"

static const weft_key store_key = { .name = "store" };

/* --- The store, off the loop ---------------------------------------------------------------
 */

/* One call of the store; the fields that a call needs are its arguments and results. */
typedef struct job {
    store *store;
    int64_t id;
    todo item;
    todo_list list;
    todo_change change;
} job;

static int run_list(void *arg)
{
    job *j = arg;
    return store_list(j->store, &j->list);
}

static int run_get(void *arg)
{
    job *j = arg;
    return store_get(j->store, j->id, &j->item);
}

static int run_add(void *arg)
{
    job *j = arg;
    return store_add(j->store, &j->item);
}

static int run_change(void *arg)
{
    job *j = arg;
    return store_change(j->store, j->id, &j->change, &j->item);
}

static int run_delete(void *arg)
{
    job *j = arg;
    return store_delete(j->store, j->id);
}

static int run_clear(void *arg)
{
    job *j = arg;
    return store_clear(j->store);
}

static job job_of(weft_request *req)
{
    return (job){ .store = weft_state(req, &store_key) };
}

/* --- JSON ------------------------------------------------------------------------------------
 */

static json_t *to_json(weft_request *req, const todo *item)
{
    const char *url = weft_absolute_url_for(req, "todo", item->id);

    return json_pack("{s:I, s:s, s:b, s:o, s:s}", "id", (json_int_t)item->id, "title",
                     item->title, "completed", item->completed, "order",
                     item->has_order ? json_integer(item->order) : json_null(), "url", url);
}

/* Of weft_json() NULL would be a mistake of the program's, and a 500; here it means that memory
 * was out. */
static weft_response *reply_json(weft_request *req, int status, json_t *value)
{
    return value != NULL ? weft_json(req, status, value) : weft_error(req, UV_ENOMEM);
}

/*
 * Read the members that `body` has into `change`; the strings are the body's.  `completed` is
 * where its value goes.  0, or WEFT_EANSWERED: 422.
 */
static int read_change(weft_request *req, const json_t *body, todo_change *change,
                       bool *completed)
{
    const json_t *title = json_object_get(body, "title");
    const json_t *done = json_object_get(body, "completed");
    const json_t *order = json_object_get(body, "order");

    if (!json_is_object(body))
        return weft_fail(req, 422, "the body must be an object");
    if (title != NULL) {
        change->title = json_string_value(title);
        if (change->title == NULL || change->title[0] == '\0' ||
            strlen(change->title) != json_string_length(title))
            return weft_fail(req, 422, "title must be a string that is not empty");
    }
    if (done != NULL) {
        if (!json_is_boolean(done))
            return weft_fail(req, 422, "completed must be true or false");
        *completed = json_is_true(done);
        change->completed = completed;
    }
    if (order != NULL) {
        if (!json_is_integer(order) && !json_is_null(order))
            return weft_fail(req, 422, "order must be an integer or null");
        change->set_order = true;
        change->has_order = json_is_integer(order);
        change->order = json_integer_value(order);
    }
    return 0;
}

static weft_response *failure(weft_request *req, const job *j, int code)
{
    if (code == UV_ENOENT)
        return weft_problem(req, 404, "there is no to-do %" PRId64, j->id);
    return weft_error(req, code);
}

/* --- Handlers -------------------------------------------------------------------------- */

static weft_response *list_todos(weft_request *req)
{
    job j = job_of(req);
    int rc = weft_offload(run_list, &j);
    json_t *array;

    if (rc < 0)
        return weft_error(req, rc);
    array = json_array();
    for (size_t i = 0; i < j.list.count && rc == 0; i++)
        rc = json_array_append_new(array, to_json(req, &j.list.items[i]));
    todo_list_done(&j.list);
    if (rc < 0) {
        json_decref(array);
        return weft_error(req, UV_ENOMEM);
    }
    return reply_json(req, 200, array);
}

static weft_response *add_todo(weft_request *req)
{
    job j = job_of(req);
    bool completed = false;
    weft_response *res;
    json_t *body;
    int rc = weft_json_body(req, &body);

    if (rc == 0)
        rc = read_change(req, body, &j.change, &completed);
    if (rc == 0 && j.change.title == NULL)
        rc = weft_fail(req, 422, "title is missing");
    if (rc < 0)
        return weft_error(req, rc);
    j.item = (todo){ .title = (char *)j.change.title, /* the body's, not freed here */
                     .completed = completed,
                     .has_order = j.change.has_order,
                     .order = j.change.order };
    rc = weft_offload(run_add, &j);
    if (rc < 0)
        return weft_error(req, rc);
    res = reply_json(req, 201, to_json(req, &j.item));
    weft_set_header(res, "Location", weft_absolute_url_for(req, "todo", j.item.id));
    return res;
}

static weft_response *clear_todos(weft_request *req)
{
    job j = job_of(req);
    int rc = weft_offload(run_clear, &j);

    return rc < 0 ? weft_error(req, rc) : weft_empty(req, 204);
}

/* The answer to a call that gives one to-do. */
static weft_response *reply_todo(weft_request *req, job *j, int rc)
{
    weft_response *res;

    if (rc < 0)
        return failure(req, j, rc);
    res = reply_json(req, 200, to_json(req, &j->item));
    todo_done(&j->item);
    return res;
}

static weft_response *get_todo(weft_request *req)
{
    job j = job_of(req);

    j.id = weft_path_int(req, "id");
    return reply_todo(req, &j, weft_offload(run_get, &j));
}

static weft_response *change_todo(weft_request *req)
{
    job j = job_of(req);
    bool completed;
    json_t *body;
    int rc = weft_json_body(req, &body);

    j.id = weft_path_int(req, "id");
    if (rc == 0)
        rc = read_change(req, body, &j.change, &completed);
    if (rc == 0)
        rc = weft_offload(run_change, &j);
    return reply_todo(req, &j, rc);
}

static weft_response *health(weft_request *req)
{
    return weft_text(req, 200, "ok");
}

static weft_response *delete_todo(weft_request *req)
{
    job j = job_of(req);
    int rc;

    j.id = weft_path_int(req, "id");
    rc = weft_offload(run_delete, &j);
    return rc < 0 ? failure(req, &j, rc) : weft_empty(req, 204);
}

/* --- The app --------------------------------------------------------------------------- */

typedef struct opening {
    const char *path;
    store *store;
} opening;

static int run_open(void *arg)
{
    opening *o = arg;
    return store_open(o->path, &o->store);
}

static int start(weft_app *app, void *path)
{
    opening o = { .path = path };
    int rc = weft_offload(run_open, &o);

    if (rc < 0) {
        weft_log(WEFT_LOG_ERROR, "cannot open %s: %s", o.path, weft_strerror(rc));
        return rc;
    }
    return weft_app_set(app, &store_key, o.store);
}

static int run_close(void *s)
{
    store_close(s);
    return 0;
}

static void stop(weft_app *app, void *path)
{
    store *s = weft_app_get(app, &store_key);

    (void)path;
    if (weft_offload(run_close, s) < 0)
        store_close(s); /* no thread to be had */
}

weft_app *todo_app(const char *path)
{
    weft_app *app = weft_app_new("todo");

    weft_on_lifespan(app, start, stop, (void *)path);
    weft_use_request_id(app, NULL);
    weft_use_access_log(app, &(weft_access_log_options){ .skip = WEFT_LIST("/healthz") });
    weft_use_cors(app, &(weft_cors_options){ .origins = WEFT_LIST("*"),
                                             .expose = WEFT_LIST("Location", "X-Request-ID") });

    weft_get(app, "/", list_todos, .name = "todos", .summary = "List all to-dos");
    weft_post(app, "/", add_todo, .name = "add_todo", .summary = "Add a to-do");
    weft_delete(app, "/", clear_todos, .name = "clear_todos", .summary = "Delete all to-dos");
    weft_get(app, "/{id:int}", get_todo, .name = "todo", .summary = "One to-do");
    weft_patch(app, "/{id:int}", change_todo, .name = "change_todo",
               .summary = "Change what is sent of a to-do");
    weft_delete(app, "/{id:int}", delete_todo, .name = "delete_todo",
                .summary = "Delete a to-do");
    weft_get(app, "/healthz", health, .name = "health", .summary = "Is it alive?");
    return app;
}
