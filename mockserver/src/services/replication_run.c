/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How rules copy (guide "Replication behavior", 436/19923; overview 436/19237;
 * cos-operations-2.md s.12). The batch that adds a version also keeps an errand for it: where
 * to, in which class, for whom. One more batch puts the copy, with its id, its time, its
 * headers, tags and list, says at the source what became of it and takes the errand away; so a
 * version is copied once, and never half.
 *
 * Copied is what users add and what they cover by a marker; not what was there before the
 * rules, what a lifecycle does, the deletion of a version, nor a copy (no chains: a replica is
 * put here, and here no errand is made). Appendable objects take no part (s.4). The encryption
 * of the source is lost, by its document; with a key of the caller's own nobody could read it.
 *
 * Role: of a user that this world has, the right to write is asked as of any request; of others
 * nothing is known, and nothing asked [assumed]: the journal names them, at PUT and at each
 * copy.
 */
#include "services/replication.h"

#include "cosbase/alloc.h"
#include "exchange/question.h"
#include "services/clock_work.h"
#include "services/errors.h"
#include "services/names.h"
#include "services/own_work.h"

#include <stdarg.h>

#define FAMILY "errand/replicate/"
#define ORDER_DIGITS 20
#define NAME_MAX_BYTES ((size_t)1024) /* of a key at most 850 */
#define AGAIN_MAX 64                  /* each time somebody else has changed the same key */
#define LISTS_MAX_BYTES (1u << 20)

/* What FACET_REPLICATION says, and the header: a captured answer of the service has "Replica";
 * the words of 436/30622 are those of inventories. */
#define PENDING COS_SPAN_LIT("Pending")
#define COMPLETED COS_SPAN_LIT("Completed")
#define FAILED COS_SPAN_LIT("Failed")
#define REPLICA COS_SPAN_LIT("Replica")

struct cos_span replication_inventory_word(struct cos_span facet)
{
    static const struct {
        struct cos_span facet, word;
    } words[] = {{{"Pending", 7}, {"PENDING", 7}},
                 {{"Completed", 9}, {"COMPLETED", 9}},
                 {{"Failed", 6}, {"FAILED", 6}},
                 {{"Replica", 7}, {"REPLICA", 7}}};
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (cos_span_eq(facet, words[i].facet)) {
            return words[i].word;
        }
    }
    return COS_SPAN_EMPTY;
}

/* --- by who writes a version --- */

const struct replication_rule *replication_mark(const struct cosmock_exchange *x,
                                                const struct store_bucket *b,
                                                struct object_draft *draft,
                                                enum replication_of what)
{
    const struct replication *all = replication_of(&x->target.at);
    if (all == NULL || b->versioning != VERSIONING_ENABLED) {
        return NULL;
    }
    const struct replication_rule *rule =
        replication_rule_of(all, draft->key, draft->facets.of[FACET_TAGS]);
    if (rule == NULL || (what == REPLICATION_OF_MARKER && !rule->copies_markers)) {
        return NULL;
    }
    draft->facets.of[FACET_REPLICATION] = PENDING;
    return rule;
}

/* By birth: "errand/replicate/<microseconds>/<key>". */
static struct cos_span errand_name(char room[NAME_MAX_BYTES], struct cos_span key,
                                   uint64_t order)
{
    int n = snprintf(room, NAME_MAX_BYTES, FAMILY "%0*llu/" COS_SPAN_FMT, ORDER_DIGITS,
                     (unsigned long long)(UINT64_MAX - order), COS_SPAN_ARG(key));
    return cos_span_make(room, n < 0 ? 0 : (size_t)n);
}

void replication_note(struct cosmock_exchange *x, struct batch *batch,
                      const struct replication_rule *rule, struct cos_span key,
                      const struct version *made)
{
    char room[NAME_MAX_BYTES];
    if (rule == NULL) {
        return;
    }
    struct cos_span text =
        cos_arena_printf(&x->arena, COS_SPAN_FMT " %s " COS_SPAN_FMT,
                         COS_SPAN_ARG(rule->bucket),
                         rule->storage_class == WORD_NONE ? "-"
                                                          : word_spelling(rule->storage_class),
                         COS_SPAN_ARG(replication_of(&x->target.at)->role));
    clock_errand_put(batch, x->target.at.bucket, errand_name(room, key, made->order), text);
}

/* --- an errand --- */

struct copying {
    struct cosmock_tenant *t;
    const struct bucket *from;
    struct store_bucket from_rows;
    struct bucket_view to;
    struct object object; /* its row is a reference */
    /* as the errand has it */
    struct cos_span name, key, destination, role;
    uint64_t order;
    enum word storage_class;
    bool is_unasked;  /* nobody here is its role */
    const char *code; /* it cannot be copied; NULL: it can */
    char why[400];
};

