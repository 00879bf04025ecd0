/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random sequences of requests against a model that was written from the documents
 * (cos-operations-1.md s.2; lifecycle: cos-operations-2.md s.6.3): puts, copies, uploads,
 * deletions with and without versions, many at once, the switch of versioning, and days of
 * lifecycle rules between them. Behind each request a key is read whole,
 * behind each sequence the bucket is listed in pages of a random size and emptied.
 * MODEL_SEQUENCES says how many there are, MODEL_SEED where they begin; a failing one names its
 * seed.
 */
#include "door.h"

#include "cosbase/rng.h"

#define SEED 20261127
#define SEQUENCES 1500
#define STEPS 25
#define KEYS 4
#define VERSIONS 80 /* of a key; more than a sequence makes */
#define ID_BYTES 27

enum state { NEVER, ENABLED, SUSPENDED };

struct version {
    char id[40]; /* "null", or what the answer said */
    bool is_marker;
    unsigned text;    /* its body, as a decimal */
    bool is_of_parts; /* of one: its ETag is another */
    int64_t born;     /* unix ms */
};
struct key {
    const char *name;
    struct version versions[VERSIONS]; /* the newest first */
    size_t n;
};
struct model {
    struct key keys[KEYS];
    enum state state;
    char upload[100]; /* of keys[0]; "": none is open */
    unsigned upload_text;
    int64_t upload_born;
};

static struct door *door;
static struct cos_rng *rng;
static struct model model;
static unsigned long long seed; /* of the sequence */
static unsigned last_text;
static int64_t now; /* unix ms; goes on from sequence to sequence */

#define REQUIRE(condition)                                                          \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fail_msg("seed %llu: line %d: not so: %s", seed, __LINE__, #condition); \
        }                                                                           \
    } while (0)

/* --- the model --- */

static void forget_version(struct key *k, size_t i)
{
    k->n--;
    memmove(&k->versions[i], &k->versions[i + 1], (k->n - i) * sizeof(k->versions[0]));
}

static size_t find(const struct key *k, const char *id)
{
    size_t i = 0;
    while (i < k->n && strcmp(k->versions[i].id, id) != 0) {
        i++;
    }
    return i;
}

/* Where versioning is off or suspended, the version without an id is replaced. */
static struct version *add_version(struct key *k, const char *id)
{
    size_t null = find(k, "null");
    if (model.state != ENABLED && null < k->n) {
        forget_version(k, null);
    }
    REQUIRE(k->n < VERSIONS);
    memmove(&k->versions[1], &k->versions[0], k->n * sizeof(k->versions[0]));
    k->n++;
    k->versions[0] = (struct version){.is_marker = false, .born = now};
    (void)snprintf(k->versions[0].id, sizeof(k->versions[0].id), "%s",
                   model.state == ENABLED ? id : "null");
    return &k->versions[0];
}

static bool has_object(const struct key *k)
{
    return k->n > 0 && !k->versions[0].is_marker;
}

/* --- what is asked, and what has to be answered --- */

static struct key *draw_key(void)
{
    return &model.keys[cos_rng_below(rng, KEYS)];
}

static const char *target_of(const struct key *k, const char *id)
{
    static char target[200];
    (void)snprintf(target, sizeof(target), "/%s%s%s", k->name,
                   id == NULL ? "" : "?versionId=", id == NULL ? "" : id);
    return target;
}

/* A new id where there are versions; none otherwise. */
static void check_id(const struct key *k, const char *id)
{
    if (model.state == ENABLED) {
        REQUIRE(strlen(id) == ID_BYTES);
        REQUIRE(find(k, id) == k->n);
    } else {
        REQUIRE(id[0] == '\0');
    }
}

static void put(void)
{
    char text[16];
    struct key *k = draw_key();
    (void)snprintf(text, sizeof(text), "%u", ++last_text);
    struct answer a = door_ask(door, &(struct ask){.method = "PUT",
                                                   .target = target_of(k, NULL),
                                                   .body = text,
                                                   .n = strlen(text)});
    REQUIRE(a.status == 200);
    const char *id = answer_header(&a, "x-cos-version-id");
    check_id(k, id);
    add_version(k, id)->text = last_text;
    answer_free(&a);
}

