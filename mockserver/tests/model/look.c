/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a client can see, beside what the model says of it. */
#include "run.h"

#include "cosbase/date.h"

static const char *const class_names[CLASSES] = {"STANDARD", "STANDARD_IA", "ARCHIVE",
                                                 "DEEP_ARCHIVE"};

/* --- one version --- */

static void expect_restore(struct run *r, const struct version *v)
{
    static const char *const tiers[] = {"expedited", "standard", "bulk"};
    char shown[100] = "";
    char status[100] = "";
    char date[30];
    if (model_is_archived(v) && model_is_running(&r->model, v)) {
        cos_date_http(date, v->restore.asked_at / 1000);
        (void)snprintf(shown, sizeof(shown), "ongoing-request=\"true\"");
        (void)snprintf(status, sizeof(status), "tier=\"%s\"; request-date=\"%s\"",
                       tiers[v->restore.tier], date);
    } else if (model_is_archived(v) && model_is_restored(&r->model, v)) {
        cos_date_http(date, v->restore.ends_at / 1000);
        (void)snprintf(shown, sizeof(shown), "ongoing-request=\"false\", expiry-date=\"%s\"",
                       date);
    }
    expect_header(r, "x-cos-restore", shown);
    expect_header(r, "x-cos-restore-status", status);
}

static void expect_number(struct run *r, const char *name, unsigned long long expected)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%llu", expected);
    expect_header(r, name, text);
}

/* What GET and HEAD both say. */
static void expect_headers(struct run *r, const struct version *v)
{
    static const char *const counts[] = {"", "1", "2"};
    char text[60];
    struct cos_span body = body_text(&r->bodies, v->body);
    expect_number(r, "Content-Length", body.len);
    expect_number(r, "x-cos-hash-crc64ecma", cos_crc64(0, body.ptr, body.len));
    expect_header(r, "x-cos-storage-class",
                  v->is.class == STANDARD ? "" : class_names[v->is.class]);
    expect_header(r, "x-cos-tagging-count", counts[v->is.tags]);
    expect_header(r, "x-cos-object-type", v->is_appendable ? "appendable" : "");
    expect_header(r, "x-cos-version-id", strcmp(v->id, "null") == 0 ? "" : v->id);
    (void)snprintf(text, sizeof(text), "%u", v->is.meta);
    expect_header(r, "x-cos-meta-m", v->is.meta == 0 ? "" : text);
    (void)snprintf(text, sizeof(text), "\"%s\"", v->etag);
    expect_header(r, "ETag", text);
    cos_date_http(text, v->born / 1000);
    expect_header(r, "Last-Modified", text);
    expect_restore(r, v);
}

static void read_bytes(struct run *r, const struct key *k, const char *id)
{
    const struct version *v = model_served(k, id);
    struct refusals refusals = {0};
    model_refuse_read(&r->model, k, id, &refusals);
    ask_plain(r, "GET", target_of(k, NULL, id));
    if (is_done(r, &refusals, 200)) {
        struct cos_span body = body_text(&r->bodies, v->body);
        if (r->answer.n != body.len || memcmp(r->answer.body, body.ptr, body.len) != 0) {
            disagree(r, "%s has '%.20s', by the documents '%.20s'", target_of(k, NULL, id),
                     r->answer.body, body.ptr);
        }
        expect_headers(r, v);
    }
    ask_plain(r, "HEAD", target_of(k, NULL, id));
    if (v == NULL) {
        (void)is_done(r, &(struct refusals){.rows = {{404, NULL}}, .n = 1}, 404);
    } else {
        (void)is_done(r, &(struct refusals){0}, 200);
        expect_headers(r, v);
    }
}

static void read_tags(struct run *r, const struct key *k, const struct version *v)
{
    static const char *const sets[] = {
        "<TagSet></TagSet>",
        "<TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet>",
        ("<TagSet><Tag><Key>t</Key><Value>2</Value></Tag><Tag><Key>u</Key><Value>3</Value>"
         "</Tag></TagSet>"),
    };
    ask_plain(r, "GET", target_of(k, "tagging", v->id));
    (void)is_done(r, &(struct refusals){0}, 200);
    if (strstr(r->answer.body, sets[v->is.tags]) == NULL) {
        disagree(r, "%s\nhas not\n%s", r->answer.body, sets[v->is.tags]);
    }
}

