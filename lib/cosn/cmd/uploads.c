/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn uploads ls` and `cosn uploads abort`: what writers that were killed left behind. An
 * upload is unfinished for a while in the life of every large file, too, so abort takes those
 * that were begun a day ago or earlier, unless --older-than says otherwise.
 *
 * Age is counted by the local clock and the service's, which agree to the minute wherever
 * requests are signed.
 */
#include "cmd.h"

#include "cosbase/clock.h"
#include "cosbase/date.h"
#include "cosbase/json.h"

#define ABORT_OLDER_THAN_MS (24 * 3600 * UINT64_C(1000))

struct sweep {
    struct cmd_session *s;
    struct cosn_fs *fs;
    bool aborts;
    int64_t latest_unix_ms; /* only what was begun then or earlier */
    size_t n;
    int status;
};

static int print_json(const struct sweep *w, const struct cosn_upload *u, bool is_aborted)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf uri = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct cos_jw json;
    cos_buf_init(&uri, 16u << 10);
    cos_buf_init(&b, 64u << 10);
    cos_buf_str(&uri, cosn_fs_uri(w->fs));
    cos_buf_str(&uri, u->path);
    cos_jw_init(&json, &b);
    cos_jw_object(&json, /* name= */ NULL);
    cos_jw_str(&json, "path", cos_buf_cstr(&uri));
    cos_jw_str(&json, "upload_id", u->id);
    cos_jw_i64(&json, "initiated_ms", u->initiated_unix_ms);
    if (w->aborts) {
        cos_jw_bool(&json, "aborted", is_aborted);
    }
    cos_jw_end(&json);
    b.failed = b.failed || uri.failed;
    return cmd_print_line(&b);
}

static int print_line(const struct sweep *w, const struct cosn_upload *u)
{
    char when[21];
    cos_date_iso(when, u->initiated_unix_ms / 1000);
    int n = printf("%-20s  %s  %s%s\n", when, u->id, cosn_fs_uri(w->fs), u->path);
    return n < 0 ? EXIT_FAILED : EXIT_DONE; /* the end says why */
}

static int take_upload(void *ctx, const struct cosn_upload *u)
{
    struct sweep *w = ctx;
    if (u->initiated_unix_ms > w->latest_unix_ms) {
        return 0;
    }
    bool does_abort = w->aborts && !w->s->args->dry_run;
    struct cosn_error err = COSN_ERROR_INIT;
    if (does_abort && cosn_fs_abort_upload(w->fs, u, &err) < 0) {
        w->status = cmd_report(w->s, &err);
        return cmd_is_cancelled(NULL) ? 1 : 0; /* the others may go */
    }
    w->n++;
    int status = w->s->args->json ? print_json(w, u, does_abort) : print_line(w, u);
    w->status = status != EXIT_DONE ? status : w->status;
    return status != EXIT_DONE ? 1 : 0;
}

static int sweep_one(struct cmd_session *s, const char *where, bool aborts)
{
    struct sweep w = {.s = s, .aborts = aborts, .status = EXIT_DONE};
    uint64_t age_ms = s->args->older_than_ms;
    if (age_ms == CMD_NO_AGE) {
        age_ms = aborts ? ABORT_OLDER_THAN_MS : 0;
    }
    w.latest_unix_ms = cos_system_unix_ms() - (int64_t)age_ms;
    int status = cmd_open_fs(s, where, &w.fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_fs_list_uploads(w.fs, where, take_upload, &w, &err) < 0) {
        w.status = cmd_report(s, &err);
    }
    if (aborts && !s->args->json) {
        (void)fprintf(stderr, "cosn: %zu upload%s %s\n", w.n, w.n == 1 ? "" : "s",
                      s->args->dry_run ? "would be aborted" : "aborted");
    }
    (void)cosn_fs_free(w.fs);
    return w.status;
}

static int sweep_each(struct cmd_session *s, bool aborts)
{
    int worst = EXIT_DONE;
    const char *dir = s->args->line.n_operands == 0 ? cmd_remote_dir(s) : NULL;
    if (s->args->line.n_operands == 0) {
        return dir == NULL ? EXIT_USAGE : sweep_one(s, dir, aborts);
    }
    for (size_t i = 0; i < s->args->line.n_operands; i++) {
        int status = sweep_one(s, s->args->line.operands[i], aborts);
        worst = status > worst ? status : worst;
    }
    return worst;
}

int cmd_uploads_ls(void *session)
{
    return sweep_each(session, /* aborts= */ false);
}

int cmd_uploads_abort(void *session)
{
    return sweep_each(session, /* aborts= */ true);
}
