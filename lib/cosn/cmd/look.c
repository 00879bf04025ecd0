/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that look or remove: ls, stat, rm.
 */
#include "cmd.h"

#include "cosbase/date.h"
#include "cosbase/json.h"

struct printer {
    const struct cmd_session *s;
    const char *bucket_uri;
    bool is_broken; /* no memory for a line, or stdout is gone: stop */
};

static int print_json(const char *path, const struct cosn_stat *st)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct cos_jw w;
    cos_buf_init(&b, 64u << 10);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "path", path);
    cos_jw_bool(&w, "is_dir", st->is_dir);
    cos_jw_i64(&w, "length", st->length_bytes);
    cos_jw_i64(&w, "mtime_ms", st->mtime_unix_ms);
    cos_jw_end(&w);
    return cmd_print_line(&b);
}

static int print_line(const char *uri, const struct cosn_stat *st)
{
    char when[21] = "-";
    if (st->mtime_unix_ms != 0) {
        cos_date_iso(when, st->mtime_unix_ms / 1000);
    }
    int n = st->is_dir ? printf("%14s  %-20s  %s/\n", "-", when, uri)
                       : printf("%14lld  %-20s  %s\n", (long long)st->length_bytes, when, uri);
    return n < 0 ? EXIT_FAILED : EXIT_DONE; /* the end says why */
}

static int print_entry(void *ctx, const char *path, const struct cosn_stat *st)
{
    struct printer *p = ctx;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf uri = {0};
    cos_buf_init(&uri, 16u << 10);
    cos_buf_str(&uri, p->bucket_uri);
    cos_buf_str(&uri, path);
    int status = EXIT_FAILED;
    if (uri.failed) {
        cmd_complain("out of memory");
    } else {
        status = p->s->args->json ? print_json(cos_buf_cstr(&uri), st)
                                  : print_line(cos_buf_cstr(&uri), st);
    }
    p->is_broken = status != EXIT_DONE;
    return p->is_broken ? 1 : 0;
}

static int list_one(struct cmd_session *s, const char *where)
{
    COS_CLEANUP(cosn_fs_free) struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct printer p = {.s = s, .bucket_uri = cosn_fs_uri(fs)};
    if (cosn_fs_list(fs, where, s->args->recursive, print_entry, &p, &err) < 0) {
        status = cmd_report(s, &err);
    }
    return p.is_broken ? EXIT_FAILED : status;
}

/* Every argument gets its turn; the worst status is the answer. */
static int each_argument(struct cmd_session *s,
                         int (*one)(struct cmd_session *s, const char *at))
{
    int worst = EXIT_DONE;
    for (size_t i = 0; i < s->args->line.n_operands; i++) {
        int status = one(s, s->args->line.operands[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

int cmd_ls(void *session)
{
    struct cmd_session *s = session;
    if (s->args->line.n_operands > 0) {
        return each_argument(s, list_one);
    }
    const char *dir = cmd_remote_dir(s);
    return dir == NULL ? EXIT_USAGE : list_one(s, dir);
}

/* A URI without a path is the root: "cosn://bucket" works wherever "cosn://bucket/" does. */
static int stat_one(struct cmd_session *s, const char *where)
{
    COS_CLEANUP(cosn_fs_free) struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_stat st;
    if (cosn_fs_stat(fs, &st, where, &err) < 0) {
        status = cmd_report(s, &err);
    } else {
        status = s->args->json ? print_json(where, &st) : print_line(where, &st);
    }
    return status;
}

int cmd_stat(void *session)
{
    struct cmd_session *s = session;
    return each_argument(s, stat_one);
}

static int remove_one(struct cmd_session *s, const char *where)
{
    COS_CLEANUP(cosn_fs_free) struct cosn_fs *fs = NULL;
    int status = cmd_open_fs(s, where, &fs);
    if (status != EXIT_DONE) {
        return status;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    bool was_there = false;
    if (cosn_fs_delete(fs, where, s->args->recursive, &was_there, &err) < 0) {
        status = cmd_report(s, &err);
    } else if (!was_there && !s->args->force) {
        cmd_complain("rm: nothing was removed: no such file or directory, or the root: %s",
                     where);
        status = EXIT_FAILED;
    }
    return status;
}

int cmd_rm(void *session)
{
    struct cmd_session *s = session;
    return each_argument(s, remove_one);
}