/* Owner's grant, and that of the group. */
static void read_list(struct run *r, const struct key *k, const struct version *v)
{
    static const char *const words[] = {"default", "private", "public-read"};
    ask_plain(r, "GET", target_of(k, "acl", v->id));
    (void)is_done(r, &(struct refusals){0}, 200);
    expect_header(r, "x-cos-acl", words[v->is.acl]);
    bool is_public = strstr(r->answer.body, "AllUsers") != NULL;
    if (is_public != (v->is.acl == PUBLIC_READ)) {
        disagree(r, "%s\nis no list of %s", r->answer.body, words[v->is.acl]);
    }
}

static void read_retention(struct run *r, const struct key *k, const struct version *v)
{
    char date[30];
    struct refusals refusals = {0};
    if (v->is.until == 0) {
        model_refuse(&refusals, 404, "NoSuchObjectLockConfiguration");
    }
    ask_plain(r, "GET", target_of(k, "retention", v->id));
    if (is_done(r, &refusals, 200)) {
        cos_date_iso_ms(date, v->is.until);
        expect_text(r, "RetainUntilDate", xml_of(&r->answer, "RetainUntilDate"), date);
    }
}

void look_at(struct run *r, const struct key *k, size_t version)
{
    read_bytes(r, k, NULL);
    if (k->n > 0) {
        read_bytes(r, k, k->versions[version % k->n].id);
    }
}

/* --- lists: a line for each entry --- */

static void expect_lines(struct run *r, const char *what, const struct cos_buf *got,
                         const struct cos_buf *expected)
{
    if (strcmp(cos_buf_cstr(got), cos_buf_cstr(expected)) != 0) {
        disagree(r, "%s:\n%s\nby the documents:\n%s", what, cos_buf_cstr(got),
                 cos_buf_cstr(expected));
    }
}

static void expected_versions(const struct run *r, const char *prefix, struct cos_buf *out)
{
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        const struct key *k = &r->model.keys[i];
        for (size_t j = 0; strncmp(k->name, prefix, strlen(prefix)) == 0 && j < k->n; j++) {
            const struct version *v = &k->versions[j];
            cos_buf_printf(out, "%s %s %s", k->name, r->model.versioning == NEVER ? "" : v->id,
                           j == 0 ? "true" : "false");
            if (!v->is_marker) {
                cos_buf_printf(out, " %s %zu %s", v->etag, body_text(&r->bodies, v->body).len,
                               class_names[v->is.class]);
            }
            cos_buf_ch(out, '\n');
        }
    }
}

/* Text of the next <@element>, if it is before @end. */
static const char *inside(const char **at, const char *element, const char *end)
{
    const char *looked = *at;
    const char *text = xml_next(&looked, element);
    if (text == NULL || looked > end) {
        return "";
    }
    *at = looked;
    return text;
}

static void version_line(const char *at, struct cos_buf *out)
{
    const char *end = strstr(at, "</Owner>");
    cos_buf_str(out, inside(&at, "Key", end));
    cos_buf_printf(out, " %s", inside(&at, "VersionId", end));
    cos_buf_printf(out, " %s", inside(&at, "IsLatest", end));
    const char *etag = inside(&at, "ETag", end);
    if (etag[0] != '\0') {
        cos_buf_printf(out, " %.*s", (int)strcspn(etag + 6, "&"), etag + 6);
        cos_buf_printf(out, " %s", inside(&at, "Size", end));
        cos_buf_printf(out, " %s", inside(&at, "StorageClass", end));
    }
    cos_buf_ch(out, '\n');
}

