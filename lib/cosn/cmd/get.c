/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that fetch: cat, get. A local file appears under its name only when all of it has arrived.
 */
#include "cmd.h"

#include "cosbase/alloc.h"
#include "cosbase/shown.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#define CHUNK_BYTES (1u << 20)

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        if (!cmd_wait_for(fd, POLLOUT)) {
            errno = EINTR;
            return false;
        }
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
            status = cmd_local_failure("write to", local);
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
        cmd_progress_start(&progress, s, cmd_last_name(where), cosn_reader_length_bytes(r));
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
    cos_buf_str(out, local == NULL ? cmd_last_name(where) : local);
    if (local != NULL && stat(local, &st) == 0 && S_ISDIR(st.st_mode)) {
        cos_buf_ch(out, '/');
        cos_buf_str(out, cmd_last_name(where));
    }
    if (out->failed || out->len == 0 || out->ptr[out->len - 1] == '/') {
        char shown[COS_SHOWN_BYTES];
        cmd_complain("get: where to? '%s' has no file name; name a local file",
                     cos_shown_uri(shown, cos_span_of(where)));
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
        return cmd_local_failure("create", partial.ptr);
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    int status = fetch(s, where, fd, local);
    if (status == EXIT_DONE && fchmod(fd, 0666 & ~mask) != 0) {
        status = cmd_local_failure("set the mode of", partial.ptr);
    }
    if (close(fd) != 0 && status == EXIT_DONE) {
        status = cmd_local_failure("write", partial.ptr);
    }
    if (status == EXIT_DONE && rename(partial.ptr, local) != 0) {
        status = cmd_local_failure("create", local);
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
