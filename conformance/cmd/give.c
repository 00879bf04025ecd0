/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run leaves behind as proof: the statement, signed where there is a key, and the bundle
 * of all its files.
 */
#include "cmd.h"

#include "certificate.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "report_format.h"
#include "run.h"
#include "tar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_KEY_BYTES 65536
#define MAX_MUTATION_BYTES 65536

/* ---- before the run ---- */

static int load_key(struct cmd *cmd)
{
    const char *path = cmd->sign != NULL ? cmd->sign : getenv("COSCONFORM_SIGNING_KEY_FILE");
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct stat st;
    if (path == NULL || path[0] == '\0') {
        return 0;
    }
    cos_buf_init(&b, MAX_KEY_BYTES);
    int r = cos_file_read(&b, path);
    if (r < 0) {
        return cos_command_complain(&cmd->line, "the signing key %s: %s", path, strerror(-r));
    }
    cmd->key = cos_ed25519_private(cos_buf_view(&b));
    if (cmd->key == NULL) {
        return cos_command_complain(&cmd->line,
                                    "the signing key %s: no private Ed25519 key as PEM without "
                                    "a pass phrase; '%s keygen' makes one",
                                    path, cmd->name);
    }
    if (stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
        (void)fprintf(stderr, "%s: the signing key %s can be read by others; chmod 600 it\n",
                      cmd->name, path);
    }
    return 0;
}

/* Only what was measured on this very catalogue says something about this suite. */
static int load_mutation(struct cmd *cmd)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf printed = {0};
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error err = {0};
    const char *path = cmd->mutation_path;
    if (path == NULL) {
        return 0;
    }
    cos_buf_init(&b, MAX_MUTATION_BYTES);
    cos_buf_init(&printed, MAX_MUTATION_BYTES);
    int r = cos_file_read(&b, path);
    if (r < 0) {
        return cos_command_complain(&cmd->line, "--mutation %s: %s", path, strerror(-r));
    }
    if (cos_json_parse(&root, cos_buf_view(&b), /* limits= */ NULL, &err) < 0 ||
        cos_json_kind(root) != COS_JSON_OBJECT) {
        return cos_command_complain(&cmd->line, "--mutation %s:%u: %s", path, err.line,
                                    err.line > 0 ? err.message : "not a JSON object");
    }
    const char *sha256 = cos_json_str(cos_json_get(root, "catalogue_sha256"));
    if (sha256 == NULL || strcmp(sha256, cmd->catalogue.sha256) != 0) {
        return cos_command_complain(&cmd->line,
                                    "--mutation %s: catalogue_sha256 is %.64s, this catalogue "
                                    "is %s: measure this one",
                                    path, sha256 != NULL ? sha256 : "not said",
                                    cmd->catalogue.sha256);
    }
    cos_json_print(&printed, root);
    cmd->mutation = cos_arena_str(&cmd->arena, cos_buf_view(&printed));
    return cmd->mutation != NULL ? 0 : cos_command_complain(&cmd->line, "no memory");
}

int cmd_prepare_proof(struct cmd *cmd)
{
    if (cmd->out == NULL && cmd->bundle != NULL) {
        struct cos_span path = cos_arena_printf(&cmd->arena, "%s/out", cmd->scratch.path);
        cmd->out = cos_arena_str(&cmd->arena, path);
    }
    if (cmd->out == NULL && cmd->sign != NULL) {
        return cos_command_complain(&cmd->line,
                                    "--sign needs --out DIR or --bundle FILE: a place for "
                                    "what is signed");
    }
    int status = load_key(cmd);
    return status != 0 ? status : load_mutation(cmd);
}

/* ---- where it goes ---- */

const char *cmd_in_out(struct cmd *cmd, const char *name)
{
    struct cos_span path = cos_arena_printf(&cmd->arena, "%s/%s", cmd->out, name);
    const char *text = cos_arena_str(&cmd->arena, path);
    return text != NULL ? text : name;
}

static void remove_certificate(const char *path)
{
    struct stat st;
    int ignored = 0; /* it is written over, or the run fails */
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        ignored = unlink(path);
    } else if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        ignored = truncate(path, 0);
    }
    (void)ignored;
}

void cmd_remove_certificates(struct cmd *cmd)
{
    for (const char *const *file = certificate_files(); *file != NULL; file++) {
        remove_certificate(cmd_in_out(cmd, *file));
    }
}

/* ---- after the run ---- */

static const char *sha256_of(struct cmd *cmd, const char *path)
{
    char hex[65];
    if (cos_file_sha256(hex, path) < 0) {
        return "";
    }
    const char *kept = cos_arena_str(&cmd->arena, cos_span_of(hex));
    return kept != NULL ? kept : "";
}

/* The digests of the report's files. */
static void take_evidence(struct cmd *cmd,
                          struct certificate_evidence out[CERTIFICATE_EVIDENCE_MAX])
{
    size_t n = 0;
    for (const struct report_format *const *f = report_formats(); *f != NULL; f++) {
        if ((*f)->file != NULL && n + 1 < CERTIFICATE_EVIDENCE_MAX) {
            out[n++] =
                (struct certificate_evidence){.file = (*f)->file,
                                              .sha256 =
                                                  sha256_of(cmd, cmd_in_out(cmd, (*f)->file))};
        }
    }
    out[n] = (struct certificate_evidence){.file = NULL};
}

