/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mock and its tenants through the control API. Only tenants this API made can be dropped
 * through it: the others belong to the program around the mock.
 */
#include "cosbase/alloc.h"
#include "edge/control_call.h"
#include "edge/tls.h"
#include "world/keys_json.h"
#include "world/mock.h"
#include "world/registry.h"
#include "world/world.h"

#define TENANT_NAME_MAX 63

static void write_tenant(struct cos_jw *w, struct cosmock_tenant *t)
{
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    cos_jw_str(w, "name", cosmock_tenant_name(t));
    cos_jw_str(w, "appid", info.appid);
    cos_jw_str(w, "owner_uin", info.owner_uin);
    (void)keys_json(w, t); /* without memory the answer fails as a whole */
    cos_jw_str(w, "secret_id", info.secret_id);
    cos_jw_str(w, "secret_key", info.secret_key);
    cos_jw_str(w, "bucket", info.bucket);
    cos_jw_str(w, "region", info.region);
    cos_jw_str(w, "endpoint_suffix", info.endpoint_suffix);
    cos_jw_str(w, "enforcement", cosmock_switch_get(t, "enforcement"));
    cos_jw_u64(w, "last_seq", cosmock_journal_last_seq(t));
    cos_jw_u64(w, "dropped", cosmock_journal_dropped(t));
}

static void write_name(void *ctx, struct cosmock_tenant *t)
{
    cos_jw_str(ctx, /* name= */ NULL, cosmock_tenant_name(t));
}

static void write_tenant_names(struct call *c, struct cos_jw *w)
{
    cos_jw_array(w, "tenants");
    registry_each(c->mock, write_name, w);
    cos_jw_end(w);
}

void control_info(struct call *c)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_str(&w, "version", cosmock_version());
    cos_jw_bool(&w, "broken", cosmock_broken(c->mock));
    cos_jw_u64(&w, "memory_limit_bytes", c->mock->memory.limit_bytes);
    cos_jw_u64(&w, "memory_used_bytes",
               c->mock->memory.limit_bytes - budget_left(&c->mock->memory));
    struct cosmock_endpoint front;
    if (edge_first_front(c->control->edge, &front)) {
        bool is_v6 = strchr(front.host, ':') != NULL;
        char text[96];

        (void)snprintf(text, sizeof(text), is_v6 ? "[%s]:%u" : "%s:%u", front.host,
                       (unsigned)front.port);
        cos_jw_str(&w, "socks", text);
        (void)snprintf(text, sizeof(text), is_v6 ? "http://[%s]:%u" : "http://%s:%u",
                       front.host, (unsigned)front.port);
        cos_jw_str(&w, "proxy", text);
    }
    write_tenant_names(c, &w);
    cos_jw_end(&w);
}

void control_ca(struct call *c)
{
    const struct tls_authority *authority = edge_authority(c->control->edge, /* err= */ NULL);

    if (authority == NULL) {
        call_refuse(c, 500, "internal", "cannot make a certificate authority");
    } else {
        c->reply->status = 200;
        c->reply->content_type = "application/x-pem-file";
        cos_buf_str(&c->reply->body, tls_authority_pem(authority));
    }
}

void control_switch_table(struct call *c)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_array(&w, "switches");
    for (size_t i = 0; i < SWITCHES; i++) {
        cos_jw_object(&w, /* name= */ NULL);
        cos_jw_str(&w, "name", world_switch_rows[i].name);
        cos_jw_str(&w, "values", world_switch_rows[i].values);
        cos_jw_str(&w, "meaning", world_switch_rows[i].meaning);
        cos_jw_str(&w, "citation", world_switch_rows[i].citation);
        cos_jw_end(&w);
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
}

static bool is_tenant_name(const char *name)
{
    size_t n =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return n > 0 && n <= TENANT_NAME_MAX && name[n] == '\0';
}

static bool read_tenant_options(struct call *c, const struct cos_json *body,
                                struct cosmock_tenant_options *o)
{
    int64_t seed = 0;
    struct call_number number = {"seed", 0, CALL_EXACT_MAX, &seed};

