/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FormatString (cos-wire.md s.1.1):  lower(method) \n path \n params \n headers \n
 *
 * The verifier does not build its own idea of the lists: it walks q-header-list and
 * q-url-param-list as they were sent and looks each token up in the request. A token stands for
 * a name n when it equals, without regard to case,
 *     enc(n)       every SDK; the FormatString holds the token as sent (hex digits of keys are
 *                  lower-case there)
 *     n            java up to 5.6.19 lists the raw key, but signs it encoded with upper-case
 *                  digits
 *     enc(enc(n))  node's asynchronous getObjectUrl encodes the list once more
 * Values are encoded from the bytes received (RFC 3986 unreserved kept, %XX upper-case), also
 * values that are already encoded, and bytes that are no UTF-8. A token listed k times takes
 * the k-th of the sorted values (go). Host may be signed with or without its port, and in lower
 * case (python). '+' in the path is a space for the real server (PicGo#638, casdoor#5447); the
 * switch plus-in-path accepts both.
 */
#include "authn/cos_canonical.h"

#include "authn/authn.h"
#include "authn/encode.h"
#include "cosbase/codec.h"

#include <stdlib.h>

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Is @token the encoded form of @name, with @percent in the place of '%', without regard to
 * case? Allocates nothing: lists are the client's to write. */
static bool is_encoded_form(struct cos_span token, struct cos_span name,
                            struct cos_span percent)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (authn_unreserved[c]) {
            if (at >= token.len || to_lower(token.ptr[at++]) != to_lower((char)c)) {
                return false;
            }
            continue;
        }
        if (!cos_span_starts(cos_span_from(token, at), percent) ||
            token.len - at < percent.len + 2 ||
            to_lower(token.ptr[at + percent.len]) != digits[c >> 4] ||
            to_lower(token.ptr[at + percent.len + 1]) != digits[c & 15]) {
            return false;
        }
        at += percent.len + 2;
    }
    return at == token.len;
}

/* Does @token name @name? Sets what the FormatString then holds. */
static bool token_names(struct cos_arena *arena, struct cos_span token, struct cos_span name,
                        struct cos_span *signed_as)
{
    if (cos_span_eq_nocase(token, name)) {
        *signed_as = authn_encode(arena, token);
        return true;
    }
    if (token.len <= name.len) {
        return false; /* encoding only makes longer */
    }
    if (is_encoded_form(token, name, COS_SPAN_LIT("%"))) {
        *signed_as = token;
        return true;
    }
    if (is_encoded_form(token, name, COS_SPAN_LIT("%25"))) {
        *signed_as = cos_arena_lower(arena, authn_encode(arena, name));
        return true;
    }
    return false;
}

static size_t count_tokens(struct cos_span list)
{
    size_t n = list.len > 0;
    for (size_t i = 0; i < list.len; i++) {
        n += list.ptr[i] == ';';
    }
    return n;
}

static bool find_header(struct cosmock_exchange *x, struct cos_span token, struct cos_pair *out)
{
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        if (token_names(&x->arena, token, h->name, &out->name)) {
            out->raw = h->name;
            out->value = authn_encode(&x->arena, h->value);
            out->is_host = cos_span_eq_nocase(h->name, COS_SPAN_LIT("host"));
            return true;
        }
    }
    if (cos_span_eq_nocase(token, COS_SPAN_LIT("host"))) {
        /* absolute-form without a Host header */
        *out = (struct cos_pair){token, token, authn_encode(&x->arena, x->parts.host), true};
        return true;
    }
    return false;
}

static int compare_values(const void *a, const void *b)
{
    return cos_span_cmp(*(const struct cos_span *)a, *(const struct cos_span *)b);
}

/* The @nth (from 0) smallest value among the parameters that @token names; a single one serves
 * every mention. */
static bool find_param(struct cosmock_exchange *x, struct cos_span token, size_t nth,
                       struct cos_pair *out)
{
    struct cos_span *values = NULL;
    size_t n = 0;
    for (size_t i = 0; i < x->parts.n_params; i++) {
        const struct param *p = &x->parts.params[i];
        if (!token_names(&x->arena, token, p->name, &out->name)) {
            continue;
        }
        out->raw = p->name;
        out->value = authn_encode(&x->arena, p->value);
        if (values == NULL) {
            values = cos_arena_array(&x->arena, x->parts.n_params, sizeof(*values));
        }
        if (values == NULL) {
            return false;
        }
        values[n++] = out->value;
    }
    if (n > 1) {
        qsort(values, n, sizeof(*values), compare_values);
        out->value = values[nth < n ? nth : n - 1];
    }
    return n > 0;
}

static size_t mentions_before(const struct cos_pairs *pairs, struct cos_span token_name)
{
    size_t n = 0;
    for (size_t i = 0; i < pairs->n; i++) {
        n += cos_span_eq_nocase(pairs->items[i].name, token_name);
    }
    return n;
}

static bool resolve(struct cos_pairs *out, struct cosmock_exchange *x, struct cos_span list,
                    bool is_header, const char **missing)
{
    size_t most = count_tokens(list);
    out->items = cos_arena_array(&x->arena, most, sizeof(*out->items));
    if (out->items == NULL) {
        return false;
    }
    for (struct cos_span rest = list; rest.ptr != NULL && list.len > 0;) {
        struct cos_span token = cos_span_cut(&rest, ';');
        struct cos_pair *pair = &out->items[out->n];
        bool found = is_header ? find_header(x, token, pair)
                               : find_param(x, token, mentions_before(out, token), pair);
        if (found) {
            out->n++;
        } else if (*missing == NULL) {
            *missing = cos_arena_str(&x->arena, token);
        }
    }
    return true;
}

