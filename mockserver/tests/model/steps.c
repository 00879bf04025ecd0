/* SPDX-License-Identifier: Apache-2.0 */
/* What each verb asks, and what the model makes of the answer. */
#include "run.h"

#include "cosbase/date.h"

static const char *const class_names[CLASSES] = {"STANDARD", "STANDARD_IA", "ARCHIVE",
                                                 "DEEP_ARCHIVE"};
static const char *const canned_names[] = {"default", "private", "public-read"};
static const char *const tag_headers[] = {"", "t=1", "t=2&u=3"};
static const char *const tag_documents[] = {
    "<Tagging><TagSet></TagSet></Tagging>",
    "<Tagging><TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet></Tagging>",
    ("<Tagging><TagSet><Tag><Key>t</Key><Value>2</Value></Tag><Tag><Key>u</Key><Value>3</Value>"
     "</Tag></TagSet></Tagging>"),
};
static const int64_t retentions_ms[] = {HOUR_MS, 30 * HOUR_MS, 5 * DAY_MS, 20 * DAY_MS};

#define STRANGE_ID "MTg0NDUxNTc1NjIzMTQ1MDAwODg"
#define STRANGE_UPLOAD \
    "1585130821cbb7df1d11846c073ad648e8f33b087cec2381df437acdc833cf654b9ecc6361"

/* --- small helpers --- */

static struct key *key_of(struct run *r, unsigned number)
{
    return &r->model.keys[number % MODEL_KEYS];
}

/* One of its versions, the one without an id, or nobody's. @out holds it: a version may go. */
static const char *id_of(const struct key *k, unsigned number, char out[40])
{
    if (number == 0) {
        return NULL;
    }
    size_t i = (number - 1) % (k->n + 2);
    (void)snprintf(out, 40, "%s",
                   i < k->n    ? k->versions[i].id
                   : i == k->n ? "null"
                               : STRANGE_ID);
    return out;
}

static void header(struct run *r, const char *name, const char *value)
{
    cos_buf_printf(&r->headers, "%s%s: %s", r->headers.len > 0 ? "\n" : "", name, value);
}

/* Whole seconds, and never the same again. */
static int64_t end_of_retention(const struct run *r, unsigned number)
{
    return r->model.now / 1000 * 1000 + retentions_ms[number] + r->n_asked * 1000;
}

/* The headers of a write, and what they say. */
static struct traits say_traits(struct run *r, const struct op *op)
{
    struct traits is = {.class = op->at[CLASS], .tags = op->at[TAGS], .meta = op->at[META]};
    char text[40];
    is.acl = op->at[LIST];
    if (is.class != STANDARD) {
        header(r, "x-cos-storage-class", class_names[is.class]);
    }
    if (is.tags != 0) {
        header(r, "x-cos-tagging", tag_headers[is.tags]);
    }
    if (is.acl != DEFAULT) {
        header(r, "x-cos-acl", canned_names[is.acl]);
    }
    if (is.meta != 0) {
        (void)snprintf(text, sizeof(text), "%u", is.meta);
        header(r, "x-cos-meta-m", text);
    }
    return is;
}

static void say_retention(struct run *r, const struct op *op, struct traits *is)
{
    char text[40];
    if (op->at[UNTIL] != 0) {
        is->until = end_of_retention(r, op->at[UNTIL]);
        cos_date_iso_ms(text, is->until);
        header(r, "x-cos-object-lock-mode", "COMPLIANCE");
        header(r, "x-cos-object-lock-retain-until-date", text);
    }
}

static bool say_forbid(struct run *r, const struct op *op)
{
    if (op->at[FORBID] != 0) {
        header(r, "x-cos-forbid-overwrite", "true");
    }
    return op->at[FORBID] != 0;
}

static unsigned make_body(struct run *r, size_t n)
{
    unsigned body = body_make(&r->bodies, n);
    if (body == 0) {
        disagree(r, "no room for another body");
    }
    return body;
}