/* Of a key, the id of one of its versions, or one that is nobody's. */
static const char *draw_id(const struct key *k)
{
    size_t i = (size_t)cos_rng_below(rng, k->n + 1);
    return i < k->n                     ? k->versions[i].id
           : cos_rng_below(rng, 2) == 0 ? "null"
                                        : "MTg0NDUxNTc1NjIzMTQ1MDAwODg";
}

static int copy_status(const struct key *from, const char *id, bool is_self)
{
    size_t i = id == NULL ? 0 : find(from, id);
    if (i >= from->n || (id == NULL && from->versions[0].is_marker)) {
        return 404;
    }
    return from->versions[i].is_marker || (is_self && id == NULL) ? 400 : 200;
}

static void copy(void)
{
    char headers[500];
    struct key *from = draw_key();
    struct key *to = draw_key();
    const char *id = cos_rng_below(rng, 2) == 0 ? NULL : draw_id(from);
    (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s%s", door->host,
                   target_of(from, id));
    int status = copy_status(from, id, from == to);
    struct answer a = door_ask(door, &(struct ask){.method = "PUT",
                                                   .target = target_of(to, NULL),
                                                   .headers = headers});
    REQUIRE(a.status == status);
    if (status == 200) {
        const char *made = model.state == ENABLED ? xml_of(&a, "VersionId") : "";
        const struct version source = from->versions[id == NULL ? 0 : find(from, id)];
        REQUIRE(strcmp(answer_header(&a, "x-cos-copy-source-version-id"),
                       id == NULL ? "" : id) == 0);
        REQUIRE((strstr(a.body, "<VersionId>") != NULL) == (model.state == ENABLED));
        check_id(to, made);
        struct version *copied = add_version(to, made);
        copied->text = source.text;
        copied->is_of_parts = source.is_of_parts;
    }
    answer_free(&a);
}

/* What DELETE without a version does. */
static void cover(struct key *k, const char *id)
{
    if (model.state == NEVER) {
        k->n = 0;
    } else {
        add_version(k, id)->is_marker = true;
    }
}

static void delete_latest(void)
{
    struct key *k = draw_key();
    struct answer a = door_send(door, "DELETE", target_of(k, NULL), NULL);
    REQUIRE(a.status == 204);
    REQUIRE(strcmp(answer_header(&a, "x-cos-delete-marker"),
                   model.state == NEVER ? "" : "true") == 0);
    const char *id = answer_header(&a, "x-cos-version-id");
    check_id(k, id);
    cover(k, id);
    answer_free(&a);
}

static void delete_version(void)
{
    struct key *k = draw_key();
    char id[40];
    (void)snprintf(id, sizeof(id), "%s", draw_id(k));
    size_t i = find(k, id);
    bool is_marker = i < k->n && k->versions[i].is_marker;
    struct answer a = door_send(door, "DELETE", target_of(k, id), NULL);
    REQUIRE(a.status == 204);
    REQUIRE(strcmp(answer_header(&a, "x-cos-delete-marker"), is_marker ? "true" : "") == 0);
    REQUIRE(strcmp(answer_header(&a, "x-cos-version-id"),
                   i < k->n && strcmp(id, "null") != 0 ? id : "") == 0);
    answer_free(&a);
    if (i < k->n) {
        forget_version(k, i);
    }
}

/* One entry of the document; @id empty: no version. */
struct entry {
    struct key *key;
    char id[40];
};

/* The entry's <Deleted> begins at @at; behind it what comes next. */
static const char *expect_deleted(const char *at, const struct entry *e)
{
    char expected[400];
    char marker[40] = "";
    size_t i = find(e->key, e->id);
    bool is_named = e->id[0] != '\0';
    bool is_marker =
        is_named ? i < e->key->n && e->key->versions[i].is_marker : model.state != NEVER;
    REQUIRE(at != NULL);
    if (is_marker) {
        const char *said = at;
        (void)snprintf(marker, sizeof(marker), "%s", xml_next(&said, "DeleteMarkerVersionId"));
        REQUIRE(!is_named || strcmp(marker, e->id) == 0);
    }
    (void)snprintf(expected, sizeof(expected), "<Deleted><Key>%s</Key>%s%s%s%s%s%s</Deleted>",
                   e->key->name,
                   is_marker ? "<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>" : "",
                   marker, is_marker ? "</DeleteMarkerVersionId>" : "",
                   is_named ? "<VersionId>" : "", e->id, is_named ? "</VersionId>" : "");
    REQUIRE(strncmp(at, expected, strlen(expected)) == 0);
    if (!is_named) {
        cover(e->key, marker);
    } else if (i < e->key->n) {
        forget_version(e->key, i);
    }
    return at + strlen(expected);
}

