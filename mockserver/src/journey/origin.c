/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a GET finds nothing, the origin of the bucket is asked: by a request of the same
 * journey, anonymous, as a stranger would ask it, with its own entry in the journal. So rights,
 * referers, faults and the origin's own origin count as they do for everybody, and nothing
 * leaves the mock: a host that is no bucket of it is refused by name. It is the work of a
 * worker, for the origin may keep what it fetches itself; the loop goes on meanwhile.
 *
 * Mirror (guide 436/31508): what is found is kept under the key that was asked for, with its
 * standard headers and x-cos-meta-*, and then the request goes on as if it had been there. 404
 * is 404; what else goes wrong is 424, unless the rule shows the origin's own error. The bytes
 * are shared, not copied. Proxy: the client is sent to the origin, and a worker fetches behind
 * his back, which nobody waits for: what is under way is lost with the process, and of more
 * than PULLS_MAX the rest is not begun.
 *
 * A circle of origins ends where a bucket is asked again for a key it is asked for already.
 */
#include "journey/stages.h"

#include "cosbase/alloc.h"
#include "exchange/work.h"
#include "services/origin.h"
#include "services/origin_keep.h"
#include "services/own_work.h"
#include "services/service.h"
#include "world/domains.h"

#include <stdarg.h>

#define REDIRECTS_MAX 5 /* that the origin sends us on */
#define DEPTH_MAX 8     /* of origins of origins */
#define PULLS_MAX 64
#define PULL_MAX_BYTES ((size_t)1 << 20) /* of what is known of one */

/* --- asking --- */

/* One request of an origin. */
struct question {
    struct cosmock *mock;
    struct cosmock_exchange *asker; /* NULL: nobody waits */
    struct cos_span host, target;
    const struct header *headers;
    size_t n_headers;
    bool is_https;
    const char *for_bucket;
};

static struct cosmock_slice slice(struct cos_span s)
{
    return (struct cosmock_slice){s.ptr, s.len};
}

/* NULL: no memory. Not finished where it is refused. */
static struct cosmock_exchange *ask(const struct question *q)
{
    struct cosmock_exchange *sub = NULL;
    struct cosmock_header *headers = cos_calloc(q->n_headers + 1, sizeof(*headers));
    if (headers == NULL) {
        return NULL;
    }
    headers[0] = (struct cosmock_header){{"Host", 4}, slice(q->host)};
    for (size_t i = 0; i < q->n_headers; i++) {
        headers[i + 1] =
            (struct cosmock_header){slice(q->headers[i].name), slice(q->headers[i].value)};
    }
    const struct cosmock_head head = {.method = {"GET", 3},
                                      .target = slice(q->target),
                                      .headers = headers,
                                      .n_headers = q->n_headers + 1,
                                      .tls = q->is_https};
    (void)cosmock_begin(q->mock, &sub, &head);
    cos_free(headers);
    if (sub != NULL) {
        exchange_work_alone(sub);
        sub->asked_by = q->asker;
        if (sub->identity.detail.len == 0) {
            sub->identity.detail =
                cos_arena_printf(&sub->arena, "an origin rule of bucket %s asks",
                                 q->for_bucket);
        }
        (void)cosmock_finish(sub);
    }
    return sub;
}