static void list_versions(struct run *r, const char *prefix, size_t page)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf expected;
    char target[300];
    char markers[200] = "";
    bool more = true;
    cos_buf_init(&got, 1 << 18);
    cos_buf_init(&expected, 1 << 18);
    expected_versions(r, prefix, &expected);
    while (more) {
        (void)snprintf(target, sizeof(target), "/?versions&max-keys=%zu&prefix=%s%s", page,
                       prefix, markers);
        ask_plain(r, "GET", target);
        (void)is_done(r, &(struct refusals){0}, 200);
        const char *body = r->answer.body;
        for (const char *at = body; (at = strstr(at, "<Key>")) != NULL; at++) {
            version_line(at, &got);
        }
        more = strcmp(xml_of(&r->answer, "IsTruncated"), "true") == 0;
        if (more) {
            char key[20];
            (void)snprintf(key, sizeof(key), "%s", xml_of(&r->answer, "NextKeyMarker"));
            (void)snprintf(markers, sizeof(markers), "&key-marker=%s&version-id-marker=%s", key,
                           xml_of(&r->answer, "NextVersionIdMarker"));
        }
    }
    expect_lines(r, target, &got, &expected);
}

static void expected_objects(const struct run *r, const char *delimiter, struct cos_buf *out)
{
    bool has_prefix = false;
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        const struct key *k = &r->model.keys[i];
        const struct version *v = model_served(k, NULL);
        if (v == NULL) {
            continue;
        }
        if (delimiter[0] != '\0' && strchr(k->name, '/') != NULL) {
            has_prefix = true;
            continue;
        }
        const char *restore = !model_is_archived(v)             ? ""
                              : model_is_running(&r->model, v)  ? " ONGOING"
                              : model_is_restored(&r->model, v) ? " DONE"
                                                                : " ";
        cos_buf_printf(out, "%s %s %zu %s%s\n", k->name, v->etag,
                       body_text(&r->bodies, v->body).len, class_names[v->is.class], restore);
    }
    cos_buf_str(out, has_prefix ? "b/\n" : "");
}

static void object_line(const char *at, struct cos_buf *out)
{
    const char *end = strstr(at, "</Contents>");
    cos_buf_str(out, inside(&at, "Key", end));
    cos_buf_printf(out, " %s", inside(&at, "ETag", end) + 6);
    out->len -= 6; /* &quot; */
    cos_buf_printf(out, " %s", inside(&at, "Size", end));
    cos_buf_printf(out, " %s", inside(&at, "StorageClass", end));
    const char *status = strstr(at, "<RestoreStatus>");
    if (status != NULL && status < end) {
        cos_buf_printf(out, " %s", inside(&at, "RestoreStatus", end));
    }
    cos_buf_ch(out, '\n');
}

/* Prefixes behind the keys: only their order among themselves is one of the document. */
static void list_objects(struct run *r, const char *delimiter, size_t page)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf got;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf expected;
    char target[200];
    char marker[40] = "";
    bool has_prefix = false;
    bool more = true;
    cos_buf_init(&got, 1 << 16);
    cos_buf_init(&expected, 1 << 16);
    expected_objects(r, delimiter, &expected);
    while (more) {
        (void)snprintf(target, sizeof(target), "/?max-keys=%zu&delimiter=%s&marker=%s", page,
                       delimiter, marker);
        ask_plain(r, "GET", target);
        (void)is_done(r, &(struct refusals){0}, 200);
        const char *body = r->answer.body;
        for (const char *at = body; (at = strstr(at, "<Contents>")) != NULL; at++) {
            object_line(at, &got);
        }
        has_prefix = has_prefix || strstr(body, "<CommonPrefixes>") != NULL;
        more = strcmp(xml_of(&r->answer, "IsTruncated"), "true") == 0;
        (void)snprintf(marker, sizeof(marker), "%s",
                       more ? xml_of(&r->answer, "NextMarker") : "");
    }
    cos_buf_str(&got, has_prefix ? "b/\n" : "");
    expect_lines(r, target, &got, &expected);
}

/* --- uploads --- */

