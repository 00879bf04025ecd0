/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that fetch: cat, get. A local file appears under its name only when all of it has
 * arrived; what is there keeps its mode and its links, and what is no file (a FIFO, a device)
 * is written through (cosbase/outfile.h).
 */
#include "cmd.h"

#include "cosbase/alloc.h"
#include "cosbase/outfile.h"
#include "cosbase/shown.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

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

/* Where the bytes go: a descriptor that is open already, or a file that is touched when the
 * first of them is there. */
struct sink {
    int fd; /* -1: the file's, not asked for yet */
    struct cos_outfile *file;
    const char *name;
};

static int open_sink(struct sink *to)
{
    if (to->fd < 0) {
        to->fd = cos_outfile_fd(to->file);
    }
    if (to->fd < 0) {
        errno = -to->fd;
        return cmd_local_failure("write to", to->name);
    }
    return EXIT_DONE;
}

static int copy_out(struct cmd_session *s, struct cosn_reader *r, struct sink *to,
                    struct cmd_progress *progress)
{
    struct cosn_error err = COSN_ERROR_INIT;
    char *chunk = cmd_chunk();
    if (chunk == NULL) {
        return EXIT_FAILED;
    }
    int status = EXIT_DONE;
    size_t n = 1;
    while (status == EXIT_DONE && n > 0) {
        if (cosn_reader_read(r, chunk, CMD_CHUNK_BYTES, &n, &err) < 0) {
            status = cmd_report(s, &err);
            break;
        }
        status = n > 0 ? open_sink(to) : EXIT_DONE;
        if (status == EXIT_DONE && !write_all(to->fd, chunk, n)) {
            status = cmd_local_failure("write to", to->name);
        }
        cmd_progress_step(progress, cosn_reader_position(r));
    }
    cos_free(chunk);
    return status;
}

static int fetch(struct cmd_session *s, const char *where, struct sink *to)
{
    COS_CLEANUP(cosn_fs_free) struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    COS_CLEANUP(cosn_reader_free) struct cosn_reader *r = NULL;
    if (cosn_fs_open_read(fs, &r, where, &err) < 0) {
        return cmd_report(s, &err);
    }
    struct cmd_progress progress;
    bool to_terminal = to->fd >= 0 && isatty(to->fd) == 1;
    cmd_progress_start(&progress, s, cmd_last_name(where), cosn_reader_length_bytes(r));
    progress.is_on = progress.is_on && !to_terminal;
    status = copy_out(s, r, to, &progress);
    cmd_progress_end(&progress);
    return status;
}

static int fetch_to_stdout(struct cmd_session *s, const char *where)
{
    struct sink to = {.fd = STDOUT_FILENO, .name = "standard output"};
    return fetch(s, where, &to);
}

int cmd_cat(void *session)
{
    struct cmd_session *s = session;
    for (size_t i = 0; i < s->args->line.n_operands; i++) {
        int status = fetch_to_stdout(s, s->args->line.operands[i]);
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
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile file = {0};
    int r = cos_outfile_open(&file, local, 0666, /* flags= */ 0);
    if (r < 0) {
        errno = -r;
        return cmd_local_failure("write to", local);
    }
    struct sink to = {.fd = -1, .file = &file, .name = local};
    int status = fetch(s, where, &to);
    r = status == EXIT_DONE ? cos_outfile_commit(&file) : 0;
    if (r < 0) {
        errno = -r;
        return cmd_local_failure("write to", local);
    }
    return status;
}

int cmd_get(void *session)
{
    struct cmd_session *s = session;
    const char *where = s->args->line.operands[0];
    const char *local = s->args->line.n_operands > 1 ? s->args->line.operands[1] : NULL;
    if (local != NULL && strcmp(local, "-") == 0) {
        return fetch_to_stdout(s, where);
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf name = {0};
    cos_buf_init(&name, 8192);
    int status = local_name(&name, local, where);
    return status != EXIT_DONE ? status : fetch_to_file(s, where, cos_buf_cstr(&name));
}
