/* SPDX-License-Identifier: Apache-2.0 */
/*
 * World files: YAML that describes accounts, users, roles, keys, policies, buckets, host
 * suffixes and switches (docs/WORLD-FILE.md). Strict: an unknown key, a wrong type or a bad
 * value is refused with origin, line, key, what is wrong and what would be right. Keys left out
 * are made up.
 */
#include "world/maps.h"

#include "cam/acl.h"
#include "cosbase/arena.h"
#include "cosbase/digest.h"
#include "cosbase/nearest.h"
#include "cosbase/yaml.h"
#include "store/rows.h"
#include "world/differences.h"
#include "world/fail.h"
#include "world/projection.h"
#include "world/rows.h"

#include <stdarg.h>

#define MAX_POLICIES 32
#define NAME_BYTES 80
#define NAMES_TRIED 1000 /* of a built-in bucket */
#define POLICY_MAX_BYTES (1u << 20)
#define SUFFIX_MAX_BYTES 100
#define MADE_MAX_BYTES (1u << 20)
#define DRAFT_MAX_BYTES (64u << 20)

const char world_default_text[] = "accounts:\n"
                                  "  - uin: \"100000000001\"\n"
                                  "    appid: \"1250000000\"\n"
                                  "    keys: [{}]\n"
                                  "    users:\n"
                                  "      - uin: \"100000000011\"\n"
                                  "        name: reader\n"
                                  "        keys: [{}]\n"
                                  "        policies: [read-only]\n"
                                  "policies:\n"
                                  "  read-only: "
                                  "'{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                  "\"action\":[\"name/cos:GetObject\","
                                  "\"name/cos:HeadObject\",\"name/cos:GetBucket\",\"name/"
                                  "cos:HeadBucket\"],\"resource\":[\"*\"]}]}'\n"
                                  "buckets:\n"
                                  "  - name: examplebucket-1250000000\n"
                                  "    region: ap-guangzhou\n"
                                  "suffixes: [cos.mock.test]\n";

/* What becomes a bucket when the accounts are there. */
struct bucket_draft {
    struct bucket_draft *next;
    const struct cos_yaml *at; /* its name */
    const char *region;
    const struct user_row *owner;
    struct bucket *made;       /* a reference; NULL: not yet */
    struct cam_policy *policy; /* a reference; NULL: none */
    struct cos_span acl;       /* its text; ptr NULL: none */
};
/* What the file has said so far. */
struct draft {
    struct batch *batch;
    struct map users;            /* uin -> struct user_row, in texts */
    struct map keys;             /* secret ids: claimed */
    struct map buckets;          /* names */
    struct user_row *first_user; /* the first account; NULL: none yet */
    struct cos_span suffixes[WORLD_MAX_SUFFIXES];
    size_t n_suffixes;
    struct bucket_draft *first_bucket, *last_bucket;
    struct cos_buf made; /* what was made up: pairs */
    struct cos_arena texts;
};
/* A tenant begins anew: everything else goes, and what is there may come again. */
struct again {
    int64_t lives;
    struct cos_span was_made; /* what is left of what was made up at first: pairs */
};
struct loader {
    struct cosmock_tenant *t;
    const char *origin;
    const struct cos_yaml *policies; /* the named ones */
    const struct cos_yaml *accounts;
    const struct world_warner *warner;
    struct cosmock_error *err;
    struct draft *draft;
    bool is_comparison; /* nothing is made: what is there already is compared */
    bool is_built_in;
    struct again *again; /* NULL: a new tenant */
};

