/*
 * main.c - the to-do service as a program.  The list is kept in the file that $TODO_DB names,
 * todo.db where it is not set.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "app.h"

int main(int argc, char **argv)
{
    const char *path = getenv("TODO_DB");

    return weft_main(todo_app(path != NULL ? path : "todo.db"), argc, argv);
}
