/* SPDX-License-Identifier: Apache-2.0 */
/* Faults through the control API: pushed, listed with their hits, taken back. The list is of
 * those that were pushed here; what a program around the mock pushes is its own. */
#include "cosbase/alloc.h"
#include "edge/control_call.h"
#include "services/fault_words.h"

#define MEMBERS_MAX 20

static bool read_kind(struct call *c, const char *name, enum cosmock_fault_kind *out)
{
    if (name != NULL && fault_kind_named(cos_span_of(name), out)) {
        return true;
    }
    call_refuse(c, 400, "invalid", "member 'kind' is '%.40s': %s", name == NULL ? "" : name,
                fault_kinds_line);
    return false;
}

static bool read_number(struct call *c, const struct cos_json *body,
                        const struct fault_member *m, struct cosmock_fault *f)
{
    bool is_negative = m->least < 0 && f->kind != COSMOCK_FAULT_SKEW;
    int64_t value = INT64_MIN;
    struct call_number number = {m->name, is_negative ? 0 : m->least, m->most, &value};
    if (!call_json_numbers(c, body, &number, 1)) {
        return false;
    }
    if (value != INT64_MIN) {
        fault_set_number(f, m, value);
    }
    return true;
}

static bool read_text(struct call *c, const struct cos_json *body, const struct fault_member *m,
                      struct cosmock_fault *f)
{
    const char *text = NULL;
    if (!call_json_str(c, body, m->name, &text)) {
        return false;
    }
    if (text != NULL) {
        fault_set_text(f, m, text);
    }
    return true;
}

static bool read_fault(struct call *c, const struct cos_json *body, struct cosmock_fault *f)
{
    const char *kind = NULL;
    if (!call_json_str(c, body, "kind", &kind) || !read_kind(c, kind, &f->kind)) {
        return false;
    }
    for (const struct fault_member *m = fault_members(); m->name != NULL; m++) {
        bool is_read =
            m->kind == FAULT_KIND ||
            (m->kind == FAULT_TEXT ? read_text(c, body, m, f) : read_number(c, body, m, f));
        if (!is_read) {
            return false;
        }
    }
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
    const char *members[MEMBERS_MAX + 1] = {NULL};
    size_t n = 0;
    for (const struct fault_member *m = fault_members(); m->name != NULL; m++) {
        members[n++] = m->name;
    }
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