static void delete_many(void)
{
    struct entry entries[5];
    char document[1000] = "<Delete>";
    size_t n = 1 + (size_t)cos_rng_below(rng, COS_ARRAY_LEN(entries));
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(document);
        entries[i] = (struct entry){.key = draw_key()};
        if (cos_rng_below(rng, 2) == 0) {
            (void)snprintf(entries[i].id, sizeof(entries[i].id), "%s", draw_id(entries[i].key));
        }
        (void)snprintf(document + used, sizeof(document) - used,
                       "<Object><Key>%s</Key><VersionId>%s</VersionId></Object>",
                       entries[i].key->name, entries[i].id);
    }
    size_t used = strlen(document);
    (void)snprintf(document + used, sizeof(document) - used, "</Delete>");
    struct answer a = door_ask(door, &(struct ask){.method = "POST",
                                                   .target = "/?delete",
                                                   .body = document,
                                                   .n = strlen(document),
                                                   .with_md5 = true});
    REQUIRE(a.status == 200);
    const char *at = strstr(a.body, "<Deleted>");
    for (size_t i = 0; i < n; i++) {
        at = expect_deleted(at, &entries[i]);
    }
    REQUIRE(strncmp(at, "</DeleteResult>", 15) == 0);
    answer_free(&a);
}

static void switch_state(void)
{
    char body[200];
    enum state wanted = cos_rng_below(rng, 2) == 0 ? ENABLED : SUSPENDED;
    (void)snprintf(body, sizeof(body),
                   "<VersioningConfiguration><Status>%s</Status></VersioningConfiguration>",
                   wanted == ENABLED ? "Enabled" : "Suspended");
    const struct ask q = {.method = "PUT",
                          .target = "/?versioning",
                          .body = body,
                          .n = strlen(body)};
    door_expect(door, &q, 200, NULL);
    model.state = wanted;
}

/* --- an upload, which may end under another state than it began under --- */

static void begin_upload(void)
{
    char target[200];
    char text[16];
    struct answer a = door_send(door, "POST", "/a?uploads", NULL);
    (void)snprintf(model.upload, sizeof(model.upload), "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    model.upload_text = ++last_text;
    model.upload_born = now;
    (void)snprintf(target, sizeof(target), "/a?partNumber=1&uploadId=%s", model.upload);
    (void)snprintf(text, sizeof(text), "%u", model.upload_text);
    door_put(door, target, text);
}

static void complete_upload(const char *target)
{
    char digest[33];
    char text[16];
    char document[200];
    (void)snprintf(text, sizeof(text), "%u", model.upload_text);
    cos_md5_hex(digest, text, strlen(text));
    (void)snprintf(document, sizeof(document),
                   "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag>"
                   "</Part></CompleteMultipartUpload>",
                   digest);
    struct answer a = door_ask(door, &(struct ask){.method = "POST",
                                                   .target = target,
                                                   .body = document,
                                                   .n = strlen(document)});
    const char *id = answer_header(&a, "x-cos-version-id");
    REQUIRE(a.status == 200);
    REQUIRE(model.state != SUSPENDED || strcmp(id, "null") == 0);
    check_id(&model.keys[0], model.state == SUSPENDED ? "" : id);
    struct version *made = add_version(&model.keys[0], id);
    made->text = model.upload_text;
    made->is_of_parts = true;
    answer_free(&a);
}

static void upload(void)
{
    char target[200];
    (void)snprintf(target, sizeof(target), "/a?uploadId=%s", model.upload);
    if (model.upload[0] == '\0') {
        begin_upload();
        return;
    }
    if (cos_rng_below(rng, 3) == 0) {
        door_expect(door, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
    } else {
        complete_upload(target);
    }
    model.upload[0] = '\0';
}

static void append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);
    REQUIRE(used + strlen(text) < size);
    memcpy(out + used, text, strlen(text) + 1);
}

/* --- days pass, under rules --- */

#define DAY_MS INT64_C(86400000)
#define CHINA_MS INT64_C(28800000) /* where days begin: ahead of UTC */
#define UNKNOWN_ID "?"

/* 0: there is no such rule. */
struct rules {
    int expires, old_goes, aborts; /* days */
    bool lone_markers_go;
};