static int bad(const struct loader *l, const struct cos_yaml *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static int taken(const struct loader *l, const struct cos_yaml *at, bool by_this_world,
                 const char *what)
{
    return world_fail(l->err, by_this_world ? COSMOCK_E_INVALID : COSMOCK_E_EXISTS, "%s:%u: %s",
                      l->origin, cos_yaml_line(at), what);
}

static int bad(const struct loader *l, const struct cos_yaml *at, const char *fmt, ...)
{
    char what[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    (void)world_fail(l->err, COSMOCK_E_INVALID, "%s:%u: %s", l->origin, cos_yaml_line(at),
                     what);
    return COSMOCK_E_INVALID;
}

/* Every key of @map must be one of the words in @known ("uin|appid|keys"). */
static int check_keys(const struct loader *l, const struct cos_yaml *map, const char *where,
                      const char *known)
{
    for (const struct cos_yaml *v = cos_yaml_first(map); v != NULL; v = cos_yaml_next(v)) {
        const char *key = cos_yaml_key(v);
        struct cos_span rest = cos_span_of(known);
        bool found = false;
        while (rest.ptr != NULL && !found) {
            found = cos_span_eq_str(cos_span_cut(&rest, '|'), key);
        }
        if (!found) {
            return bad(l, v, "unknown key '%s' in %s; known are: %s", key, where, known);
        }
    }
    return 0;
}

static int want(const struct loader *l, const struct cos_yaml *n, enum cos_yaml_kind kind,
                const char *name)
{
    static const char *const words[] = {"nothing", "a single value", "a list", "a mapping"};
    if (n == NULL || cos_yaml_kind(n) == kind) {
        return 0;
    }
    return bad(l, n, "'%s' must be %s, not %s", name, words[kind], words[cos_yaml_kind(n)]);
}

static int want_map(const struct loader *l, const struct cos_yaml *n, const char *name,
                    const char *known)
{
    int r = want(l, n, COS_YAML_MAPPING, name);
    return r < 0 ? r : check_keys(l, n, name, known);
}

/* The texts a world file may hold, and of what they are made. */
#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
struct text_key {
    const char *key;
    bool is_optional;
    size_t max_bytes;
    const char *chars, *chars_name;
};
static const struct text_key
    text_uin = {"uin", false, 20, DIGITS, "digits"},
    text_owner = {"owner", true, 20, DIGITS, "digits"},
    text_appid = {"appid", false, 12, DIGITS, "digits"},
    text_name = {"name", true, 60, LOWER UPPER DIGITS "-_.@ ",
                 "letters, digits, '-', '_', '.', '@' or blanks"},
    text_role_name = {"name", false, 128, LOWER UPPER DIGITS "+=,.@_-",
                      "letters, digits or +=,.@_-"},
    text_role_id = {"id", true, 19, DIGITS, "digits"},
    text_mfa = {"mfa", true, 64, UPPER "234567", "letters A to Z or digits 2 to 7 (base32)"},
    text_secret_id = {"secret_id", true, 90, LOWER UPPER DIGITS "-_",
                      "letters, digits, '-' or '_'"},
    text_secret_key = {"secret_key", true, 128,
                       LOWER UPPER DIGITS "-_+/=!#$%&()*,.:;<>?@[]^{|}~\"'`\\",
                       "printable ASCII characters"},
    text_bucket = {"name", false, 63, LOWER DIGITS "-",
                   "lower-case letters, digits or '-' (<name>-<appid>)"},
    text_region = {"region", false, 39, LOWER DIGITS "-", "lower-case letters, digits or '-'"};

/* *out NULL when absent. */
static int text_of(const struct loader *l, const struct cos_yaml *map,
                   const struct text_key *text, const char **out)
{
    const struct cos_yaml *n = cos_yaml_get(map, text->key);
    *out = NULL;
    if (n == NULL && !text->is_optional) {
        (void)bad(l, map, "missing key '%s'", text->key);
        return COSMOCK_E_INVALID;
    }
    if (n == NULL) {
        return 0;
    }
    int r = want(l, n, COS_YAML_SCALAR, text->key);
    if (r < 0) {
        return r;
    }
    const char *s = cos_yaml_str(n);
    size_t len = strlen(s);
    if (len == 0 || len > text->max_bytes || strspn(s, text->chars) != len) {
        (void)bad(l, n, "'%s' must be 1 to %zu %s", text->key, text->max_bytes,
                  text->chars_name);
        return COSMOCK_E_INVALID;
    }
    *out = s;
    return 0;
}

static int no_memory(const struct loader *l, const char *for_what)
{
    return world_fail(l->err, COSMOCK_E_NOMEM, "no memory for %s", for_what);
}

static bool is_known_key(struct cosmock_tenant *t, const char *id)
{
    struct access_key *k = world_key_find(t, cos_span_of(id));
    access_key_unref(k);
    return k != NULL;
}

/* Make @id this tenant's, or say who has it. */
static int claim(const struct loader *l, const struct cos_yaml *n, const char *id)
{
    struct cos_span name = cos_span_of(id);
    char what[200];
    (void)snprintf(what, sizeof(what),
                   "secret_id %s is taken; secret ids are unique over all tenants of a mock",
                   id);
    int r = map_put(&l->draft->keys, name, /* value= */ NULL);
    if (r == 1) {
        return taken(l, n, /* by_this_world= */ true, what);
    }
    if (r == 0 && (l->is_comparison || (l->again != NULL && is_known_key(l->t, id)))) {
        return 0;
    }
    r = r < 0 ? r : world_key_claim(l->t, name);
    if (r != 0) {
        (void)map_remove(&l->draft->keys, name);
    }
    return r < 0    ? no_memory(l, "a key")
           : r == 0 ? 0
                    : taken(l, n, /* by_this_world= */ false, what);
}

/* What the file leaves open of @id and @secret is made up, or what it was. False: no memory. */
static bool complete_key(const struct loader *l, struct cos_span *id, struct cos_span *secret)
{
    struct draft *d = l->draft;
    struct made_key made;
    struct row_pair was;
    world_key_make_up(l->t, &made); /* of every key, so that what is given moves no draw */
    struct row_pair key = {id->len > 0 ? *id : cos_span_make(made.secret_id, 36),
                           secret->len > 0 ? *secret : cos_span_make(made.secret_key, 32)};
    if (id->len == 0 || secret->len == 0) {
        key = l->again != NULL && row_pair_next(&l->again->was_made, &was) ? was : key;
        row_pair_add(&d->made, key.name, key.value);
    }
    *id = cos_arena_span(&d->texts, key.name);
    *secret = cos_arena_span(&d->texts, key.value);
    cos_wipe(&made, sizeof(made));
    return !d->texts.failed && !d->made.failed;
}

static int load_key(const struct loader *l, const struct cos_yaml *n, const char *uin)
{
    const char *given_id;
    const char *given_secret;
    int r = want_map(l, n, "keys", "secret_id|secret_key");
    r = r < 0 ? r : text_of(l, n, &text_secret_id, &given_id);
    r = r < 0 ? r : text_of(l, n, &text_secret_key, &given_secret);
    if (r < 0) {
        return r;
    }
    if (l->is_comparison && given_id == NULL) {
        return 0;
    }
    struct cos_span id = cos_span_of(given_id);
    struct cos_span secret = cos_span_of(given_secret);
    if (!l->is_comparison && !complete_key(l, &id, &secret)) {
        return no_memory(l, "a key");
    }
    r = claim(l, n, id.ptr);
    if (r == 0) {
        key_row_put(l->draft->batch,
                    &(struct key_row){.order = world_next_order(l->t),
                                      .secret_id = id,
                                      .uin = cos_span_of(uin),
                                      .secret_key = secret,
                                      .created_unix_ms = cosmock_clock_now_unix_ms(
                                          l->t, COSMOCK_CLOCK_MODIFICATION)});
    }
    return r;
}

static int load_keys(const struct loader *l, const struct cos_yaml *list, const char *uin)
{
    int r = want(l, list, COS_YAML_SEQUENCE, "keys");
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_key(l, n, uin);
    }
    return r;
}

static bool is_policy_text(const char *text)
{
    struct cos_span s = cos_span_trim(cos_span_of(text));
    return s.len > 0 && s.ptr[0] == '{';
}

/* What the parser frowned at, with the place in this file. */
static void warn(const struct loader *l, const struct cos_yaml *at, const struct cam_policy *p)
{
    for (const struct cam_warning *w = cam_policy_warnings(p); w != NULL; w = w->next) {
        char text[1024];
        (void)snprintf(text, sizeof(text), "%s:%u: " COS_SPAN_FMT, l->origin, cos_yaml_line(at),
                       COS_SPAN_ARG(w->text));
        if (l->warner != NULL && l->warner->say != NULL) {
            l->warner->say(l->warner->ctx, text);
        }
    }
}

static int no_policy(const struct loader *l, const struct cos_yaml *at, const char *name)
{
    const char *names[MAX_POLICIES];
    size_t n = 0;
    for (const struct cos_yaml *p = cos_yaml_first(l->policies); p != NULL && n < MAX_POLICIES;
         p = cos_yaml_next(p)) {
        names[n++] = cos_yaml_key(p);
    }
    const char *nearest = cos_nearest(cos_span_of(name), names, n);
    return bad(l, at,
               "'%s' is neither a policy as JSON text nor the name of one below 'policies'%s%s",
               name, nearest == NULL ? "" : "; the nearest is ",
               nearest == NULL ? "" : nearest);
}

/* A policy: JSON text, or the name of one below `policies`. @name is what verdicts call it if
 * it has no name there, or is a bucket's. @pairs hears name and text; NULL: nobody
 * does. */
static int load_policy(const struct loader *l, const struct cos_yaml *n,
                       enum cam_policy_use use, const char *name, struct cam_policy **out,
                       struct cos_buf *pairs)
{
    int r = want(l, n, COS_YAML_SCALAR, "policy");
    if (r < 0) {
        return r;
    }
    const char *text = cos_yaml_str(n);
    bool is_named = !is_policy_text(text); /* then check_policies() has warned */
    if (is_named) {
        const struct cos_yaml *named = cos_yaml_get(l->policies, text);
        if (named == NULL) {
            return no_policy(l, n, text);
        }
        n = named;
        name = use == CAM_IDENTITY ? text : name;
        text = cos_yaml_str(named);
        if (text == NULL) {
            return bad(l, n, "a policy must be JSON text in quotes");
        }
    }
    struct cos_text_error why;
    if (cam_policy_parse(out, cos_span_of(text), use, name, &why) < 0) {
        return bad(l, n, "policy, its line %u column %u: %s", why.line, why.column,
                   why.message);
    }
    if (!is_named) {
        warn(l, n, *out);
    }
    if (pairs != NULL) {
        row_pair_add(pairs, cos_span_of(name), cos_span_of(text));
    }
    return 0;
}

/* Named policies are checked even when nobody uses them; a principal is only read where one is
 * used for a bucket. */
static int check_policies(const struct loader *l)
{
    int r = want(l, l->policies, COS_YAML_MAPPING, "policies");
    for (const struct cos_yaml *n = cos_yaml_first(l->policies); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        struct cam_policy *policy = NULL;
        r = want(l, n, COS_YAML_SCALAR, cos_yaml_key(n));
        if (r == 0 && !is_policy_text(cos_yaml_str(n))) {
            r = bad(l, n, "policy '%s' must be JSON text in quotes", cos_yaml_key(n));
        }
        r = r < 0 ? r
                  : load_policy(l, n, CAM_IDENTITY, cos_yaml_key(n), &policy,
                                /* pairs= */ NULL);
        cam_policy_unref(policy);
    }
    return r;
}

static int load_policies(const struct loader *l, const struct cos_yaml *list, const char *uin,
                         struct cos_buf *pairs)
{
    int r = want(l, list, COS_YAML_SEQUENCE, "policies");
    size_t n = 0;
    for (const struct cos_yaml *p = cos_yaml_first(list); p != NULL && r == 0;
         p = cos_yaml_next(p)) {
        if (n == MAX_POLICIES) {
            return bad(l, p, "more than %d policies for one user", MAX_POLICIES);
        }
        char name[WORLD_POLICY_NAME_BYTES];
        struct cam_policy *policy = NULL;
        world_policy_number(name, ++n, uin);
        r = load_policy(l, p, CAM_IDENTITY, name, &policy, pairs);
        cam_policy_unref(policy);
    }
    return r == 0 && pairs->failed ? no_memory(l, "policies") : r;
}

static int put_principal(const struct loader *l, const struct cos_yaml *n, struct user_row *u)
{
    struct cos_buf pairs;
    cos_buf_init(&pairs, MAX_POLICIES * POLICY_MAX_BYTES);
    int r = load_policies(l, cos_yaml_get(n, "policies"), u->uin.ptr, &pairs);
    if (r == 0) {
        u->policies = cos_buf_view(&pairs);
        user_row_put(l->draft->batch, u);
        u->policies = COS_SPAN_EMPTY;
    }
    cos_buf_deinit(&pairs);
    return r;
}

/* An account or a user: its row, then those of its keys, which name it. */
static int load_principal(const struct loader *l, const struct cos_yaml *n,
                          const struct user_row *said)
{
    struct draft *d = l->draft;
    const char *uin = said->uin.ptr; /* of the file, so it ends with a NUL */
    struct user_row *u = cos_arena_alloc(&d->texts, sizeof(*u));
    int r = u == NULL ? -1 : map_put(&d->users, said->uin, u);
    if (r != 0) {
        return r < 0 ? no_memory(l, uin)
                     : bad(l, n, "uin %s appears twice; every account and user needs its own",
                           uin);
    }
    *u = *said;
    u->order = world_next_order(l->t);
    if (d->first_user == NULL) {
        d->first_user = u;
    }
    r = put_principal(l, n, u);
    return r < 0 ? r : load_keys(l, cos_yaml_get(n, "keys"), uin);
}

static int name_of(const struct loader *l, const struct cos_yaml *map, const char **out)
{
    int r = text_of(l, map, &text_name, out);
    *out = *out == NULL ? "" : *out;
    return r;
}

static int load_user(const struct loader *l, const struct cos_yaml *n,
                     const struct user_row *root)
{
    const char *uin;
    const char *name;
    const char *mfa;
    int r = want_map(l, n, "users", "uin|name|keys|policies|mfa");
    r = r < 0 ? r : text_of(l, n, &text_uin, &uin);
    r = r < 0 ? r : name_of(l, n, &name);
    r = r < 0 ? r : text_of(l, n, &text_mfa, &mfa);
    if (r < 0) {
        return r;
    }
    return load_principal(l, n,
                          &(struct user_row){.uin = cos_span_of(uin),
                                             .owner_uin = root->uin,
                                             .appid = root->appid,
                                             .name = cos_span_of(name),
                                             .mfa_seed = cos_span_of(mfa)});
}

/* --- roles --- */

/* As the ids that documents show begin (1312/48197); of the names, so that it stays the same.
 */
static const char *role_id(const struct loader *l, const struct user_row *root,
                           const char *name)
{
    struct cos_span text =
        cos_arena_printf(&l->draft->texts, COS_SPAN_FMT "/%s", COS_SPAN_ARG(root->uin), name);
    uint8_t digest[COS_SHA256_BYTES];
    cos_sha256(digest, text.ptr, text.len);
    uint32_t number = 0;
    memcpy(&number, digest, sizeof(number));
    return cos_arena_printf(&l->draft->texts, "4611686018%09u", number % 1000000000U).ptr;
}

static int check_role_name(const struct loader *l, const struct cos_yaml *roles,
                           const struct cos_yaml *role, const char *name)
{
    for (const struct cos_yaml *n = cos_yaml_first(roles); n != role; n = cos_yaml_next(n)) {
        const char *other = cos_yaml_str(cos_yaml_get(n, "name"));
        if (other != NULL && strcmp(other, name) == 0) {
            return bad(l, cos_yaml_get(role, "name"),
                       "role '%s' appears twice in its account; every role needs its own name",
                       name);
        }
    }
    return 0;
}

static int load_trust(const struct loader *l, const struct cos_yaml *role, const char *name,
                      struct cos_span *out)
{
    const struct cos_yaml *n = cos_yaml_get(role, "trust");
    struct cam_policy *policy = NULL;
    int r = n == NULL ? bad(l, role, "missing key 'trust': who may assume the role")
                      : load_policy(l, n, CAM_TRUST, name, &policy, /* pairs= */ NULL);
    *out = r < 0 ? COS_SPAN_EMPTY : cos_arena_span(&l->draft->texts, cam_policy_text(policy));
    cam_policy_unref(policy);
    return r;
}

static int load_session_max(const struct loader *l, const struct cos_yaml *role, int64_t *out)
{
    const struct cos_yaml *n = cos_yaml_get(role, "max_session_seconds");
    *out = WORLD_ROLE_SESSION_MAX_S;
    int r = want(l, n, COS_YAML_SCALAR, "max_session_seconds");
    if (n == NULL || r < 0) {
        return r;
    }
    if (!cos_span_i64(cos_span_of(cos_yaml_str(n)), out) || *out < 1 ||
        *out > WORLD_ROLE_SESSION_MAX_S) {
        return bad(l, n, "'max_session_seconds' must be a number from 1 to %d, not '%s'",
                   WORLD_ROLE_SESSION_MAX_S, cos_yaml_str(n));
    }
    return 0;
}

static int load_role(const struct loader *l, const struct cos_yaml *n,
                     const struct cos_yaml *roles, const struct user_row *root)
{
    const char *name;
    const char *id;
    struct user_row role = {.owner_uin = root->uin, .appid = root->appid};
    int r = want_map(l, n, "roles", "name|id|trust|policies|max_session_seconds");
    r = r < 0 ? r : text_of(l, n, &text_role_name, &name);
    r = r < 0 ? r : text_of(l, n, &text_role_id, &id);
    r = r < 0 ? r : check_role_name(l, roles, n, name);
    r = r < 0 ? r : load_trust(l, n, name, &role.trust);
    r = r < 0 ? r : load_session_max(l, n, &role.session_max_s);
    if (r < 0) {
        return r;
    }
    role.name = cos_span_of(name);
    role.uin = cos_span_of(id != NULL ? id : role_id(l, root, name));
    return l->draft->texts.failed ? no_memory(l, name) : load_principal(l, n, &role);
}

static int load_roles(const struct loader *l, const struct cos_yaml *roles,
                      const struct user_row *root)
{
    int r = want(l, roles, COS_YAML_SEQUENCE, "roles");
    for (const struct cos_yaml *n = cos_yaml_first(roles); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_role(l, n, roles, root);
    }
    return r;
}

/* No earlier account may have the same appid: resources name their account by it. */
static int check_appid(const struct loader *l, const struct cos_yaml *account,
                       const char *appid)
{
    for (const struct cos_yaml *n = cos_yaml_first(l->accounts); n != account;
         n = cos_yaml_next(n)) {
        const char *other = cos_yaml_str(cos_yaml_get(n, "appid"));
        if (other != NULL && strcmp(other, appid) == 0) {
            return bad(l, cos_yaml_get(account, "appid"),
                       "appid %s appears twice; every account needs its own", appid);
        }
    }
    return 0;
}

static int load_account(const struct loader *l, const struct cos_yaml *n)
{
    const char *uin;
    const char *appid;
    const char *name;
    const char *mfa;
    int r = want_map(l, n, "accounts", "uin|appid|name|keys|policies|users|roles|mfa");
    r = r < 0 ? r : text_of(l, n, &text_uin, &uin);
    r = r < 0 ? r : text_of(l, n, &text_appid, &appid);
    r = r < 0 ? r : name_of(l, n, &name);
    r = r < 0 ? r : text_of(l, n, &text_mfa, &mfa);
    r = r < 0 ? r : check_appid(l, n, appid);
    if (r < 0) {
        return r;
    }
    const struct user_row root = {.uin = cos_span_of(uin),
                                  .owner_uin = cos_span_of(uin),
                                  .appid = cos_span_of(appid),
                                  .name = cos_span_of(name),
                                  .mfa_seed = cos_span_of(mfa)};
    r = load_principal(l, n, &root);
    const struct cos_yaml *users = cos_yaml_get(n, "users");
    r = r < 0 ? r : want(l, users, COS_YAML_SEQUENCE, "users");
    for (const struct cos_yaml *u = cos_yaml_first(users); u != NULL && r == 0;
         u = cos_yaml_next(u)) {
        r = load_user(l, u, &root);
    }
    return r < 0 ? r : load_roles(l, cos_yaml_get(n, "roles"), &root);
}

static int owner_of(const struct loader *l, const struct cos_yaml *n, struct user_row **out)
{
    const char *uin;
    int r = text_of(l, n, &text_owner, &uin);
    if (r < 0) {
        return r;
    }
    struct user_row *owner =
        uin != NULL ? map_get(&l->draft->users, cos_span_of(uin)) : l->draft->first_user;
    if (owner != NULL && owner->trust.len > 0) {
        return bad(l, cos_yaml_get(n, "owner"), "%s is a role; a bucket belongs to an account",
                   uin);
    }
    if (owner == NULL) {
        (void)(uin != NULL ? bad(l, cos_yaml_get(n, "owner"), "no account with uin %s", uin)
                           : bad(l, n, "a bucket needs an account to own it"));
        return COSMOCK_E_INVALID;
    }
    *out = owner;
    return 0;
}

static int bucket_taken(const struct loader *l, const struct cos_yaml *name, bool is_mine)
{
    char what[200];
    (void)snprintf(what, sizeof(what),
                   "bucket name '%s' is taken; bucket names are unique over all tenants of a "
                   "mock",
                   cos_yaml_str(name));
    return taken(l, name, is_mine, what);
}

/* The @nth name of the built-in world's bucket, from 0: as it stands there, with the number of
 * its tenant, and with one more number for as long as others have those. */
static void nth_name(const struct cosmock_tenant *t, struct cos_span name, unsigned nth,
                     char out[NAME_BYTES])
{
    size_t dash = cos_span_rchr(name, '-');
    char number[24] = "";
    char more[16] = "";
    if (nth > 0) {
        (void)snprintf(number, sizeof(number), "-%llu",
                       (unsigned long long)t->maps->birth_number);
    }
    if (nth > 1) {
        (void)snprintf(more, sizeof(more), "-%u", nth);
    }
    (void)snprintf(out, NAME_BYTES, COS_SPAN_FMT "%s%s" COS_SPAN_FMT,
                   COS_SPAN_ARG(cos_span_sub(name, 0, dash)), number, more,
                   COS_SPAN_ARG(cos_span_from(name, dash)));
}

static enum store_result claim_bucket(const struct loader *l, struct bucket_draft *b,
                                      struct cos_span name)
{
    struct user owner = {0};
    (void)snprintf(owner.owner_uin, sizeof(owner.owner_uin), COS_SPAN_FMT,
                   COS_SPAN_ARG(b->owner->owner_uin));
    (void)snprintf(owner.appid, sizeof(owner.appid), COS_SPAN_FMT,
                   COS_SPAN_ARG(b->owner->appid));
    struct bucket *mine = l->again == NULL ? NULL : world_bucket_find(l->t, name);
    bool is_again = mine != NULL;
    bucket_unref(mine);
    if (is_again) {
        b->made = world_bucket_put_again(l->draft->batch, l->t, name, b->region, &owner);
        return b->made == NULL ? STORE_NOMEM : STORE_OK;
    }
    enum store_result r = world_bucket_claim(l->t, name, b->region, &owner, &b->made);
    if (r == STORE_OK) {
        world_bucket_put(l->draft->batch, b->made);
    } else {
        b->made = bucket_unref(b->made);
    }
    return r;
}

static bool has_bucket(struct cosmock_tenant *t, const char *name)
{
    struct bucket *b = world_bucket_find(t, cos_span_of(name));
    bool has = b != NULL;
    bucket_unref(b);
    return has;
}

/* Any number of tenants can be made without a world file; cosmock_world_info() tells the name.
 * One that begins again keeps the name it has. */
static enum store_result claim_built_in(const struct loader *l, struct bucket_draft *b,
                                        struct cos_span name)
{
    char own[NAME_BYTES];
    for (unsigned nth = 0; l->again != NULL && nth < NAMES_TRIED; nth++) {
        nth_name(l->t, name, nth, own);
        if (has_bucket(l->t, own)) {
            return claim_bucket(l, b, cos_span_of(own));
        }
    }
    enum store_result r = STORE_EXISTS;
    for (unsigned nth = 0; r == STORE_EXISTS && nth < NAMES_TRIED; nth++) {
        nth_name(l->t, name, nth, own);
        r = claim_bucket(l, b, cos_span_of(own));
    }
    return r;
}

static int make_bucket(const struct loader *l, struct bucket_draft *b)
{
    struct cos_span name = cos_span_of(cos_yaml_str(b->at));
    enum store_result r =
        l->is_built_in ? claim_built_in(l, b, name) : claim_bucket(l, b, name);
    if (r != STORE_OK) {
        return r == STORE_EXISTS ? bucket_taken(l, b->at, /* is_mine= */ false)
                                 : no_memory(l, name.ptr);
    }
    if (b->policy != NULL) {
        world_bucket_policy_put(l->draft->batch, b->made, b->policy);
        b->policy = NULL;
    }
    if (b->acl.ptr != NULL) {
        world_bucket_document_put(l->draft->batch, b->made, BUCKET_ACL, b->acl,
                                  /* value= */ NULL, /* kind= */ NULL);
    }
    return 0;
}

static int check_bucket_name(const struct loader *l, const struct cos_yaml *n,
                             const struct user_row *owner)
{
    struct cos_span name = cos_span_of(cos_yaml_str(n));
    size_t dash = cos_span_rchr(name, '-');
    if (dash == SIZE_MAX || !cos_span_eq(cos_span_from(name, dash + 1), owner->appid)) {
        return bad(l, n,
                   "bucket name '%s' must be <name>-<appid of its owner>, such as 'data-%s'",
                   name.ptr, owner->appid.ptr);
    }
    return world_is_bucket_name(name)
               ? 0
               : bad(l, n, "bucket name '%s': " WORLD_BUCKET_NAME_RULE, name.ptr);
}

/* As it is kept (cam/acl.h). */
static int load_acl(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b)
{
    struct acl ignored;
    int r = n == NULL ? 0 : want(l, n, COS_YAML_SCALAR, "acl");
    if (n == NULL || r < 0) {
        return r;
    }
    struct cos_span text = cos_span_of(cos_yaml_str(n));
    if (!acl_read(text, ACL_OF_BUCKET, &ignored)) {
        return bad(l, n, "'%.80s': " WORLD_ACL_RULE, text.ptr);
    }
    b->acl = text;
    return 0;
}

static int load_bucket(const struct loader *l, const struct cos_yaml *n)
{
    const char *name;
    const char *region;
    struct user_row *owner = NULL;
    int r = want_map(l, n, "buckets", "name|region|owner|acl|policy");
    r = r < 0 ? r : text_of(l, n, &text_bucket, &name);
    r = r < 0 ? r : text_of(l, n, &text_region, &region);
    r = r < 0 ? r : owner_of(l, n, &owner);
    r = r < 0 ? r : check_bucket_name(l, cos_yaml_get(n, "name"), owner);
    if (r < 0) {
        return r;
    }
    struct draft *d = l->draft;
    struct bucket_draft *b = cos_arena_alloc(&d->texts, sizeof(*b));
    r = b == NULL ? -1 : map_put(&d->buckets, cos_span_of(name), b);
    if (r != 0) {
        return r < 0 ? no_memory(l, name)
                     : bucket_taken(l, cos_yaml_get(n, "name"), /* is_mine= */ true);
    }
    *b = (struct bucket_draft){.at = cos_yaml_get(n, "name"),
                               .region = region,
                               .owner = owner,
                               .acl = {NULL, 0}};
    *(d->last_bucket == NULL ? &d->first_bucket : &d->last_bucket->next) = b;
    d->last_bucket = b;
    r = load_acl(l, cos_yaml_get(n, "acl"), b);
    const struct cos_yaml *policy = cos_yaml_get(n, "policy");
    return policy == NULL || r < 0
               ? r
               : load_policy(l, policy, CAM_BUCKET, name, &b->policy, /* pairs= */ NULL);
}

static int load_suffix(const struct loader *l, const struct cos_yaml *n)
{
    int r = want(l, n, COS_YAML_SCALAR, "suffixes");
    if (r < 0) {
        return r;
    }
    const char *s = cos_yaml_str(n);
    if (s[0] == '\0' || s[0] == '.' || strlen(s) > SUFFIX_MAX_BYTES ||
        strspn(s, LOWER DIGITS "-.") != strlen(s)) {
        return bad(l, n, "a suffix is a lower-case host name such as cos.mock.test, not '%s'",
                   s);
    }
    struct draft *d = l->draft;
    for (size_t i = 0; i < d->n_suffixes; i++) {
        if (cos_span_eq_str(d->suffixes[i], s)) {
            return bad(l, n, "suffix '%s' appears twice", s);
        }
    }
    if (d->n_suffixes == WORLD_MAX_SUFFIXES) {
        return bad(l, n, "more than %d suffixes", WORLD_MAX_SUFFIXES);
    }
    d->suffixes[d->n_suffixes++] = cos_span_of(s);
    return 0;
}

static int load_list(const struct loader *l, const struct cos_yaml *list, const char *name,
                     int (*load_one)(const struct loader *l, const struct cos_yaml *n))
{
    int r = want(l, list, COS_YAML_SEQUENCE, name);
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_one(l, n);
    }
    return r;
}