static unsigned join_bodies(struct run *r, unsigned first, unsigned second)
{
    unsigned body = body_join(&r->bodies, first, second);
    if (body == 0) {
        disagree(r, "no room for another body");
    }
    return body;
}

static void ask_with(struct run *r, const char *method, const char *target,
                     struct cos_span body)
{
    ask(r, &(struct ask){.method = method, .target = target, .body = body.ptr, .n = body.len});
}

static void ask_document(struct run *r, const char *method, const char *target,
                         const char *document)
{
    ask(r, &(struct ask){.method = method,
                         .target = target,
                         .body = document,
                         .n = strlen(document),
                         .with_md5 = true});
}

/* Without quotes, of either kind. */
static void copy_etag(char out[48], const char *text)
{
    const char *from = text[0] == '"' ? text + 1 : text;
    if (strncmp(from, "&quot;", 6) == 0) {
        from += 6;
    }
    (void)snprintf(out, 48, "%.*s", (int)strcspn(from, "\"&"), from);
}

/* A new id where there are versions; none otherwise. */
static void check_id(struct run *r, const struct key *k, const char *id)
{
    if (r->model.versioning != ENABLED) {
        expect_text(r, "x-cos-version-id", id, "");
    } else if (strlen(id) != strlen(STRANGE_ID) || model_find(k, id) < k->n) {
        disagree(r, "'%s' is no new id of a version", id);
    }
}

static struct version *add_version(struct run *r, struct key *k, const char *id)
{
    check_id(r, k, id);
    struct version *v = model_add(&r->model, k, id);
    if (v == NULL) {
        disagree(r, "no room for another version");
    }
    return v;
}

/* --- writes --- */

static void put(struct run *r, const struct op *op)
{
    struct key *k = key_of(r, op->at[KEY]);
    struct traits is = say_traits(r, op);
    say_retention(r, op, &is);
    struct refusals refusals = {0};
    model_refuse_write(&r->model, k, &is, say_forbid(r, op), &refusals);
    unsigned body = make_body(r, op->at[BIG] ? BODY_BIG_BYTES : 5);
    struct cos_span text = body_text(&r->bodies, body);
    ask_with(r, "PUT", target_of(k, NULL, NULL), text);
    if (!is_done(r, &refusals, 200)) {
        return;
    }
    expect_header(r, "x-cos-storage-class", is.class == STANDARD ? "" : class_names[is.class]);
    struct version *v = add_version(r, k, answer_header(&r->answer, "x-cos-version-id"));
    v->body = body;
    v->is = is;
    cos_md5_hex(v->etag, text.ptr, text.len);
}

static void say_source(struct run *r, const struct key *from, const char *id)
{
    char source[300];
    (void)snprintf(source, sizeof(source), "%s%s", r->door.host, target_of(from, NULL, id));
    header(r, "x-cos-copy-source", source);
}

/* Onto itself a copy has to change something; the class is STANDARD where it is not named. What
 * no document calls a change is open. */
static void refuse_no_change(const struct op *op, const struct version *source,
                             struct refusals *refusals)
{
    bool changes_class = source != NULL && source->is.class != (enum class)op->at[CLASS];
    if (op->at[META] == 0 && op->at[TAGS] == 0 && !changes_class) {
        refusals->is_open = refusals->n == 0 && (op->at[LIST] != 0 || op->at[UNTIL] != 0);
        model_refuse(refusals, 400, "InvalidRequest");
    }
}

