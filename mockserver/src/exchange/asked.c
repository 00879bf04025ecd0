/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a question that somebody wonders about. People ask with what they have at hand: a
 * bucket's URL, an action without its service, the appid where a uin is meant, a user's name.
 * Each of these is refused with the question as it should read, made of this world's names: an
 * answer to something else would be taken for one.
 */
#include "exchange/explain.h"

#include "cosbase/alloc.h"
#include "cosbase/nearest.h"
#include "world/fail.h"

#define BUCKETS_MAX 1000
#define SHOWN 120

/* --- what the world knows --- */

struct buckets {
    struct bucket **items;
    size_t n;
};

static void buckets_init(struct buckets *b, struct cosmock_tenant *t)
{
    b->items = cos_calloc(BUCKETS_MAX, sizeof(struct bucket *));
    b->n = b->items == NULL ? 0
                            : world_buckets_of(t, /* owner_uin= */ NULL, b->items, BUCKETS_MAX);
}

static void buckets_deinit(struct buckets *b)
{
    for (size_t i = 0; i < b->n; i++) {
        bucket_unref(b->items[i]);
    }
    cos_free(b->items);
}

/* An account or user found by the keys there are, by something that is no uin. */
struct likeness {
    struct cos_span wanted;
    char text[200]; /* "": nobody */
};

static void compare_key(void *ctx, const struct cosmock_key *key)
{
    struct likeness *l = ctx;
    if (l->text[0] != '\0') {
        return;
    }
    if (cos_span_eq_str(l->wanted, key->secret_id)) {
        (void)snprintf(l->text, sizeof(l->text), "that is a secret id, of uin %s", key->uin);
    } else if (cos_span_eq_str(l->wanted, key->user)) {
        (void)snprintf(l->text, sizeof(l->text), "that is the name of uin %s", key->uin);
    } else if (cos_span_eq_str(l->wanted, key->appid)) {
        (void)snprintf(l->text, sizeof(l->text), "that is the appid of uin %s", key->uin);
    }
}

static const char *likeness_of(struct likeness *l, struct cosmock_tenant *t,
                               struct cos_span wanted)
{
    *l = (struct likeness){.wanted = wanted};
    (void)cosmock_key_each(t, compare_key, l);
    return l->text[0] == '\0' ? NULL : l->text;
}

/* --- who --- */

static bool is_anonymous(struct cos_span who)
{
    static const char *const words[] = {"anonymous", "qcs::cam::anyone:anyone",
                                        "qcs::cam::anonymous:anonymous"};
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (cos_span_eq_str(who, words[i])) {
            return true;
        }
    }
    return false;
}

/* The uin of "qcs::cam::uin/<owner>:uin/<uin>", "...:root", or @who itself. */
static struct cos_span uin_of(struct cos_span who)
{
    struct cos_span arn = COS_SPAN_LIT("qcs::cam::uin/");
    if (!cos_span_starts(who, arn)) {
        return who;
    }
    struct cos_span rest = cos_span_from(who, arn.len);
    struct cos_span owner = cos_span_cut(&rest, ':');
    if (cos_span_eq_str(rest, "root") || cos_span_eq_str(rest, "uin/root")) {
        return owner;
    }
    return cos_span_starts(rest, COS_SPAN_LIT("uin/")) ? cos_span_from(rest, 4) : who;
}

static struct user *find_somebody(struct cosmock_tenant *t, struct cos_span who)
{
    struct role_arn role;
    if (role_arn_read(who, &role)) {
        return world_role_find(t, &role);
    }
    char uin[64];
    struct cos_span found = uin_of(who);
    (void)snprintf(uin, sizeof(uin), COS_SPAN_FMT,
                   COS_SPAN_ARG(cos_span_sub(found, 0, sizeof(uin) - 1)));
    return world_user_find(t, uin);
}

