/* SPDX-License-Identifier: Apache-2.0 */
/* Objects are written, copied, deleted, and told what they have besides their bytes. */
#include "steps.h"

#include "cosbase/date.h"

static const char *const tag_documents[] = {
    "<Tagging><TagSet></TagSet></Tagging>",
    "<Tagging><TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet></Tagging>",
    ("<Tagging><TagSet><Tag><Key>t</Key><Value>2</Value></Tag><Tag><Key>u</Key><Value>3</Value>"
     "</Tag></TagSet></Tagging>"),
};

/* --- writes --- */

void step_put(struct run *r, const struct op *op)
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

void say_source(struct run *r, const struct key *from, const char *id)
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

void step_copy(struct run *r, const struct op *op)
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
void step_append(struct run *r, const struct op *op)
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

void step_delete_one(struct run *r, const struct op *op)
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

void step_delete_many(struct run *r, const struct op *op)
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

void step_tag(struct run *r, const struct op *op)
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

void step_set_list(struct run *r, const struct op *op)
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

void step_retain(struct run *r, const struct op *op)
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

void step_restore(struct run *r, const struct op *op)
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