/* A host of a bucket of the same tenant: others are other universes. */
static bool is_here(const struct cosmock_exchange *x, struct cos_span host)
{
    char name[256];
    struct bucket_view found = {.bucket = NULL};
    enum host_kind kind;
    struct cos_span bare = cos_span_sub(host, 0, cos_span_chr(host, ':'));
    if (bare.len == 0 || bare.len >= sizeof(name)) {
        return false;
    }
    for (size_t i = 0; i < bare.len; i++) {
        char c = bare.ptr[i];
        name[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    struct cos_span lower = cos_span_make(name, bare.len);
    struct host h = host_read(x->tenant, lower);
    struct cosmock_tenant *t = h.bucket.len > 0 ? registry_by_bucket(x->mock, h.bucket, &found)
                                                : domain_find(x->mock, lower, &found, &kind);
    bool is_found = found.bucket != NULL && t == x->tenant;
    bucket_view_release(&found);
    (void)tenant_unref(t);
    return is_found;
}

static struct cos_span url_of(struct cos_arena *a, const struct question *q)
{
    const struct cos_span parts[] = {q->is_https ? COS_SPAN_LIT("https://")
                                                 : COS_SPAN_LIT("http://"),
                                     q->host, q->target};
    return cos_arena_join(a, parts, COS_ARRAY_LEN(parts));
}

/* What it may be kept from: an object as it is, and no text. */
static const struct object *object_of(const struct cosmock_exchange *sub)
{
    bool is_whole = sub->reply.status == 200 && sub->reply.from_object &&
                    sub->result.seal.ptr == NULL && sub->reply.body_bytes > 0;
    bool is_empty = sub->reply.status == 200 && sub->result.object != NULL &&
                    sub->result.object->bytes == 0;
    return is_whole || is_empty ? sub->result.object : NULL;
}

/* --- Mirror --- */

static void refuse_pull(struct cosmock_exchange *x, const char *fmt, ...) COS_PRINTF(2, 3);
static void refuse_pull(struct cosmock_exchange *x, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    x->identity.detail = cos_arena_span(&x->arena, cos_span_of(text));
    service_refuse(x, "MirrorFailed");
}

static void refuse_outside(struct cosmock_exchange *x, struct cos_span host)
{
    struct cos_span shown = cos_span_sub(host, 0, 100);
    refuse_with(x, STAGE_EXECUTE, x->service->codes[CODE_NOT_BUILT],
                cos_arena_printf(&x->arena,
                                 "The origin " COS_SPAN_FMT " is no bucket of this mock, which "
                                 "asks nobody else.",
                                 COS_SPAN_ARG(shown)),
                COS_SPAN_EMPTY);
}

/* Already asked for this on the way here, or too far from whoever asked first. */
static bool is_circle(const struct cosmock_exchange *x)
{
    unsigned depth = 0;
    for (const struct cosmock_exchange *up = x->asked_by; up != NULL; up = up->asked_by) {
        if (++depth >= DEPTH_MAX || (up->target.at.bucket == x->target.at.bucket &&
                                     cos_span_eq(up->route.key, x->route.key))) {
            return true;
        }
    }
    return false;
}

static bool is_for_standby(const struct origin_rule *rule, int status)
{
    if (status == 0 || status >= 500) {
        return true;
    }
    for (size_t i = 0; i < rule->n_standby_statuses; i++) {
        if (rule->standby_statuses[i] == status) {
            return true;
        }
    }
    return false;
}

/* "http://host/path" of an answer; false: it is none that can be followed. */
static bool read_location(const struct cosmock_exchange *sub, struct question *q,
                          struct cosmock_exchange *x)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(sub, &n);
    for (size_t i = 0; i < n; i++) {
        struct cos_span name = cos_span_make(h[i].name.ptr, h[i].name.len);
        struct cos_span url =
            cos_arena_span(&x->arena, cos_span_make(h[i].value.ptr, h[i].value.len));
        struct cos_span http = COS_SPAN_LIT("http://");
        struct cos_span https = COS_SPAN_LIT("https://");
        if (!cos_span_eq_nocase(name, COS_SPAN_LIT("Location")) ||
            !(cos_span_starts(url, http) || cos_span_starts(url, https))) {
            continue;
        }
        q->is_https = cos_span_starts(url, https);
        url = cos_span_from(url, q->is_https ? https.len : http.len);
        size_t slash = cos_span_chr(url, '/');
        q->host = slash == SIZE_MAX ? url : cos_span_sub(url, 0, slash);
        q->target = slash == SIZE_MAX ? COS_SPAN_LIT("/") : cos_span_from(url, slash);
        return true;
    }
    return false;
}

static void show_location(struct cosmock_exchange *x, const struct cosmock_exchange *sub)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(sub, &n);
    for (size_t i = 0; i < n; i++) {
        if (cos_span_eq_nocase(cos_span_make(h[i].name.ptr, h[i].name.len),
                               COS_SPAN_LIT("Location"))) {
            result_header(x, "Location",
                          cos_arena_span(&x->arena,
                                         cos_span_make(h[i].value.ptr, h[i].value.len)));
        }
    }
    x->result.status = sub->reply.status;
    x->result.hidden = x->service->error("NoSuchKey");
    x->result.refused_by = STAGE_EXECUTE;
}

/* NULL: no memory, or it was refused. */
static struct cosmock_exchange *ask_here(struct cosmock_exchange *x, const struct question *q)
{
    if (!is_here(x, q->host)) {
        refuse_outside(x, q->host);
        return NULL;
    }
    return ask(q);
}