static int find_key(struct asked *a, struct cosmock_tenant *t, const char *secret_id,
                    struct cosmock_error *err)
{
    struct key_view found = world_key_view(t, cos_span_of(secret_id));
    if (found.key == NULL) {
        return world_fail(err, COSMOCK_E_NOT_FOUND, "no key with secret id '%s' in this tenant",
                          secret_id);
    }
    principal_of_key(&a->who, &found);
    key_view_release(&found);
    return 0;
}

int asked_find_caller(struct asked *a, struct cosmock_tenant *t,
                      const struct cosmock_explain_query *q, struct cosmock_error *err)
{
    struct cos_span who = cos_span_of(q->uin);
    if (q->secret_id != NULL) {
        return find_key(a, t, q->secret_id, err);
    }
    if (is_anonymous(who)) {
        return 0; /* which the principal is from the start */
    }
    struct user *user = find_somebody(t, who);
    if (user == NULL) {
        struct likeness l;
        const char *hint = likeness_of(&l, t, who);
        return world_fail(err, COSMOCK_E_NOT_FOUND,
                          "no account or user with uin '%.100s' in this tenant%s%s",
                          q->uin == NULL ? "" : q->uin, hint == NULL ? "" : ": ",
                          hint == NULL ? "" : hint);
    }
    principal_of_user(&a->who, t, user);
    user_unref(user);
    return 0;
}

/* --- what --- */

static int check_context(const struct cosmock_explain_query *q, struct cosmock_error *err)
{
    for (size_t i = 0; i < q->n_context; i++) {
        struct cos_span rest = cos_span_of(q->context[i]);
        struct cos_span name = cos_span_cut(&rest, '=');
        if (rest.ptr == NULL || cam_key_named(name) == NULL) {
            return world_fail(err, COSMOCK_E_INVALID,
                              "'%.100s' must be <condition key>=<value>, such as "
                              "cos:prefix=dir/",
                              q->context[i]);
        }
    }
    return 0;
}

/* Behind the bucket's name in "b-1/k", "cos://b-1/k", "https://b-1.cos.r.myqcloud.com/k". */
static struct cos_span key_behind(struct cos_span text, size_t at)
{
    struct cos_span rest = cos_span_from(text, at);
    (void)cos_span_cut(&rest, '/');
    return rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
}

/* The resource that may be meant, where @text names a bucket of this world; else "". */
static void put_resource(char *out, size_t size, struct cosmock_tenant *t, struct cos_span text)
{
    struct buckets all;
    buckets_init(&all, t);
    out[0] = '\0';
    for (size_t i = 0; i < all.n && out[0] == '\0'; i++) {
        const struct bucket *b = all.items[i];
        size_t at = cos_span_find(text, cos_span_of(b->name));
        if (at != SIZE_MAX) {
            struct cos_span key = cos_span_sub(key_behind(text, at), 0, SHOWN);
            (void)snprintf(out, size,
                           "; in this world it reads qcs::cos:%s:uid/%s:%s/" COS_SPAN_FMT,
                           b->region, b->owner_appid, b->name, COS_SPAN_ARG(key));
        }
    }
    buckets_deinit(&all);
}

/* A uin where an appid is due, or the other way round; NULL: neither. */
static const char *account_complaint(struct cosmock_tenant *t, struct cos_span resource,
                                     char *out, size_t size)
{
    struct cos_span rest = resource;
    struct cos_span account = COS_SPAN_EMPTY;
    for (unsigned i = 0; i < 5 && rest.ptr != NULL; i++) {
        account = cos_span_cut(&rest, ':');
    }
    bool is_uid = cos_span_starts(account, COS_SPAN_LIT("uid/"));
    if (!is_uid && !cos_span_starts(account, COS_SPAN_LIT("uin/"))) {
        return NULL;
    }
    char number[64];
    struct cos_span digits = cos_span_sub(cos_span_from(account, 4), 0, sizeof(number) - 1);
    (void)snprintf(number, sizeof(number), COS_SPAN_FMT, COS_SPAN_ARG(digits));
    struct likeness l;
    struct user *user = is_uid ? world_user_find(t, number) : NULL;
    const char *complaint = NULL;
    if (user != NULL && strcmp(user->appid, number) != 0) {
        (void)snprintf(out, size, "uid/%s is a uin where an appid is due: write uid/%s", number,
                       user->appid);
        complaint = out;
    } else if (!is_uid && likeness_of(&l, t, digits) != NULL) {
        (void)snprintf(out, size, "uin/%s is no uin, %s: write uid/%s", number, l.text, number);
        complaint = out;
    }
    user_unref(user);
    return complaint;
}