static int load_switches(const struct loader *l, const struct cos_yaml *map)
{
    int r = want(l, map, COS_YAML_MAPPING, "switches");
    for (const struct cos_yaml *n = cos_yaml_first(map); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        struct cosmock_error why;
        r = want(l, n, COS_YAML_SCALAR, cos_yaml_key(n));
        if (r == 0 && switch_check(cos_yaml_key(n), cos_yaml_str(n), &why) < 0) {
            r = bad(l, n, "%s", why.message);
        }
        if (r == 0) {
            switch_row_put(l->draft->batch, &(struct set_switch){cos_span_of(cos_yaml_key(n)),
                                                                 cos_span_of(cos_yaml_str(n))});
        }
    }
    return r;
}

static int load_root(struct loader *l, const struct cos_yaml *root)
{
    int r = want_map(l, root, "the world", "accounts|buckets|policies|suffixes|switches");
    l->policies = cos_yaml_get(root, "policies");
    l->accounts = cos_yaml_get(root, "accounts");
    r = r < 0 ? r : check_policies(l);
    r = r < 0 ? r : load_list(l, l->accounts, "accounts", load_account);
    r = r < 0 ? r : load_list(l, cos_yaml_get(root, "suffixes"), "suffixes", load_suffix);
    r = r < 0 ? r : load_switches(l, cos_yaml_get(root, "switches"));
    return r < 0 ? r : load_list(l, cos_yaml_get(root, "buckets"), "buckets", load_bucket);
}

