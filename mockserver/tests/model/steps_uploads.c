/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads in parts: slots that are free or open. */
#include "steps.h"

#define STRANGE_UPLOAD \
    "1585130821cbb7df1d11846c073ad648e8f33b087cec2381df437acdc833cf654b9ecc6361"

static struct upload *upload_of(struct run *r, const struct op *op)
{
    return &r->model.uploads[op->at[FROM] % MODEL_UPLOADS];
}

static const char *upload_target(const struct run *r, const struct upload *u,
                                 const struct op *op, unsigned part)
{
    static char what[200];
    bool is_open = u->id[0] != '\0';
    int n = snprintf(what, sizeof(what), "uploadId=%s", is_open ? u->id : STRANGE_UPLOAD);
    if (part != 0) {
        (void)snprintf(what + n, sizeof(what) - (size_t)n, "&partNumber=%u", part);
    }
    return target_of(&r->model.keys[is_open ? u->key : op->at[KEY] % MODEL_KEYS], what, NULL);
}

static void refuse_no_upload(const struct upload *u, struct refusals *refusals)
{
    if (u->id[0] == '\0') {
        model_refuse(refusals, 404, "NoSuchUpload");
    }
}

void step_initiate(struct run *r, const struct op *op)
{
    struct upload *u = upload_of(r, op);
    if (u->id[0] != '\0') {
        return;
    }
    struct traits is = say_traits(r, op);
    struct key *k = key_of(r, op->at[KEY]);
    ask_plain(r, "POST", target_of(k, "uploads", NULL));
    (void)is_done(r, &(struct refusals){0}, 200);
    *u = (struct upload){.key = op->at[KEY] % MODEL_KEYS, .is = is, .born = r->model.now};
    (void)snprintf(u->id, sizeof(u->id), "%s", xml_of(&r->answer, "UploadId"));
    expect_text(r, "Key of the upload", xml_of(&r->answer, "Key"), k->name);
}

void step_put_part(struct run *r, const struct op *op)
{
    struct upload *u = upload_of(r, op);
    unsigned part = op->at[CHOICE] % MODEL_PARTS;
    struct refusals refusals = {0};
    refuse_no_upload(u, &refusals);
    unsigned body = make_body(r, op->at[BIG]      ? BODY_BIG_BYTES
                                 : op->at[FORBID] ? MODEL_PART_MIN_BYTES - 1
                                                  : MODEL_PART_MIN_BYTES);
    struct cos_span text = body_text(&r->bodies, body);
    ask_with(r, "PUT", upload_target(r, u, op, part + 1), text);
    if (is_done(r, &refusals, 200)) {
        u->parts[part] = body;
        cos_md5_hex(u->etags[part], text.ptr, text.len);
        char etag[48];
        copy_etag(etag, answer_header(&r->answer, "ETag"));
        expect_text(r, "ETag of the part", etag, u->etags[part]);
    }
}

void step_copy_part(struct run *r, const struct op *op)
{
    char text[48];
    struct upload *u = upload_of(r, op);
    const struct key *from = key_of(r, op->at[KEY]);
    const char *id = id_of(from, op->at[VERSION], text);
    unsigned part = op->at[CHOICE] % MODEL_PARTS;
    struct refusals refusals = {0};
    refuse_no_upload(u, &refusals);
    model_refuse_source(&r->model, from, id, &refusals);
    say_source(r, from, id);
    ask_plain(r, "PUT", upload_target(r, u, op, part + 1));
    if (is_done(r, &refusals, 200)) {
        expect_header(r, "x-cos-copy-source-version-id", id == NULL ? "" : id);
        u->parts[part] = model_served(from, id)->body;
        struct cos_span copied = body_text(&r->bodies, u->parts[part]);
        cos_md5_hex(u->etags[part], copied.ptr, copied.len);
        copy_etag(text, xml_of(&r->answer, "ETag"));
        expect_text(r, "ETag of the part", text, u->etags[part]);
    }
}

enum complete { AS_IT_IS, WRONG_ETAG, BACKWARDS, NOTHING };

