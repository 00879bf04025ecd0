/* SPDX-License-Identifier: Apache-2.0 */
/* The search, and what the schemes' lists of mistakes share. */
#include "authn/mistakes.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"

enum {
    SCRATCH_MAX_BYTES = 8 << 20,
    TRIED_MAX_BYTES = 4 << 20, /* some milliseconds of hashing */
    KEYS_MAX = 64,
    SHOWN_BYTES = 60
};

struct mistakes *mistakes_new(struct cosmock_exchange *x)
{
    struct mistakes *m = cos_calloc(1, sizeof(*m));
    if (m == NULL) {
        x->failed = true;
        return NULL;
    }
    cos_arena_init(&m->scratch, SCRATCH_MAX_BYTES);
    return m;
}

struct mistakes *mistakes_free(struct mistakes *m)
{
    if (m != NULL) {
        cos_arena_deinit(&m->scratch);
    }
    return cos_free(m);
}

void mistakes_add(struct mistakes *m, size_t part, const struct variant *v)
{
    struct part *p = &m->parts[part];
    m->n_parts = part >= m->n_parts ? part + 1 : m->n_parts;
    for (size_t i = 0; i < p->n; i++) {
        if (cos_span_eq(p->items[i].text, v->text)) {
            return;
        }
    }
    if (p->n < VARIANTS_MAX && !m->scratch.failed) {
        p->items[p->n++] = *v;
    }
}

/* --- the search --- */

struct search {
    struct mistakes *m;
    const struct variant **chosen;
    size_t tried_bytes;
};

static bool fits(struct search *s)
{
    for (size_t i = 0; i < s->m->n_parts; i++) {
        s->tried_bytes += s->chosen[i]->text.len + 100;
    }
    return s->tried_bytes <= TRIED_MAX_BYTES && s->m->fits(s->m->ctx, s->chosen);
}

/* One part made otherwise, for all ways to make it. On success it stays so. */
static bool try_part(struct search *s, size_t part, bool is_second)
{
    const struct part *p = &s->m->parts[part];
    for (size_t i = 1; i < p->n; i++) {
        bool is_worth_it = !is_second || p->items[i].is_common || p->items[i].word == NULL;
        s->chosen[part] = &p->items[i];
        if (is_worth_it && fits(s)) {
            return true;
        }
    }
    s->chosen[part] = &p->items[0];
    return false;
}

/* @first stays as it is, and one part behind it is made otherwise. */
static bool try_another(struct search *s, size_t first)
{
    bool is_tolerated = s->chosen[first]->word == NULL;
    for (size_t part = is_tolerated ? 0 : first + 1; part < s->m->n_parts; part++) {
        if (part != first && try_part(s, part, /* is_second= */ !is_tolerated)) {
            return true;
        }
    }
    return false;
}

static bool try_two(struct search *s)
{
    for (size_t first = 0; first < s->m->n_parts; first++) {
        const struct part *p = &s->m->parts[first];
        for (size_t i = 1; i < p->n; i++) {
            s->chosen[first] = &p->items[i];
            if ((p->items[i].is_common || p->items[i].word == NULL) && try_another(s, first)) {
                return true;
            }
        }
        s->chosen[first] = &p->items[0];
    }
    return false;
}

void mistakes_none(const struct mistakes *m, const struct variant *chosen[PARTS_MAX])
{
    for (size_t i = 0; i < PARTS_MAX; i++) {
        chosen[i] = &m->parts[i].items[0];
    }
}

bool mistakes_find(struct mistakes *m, const struct variant *chosen[PARTS_MAX])
{
    struct search s = {.m = m, .chosen = chosen};
    mistakes_none(m, chosen);
    for (size_t i = 0; i < m->n_parts; i++) {
        if (m->parts[i].n == 0) {
            return false; /* no memory */
        }
    }
    for (size_t part = 0; part < m->n_parts; part++) {
        if (try_part(&s, part, /* is_second= */ false)) {
            return true;
        }
    }
    return try_two(&s);
}

