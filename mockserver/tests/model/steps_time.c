/* SPDX-License-Identifier: Apache-2.0 */
/* Time passes, and goes back to a snapshot. */
#include "steps.h"

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
void step_add_rule(struct run *r, const struct op *op)
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

void step_pass(struct run *r, const struct op *op)
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

void step_save(struct run *r)
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

void step_go_back(struct run *r)
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