/* The numbers of the parts that are there, in the order of the document. */
static size_t parts_of(const struct upload *u, enum complete how, unsigned out[MODEL_PARTS])
{
    size_t n = 0;
    for (unsigned i = 0; i < MODEL_PARTS && how != NOTHING; i++) {
        unsigned part = how == BACKWARDS ? MODEL_PARTS - 1 - i : i;
        if (u->parts[part] != 0) {
            out[n++] = part;
        }
    }
    return n;
}

static void refuse_parts(const struct run *r, const struct upload *u, enum complete how,
                         const unsigned *parts, size_t n, struct refusals *refusals)
{
    bool has_gap = false;
    bool is_small = false;
    for (size_t i = 0; i < n; i++) {
        has_gap = has_gap || u->parts[i] == 0;
        is_small = is_small || (i + 1 < n && body_text(&r->bodies, u->parts[parts[i]]).len <
                                                 MODEL_PART_MIN_BYTES);
    }
    if (n == 0) {
        model_refuse(refusals, 400, "MalformedXML");
    }
    if (has_gap || how == WRONG_ETAG || (how == BACKWARDS && n > 1)) {
        model_refuse(refusals, 400, "InvalidPart");
    }
    if (has_gap || (how == BACKWARDS && n > 1)) {
        model_refuse(refusals, 400, "InvalidPartOrder");
    }
    if (is_small) {
        model_refuse(refusals, 400, "EntityTooSmall");
    }
}

static void write_parts(struct run *r, const struct upload *u, enum complete how,
                        const unsigned *parts, size_t n)
{
    cos_buf_clear(&r->text);
    cos_buf_str(&r->text, "<CompleteMultipartUpload>");
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&r->text, "<Part><PartNumber>%u</PartNumber><ETag>\"%s\"</ETag></Part>",
                       parts[i] + 1,
                       how == WRONG_ETAG && i == 0 ? "ee8de918d05640145b18f70f4c3aa602"
                                                   : u->etags[parts[i]]);
    }
    cos_buf_str(&r->text, "</CompleteMultipartUpload>");
}

static void add_joined(struct run *r, struct upload *u, size_t n)
{
    char count[8];
    struct key *k = &r->model.keys[u->key];
    const char *id = answer_header(&r->answer, "x-cos-version-id");
    if (r->model.versioning == SUSPENDED) {
        expect_text(r, "x-cos-version-id", id, "null");
        id = "";
    }
    struct version *v = add_version(r, k, id);
    v->is = u->is;
    v->body = u->parts[0];
    for (size_t i = 1; i < n; i++) {
        v->body = join_bodies(r, v->body, u->parts[i]);
    }
    copy_etag(v->etag, xml_of(&r->answer, "ETag"));
    (void)snprintf(count, sizeof(count), "-%zu", n);
    const char *dash = strchr(v->etag, '-');
    expect_text(r, "the end of the ETag", dash == NULL ? "" : dash, count);
    u->id[0] = '\0';
}

void step_complete(struct run *r, const struct op *op)
{
    struct upload *u = upload_of(r, op);
    unsigned parts[MODEL_PARTS] = {0};
    enum complete how = op->at[CHOICE] < 12 ? AS_IT_IS : op->at[CHOICE] % 4;
    struct upload none = {0};
    const struct upload *asked = u->id[0] == '\0' ? &none : u;
    size_t n = parts_of(asked, how, parts);
    struct refusals refusals = {0};
    refuse_no_upload(u, &refusals);
    refuse_parts(r, asked, how, parts, n, &refusals);
    bool forbids = say_forbid(r, op);
    if (u->id[0] != '\0') {
        model_refuse_write(&r->model, &r->model.keys[u->key], &u->is, forbids, &refusals);
    }
    write_parts(r, asked, how, parts, n);
    ask_document(r, "POST", upload_target(r, u, op, /* part= */ 0), cos_buf_cstr(&r->text));
    if (is_done(r, &refusals, 200)) {
        add_joined(r, u, n);
    }
}

void step_abort_upload(struct run *r, const struct op *op)
{
    struct upload *u = upload_of(r, op);
    struct refusals refusals = {0};
    refuse_no_upload(u, &refusals);
    ask_plain(r, "DELETE", upload_target(r, u, op, /* part= */ 0));
    if (is_done(r, &refusals, 204)) {
        u->id[0] = '\0';
    }
}
