/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts are cut by classes.c, in the form in which they are compared. Numbers, times and
 * addresses lie on a line: an answer can change only where a value begins or behind where it
 * ends, so those points and their neighbours are all there is. A key with a set of values has
 * as choices none, each one, and each two: what takes three is not tried.
 */
#include "advice/space_values.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"

#include <arpa/inet.h>

#define SET_MAX 6

/* The values of a key, as the request would say them. */
struct values {
    struct cos_span *items;
    size_t n, cap;
};

static void add_value(struct space_keys *s, struct values *v, struct cos_span text)
{
    for (size_t i = 0; i < v->n; i++) {
        if (cos_span_eq(v->items[i], text)) {
            return;
        }
    }
    if (v->n == v->cap) {
        size_t cap = v->cap == 0 ? 8 : 2 * v->cap;
        struct cos_span *more = cos_arena_array(s->arena, cap, sizeof(*more));
        if (more == NULL) {
            return;
        }
        if (v->n > 0) {
            memcpy(more, v->items, v->n * sizeof(*more));
        }
        v->items = more;
        v->cap = cap;
    }
    v->items[v->n++] = cos_arena_span(s->arena, text);
}

/* --- which keys --- */

/* Those that the question itself answers, and those of trust policies, are not chosen. */
static bool is_chosen(const struct cam_key *key)
{
    return key != NULL && key->id != CAM_KEY_UIN && key->id != CAM_KEY_OWNER_UIN &&
           key->id != CAM_KEY_OF_TRUST;
}

static struct space_key *key_of(struct space_keys *s, const struct cam_key *key)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].key == key) {
            return &s->items[i];
        }
    }
    struct space_key *more = cos_arena_array(s->arena, s->n + 1, sizeof(*more));
    if (more == NULL) {
        return NULL;
    }
    if (s->n > 0) {
        memcpy(more, s->items, s->n * sizeof(*more));
    }
    s->items = more;
    more[s->n].key = key;
    return &more[s->n++];
}

void space_keys_add(struct space_keys *s, const struct cam_condition *c)
{
    struct space_key *k = is_chosen(c->key) ? key_of(s, c->key) : NULL;
    if (k == NULL) {
        return;
    }
    if (k->n_conditions == k->cap) {
        size_t cap = k->cap == 0 ? 4 : 2 * k->cap;
        const struct cam_condition **more =
            cos_arena_array(s->arena, cap, sizeof(struct cam_condition *));
        if (more == NULL) {
            return;
        }
        if (k->n_conditions > 0) {
            memcpy(more, k->conditions, k->n_conditions * sizeof(struct cam_condition *));
        }
        k->conditions = more;
        k->cap = cap;
    }
    k->conditions[k->n_conditions++] = c;
}

/* --- texts --- */

static struct cos_span decoded(struct cos_arena *a, struct cos_span text)
{
    char *out = cos_arena_alloc(a, text.len + 1);
    return out == NULL ? COS_SPAN_EMPTY
                       : cos_span_make(out, cos_percent_decode(out, text, false));
}

static struct cos_span expanded(const struct space_keys *s, struct cos_span text)
{
    const struct {
        struct cos_span name;
        const char *value;
    } variables[] = {{COS_SPAN_LIT("${uin}"), s->who->uin},
                     {COS_SPAN_LIT("${owner_uin}"), s->who->owner_uin},
                     {COS_SPAN_LIT("${app_id}"), s->who->appid}};
    for (size_t i = 0; i < COS_ARRAY_LEN(variables); i++) {
        for (size_t at = cos_span_find(text, variables[i].name); at != SIZE_MAX;
             at = cos_span_find(text, variables[i].name)) {
            text =
                cos_arena_printf(s->arena, COS_SPAN_FMT "%s" COS_SPAN_FMT,
                                 COS_SPAN_ARG(cos_span_sub(text, 0, at)), variables[i].value,
                                 COS_SPAN_ARG(cos_span_from(text, at + variables[i].name.len)));
        }
    }
    return text;
}

static size_t count_values(const struct space_key *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_conditions; i++) {
        n += k->conditions[i]->n_values;
    }
    return n;
}

