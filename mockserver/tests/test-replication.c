/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What replication rules copy, and what they do not: "Replication behavior" (436/19923), its
 * overview (436/19237), the pages of the three operations (436/19221-19223); statuses are those
 * of an inventory (436/30622). Where a claim has to see what is pending, the switch says
 * by-clock; where it waits for the thread, it waits for the journal's entry.
 */
#include "door.h"
#include "scratch.h"

#define COPY "copy-1250000000"
#define THIRD "third-1250000000"
#define REGION "ap-shanghai"
#define COPY_HOST COPY ".cos." REGION ".myqcloud.com"
#define THIRD_HOST THIRD ".cos." REGION ".myqcloud.com"
#define ROLE "qcs::cam::uin/100000000001:uin/100000000001"
#define WAIT_MS 20000

static const char enabled[] =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
static const char suspended[] =
    "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";

static struct ask put_at(const char *host, const char *target, const char *text)
{
    return (struct ask){.method = "PUT",
                        .target = target,
                        .host = host,
                        .body = text,
                        .n = strlen(text),
                        .with_md5 = true};
}

static void add_bucket(struct door *d, const char *name, const char *host)
{
    const struct ask keep = put_at(host, "/?versioning", enabled);
    assert_int_equal(cosmock_bucket_put(d->tenant, name, REGION, NULL), 0);
    door_expect(d, &keep, 200, NULL);
}

static const char *rules_text(const char *role, const char *rules)
{
    static char text[4096];
    (void)snprintf(text, sizeof(text),
                   "<ReplicationConfiguration><Role>%s</Role>%s</ReplicationConfiguration>",
                   role, rules);
    return text;
}

/* @inside: filters; @behind: what stands behind <Destination>; @class: inside it. */
#define RULE(inside, class, behind)                                                           \
    "<Rule><Status>Enabled</Status>" inside "<Destination><Bucket>qcs::cos:" REGION "::" COPY \
    "</Bucket>" class "</Destination>" behind "</Rule>"

static void put_rules(struct door *d, const char *rules)
{
    const struct ask put = put_at(NULL, "/?replication", rules_text(ROLE, rules));
    door_expect(d, &put, 200, NULL);
}

static void set(struct door *d, const char *name, const char *value)
{
    assert_int_equal(cosmock_switch_set(d->tenant, name, value, NULL), 0);
}

static int open_by_clock(void **state)
{
    int r = door_open(state);
    struct door *d = *state;
    const struct ask keep = put_at(NULL, "/?versioning", enabled);
    door_expect(d, &keep, 200, NULL);
    add_bucket(d, COPY, COPY_HOST);
    set(d, "replication", "by-clock");
    return r;
}

/* The clock stands; what is pending happens all the same. */
static void turn(struct door *d)
{
    assert_int_equal(cosmock_clock_advance(d->tenant, COSMOCK_CLOCK_MODIFICATION, 0), 0);
}

static struct answer head_at(struct door *d, const char *host, const char *target)
{
    return door_ask(d, &(struct ask){.method = "HEAD", .target = target, .host = host});
}

/* "404", or the status of replication, or "-". Static. */
static const char *status_at(struct door *d, const char *host, const char *target)
{
    static char text[32];
    struct answer a = head_at(d, host, target);
    const char *said = answer_header(&a, "x-cos-replication-status");
    (void)snprintf(text, sizeof(text), "%s",
                   a.status != 200   ? "404"
                   : said[0] == '\0' ? "-"
                                     : said);
    answer_free(&a);
    return text;
}

static void is_copied_as(struct door *d, const char *target, const char *source,
                         const char *copy)
{
    assert_string_equal(status_at(d, NULL, target), source);
    assert_string_equal(status_at(d, COPY_HOST, target), copy);
}

/* --- what a copy is --- */

