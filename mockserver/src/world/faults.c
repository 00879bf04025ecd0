/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planted faults of a tenant: rules in the order they were pushed, each with its own count of
 * matches and its own lot. The first rule that is due wins; a rule that lets matches pass still
 * counts them, and draws for each that its counters leave: which requests are hit depends on
 * their order alone. Asked once a request by the fault stage, so no handler can forget.
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/http.h"
#include "cosbase/rng.h"
#include "world/fail.h"

#define DELAY_MAX_MS \
    (INT64_C(86400) * 1000) /* a day; what a clock counts in ns must not overflow */

#define SKEW_MAX_MS (INT64_C(365) * 86400 * 1000)
#define RULES_MAX 1000 /* each is asked by every request */
/* as they fit into a hit */
#define CODE_MAX_BYTES (sizeof(((struct fault_hit *)0)->code) - 1)
#define LOCATION_MAX_BYTES (sizeof(((struct fault_hit *)0)->location) - 1)
#define HEADER_MAX_BYTES (sizeof(((struct fault_hit *)0)->header) - 1)
#define VALUE_MAX_BYTES (sizeof(((struct fault_hit *)0)->value) - 1)
#define MESSAGE_MAX_BYTES (sizeof(((struct fault_hit *)0)->message) - 1)
#define SEED_LEFT_OUT 1 /* 0 would ask the operating system */

struct rule {
    struct rule *next;
    uint64_t id, matches, hits;
    struct cosmock_fault fault;
    const struct op_row *op; /* NULL: any */
    char *key_glob, *code, *location, *service, *header, *value, *message;
    struct cos_rng *lot; /* NULL: every match that is left */
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
    cos_free(r->message);
    cos_free(r->service);
    cos_free(r->header);
    cos_free(r->value);
    cos_rng_free(r->lot);
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

/* It stands in one line of a head. */
static int check_text(const char *name, const char *text, size_t max_bytes,
                      struct cosmock_error *err)
{
    struct cos_span s = cos_span_of(text);
    return s.len <= max_bytes && !cos_http_has_control(s, /* may_hold_tab= */ true)
               ? 0
               : world_fail(err, COSMOCK_E_INVALID,
                            "%s of a fault must be at most %zu bytes, none a control character",
                            name, max_bytes);
}

static int check_header(const struct cosmock_fault *fault, struct cosmock_error *err)
{
    struct cos_span name = cos_span_of(fault->header);
    if (fault->header == NULL &&
        (fault->kind == COSMOCK_FAULT_HEADER || fault->value != NULL)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "header of a fault is missing: name the one that %s",
                          fault->value == NULL ? "is left out" : "gets the value");
    }
    if (fault->header != NULL && (!cos_http_is_token(name) || name.len > HEADER_MAX_BYTES)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "header of a fault must be the name of one, 1 to %zu letters, digits "
                          "or '-'",
                          HEADER_MAX_BYTES);
    }
    return check_text("value", fault->value, VALUE_MAX_BYTES, err);
}

static int check_amount(const struct cosmock_fault *fault, struct cosmock_error *err)
{
    bool is_skew = fault->kind == COSMOCK_FAULT_SKEW;
    if (is_skew && (fault->amount < -SKEW_MAX_MS || fault->amount > SKEW_MAX_MS)) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "amount %lld of a skew must lie between %lld and %lld ms (a year)",
                          (long long)fault->amount, (long long)-SKEW_MAX_MS,
                          (long long)SKEW_MAX_MS);
    }
    if (!is_skew && fault->amount < 0) {
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

static int check_texts(const struct cosmock_fault *fault, struct cosmock_error *err)
{
    int r = check_text("code", fault->code, CODE_MAX_BYTES, err);
    r = r < 0 ? r : check_text("location", fault->location, LOCATION_MAX_BYTES, err);
    r = r < 0 ? r : check_text("message", fault->message, MESSAGE_MAX_BYTES, err);
    return r < 0 ? r : check_header(fault, err);
}

int world_fault_check(const struct cosmock_fault *fault, struct cosmock_error *err)
{
    if (fault->kind > COSMOCK_FAULT_FOREIGN) {
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
    if (fault->percent > 100) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "percent %u of a fault must lie between 0 and 100", fault->percent);
    }
    int r = check_amount(fault, err);
    return r < 0 ? r : check_texts(fault, err);
}