void mistakes_name(struct cosmock_exchange *x, const struct mistakes *m,
                   const struct variant *const chosen[PARTS_MAX])
{
    struct cos_span word = COS_SPAN_EMPTY;
    struct cos_span says = COS_SPAN_EMPTY;
    for (size_t i = 0; i < m->n_parts; i++) {
        const struct variant *v = chosen[i];
        if (v == &m->parts[i].items[0] || v->word == NULL) {
            continue;
        }
        word = cos_arena_printf(&x->arena, COS_SPAN_FMT "%s%s", COS_SPAN_ARG(word),
                                word.len == 0 ? "" : "+", v->word);
        says = cos_arena_printf(&x->arena, COS_SPAN_FMT "%s" COS_SPAN_FMT, COS_SPAN_ARG(says),
                                says.len == 0 ? "" : ", and ", COS_SPAN_ARG(v->says));
    }
    x->identity.cause = word;
    x->identity.detail = says;
}

/* --- values --- */

static bool is_kept(unsigned char c, enum spelling how)
{
    bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                    (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == '~';
    return is_plain || (how == SPELLED_SLASH && c == '/') ||
           (how == SPELLED_JAVASCRIPT && strchr("!'()*", c) != NULL);
}

static struct cos_span encode(struct cos_arena *arena, struct cos_span raw, enum spelling how)
{
    const char *digits = how == SPELLED_LOWER_HEX ? "0123456789abcdef" : "0123456789ABCDEF";
    char *out = cos_arena_alloc(arena, 3 * raw.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.len && out != NULL; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];
        if (c != '\0' && is_kept(c, how)) {
            out[n++] = (char)c;
        } else if (c == ' ' && how == SPELLED_PLUS) {
            out[n++] = '+';
        } else {
            out[n++] = '%';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
    }
    return out == NULL ? COS_SPAN_EMPTY : cos_span_make(out, n);
}

struct cos_span mistakes_spell(struct cos_arena *arena, struct cos_span raw, enum spelling how)
{
    if (how == SPELLED_RAW) {
        return raw;
    }
    struct cos_span once = encode(arena, raw, how);
    return how == SPELLED_TWICE ? encode(arena, once, SPELLED_RIGHT) : once;
}

/* --- secrets --- */

static const struct {
    const char *before, *behind, *word, *says;
} spoilt[] = {
    {"", "\n", "secret-newline", "the secret key was used with a newline at its end"},
    {"", "\r\n", "secret-newline", "the secret key was used with CR LF at its end"},
    {"", "\r", "secret-newline", "the secret key was used with a CR at its end"},
    {"", " ", "secret-blank", "the secret key was used with a blank at its end"},
    {" ", "", "secret-blank", "the secret key was used with a blank before it"},
    {"\"", "\"", "secret-quotes", "the secret key was used with its quotes"},
    {"'", "'", "secret-quotes", "the secret key was used with its quotes"},
};

static void add_other_keys(struct mistakes *m, size_t part, struct cosmock_exchange *x)
{
    struct access_key *keys[KEYS_MAX];
    size_t n = world_keys_some(x->tenant, keys, KEYS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct variant v = {
            .word = "another-keys-secret",
            .says = cos_arena_printf(&m->scratch, "it was signed with the secret of key %s",
                                     keys[i]->secret_id),
            .text = cos_arena_span(&m->scratch, cos_secret_view(&keys[i]->secret_key)),
        };
        mistakes_add(m, part, &v);
        access_key_unref(keys[i]);
    }
}

void mistakes_add_secrets(struct mistakes *m, size_t part, struct cosmock_exchange *x)
{
    const struct access_key *key = x->identity.found.key;
    struct cos_span secret = cos_secret_view(&key->secret_key);
    mistakes_add(m, part, &(struct variant){.text = secret});
    for (size_t i = 0; i < COS_ARRAY_LEN(spoilt); i++) {
        const struct cos_span parts[] = {cos_span_of(spoilt[i].before), secret,
                                         cos_span_of(spoilt[i].behind)};
        struct variant v = {.word = spoilt[i].word,
                            .says = cos_span_of(spoilt[i].says),
                            .text = cos_arena_join(&m->scratch, parts, COS_ARRAY_LEN(parts)),
                            .is_common = true};
        mistakes_add(m, part, &v);
    }
    mistakes_add(m, part,
                 &(struct variant){"id-as-secret",
                                   COS_SPAN_LIT("the secret id was used as the secret key"),
                                   cos_span_of(key->secret_id), false});
    mistakes_add(m, part,
                 &(struct variant){"no-secret", COS_SPAN_LIT("the secret key was empty"),
                                   COS_SPAN_LIT(""), false});
    add_other_keys(m, part, x);
}

/* --- where two texts differ --- */

static const char *const secret_names[] = {
    "x-cos-security-token",
    "x-ci-security-token",
    "x-tc-token",
    "x-amz-security-token",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-cos-server-side-encryption-customer-key",
    "x-cos-copy-source-server-side-encryption-customer-key",
    "token",
    "tokencode",
    "samlassertion",
    "webidentitytoken",
};

/* Of "name=value" or "name:value". */
static bool is_secret(struct cos_span pair)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(secret_names); i++) {
        struct cos_span name = cos_span_of(secret_names[i]);
        if (pair.len > name.len && cos_span_starts_nocase(pair, name) &&
            (pair.ptr[name.len] == '=' || pair.ptr[name.len] == ':')) {
            return true;
        }
    }
    return false;
}