static void a_copy_is_the_object_with_its_version_and_its_time(void **state)
{
    static const char *const same[] = {"ETag",
                                       "Last-Modified",
                                       "Content-Type",
                                       "Content-Length",
                                       "Cache-Control",
                                       "x-cos-hash-crc64ecma",
                                       "x-cos-version-id",
                                       "x-cos-meta-colour",
                                       "x-cos-storage-class",
                                       "x-cos-tagging-count"};
    struct door *d = *state;
    put_rules(d, RULE("", "", ""));
    struct ask put = put_at(NULL, "/a", "bytes");
    put.headers = "Cache-Control: no-cache\nContent-Type: text/css\nx-cos-meta-colour: red\n"
                  "x-cos-storage-class: STANDARD_IA\nx-cos-tagging: k=v&l=w\nx-cos-acl: "
                  "public-read\nx-cos-server-side-encryption: AES256";
    door_expect(d, &put, 200, NULL);
    is_copied_as(d, "/a", "Pending", "404");
    assert_int_equal(cosmock_clock_advance(d->tenant, COSMOCK_CLOCK_MODIFICATION, 3600 * 1000),
                     0);
    is_copied_as(d, "/a", "Completed", "Replica");
    struct answer source = head_at(d, NULL, "/a");
    struct answer copy = head_at(d, COPY_HOST, "/a");
    for (size_t i = 0; i < COS_ARRAY_LEN(same); i++) {
        char value[128];
        (void)snprintf(value, sizeof(value), "%s", answer_header(&source, same[i]));
        assert_true(value[0] != '\0');
        assert_string_equal(answer_header(&copy, same[i]), value);
    }
    /* "An object's encryption information … will be lost" */
    assert_string_equal(answer_header(&source, "x-cos-server-side-encryption"), "AES256");
    assert_string_equal(answer_header(&copy, "x-cos-server-side-encryption"), "");
    answer_free(&source);
    answer_free(&copy);
    struct answer read =
        door_ask(d, &(struct ask){.method = "GET", .target = "/a", .host = COPY_HOST});
    assert_string_equal(read.body, "bytes");
    assert_string_equal(answer_header(&read, "x-cos-replication-status"), "Replica");
    answer_free(&read);
    struct answer acl =
        door_ask(d, &(struct ask){.method = "GET", .target = "/a?acl", .host = COPY_HOST});
    assert_non_null(strstr(acl.body, "http://cam.qcloud.com/groups/global/AllUsers"));
    answer_free(&acl);
}

