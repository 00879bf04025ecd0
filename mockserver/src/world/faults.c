/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planted faults of a tenant: rules in the order they were pushed, each with its own count of
 * matches. The first rule that is due wins; a rule that lets its `skip` matches pass still
 * counts them. Asked once a request by the fault stage, so no handler can forget.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "world/fail.h"

#define DELAY_MAX_MS \
    (INT64_C(86400) * 1000) /* a day; what a clock counts in ns must not overflow */

#define RULES_MAX 1000 /* each is asked by every request */

struct rule {
    struct rule *next;
    uint64_t id, matches, hits;
    struct cosmock_fault fault;
    const struct op_row *op; /* NULL: any */
    char *key_glob, *code, *location;
};
struct tenant_faults {
    pthread_mutex_t lock; /* guards all below */
    struct rule *first;
    uint64_t last_id;
    int n_rules; /* read without the lock: the common case of no rule costs nothing */
};

struct tenant_faults *faults_new(void)
{
    struct tenant_faults *f = cos_calloc(1, sizeof(*f));
    if (f != NULL) {
        (void)pthread_mutex_init(&f->lock, NULL);
    }
    return f;
}

static void rule_free(struct rule *r)
{
    cos_free(r->key_glob);
    cos_free(r->code);
    cos_free(r->location);
    cos_free(r);
}

static void clear_locked(struct tenant_faults *f)
{
    for (struct rule *r = f->first, *next; r != NULL; r = next) {
        next = r->next;
        rule_free(r);
    }
    f->first = NULL;
    __atomic_store_n(&f->n_rules, 0, __ATOMIC_RELAXED);
}

struct tenant_faults *faults_free(struct tenant_faults *f)
{
    if (f != NULL) {
        clear_locked(f);
        (void)pthread_mutex_destroy(&f->lock);
    }
    return cos_free(f);
}

static bool copy_text(char **out, const char *text)
{
    *out = text == NULL ? NULL : cos_strdup(text);
    return text == NULL || *out != NULL;
}

static int check(const struct cosmock_fault *fault, struct cosmock_error *err)
{
    if (fault->kind > COSMOCK_FAULT_MALFORMED) {
        return world_fail(err, COSMOCK_E_INVALID, "unknown kind of fault %d", (int)fault->kind);
    }
    bool replies =
        fault->kind == COSMOCK_FAULT_REPLY || fault->kind == COSMOCK_FAULT_REPLY_AFTER;
    if ((replies || fault->http_status != 0) &&
        (fault->http_status < 200 || fault->http_status > 599)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "http_status %d of a fault must lie between 200 and 599",
                          fault->http_status);
    }
    if (fault->amount < 0) {
        return world_fail(err, COSMOCK_E_INVALID, "amount %lld of a fault must not be negative",
                          (long long)fault->amount);
    }
    if (fault->kind == COSMOCK_FAULT_DELAY && fault->amount > DELAY_MAX_MS) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "amount %lld of a delay must lie between 0 and %lld ms (a day)",
                          (long long)fault->amount, (long long)DELAY_MAX_MS);
    }
    return 0;
}

int world_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                     const struct op_row *op, uint64_t *out_id, struct cosmock_error *err)
{
    int r = check(fault, err);
    if (r < 0) {
        return r;
    }
    struct rule *rule = cos_calloc(1, sizeof(*rule));
    if (rule == NULL || !copy_text(&rule->key_glob, fault->key_glob) ||
        !copy_text(&rule->code, fault->code) || !copy_text(&rule->location, fault->location)) {
        if (rule != NULL) {
            rule_free(rule);
        }
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a fault");
    }
    rule->fault = *fault;
    rule->op = op;
    struct tenant_faults *f = t->faults;
    (void)pthread_mutex_lock(&f->lock);
    if (f->n_rules == RULES_MAX) {
        (void)pthread_mutex_unlock(&f->lock);
        rule_free(rule);
        return world_fail(err, COSMOCK_E_INVALID,
                          "the tenant has %d faults already: take some back", RULES_MAX);
    }
    rule->id = ++f->last_id;
    struct rule **at = &f->first;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = rule;
    __atomic_add_fetch(&f->n_rules, 1, __ATOMIC_RELAXED);
    if (out_id != NULL) {
        *out_id = rule->id;
    }
    (void)pthread_mutex_unlock(&f->lock);
    return 0;
}

bool cosmock_fault_remove(struct cosmock_tenant *t, uint64_t id)
{
    struct tenant_faults *f = t->faults;
    bool found = false;
    (void)pthread_mutex_lock(&f->lock);
    for (struct rule **at = &f->first; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == id) {
            struct rule *gone = *at;
            *at = gone->next;
            rule_free(gone);
            __atomic_sub_fetch(&f->n_rules, 1, __ATOMIC_RELAXED);
            found = true;
            break;
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    return found;
}

void cosmock_fault_clear(struct cosmock_tenant *t)
{
    (void)pthread_mutex_lock(&t->faults->lock);
    clear_locked(t->faults);
    (void)pthread_mutex_unlock(&t->faults->lock);
}

uint64_t cosmock_fault_hits(struct cosmock_tenant *t, uint64_t id)
{
    uint64_t hits = UINT64_MAX;
    (void)pthread_mutex_lock(&t->faults->lock);
    for (const struct rule *r = t->faults->first; r != NULL; r = r->next) {
        if (r->id == id) {
            hits = r->hits;
        }
    }
    (void)pthread_mutex_unlock(&t->faults->lock);
    return hits;
}

/* '*' any bytes, '?' one byte; never exponential: only the last star is tried again. */
static bool glob(const char *pattern, struct cos_span text)
{
    const char *star = NULL;
    size_t at = 0;
    size_t resume = 0;
    while (at < text.len) {
        if (*pattern == '*') {
            star = pattern++;
            resume = at;
        } else if (*pattern != '\0' && (*pattern == '?' || *pattern == text.ptr[at])) {
            pattern++;
            at++;
        } else if (star != NULL) {
            pattern = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

static bool matches(const struct rule *r, const struct op_row *op, struct cos_span key)
{
    return (r->op == NULL || r->op == op) && (r->key_glob == NULL || glob(r->key_glob, key));
}

bool world_fault_ask(struct cosmock_tenant *t, const struct op_row *op, struct cos_span key,
                     struct fault_hit *out)
{
    struct tenant_faults *f = t->faults;
    if (__atomic_load_n(&f->n_rules, __ATOMIC_RELAXED) == 0) {
        return false;
    }
    bool hit = false;
    (void)pthread_mutex_lock(&f->lock);
    for (struct rule *r = f->first; r != NULL && !hit; r = r->next) {
        if (!matches(r, op, key)) {
            continue;
        }
        uint64_t number = ++r->matches;
        if (number <= r->fault.skip || (r->fault.times != 0 && r->hits >= r->fault.times)) {
            continue;
        }
        r->hits++;
        hit = true;
        *out = (struct fault_hit){.id = r->id,
                                  .kind = r->fault.kind,
                                  .http_status = r->fault.http_status,
                                  .amount = r->fault.amount};
        (void)snprintf(out->code, sizeof(out->code), "%s", r->code != NULL ? r->code : "");
        (void)snprintf(out->location, sizeof(out->location), "%s",
                       r->location != NULL ? r->location : "");
    }
    (void)pthread_mutex_unlock(&f->lock);
    return hit;
}