static void copy(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const struct key *from = key_of(r, op->at[FROM]);
    const char *id = id_of(from, op->at[VERSION], text);
    struct traits is = say_traits(r, op);
    say_retention(r, op, &is);
    say_source(r, from, id);
    if (op->at[META] != 0) {
        header(r, "x-cos-metadata-directive", "Replaced");
    }
    if (op->at[TAGS] != 0) {
        header(r, "x-cos-tagging-directive", "Replaced");
    }
    struct refusals refusals = {0};
    model_refuse_source(&r->model, from, id, &refusals);
    model_refuse_write(&r->model, k, &is, say_forbid(r, op), &refusals);
    if (from == k && id == NULL) {
        refuse_no_change(op, model_served(from, NULL), &refusals);
    }
    ask_plain(r, "PUT", target_of(k, NULL, NULL));
    if (!is_done(r, &refusals, 200)) {
        return;
    }
    expect_header(r, "x-cos-copy-source-version-id", id == NULL ? "" : id);
    bool has_id = strstr(r->answer.body, "<VersionId>") != NULL;
    const struct version source = *model_served(from, id);
    struct version *v = add_version(r, k, has_id ? xml_of(&r->answer, "VersionId") : "");
    v->body = source.body;
    v->is = is;
    v->is.meta = op->at[META] != 0 ? is.meta : source.is.meta;
    v->is.tags = op->at[TAGS] != 0 ? is.tags : source.is.tags;
    memcpy(v->etag, source.etag, sizeof(v->etag));
    char etag[48];
    copy_etag(etag, xml_of(&r->answer, "ETag"));
    expect_text(r, "ETag of the copy", etag, v->etag);
}

/* At its end, or a byte beside it. */
static void append(struct run *r, const struct op *op)
{
    char what[64];
    struct key *k = key_of(r, op->at[KEY]);
    struct version *v = model_changed(k, NULL);
    size_t length = v == NULL ? 0 : body_text(&r->bodies, v->body).len;
    size_t position = op->at[CHOICE] % 8 == 7                 ? length + 1
                      : op->at[CHOICE] % 8 == 6 && length > 0 ? length - 1
                                                              : length;
    struct refusals refusals = {0};
    model_refuse_append(&r->model, k, position, &refusals);
    unsigned body = make_body(r, 5);
    (void)snprintf(what, sizeof(what), "append&position=%zu", position);
    ask_with(r, "POST", target_of(k, what, NULL), body_text(&r->bodies, body));
    if (!is_done(r, &refusals, 200)) {
        return;
    }
    (void)snprintf(what, sizeof(what), "%zu", length + 5);
    expect_header(r, "x-cos-next-append-position", what);
    expect_header(r, "x-cos-version-id", "");
    if (v == NULL) {
        v = model_add_without_id(&r->model, k);
        if (v == NULL) {
            disagree(r, "no room for another version");
        }
        v->is_appendable = true;
        v->body = body;
    } else {
        v->body = join_bodies(r, v->body, body);
        v->born = r->model.now;
    }
    copy_etag(v->etag, answer_header(&r->answer, "ETag"));
}

/* --- deletions --- */

static void delete_one(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    size_t i = id == NULL ? k->n : model_find(k, id);
    bool is_marker =
        id == NULL ? r->model.versioning != NEVER : i < k->n && k->versions[i].is_marker;
    struct refusals refusals = {0};
    model_refuse_delete(&r->model, k, id, &refusals);
    ask_plain(r, "DELETE", target_of(k, NULL, id));
    if (!is_done(r, &refusals, 204)) {
        return;
    }
    const char *said = answer_header(&r->answer, "x-cos-version-id");
    if (id == NULL) {
        check_id(r, k, said);
        if (!model_cover(&r->model, k, said)) {
            disagree(r, "no room for another version");
        }
    } else {
        expect_text(r, "x-cos-version-id", said, i < k->n && strcmp(id, "null") != 0 ? id : "");
        if (i < k->n) {
            model_remove(k, i);
        }
    }
    expect_header(r, "x-cos-delete-marker", is_marker ? "true" : "");
}

struct entry {
    struct key *key;
    char id[40]; /* "": none is named */
};