struct cos_span mistakes_redact(struct cos_arena *arena, struct cos_span text)
{
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    while (text.len > 0) {
        size_t n = 0;
        while (n < text.len && text.ptr[n] != '&' && text.ptr[n] != '\n' &&
               text.ptr[n] != '?') {
            n++;
        }
        struct cos_span pair = cos_span_sub(text, 0, n);
        size_t equals = cos_span_chr(pair, '=');
        size_t colon = cos_span_chr(pair, ':');
        size_t name = equals < colon ? equals : colon;
        bool hides = is_secret(pair) && name + 1 < pair.len;
        cos_buf_span(&b, hides ? cos_span_sub(pair, 0, name + 1) : pair);
        cos_buf_str(&b, hides ? "***" : "");
        cos_buf_span(&b, cos_span_sub(text, n, 1));
        text = cos_span_from(text, n + 1);
    }
    struct cos_span out = cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return out;
}

/* From a little before byte @at on. */
static struct cos_span around(struct cos_span line, size_t at)
{
    size_t begin = at > SHOWN_BYTES / 3 ? at - SHOWN_BYTES / 3 : 0;
    return cos_span_sub(line, begin, SHOWN_BYTES);
}

static void say_difference(struct cosmock_exchange *x, const char *what, struct cos_span ours,
                           struct cos_span theirs)
{
    for (unsigned line = 1; ours.ptr != NULL || theirs.ptr != NULL; line++) {
        struct cos_span here = ours.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&ours, '\n');
        struct cos_span there =
            theirs.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&theirs, '\n');
        if (cos_span_eq(here, there)) {
            continue;
        }
        size_t at = 0;
        while (at < here.len && at < there.len && here.ptr[at] == there.ptr[at]) {
            at++;
        }
        struct cos_span a = around(here, at);
        struct cos_span b = around(there, at);
        x->identity.detail =
            cos_arena_printf(&x->arena,
                             COS_SPAN_FMT
                             "; %s differs from byte %zu of line %u on: '" COS_SPAN_FMT
                             "' here, signed was '" COS_SPAN_FMT "'",
                             COS_SPAN_ARG(x->identity.detail), what, at, line, COS_SPAN_ARG(a),
                             COS_SPAN_ARG(b));
        return;
    }
}

void mistakes_compare(struct cosmock_exchange *x, const char *what, struct cos_span ours,
                      struct cos_span theirs)
{
    struct identity *who = &x->identity;
    who->format_string = mistakes_redact(&x->arena, ours);
    if (theirs.ptr != NULL) {
        who->signed_format_string = mistakes_redact(&x->arena, theirs);
        say_difference(x, what, who->format_string, who->signed_format_string);
    }
}