/* What the command line says against a certificate. */
static void take_objections(const struct cmd *cmd, const struct conform_report *report,
                            struct objection out[3])
{
    size_t n = 0;
    if (strcmp(cmd->line.verb->name, "run") == 0) {
        out[n++] = (struct objection){"verb", "this was 'run'; 'certify' gives certificates"};
    }
    if (cmd->strict && report->counts.total[CONFORM_WARN] > 0) {
        out[n++] =
            (struct objection){"strict", "a SHOULD does not hold, and --strict was asked "
                                         "for"};
    }
    out[n] = (struct objection){NULL, NULL};
}

static void put_file(struct cmd *cmd, struct cos_buf *tar, const char *file, int64_t unix_s)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, TAR_MAX_BYTES);
    if (cos_file_read(&b, cmd_in_out(cmd, file)) == 0) {
        tar_put(tar, file, cos_buf_view(&b), unix_s);
    }
}

/* The statement first: whoever reads the bundle as a stream knows early what to expect. */
static int write_bundle(struct cmd *cmd, const struct certificate_request *request)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf tar = {0};
    int64_t unix_s = request->report->finished_unix_ms / 1000;
    cos_buf_init(&tar, TAR_MAX_BYTES);
    for (const char *const *file = certificate_files(); *file != NULL; file++) {
        put_file(cmd, &tar, *file, unix_s);
    }
    for (const struct certificate_evidence *e = request->evidence; e->file != NULL; e++) {
        put_file(cmd, &tar, e->file, unix_s);
    }
    tar_end(&tar);
    int r = tar.failed ? -ENOSPC : cos_file_write(cmd->bundle, cos_buf_view(&tar), 0644);
    if (r < 0) {
        (void)fprintf(stderr, "%s: cannot write the bundle %s: %s\n", cmd->name, cmd->bundle,
                      strerror(-r));
    }
    return r;
}

/* ---- telling ---- */

struct telling {
    size_t n_lasting;
};

static void count_lasting(void *ctx, const struct objection *objection)
{
    struct telling *t = ctx;
    t->n_lasting += strcmp(objection->about, "shard") != 0 ? 1 : 0;
}

static void print_objection(void *ctx, const struct objection *objection)
{
    (void)ctx;
    (void)printf("NOT CERTIFIED: %s\n", objection->sentence);
}

static void print_certified(struct cmd *cmd, const struct artifact *a, const char *file)
{
    char id[65];
    (void)printf("CERTIFIED  %s\n           sha256 %s\n           %s\n", a->path, a->sha256,
                 cmd_in_out(cmd, file));
    if (cmd->key != NULL && cos_ed25519_id(cmd->key, id)) {
        (void)printf("           signed by %s\n", id);
    } else {
        (void)printf("           unsigned: anybody can write such a file; --sign KEY\n");
    }
}

/* A shard is as good as what it ran; the certificate comes by merging. */
static int tell(struct cmd *cmd, const struct certificate_request *request, const char *file,
                int status)
{
    struct telling t = {0};
    bool is_run = strcmp(cmd->line.verb->name, "run") == 0;
    size_t n = certificate_objections(request, count_lasting, &t);
    if (n == 0) {
        print_certified(cmd, &request->artifacts->items[0], file);
    } else if (!is_run) {
        (void)certificate_objections(request, print_objection, NULL);
    }
    return status == EXIT_CERTIFIED && !is_run && t.n_lasting > 0 ? EXIT_NOT_CERTIFIED : status;
}

int cmd_give_proof(struct cmd *cmd, const struct conform_report *report,
                   const struct cmd_merged *merged, int status)
{
    struct certificate_evidence evidence[CERTIFICATE_EVIDENCE_MAX];
    struct objection objections[3];
    const char *file = "";
    take_evidence(cmd, evidence);
    take_objections(cmd, report, objections);
    struct certificate_request request = {
        .report = report,
        .artifacts = &cmd->artifacts,
        .argv = (const char *const *)cmd->argv,
        .suite_sha256 = sha256_of(cmd, "/proc/self/exe"),
        .evidence = evidence,
        .key = cmd->key,
        .mutation = cmd->mutation,
        .objections = objections,
    };
    if (merged != NULL) {
        request.artifacts = merged->artifacts;
        request.argv = merged->argv;
        request.suite_sha256 = merged->suite_sha256;
        request.shards = merged->shards;
        request.objections = merged->objections;
    }
    int r = certificate_write(&request, cmd->out, &file);
    if (r < 0) {
        (void)fprintf(stderr, "%s: cannot write %s: %s\n", cmd->name, cmd_in_out(cmd, file),
                      strerror(-r));
        return EXIT_BROKEN;
    }
    if (cmd->bundle != NULL && write_bundle(cmd, &request) < 0) {
        return EXIT_BROKEN;
    }
    return tell(cmd, &request, file, status);
}