static bool is_due(int64_t midnight, int64_t since, int days)
{
    return days > 0 && midnight - since >= days * DAY_MS;
}

static size_t count_markers(const struct key *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        n += k->versions[i].is_marker;
    }
    return n;
}

/* Markers and nothing else: several go but for the latest, and a single one. */
static bool drop_markers(struct key *k, const struct rules *r, int64_t midnight)
{
    if (k->n == 0 || count_markers(k) < k->n) {
        return false;
    }
    bool goes =
        r->lone_markers_go || (k->n == 1 && is_due(midnight, k->versions[0].born, r->old_goes));
    if (goes) {
        k->n = k->n == 1 ? 0 : 1;
    }
    return goes;
}

/* Everything is judged by what there was before. */
static void pass_midnight(struct key *k, const struct rules *r, int64_t midnight)
{
    bool is_over = has_object(k) && is_due(midnight, k->versions[0].born, r->expires);
    for (size_t i = k->n; model.state != NEVER && i-- > 1;) {
        if (is_due(midnight, k->versions[i - 1].born, r->old_goes)) {
            forget_version(k, i);
        }
    }
    bool is_done = model.state == NEVER;
    while (!is_done) {
        is_done = !drop_markers(k, r, midnight);
    }
    if (is_over) {
        int64_t before = now;
        now = midnight;
        cover(k, UNKNOWN_ID);
        now = before;
    }
}

/* The ids of markers that nobody was told. */
static void learn_ids(struct key *k)
{
    char target[100];
    if (k->n == 0 || strcmp(k->versions[0].id, UNKNOWN_ID) != 0) {
        return;
    }
    (void)snprintf(target, sizeof(target), "/?versions&max-keys=1&prefix=%s", k->name);
    struct answer a = door_send(door, "GET", target, NULL);
    (void)snprintf(k->versions[0].id, sizeof(k->versions[0].id), "%s", xml_of(&a, "VersionId"));
    REQUIRE(strstr(a.body, "<DeleteMarker>") != NULL);
    answer_free(&a);
}

static void put_rules(const struct rules *r)
{
    char text[1000] = "<LifecycleConfiguration>";
    static const struct {
        const char *text;
        size_t days;
    } parts[] = {
        {"<Expiration><Days>%d</Days></Expiration>", offsetof(struct rules, expires)},
        {"<NoncurrentVersionExpiration><NoncurrentDays>%d</NoncurrentDays>"
         "</NoncurrentVersionExpiration>",
         offsetof(struct rules, old_goes)},
        {"<AbortIncompleteMultipartUpload><DaysAfterInitiation>%d</DaysAfterInitiation>"
         "</AbortIncompleteMultipartUpload>",
         offsetof(struct rules, aborts)},
    };
    append(text, sizeof(text), "<Rule><Status>Enabled</Status></Rule>");
    for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
        char days[8];
        int n = *(const int *)(const void *)((const char *)r + parts[i].days);
        const char *number = strstr(parts[i].text, "%d");
        char head[120];
        (void)snprintf(head, sizeof(head), "%.*s", (int)(number - parts[i].text),
                       parts[i].text);
        (void)snprintf(days, sizeof(days), "%d", n);
        append(text, sizeof(text), n == 0 ? "" : "<Rule><Status>Enabled</Status>");
        append(text, sizeof(text), n == 0 ? "" : head);
        append(text, sizeof(text), n == 0 ? "" : days);
        append(text, sizeof(text), n == 0 ? "" : number + 2);
        append(text, sizeof(text), n == 0 ? "" : "</Rule>");
    }
    append(text, sizeof(text),
           r->lone_markers_go
               ? "<Rule><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true"
                 "</ExpiredObjectDeleteMarker></Expiration></Rule>"
               : "");
    append(text, sizeof(text), "</LifecycleConfiguration>");
    door_expect(door,
                &(struct ask){.method = "PUT",
                              .target = "/?lifecycle",
                              .body = text,
                              .n = strlen(text),
                              .with_md5 = true},
                200, NULL);
}

/* None, or up to three. */
static int draw_days(void)
{
    return cos_rng_below(rng, 2) == 0 ? 0 : 1 + (int)cos_rng_below(rng, 3);
}

