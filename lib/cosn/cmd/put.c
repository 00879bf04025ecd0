/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn put`. Nothing is visible under the remote name until all of the local file has arrived,
 * and nothing is stored of a file that changed while it was read: its size and time of last
 * change are those of the beginning, and as many bytes came as it has.
 *
 * A file system may keep time in steps of some milliseconds, so a change of the same length
 * within one step of the last one is not seen.
 */
#include "cmd.h"

#include "cosbase/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

/* What is stored: a file that is expected to hold still, or a stream that ends when it ends. */
struct source {
    int fd;
    const char *name;
    bool is_file;
    off_t start; /* where reading begins: standard input may have been read before */
    struct stat before;
    off_t n_read;
};

static int source_init(struct source *out, int fd, const char *name)
{
    *out = (struct source){.fd = fd, .name = name};
    if (fstat(fd, &out->before) != 0) {
        return cmd_local_failure("look at", name);
    }
    out->start = lseek(fd, 0, SEEK_CUR);
    out->is_file = S_ISREG(out->before.st_mode) && out->start >= 0;
    return EXIT_DONE;
}

static int64_t source_total_bytes(const struct source *from)
{
    return from->is_file ? from->before.st_size - from->start : -1;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Whether what was read is what the file held all the time. Files of /proc have no size; they
 * are what they read. */
static int source_check(const struct source *from)
{
    struct stat now;
    if (!from->is_file) {
        return EXIT_DONE;
    }
    if (fstat(from->fd, &now) != 0) {
        return cmd_local_failure("look at", from->name);
    }
    off_t wanted = from->before.st_size - from->start;
    bool is_whole = from->n_read == wanted || from->before.st_size == 0;
    if (is_whole && now.st_size == from->before.st_size &&
        same_time(&now.st_mtim, &from->before.st_mtim)) {
        return EXIT_DONE;
    }
    cmd_complain("put: %s changed while it was read: it had %lld bytes, %lld were read, now it "
                 "has %lld; nothing was stored; repeat it when nobody writes to the file",
                 from->name, (long long)from->before.st_size, (long long)from->n_read,
                 (long long)now.st_size);
    return EXIT_FAILED;
}

static int copy_in(struct cmd_session *s, struct source *from, struct cosn_writer *w,
                   struct cmd_progress *progress)
{
    struct cosn_error err = COSN_ERROR_INIT;
    char *chunk = cmd_chunk();
    if (chunk == NULL) {
        return EXIT_FAILED;
    }
    int status = EXIT_DONE;
    for (;;) {
        if (!cmd_wait_for(from->fd, POLLIN)) {
            status = EXIT_FAILED;
            break;
        }
        ssize_t n = read(from->fd, chunk, CMD_CHUNK_BYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            status = cmd_local_failure("read", from->name);
        } else if (n > 0 && cosn_writer_write(w, chunk, (size_t)n, &err) < 0) {
            status = cmd_report(s, &err);
        }
        if (n <= 0 || status != EXIT_DONE) {
            break;
        }
        from->n_read += n;
        cmd_progress_step(progress, cosn_writer_position(w));
    }
    cos_free(chunk);
    if (status == EXIT_DONE) {
        status = source_check(from);
    }
    if (status == EXIT_DONE && cosn_writer_commit(w, &err) < 0) {
        status = cmd_report(s, &err);
    }
    return status;
}

static int store(struct cmd_session *s, struct source *from, const char *where)
{
    COS_CLEANUP(cosn_fs_free) struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    COS_CLEANUP(cosn_writer_free) struct cosn_writer *w = NULL;
    if (cosn_fs_create(fs, &w, where, !s->args->no_clobber, &err) < 0) {
        return cmd_report(s, &err);
    }
    struct cmd_progress progress;
    cmd_progress_start(&progress, s, cmd_last_name(where), source_total_bytes(from));
    status = copy_in(s, from, w, &progress);
    cmd_progress_end(&progress);
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
        cos_buf_str(out, cmd_last_name(local));
    }
    if (out->failed) {
        cmd_complain("put: the path is too long");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int put_stdin(struct cmd_session *s, const char *where)
{
    struct source from;
    int status = source_init(&from, STDIN_FILENO, "standard input");
    return status != EXIT_DONE ? status : store(s, &from, where);
}

static int put_file(struct cmd_session *s, const char *local, const char *where)
{
    int fd = open(local, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return cmd_local_failure("open", local);
    }
    struct source from;
    int status = source_init(&from, fd, local);
    if (status == EXIT_DONE && S_ISDIR(from.before.st_mode)) {
        cmd_complain("put: %s is a directory; put takes one file", local);
        status = EXIT_USAGE;
    } else if (status == EXIT_DONE) {
        status = store(s, &from, where);
    }
    (void)close(fd);
    return status;
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
    return strcmp(local, "-") == 0 ? put_stdin(s, cos_buf_cstr(&where))
                                   : put_file(s, local, cos_buf_cstr(&where));
}
