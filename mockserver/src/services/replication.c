/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replication rules: cos-operations-2.md s.12, s.0.6. Both buckets must keep versions: 409
 * InvalidBucketState of the two codes in the table of errors (the other is 400
 * BucketVersionNotOpen). A destination that this mock does not have is refused as a missing
 * bucket is [assumed], one of another account by AccessDenied [assumed]. That the prefixes of
 * rules must not overlap is said of <Prefix> alone (436/19223); of rules with a <Filter> the
 * one with the highest Priority counts, as in S3, where the elements come from.
 *
 * What the rules do stands in replication_run.c.
 */
#include "services/replication.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "services/service.h"
#include "services/tags.h"
#include "world/neighbours.h"

#define MAX_RULES 1000
#define MAX_BYTES ((size_t)1 << 20) /* that many rules do not fit into 64 KB */
#define CLASSES                                                                   \
    "STANDARD STANDARD_IA INTELLIGENT_TIERING ARCHIVE DEEP_ARCHIVE MAZ_STANDARD " \
    "MAZ_STANDARD_IA MAZ_INTELLIGENT_TIERING MAZ_ARCHIVE MAZ_DEEP_ARCHIVE"
#define SWITCHED "Enabled Disabled"
#define CREATED COS_SPAN_LIT("replication-created")

