/* SPDX-License-Identifier: Apache-2.0 */
/* Files by their digests: taken once before a run, and again behind it. */
#include "artifact.h"

#include "cosbase/file.h"

#include <errno.h>
#include <string.h>

int artifacts_add(struct artifacts *a, const char *path, enum artifact_role role)
{
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i].path, path) == 0) {
            return 0;
        }
    }
    if (a->n == ARTIFACTS_MAX) {
        return -E2BIG;
    }
    struct artifact *one = &a->items[a->n];
    *one = (struct artifact){.path = path, .role = role};
    int r = cos_file_sha256(one->sha256, path);
    a->n += r == 0 ? 1 : 0;
    return r;
}

const struct artifact *artifacts_changed(const struct artifacts *a)
{
    for (size_t i = 0; i < a->n; i++) {
        char now[65] = "";
        if (cos_file_sha256(now, a->items[i].path) < 0 ||
            strcmp(now, a->items[i].sha256) != 0) {
            return &a->items[i];
        }
    }
    return NULL;
}

bool artifact_holds_mutants(const struct artifact *a)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, (size_t)512 << 20);
    return cos_file_read(&b, a->path) < 0 ||
           cos_span_find(cos_buf_view(&b), COS_SPAN_LIT("COSN_MUTANT")) != SIZE_MAX;
}

const char *artifact_name(const struct artifact *a)
{
    const char *slash = strrchr(a->path, '/');
    return slash != NULL ? slash + 1 : a->path;
}
