/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v5 of COS, header form: builds the Authorization value from structured fields.
 * Pure: time comes in as numbers.
 *
 *     SignKey      = hex(HMAC-SHA1(SecretKey, q-key-time))        its 40 characters are a key
 *     FormatString = lower(method) \n path \n params \n headers \n
 *     StringToSign = "sha1\n" q-sign-time "\n" hex(SHA1(FormatString)) "\n"
 *     Signature    = hex(HMAC-SHA1(SignKey, StringToSign))
 *
 * Names are percent-encoded and then lower-cased (so their hex digits are lower case), values
 * are percent-encoded; both lists are sorted by encoded name. The path is the decoded one. One
 * dialect, the one that Python, Go and Java agree on.
 * It chooses nothing: which headers and parameters are signed is the caller's decision, and
 * the caller must list host.
 * Sources: cos-wire.md s.1.1; fixtures/vectors/cos.
 */
#include "cosbase/arena.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/secret.h"
#include "wire/wire.h"

#define MAX_FORMAT_BYTES (1u << 20)

struct item {
    struct cos_span name, value; /* name encoded and lower-cased, value encoded */
};

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    int by_name = cos_span_cmp(x->name, y->name);
    return by_name != 0 ? by_name : cos_span_cmp(x->value, y->value);
}

static struct cos_span encode(struct cos_arena *a, struct cos_buf *scratch, struct cos_span raw)
{
    cos_buf_clear(scratch);
    uri_encode_component(scratch, raw);
    a->failed = a->failed || scratch->failed;
    return cos_arena_span(a, cos_buf_view(scratch));
}

/* The pairs as sorted items, in the arena. NULL with n > 0 only on failure. */
static struct item *encode_pairs(struct cos_arena *a, const struct sign_pair *pairs, size_t n)
{
    struct item *items = cos_arena_array(a, n == 0 ? 1 : n, sizeof(*items));
    if (items == NULL) {
        return NULL;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf scratch;
    cos_buf_init(&scratch, MAX_FORMAT_BYTES);
    for (size_t i = 0; i < n; i++) {
        struct cos_span name = encode(a, &scratch, cos_span_of(pairs[i].name));
        items[i].name = cos_arena_lower(a, name);
        items[i].value = encode(a, &scratch, cos_span_trim(cos_span_of(pairs[i].value)));
    }
    return items;
}

static void append_pairs(struct cos_buf *b, const struct item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, i == 0 ? "" : "&");
        cos_buf_span(b, items[i].name);
        cos_buf_ch(b, '=');
        cos_buf_span(b, items[i].value);
    }
}

static void append_names(struct cos_buf *b, const struct item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, i == 0 ? "" : ";");
        cos_buf_span(b, items[i].name);
    }
}

static void append_format_string(struct cos_buf *b, const struct sign_cos_input *in,
                                 const struct item *params, size_t n_params,
                                 const struct item *headers, size_t n_headers)
{
    for (const char *c = in->method; *c != '\0'; c++) {
        cos_buf_ch(b, *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c);
    }
    cos_buf_ch(b, '\n');
    cos_buf_span(b, in->path);
    cos_buf_ch(b, '\n');
    append_pairs(b, params, n_params);
    cos_buf_ch(b, '\n');
    append_pairs(b, headers, n_headers);
    cos_buf_ch(b, '\n');
}

static void compute_signature(char out[41], const char *secret_key, const char *times,
                              const struct cos_buf *format_string)
{
    char sign_key[41];
    char digest[41];
    char string_to_sign[128];
    cos_hmac_sha1_hex(sign_key, secret_key, strlen(secret_key), times, strlen(times));
    cos_sha1_hex(digest, format_string->ptr, format_string->len);
    int n = snprintf(string_to_sign, sizeof(string_to_sign), "sha1\n%s\n%s\n", times, digest);
    cos_hmac_sha1_hex(out, sign_key, 40, string_to_sign, (size_t)n);
    cos_wipe(sign_key, sizeof(sign_key));
}

int sign_cos(struct cos_buf *out, const struct sign_cos_input *in)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf format_string;
    cos_arena_init(&arena, 4 * MAX_FORMAT_BYTES);
    cos_buf_init(&format_string, MAX_FORMAT_BYTES);

    struct item *params = encode_pairs(&arena, in->params, in->n_params);
    struct item *headers = encode_pairs(&arena, in->headers, in->n_headers);
    if (params == NULL || headers == NULL || arena.failed) {
        return COSN_E_NOMEM;
    }
    qsort(params, in->n_params, sizeof(*params), compare_items);
    qsort(headers, in->n_headers, sizeof(*headers), compare_items);
    append_format_string(&format_string, in, params, in->n_params, headers, in->n_headers);
    if (format_string.failed) {
        return COSN_E_NOMEM;
    }

    char times[64];
    char signature[41];
    long long start = in->start_unix_s;
    long long end = in->end_unix_s;
    (void)snprintf(times, sizeof(times), "%lld;%lld", start, end);
    compute_signature(signature, in->secret_key, times, &format_string);

    cos_buf_str(out, "q-sign-algorithm=sha1&q-ak=");
    cos_buf_str(out, in->secret_id);
    cos_buf_str(out, "&q-sign-time=");
    cos_buf_str(out, times);
    cos_buf_str(out, "&q-key-time=");
    cos_buf_str(out, times);
    cos_buf_str(out, "&q-header-list=");
    append_names(out, headers, in->n_headers);
    cos_buf_str(out, "&q-url-param-list=");
    append_names(out, params, in->n_params);
    cos_buf_str(out, "&q-signature=");
    cos_buf_str(out, signature);
    return out->failed ? COSN_E_NOMEM : 0;
}