/* Of the texts that operators of strings compare; of parameters still encoded. */
static size_t text_patterns(struct space_keys *s, const struct space_key *k,
                            struct class_pattern *out)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_conditions; i++) {
        const struct cam_condition *c = k->conditions[i];
        struct cam_manner manner = cam_condition_manner(c);
        for (size_t v = 0; manner.type == CAM_TYPE_STRING && v < c->n_values; v++) {
            out[n++] = (struct class_pattern){.text = expanded(s, c->values[v].text),
                                              .is_literal = !manner.is_like,
                                              .ignores_case = manner.ignores_case};
        }
    }
    return n;
}

/* A text that is compared encoded, and that no encoding makes, is in no request. */
static void add_text_of(struct space_keys *s, const struct space_key *k, struct values *out,
                        struct cos_span text)
{
    if (!k->key->is_parameter) {
        add_value(s, out, text);
        return;
    }
    struct cos_span raw = decoded(s->arena, text);
    if (cos_span_eq(cam_percent_encoded(s->arena, raw), text)) {
        add_value(s, out, raw);
    }
}

static bool add_texts(struct space_keys *s, struct space_key *k, struct values *out)
{
    struct classes classes;
    k->patterns = cos_arena_array(s->arena, count_values(k) + 1, sizeof(*k->patterns));
    if (k->patterns == NULL) {
        return false;
    }
    k->n_patterns = text_patterns(s, k, k->patterns);
    if (k->n_patterns == 0) {
        return true;
    }
    if (!classes_find(&classes, s->arena, k->patterns, k->n_patterns, CLASS_ANY)) {
        return false;
    }
    s->is_sampled = s->is_sampled || !classes.is_exact;
    for (size_t i = 0; i < classes.n; i++) {
        add_text_of(s, k, out, classes.items[i].text);
    }
    for (size_t i = 0; i < k->n_patterns; i++) {
        k->patterns[i].text = decoded(s->arena, k->patterns[i].text);
        k->patterns[i].is_of_key = true;
    }
    return true;
}

/* --- what lies on a line --- */

static void add_numbers(struct space_keys *s, struct values *out, struct cos_span text)
{
    const char *digits = cos_arena_str(s->arena, text);
    double value = digits == NULL ? 0 : strtod(digits, /* endptr= */ NULL);
    bool is_whole = cos_span_chr(text, '.') == SIZE_MAX;
    add_value(s, out, text);
    for (int sign = -1; sign <= 1; sign += 2) {
        char near[64];
        (void)snprintf(near, sizeof(near), is_whole ? "%.0f" : "%.6f",
                       value + sign * (is_whole ? 1.0 : 0.000001));
        add_value(s, out, cos_span_of(near));
    }
}

static void add_times(struct space_keys *s, struct values *out, int64_t unix_ms)
{
    for (int64_t near = -1; near <= 1; near++) {
        char text[25];
        cos_date_iso_ms(text, unix_ms + near);
        add_value(s, out, cos_span_of(text));
    }
}

static void print_address(struct space_keys *s, struct values *out,
                          const unsigned char bytes[16])
{
    static const unsigned char v4[12] = {[10] = 0xff, [11] = 0xff};
    char text[INET6_ADDRSTRLEN];
    bool is_v4 = memcmp(bytes, v4, sizeof(v4)) == 0;
    if (inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? bytes + 12 : bytes, text, sizeof(text)) !=
        NULL) {
        add_value(s, out, cos_span_of(text));
    }
}

/* False: there is none. */
static bool move_by_one(unsigned char bytes[16], bool is_up)
{
    for (size_t i = 16; i-- > 0;) {
        bool carries = bytes[i] == (is_up ? 0xff : 0);
        bytes[i] = (unsigned char)(bytes[i] + (is_up ? 1 : 255));
        if (!carries) {
            return true;
        }
    }
    return false;
}

static void add_addresses(struct space_keys *s, struct values *out,
                          const struct cam_network *network)
{
    unsigned char first[16];
    unsigned char last[16];
    for (unsigned i = 0; i < 16; i++) {
        unsigned bits = network->bits <= 8 * i       ? 0
                        : network->bits >= 8 * i + 8 ? 8
                                                     : network->bits - 8 * i;
        unsigned char mask = (unsigned char)(0xffu << (8 - bits));
        first[i] = network->bytes[i] & mask;
        last[i] = (unsigned char)(first[i] | (unsigned char)~mask);
    }
    print_address(s, out, first);
    if (move_by_one(last, /* is_up= */ true)) {
        print_address(s, out, last);
    }
    if (move_by_one(first, /* is_up= */ false)) {
        print_address(s, out, first);
    }
}