/* --- from a file to a world: one batch, or nothing --- */

static void give_up(void *ctx, struct cos_span secret_id, void *value)
{
    world_key_give_up(ctx, secret_id);
}

static void put_suffixes(struct draft *d)
{
    struct cos_buf pairs;
    cos_buf_init(&pairs, WORLD_MAX_SUFFIXES * SUFFIX_MAX_BYTES * 2);
    for (size_t i = 0; i < d->n_suffixes; i++) {
        row_pair_add(&pairs, d->suffixes[i], COS_SPAN_EMPTY);
    }
    if (pairs.failed) {
        batch_fail(d->batch);
    } else if (d->n_suffixes > 0) {
        mark_row_put(d->batch, MARK_SUFFIXES, &(struct mark){.text = cos_buf_view(&pairs)});
    }
    cos_buf_deinit(&pairs);
}

static int draft_commit(struct loader *l)
{
    struct draft *d = l->draft;
    int r = 0;
    put_suffixes(d);
    for (struct bucket_draft *b = d->first_bucket; b != NULL && r == 0; b = b->next) {
        r = make_bucket(l, b);
    }
    if (r < 0) {
        return r;
    }
    struct batch *batch = d->texts.failed ? batch_free(d->batch) : d->batch;
    d->batch = NULL;
    return world_commit(l->t, batch, /* c= */ NULL, "a world", l->err);
}