/* Ask, and go where the answer sends us, as far as the rule wants that. NULL: as above. */
static struct cosmock_exchange *follow(struct cosmock_exchange *x,
                                       const struct origin_rule *rule, struct question *q)
{
    struct cosmock_exchange *sub = ask_here(x, q);
    for (unsigned n = 0; sub != NULL && n < REDIRECTS_MAX && rule->follows_redirects; n++) {
        bool is_redirect = sub->reply.status >= 300 && sub->reply.status < 400;
        if (!is_redirect || !read_location(sub, q, x)) {
            break;
        }
        (void)cosmock_exchange_free(sub);
        sub = ask_here(x, q);
    }
    return sub;
}

/* The first host that answers as one should. */
static struct cosmock_exchange *ask_hosts(struct cosmock_exchange *x,
                                          const struct origin_rule *rule, struct question *q)
{
    const struct origin_host *h = origin_host_of(x, rule);
    const struct question as_it_is = *q;
    q->host = h->name;
    struct cosmock_exchange *sub = follow(x, rule, q);
    for (size_t i = 0;
         sub != NULL && i < h->n_standby && is_for_standby(rule, sub->reply.status); i++) {
        (void)cosmock_exchange_free(sub);
        *q = as_it_is;
        q->host = h->standby[i];
        sub = follow(x, rule, q);
    }
    return sub;
}

static void refuse_as_origin(struct cosmock_exchange *x, const struct origin_rule *rule,
                             const struct question *q, const struct cosmock_exchange *sub)
{
    const struct error_row *error = sub->result.error;
    if (rule->shows_errors && error != NULL) {
        refuse_with(x, STAGE_EXECUTE, error->code,
                    cos_arena_span(&x->arena, result_error_message(&sub->result)),
                    COS_SPAN_EMPTY);
        return;
    }
    refuse_pull(x, "origin " COS_SPAN_FMT " answered %d%s%s%s" COS_SPAN_FMT,
                COS_SPAN_ARG(cos_span_sub(q->host, 0, 100)), sub->reply.status,
                error == NULL ? "" : " ", error == NULL ? "" : error->code,
                sub->identity.detail.len == 0 ? "" : ": ",
                COS_SPAN_ARG(cos_span_sub(sub->identity.detail, 0, 200)));
}

static int take(struct cosmock_exchange *x, const struct origin_rule *rule,
                const struct question *q, const struct cosmock_exchange *sub)
{
    const struct object *o = object_of(sub);
    int status = sub->reply.status;
    if (o != NULL) {
        return origin_keep(x, o, url_of(&x->arena, q));
    } else if (status >= 300 && status < 400 && !rule->follows_redirects) {
        show_location(x, sub);
    } else if (status != 404) { /* which the request is without us */
        refuse_as_origin(x, rule, q, sub);
    }
    return x->arena.failed ? -1 : 0;
}

static int mirror(struct cosmock_exchange *x)
{
    const struct origin_rule *rule = origin_rule_for(x, 404);
    struct header *headers;
    size_t n = origin_headers(x, rule, &headers);
    struct question q = {.mock = x->mock,
                         .asker = x,
                         .target = origin_target(x, rule),
                         .headers = headers,
                         .n_headers = n,
                         .is_https = origin_is_https(x, rule),
                         .for_bucket = x->target.at.bucket->name};
    struct cosmock_exchange *sub = x->arena.failed ? NULL : ask_hosts(x, rule, &q);
    if (sub == NULL) {
        return service_stop(x);
    }
    int r = take(x, rule, &q, sub);
    (void)cosmock_exchange_free(sub);
    return r;
}

/* --- Proxy --- */

/* What a worker does when the client has been sent away; it owns everything. */
struct pull {
    struct worker_job job; /* first: the workers know it */
    struct cosmock_tenant *t;
    struct cos_arena arena;
    struct question q;
    struct cos_span bucket, key;
};

static void tell_failure(const struct pull *p, const struct cosmock_exchange *sub)
{
    char detail[300];
    (void)snprintf(detail, sizeof(detail), "origin " COS_SPAN_FMT " answered %d",
                   COS_SPAN_ARG(cos_span_sub(p->q.host, 0, 100)), sub->reply.status);
    own_work_tell(p->t, &(struct own_work){.kind = OWN_PULL_ORIGIN,
                                           .bucket = p->q.for_bucket,
                                           .key = p->key,
                                           .status = 424,
                                           .code = "MirrorFailed",
                                           .detail = cos_span_of(detail)});
}