    if (!call_json_str(c, body, "name", &o->name) ||
        !call_json_str(c, body, "world", &o->world_text) ||
        !call_json_numbers(c, body, &number, 1)) {
        return false;
    }
    if (o->name != NULL && !is_tenant_name(o->name)) {
        call_refuse(c, 400, "invalid",
                    "tenant name '%.80s': 1 to %d of the characters A-Z a-z 0-9 . _ -", o->name,
                    TENANT_NAME_MAX);
        return false;
    }
    o->seed = (uint64_t)seed;
    return true;
}

static void remember_tenant(struct control *control, struct control_tenant *kept,
                            struct cosmock_tenant *t)
{
    kept->tenant = t;
    (void)pthread_mutex_lock(&control->lock);
    kept->next = control->tenants;
    control->tenants = kept;
    (void)pthread_mutex_unlock(&control->lock);
}

static void create_tenant(struct call *c)
{
    static const char *const members[] = {"name", "world", "seed", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    struct cosmock_tenant_options o = COSMOCK_TENANT_OPTIONS_INIT;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf warnings;

    cos_buf_init(&warnings, WARNINGS_MAX_BYTES);
    if (body == NULL || !read_tenant_options(c, body, &o)) {
        return;
    }
    o.warn = call_warn;
    o.warn_ctx = &warnings;
    struct control_tenant *kept = cos_calloc(1, sizeof(*kept));
    if (kept == NULL) {
        call_refuse(c, 507, "out-of-memory", "out of memory for a tenant");
        return;
    }
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err;
    if (cosmock_tenant_new(c->mock, &t, &o, &err) != COSMOCK_OK) {
        cos_free(kept);
        call_fail_with(c, &err);
        return;
    }
    struct cos_jw w;
    call_object(c, 201, &w);
    write_tenant(&w, t);
    call_warnings(&w, &warnings);
    cos_jw_end(&w);
    remember_tenant(c->control, kept, t);
}

void control_tenants(struct call *c)
{
    if (c->method == CALL_POST) {
        create_tenant(c);
    } else {
        struct cos_jw w;
        call_object(c, 200, &w);
        write_tenant_names(c, &w);
        cos_jw_end(&w);
    }
}

/* Whoever takes it off the list drops it: two calls at once cannot both. NULL: not on it. */
static struct control_tenant *take_own_tenant(struct control *control,
                                              const struct cosmock_tenant *t)
{
    struct control_tenant **at = &control->tenants;

    (void)pthread_mutex_lock(&control->lock);
    struct control_tenant *found = NULL;
    while (*at != NULL && found == NULL) {
        if ((*at)->tenant == t) {
            found = *at;
            *at = found->next;
        } else {
            at = &(*at)->next;
        }
    }
    (void)pthread_mutex_unlock(&control->lock);
    return found;
}

/* One that this API made, now or before the data directory was opened again. */
static void drop_tenant(struct call *c)
{
    struct cosmock_tenant *t = c->tenant;
    struct control_tenant *own = take_own_tenant(c->control, t);
    bool is_claimed = own == NULL && registry_claim(c->mock, cosmock_tenant_name(t)) != NULL;

    if (own == NULL && !is_claimed) {
        call_refuse(c, 409, "not-yours",
                    "tenant '%s' was not made by this API: it belongs to the program that runs "
                    "the mock",
                    cosmock_tenant_name(t));
        return;
    }
    struct cosmock_error err;
    if (cosmock_tenant_drop(t, &err) != COSMOCK_OK) {
        if (own != NULL) {
            remember_tenant(c->control, own, t);
        } else {
            registry_unclaim(t);
        }
        call_fail_with(c, &err);
        return;
    }
    control_faults_forget(c->control, cosmock_tenant_name(t));
    cos_free(own);
    call_ok(c);
}

void control_reset(struct call *c)
{
    static const char *const none[] = {NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, none);
    struct cosmock_error err;
    if (body == NULL) {
        return;
    }
    if (cosmock_tenant_reset(c->tenant, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    control_faults_forget(c->control, cosmock_tenant_name(c->tenant));
    struct cos_jw w;
    call_object(c, 200, &w);
    write_tenant(&w, c->tenant);
    cos_jw_end(&w);
}

void control_tenant(struct call *c)
{
    if (c->method == CALL_GET) {
        struct cos_jw w;
        call_object(c, 200, &w);
        write_tenant(&w, c->tenant);
        cos_jw_end(&w);
    } else {
        drop_tenant(c);
    }
}