/* What the tenant was made of, for whoever sets it back to it. */
static void put_origin(struct loader *l, const struct world_source *source)
{
    struct cos_buf pair;
    cos_buf_init(&pair, MAX_WORLD_BYTES + 4096);
    row_pair_add(&pair, cos_span_of(source->origin), source->yaml);
    if (pair.failed) {
        batch_fail(l->draft->batch);
    }
    mark_row_put(l->draft->batch, MARK_WORLD,
                 &(struct mark){source->is_built_in, cos_buf_view(&pair)});
    mark_row_put(l->draft->batch, MARK_STARTS,
                 &(struct mark){.number = l->again == NULL ? 1 : l->again->lives});
    mark_row_put(l->draft->batch, MARK_MADE_KEYS,
                 &(struct mark){.text = cos_buf_view(&l->draft->made)});
    cos_buf_deinit(&pair);
}

static void compare(const struct loader *l)
{
    struct draft *d = l->draft;
    const struct differences all = {l->t, l->origin, l->warner};
    put_suffixes(d);
    differences_of_rows(&all, d->batch);
    for (struct bucket_draft *b = d->first_bucket; b != NULL; b = b->next) {
        const struct bucket_said said = {cos_yaml_str(b->at), b->region, b->owner->uin.ptr,
                                         b->policy, b->acl};
        differences_of_bucket(&all, &said);
    }
}

