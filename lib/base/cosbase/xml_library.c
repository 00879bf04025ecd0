/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By its name and version of the interface, so the loader looks where it always looks.
 * Rejected: opening it behind a program's start, when nobody waits: the memory would be taken
 * after all.
 */
#include "cosbase/xml_library.h"

#include <dlfcn.h>
#include <pthread.h>

#define SONAME "libxml2.so.2"

static struct xml_library library;
static char complaint[300];

#define ROW(name) {#name, offsetof(struct xml_library, name)},
static const struct {
    const char *name;
    size_t at;
} rows[] = {XML_LIBRARY(ROW)};

static void complain(void)
{
    const char *why = dlerror();
    (void)snprintf(complaint, sizeof(complaint), "cannot read XML without " SONAME ": %s",
                   why == NULL ? "it cannot be opened" : why);
    library.complaint = complaint;
}

static void load(void)
{
    void *handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        complain();
        return;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        void *function = dlsym(handle, rows[i].name);
        if (function == NULL) {
            complain();
            return;
        }
        memcpy((char *)&library + rows[i].at, &function, sizeof(function));
    }
    library.xmlInitParser();
}

const struct xml_library *xml_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return &library;
}