static void pass_days(void)
{
    const struct rules r = {.expires = draw_days(),
                            .old_goes = draw_days(),
                            .aborts = draw_days(),
                            .lone_markers_go = cos_rng_below(rng, 2) == 0};
    int64_t until = now + (int64_t)cos_rng_below(rng, 4 * DAY_MS);
    put_rules(&r);
    REQUIRE(cosmock_clock_freeze(door->tenant, COSMOCK_CLOCK_MODIFICATION, until) == 0);
    int64_t midnight = (now + CHINA_MS) / DAY_MS * DAY_MS - CHINA_MS + DAY_MS;
    for (; midnight <= until; midnight += DAY_MS) {
        for (size_t i = 0; i < KEYS; i++) {
            pass_midnight(&model.keys[i], &r, midnight);
        }
        if (is_due(midnight, model.upload_born, r.aborts)) {
            model.upload[0] = '\0';
        }
    }
    now = until;
    for (size_t i = 0; i < KEYS; i++) {
        learn_ids(&model.keys[i]);
    }
    door_expect(door, &(struct ask){.method = "DELETE", .target = "/?lifecycle"}, 204, NULL);
}

/* --- what has to be there --- */

static void check_read(const struct key *k, const char *id, const struct version *v)
{
    char text[16];
    struct answer a = door_send(door, "GET", target_of(k, id), NULL);
    bool is_there = v != NULL && !v->is_marker;
    REQUIRE(a.status == (is_there ? 200 : 404));
    if (is_there) {
        (void)snprintf(text, sizeof(text), "%u", v->text);
        REQUIRE(strcmp(a.body, text) == 0);
        REQUIRE(strcmp(answer_header(&a, "x-cos-version-id"),
                       strcmp(v->id, "null") == 0 ? "" : v->id) == 0);
    }
    answer_free(&a);
}

static void check_key(const struct key *k)
{
    check_read(k, NULL, k->n == 0 ? NULL : &k->versions[0]);
    for (size_t i = 0; i < k->n; i++) {
        check_read(k, k->versions[i].id, &k->versions[i]);
    }
}

/* In hex, without quotes: MD5, or of an upload the MD5 of those of its parts, and how many. */
static void etag_of(const struct version *v, char out[33])
{
    char text[16];
    uint8_t raw[COS_MD5_BYTES];
    (void)snprintf(text, sizeof(text), "%u", v->text);
    cos_md5_hex(out, text, strlen(text));
    if (v->is_of_parts) {
        REQUIRE(cos_hex_decode(raw, sizeof(raw), cos_span_of(out)));
        cos_md5_hex(out, raw, sizeof(raw));
    }
}

/* A line for each entry that a walk over the model gives. */
static void expected_list(const char *prefix, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &model.keys[i];
        for (size_t j = 0; strncmp(k->name, prefix, strlen(prefix)) == 0 && j < k->n; j++) {
            char line[200];
            char digest[33] = "";
            if (!k->versions[j].is_marker) {
                etag_of(&k->versions[j], digest);
            }
            (void)snprintf(line, sizeof(line), "%s %s %s %.8s\n", k->name,
                           model.state == NEVER ? "" : k->versions[j].id,
                           j == 0 ? "true" : "false", digest);
            append(out, size, line);
        }
    }
}

/* The same from a page. The entries of a page are those with a key. */
static void listed(const char *body, char *out, size_t size)
{
    const char *at = body;
    for (const char *key; (key = xml_next(&at, "Key")) != NULL;) {
        char line[200];
        char id[40];
        char name[20];
        (void)snprintf(name, sizeof(name), "%s", key);
        (void)snprintf(id, sizeof(id), "%s", xml_next(&at, "VersionId"));
        (void)snprintf(line, sizeof(line), "%s %s %s ", name, id, xml_next(&at, "IsLatest"));
        append(out, size, line);
        const char *etag = strstr(at, "<ETag>&quot;");
        const char *end = strstr(at, "</Owner>");
        if (etag != NULL && etag < end) {
            (void)snprintf(line, sizeof(line), "%.8s", etag + 12);
            append(out, size, line);
        }
        append(out, size, "\n");
    }
}