static void draft_deinit(struct draft *d)
{
    for (struct bucket_draft *b = d->first_bucket; b != NULL; b = b->next) {
        cam_policy_unref(b->policy);
        if (b->made != NULL) {
            world_bucket_give_up(b->made); /* unless it is kept */
            bucket_unref(b->made);
        }
    }
    (void)batch_free(d->batch);
    map_deinit(&d->users);
    map_deinit(&d->keys);
    map_deinit(&d->buckets);
    cos_buf_deinit(&d->made);
    cos_arena_deinit(&d->texts);
}

/* Read @source into l->draft, and do with it what @l is for. */
static int load_source(struct loader *l, const struct world_source *source)
{
    struct cos_yaml *root = NULL;
    struct cos_text_error why;
    if (cos_yaml_parse(&root, source->yaml, /* limits= */ NULL, &why) < 0) {
        return world_fail(l->err, COSMOCK_E_INVALID, "%s:%u: %s", l->origin, why.line,
                          why.message);
    }
    int r = root == NULL ? 0 : load_root(l, root);
    if (r == 0 && l->is_comparison) {
        compare(l);
    } else if (r == 0) {
        put_origin(l, source);
        r = draft_commit(l);
    }
    cos_yaml_free(root);
    return r;
}

static int load(struct loader *l, const struct world_source *source)
{
    struct draft draft = {.batch = batch_new()};
    cos_arena_init(&draft.texts, DRAFT_MAX_BYTES);
    cos_buf_init(&draft.made, MADE_MAX_BYTES);
    l->draft = &draft;
    l->is_built_in = source->is_built_in;
    if (draft.batch != NULL && l->again != NULL) {
        batch_delete_all(draft.batch, COS_SPAN_EMPTY);
    }
    int r = draft.batch == NULL ? no_memory(l, "a world") : load_source(l, source);
    if (r < 0 && !l->is_comparison) {
        map_each(&draft.keys, give_up, l->t);
    }
    draft_deinit(&draft);
    l->draft = NULL;
    return r;
}