static void pull_free(struct pull *p)
{
    (void)__atomic_sub_fetch(&p->q.mock->n_pulls, 1, __ATOMIC_RELAXED);
    (void)tenant_unref(p->t);
    cos_arena_deinit(&p->arena);
    cos_free(p);
}

static void run_pull(struct worker_job *job)
{
    struct pull *p = (struct pull *)(void *)job;
    struct cosmock_exchange *sub = ask(&p->q);
    const struct object *o = sub == NULL ? NULL : object_of(sub);
    if (o != NULL) {
        origin_keep_for(p->t, &(const struct origin_place){p->bucket, p->key}, o,
                        url_of(&p->arena, &p->q));
    } else if (sub != NULL) {
        tell_failure(p, sub);
    }
    (void)cosmock_exchange_free(sub);
    pull_free(p);
}

static void copy_question(struct pull *p, struct cosmock_exchange *x,
                          const struct origin_rule *rule)
{
    struct cos_arena *a = &p->arena;
    struct header *headers;
    size_t n = origin_headers(x, rule, &headers);
    struct header *copies = cos_arena_array(a, n + 1, sizeof(*copies));
    for (size_t i = 0; copies != NULL && i < n; i++) {
        copies[i] = (struct header){cos_arena_span(a, headers[i].name),
                                    cos_arena_span(a, headers[i].value)};
    }
    p->bucket = cos_arena_span(a, x->route.bucket);
    p->key = cos_arena_span(a, x->route.key);
    p->q = (struct question){.mock = x->mock,
                             .host = cos_arena_span(a, rule->hosts[0].name),
                             .target = cos_arena_span(a, origin_target(x, rule)),
                             .headers = copies,
                             .n_headers = n,
                             .is_https = origin_is_https(x, rule),
                             .for_bucket = cos_arena_str(a, p->bucket)};
}

/* Who is sent away does not hear whether it is begun; the journal does. */
static void begin_pull(struct cosmock_exchange *x, const struct origin_rule *rule)
{
    unsigned n = __atomic_add_fetch(&x->mock->n_pulls, 1, __ATOMIC_RELAXED);
    struct pull *p = n > PULLS_MAX ? NULL : cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        (void)__atomic_sub_fetch(&x->mock->n_pulls, 1, __ATOMIC_RELAXED);
        x->identity.detail = COS_SPAN_LIT("too much is fetched already: this is not");
        return;
    }
    cos_arena_init(&p->arena, PULL_MAX_BYTES);
    p->t = tenant_ref(x->tenant);
    copy_question(p, x, rule);
    p->job.run = run_pull;
    if (p->arena.failed || x->arena.failed || !workers_add(&x->mock->workers, &p->job)) {
        p->q.mock = x->mock;
        pull_free(p);
    }
}

static void proxy(struct cosmock_exchange *x, const struct origin_rule *rule)
{
    if (!is_here(x, rule->hosts[0].name)) {
        refuse_outside(x, rule->hosts[0].name);
        return;
    }
    origin_redirect(x, rule, rule->hosts[0].name);
    begin_pull(x, rule);
}

/* --- the stage --- */

static bool finds_nothing(const struct cosmock_exchange *x)
{
    const struct op_row *op = x->route.op;
    const struct found_object *found = &x->target.object;
    return x->target.at.bucket != NULL && x->route.target == OP_ON_OBJECT &&
           op->query == NULL && op->reads_object && cos_span_eq_str(x->parts.method, "GET") &&
           x->route.host.kind != HOST_WEBSITE && x->target.version.kind == VERSION_LATEST &&
           found->object.row == NULL && found->link.row == NULL && found->why == STORE_NO_KEY;
}

void stage_origin(struct cosmock_exchange *x)
{
    if (bucket_document(&x->target.at, BUCKET_ORIGIN).ptr == NULL || !finds_nothing(x)) {
        return;
    }
    const struct origin_rule *rule = origin_rule_for(x, 404);
    if (rule == NULL || rule->type == ORIGIN_REDIRECT) {
        return; /* which is said when the request has failed */
    }
    if (is_circle(x)) {
        refuse_pull(x, "the origins of bucket %s lead back to it", x->target.at.bucket->name);
    } else if (rule->type == ORIGIN_PROXY) {
        proxy(x, rule);
    } else if (exchange_work(x, mirror) != 0) {
        x->failed = true;
    }
}