static void check_list(const char *prefix)
{
    static char expected[1 << 16];
    static char got[1 << 16];
    char target[300];
    char markers[200] = "";
    unsigned page = 1 + (unsigned)cos_rng_below(rng, 7);
    bool more = true;
    expected_list(prefix, expected, sizeof(expected));
    got[0] = '\0';
    while (more) {
        (void)snprintf(target, sizeof(target), "/?versions&max-keys=%u&prefix=%s%s", page,
                       prefix, markers);
        struct answer a = door_send(door, "GET", target, NULL);
        REQUIRE(a.status == 200);
        listed(a.body, got, sizeof(got));
        more = strcmp(xml_of(&a, "IsTruncated"), "true") == 0;
        if (more) {
            char key[20];
            (void)snprintf(key, sizeof(key), "%s", xml_of(&a, "NextKeyMarker"));
            (void)snprintf(markers, sizeof(markers), "&key-marker=%s&version-id-marker=%s", key,
                           xml_of(&a, "NextVersionIdMarker"));
        }
        answer_free(&a);
    }
    if (strcmp(got, expected) != 0) {
        fail_msg("seed %llu: pages of %u with prefix '%s':\n%sexpected:\n%s", seed, page,
                 prefix, got, expected);
    }
}

static void check_plain_list(void)
{
    struct answer a = door_send(door, "GET", "/", NULL);
    const char *at = a.body;
    for (size_t i = 0; i < KEYS; i++) {
        if (has_object(&model.keys[i])) {
            const char *key = xml_next(&at, "Key");
            REQUIRE(key != NULL && strcmp(key, model.keys[i].name) == 0);
        }
    }
    REQUIRE(xml_next(&at, "Key") == NULL);
    answer_free(&a);
}

/* --- a sequence --- */

static void begin(void)
{
    static const char *const names[KEYS] = {"a", "b", "b/1", "b/2"}; /* in byte order */
    model = (struct model){.state = NEVER};
    for (size_t i = 0; i < KEYS; i++) {
        model.keys[i].name = names[i];
    }
}

/* Only an empty bucket can go; the next sequence has one that never had versions. */
static void end(void)
{
    size_t n = model.upload[0] == '\0' ? 0 : 1;
    for (size_t i = 0; i < KEYS; i++) {
        n += model.keys[i].n;
    }
    if (n > 0) {
        door_expect(door, &(struct ask){.method = "DELETE", .target = "/"}, 409,
                    "BucketNotEmpty");
    }
    if (model.upload[0] != '\0') {
        char target[200];
        (void)snprintf(target, sizeof(target), "/a?uploadId=%s", model.upload);
        door_expect(door, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
    }
    for (size_t i = 0; i < KEYS; i++) {
        struct key *k = &model.keys[i];
        while (k->n > 0) {
            size_t j = (size_t)cos_rng_below(rng, k->n);
            const char *target = target_of(k, k->versions[j].id);
            door_expect(door, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
            forget_version(k, j);
            check_read(k, NULL, k->n == 0 ? NULL : &k->versions[0]);
        }
    }
    door_expect(door, &(struct ask){.method = "DELETE", .target = "/"}, 204, NULL);
    door_expect(door, &(struct ask){.method = "PUT", .target = "/"}, 200, NULL);
}

static void run_sequence(void)
{
    static const struct {
        void (*step)(void);
        unsigned weight;
    } steps[] = {
        {put, 6},         {copy, 4},   {delete_latest, 3}, {delete_version, 4},
        {delete_many, 2}, {upload, 2}, {switch_state, 2},  {pass_days, 1},
    };
    unsigned total = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(steps); i++) {
        total += steps[i].weight;
    }
    begin();
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t drawn = cos_rng_below(rng, total);
        size_t j = 0;
        while (drawn >= steps[j].weight) {
            drawn -= steps[j++].weight;
        }
        steps[j].step();
        check_key(draw_key());
    }
    for (size_t i = 0; i < KEYS; i++) {
        check_key(&model.keys[i]);
    }
    check_list("");
    check_list("b/");
    check_plain_list();
    end();
}

static void requests_do_what_the_documents_say(void **state)
{
    const char *asked = getenv("MODEL_SEQUENCES");
    unsigned long n = asked == NULL ? SEQUENCES : strtoul(asked, NULL, 10);
    const char *first = getenv("MODEL_SEED");
    seed = first == NULL ? SEED : strtoull(first, NULL, 10);
    door = *state;
    now = DOOR_NOW_UNIX_MS;
    rng = cos_rng_new(seed);
    assert_non_null(rng);
    for (unsigned long i = 0; i < n; i++, seed++) {
        cos_rng_reseed(rng, seed);
        run_sequence();
    }
    rng = cos_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(requests_do_what_the_documents_say),
    };
    return cmocka_run_group_tests_name("versions_model", tests, NULL, NULL);
}