static void the_class_of_a_copy_is_the_rule_s_or_the_object_s(void **state)
{
    static const struct {
        const char *name, *rule, *header, *copy;
    } rows[] = {
        {"the rule's", RULE("", "<StorageClass>ARCHIVE</StorageClass>", ""), NULL, "ARCHIVE"},
        {"the rule's STANDARD", RULE("", "<StorageClass>Standard</StorageClass>", ""),
         "x-cos-storage-class: STANDARD_IA", ""},
        {"the object's", RULE("", "", ""), "x-cos-storage-class: STANDARD_IA", "STANDARD_IA"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        put_rules(d, rows[i].rule);
        struct ask put = put_at(NULL, "/a", "bytes");
        put.headers = rows[i].header;
        door_expect(d, &put, 200, NULL);
        turn(d);
        struct answer copy = head_at(d, COPY_HOST, "/a");
        if (strcmp(answer_header(&copy, "x-cos-storage-class"), rows[i].copy) != 0) {
            fail_msg("%s: %s", rows[i].name, answer_header(&copy, "x-cos-storage-class"));
        }
        answer_free(&copy);
    }
}

/* --- which rule counts --- */

#define PREFIX(p) "<Prefix>" p "</Prefix>"
#define TAG(k, v) "<Tag><Key>" k "</Key><Value>" v "</Value></Tag>"

static void rules_choose_by_prefix_and_tags(void **state)
{
    static const struct {
        const char *rules, *target, *tags, *source;
    } rows[] = {
        {RULE(PREFIX("in/"), "", ""), "/in/a", NULL, "Completed"},
        {RULE(PREFIX("in/"), "", ""), "/out", NULL, "-"},
        {RULE(PREFIX(""), "", ""), "/out", NULL, "Completed"},
        {RULE("<Filter>" PREFIX("in/") "</Filter>", "", ""), "/in/a", NULL, "Completed"},
        {RULE("<Filter>" PREFIX("in/") "</Filter>", "", ""), "/out", NULL, "-"},
        {RULE("<Filter>" TAG("k", "v") "</Filter>", "", ""), "/a", "x-cos-tagging: k=v",
         "Completed"},
        {RULE("<Filter>" TAG("k", "v") "</Filter>", "", ""), "/a", "x-cos-tagging: k=w", "-"},
        {RULE("<Filter>" TAG("k", "v") "</Filter>", "", ""), "/a", NULL, "-"},
        {RULE("<Filter><And>" PREFIX("in/") TAG("k", "v") TAG("l", "w") "</And></Filter>", "",
              ""),
         "/in/a", "x-cos-tagging: l=w&k=v", "Completed"},
        {RULE("<Filter><And>" PREFIX("in/") TAG("k", "v") TAG("l", "w") "</And></Filter>", "",
              ""),
         "/in/a", "x-cos-tagging: k=v", "-"},
        {"<Rule><Status>Disabled</Status><Destination><Bucket>qcs::cos:" REGION "::" COPY
         "</Bucket></Destination></Rule>",
         "/a", NULL, "-"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        put_rules(d, rows[i].rules);
        struct ask put = put_at(NULL, rows[i].target, "x");
        put.headers = rows[i].tags;
        door_expect(d, &put, 200, NULL);
        turn(d);
        const char *got = status_at(d, NULL, rows[i].target);
        if (strcmp(got, rows[i].source) != 0) {
            fail_msg("%s with %s: %s of %s", rows[i].target,
                     rows[i].tags == NULL ? "no tags" : rows[i].tags, got, rows[i].rules);
        }
    }
}

static void of_two_rules_with_filters_the_higher_priority_counts(void **state)
{
    struct door *d = *state;
    put_rules(d, RULE("<Priority>1</Priority><Filter>" PREFIX("") "</Filter>",
                      "<StorageClass>ARCHIVE</StorageClass>", "")
                     RULE("<Priority>2</Priority><Filter>" PREFIX("a") "</Filter>",
                          "<StorageClass>STANDARD_IA</StorageClass>", ""));
    door_put(d, "/a", "x");
    turn(d);
    struct answer copy = head_at(d, COPY_HOST, "/a");
    assert_string_equal(answer_header(&copy, "x-cos-storage-class"), "STANDARD_IA");
    answer_free(&copy);
}

/* --- what is copied, and what is not --- */

static void delete_at(struct door *d, const char *target)
{
    door_expect(d, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
}

/* "marker" where it is the latest, "object", "none". */
static const char *latest_at(struct door *d, const char *host)
{
    struct answer a =
        door_ask(d,
                 &(struct ask){.method = "GET", .target = "/?versions&prefix=a", .host = host});
    const char *what = strstr(a.body, "<IsLatest>true</IsLatest>") == NULL ? "none"
                       : strstr(a.body, "<DeleteMarker>") != NULL &&
                               (strstr(a.body, "<Version>") == NULL ||
                                strstr(a.body, "<DeleteMarker>") < strstr(a.body, "<Version>"))
                           ? "marker"
                           : "object";
    answer_free(&a);
    return what;
}

#define MARKERS(status) \
    "<DeleteMarkerReplication><Status>" status "</Status></DeleteMarkerReplication>"

static void delete_markers_are_copied_unless_a_rule_says_no(void **state)
{
    static const struct {
        const char *rule, *copy;
    } rows[] = {
        {RULE("", "", ""), "marker"}, /* the default is Enabled: 436/19223 */
        {RULE("", "", MARKERS("Enabled")), "marker"},
        {RULE("", "", MARKERS("Disabled")), "object"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        put_rules(d, rows[i].rule);
        door_put(d, "/a", "x");
        turn(d);
        assert_string_equal(latest_at(d, COPY_HOST), "object");
        delete_at(d, "/a");
        turn(d);
        assert_string_equal(latest_at(d, NULL), "marker");
        assert_string_equal(latest_at(d, COPY_HOST), rows[i].copy);
    }
}

static void a_multi_delete_is_copied_as_single_ones(void **state)
{
    struct door *d = *state;
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    struct ask post =
        put_at(NULL, "/?delete", "<Delete><Object><Key>a</Key></Object></Delete>");
    post.method = "POST";
    door_expect(d, &post, 200, NULL);
    turn(d);
    assert_string_equal(latest_at(d, COPY_HOST), "marker");
}

static void the_deletion_of_a_version_is_not_copied(void **state)
{
    struct door *d = *state;
    char target[100];
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    turn(d);
    struct answer a = head_at(d, NULL, "/a");
    (void)snprintf(target, sizeof(target), "/a?versionId=%s",
                   answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
    delete_at(d, target);
    turn(d);
    is_copied_as(d, "/a", "404", "Replica");
}

static void a_version_that_goes_before_it_is_copied_is_not(void **state)
{
    struct door *d = *state;
    char target[100];
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    struct answer a = head_at(d, NULL, "/a");
    (void)snprintf(target, sizeof(target), "/a?versionId=%s",
                   answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
    delete_at(d, target);
    turn(d);
    is_copied_as(d, "/a", "404", "404");
    delete_at(d, "/?replication"); /* and nothing keeps the bucket from going */
    delete_at(d, "/");
}

static void what_was_there_before_the_rules_is_not_copied(void **state)
{
    struct door *d = *state;
    door_put(d, "/a", "x");
    put_rules(d, RULE("", "", ""));
    turn(d);
    is_copied_as(d, "/a", "-", "404");
}

static void every_way_of_writing_is_copied(void **state)
{
    struct door *d = *state;
    char text[300];
    char complete[200];
    put_rules(d, RULE("", "", ""));
    door_put(d, "/put", "x");
    struct ask copy = {.method = "PUT", .target = "/copied"};
    char from[200];
    (void)snprintf(from, sizeof(from), "x-cos-copy-source: %s/put", d->host);
    copy.headers = from;
    door_expect(d, &copy, 200, NULL);
    struct answer begun = door_send(d, "POST", "/joined?uploads", NULL);
    (void)snprintf(complete, sizeof(complete), "/joined?partNumber=1&uploadId=%s",
                   xml_of(&begun, "UploadId"));
    const struct ask put_part = put_at(NULL, complete, "x");
    struct answer part = door_ask(d, &put_part);
    door_one_part(text, &part);
    (void)snprintf(complete, sizeof(complete), "/joined?uploadId=%s",
                   xml_of(&begun, "UploadId"));
    struct ask join = put_at(NULL, complete, text);
    join.method = "POST";
    door_expect(d, &join, 200, NULL);
    answer_free(&part);
    answer_free(&begun);
    struct ask link = {.method = "PUT",
                       .target = "/link?symlink",
                       .headers = "x-cos-symlink-target: put"};
    door_expect(d, &link, 200, NULL);
    turn(d);
    static const char *const targets[] = {"/put", "/copied", "/joined"};
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        is_copied_as(d, targets[i], "Completed", "Replica");
    }
    struct answer read =
        door_ask(d,
                 &(struct ask){.method = "GET", .target = "/link?symlink", .host = COPY_HOST});
    assert_int_equal(read.status, 200);
    assert_string_equal(answer_header(&read, "x-cos-symlink-target"), "put");
    answer_free(&read);
}

static void a_copy_is_not_copied_on(void **state)
{
    struct door *d = *state;
    add_bucket(d, THIRD, THIRD_HOST);
    put_rules(d, RULE("", "", ""));
    const struct ask on =
        put_at(COPY_HOST, "/?replication",
               rules_text(ROLE,
                          "<Rule><Status>Enabled</Status><Destination><Bucket>qcs::cos:" REGION
                          "::" THIRD "</Bucket></Destination></Rule>"));
    door_expect(d, &on, 200, NULL);
    door_put(d, "/a", "x");
    turn(d);
    turn(d);
    is_copied_as(d, "/a", "Completed", "Replica");
    assert_string_equal(status_at(d, THIRD_HOST, "/a"), "404");
    const struct ask own = put_at(COPY_HOST, "/b", "y");
    door_expect(d, &own, 200, NULL);
    turn(d);
    assert_string_equal(status_at(d, THIRD_HOST, "/b"), "Replica");
}

static void two_buckets_copy_each_other_s_and_end(void **state)
{
    struct door *d = *state;
    char back[1024];
    (void)snprintf(back, sizeof(back),
                   "<Rule><Status>Enabled</Status><Destination><Bucket>qcs::cos:%s::%s</Bucket>"
                   "</Destination></Rule>",
                   d->info.region, d->info.bucket);
    put_rules(d, RULE("", "", ""));
    const struct ask put = put_at(COPY_HOST, "/?replication", rules_text(ROLE, back));
    door_expect(d, &put, 200, NULL);
    door_put(d, "/a", "x");
    const struct ask other = put_at(COPY_HOST, "/b", "y");
    door_expect(d, &other, 200, NULL);
    turn(d);
    turn(d);
    is_copied_as(d, "/a", "Completed", "Replica");
    is_copied_as(d, "/b", "Replica", "Completed");
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 2);
    assert_int_equal(cosmock_object_count(d->tenant, COPY), 2);
}

static void an_older_version_lies_below_a_newer_one_of_the_destination(void **state)
{
    struct door *d = *state;
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "old");
    /* a later one at the destination, before the older one comes */
    const struct ask put = put_at(COPY_HOST, "/a", "newer");
    struct answer source = head_at(d, NULL, "/a");
    char target[100];
    (void)snprintf(target, sizeof(target), "/a?versionId=%s",
                   answer_header(&source, "x-cos-version-id"));
    answer_free(&source);
    door_expect(d, &put, 200, NULL);
    turn(d);
    struct answer latest =
        door_ask(d, &(struct ask){.method = "GET", .target = "/a", .host = COPY_HOST});
    assert_string_equal(latest.body, "newer");
    answer_free(&latest);
    struct answer older =
        door_ask(d, &(struct ask){.method = "GET", .target = target, .host = COPY_HOST});
    assert_string_equal(older.body, "old");
    answer_free(&older);
}

/* --- what cannot be copied --- */

static void drop_copy(struct door *d)
{
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/", .host = COPY_HOST}, 204,
                NULL);
}

static void suspend_copy(struct door *d)
{
    const struct ask put = put_at(COPY_HOST, "/?versioning", suspended);
    door_expect(d, &put, 200, NULL);
}

static void enforce(struct door *d)
{
    set(d, "enforcement", "enforce");
}

static void nothing(struct door *d)
{
    (void)d;
}

static void what_cannot_be_copied_has_failed_and_the_journal_says_why(void **state)
{
    static const struct {
        const char *name, *role, *headers;
        void (*happens)(struct door *d);
        int status;
        const char *code;
    } rows[] = {
        {"a key of the caller's own", ROLE,
         "x-cos-server-side-encryption-customer-algorithm: AES256\n"
         "x-cos-server-side-encryption-customer-key: "
         "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=\n"
         "x-cos-server-side-encryption-customer-key-MD5: U5L61r7jcwdNvT7frmUG8g==",
         nothing, 400, "InvalidRequest"},
        {"a role without the right", "qcs::cam::uin/100000000001:uin/100000000011", NULL,
         enforce, 403, "AccessDenied"},
        {"a role of whom nothing is known", "qcs::cam::uin/2:uin/3", NULL, enforce, 200, ""},
        {"the owner", ROLE, NULL, enforce, 200, ""},
        {"versions are suspended", ROLE, NULL, suspend_copy, 409, "InvalidBucketState"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
        const struct ask rules =
            put_at(NULL, "/?replication", rules_text(rows[i].role, RULE("", "", "")));
        door_expect(d, &rules, 200, NULL);
        struct ask put = put_at(NULL, "/a", "x");
        put.headers = rows[i].headers;
        door_expect(d, &put, 200, NULL);
        rows[i].happens(d);
        q.after_seq = cosmock_journal_last_seq(d->tenant);
        q.op = "ReplicateObject";
        turn(d);
        set(d, "enforcement", "off");
        struct cosmock_entry *e = NULL;
        assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
        if (e->http_status != rows[i].status || strcmp(e->code, rows[i].code) != 0) {
            fail_msg("%s: %d %s %s", rows[i].name, e->http_status, e->code, e->detail);
        }
        assert_string_equal(e->bucket, COPY);
        assert_string_equal(e->key, "a");
        assert_non_null(strstr(e->detail, d->info.bucket));
        cosmock_entries_free(e);
        if (rows[i].headers == NULL) {
            assert_string_equal(status_at(d, NULL, "/a"),
                                rows[i].status == 200 ? "Completed" : "Failed");
        }
    }
}

static void a_destination_that_is_gone_is_said(void **state)
{
    struct door *d = *state;
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    drop_copy(d);
    turn(d);
    assert_string_equal(status_at(d, NULL, "/a"), "Failed");
}

/* --- when --- */

static void a_copy_comes_soon_while_the_clock_stands(void **state)
{
    struct door *d = *state;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    set(d, "replication", "soon");
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    q.op = "ReplicateObject";
    q.bucket = COPY;
    q.key = "a";
    assert_int_equal(cosmock_journal_wait(d->tenant, &q, WAIT_MS), 1);
    is_copied_as(d, "/a", "Completed", "Replica");
}

static void what_is_pending_is_copied_after_a_restart(void **state)
{
    struct scratch dir;
    struct door *d = calloc(1, sizeof(*d));
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    (void)state;
    assert_non_null(d);
    scratch_make(&dir);
    door_open_desk(d, dir.path);
    set(d, "replication", "by-clock");
    const struct ask keep = put_at(NULL, "/?versioning", enabled);
    door_expect(d, &keep, 200, NULL);
    add_bucket(d, COPY, COPY_HOST);
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    door_shut_desk(d);
    door_open_desk(d, dir.path);
    assert_int_equal(cosmock_object_count(d->tenant, COPY), 0);
    set(d, "replication", "soon");
    struct answer first = head_at(d, NULL, "/a"); /* the first request sends a worker */
    answer_free(&first);
    q.op = "ReplicateObject";
    assert_int_equal(cosmock_journal_wait(d->tenant, &q, WAIT_MS), 1);
    is_copied_as(d, "/a", "Completed", "Replica");
    door_shut_desk(d);
    scratch_remove(&dir);
    free(d);
}

#define ALLOWED(action)                                                               \
    "'{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"" action \
    "\",\"resource\":\"*\"}]}'"
#define TRUSTING                                                                      \
    "'{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"          \
    "\"name/sts:AssumeRole\",\"principal\":{\"service\":[\"cos.cloud.tencent.com\"]}" \
    "}]}'"

static void a_role_of_the_world_is_asked(void **state)
{
    static const struct {
        const char *role;
        int status;
    } rows[] = {
        {"qcs::cam::uin/100000000001:roleName/writer", 200},
        {"qcs::cam::uin/100000000001:roleName/reader", 403},
        {"qcs::cam::uin/100000000001:roleName/nobody", 200},
    };
    static const char world[] =
        "accounts:\n"
        "  - uin: \"100000000001\"\n"
        "    appid: \"1250000000\"\n"
        "    roles:\n"
        "      - {name: writer, trust: " TRUSTING ", policies: [" ALLOWED(
            "name/cos:PutObject") "]}\n"
                                  "      - {name: reader, "
                                  "trust: " TRUSTING
                                  ", policies: [" ALLOWED("name/cos:GetObject") "]}\n";
    struct door *d = calloc(1, sizeof(*d));
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    (void)state;
    options.world_text = world;
    assert_int_equal(cosmock_new(&d->mock, NULL, NULL), 0);
    assert_int_equal(cosmock_tenant_new(d->mock, &d->tenant, &options, NULL), 0);
    set(d, "enforcement", "off");
    set(d, "replication", "by-clock");
    (void)snprintf(d->host, sizeof(d->host), THIRD_HOST);
    add_bucket(d, THIRD, THIRD_HOST);
    add_bucket(d, COPY, COPY_HOST);
    q.op = "ReplicateObject";
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_entry *e = NULL;
        const struct ask rules =
            put_at(NULL, "/?replication", rules_text(rows[i].role, RULE("", "", "")));
        door_expect(d, &rules, 200, NULL);
        door_put(d, "/a", "x");
        q.after_seq = cosmock_journal_last_seq(d->tenant);
        set(d, "enforcement", "enforce");
        turn(d);
        set(d, "enforcement", "off");
        assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
        if (e->http_status != rows[i].status) {
            fail_msg("%s: %d %s", rows[i].role, e->http_status, e->detail);
        }
        cosmock_entries_free(e);
    }
    d->tenant = cosmock_tenant_free(d->tenant);
    d->mock = cosmock_free(d->mock);
    free(d);
}

/* --- what an inventory says --- */

static void an_inventory_tells_what_became_of_each(void **state)
{
    struct door *d = *state;
    char text[1024];
    char key[300];
    (void)snprintf(text, sizeof(text),
                   "<InventoryConfiguration><Id>i</Id><IsEnabled>true</IsEnabled><Destination>"
                   "<COSBucketDestination><Format>CSV</Format><Bucket>qcs::cos:" REGION
                   "::" COPY
                   "</Bucket></COSBucketDestination></Destination><Schedule><Frequency>Daily"
                   "</Frequency></Schedule><IncludedObjectVersions>Current"
                   "</IncludedObjectVersions><OptionalFields><Field>ReplicationStatus</Field>"
                   "</OptionalFields></InventoryConfiguration>");
    const struct ask put = put_at(COPY_HOST, "/?inventory&id=i", text);
    door_expect(d, &put, 200, NULL);
    put_rules(d, RULE("", "", ""));
    door_put(d, "/a", "x");
    /* Sat, 11 Apr 2020 00:00:00 +0800 */
    assert_int_equal(cosmock_clock_freeze(d->tenant, COSMOCK_CLOCK_MODIFICATION,
                                          INT64_C(1586534400000)),
                     0);
    struct answer manifest =
        door_ask(d, &(struct ask){.method = "GET",
                                  .target = "/1250000000/copy/i/20200411/manifest.json",
                                  .host = COPY_HOST});
    const char *at = strstr(manifest.body, "\"key\":\"");
    assert_non_null(at);
    (void)snprintf(key, sizeof(key), "/%.*s", (int)strcspn(at + 7, "\""), at + 7);
    answer_free(&manifest);
    struct answer data =
        door_ask(d, &(struct ask){.method = "GET", .target = key, .host = COPY_HOST});
    static const char row[] = "\"1250000000\",\"copy\",\"a\",\"REPLICA\"\n";
    assert_non_null(memmem(data.body, data.n, row, sizeof(row) - 1));
    answer_free(&data);
}

/* --- the configuration --- */

static void what_a_rule_says_of_keys_is_kept_and_noted(void **state)
{
    static const char *const rows[] = {
        RULE("",
             "<EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID>"
             "</EncryptionConfiguration>",
             ""),
        RULE("", "",
             "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
             "</SseKmsEncryptedObjects></SourceSelectionCriteria>"),
        RULE("", "", ""),
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
        struct cosmock_entry *e = NULL;
        put_rules(d, rows[i]);
        q.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
        assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
        assert_int_equal(strstr(e->detail, "not encrypted") != NULL, i < 2);
        cosmock_entries_free(e);
    }
}

/* 436/19237: the role is the initiator, by whose right is written. */
static void a_role_that_is_nobody_is_named_and_not_asked(void **state)
{
    static const struct {
        const char *role;
        bool is_nobody;
    } rows[] = {
        {"qcs::cam::uin/2:uin/3", true},
        {"qcs::cam::uin/100000000001:roleName/nobody", true},
        {ROLE, false},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static const char *const ops[] = {"PutBucketReplication", "ReplicateObject"};
        uint64_t before = cosmock_journal_last_seq(d->tenant);
        const struct ask rules =
            put_at(NULL, "/?replication", rules_text(rows[i].role, RULE("", "", "")));
        door_expect(d, &rules, 200, NULL);
        door_put(d, "/a", "x");
        enforce(d);
        turn(d);
        set(d, "enforcement", "off");
        for (size_t j = 0; j < COS_ARRAY_LEN(ops); j++) {
            struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
            struct cosmock_entry *e = NULL;
            q.after_seq = before;
            q.op = ops[j];
            assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
            assert_int_equal(e->http_status, 200);
            if ((strstr(e->detail, "nobody here is") != NULL) != rows[i].is_nobody) {
                fail_msg("%s: %s: %s", ops[j], rows[i].role, e->detail);
            }
            cosmock_entries_free(e);
        }
    }
}

static void rules_that_cannot_be_are_refused(void **state)
{
    static const struct {
        const char *name, *role, *rules;
        int status;
        const char *code;
    } rows[] = {
        {"prefixes that overlap", ROLE, RULE(PREFIX("a"), "", "") RULE(PREFIX("ab"), "", ""),
         400, "InvalidArgument"},
        {"one for all and another", ROLE, RULE("", "", "") RULE(PREFIX("ab"), "", ""), 400,
         "InvalidArgument"},
        {"prefixes beside each other", ROLE,
         RULE(PREFIX("a/"), "", "") RULE(PREFIX("b/"), "", ""), 200, NULL},
        {"filters that overlap", ROLE,
         RULE("<Filter>" PREFIX("a") "</Filter>", "", "")
             RULE("<Filter>" PREFIX("ab") "</Filter>", "", ""),
         200, NULL},
        {"no role", "reader", RULE("", "", ""), 400, "InvalidArgument"},
        {"a role by name", "qcs::cam::uin/100000000001:roleName/COS_QcsRole", RULE("", "", ""),
         200, NULL},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask put =
            put_at(NULL, "/?replication", rules_text(rows[i].role, rows[i].rules));
        struct answer a = door_ask(d, &put);
        if (a.status != rows[i].status ||
            (rows[i].code != NULL && strcmp(xml_of(&a, "Code"), rows[i].code) != 0)) {
            fail_msg("%s: %d %s", rows[i].name, a.status, a.body);
        }
        answer_free(&a);
    }
}

static void a_bucket_with_rules_keeps_its_versions(void **state)
{
    struct door *d = *state;
    const struct ask put = put_at(NULL, "/?versioning", suspended);
    put_rules(d, RULE("", "", ""));
    door_expect(d, &put, 409, "InvalidBucketState");
    delete_at(d, "/?replication");
    door_expect(d, &put, 200, NULL);
}

static void rules_tell_when_they_were_made(void **state)
{
    struct door *d = *state;
    put_rules(d, RULE("", "", ""));
    assert_int_equal(cosmock_clock_advance(d->tenant, COSMOCK_CLOCK_MODIFICATION, 3600 * 1000),
                     0);
    struct answer a = door_send(d, "GET", "/?replication", NULL);
    assert_string_equal(answer_header(&a, "x-cos-replication-rule-creation-time"),
                        "Fri, 10 Apr 2020 09:35:05 GMT");
    answer_free(&a);
}

#define BY_CLOCK(f) cmocka_unit_test_setup_teardown(f, open_by_clock, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BY_CLOCK(a_copy_is_the_object_with_its_version_and_its_time),
        BY_CLOCK(the_class_of_a_copy_is_the_rule_s_or_the_object_s),
        BY_CLOCK(rules_choose_by_prefix_and_tags),
        BY_CLOCK(of_two_rules_with_filters_the_higher_priority_counts),
        BY_CLOCK(delete_markers_are_copied_unless_a_rule_says_no),
        BY_CLOCK(a_multi_delete_is_copied_as_single_ones),
        BY_CLOCK(the_deletion_of_a_version_is_not_copied),
        BY_CLOCK(a_version_that_goes_before_it_is_copied_is_not),
        BY_CLOCK(what_was_there_before_the_rules_is_not_copied),
        BY_CLOCK(every_way_of_writing_is_copied),
        BY_CLOCK(a_copy_is_not_copied_on),
        BY_CLOCK(two_buckets_copy_each_other_s_and_end),
        BY_CLOCK(an_older_version_lies_below_a_newer_one_of_the_destination),
        BY_CLOCK(what_cannot_be_copied_has_failed_and_the_journal_says_why),
        BY_CLOCK(a_destination_that_is_gone_is_said),
        BY_CLOCK(a_copy_comes_soon_while_the_clock_stands),
        cmocka_unit_test(what_is_pending_is_copied_after_a_restart),
        cmocka_unit_test(a_role_of_the_world_is_asked),
        BY_CLOCK(an_inventory_tells_what_became_of_each),
        BY_CLOCK(what_a_rule_says_of_keys_is_kept_and_noted),
        BY_CLOCK(a_role_that_is_nobody_is_named_and_not_asked),
        BY_CLOCK(rules_that_cannot_be_are_refused),
        BY_CLOCK(a_bucket_with_rules_keeps_its_versions),
        BY_CLOCK(rules_tell_when_they_were_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