/* False: it is none. */
static bool read_errand(struct copying *c, const struct document_item *item)
{
    struct cos_span rest = item->name;
    struct cos_span text = item->text;
    uint64_t born;
    bool is_read = cos_span_u64(cos_span_cut(&rest, '/'), &born);
    c->key = rest;
    c->order = UINT64_MAX - born;
    c->destination = cos_span_cut(&text, ' ');
    c->storage_class = choice_word(CHOICE_STORAGE_CLASS, cos_span_cut(&text, ' '));
    c->role = text;
    return is_read && rest.ptr != NULL && text.ptr != NULL;
}

/* --- may it be copied? --- */

static void refuse_copy(struct copying *c, const char *code, const char *fmt, ...)
    COS_PRINTF(3, 4);
static void refuse_copy(struct copying *c, const char *code, const char *fmt, ...)
{
    va_list args;
    c->code = code;
    va_start(args, fmt);
    (void)vsnprintf(c->why, sizeof(c->why), fmt, args);
    va_end(args);
}

static void ask(struct copying *c, struct user *user)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, LISTS_MAX_BYTES);
    const struct bucket *b = c->to.bucket;
    struct principal who;
    principal_of_user(&who, c->t, user);
    struct lists lists = {&arena, c->t, &c->to, c->key, /* object= */ NULL};
    const struct cam_question q = question_of(&(struct question_parts){
        .tenant = c->t,
        .who = &who.who,
        .action = COS_SPAN_LIT("name/cos:PutObject"),
        .resource = cos_arena_printf(&arena, "qcs::cos:%s:uid/%s:%s/" COS_SPAN_FMT, b->region,
                                     b->owner_appid, b->name, COS_SPAN_ARG(c->key)),
        .bucket = b,
        .bucket_policy = bucket_policy(&c->to),
        .lists = &lists,
    });
    struct cam_verdict v;
    cam_eval(&arena, &v, &q);
    if (!v.allowed) {
        refuse_copy(c, "AccessDenied", "the role may not write there: " COS_SPAN_FMT,
                    COS_SPAN_ARG(v.why));
    }
    principal_deinit(&who);
}

static void judge_role(struct copying *c)
{
    if (!SWITCH_IS(c->t, ENFORCEMENT, ENFORCE)) {
        return;
    }
    struct user *user = replication_user(c->t, c->role);
    c->is_unasked = user == NULL;
    if (user != NULL) {
        ask(c, user);
        user_unref(user);
    }
}

static void judge(struct copying *c)
{
    if (c->to.bucket == NULL) {
        refuse_copy(c, "NoSuchBucket", "there is no bucket " COS_SPAN_FMT,
                    COS_SPAN_ARG(c->destination));
    } else if (bucket_stored(&c->to).versioning != VERSIONING_ENABLED) {
        refuse_copy(c, "InvalidBucketState", "versioning of bucket %s is not Enabled",
                    c->to.bucket->name);
    } else if (object_facet(&c->object, FACET_SSE).ptr != NULL) {
        refuse_copy(c, "InvalidRequest", "it is encrypted with a key of the caller's own");
    } else {
        judge_role(c);
    }
}

/* --- copying --- */

/* In the class of the copy, without encryption; for the caller to free. NULL: no memory. */
static struct object_header *headers_of(const struct copying *c, size_t *n)
{
    struct cos_span class_name = cos_span_of(names_cos_headers[HEADER_STORAGE_CLASS].name);
    struct cos_span encryption = cos_span_of(names_cos_headers[HEADER_ENCRYPTION].name);
    struct kept_headers rest = c->object.headers;
    struct object_header *items = cos_calloc(kept_headers_count(rest) + 1, sizeof(*items));
    *n = 0;
    for (struct object_header h; items != NULL && kept_headers_next(&rest, &h);) {
        bool is_replaced =
            c->storage_class != WORD_NONE && cos_span_eq_nocase(h.name, class_name);
        if (!is_replaced && !cos_span_eq_nocase(h.name, encryption)) {
            items[(*n)++] = h;
        }
    }
    if (items != NULL && c->storage_class != WORD_NONE && c->storage_class != WORD_STANDARD) {
        items[(*n)++] =
            (struct object_header){class_name, cos_span_of(word_spelling(c->storage_class))};
    }
    return items;
}

static enum store_result put_copy(struct copying *c, struct batch *batch)
{
    static const enum facet kept[] = {FACET_TAGS, FACET_ACL, FACET_OWNER, FACET_SYMLINK};
    const struct object *o = &c->object;
    const struct store_bucket to = bucket_stored(&c->to);
    struct object_draft draft = {.key = o->key,
                                 .etag = o->etag,
                                 .crc64 = o->crc64,
                                 .mtime_unix_ms = o->mtime_unix_ms};
    struct object_header *headers = headers_of(c, &draft.n_headers);
    if (headers == NULL) {
        return STORE_NOMEM;
    }
    draft.headers = headers;
    draft.blob = blob_ref(o->row->blob);
    for (size_t i = 0; i < COS_ARRAY_LEN(kept); i++) {
        draft.facets.of[kept[i]] = object_facet(o, kept[i]);
    }
    draft.facets.of[FACET_REPLICATION] = REPLICA;
    enum store_result r = versions_put_as(batch, c->t->rows, &to, &draft, &o->version);
    cos_free(headers);
    if (r == STORE_EXISTS) {
        refuse_copy(c, "InvalidRequest", "another version of bucket %s has its id",
                    c->to.bucket->name);
    }
    return r;
}

