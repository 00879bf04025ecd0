/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program says besides its results: complaints, errors of the library, progress.
 */
#include "cmd.h"

#include "cosbase/alloc.h"
#include "cosbase/json.h"
#include "cosbase/shown.h"

#include <errno.h>
#include <stdarg.h>

#define PROGRESS_STEP_BYTES (4 << 20)

void cmd_complain(const char *fmt, ...)
{
    char line[2048];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    cos_hide_secrets(line);
    (void)fprintf(stderr, "cosn: %s\n", line);
}

int cmd_local_failure(const char *what, const char *path)
{
    cmd_complain("cannot %s %s: %s", what, path, strerror(errno));
    return EXIT_FAILED;
}

const char *cmd_last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void report_json(const struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct cos_jw w;
    cos_buf_init(&b, 64u << 10);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "error", cosn_status_name(err->status));
    cos_jw_str(&w, "message", err->message);
    cos_jw_i64(&w, "http_status", err->http_status);
    cos_jw_str(&w, "code", err->code);
    cos_jw_str(&w, "request_id", err->request_id);
    cos_jw_bool(&w, "retryable", err->retryable);
    cos_jw_end(&w);
    if (b.failed) {
        cmd_complain("%s", err->message); /* better plain than nothing */
    } else {
        (void)fprintf(stderr, "%s\n", cos_buf_cstr(&b));
    }
}

int cmd_report(const struct cmd_session *s, const struct cosn_error *err)
{
    if (s->args->json) {
        report_json(err);
    } else {
        cmd_complain("%s", err->message);
    }
    bool is_usage = err->http_status == 0 &&
                    (err->status == COSN_E_INVALID || err->detail == COSN_D_SCHEME);
    return is_usage ? EXIT_USAGE : EXIT_FAILED;
}

int cmd_print_line(const struct cos_buf *b)
{
    if (b->failed || b->len == 0) {
        cmd_complain("out of memory");
        return EXIT_FAILED;
    }
    return puts(cos_buf_cstr(b)) == EOF ? EXIT_FAILED : EXIT_DONE; /* the end says why */
}

char *cmd_chunk(void)
{
    char *chunk = cos_malloc(CMD_CHUNK_BYTES);
    if (chunk == NULL) {
        cmd_complain("out of memory");
    }
    return chunk;
}

void cmd_progress_start(struct cmd_progress *p, const struct cmd_session *s, const char *what,
                        int64_t total_bytes)
{
    p->is_on = !s->args->json && isatty(STDERR_FILENO) == 1;
    p->what = what;
    p->total_bytes = total_bytes;
    p->shown_bytes = 0;
}

static double mib(int64_t bytes)
{
    return (double)bytes / (1 << 20);
}

void cmd_progress_step(struct cmd_progress *p, int64_t done_bytes)
{
    if (!p->is_on || done_bytes - p->shown_bytes < PROGRESS_STEP_BYTES) {
        return;
    }
    p->shown_bytes = done_bytes;
    if (p->total_bytes > 0) {
        (void)fprintf(stderr, "\r%s: %.1f of %.1f MiB (%d%%) ", p->what, mib(done_bytes),
                      mib(p->total_bytes), (int)(done_bytes * 100 / p->total_bytes));
    } else {
        (void)fprintf(stderr, "\r%s: %.1f MiB ", p->what, mib(done_bytes));
    }
}

void cmd_progress_end(struct cmd_progress *p)
{
    if (p->is_on && p->shown_bytes > 0) {
        (void)fputc('\n', stderr);
    }
}
