/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a key or a token, for x-cosmock-reason: whose it is, since and until when,
 * and what became of it on its way. A token is compared with what clients make of one (cut off,
 * percent-encoded once too often, its '+' a blank), and with those of other keys. No token and
 * no secret is shown.
 */
#include "authn/authn.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/nearest.h"

enum { KEYS_MAX = 64, ID_SHOWN_BYTES = 60 };

/* --- whose --- */

static const char *iso(char out[21], int64_t unix_ms)
{
    cos_date_iso(out, unix_ms / 1000);
    return out;
}

/* "key AKID... ('alice' of uin 1), issued 2023-11-14T22:13:20Z, good until ..." */
static struct cos_span say_whose(struct cos_arena *arena, const struct access_key *key)
{
    char from[21];
    char until[21];
    struct cos_span name =
        key->federated_name[0] == '\0'
            ? cos_arena_printf(arena, "key %s (of uin %s)", key->secret_id, key->uin)
            : cos_arena_printf(arena, "key %s ('%s' of uin %s)", key->secret_id,
                               key->federated_name, key->uin);
    if (key->created_unix_ms != 0) {
        name = cos_arena_printf(arena, COS_SPAN_FMT ", issued %s", COS_SPAN_ARG(name),
                                iso(from, key->created_unix_ms));
    }
    return key->is_temporary
               ? cos_arena_printf(arena, COS_SPAN_FMT ", good until %s", COS_SPAN_ARG(name),
                                  iso(until, key->expires_unix_ms))
               : name;
}

static struct cos_span say_end(struct cosmock_exchange *x)
{
    const struct access_key *key = x->identity.found.key;
    struct cos_span whose = say_whose(&x->arena, key);
    return cos_arena_printf(&x->arena,
                            "the temporary " COS_SPAN_FMT
                            ", ended %lld s ago: the token clock says %lld",
                            COS_SPAN_ARG(whose),
                            (long long)((x->now.token_unix_ms - key->expires_unix_ms) / 1000),
                            (long long)(x->now.token_unix_ms / 1000));
}

/* --- what became of a token --- */

static bool is_decoded(struct cos_arena *arena, struct cos_span given, struct cos_span token,
                       unsigned times)
{
    char *out = cos_arena_alloc(arena, given.len + 1);
    size_t n = given.len;
    if (out == NULL) {
        return false;
    }
    memcpy(out, given.ptr, n);
    for (unsigned i = 0; i < times; i++) {
        n = cos_percent_decode(out, cos_span_make(out, n), /* plus_is_space= */ false);
    }
    return cos_span_eq(cos_span_make(out, n), token);
}

static bool is_blanked(struct cos_span given, struct cos_span token)
{
    bool is_same = given.len == token.len;
    for (size_t i = 0; i < token.len && is_same; i++) {
        is_same = given.ptr[i] == token.ptr[i] || (given.ptr[i] == ' ' && token.ptr[i] == '+');
    }
    return is_same;
}

static bool is_quoted(struct cos_span given, struct cos_span token)
{
    return given.len == token.len + 2 && cos_span_eq(cos_span_sub(given, 1, token.len), token);
}

/* "" when it is none of these. */
static struct cos_span say_spoilt(struct cosmock_exchange *x, struct cos_span given,
                                  struct cos_span token)
{
    struct cos_arena *arena = &x->arena;
    const struct access_key *key = x->identity.found.key;
    if (cos_span_starts(token, given) || cos_span_ends(token, given)) {
        return cos_arena_printf(arena, "it is cut off: %zu of its %zu bytes came", given.len,
                                token.len);
    }
    if (cos_span_starts(given, token) || cos_span_ends(given, token)) {
        return cos_arena_printf(arena, "it came with %zu bytes too many",
                                given.len - token.len);
    }
    return is_blanked(given, token) ? COS_SPAN_LIT("its '+' came as blanks")
           : is_decoded(arena, given, token, 1)
               ? COS_SPAN_LIT("it was percent-encoded once too often")
           : is_decoded(arena, given, token, 2)
               ? COS_SPAN_LIT("it was percent-encoded twice too often")
           : is_quoted(given, token) ? COS_SPAN_LIT("it came with quotes around it")
           : cos_span_eq(given, cos_secret_view(&key->secret_key))
               ? COS_SPAN_LIT("the secret key was sent in its place")
               : COS_SPAN_EMPTY;
}

static struct cos_span say_owner(struct cosmock_exchange *x, struct cos_span given)
{
    struct access_key *keys[KEYS_MAX];
    struct cos_span said = COS_SPAN_EMPTY;
    size_t n = world_keys_some(x->tenant, keys, KEYS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct cos_span token = cos_secret_view(&keys[i]->token);
        if (said.len == 0 && token.len > 0 && cos_span_eq(given, token)) {
            said = say_whose(&x->arena, keys[i]);
        }
        access_key_unref(keys[i]);
    }
    return said;
}