/* Its <Error>, or its <Deleted>, as the document shows it. */
static void expect_entry(struct run *r, const struct entry *e, const char **deleted,
                         const char **errors)
{
    const char *id = e->id[0] == '\0' ? NULL : e->id;
    size_t i = id == NULL ? e->key->n : model_find(e->key, id);
    bool is_marker = id == NULL ? r->model.versioning != NEVER
                                : i < e->key->n && e->key->versions[i].is_marker;
    char said[40] = "";
    char expected[400];
    struct refusals refusals = {0};
    model_refuse_delete(&r->model, e->key, id, &refusals);
    const char **at = refusals.n > 0 ? errors : deleted;
    if (*at != NULL && is_marker) {
        const char *inside = *at;
        const char *text = xml_next(&inside, "DeleteMarkerVersionId");
        (void)snprintf(said, sizeof(said), "%s", id != NULL ? id : text == NULL ? "" : text);
    }
    (void)snprintf(expected, sizeof(expected), "<%s><Key>%s</Key>%s%s%s%s%s%s%s",
                   refusals.n > 0 ? "Error" : "Deleted", e->key->name,
                   is_marker ? "<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>" : "",
                   said, is_marker ? "</DeleteMarkerVersionId>" : "",
                   id != NULL ? "<VersionId>" : "", e->id, id != NULL ? "</VersionId>" : "",
                   refusals.n > 0 ? "<Code>ObjectLocked</Code>" : "</Deleted>");
    if (*at == NULL || strncmp(*at, expected, strlen(expected)) != 0) {
        disagree(r, "%s\nhas not at its place\n%s", r->answer.body, expected);
    }
    *at = strstr(*at + 1, refusals.n > 0 ? "<Error>" : "<Deleted>");
    if (refusals.n == 0 && id == NULL) {
        check_id(r, e->key, r->model.versioning == ENABLED ? said : "");
        if (!model_cover(&r->model, e->key, said)) {
            disagree(r, "no room for another version");
        }
    } else if (refusals.n == 0 && i < e->key->n) {
        model_remove(e->key, i);
    }
}

static void delete_many(struct run *r, const struct op *op)
{
    struct entry entries[4];
    size_t n = 1 + op->at[CHOICE] % COS_ARRAY_LEN(entries);
    cos_buf_clear(&r->text);
    cos_buf_str(&r->text, "<Delete>");
    for (size_t i = 0; i < n; i++) {
        char id[40];
        struct entry *e = &entries[i];
        e->key = key_of(r, i % 2 == 0 ? op->at[KEY] : op->at[FROM]);
        const char *named =
            id_of(e->key, i == 1 ? op->at[META] : op->at[VERSION] + op->at[TAGS] * i, id);
        (void)snprintf(e->id, sizeof(e->id), "%s", named == NULL ? "" : named);
        cos_buf_printf(&r->text, "<Object><Key>%s</Key><VersionId>%s</VersionId></Object>",
                       e->key->name, e->id);
    }
    cos_buf_str(&r->text, "</Delete>");
    ask_document(r, "POST", "/?delete", cos_buf_cstr(&r->text));
    (void)is_done(r, &(struct refusals){0}, 200);
    const char *deleted = strstr(r->answer.body, "<Deleted>");
    const char *errors = strstr(r->answer.body, "<Error>");
    for (size_t i = 0; i < n; i++) {
        expect_entry(r, &entries[i], &deleted, &errors);
    }
    if (deleted != NULL || errors != NULL) {
        disagree(r, "%s\nhas more than was asked for", r->answer.body);
    }
}

/* --- what an object has besides its bytes --- */

static void tag(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    unsigned tags = op->at[TAGS];
    bool deletes = op->at[CHOICE] % 4 == 3;
    struct refusals refusals = {0};
    model_refuse_change(&r->model, k, id, /* writes= */ true, &refusals);
    if (deletes) {
        ask_plain(r, "DELETE", target_of(k, "tagging", id));
    } else {
        ask_document(r, "PUT", target_of(k, "tagging", id), tag_documents[tags]);
    }
    if (is_done(r, &refusals, deletes ? 204 : 200)) {
        model_changed(k, id)->is.tags = deletes ? 0 : tags;
    }
}

static void set_list(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    struct refusals refusals = {0};
    model_refuse_change(&r->model, k, id, /* writes= */ false, &refusals);
    header(r, "x-cos-acl", canned_names[op->at[LIST]]);
    ask_plain(r, "PUT", target_of(k, "acl", id));
    if (is_done(r, &refusals, 200)) {
        model_changed(k, id)->is.acl = op->at[LIST];
    }
}

