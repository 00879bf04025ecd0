/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intelligent tiering: cos-operations-2.md s.15, s.0.3. ?intelligenttiering has one rule a
 * bucket, which cannot be changed once it is there; ?intelligent-tiering has rules by id, and
 * its "default" is that one rule, whichever of the two put it. The sentences of both refusals
 * are what the Python suite compares (test.py:2367-2412); their code is [assumed].
 */
#include "services/tiering.h"

#include "exchange/exchange.h"
#include "exchange/xml_out.h"
#include "services/documents.h"
#include "services/handlers.h"
#include "services/keyed.h"
#include "services/service.h"
#include "services/tags.h"

#define DEFAULT_ID "default"
#define MAX_RULES 1000

/* --- the one rule --- */

static const struct element transition_elements[] = {
    {A_WORD("Days", ONCE, "30 60 90")},
    {A_NUMBER("RequestFrequent", OPTIONAL, 1, 1)},
    {0},
};
static const struct element one_elements[] = {
    {A_WORD("Status", ONCE, "Enabled")},
    {A_GROUP("Transition", ONCE, transition_elements)},
    {0},
};
static const struct element one_root = {
    A_GROUP("IntelligentTieringConfiguration", ONCE, one_elements)};

static bool is_first(struct cosmock_exchange *x, const char *sentence)
{
    if (bucket_document(&x->target.at, BUCKET_INTELLIGENT_TIERING).ptr == NULL) {
        return true;
    }
    service_refuse_saying(x, "InvalidRequest", "%s", sentence);
    return false;
}

static bool permit_one(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    (void)xml;
    return is_first(x, "Not support modify intelligent tiering configuration");
}

const struct document document_intelligent_tiering = {
    .which = BUCKET_INTELLIGENT_TIERING,
    .form = {.root = &one_root},
    .permits = permit_one,
};

/* --- rules by id --- */

static const struct element tiering_elements[] = {
    {A_WORD("AccessTier", ONCE, "INFREQUENT ARCHIVE_ACCESS DEEP_ARCHIVE_ACCESS")},
    {A_NUMBER("Days", ONCE, 1, 3650)},
    {A_NUMBER("RequestFrequent", OPTIONAL, 1, INT32_MAX)},
    {0},
};
static const struct element rule_elements[] = {
    {A_TEXT("Id", ONCE, 1, KEYED_ID_MAX_BYTES)},
    {A_WORD("Status", ONCE, "Enabled Disabled")},
    {A_GROUP("Filter", OPTIONAL, tags_filter)},
    {A_GROUP("Tiering", SOME, tiering_elements)},
    {0},
};
static const struct element rule_root = {
    A_GROUP("IntelligentTieringConfiguration", ONCE, rule_elements)};
static const struct document_form rule_form = {.root = &rule_root};

static struct cos_span child_text(const struct cos_xml *xml, const char *group,
                                  const char *name)
{
    return xml_child(cos_xml_get(xml, group), name);
}

struct cos_span tiering_default_rule(struct cosmock_exchange *x, const struct bucket_view *at)
{
    struct cos_span kept = bucket_document(at, BUCKET_INTELLIGENT_TIERING);
    struct cos_text_error why;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    if (kept.ptr == NULL || cos_xml_parse(&xml, kept, /* limits= */ NULL, &why) < 0) {
        return (struct cos_span){NULL, 0};
    }
    struct cos_span frequent = child_text(xml, "Transition", "RequestFrequent");
    return cos_arena_printf(
        &x->arena,
        "<IntelligentTieringConfiguration><Id>" DEFAULT_ID "</Id><Status>" COS_SPAN_FMT
        "</Status><Tiering><AccessTier>INFREQUENT</AccessTier><Days>" COS_SPAN_FMT
        "</Days><RequestFrequent>" COS_SPAN_FMT
        "</RequestFrequent></Tiering></IntelligentTieringConfiguration>",
        COS_SPAN_ARG(xml_child(xml, "Status")),
        COS_SPAN_ARG(child_text(xml, "Transition", "Days")),
        COS_SPAN_ARG(frequent.len == 0 ? COS_SPAN_LIT("1") : frequent));
}