static bool draws(const struct cosmock_fault *fault)
{
    return fault->percent != 0 && fault->percent != 100;
}

/* NULL: no memory. */
static struct rule *rule_new(const struct cosmock_fault *fault, const struct op_row *op)
{
    struct rule *r = cos_calloc(1, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    r->fault = *fault;
    r->op = op;
    bool whole = copy_text(&r->key_glob, fault->key_glob) && copy_text(&r->code, fault->code) &&
                 copy_text(&r->location, fault->location) &&
                 copy_text(&r->service, fault->service) &&
                 copy_text(&r->header, fault->header) && copy_text(&r->value, fault->value) &&
                 copy_text(&r->message, fault->message);
    if (whole && draws(fault)) {
        r->lot = cos_rng_new(fault->seed == 0 ? SEED_LEFT_OUT : fault->seed);
        whole = r->lot != NULL;
    }
    if (!whole) {
        rule_free(r);
        return NULL;
    }
    return r;
}

int world_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                     const struct op_row *op, uint64_t *out_id, struct cosmock_error *err)
{
    int r = world_fault_check(fault, err);
    if (r < 0) {
        return r;
    }
    struct rule *rule = rule_new(fault, op);
    if (rule == NULL) {
        return world_fail(err, COSMOCK_E_NOMEM, "no memory for a fault");
    }
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

static bool is_of_service(const char *service, const struct fault_question *q)
{
    return strcmp(service, q->service) == 0 ||
           (q->dialect_of != NULL && strcmp(service, q->dialect_of) == 0);
}

static bool matches(const struct rule *r, const struct fault_question *q)
{
    return (r->op == NULL || r->op == q->op) &&
           (r->service == NULL || is_of_service(r->service, q)) &&
           (r->key_glob == NULL || glob(r->key_glob, q->key));
}

/* One more match: is it hit? */
static bool is_due(struct rule *r)
{
    const struct cosmock_fault *f = &r->fault;
    uint64_t number = ++r->matches;
    if (number <= f->skip || (f->times != 0 && r->hits >= f->times) ||
        (f->every > 1 && (number - f->skip) % f->every != 0)) {
        return false;
    }
    return r->lot == NULL || cos_rng_below(r->lot, 100) < f->percent;
}

static void text_copy(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text != NULL ? text : "");
}

static void hit_fill(struct fault_hit *out, const struct rule *r)
{
    *out = (struct fault_hit){.id = r->id,
                              .kind = r->fault.kind,
                              .http_status = r->fault.http_status,
                              .amount = r->fault.amount,
                              .drops_header = r->header != NULL && r->value == NULL};
    text_copy(out->code, sizeof(out->code), r->code);
    text_copy(out->location, sizeof(out->location), r->location);
    text_copy(out->header, sizeof(out->header), r->header);
    text_copy(out->value, sizeof(out->value), r->value);
    text_copy(out->message, sizeof(out->message), r->message);
}

bool world_fault_ask(struct cosmock_tenant *t, const struct fault_question *question,
                     struct fault_hit *out)
{
    struct tenant_faults *f = t->faults;
    if (__atomic_load_n(&f->n_rules, __ATOMIC_RELAXED) == 0) {
        return false;
    }
    bool hit = false;
    (void)pthread_mutex_lock(&f->lock);
    for (struct rule *r = f->first; r != NULL && !hit; r = r->next) {
        if (matches(r, question) && is_due(r)) {
            r->hits++;
            hit = true;
            hit_fill(out, r);
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    return hit;
}
