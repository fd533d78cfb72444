/*
 * main.c - the to-do service as a program.  The list is kept in the file that $TODO_DB names,
 * todo.db where it is not set or empty.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "app.h"

int main(int argc, char **argv)
{
    const char *path = getenv("TODO_DB");

    if (path == NULL || *path == '\0')
        path = "todo.db";
    return weft_main(todo_app(path), argc, argv);
}
