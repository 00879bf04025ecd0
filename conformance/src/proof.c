/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds before trust: whoever wrote the file is not known yet. */
#include "proof.h"

#include "certificate.h"
#include "cosbase/file.h"
#include "tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATEMENT_JSON ((struct cos_json_limits){DSSE_MAX_BYTES, 32, 200000})

static int wrong(const struct proof *p, char why[512], const char *sentence)
{
    (void)snprintf(why, 512, "%.200s: %.300s", p->path, sentence);
    return -1;
}

static int parse_statement(struct proof *p, struct cos_span text, char why[512])
{
    struct cos_text_error err = {0};
    if (cos_json_parse(&p->root, text, &STATEMENT_JSON, &err) < 0) {
        char sentence[300];
        (void)snprintf(sentence, sizeof(sentence),
                       "the statement cannot be read as JSON: line %u, column %u: %s", err.line,
                       err.column, err.message);
        return wrong(p, why, sentence);
    }
    const char *type = cos_json_str(cos_json_get(p->root, "_type"));
    if (type == NULL || strcmp(type, STATEMENT_TYPE) != 0) {
        return wrong(p, why, "this is no in-toto statement: _type is not " STATEMENT_TYPE);
    }
    return 0;
}

/* A bare statement begins as we write it; everything else is taken for an envelope. */
static bool is_bare(struct cos_span text)
{
    return cos_span_starts(cos_span_trim(text), COS_SPAN_LIT("{\"_type\":"));
}

static int read_text(struct proof *p, struct cos_span text, char why[512])
{
    char sentence[512];
    if (is_bare(text)) {
        return parse_statement(p, text, why);
    }
    if (dsse_read(&p->envelope, text, sentence) < 0) {
        return wrong(p, why, sentence);
    }
    p->is_signed = true;
    return parse_statement(p, cos_buf_view(&p->envelope.payload), why);
}

/* ---- bundles ---- */

static int find_in_bundle(const struct proof *p, const char *name, struct cos_span *bytes)
{
    struct cos_span rest = cos_buf_view(&p->bundle), member, content;
    bool is_found = false;
    int r;
    while ((r = tar_next(&rest, &member, &content)) > 0) {
        if (cos_span_eq_str(member, name)) {
            if (is_found) {
                return -EEXIST;
            }
            is_found = true;
            *bytes = content;
        }
    }
    return r < 0 ? -EBADMSG : is_found ? 0 : -ENOENT;
}

static int read_bundle(struct proof *p, char why[512])
{
    /* What is for people is not a statement. */
    for (const char *const *name = certificate_files(); *name != NULL; name++) {
        struct cos_span text = COS_SPAN_EMPTY;
        int r = strstr(*name, ".json") == NULL ? -ENOENT : find_in_bundle(p, *name, &text);
        if (r == -EBADMSG) {
            return wrong(p, why, "the bundle is cut off, or was changed");
        }
        if (r == -EEXIST) {
            return wrong(p, why, "the bundle holds two files of one name");
        }
        if (r == 0) {
            p->statement_name = *name;
            return read_text(p, text, why);
        }
    }
    return wrong(p, why, "the bundle holds neither a certificate nor a report");
}

/* ---- files ---- */

static void find_in_folder(struct proof *p, const char *path)
{
    struct stat st;
    (void)snprintf(p->path, sizeof(p->path), "%s", path);
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return;
    }
    for (const char *const *name = certificate_files(); *name != NULL; name++) {
        char file[sizeof(p->path)];
        (void)snprintf(file, sizeof(file), "%.1000s/%s", path, *name);
        if (strstr(*name, ".json") != NULL && access(file, R_OK) == 0) {
            memcpy(p->path, file, sizeof(file));
            return;
        }
    }
}

int proof_read(struct proof *out, const char *path, char why[512])
{
    *out = (struct proof){.root = NULL};
    find_in_folder(out, path);
    cos_buf_init(&out->bundle, TAR_MAX_BYTES);
    int r = cos_file_read(&out->bundle, out->path);
    struct stat st;
    if (r == -EISDIR || (stat(out->path, &st) == 0 && S_ISDIR(st.st_mode))) {
        r = wrong(out, why, "this folder holds neither a certificate nor a report");
    } else if (r < 0) {
        r = wrong(out, why, strerror(-r));
    } else if (tar_is(cos_buf_view(&out->bundle))) {
        r = read_bundle(out, why);
    } else if (out->bundle.len > 2 * DSSE_MAX_BYTES) {
        r = wrong(out, why, "it is larger than any certificate");
    } else {
        struct cos_buf text = out->bundle;
        out->bundle = (struct cos_buf){0};
        r = read_text(out, cos_buf_view(&text), why);
        cos_buf_deinit(&text);
    }
    if (r < 0) {
        proof_deinit(out);
    }
    return r;
}

void proof_deinit(struct proof *p)
{
    cos_buf_deinit(&p->bundle);
    dsse_deinit(&p->envelope);
    p->root = cos_json_free(p->root);
}

int proof_file(const struct proof *p, const char *dir, const char *name, struct cos_buf *out)
{
    char path[2200];
    const char *slash = strrchr(p->path, '/');
    if (dir == NULL && p->bundle.len > 0) {
        struct cos_span bytes = COS_SPAN_EMPTY;
        int r = find_in_bundle(p, name, &bytes);
        cos_buf_span(out, bytes);
        return r;
    }
    if (dir != NULL) {
        (void)snprintf(path, sizeof(path), "%.1000s/%.100s", dir, name);
    } else {
        (void)snprintf(path, sizeof(path), "%.*s%.100s",
                       slash == NULL ? 0 : (int)(slash + 1 - p->path), p->path, name);
    }
    return cos_file_read(out, path);
}

/* ---- members ---- */

const struct cos_json *proof_predicate(const struct proof *p, const char *member)
{
    return cos_json_get(cos_json_get(p->root, "predicate"), member);
}

const char *proof_text(const struct proof *p, const char *member, const char *name)
{
    const char *text = cos_json_str(cos_json_get(proof_predicate(p, member), name));
    return text != NULL ? text : "";
}

const char *proof_digest(const struct cos_json *descriptor)
{
    const char *text = cos_json_str(cos_json_get(cos_json_get(descriptor, "digest"), "sha256"));
    return text != NULL ? text : "";
}

bool proof_is_certificate(const struct proof *p)
{
    const char *type = cos_json_str(cos_json_get(p->root, "predicateType"));
    return type != NULL && strcmp(type, CERTIFICATE_TYPE) == 0;
}