static struct cos_span say_mismatch(struct cosmock_exchange *x, struct cos_span given)
{
    const struct access_key *key = x->identity.found.key;
    struct cos_span token = cos_secret_view(&key->token);
    struct cos_span why = say_spoilt(x, given, token);
    struct cos_span owner = why.len == 0 ? say_owner(x, given) : COS_SPAN_EMPTY;
    if (owner.len > 0) {
        return cos_arena_printf(&x->arena, "the token is not this key's but of " COS_SPAN_FMT,
                                COS_SPAN_ARG(owner));
    }
    struct cos_span whose = say_whose(&x->arena, key);
    if (why.len == 0) {
        why = cos_arena_printf(&x->arena, "%zu bytes came, this key's has %zu", given.len,
                               token.len);
    }
    return cos_arena_printf(&x->arena,
                            "the token is not that of " COS_SPAN_FMT ": " COS_SPAN_FMT,
                            COS_SPAN_ARG(whose), COS_SPAN_ARG(why));
}

static struct cos_span say_stray(struct cosmock_exchange *x, struct cos_span given)
{
    struct cos_span owner = say_owner(x, given);
    const char *name = header_spelling(x, HEADER_SECURITY_TOKEN);
    struct cos_span came =
        cos_arena_printf(&x->arena, "a permanent key came with %s%s",
                         name == NULL ? "a " : "an ", name == NULL ? "token" : name);
    return owner.len == 0 ? came
                          : cos_arena_printf(&x->arena,
                                             COS_SPAN_FMT ", which is that of " COS_SPAN_FMT
                                                          ": sign with that key",
                                             COS_SPAN_ARG(came), COS_SPAN_ARG(owner));
}

struct cos_span authn_token_say(struct cosmock_exchange *x, struct cos_span given,
                                enum token_verdict verdict)
{
    struct cos_span whose;
    switch (verdict) {
    case TOKEN_MISSING:
        whose = say_whose(&x->arena, x->identity.found.key);
        return cos_arena_printf(&x->arena,
                                "a temporary key came without its token: " COS_SPAN_FMT,
                                COS_SPAN_ARG(whose));
    case TOKEN_MISMATCH:
        return say_mismatch(x, given);
    case TOKEN_EXPIRED:
        return say_end(x);
    case TOKEN_STRAY:
        return say_stray(x, given);
    case TOKEN_GOOD:
        break;
    }
    return COS_SPAN_EMPTY;
}

/* --- a key that is none --- */

struct search {
    struct cos_span id;
    bool is_secret;
    const char *names[KEYS_MAX];
};

static void look_at(struct search *s, const struct access_key *key, size_t i)
{
    s->names[i] = key->secret_id;
    s->is_secret = s->is_secret || cos_span_eq(s->id, cos_secret_view(&key->secret_key));
}

static bool is_near(struct cos_span id, struct cos_span known)
{
    return cos_span_starts(known, id) || cos_span_starts(id, known) ||
           cos_span_eq_nocase(id, known);
}

/* An id cut off or in other letters, else one that differs by a slip. */
static const char *nearest_of(const struct search *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_near(s->id, cos_span_of(s->names[i]))) {
            return s->names[i];
        }
    }
    return cos_nearest(s->id, s->names, n);
}

static struct cos_span say_unknown(struct cosmock_exchange *x)
{
    struct access_key *keys[KEYS_MAX];
    struct search s = {.id = x->identity.secret_id};
    size_t n = world_keys_some(x->tenant, keys, KEYS_MAX);
    for (size_t i = 0; i < n; i++) {
        look_at(&s, keys[i], i);
    }
    const char *nearest = nearest_of(&s, n);
    struct cos_span shown = cos_span_sub(s.id, 0, ID_SHOWN_BYTES);
    struct cos_span said =
        s.is_secret
            ? COS_SPAN_LIT("the id that came is a secret key: id and key are swapped")
            : cos_arena_printf(&x->arena, "no usable key has the id " COS_SPAN_FMT "%s%s",
                               COS_SPAN_ARG(shown), nearest == NULL ? "" : "; the nearest is ",
                               nearest == NULL ? "" : nearest);
    x->identity.secret_id = s.is_secret ? COS_SPAN_LIT("***") : x->identity.secret_id;
    for (size_t i = 0; i < n; i++) {
        access_key_unref(keys[i]);
    }
    return said;
}

struct cos_span authn_key_say(struct cosmock_exchange *x)
{
    if (x->identity.found.key == NULL) {
        return say_unknown(x);
    }
    struct cos_span whose = say_whose(&x->arena, x->identity.found.key);
    return cos_arena_printf(&x->arena,
                            COS_SPAN_FMT " is revoked, by its account or from outside "
                                         "(POST .../revoke, cosmock_key_revoke())",
                            COS_SPAN_ARG(whose));
}