static void end_errand(struct copying *c, struct batch *batch)
{
    char name[NAME_MAX_BYTES];
    struct facet_values facets = facets_values(c->object.facets);
    facets.of[FACET_REPLICATION] = c->code == NULL ? COMPLETED : FAILED;
    objects_change(batch, &c->from_rows, &c->object, &facets);
    document_delete(batch, &c->from_rows, errand_name(name, c->key, c->order));
}

/* Both, or what became of the source alone. */
static enum store_result fill(struct copying *c, struct batch **batch)
{
    *batch = batch_new();
    enum store_result r = *batch == NULL ? STORE_NOMEM : STORE_OK;
    if (r == STORE_OK && c->code == NULL) {
        r = put_copy(c, *batch);
    }
    if (r == STORE_EXISTS) {
        (void)batch_free(*batch);
        *batch = batch_new();
        r = *batch == NULL ? STORE_NOMEM : STORE_OK;
    }
    if (r == STORE_OK) {
        end_errand(c, *batch);
    }
    return r;
}

static void tell(const struct copying *c)
{
    char room[VERSION_NAME_BYTES];
    char detail[700];
    struct cos_span id = version_name_write(room, &c->object.version);
    bool is_done = c->code == NULL;
    (void)snprintf(detail, sizeof(detail), "%s version " COS_SPAN_FMT " from bucket %s%s%s%s",
                   c->object.version.is_marker ? "the delete marker," : "the object,",
                   COS_SPAN_ARG(id), c->from->name, is_done ? "" : ": ", c->why,
                   c->is_unasked ? "; nobody here is its role, so no right was asked" : "");
    char to[80];
    (void)snprintf(to, sizeof(to), COS_SPAN_FMT, COS_SPAN_ARG(c->destination));
    own_work_tell(c->t, &(struct own_work){.kind = OWN_REPLICATE_OBJECT,
                                           .bucket = to,
                                           .key = c->key,
                                           .status = is_done ? 200 : error_cos(c->code)->status,
                                           .code = c->code,
                                           .detail = cos_span_of(detail),
                                           .bytes = is_done ? c->object.bytes : 0});
}

/* The version went before it was copied. */
static enum store_result drop_errand(struct copying *c)
{
    char name[NAME_MAX_BYTES];
    struct batch *batch = batch_new();
    if (batch != NULL) {
        document_delete(batch, &c->from_rows, errand_name(name, c->key, c->order));
    }
    return clock_work_commit(c->t, batch);
}

static enum store_result copy_found(struct copying *c)
{
    struct batch *batch = NULL;
    c->to = world_bucket_view(c->t, c->destination);
    judge(c);
    enum store_result r = fill(c, &batch);
    if (r == STORE_OK) {
        r = clock_work_commit(c->t, batch);
    } else {
        (void)batch_free(batch);
    }
    if (r == STORE_OK) {
        tell(c);
    }
    bucket_view_release(&c->to);
    return r;
}

static enum store_result try_errand(struct copying *c)
{
    const struct version_name name = {VERSION_ID, c->order};
    c->code = NULL;
    c->is_unasked = false;
    c->why[0] = '\0';
    enum store_result r = versions_get(c->t->rows, &c->from_rows, c->key, name, &c->object);
    if (r == STORE_NO_VERSION) {
        return drop_errand(c);
    }
    if (r == STORE_OK) {
        r = copy_found(c);
        (void)row_unref(c->object.row);
    }
    return r;
}

static enum store_result run_errand(struct cosmock_tenant *t, const struct bucket_view *v,
                                    const struct document_item *item)
{
    struct copying c = {.t = t, .from = v->bucket, .from_rows = bucket_stored(v)};
    if (!read_errand(&c, item)) {
        return STORE_IO;
    }
    enum store_result r = STORE_CHANGED;
    for (size_t i = 0; i < AGAIN_MAX && r == STORE_CHANGED; i++) {
        r = try_errand(&c);
    }
    return r;
}

enum store_result replication_run(struct cosmock_tenant *t, const struct bucket_view *v,
                                  size_t *left)
{
    struct document_list list;
    enum store_result r =
        documents_list(t->rows, &v->bucket->stored, COS_SPAN_LIT(FAMILY), &list);
    if (r != STORE_OK) {
        return r;
    }
    for (size_t i = 0; i < list.n && r == STORE_OK && *left > 0; i++) {
        r = run_errand(t, v, &list.items[i]);
        --*left;
    }
    document_list_deinit(&list);
    return r;
}