static const struct element encryption_elements[] = {
    {A_TEXT("ReplicaKmsKeyID", OPTIONAL, 0, 0)},
    {0},
};
static const struct element destination_elements[] = {
    {A_TEXT("Bucket", ONCE, 1, 0)},
    {A_WORD("StorageClass", OPTIONAL, CLASSES), .keeps_spelling = true},
    {A_GROUP("EncryptionConfiguration", OPTIONAL, encryption_elements)},
    {0},
};
static const struct element status_elements[] = {
    {A_WORD("Status", ONCE, SWITCHED)},
    {0},
};
static const struct element source_elements[] = {
    {A_GROUP("SseKmsEncryptedObjects", OPTIONAL, status_elements)},
    {0},
};
static const struct element rule_elements[] = {
    {A_TEXT("ID", OPTIONAL, 0, 255)},
    {A_NUMBER("Priority", OPTIONAL, 0, INT32_MAX)},
    {A_WORD("Status", ONCE, SWITCHED)},
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Filter", OPTIONAL, tags_filter)},
    {A_GROUP("Destination", ONCE, destination_elements)},
    {A_GROUP("DeleteMarkerReplication", OPTIONAL, status_elements)},
    {A_GROUP("SourceSelectionCriteria", OPTIONAL, source_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_TEXT("Role", ONCE, 1, 0)},
    {A_GROUP("Rule", ONE_TO(MAX_RULES), rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("ReplicationConfiguration", ONCE, root_elements)};

static struct cos_span destination_of(const struct cos_xml *rule)
{
    return xml_child(cos_xml_get(rule, "Destination"), "Bucket");
}

/* "qcs::cos:<region>::<bucket>" */
static bool split_destination(struct cos_span text, struct cos_span *region,
                              struct cos_span *bucket)
{
    struct cos_span prefix = COS_SPAN_LIT("qcs::cos:");
    struct cos_span rest =
        cos_span_starts(text, prefix) ? cos_span_from(text, prefix.len) : COS_SPAN_EMPTY;
    *region = cos_span_cut(&rest, ':');
    bool is_anyones = rest.len > 0 && rest.ptr[0] == ':';
    *bucket = is_anyones ? cos_span_from(rest, 1) : COS_SPAN_EMPTY;
    return region->len > 0 && world_is_bucket_name(*bucket);
}

/* "qcs::cam::uin/<owner>:uin/<who>", or a role by its name. */
static bool is_role(struct cos_span text)
{
    struct cos_span prefix = COS_SPAN_LIT("qcs::cam::uin/");
    struct cos_span rest =
        cos_span_starts(text, prefix) ? cos_span_from(text, prefix.len) : COS_SPAN_EMPTY;
    bool has_owner = cos_span_cut(&rest, ':').len > 0;
    return has_owner && rest.ptr != NULL && cos_span_chr(rest, ' ') == SIZE_MAX &&
           (cos_span_starts(rest, COS_SPAN_LIT("uin/")) ||
            cos_span_starts(rest, COS_SPAN_LIT("roleName/")));
}

/* The first rule with a <Prefix> of its own that another one before @rule lies in, or that lies
 * in it. */
static const struct cos_xml *overlapped(const struct cos_xml *first, const struct cos_xml *rule)
{
    struct cos_span mine = xml_child(rule, "Prefix");
    for (; first != rule; first = xml_next_of(first, "Rule")) {
        struct cos_span other = xml_child(first, "Prefix");
        if (cos_xml_get(first, "Filter") == NULL &&
            (cos_span_starts(mine, other) || cos_span_starts(other, mine))) {
            return first;
        }
    }
    return NULL;
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *first = xml_first_of(xml, "Rule");
    if (!is_role(xml_child(xml, "Role"))) {
        return complain(out, xml, NULL, "<Role> is '%.100s'; qcs::cam::uin/<owner>:uin/<user>",
                        cos_xml_child_text(xml, "Role"));
    }
    struct cos_span region;
    struct cos_span bucket;
    if (!split_destination(destination_of(first), &region, &bucket)) {
        return complain(out, first, NULL, "<Bucket> is '%.100s'; qcs::cos:<region>::<bucket>",
                        cos_xml_child_text(cos_xml_get(first, "Destination"), "Bucket"));
    }
    for (const struct cos_xml *rule = first; rule != NULL; rule = xml_next_of(rule, "Rule")) {
        if (!cos_span_eq(destination_of(rule), destination_of(first))) {
            return complain(out, rule, "MultiBucketNotSupport",
                            "all rules of a bucket have one destination");
        }
        if (cos_xml_get(rule, "Filter") == NULL && overlapped(first, rule) != NULL) {
            return complain(out, rule, NULL, "its <Prefix> overlaps with that of another rule");
        }
    }
    return true;
}

static bool has_keys(const struct cos_xml *xml)
{
    const struct cos_xml *rule = xml_first_of(xml, "Rule");
    while (rule != NULL && cos_xml_get(rule, "SourceSelectionCriteria") == NULL &&
           cos_xml_get(cos_xml_get(rule, "Destination"), "EncryptionConfiguration") == NULL) {
        rule = xml_next_of(rule, "Rule");
    }
    return rule != NULL;
}

struct user *replication_user(struct cosmock_tenant *t, struct cos_span role)
{
    char uin[24];
    struct role_arn arn;
    struct user *user = role_arn_read(role, &arn) ? world_role_find(t, &arn) : NULL;
    size_t slash = cos_span_rchr(role, '/');
    struct cos_span name = slash == SIZE_MAX ? role : cos_span_from(role, slash + 1);
    if (user != NULL || name.len >= sizeof(uin) ||
        cos_span_find(role, COS_SPAN_LIT(":roleName/")) != SIZE_MAX) {
        return user;
    }
    *cos_span_put(uin, name) = '\0';
    return world_user_find(t, uin);
}

/* What is kept without an effect stands in the journal: it is no refusal. */
static bool note(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    struct cos_span role = xml_child(xml, "Role");
    struct user *user = replication_user(x->tenant, role);
    const char *keys = has_keys(xml) ? "copies are not encrypted by this mock's rules" : "";
    if (user == NULL) {
        x->identity.detail =
            cos_arena_printf(&x->arena,
                             "nobody here is '" COS_SPAN_FMT "', so no right is asked%s%s",
                             COS_SPAN_ARG(cos_span_sub(role, 0, 100)),
                             keys[0] == '\0' ? "" : "; ", keys);
    } else if (keys[0] != '\0') {
        x->identity.detail = cos_span_of(keys);
    }
    user_unref(user);
    return true;
}

static bool complain_of_versions(struct complaint *out, const struct cos_xml *xml,
                                 const struct neighbour *n)
{
    return n->keeps_versions || complain(out, xml, "InvalidBucketState",
                                         "versioning of bucket %s is not Enabled", n->name);
}

static bool fit(const struct neighbours *near, const struct cos_xml *xml, struct complaint *out)
{
    struct cos_span region;
    struct cos_span name;
    struct neighbour to;
    (void)split_destination(destination_of(xml_first_of(xml, "Rule")), &region, &name);
    if (!near->find(near->ctx, name, &to) || !cos_span_eq_str(region, to.region)) {
        return complain(out, xml, "NoSuchBucket", "no bucket " COS_SPAN_FMT " in " COS_SPAN_FMT,
                        COS_SPAN_ARG(name), COS_SPAN_ARG(cos_span_sub(region, 0, 40)));
    }
    if (strcmp(to.owner_uin, near->here.owner_uin) != 0) {
        return complain(out, xml, "AccessDenied", "bucket %s belongs to another account: %s",
                        to.name, to.owner_uin);
    }
    if (strcmp(to.name, near->here.name) == 0) {
        return complain(out, xml, "InvalidArgument",
                        "a bucket cannot be the destination of its own replication");
    }
    return complain_of_versions(out, xml, &near->here) && complain_of_versions(out, xml, &to);
}

/* --- when the rules were put --- */

static void keep_time(struct batch *batch, const struct bucket *b, int64_t now_unix_ms)
{
    char text[30];
    cos_date_http(text, now_unix_ms / 1000);
    document_put(batch, &b->stored, CREATED, cos_span_of(text));
}

static void head(struct cosmock_exchange *x)
{
    struct document_list list;
    if (documents_list(x->tenant->rows, &x->target.at.bucket->stored, CREATED, &list) !=
        STORE_OK) {
        return;
    }
    if (list.n > 0) {
        result_header_of(x, HEADER_REPLICATION_TIME,
                         cos_arena_span(&x->arena, list.items[0].text));
    }
    document_list_deinit(&list);
}

const struct document document_replication = {
    .which = BUCKET_REPLICATION,
    .form = {.root = &root, .rules = rules, .max_bytes = MAX_BYTES},
    .absent_code = "ReplicationConfigurationNotFoundError",
    .fits = fit,
    .permits = note,
    .also_keeps = keep_time,
    .head = head,
};

/* --- for those who act on them --- */

static void forget(void *value)
{
    struct replication *r = value;
    xml_reading_end(&r->reading);
    cos_free(r);
}

static void read_filter(struct cos_arena *a, const struct cos_xml *e,
                        struct replication_rule *r)
{
    const struct cos_xml *filter = cos_xml_get(e, "Filter");
    const struct cos_xml *all = cos_xml_get(filter, "And");
    const struct cos_xml *in = all == NULL ? filter : all;
    r->prefix = xml_child(filter == NULL ? e : in, "Prefix");
    r->tags = cos_arena_array(a, xml_count_of(in, "Tag") + 1, sizeof(*r->tags));
    const struct cos_xml *tag = r->tags == NULL ? NULL : xml_first_of(in, "Tag");
    for (; tag != NULL; tag = xml_next_of(tag, "Tag")) {
        r->tags[r->n_tags++] =
            (struct replication_tag){xml_child(tag, "Key"), xml_child(tag, "Value")};
    }
}

static void read_rule(struct replication *all, const struct cos_xml *e)
{
    struct replication_rule *r = &all->rules[all->n_rules++];
    const struct cos_xml *to = cos_xml_get(e, "Destination");
    const struct cos_xml *markers = cos_xml_get(e, "DeleteMarkerReplication");
    struct cos_span region;
    *r = (struct replication_rule){
        .id = xml_child(e, "ID"),
        .is_enabled = xml_child_is(e, "Status", "Enabled"),
        .priority = xml_child_number(e, "Priority", 0),
        .storage_class = choice_word(CHOICE_STORAGE_CLASS, xml_child(to, "StorageClass")),
        .copies_markers = markers == NULL || xml_child_is(markers, "Status", "Enabled"),
    };
    (void)split_destination(xml_child(to, "Bucket"), &region, &r->bucket);
    read_filter(&all->reading.arena, e, r);
}

static void *parse(struct cos_span text)
{
    struct replication *all = cos_calloc(1, sizeof(*all));
    if (all == NULL) {
        return NULL;
    }
    if (xml_reading_begin(&all->reading, text)) {
        all->rules =
            cos_arena_array(&all->reading.arena, xml_count_of(all->reading.xml, "Rule"),
                            sizeof(*all->rules));
    }
    const struct cos_xml *e =
        all->rules == NULL ? NULL : xml_first_of(all->reading.xml, "Rule");
    for (; e != NULL; e = xml_next_of(e, "Rule")) {
        read_rule(all, e);
    }
    if (all->rules == NULL || all->reading.arena.failed) {
        forget(all);
        return NULL;
    }
    all->role = xml_child(all->reading.xml, "Role");
    return all;
}

const struct replication *replication_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return bucket_document_value(v, BUCKET_REPLICATION, &kind);
}

static bool is_of(const struct replication_rule *r, struct cos_span key, struct cos_span tags)
{
    size_t n = 0;
    while (n < r->n_tags && tags_have(tags, r->tags[n].key, r->tags[n].value)) {
        n++;
    }
    return r->is_enabled && n == r->n_tags && cos_span_starts(key, r->prefix);
}

const struct replication_rule *replication_rule_of(const struct replication *all,
                                                   struct cos_span key, struct cos_span tags)
{
    const struct replication_rule *found = NULL;
    for (size_t i = 0; i < all->n_rules; i++) {
        const struct replication_rule *r = &all->rules[i];
        if (is_of(r, key, tags) && (found == NULL || r->priority > found->priority)) {
            found = r;
        }
    }
    return found;
}