static void retain(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    struct version *v = model_changed(k, id);
    bool is_past = op->at[FORBID] != 0;
    int64_t until = is_past ? r->model.now : end_of_retention(r, op->at[UNTIL]);
    struct refusals refusals = {0};
    model_refuse_change(&r->model, k, id, /* writes= */ false, &refusals);
    if (!r->model.has_lock) {
        model_refuse(&refusals, 400, "InvalidRequest");
    }
    if (is_past) {
        model_refuse(&refusals, 400, "InvalidArgument");
    }
    if (v != NULL && until < v->is.until) {
        model_refuse(&refusals, 409, "InvalidLockedTime");
    }
    char date[40];
    cos_date_iso_ms(date, until);
    cos_buf_clear(&r->text);
    cos_buf_printf(&r->text,
                   "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>%s</RetainUntilDate>"
                   "</Retention>",
                   date);
    ask_document(r, "PUT", target_of(k, "retention", id), cos_buf_cstr(&r->text));
    if (is_done(r, &refusals, 200)) {
        v->is.until = until;
    }
}

static void restore(struct run *r, const struct op *op)
{
    static const char *const tiers[] = {"Expedited", "Standard", "Bulk"};
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    enum tier tier = op->at[CHOICE] % 3;
    int days = 1 + op->at[META];
    struct version *v = model_changed(k, id);
    struct refusals refusals = {0};
    model_refuse_restore(&r->model, k, id, tier, &refusals);
    cos_buf_clear(&r->text);
    cos_buf_printf(&r->text,
                   "<RestoreRequest><Days>%d</Days><CASJobParameters><Tier>%s</Tier>"
                   "</CASJobParameters></RestoreRequest>",
                   days, tiers[tier]);
    int status = v != NULL && model_is_restored(&r->model, v) ? 200 : 202;
    ask_document(r, "POST", target_of(k, "restore", id), cos_buf_cstr(&r->text));
    if (is_done(r, &refusals, status)) {
        model_restore(&r->model, v, tier, days);
    }
}

/* --- the bucket --- */

static void switch_versioning(struct run *r, const struct op *op)
{
    enum versioning wanted = op->at[CHOICE] % 2 == 0 ? ENABLED : SUSPENDED;
    struct refusals refusals = {0};
    if (wanted == SUSPENDED && r->model.has_lock) {
        model_refuse(&refusals, 409, NULL);
    }
    ask_document(r, "PUT", "/?versioning",
                 wanted == ENABLED ? "<VersioningConfiguration><Status>Enabled</Status>"
                                     "</VersioningConfiguration>"
                                   : "<VersioningConfiguration><Status>Suspended</Status>"
                                     "</VersioningConfiguration>");
    if (is_done(r, &refusals, 200)) {
        r->model.versioning = wanted;
    }
}

