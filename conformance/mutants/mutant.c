/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which planted defect is on. One at a time for the whole process, chosen when a plugin is
 * created (the rows of plugin/instance.c). The one mutable static here, and no part of anything
 * that ships.
 */
#include "mutant.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 64

/* The name is written before the flag and never while a plugin is alive. */
static char selected[MAX_NAME];
static atomic_bool is_selected;

void mutant_select(const char *name)
{
    atomic_store(&is_selected, false);
    if (name == NULL || name[0] == '\0' || strcmp(name, "none") == 0 ||
        strlen(name) >= MAX_NAME) {
        return;
    }
    memcpy(selected, name, strlen(name) + 1);
    atomic_store(&is_selected, true);
}

bool mutant_is(const char *name)
{
    return atomic_load_explicit(&is_selected, memory_order_acquire) &&
           strcmp(selected, name) == 0;
}

void mutant_select_by_environment(void)
{
    const char *name = getenv("COSN_MUTANT");
    if (name != NULL) {
        mutant_select(name);
    }
}
