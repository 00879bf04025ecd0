/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DeleteMultipleObjects (cos-wire.md s.2.1, s.5.24): Content-MD5 is required; at most 1000
 * keys; a missing key counts as deleted; Quiet shows errors only. The right is DeleteObject
 * on each key, and a refusal is one <Error> among the results (sts-cam.md s.3.5).
 */
#include "services/handlers.h"

#include "exchange/question.h"
#include "exchange/xml_out.h"
#include "services/service.h"

#define OBJECTS_MAX 1000

/* Every object has a key, and there are neither none nor too many. */
static bool is_delete_list(const struct cos_xml *root)
{
    size_t n = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Object") == 0) {
            const char *key = cos_xml_child_text(e, "Key");
            n++;
            if (key == NULL || key[0] == '\0') {
                return false;
            }
        }
    }
    return n > 0 && n <= OBJECTS_MAX;
}

static void write_error(struct cos_buf *b, struct cos_span key, const char *version,
                        const struct error_row *row)
{
    cos_buf_str(b, "<Error>");
    xml_out_text(b, "Key", key);
    if (version != NULL) {
        xml_out_text(b, "VersionId", cos_span_of(version));
    }
    cos_buf_printf(b, "<Code>%s</Code><Message>%s</Message></Error>", row->code, row->message);
}

/* What stays, by error, for the journal; judge_one() knows two. */
struct failures {
    struct {
        const struct error_row *error;
        size_t n;
        struct cos_span key, why; /* of the first */
    } rows[4];
    size_t n;
};

static void count_failure(struct failures *f, const struct error_row *error,
                          struct cos_span key, struct cos_span why)
{
    size_t i = 0;
    while (i < f->n && f->rows[i].error != error) {
        i++;
    }
    if (i == COS_ARRAY_LEN(f->rows)) {
        return;
    }
    if (i == f->n) {
        f->rows[f->n].error = error;
        f->rows[f->n].key = key;
        f->rows[f->n++].why = why.len > 0 ? why : cos_span_of(error->message);
    }
    f->rows[i].n++;
}

static void tell_failures(struct cosmock_exchange *x, const struct failures *f)
{
    struct cos_buf b;
    cos_buf_init(&b, 64u << 10);
    for (size_t i = 0; i < f->n; i++) {
        cos_buf_printf(&b, "%s%zu %s: " COS_SPAN_FMT ": " COS_SPAN_FMT, i > 0 ? "\n" : "",
                       f->rows[i].n, f->rows[i].error->code, COS_SPAN_ARG(f->rows[i].key),
                       COS_SPAN_ARG(f->rows[i].why));
    }
    x->failed_keys = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
}

/* Why the key stays, and in a line why so; NULL: it may go. */
static const struct error_row *judge_one(struct cosmock_exchange *x, struct cos_span key,
                                         const char *version, struct cos_span *why)
{
    const struct right right = {.action = "name/cos:DeleteObject",
                                .form = OP_RES_OBJECT,
                                .bucket = x->route.bucket,
                                .key = key};
    struct cam_verdict verdict = {0};
    question_ask(x, &right, &verdict);
    if (!verdict.allowed) {
        *why = verdict.why;
        return x->service->error("AccessDenied");
    }
    bool is_there = version == NULL || service_is_only_version(cos_span_of(version));
    return is_there ? NULL : x->service->error("NoSuchVersion");
}

/* Into the batch what goes, and into the answer what became of each. */
static void delete_all(struct cosmock_exchange *x, const struct store_bucket *bucket,
                       const struct cos_xml *root, struct batch *batch)
{
    struct cos_buf *b = &x->result.body;
    const char *quiet = cos_xml_child_text(root, "Quiet");
    bool is_quiet = quiet != NULL &&
                    cos_span_eq_nocase(cos_span_trim(cos_span_of(quiet)), COS_SPAN_LIT("true"));
    struct failures failures = {.n = 0};
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Object") != 0) {
            continue;
        }
        struct cos_span key = cos_span_of(cos_xml_child_text(e, "Key"));
        const char *version = cos_xml_child_text(e, "VersionId");
        struct cos_span why = COS_SPAN_EMPTY;
        const struct error_row *error = judge_one(x, key, version, &why);
        if (error != NULL) {
            count_failure(&failures, error, key, why);
            write_error(b, key, version, error);
            continue;
        }
        objects_delete(batch, bucket, key);
        if (!is_quiet) {
            cos_buf_str(b, "<Deleted>");
            xml_out_text(b, "Key", key);
            cos_buf_str(b, "</Deleted>");
        }
    }
    tell_failures(x, &failures);
}

int op_delete_multiple_objects(struct cosmock_exchange *x)
{
    const struct bucket *bucket = service_bucket(x);
    if (bucket == NULL) {
        return service_stop(x);
    }
    if (header_get(x, "content-md5").ptr == NULL) {
        return service_refuse_case(x, ERROR_NO_MD5);
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = service_xml_read(x, "Delete");
    if (root == NULL || !is_delete_list(root)) {
        return service_refuse(x, "MalformedXML");
    }
    struct batch *batch = batch_new();
    if (batch == NULL) {
        return -1;
    }
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<DeleteResult>");
    delete_all(x, &bucket->stored, root, batch);
    cos_buf_str(b, "</DeleteResult>");
    if (service_xml_done(x) < 0) {
        (void)batch_free(batch);
        return -1;
    }
    return service_commit(x, batch);
}