int asked_check(struct cosmock_tenant *t, const struct cosmock_explain_query *q,
                struct cosmock_error *err)
{
    char why[400];
    char meant[400] = "";
    struct cos_span resource = cos_span_of(q->resource);
    const char *complaint =
        cam_question_complaint(cos_span_of(q->action), resource, why, sizeof(why));
    if (complaint == NULL) {
        complaint = account_complaint(t, resource, why, sizeof(why));
    }
    if (complaint == NULL) {
        return check_context(q, err);
    }
    if (strncmp(complaint, "action", 6) != 0) {
        put_resource(meant, sizeof(meant), t, resource);
    }
    return world_fail(err, COSMOCK_E_INVALID, "%s%s", complaint, meant);
}

/* --- where --- */

static void warn_of_bucket(struct asked *a, struct cosmock_tenant *t, struct cos_span name)
{
    struct buckets all;
    buckets_init(&all, t);
    const char **names = cos_calloc(all.n + 1, sizeof(char *));
    for (size_t i = 0; i < all.n && names != NULL; i++) {
        names[i] = all.items[i]->name;
    }
    const char *nearest = names == NULL ? NULL : cos_nearest(name, names, all.n);
    (void)snprintf(a->warning_text, sizeof(a->warning_text), "no bucket is called '%.*s'%s%s",
                   (int)(name.len < 80 ? name.len : 80), name.ptr,
                   nearest == NULL ? "" : "; the nearest is ", nearest == NULL ? "" : nearest);
    cos_free(names);
    buckets_deinit(&all);
}

static void warn_of_place(struct asked *a, struct cos_span region, struct cos_span account)
{
    const struct bucket *b = a->at.bucket;
    if (!cos_span_eq_str(region, b->region)) {
        (void)snprintf(a->warning_text, sizeof(a->warning_text),
                       "bucket %s is in region %s, the resource says '%.*s'", b->name,
                       b->region, (int)(region.len < 40 ? region.len : 40), region.ptr);
    } else if (cos_span_starts(account, COS_SPAN_LIT("uid/")) &&
               !cos_span_eq_str(cos_span_from(account, 4), b->owner_appid)) {
        (void)snprintf(a->warning_text, sizeof(a->warning_text),
                       "bucket %s is of account uid/%s, the resource says '%.*s'", b->name,
                       b->owner_appid, (int)(account.len < 40 ? account.len : 40), account.ptr);
    }
}

/* Of "qcs::cos:region:uid/x:bucket/key", well-formed by now; "*" has none. */
void asked_find_bucket(struct asked *a, struct cosmock_tenant *t, struct cos_span resource)
{
    struct cos_span segments[5] = {COS_SPAN_EMPTY};
    struct cos_span rest = resource;
    for (unsigned i = 0; i < 5 && rest.ptr != NULL; i++) {
        segments[i] = cos_span_cut(&rest, ':');
    }
    if (rest.ptr == NULL || !cos_span_starts(resource, COS_SPAN_LIT("qcs::cos:"))) {
        return;
    }
    struct cos_span name = cos_span_cut(&rest, '/');
    a->at = world_bucket_view(t, name);
    a->key = rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
    if (a->at.bucket == NULL) {
        warn_of_bucket(a, t, name);
    } else {
        warn_of_place(a, segments[3], segments[4]);
    }
}
