/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets. explicit_bzero is the wipe: the compiler may not drop it. Making the process
 * non-dumpable also stops other processes of the same user from reading /proc/PID/mem; it is
 * skipped while a tracer is attached, because a debugger needs that door and is there on
 * purpose.
 */
#include "cosbase/secret.h"

#include "cosbase/alloc.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { HINT_BYTES = 4, SHORTEST_HINTED_BYTES = 8 };

/* The kernel says "TracerPid:\t0" when nobody traces; anything unreadable counts as nobody. */
static bool is_traced(void)
{
    char status[4096];
    static const struct cos_span field = COS_SPAN_LIT("TracerPid:\t");
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, status, sizeof(status));
    (void)close(fd);
    struct cos_span text = cos_span_make(status, n > 0 ? (size_t)n : 0);
    size_t at = cos_span_find(text, field);
    if (at == SIZE_MAX) {
        return false;
    }
    struct cos_span value = cos_span_from(text, at + field.len);
    return value.len > 0 && value.ptr[0] != '0';
}

int cos_secret_set(struct cos_secret *s, struct cos_span value)
{
    char *copy = cos_strndup(value.ptr, value.len);
    if (copy == NULL) {
        return -1;
    }
    cos_secret_deinit(s);
    *s = (struct cos_secret){copy, value.len};
    return 0;
}

void cos_secret_deinit(struct cos_secret *s)
{
    if (s->ptr != NULL) {
        cos_wipe(s->ptr, s->len);
        cos_free(s->ptr);
    }
    *s = (struct cos_secret){NULL, 0};
}

struct cos_span cos_secret_view(const struct cos_secret *s)
{
    return s->ptr == NULL ? COS_SPAN_EMPTY : (struct cos_span){s->ptr, s->len};
}

void cos_secret_hint(char out[8], struct cos_span value)
{
    size_t n = value.len < SHORTEST_HINTED_BYTES ? 0 : HINT_BYTES;
    for (size_t i = 0; i < n; i++) {
        bool is_printable = value.ptr[i] >= ' ' && value.ptr[i] <= '~';
        out[i] = is_printable ? value.ptr[i] : '?';
    }
    memcpy(out + n, "\xe2\x80\xa6", 4);
}

void cos_wipe(void *p, size_t n)
{
    if (n > 0) {
        explicit_bzero(p, n);
    }
}

void cos_secret_no_core(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* lowering one's own limit cannot be refused */
    if (!is_traced()) {
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}
