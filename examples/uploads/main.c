/*
 * A folder that files are put into: by a form in a page, or by PUT.
 *
 *     ./dev run uploads
 *     curl -T backup.tar http://127.0.0.1:8080/files/backup.tar
 *
 * UPLOADS in the environment names another folder than ./uploads.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

static const weft_key folder_key = { "folder" };

/* The path of a file; NULL, with the answer stored, for a name that is none of ours. */
static const char *path_of(weft_request *req, const char *name)
{
    if (is_safe(req, name))
        return weft_printf(req, "%s/%s", (const char *)weft_state(req, &folder_key), name);
    (void)weft_fail(req, 400, "a file name without slashes, colons and a leading dot");
    return NULL;
}

/* What became of a file: a folder may have the name. */
static weft_response *failed(weft_request *req, int rc)
{
    switch (rc) {
    case UV_ENOENT:
        return weft_problem(req, 404, "there is no such file");
    case UV_EISDIR:
    case UV_EPERM: /* of a folder that is to be removed, by POSIX */
        return weft_problem(req, 409, "a folder has this name");
    default:
        return weft_error(req, rc);
    }
}

static weft_response *list(weft_request *req)
{
    return page(req, weft_state(req, &folder_key));
}

/* Files of a form: several at once, each as a whole or not at all. */
static weft_response *take_form(weft_request *req)
{
    weft_upload *file = NULL;
    int rc = weft_read_form_with(req, &(weft_form_options){ .max_files = 100 });

    while (rc == 0 && weft_form_file_next(req, &file)) {
        const char *name = weft_safe_filename(req, weft_upload_filename(file));

        rc = name == NULL ? UV_ENOMEM
                          : weft_upload_save(file, path_of(req, name),
                                             &(weft_fs_options){ .no_sync = true });
    }
    return rc < 0 ? failed(req, rc) : weft_redirect(req, 303, "/");
}

/* Whether the file may be changed, as far as the client's conditions go: 0 or a code. */
static int may_change(weft_request *req, const char *path)
{
    int status = path == NULL ? WEFT_EANSWERED : weft_check_file_preconditions(req, path);

    return status > 0 ? weft_fail(req, status, "the file is not what it was") : status;
}

/* One file of any length, straight to disk. */
static weft_response *put(weft_request *req)
{
    const char *path = path_of(req, weft_path_str(req, "name"));
    int64_t size = may_change(req, path);
    struct stat before;
    int status;

    if (size < 0)
        return failed(req, (int)size);
    if (weft_header(req, "Content-Range") != NULL) /* what is a part would pass for all */
        return weft_problem(req, 400, "only whole files are taken");
    status = weft_fs_stat(path, &before) == 0 ? 200 : 201;
    size = weft_save_body(req, path, &(weft_fs_options){ .no_sync = true });
    if (size < 0)
        return failed(req, (int)size);
    return weft_text(req, status, weft_printf(req, "%" PRId64 " bytes\n", size));
}

static weft_response *get(weft_request *req)
{
    const char *path = path_of(req, weft_path_str(req, "name"));

    if (path == NULL)
        return NULL;
    return weft_send_file(req, path,
                          &(weft_file_options){ .attachment = weft_path_str(req, "name") });
}

static weft_response *delete (weft_request *req)
{
    const char *path = path_of(req, weft_path_str(req, "name"));
    int rc = may_change(req, path);

    if (rc == 0)
        rc = weft_fs_unlink(path);
    return rc < 0 ? failed(req, rc) : weft_empty(req, 204);
}

/* In a task of the worker's, before the first request. */
static int make_folder(weft_app *app, void *arg)
{
    int rc = weft_fs_mkdir(arg, 0777);

    (void)app;
    return rc == UV_EEXIST ? 0 : rc;
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("uploads");
    const char *chosen = getenv("UPLOADS");
    char *folder = (char *)(chosen == NULL ? "uploads" : chosen);

    /* However long they are, and however long they take: those who stall are cut off anyway. */
    weft_app_configure(
        app, &(weft_app_options){ .max_body_bytes = WEFT_UNLIMITED, .timeout_ms = UINT32_MAX });
    weft_app_set(app, &folder_key, folder);
    weft_on_lifespan(app, make_folder, NULL, folder);
    weft_get(app, "/", list);
    weft_post(app, "/", take_form);
    weft_get(app, "/files/{name}", get, .name = "file");
    weft_put(app, "/files/{name}", put);
    weft_delete(app, "/files/{name}", delete);
    return weft_main(app, argc, argv);
}