static void lock_bucket(struct run *r)
{
    struct refusals refusals = {0};
    if (r->model.versioning == SUSPENDED) {
        model_refuse(&refusals, 409, NULL);
    }
    ask_document(r, "PUT", "/?object-lock",
                 "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                 "</ObjectLockConfiguration>");
    if (is_done(r, &refusals, 200)) {
        r->model.has_lock = true;
    }
}

static void set_bucket_list(struct run *r, const struct op *op)
{
    enum canned acl = op->at[LIST] == PUBLIC_READ ? PUBLIC_READ : PRIVATE;
    header(r, "x-cos-acl", canned_names[acl]);
    ask_plain(r, "PUT", "/?acl");
    (void)is_done(r, &(struct refusals){0}, 200);
    r->model.acl = acl;
}

static void stranger(struct run *r, const struct op *op)
{
    char text[40];
    struct key *k = key_of(r, op->at[KEY]);
    const char *id = id_of(k, op->at[VERSION], text);
    struct refusals refusals = {0};
    model_refuse_stranger(&r->model, k, id, &refusals);
    (void)cosmock_switch_set(r->door.tenant, "enforcement", "enforce", NULL);
    ask_plain(r, "GET", target_of(k, NULL, id));
    (void)cosmock_switch_set(r->door.tenant, "enforcement", "off", NULL);
    (void)is_done(r, &refusals, 200);
}

/* --- uploads: slots that are free or open --- */

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

static void initiate(struct run *r, const struct op *op)
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

static void put_part(struct run *r, const struct op *op)
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

static void copy_part(struct run *r, const struct op *op)
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

static void complete(struct run *r, const struct op *op)
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

static void abort_upload(struct run *r, const struct op *op)
{
    struct upload *u = upload_of(r, op);
    struct refusals refusals = {0};
    refuse_no_upload(u, &refusals);
    ask_plain(r, "DELETE", upload_target(r, u, op, /* part= */ 0));
    if (is_done(r, &refusals, 204)) {
        u->id[0] = '\0';
    }
}

/* --- time --- */

static void write_rule(struct cos_buf *out, const struct rule *rule)
{
    static const struct {
        const char *outer, *days;
    } elements[RULE_KINDS] = {
        [RULE_EXPIRE] = {"Expiration", "Days"},
        [RULE_OLD_GO] = {"NoncurrentVersionExpiration", "NoncurrentDays"},
        [RULE_ABORT] = {"AbortIncompleteMultipartUpload", "DaysAfterInitiation"},
        [RULE_MARKERS_GO] = {"Expiration", NULL},
        [RULE_MOVE] = {"Transition", "Days"},
        [RULE_OLD_MOVE] = {"NoncurrentVersionTransition", "NoncurrentDays"},
    };
    const char *outer = elements[rule->kind].outer;
    cos_buf_str(out, "<Rule><Status>Enabled</Status><Filter>");
    if (rule->tags != 0) {
        cos_buf_printf(out,
                       "<And><Prefix>%s</Prefix><Tag><Key>t</Key><Value>1</Value></Tag></And>",
                       rule->prefix);
    } else {
        cos_buf_printf(out, "<Prefix>%s</Prefix>", rule->prefix);
    }
    cos_buf_printf(out, "</Filter><%s>", outer);
    if (rule->kind == RULE_MARKERS_GO) {
        cos_buf_str(out, "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>");
    } else {
        cos_buf_printf(out, "<%s>%d</%s>", elements[rule->kind].days, rule->days,
                       elements[rule->kind].days);
    }
    if (rule->class != STANDARD) {
        cos_buf_printf(out, "<StorageClass>%s</StorageClass>", class_names[rule->class]);
    }
    cos_buf_printf(out, "</%s></Rule>", outer);
}

/* One rule more; none at all, now and then. */
static void add_rule(struct run *r, const struct op *op)
{
    struct model *m = &r->model;
    struct rule rule = {.kind = op->at[CHOICE] % RULE_KINDS,
                        .prefix = op->at[KEY] % 2 == 0 ? "" : "b/",
                        .days = 1 + op->at[UNTIL]};
    if ((int)rule.kind == 0 || m->n_rules == MODEL_RULES) {
        ask_plain(r, "DELETE", "/?lifecycle");
        (void)is_done(r, &(struct refusals){0}, 204);
        m->n_rules = 0;
        return;
    }
    bool moves = rule.kind == RULE_MOVE || rule.kind == RULE_OLD_MOVE;
    if (moves) {
        rule.class = op->at[CLASS] % 2 == 0 ? STANDARD_IA : ARCHIVE;
    }
    if ((rule.kind == RULE_MOVE || rule.kind == RULE_EXPIRE) && op->at[TAGS] == 1) {
        rule.tags = 1;
    }
    m->rules[m->n_rules++] = rule;
    cos_buf_clear(&r->text);
    cos_buf_str(&r->text, "<LifecycleConfiguration>");
    for (size_t i = 0; i < m->n_rules; i++) {
        write_rule(&r->text, &m->rules[i]);
    }
    cos_buf_str(&r->text, "</LifecycleConfiguration>");
    ask_document(r, "PUT", "/?lifecycle", cos_buf_cstr(&r->text));
    (void)is_done(r, &(struct refusals){0}, 200);
}

/* Of the markers that rules made. */
static void learn_ids(struct run *r)
{
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        char target[100];
        struct key *k = &r->model.keys[i];
        if (k->n == 0 || strcmp(k->versions[0].id, MODEL_UNKNOWN_ID) != 0) {
            continue;
        }
        (void)snprintf(target, sizeof(target), "/?versions&max-keys=1&prefix=%s", k->name);
        ask_plain(r, "GET", target);
        if (strstr(r->answer.body, "<DeleteMarker>") == NULL) {
            disagree(r, "%s is not covered by a marker at a midnight", k->name);
        }
        (void)snprintf(k->versions[0].id, sizeof(k->versions[0].id), "%s",
                       xml_of(&r->answer, "VersionId"));
    }
}

