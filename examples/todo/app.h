/*
 * app.h - the to-do service as an app, for main() and for tests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TODO_APP_H
#define TODO_APP_H

#include <weft.h>

/* `path`: of the SQLite file; borrowed for the app's life. */
weft_app *todo_app(const char *path);

#endif
