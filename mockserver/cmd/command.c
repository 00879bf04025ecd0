/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix_spawnp(3) is not enough: it does not give a script without "#!" to a shell, as every
 * shell and execvp(3) do (POSIX XCU 2.9.1.1); and what is given to the shell must be the path
 * that was found.
 */
#include "command.h"

#include "cosbase/alloc.h"
#include "cosbase/span.h"
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <sys/stat.h>

static int spawn(pid_t *out, const char *path, char *const argv[], const struct command *c)
{
    posix_spawnattr_t attr;
    int r = posix_spawnattr_init(&attr);

    if (r != 0) {
        return r;
    }
    (void)posix_spawnattr_setsigmask(&attr, c->mask);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    descriptors_restore(c->descriptors);
    r = posix_spawn(out, path, NULL, &attr, argv, c->env);
    struct rlimit ignored;
    descriptors_raise(&ignored);
    (void)posix_spawnattr_destroy(&attr);
    return r;
}

/* Where $PATH has @name, as execvp(3) looks for it; an error number. */
static int find_command(char path[PATH_MAX], const char *name)
{
    const char *list = getenv("PATH");
    struct cos_span rest = cos_span_of(list != NULL ? list : "/usr/local/bin:/usr/bin:/bin");
    int r = ENOENT;

    if (strchr(name, '/') != NULL || name[0] == '\0') {
        (void)snprintf(path, PATH_MAX, "%s", name);
        return name[0] == '\0' ? ENOENT : strlen(name) >= PATH_MAX ? ENAMETOOLONG : 0;
    }
    while (rest.ptr != NULL) {
        struct cos_span dir = cos_span_cut(&rest, ':');
        int n = snprintf(path, PATH_MAX, COS_SPAN_FMT "%s%s", COS_SPAN_ARG(dir),
                         dir.len == 0 ? "" : "/", name);

        struct stat st;
        if (n < 0 || n >= PATH_MAX || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
            continue;
        }
        if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0) {
            return 0;
        }
        r = EACCES; /* unless a later directory has one that runs */
    }
    return r;
}

/* A shell runs what the kernel does not know, unless a NUL in its first line says that it is no
 * text (POSIX XCU 2.9.1.1, as bash and dash do). */
static bool is_text(const char *path)
{
    char head[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));

    if (fd >= 0) {
        (void)close(fd);
    }
    if (n < 0) {
        return false;
    }
    const char *end = memchr(head, '\n', (size_t)n);
    return memchr(head, '\0', end == NULL ? (size_t)n : (size_t)(end - head)) == NULL;
}

int command_start(pid_t *out, const struct command *c)
{
    char path[PATH_MAX];
    int r = find_command(path, c->argv[0]);

    r = r != 0 ? r : spawn(out, path, c->argv, c);
    if (r != ENOEXEC || !is_text(path)) {
        return r;
    }
    size_t n = 0;
    while (c->argv[n] != NULL) {
        n++;
    }
    char **words = cos_calloc(n + 2, sizeof(*words));
    if (words == NULL) {
        return ENOMEM;
    }
    words[0] = c->argv[0];
    words[1] = path;
    memcpy(words + 2, c->argv + 1, n * sizeof(*words)); /* with the NULL */
    r = spawn(out, "/bin/sh", words, c);
    cos_free(words);
    return r;
}