static void pass(struct run *r, const struct op *op)
{
    static const int64_t amounts[] = {
        MINUTE_MS,    5 * MINUTE_MS, 20 * MINUTE_MS, 5 * HOUR_MS, 7 * HOUR_MS,  12 * HOUR_MS,
        13 * HOUR_MS, DAY_MS,        DAY_MS,         2 * DAY_MS,  25 * HOUR_MS, 30 * HOUR_MS,
        3 * DAY_MS,   6 * HOUR_MS,   49 * HOUR_MS,   40 * DAY_MS,
    };
    int64_t until = r->model.now + amounts[op->at[CHOICE] % COS_ARRAY_LEN(amounts)];
    if (cosmock_clock_freeze(r->door.tenant, COSMOCK_CLOCK_MODIFICATION, until) != 0 ||
        !model_pass(&r->model, until)) {
        disagree(r, "the clock could not be turned");
    }
    learn_ids(r);
}

static void save(struct run *r)
{
    char path[100];
    struct cosmock_error err = {0};
    (void)snprintf(path, sizeof(path), "%s/saved", r->scratch.path);
    if (cosmock_tenant_save(r->door.tenant, path, &err) != COSMOCK_OK) {
        disagree(r, "no snapshot: %s", err.message);
    }
    r->saved = r->model;
    r->has_saved = true;
}

static void go_back(struct run *r)
{
    char path[100];
    struct cosmock_error err = {0};
    (void)snprintf(path, sizeof(path), "%s/saved", r->scratch.path);
    if (!r->has_saved) {
        return;
    }
    if (cosmock_tenant_restore(r->door.tenant, path, &err) != COSMOCK_OK) {
        disagree(r, "no way back: %s", err.message);
    }
    r->model = r->saved;
}

void step(struct run *r, const struct op *op)
{
    static void (*const steps[VERBS])(struct run * r, const struct op *op) = {
        [PUT] = put,
        [COPY] = copy,
        [APPEND] = append,
        [DELETE] = delete_one,
        [DELETE_MANY] = delete_many,
        [VERSIONING] = switch_versioning,
        [TAG] = tag,
        [ACL] = set_list,
        [BUCKET_ACL] = set_bucket_list,
        [INITIATE] = initiate,
        [PART] = put_part,
        [PART_COPY] = copy_part,
        [COMPLETE] = complete,
        [ABORT] = abort_upload,
        [RULES] = add_rule,
        [PASS] = pass,
        [RESTORE] = restore,
        [RETAIN] = retain,
        [STRANGER] = stranger,
    };
    if (steps[op->verb] != NULL) {
        steps[op->verb](r, op);
    } else if (op->verb == LOCK) {
        lock_bucket(r);
    } else if (op->verb == SAVE) {
        save(r);
    } else if (op->verb == BACK) {
        go_back(r);
    } else {
        run_restart(r);
    }
    int64_t now = cosmock_clock_now_unix_ms(r->door.tenant, COSMOCK_CLOCK_MODIFICATION);
    if (now != r->model.now) {
        disagree(r, "the clock says %lld instead of %lld", (long long)now,
                 (long long)r->model.now);
    }
}
