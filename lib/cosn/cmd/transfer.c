/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that move bytes: cat, put, get. A local file appears under its name only when all of it has arrived; a remote one anyway.
 */
#include "cmd.h"

#include "cosbase/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define CHUNK_BYTES (1u << 20)

static int local_failure(const char *what, const char *path)
{
    cmd_complain("cannot %s %s: %s", what, path, strerror(errno));
    return EXIT_FAILED;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return false;
        }
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* --- remote to descriptor --- */

static int copy_out(struct cmd_session *s, struct cosn_reader *r, int fd, const char *local,
                    struct cmd_progress *progress)
{
    struct cosn_error err = COSN_ERROR_INIT;
    char *chunk = cos_malloc(CHUNK_BYTES);
    if (chunk == NULL) {
        cmd_complain("out of memory");
        return EXIT_FAILED;
    }
    int status = EXIT_DONE;
    size_t n = 1;
    while (status == EXIT_DONE && n > 0) {
        if (cosn_reader_read(r, chunk, CHUNK_BYTES, &n, &err) < 0) {
            status = cmd_report(s, &err);
        } else if (n > 0 && !write_all(fd, chunk, n)) {
            status = local_failure("write to", local);
        } else {
            cmd_progress_step(progress, cosn_reader_position(r));
        }
    }
    cos_free(chunk);
    return status;
}

static int fetch(struct cmd_session *s, const char *where, int fd, const char *local)
{
    struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_reader *r = NULL;
    if (cosn_fs_open_read(fs, &r, where, &err) < 0) {
        status = cmd_report(s, &err);
    } else {
        struct cmd_progress progress;
        bool to_terminal = isatty(fd) == 1;
        cmd_progress_start(&progress, s, last_name(where), cosn_reader_length_bytes(r));
        progress.is_on = progress.is_on && !to_terminal;
        status = copy_out(s, r, fd, local, &progress);
        cmd_progress_end(&progress);
    }
    (void)cosn_reader_free(r);
    (void)cosn_fs_free(fs);
    return status;
}

int cmd_cat(void *session)
{
    struct cmd_session *s = session;
    for (size_t i = 0; i < s->args->line.n_operands; i++) {
        int status = fetch(s, s->args->line.operands[i], STDOUT_FILENO, "standard output");
        if (status != EXIT_DONE) {
            return status;
        }
    }
    return EXIT_DONE;
}

/* --- get --- */

/* "dir" and "dir/" take the file under its own name. */
static int local_name(struct cos_buf *out, const char *local, const char *where)
{
    struct stat st;
    cos_buf_str(out, local == NULL ? last_name(where) : local);
    if (local != NULL && stat(local, &st) == 0 && S_ISDIR(st.st_mode)) {
        cos_buf_ch(out, '/');
        cos_buf_str(out, last_name(where));
    }
    if (out->failed || out->len == 0 || out->ptr[out->len - 1] == '/') {
        cmd_complain("get: where to? '%s' has no file name; name a local file", where);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int fetch_to_file(struct cmd_session *s, const char *where, const char *local)
{
    if (s->args->no_clobber && access(local, F_OK) == 0) {
        cmd_complain("get: %s exists already", local);
        return EXIT_FAILED;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf partial = {0};
    cos_buf_init(&partial, 8192);
    cos_buf_printf(&partial, "%s.XXXXXX", local);
    if (partial.failed) {
        cmd_complain("get: the name %s is too long", local);
        return EXIT_USAGE;
    }
    int fd = mkstemp(partial.ptr);
    if (fd < 0) {
        return local_failure("create", partial.ptr);
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    int status = fetch(s, where, fd, local);
    if (status == EXIT_DONE && fchmod(fd, 0666 & ~mask) != 0) {
        status = local_failure("set the mode of", partial.ptr);
    }
    if (close(fd) != 0 && status == EXIT_DONE) {
        status = local_failure("write", partial.ptr);
    }
    if (status == EXIT_DONE && rename(partial.ptr, local) != 0) {
        status = local_failure("create", local);
    }
    if (status != EXIT_DONE) {
        (void)unlink(partial.ptr);
    }
    return status;
}

int cmd_get(void *session)
{
    struct cmd_session *s = session;
    const char *where = s->args->line.operands[0];
    const char *local = s->args->line.n_operands > 1 ? s->args->line.operands[1] : NULL;
    if (local != NULL && strcmp(local, "-") == 0) {
        return fetch(s, where, STDOUT_FILENO, "standard output");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf name = {0};
    cos_buf_init(&name, 8192);
    int status = local_name(&name, local, where);
    return status != EXIT_DONE ? status : fetch_to_file(s, where, cos_buf_cstr(&name));
}

/* --- put --- */

static int copy_in(struct cmd_session *s, int fd, const char *local, struct cosn_writer *w,
                   struct cmd_progress *progress)
{
    struct cosn_error err = COSN_ERROR_INIT;
    char *chunk = cos_malloc(CHUNK_BYTES);
    if (chunk == NULL) {
        cmd_complain("out of memory");
        return EXIT_FAILED;
    }
    int status = EXIT_DONE;
    for (;;) {
        ssize_t n = read(fd, chunk, CHUNK_BYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            status = local_failure("read", local);
        } else if (n > 0 && cosn_writer_write(w, chunk, (size_t)n, &err) < 0) {
            status = cmd_report(s, &err);
        }
        if (n <= 0 || status != EXIT_DONE) {
            break;
        }
        cmd_progress_step(progress, cosn_writer_position(w));
    }
    cos_free(chunk);
    if (status == EXIT_DONE && cosn_writer_commit(w, &err) < 0) {
        status = cmd_report(s, &err);
    }
    return status;
}

static int store(struct cmd_session *s, int fd, const char *local, const char *where,
                 int64_t total_bytes)
{
    struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_writer *w = NULL;
    if (cosn_fs_create(fs, &w, where, !s->args->no_clobber, &err) < 0) {
        status = cmd_report(s, &err);
    } else {
        struct cmd_progress progress;
        cmd_progress_start(&progress, s, last_name(where), total_bytes);
        status = copy_in(s, fd, local, w, &progress);
        cmd_progress_end(&progress);
    }
    (void)cosn_writer_free(w);
    (void)cosn_fs_free(fs);
    return status;
}

static int remote_name(struct cos_buf *out, const char *where, const char *local)
{
    cos_buf_str(out, where);
    if (out->len > 0 && out->ptr[out->len - 1] == '/') {
        if (strcmp(local, "-") == 0) {
            cmd_complain("put: standard input has no name; end the path with one");
            return EXIT_USAGE;
        }
        cos_buf_str(out, last_name(local));
    }
    if (out->failed) {
        cmd_complain("put: the path is too long");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

int cmd_put(void *session)
{
    struct cmd_session *s = session;
    const char *local = s->args->line.operands[0];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf where = {0};
    cos_buf_init(&where, 8192);
    int status = remote_name(&where, s->args->line.operands[1], local);
    if (status != EXIT_DONE) {
        return status;
    }
    if (strcmp(local, "-") == 0) {
        return store(s, STDIN_FILENO, "standard input", cos_buf_cstr(&where), -1);
    }
    int fd = open(local, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        status = local_failure("open", local);
    } else if (S_ISDIR(st.st_mode)) {
        cmd_complain("put: %s is a directory; put takes one file", local);
        status = EXIT_USAGE;
    } else {
        status = store(s, fd, local, cos_buf_cstr(&where), st.st_size);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}
