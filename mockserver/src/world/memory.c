/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory there is. A container's limit stands in its control group: of the group
 * itself or of any above it, the least counts (cgroups(7), kernel
 * Documentation/admin-guide/cgroup-v2.rst "memory.max", cgroup-v1/memory.rst
 * "memory.limit_in_bytes"). Inside a container the mount may begin at the container's own
 * group, so that the path of /proc/self/cgroup does not exist below it: the mount's own top is
 * asked in any case. What cannot be read limits nothing.
 */
#include "world/memory.h"

#include "cosbase/file.h"
#include "cosbase/span.h"

#include <sys/resource.h>

#define PATH_BYTES 1024

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool read_small(struct cos_buf *text, const char *path)
{
    cos_buf_init(text, 64u << 10);
    return cos_file_read(text, path) == 0;
}

/* The number in a file; "max", nonsense and no file are no limit. */
static uint64_t limit_in_file(const char *path)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    uint64_t bytes;
    if (!read_small(&text, path) || !cos_span_u64(cos_span_trim(cos_buf_view(&text)), &bytes)) {
        return UINT64_MAX;
    }
    return bytes;
}

/* Of the group at @path and of every group above it, up to the mount's top. */
static uint64_t limit_of_groups(const char *mount, struct cos_span path, const char *file)
{
    uint64_t bytes = UINT64_MAX;
    for (;;) {
        char name[PATH_BYTES];
        size_t slash = cos_span_rchr(path, '/');
        if (snprintf(name, sizeof(name), "%s" COS_SPAN_FMT "/%s", mount, COS_SPAN_ARG(path),
                     file) < (int)sizeof(name)) {
            bytes = least(bytes, limit_in_file(name));
        }
        if (slash == SIZE_MAX) {
            return bytes;
        }
        path = cos_span_sub(path, 0, slash);
    }
}

/* "0::/path" is version 2; "4:memory,cpu:/path" the memory controller of version 1. */
static uint64_t limit_of_line(const char *root, struct cos_span line)
{
    struct cos_span rest = line;
    struct cos_span number = cos_span_cut(&rest, ':');
    struct cos_span controllers = rest.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&rest, ':');
    if (rest.ptr == NULL) {
        return UINT64_MAX;
    }
    char mount[PATH_BYTES / 2];
    if (cos_span_eq_str(number, "0") && controllers.len == 0) {
        (void)snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup", root);
        return limit_of_groups(mount, rest, "memory.max");
    }
    if (cos_span_find(controllers, COS_SPAN_LIT("memory")) == SIZE_MAX) {
        return UINT64_MAX;
    }
    (void)snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup/memory", root);
    return limit_of_groups(mount, rest, "memory.limit_in_bytes");
}

static uint64_t limit_of_container(const char *root)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    char path[PATH_BYTES];
    uint64_t bytes = UINT64_MAX;
    (void)snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    if (!read_small(&text, path)) {
        return bytes;
    }
    for (struct cos_span rest = cos_buf_view(&text); rest.ptr != NULL;) {
        bytes = least(bytes, limit_of_line(root, cos_span_trim(cos_span_cut(&rest, '\n'))));
    }
    return bytes;
}

static uint64_t limit_of_process(int resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
               ? (uint64_t)limit.rlim_cur
               : UINT64_MAX;
}

static uint64_t machine_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : UINT64_MAX;
}

uint64_t memory_available_bytes(const char *root)
{
    uint64_t bytes = least(machine_bytes(), limit_of_container(root));
    return least(bytes, least(limit_of_process(RLIMIT_AS), limit_of_process(RLIMIT_DATA)));
}
