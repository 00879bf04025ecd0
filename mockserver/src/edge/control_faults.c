/* SPDX-License-Identifier: Apache-2.0 */
/* Faults through the control API: pushed, listed with their hits, taken back. The list is of
 * those that were pushed here; what a program around the mock pushes is its own. */
#include "cosbase/alloc.h"
#include "edge/control_call.h"

static const struct {
    const char *name;
    enum cosmock_fault_kind kind;
} kinds[] = {
    {"reply", COSMOCK_FAULT_REPLY},         {"reply-after", COSMOCK_FAULT_REPLY_AFTER},
    {"reply-200", COSMOCK_FAULT_REPLY_200}, {"delay", COSMOCK_FAULT_DELAY},
    {"reset", COSMOCK_FAULT_RESET},         {"reset-after", COSMOCK_FAULT_RESET_AFTER},
    {"truncate", COSMOCK_FAULT_TRUNCATE},   {"corrupt", COSMOCK_FAULT_CORRUPT},
    {"malformed", COSMOCK_FAULT_MALFORMED}, {"header", COSMOCK_FAULT_HEADER},
    {"skew", COSMOCK_FAULT_SKEW},
};

static bool read_kind(struct call *c, const char *name, enum cosmock_fault_kind *out)
{
    for (size_t i = 0; name != NULL && i < COS_ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    }
    call_refuse(c, 400, "invalid",
                "member 'kind' is '%.40s': reply, reply-after, reply-200, delay, reset, "
                "reset-after, truncate, corrupt, malformed, header or skew",
                name == NULL ? "" : name);
    return false;
}

static bool read_fault(struct call *c, const struct cos_json *body, struct cosmock_fault *f)
{
    int64_t skip = 0;
    int64_t times = 0;
    int64_t status = 0;
    int64_t every = 0;
    int64_t percent = 0;
    int64_t seed = 0;

    const char *kind = NULL;
    if (!call_json_str(c, body, "kind", &kind) || !read_kind(c, kind, &f->kind)) {
        return false;
    }
    const struct call_number numbers[] = {
        {"skip", 0, UINT32_MAX, &skip},
        {"times", 0, UINT32_MAX, &times},
        {"every", 0, UINT32_MAX, &every},
        {"percent", 0, 100, &percent},
        {"seed", 0, CALL_EXACT_MAX, &seed},
        {"http_status", 200, 599, &status},
        {"amount", f->kind == COSMOCK_FAULT_SKEW ? -CALL_EXACT_MAX : 0, CALL_EXACT_MAX,
         &f->amount},
    };
    if (!call_json_str(c, body, "op", &f->op) ||
        !call_json_str(c, body, "key_glob", &f->key_glob) ||
        !call_json_str(c, body, "code", &f->code) ||
        !call_json_str(c, body, "location", &f->location) ||
        !call_json_str(c, body, "service", &f->service) ||
        !call_json_str(c, body, "header", &f->header) ||
        !call_json_str(c, body, "value", &f->value) ||
        !call_json_numbers(c, body, numbers, COS_ARRAY_LEN(numbers))) {
        return false;
    }
    f->skip = (unsigned)skip;
    f->times = (unsigned)times;
    f->every = (unsigned)every;
    f->percent = (unsigned)percent;
    f->seed = (uint64_t)seed;
    f->http_status = (int)status;
    return true;
}

static void remember_fault(struct call *c, uint64_t id, const struct cos_json *body)
{
    struct control_fault *kept = cos_calloc(1, sizeof(*kept));

    if (kept == NULL) {
        return; /* it works all the same; only the list misses it */
    }
    struct cos_buf text;
    cos_buf_init(&text, 1u << 16);
    cos_json_print(&text, body);
    kept->json = cos_buf_take(&text);
    kept->id = id;
    (void)snprintf(kept->tenant, sizeof(kept->tenant), "%s", cosmock_tenant_name(c->tenant));
    (void)pthread_mutex_lock(&c->control->lock);
    kept->next = c->control->faults;
    c->control->faults = kept;
    (void)pthread_mutex_unlock(&c->control->lock);
}