static void add_host(struct cos_canonical *c, struct cos_arena *arena, struct cos_span host)
{
    for (size_t i = 0; i < c->n_hosts; i++) {
        if (cos_span_eq(c->raw_hosts[i], host)) {
            return;
        }
    }
    if (host.len > 0 && c->n_hosts < COS_HOSTS_MAX) {
        c->raw_hosts[c->n_hosts] = host;
        c->hosts[c->n_hosts++] = authn_encode(arena, host);
    }
}

static void collect_hosts(struct cos_canonical *c, struct cosmock_exchange *x)
{
    struct cos_span sent = header_get(x, "Host");
    add_host(c, &x->arena, sent.ptr == NULL ? x->parts.host : sent);
    add_host(c, &x->arena, authn_cut_port(sent.ptr == NULL ? x->parts.host : sent));
    add_host(c, &x->arena, x->parts.host);
    add_host(c, &x->arena, x->parts.host_name);
}

static void collect_paths(struct cos_canonical *c, struct cosmock_exchange *x)
{
    c->paths[c->n_paths++] = x->parts.path;
    struct cos_span raw = x->parts.raw_path;
    if (cos_span_chr(raw, '+') == SIZE_MAX) {
        return;
    }
    char *spaced = cos_arena_alloc(&x->arena, raw.len);
    if (spaced == NULL) {
        return;
    }
    c->paths[0] =
        (struct cos_span){spaced, cos_percent_decode(spaced, raw, /* plus_is_space= */ true)};
    if (SWITCH_IS(x->tenant, PLUS_IN_PATH, SPACE_OR_PLUS)) {
        c->paths[c->n_paths++] = x->parts.path;
    }
}

static size_t pairs_bytes(const struct cos_pairs *pairs, size_t host_bytes)
{
    size_t total = 1;
    for (size_t i = 0; i < pairs->n; i++) {
        const struct cos_pair *pair = &pairs->items[i];
        total += pair->name.len + (pair->is_host ? host_bytes : pair->value.len) + 2;
    }
    return total;
}

static size_t longest(const struct cos_span *spans, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        most = spans[i].len > most ? spans[i].len : most;
    }
    return most;
}

bool cos_canonical_make(struct cos_canonical *out, struct cosmock_exchange *x,
                        const struct cos_auth *auth)
{
    *out = (struct cos_canonical){.method = cos_arena_lower(&x->arena, x->parts.method)};
    if (!resolve(&out->headers, x, auth->header_list, /* is_header= */ true, &out->missing) ||
        !resolve(&out->params, x, auth->param_list, /* is_header= */ false, &out->missing)) {
        return false;
    }
    collect_hosts(out, x);
    collect_paths(out, x);
    size_t host_bytes = longest(out->hosts, out->n_hosts);
    out->text = cos_arena_alloc(&x->arena, out->method.len + longest(out->paths, out->n_paths) +
                                               pairs_bytes(&out->headers, host_bytes) +
                                               pairs_bytes(&out->params, 0) + 4);
    return !x->arena.failed;
}

static char *put_pairs(char *at, const struct cos_pairs *pairs, struct cos_span host)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const struct cos_pair *pair = &pairs->items[i];
        if (i > 0) {
            *at++ = '&';
        }
        at = cos_span_put(at, pair->name);
        *at++ = '=';
        at = cos_span_put(at, pair->is_host ? host : pair->value);
    }
    *at++ = '\n';
    return at;
}

static int compare_nocase(struct cos_span a, struct cos_span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < n; i++) {
        int difference = (unsigned char)to_lower(a.ptr[i]) - (unsigned char)to_lower(b.ptr[i]);
        if (difference != 0) {
            return difference;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int by_encoded(const void *a, const void *b)
{
    const struct cos_pair *x = a;
    const struct cos_pair *y = b;
    int r = compare_nocase(x->name, y->name);
    return r != 0 ? r : cos_span_cmp(x->value, y->value);
}

static int by_raw(const void *a, const void *b)
{
    const struct cos_pair *x = a;
    const struct cos_pair *y = b;
    int r = compare_nocase(x->raw, y->raw);
    return r != 0 ? r : cos_span_cmp(x->value, y->value);
}

static void sort_pairs(struct cos_canonical *c, enum cos_order order)
{
    int (*compare)(const void *, const void *) =
        order == COS_ORDER_ENCODED ? by_encoded : by_raw;

    if (c->headers.n > 1) {
        qsort(c->headers.items, c->headers.n, sizeof(*c->headers.items), compare);
    }
    if (c->params.n > 1) {
        qsort(c->params.items, c->params.n, sizeof(*c->params.items), compare);
    }
}

struct cos_span cos_canonical_write(struct cos_canonical *c, enum cos_order order, size_t host,
                                    size_t path)
{
    if (order != COS_ORDER_LIST) {
        sort_pairs(c, order);
    }
    char *at = cos_span_put(c->text, c->method);
    *at++ = '\n';
    at = cos_span_put(at, c->paths[path]);
    *at++ = '\n';
    at = put_pairs(at, &c->params, COS_SPAN_EMPTY);
    at = put_pairs(at, &c->headers, host < c->n_hosts ? c->hosts[host] : COS_SPAN_EMPTY);
    return (struct cos_span){c->text, (size_t)(at - c->text)};
}