static void list_parts(struct run *r, const struct upload *u)
{
    char what[200];
    size_t n = 0;
    (void)snprintf(what, sizeof(what), "uploadId=%s", u->id);
    ask_plain(r, "GET", target_of(&r->model.keys[u->key], what, NULL));
    (void)is_done(r, &(struct refusals){0}, 200);
    expect_text(r, "StorageClass of the upload", xml_of(&r->answer, "StorageClass"),
                class_names[u->is.class]);
    const char *at = r->answer.body;
    for (size_t i = 0; i < MODEL_PARTS; i++) {
        char number[8];
        if (u->parts[i] != 0) {
            const char *said = xml_next(&at, "PartNumber");
            (void)snprintf(number, sizeof(number), "%zu", i + 1);
            expect_text(r, "PartNumber", said == NULL ? "" : said, number);
            const char *etag = xml_next(&at, "ETag");
            if (etag == NULL || strstr(etag, u->etags[i]) == NULL) {
                disagree(r, "part %zu has not the ETag %s", i + 1, u->etags[i]);
            }
            n++;
        }
    }
    if (xml_next(&at, "PartNumber") != NULL) {
        disagree(r, "there are more than %zu parts", n);
    }
}

static void list_uploads(struct run *r)
{
    size_t n = 0;
    size_t n_listed = 0;
    for (size_t i = 0; i < MODEL_UPLOADS; i++) {
        if (r->model.uploads[i].id[0] != '\0') {
            n++;
            list_parts(r, &r->model.uploads[i]);
        }
    }
    ask_plain(r, "GET", "/?uploads");
    (void)is_done(r, &(struct refusals){0}, 200);
    for (const char *at = r->answer.body; (at = strstr(at, "<UploadId>")) != NULL; at++) {
        n_listed++;
    }
    for (size_t i = 0; i < MODEL_UPLOADS; i++) {
        const char *id = r->model.uploads[i].id;
        if (n_listed != n || (id[0] != '\0' && strstr(r->answer.body, id) == NULL)) {
            disagree(r, "%s\nlists other than %zu uploads, or not %s", r->answer.body, n, id);
        }
    }
}

void look_at_all(struct run *r)
{
    size_t page = 1 + r->n_asked % 7; /* any */
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        const struct key *k = &r->model.keys[i];
        read_bytes(r, k, NULL);
        for (size_t j = 0; j < k->n; j++) {
            read_bytes(r, k, k->versions[j].id);
            if (!k->versions[j].is_marker) {
                read_tags(r, k, &k->versions[j]);
                read_list(r, k, &k->versions[j]);
                read_retention(r, k, &k->versions[j]);
            }
        }
    }
    list_versions(r, "", page);
    list_versions(r, "b/", page);
    list_objects(r, "", page);
    list_objects(r, "/", page);
    list_uploads(r);
}

/* --- the end of a bucket --- */

static bool is_empty(const struct model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        n += m->keys[i].n;
    }
    for (size_t i = 0; i < MODEL_UPLOADS; i++) {
        n += m->uploads[i].id[0] != '\0';
    }
    return n == 0;
}

static void empty_key(struct run *r, struct key *k)
{
    while (k->n > 0) {
        size_t i = r->n_asked % k->n;
        ask_plain(r, "DELETE", target_of(k, NULL, k->versions[i].id));
        (void)is_done(r, &(struct refusals){0}, 204);
        model_remove(k, i);
        read_bytes(r, k, NULL);
    }
}

void empty_bucket(struct run *r)
{
    const struct op past = {.verb = PASS, .at = {[CHOICE] = 15}}; /* behind all retentions */
    step(r, &past);
    if (!is_empty(&r->model)) {
        struct refusals refusals = {0};
        model_refuse(&refusals, 409, "BucketNotEmpty");
        ask_plain(r, "DELETE", "/");
        (void)is_done(r, &refusals, 204);
    }
    for (unsigned i = 0; i < MODEL_UPLOADS; i++) {
        if (r->model.uploads[i].id[0] != '\0') {
            step(r, &(struct op){.verb = ABORT, .at = {[FROM] = (unsigned char)i}});
        }
    }
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        empty_key(r, &r->model.keys[i]);
    }
    ask_plain(r, "DELETE", "/");
    (void)is_done(r, &(struct refusals){0}, 204);
}