static void add_of_condition(struct space_keys *s, struct values *out,
                             const struct cam_condition *c)
{
    struct cam_manner manner = cam_condition_manner(c);
    for (size_t i = 0; i < c->n_values && !manner.asks_null; i++) {
        switch (manner.type) {
        case CAM_TYPE_NUMBER:
            add_numbers(s, out, c->values[i].text);
            break;
        case CAM_TYPE_DATE:
            add_times(s, out, c->values[i].unix_ms);
            break;
        case CAM_TYPE_IP:
            add_addresses(s, out, &c->values[i].network);
            break;
        case CAM_TYPE_BOOL:
            add_value(s, out, COS_SPAN_LIT("true"));
            add_value(s, out, COS_SPAN_LIT("false"));
            break;
        case CAM_TYPE_STRING:
            break;
        }
    }
}

/* Some value, where it only matters whether there is one. */
static void add_any(struct space_keys *s, struct values *out, enum cam_type type)
{
    static const char *const any[] = {
        [CAM_TYPE_STRING] = "x",     [CAM_TYPE_NUMBER] = "1",
        [CAM_TYPE_BOOL] = "true",    [CAM_TYPE_DATE] = "2030-01-01T00:00:00Z",
        [CAM_TYPE_IP] = "192.0.2.1",
    };
    if (out->n == 0) {
        add_value(s, out, cos_span_of(any[type]));
    }
}

/* --- choices --- */

static bool is_set(const struct space_key *k)
{
    bool is_quantified = false;
    for (size_t i = 0; i < k->n_conditions; i++) {
        is_quantified = is_quantified || k->conditions[i]->quantifier != CAM_PLAIN;
    }
    return is_quantified || k->key->id == CAM_KEY_REQUEST_TAG ||
           k->key->id == CAM_KEY_RESOURCE_TAG;
}

/* Every request has these. */
static bool is_always_there(const struct cam_key *key)
{
    return key->id == CAM_KEY_IP || key->id == CAM_KEY_CURRENT_TIME ||
           key->id == CAM_KEY_HOST || key->id == CAM_KEY_SECURE_TRANSPORT ||
           key->id == CAM_KEY_MFA;
}

static void choose(struct space_keys *s, struct space_key *k, const struct cos_span *values,
                   size_t n)
{
    struct space_choice *c = &k->choices[k->n_choices];
    c->pairs = cos_arena_array(s->arena, n + 1, sizeof(*c->pairs));
    for (size_t i = 0; i < n && c->pairs != NULL; i++) {
        c->pairs[c->n++] = cos_arena_printf(s->arena, "%s=" COS_SPAN_FMT, k->key->name,
                                            COS_SPAN_ARG(values[i]))
                               .ptr;
    }
    k->n_choices++;
}

static bool make_choices(struct space_keys *s, struct space_key *k)
{
    struct values v = {.n = 0};
    if (!add_texts(s, k, &v)) {
        return false;
    }
    for (size_t i = 0; i < k->n_conditions; i++) {
        add_of_condition(s, &v, k->conditions[i]);
    }
    add_any(s, &v, k->key->type);
    size_t n_paired = !is_set(k) ? 0 : v.n < SET_MAX ? v.n : SET_MAX;
    k->choices = cos_arena_array(s->arena, 1 + v.n + n_paired * n_paired, sizeof(*k->choices));
    if (k->choices == NULL) {
        return false;
    }
    s->is_sampled = s->is_sampled || (is_set(k) && v.n > 2);
    if (!is_always_there(k->key)) {
        choose(s, k, NULL, 0);
    }
    for (size_t i = 0; i < v.n; i++) {
        choose(s, k, &v.items[i], 1);
    }
    for (size_t i = 0; i < n_paired; i++) {
        for (size_t j = i + 1; j < n_paired; j++) {
            choose(s, k, (const struct cos_span[]){v.items[i], v.items[j]}, 2);
        }
    }
    return true;
}

bool space_keys_finish(struct space_keys *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!make_choices(s, &s->items[i])) {
            return false;
        }
    }
    return !s->arena->failed;
}