static void push_fault(struct call *c)
{
    static const char *const members[] = {"op",       "key_glob",    "skip",  "times",
                                          "kind",     "http_status", "code",  "amount",
                                          "location", "service",     "every", "percent",
                                          "seed",     "header",      "value", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;

    if (body == NULL || !read_fault(c, body, &fault)) {
        return;
    }
    uint64_t id = 0;
    struct cosmock_error err;
    if (cosmock_fault_push(c->tenant, &fault, &id, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    remember_fault(c, id, body);
    struct cos_jw w;
    call_object(c, 201, &w);
    cos_jw_u64(&w, "id", id);
    cos_jw_end(&w);
}

static void forget(struct control *control, const char *tenant, uint64_t id, bool any_id)
{
    struct control_fault **at = &control->faults;

    (void)pthread_mutex_lock(&control->lock);
    while (*at != NULL) {
        struct control_fault *f = *at;

        if ((tenant == NULL || strcmp(f->tenant, tenant) == 0) && (any_id || f->id == id)) {
            *at = f->next;
            cos_free(f->json);
            cos_free(f);
        } else {
            at = &f->next;
        }
    }
    (void)pthread_mutex_unlock(&control->lock);
}

void control_faults_forget(struct control *control, const char *tenant)
{
    forget(control, tenant, 0, /* any_id= */ true);
}

struct fault_copy { /* in the arena, so that no lock is held while hits are asked for */
    uint64_t id;
    const char *json;
};

static size_t copy_faults(struct call *c, struct fault_copy **out)
{
    (void)pthread_mutex_lock(&c->control->lock);
    size_t all = 0;
    for (struct control_fault *f = c->control->faults; f != NULL; f = f->next) {
        all++;
    }
    *out = cos_arena_array(&c->arena, all + 1, sizeof(**out));
    size_t n = 0;
    for (struct control_fault *f = c->control->faults; *out != NULL && f != NULL; f = f->next) {
        if (strcmp(f->tenant, cosmock_tenant_name(c->tenant)) == 0) {
            const char *json = f->json == NULL ? "{}" : f->json;

            (*out)[n].id = f->id;
            (*out)[n++].json = cos_arena_str(&c->arena, cos_span_of(json));
        }
    }
    (void)pthread_mutex_unlock(&c->control->lock);
    return n;
}

static void list_faults(struct call *c)
{
    struct fault_copy *faults;
    size_t n = copy_faults(c, &faults);
    struct cos_jw w;

    call_object(c, 200, &w);
    cos_jw_array(&w, "faults");
    for (size_t i = 0; i < n; i++) {
        uint64_t hits = cosmock_fault_hits(c->tenant, faults[i].id);

        cos_jw_object(&w, /* name= */ NULL);
        cos_jw_u64(&w, "id", faults[i].id);
        cos_jw_u64(&w, "hits", hits == UINT64_MAX ? 0 : hits);
        cos_jw_raw(&w, "fault", cos_span_of(faults[i].json));
        cos_jw_end(&w);
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
}

static void one_fault(struct call *c, uint64_t id)
{
    uint64_t hits = cosmock_fault_hits(c->tenant, id);

    if (hits == UINT64_MAX) {
        call_refuse(c, 404, "not-found", "no fault %llu in tenant '%s'", (unsigned long long)id,
                    cosmock_tenant_name(c->tenant));
    } else if (c->method == CALL_GET) {
        struct cos_jw w;
        call_object(c, 200, &w);
        cos_jw_u64(&w, "id", id);
        cos_jw_u64(&w, "hits", hits);
        cos_jw_end(&w);
    } else if (c->method == CALL_DELETE) {
        (void)cosmock_fault_remove(c->tenant, id);
        forget(c->control, cosmock_tenant_name(c->tenant), id, /* any_id= */ false);
        call_ok(c);
    } else {
        call_wrong_method(c, "GET or DELETE");
    }
}

void control_faults(struct call *c)
{
    if (c->rest.len > 0) {
        uint64_t id;
        if (cos_span_u64(c->rest, &id)) {
            one_fault(c, id);
        } else {
            call_refuse(c, 404, "not-found", "a fault is named by its number");
        }
    } else if (c->method == CALL_POST) {
        push_fault(c);
    } else if (c->method == CALL_GET) {
        list_faults(c);
    } else {
        cosmock_fault_clear(c->tenant);
        control_faults_forget(c->control, cosmock_tenant_name(c->tenant));
        call_ok(c);
    }
}