static int answer_rule(struct cosmock_exchange *x, const struct keyed_documents *all)
{
    struct cos_span text = tiering_default_rule(x, &x->target.at);
    bool is_default = cos_span_eq_str(service_param(x, "id"), DEFAULT_ID) && text.ptr != NULL;
    return is_default ? document_answer(x, text) : keyed_answer(x, all, "NoSuchConfiguration");
}

static int answer_rules(struct cosmock_exchange *x, const struct keyed_documents *all)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<ListBucketIntelligentTieringConfigurationsOutput>");
    cos_buf_span(b, tiering_default_rule(x, &x->target.at));
    for (size_t i = 0; i < all->n; i++) {
        cos_buf_span(b, all->items[i].text);
    }
    cos_buf_str(b, "</ListBucketIntelligentTieringConfigurationsOutput>");
    return service_xml_done(x);
}

int op_get_tiering_rule(struct cosmock_exchange *x)
{
    COS_CLEANUP(keyed_deinit) struct keyed_documents all;
    if (!keyed_read(x, TIERING_FAMILY, &all)) {
        return service_stop(x);
    }
    return param_get(x, "id") == NULL ? answer_rules(x, &all) : answer_rule(x, &all);
}

/* "default" becomes the one rule: so much of it as that can say. */
static int put_default(struct cosmock_exchange *x, const struct cos_xml *xml)
{
    struct complaint c;
    const struct cos_xml *tier = cos_xml_get(xml, "Tiering");
    int64_t days = xml_child_number(tier, "Days", 0);
    if (!is_first(x, "The default rule cannot be modified")) {
        return service_stop(x);
    }
    if (!xml_child_is(xml, "Status", "Enabled") || xml_count_of(xml, "Tiering") != 1 ||
        !xml_child_is(tier, "AccessTier", "INFREQUENT") ||
        (days != 30 && days != 60 && days != 90)) {
        (void)complain(&c, xml, NULL,
                       "the default rule is Enabled and INFREQUENT after 30, 60 or 90 days");
        document_refuse(x, &c);
        return 0;
    }
    struct cos_span text = cos_arena_printf(
        &x->arena,
        "<IntelligentTieringConfiguration><Status>Enabled</Status><Transition><Days>%lld"
        "</Days><RequestFrequent>1</RequestFrequent></Transition>"
        "</IntelligentTieringConfiguration>",
        (long long)days);
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_document_put(batch, x->target.at.bucket, BUCKET_INTELLIGENT_TIERING, text,
                                  /* value= */ NULL, /* kind= */ NULL);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

static int put_rule(struct cosmock_exchange *x, struct cos_span id, const struct cos_xml *xml)
{
    COS_CLEANUP(keyed_deinit) struct keyed_documents all;
    if (!keyed_read(x, TIERING_FAMILY, &all)) {
        return service_stop(x);
    }
    if (keyed_find(&all, id) == NULL && all.n >= MAX_RULES) {
        return service_refuse_saying(x, "InvalidArgument", "a bucket has at most %d rules",
                                     MAX_RULES);
    }
    const struct keyed_document d = {
        .id = id,
        .order = keyed_order_of(&all, id),
        .text = document_text(x, &rule_root, xml),
    };
    struct batch *batch = batch_new();
    if (batch != NULL) {
        keyed_put(batch, x->target.at.bucket, TIERING_FAMILY, &d);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

int op_put_tiering_rule(struct cosmock_exchange *x)
{
    struct cos_span id;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    xml = keyed_id_param(x, "id", &id) ? document_body(x, &rule_form) : NULL;
    if (xml == NULL || !keyed_id_check(x, xml, id)) {
        return service_stop(x);
    }
    return cos_span_eq_str(id, DEFAULT_ID) ? put_default(x, xml) : put_rule(x, id, xml);
}

int op_delete_tiering_rule(struct cosmock_exchange *x)
{
    struct cos_span id;
    if (!keyed_id_param(x, "id", &id)) {
        return service_stop(x);
    }
    if (cos_span_eq_str(id, DEFAULT_ID)) {
        return service_refuse_saying(x, "InvalidRequest",
                                     "The default rule cannot be modified");
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        keyed_delete(batch, x->target.at.bucket, TIERING_FAMILY, id);
    }
    x->result.status = 204;
    return service_commit(x, batch);
}
