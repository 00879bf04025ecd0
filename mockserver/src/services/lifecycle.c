/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifecycle configurations: cos-operations-2.md s.6.1, s.6.2. A Filter may be missing, and a
 * rule may do nothing: SDK suites put both. Documents name six storage classes; suites also put
 * STANDARD and Java's spellings. Days of noncurrent versions are called <Days> in the guide's
 * samples, which is a misprint: such an element is passed over like any other.
 */
#include "services/lifecycle.h"

#include "cosbase/alloc.h"
#include "services/documents.h"
#include "services/tags.h"

#define MAX_RULES 1000
#define MAX_BYTES ((size_t)1 << 20) /* that many rules do not fit into 64 KB */
#define MAX_TAGS 10
#define MAX_DAYS 3650
#define CLASSES                                                                        \
    "STANDARD_IA MAZ_STANDARD_IA INTELLIGENT_TIERING MAZ_INTELLIGENT_TIERING ARCHIVE " \
    "DEEP_ARCHIVE MAZ_ARCHIVE MAZ_DEEP_ARCHIVE STANDARD MAZ_STANDARD"

static const struct element and_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_TEXT("PrefixNotEquals", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", MANY, tags_wanted)},
    {A_NUMBER("ObjectSizeGreaterThan", OPTIONAL, 0, INT64_MAX)},
    {A_NUMBER("ObjectSizeLessThan", OPTIONAL, 0, INT64_MAX)},
    {0},
};
static const struct element filter_elements[] = {
    {A_TEXT("Prefix", OPTIONAL, 0, 0)},
    {A_GROUP("Tag", OPTIONAL, tags_wanted)},
    {A_GROUP("And", OPTIONAL, and_elements)},
    {A_NUMBER("ObjectSizeGreaterThan", OPTIONAL, 0, INT64_MAX)},
    {A_NUMBER("ObjectSizeLessThan", OPTIONAL, 0, INT64_MAX)},
    {0},
};
static const struct element access_elements[] = {
    {A_NUMBER("AccessCountLessThan", ONCE, 1, INT32_MAX)},
    {A_NUMBER("RecentDays", ONCE, 1, MAX_DAYS)},
    {0},
};
static const struct element transition_elements[] = {
    {A_NUMBER("Days", OPTIONAL, 0, MAX_DAYS)},
    {A_DATE("Date", OPTIONAL)},
    {A_WORD("StorageClass", ONCE, CLASSES)},
    {A_GROUP("AccessFrequency", OPTIONAL, access_elements)},
    {0},
};
static const struct element expiration_elements[] = {
    {A_NUMBER("Days", OPTIONAL, 1, MAX_DAYS)},
    {A_DATE("Date", OPTIONAL)},
    {A_WORD("ExpiredObjectDeleteMarker", OPTIONAL, "true false")},
    {0},
};
static const struct element noncurrent_transition_elements[] = {
    {A_NUMBER("NoncurrentDays", OPTIONAL, 0, MAX_DAYS)},
    {A_WORD("StorageClass", ONCE, CLASSES)},
    {0},
};
static const struct element noncurrent_expiration_elements[] = {
    {A_NUMBER("NoncurrentDays", OPTIONAL, 1, MAX_DAYS)},
    {0},
};
static const struct element abort_elements[] = {
    {A_NUMBER("DaysAfterInitiation", ONCE, 1, MAX_DAYS)},
    {0},
};
static const struct element rule_elements[] = {
    {A_TEXT("ID", OPTIONAL, 0, 255)},
    {A_TEXT("Prefix", OPTIONAL, 0, 0)}, /* S3's older form, without a Filter */
    {A_GROUP("Filter", OPTIONAL, filter_elements)},
    {A_WORD("Status", ONCE, "Enabled Disabled")},
    {A_GROUP("Transition", MANY, transition_elements)},
    {A_GROUP("Expiration", OPTIONAL, expiration_elements)},
    {A_GROUP("NoncurrentVersionTransition", MANY, noncurrent_transition_elements)},
    {A_GROUP("NoncurrentVersionExpiration", OPTIONAL, noncurrent_expiration_elements)},
    {A_GROUP("AbortIncompleteMultipartUpload", OPTIONAL, abort_elements)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("Rule", ONE_TO(MAX_RULES), rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("LifecycleConfiguration", ONCE, root_elements)};

/* --- what the tables cannot say --- */

static const struct cos_xml *tags_of(const struct cos_xml *rule, size_t *n)
{
    const struct cos_xml *filter = cos_xml_get(rule, "Filter");
    const struct cos_xml *all = cos_xml_get(filter, "And");
    const struct cos_xml *in = all == NULL ? filter : all;
    *n = xml_count_of(in, "Tag");
    return xml_first_of(in, "Tag");
}

struct kinds {
    bool days, dates;
};

static bool check_time(const struct cos_xml *e, struct kinds *seen, struct complaint *out)
{
    bool has_days = cos_xml_get(e, "Days") != NULL;
    bool has_date = cos_xml_get(e, "Date") != NULL;
    seen->days = seen->days || has_days;
    seen->dates = seen->dates || has_date;
    if (seen->days && seen->dates) {
        return complain(out, e, NULL, "a rule has Days and a Date; that takes two rules");
    }
    return has_days || has_date || cos_xml_get(e, "ExpiredObjectDeleteMarker") != NULL ||
           complain(out, e, "MalformedXML", "<%s> has neither <Days> nor <Date>",
                    cos_xml_name(e));
}

/* cos-operations-2.md s.6.1 */
static bool check_access(const struct cos_xml *e, struct complaint *out)
{
    return cos_xml_get(e, "AccessFrequency") == NULL ||
           xml_child_is(e, "StorageClass", "STANDARD_IA") ||
           complain(out, e, NULL, "<AccessFrequency> is for transitions to STANDARD_IA");
}

static bool check_times(const struct cos_xml *rule, struct complaint *out)
{
    struct kinds seen = {0};
    int64_t latest = -1;
    for (const struct cos_xml *e = xml_first_of(rule, "Transition"); e != NULL;
         e = xml_next_of(e, "Transition")) {
        int64_t days = xml_child_number(e, "Days", -1);
        latest = days > latest ? days : latest;
        if (!check_time(e, &seen, out) || !check_access(e, out)) {
            return false;
        }
    }
    const struct cos_xml *end = cos_xml_get(rule, "Expiration");
    if (end == NULL) {
        return true;
    }
    int64_t days = xml_child_number(end, "Days", INT64_MAX);
    return check_time(end, &seen, out) &&
           (days > latest ||
            complain(out, end, NULL,
                     "expires after %lld days, and changes its class after %lld",
                     (long long)days, (long long)latest));
}

static bool check_tags(const struct cos_xml *rule, struct complaint *out)
{
    size_t n;
    (void)tags_of(rule, &n);
    const struct cos_xml *end = cos_xml_get(rule, "Expiration");
    if (n > MAX_TAGS) {
        return complain(out, rule, NULL, "%zu tags; at most %d", n, MAX_TAGS);
    }
    if (n > 0 && cos_xml_get(rule, "AbortIncompleteMultipartUpload") != NULL) {
        return complain(out, rule, NULL, "unfinished uploads have no tags to go by");
    }
    return n == 0 || !xml_child_is(end, "ExpiredObjectDeleteMarker", "true") ||
           complain(out, rule, NULL, "delete markers have no tags to go by");
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = xml_first_of(xml, "Rule"); rule != NULL;
         rule = xml_next_of(rule, "Rule")) {
        if (!check_times(rule, out) || !check_tags(rule, out)) {
            return false;
        }
    }
    return true;
}

const struct document document_lifecycle = {
    .which = BUCKET_LIFECYCLE,
    .form = {.root = &root, .rules = rules, .max_bytes = MAX_BYTES, .needs_md5 = true},
    .absent_code = "NoSuchLifecycleConfiguration",
    .acts_by_clock = true,
};

/* --- for those who act on it --- */

static void forget(void *value)
{
    struct lifecycle *l = value;
    xml_reading_end(&l->reading);
    cos_free(l);
}

static struct lifecycle_time time_of(const struct cos_xml *e, const char *days)
{
    struct lifecycle_time when = {xml_child_number(e, days, -1), -1};
    if (!schema_date(xml_child(e, "Date"), &when.date_unix_ms)) {
        when.date_unix_ms = -1;
    }
    return when;
}

static size_t read_transitions(struct cos_arena *a, const struct cos_xml *rule,
                               const char *name, const char *days,
                               struct lifecycle_transition **out)
{
    size_t n = 0;
    *out = cos_arena_array(a, xml_count_of(rule, name) + 1, sizeof(**out));
    const struct cos_xml *e = *out == NULL ? NULL : xml_first_of(rule, name);
    for (; e != NULL; e = xml_next_of(e, name)) {
        const struct cos_xml *reads = cos_xml_get(e, "AccessFrequency");
        (*out)[n++] = (struct lifecycle_transition){
            .when = time_of(e, days),
            .storage_class = choice_word(CHOICE_STORAGE_CLASS, xml_child(e, "StorageClass")),
            .fewer_reads = xml_child_number(reads, "AccessCountLessThan", 0),
            .recent_days = xml_child_number(reads, "RecentDays", 0),
        };
    }
    return n;
}

static void read_filter(struct cos_arena *a, const struct cos_xml *e, struct lifecycle_rule *r)
{
    const struct cos_xml *filter = cos_xml_get(e, "Filter");
    const struct cos_xml *all = cos_xml_get(filter, "And");
    const struct cos_xml *in = all == NULL ? filter : all;
    size_t n;
    const struct cos_xml *tag = tags_of(e, &n);
    const char *not_prefix = cos_xml_child_text(in, "PrefixNotEquals");
    r->prefix = xml_child(filter == NULL ? e : in, "Prefix");
    r->not_prefix = not_prefix == NULL ? (struct cos_span){NULL, 0} : cos_span_of(not_prefix);
    r->larger_than = xml_child_number(in, "ObjectSizeGreaterThan", -1);
    r->smaller_than = xml_child_number(in, "ObjectSizeLessThan", -1);
    r->tags = cos_arena_array(a, n + 1, sizeof(*r->tags));
    for (; tag != NULL && r->tags != NULL; tag = xml_next_of(tag, "Tag")) {
        r->tags[r->n_tags++] =
            (struct lifecycle_tag){xml_child(tag, "Key"), xml_child(tag, "Value")};
    }
}

static void read_rule(struct lifecycle *l, const struct cos_xml *e)
{
    struct cos_arena *a = &l->reading.arena;
    struct lifecycle_rule *r = &l->rules[l->n_rules++];
    const struct cos_xml *end = cos_xml_get(e, "Expiration");
    *r = (struct lifecycle_rule){
        .id = xml_child(e, "ID"),
        .is_enabled = xml_child_is(e, "Status", "Enabled"),
        .expiration = time_of(end, "Days"),
        .expires_lone_markers = xml_child_is(end, "ExpiredObjectDeleteMarker", "true"),
        .noncurrent_days = xml_child_number(cos_xml_get(e, "NoncurrentVersionExpiration"),
                                            "NoncurrentDays", -1),
        .abort_days = xml_child_number(cos_xml_get(e, "AbortIncompleteMultipartUpload"),
                                       "DaysAfterInitiation", -1),
    };
    read_filter(a, e, r);
    r->n_transitions = read_transitions(a, e, "Transition", "Days", &r->transitions);
    for (size_t i = 0; i < r->n_transitions; i++) {
        int64_t days = r->is_enabled ? r->transitions[i].recent_days : 0;
        l->recent_days = days > l->recent_days ? days : l->recent_days;
    }
    r->n_noncurrent_transitions =
        read_transitions(a, e, "NoncurrentVersionTransition", "NoncurrentDays",
                         &r->noncurrent_transitions);
}

static void *parse(struct cos_span text)
{
    struct lifecycle *l = cos_calloc(1, sizeof(*l));
    if (l == NULL) {
        return NULL;
    }
    if (xml_reading_begin(&l->reading, text)) {
        l->rules = cos_arena_array(&l->reading.arena, xml_count_of(l->reading.xml, "Rule"),
                                   sizeof(*l->rules));
    }
    const struct cos_xml *e = l->rules == NULL ? NULL : xml_first_of(l->reading.xml, "Rule");
    for (; e != NULL; e = xml_next_of(e, "Rule")) {
        read_rule(l, e);
    }
    if (l->rules == NULL || l->reading.arena.failed) {
        forget(l);
        return NULL;
    }
    return l;
}

const struct lifecycle *lifecycle_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse, forget};
    return bucket_document_value(v, BUCKET_LIFECYCLE, &kind);
}