int world_load_source(struct cosmock_tenant *t, const struct world_source *source,
                      const struct world_warner *warner, struct cosmock_error *err)
{
    struct loader l = {.t = t, .origin = source->origin, .warner = warner, .err = err};
    return load(&l, source);
}

int world_load_again(struct cosmock_tenant *t, const struct world_source *source,
                     struct cosmock_error *err)
{
    struct loader l = {.t = t, .origin = source->origin, .err = err};
    struct row *starts;
    struct row *made_keys;
    struct mark lives;
    struct mark made;
    enum backend_result r = mark_row_get(t->rows, MARK_STARTS, &lives, &starts);
    enum backend_result r_made = mark_row_get(t->rows, MARK_MADE_KEYS, &made, &made_keys);
    int result;
    if (r == BACKEND_OK && r_made == BACKEND_OK) {
        struct again again = {lives.number, made.text};
        l.again = &again;
        result = load(&l, source);
    } else {
        result =
            world_fail(err, COSMOCK_E_IO, "the world of tenant '%s' cannot be read", t->name);
    }
    row_unref(starts);
    row_unref(made_keys);
    return result;
}

int world_compare(struct cosmock_tenant *t, const struct world_source *source,
                  const struct world_warner *warner, struct cosmock_error *err)
{
    struct loader l = {
        .t = t, .origin = source->origin, .warner = warner, .err = err, .is_comparison = true};
    return load(&l, source);
}
