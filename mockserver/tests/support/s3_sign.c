/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4, step by step. */
#include "s3_sign.h"

#define DATE "20231114T221500Z" /* CLIENT_NOW_S */
#define SCOPE "20231114/us-east-1/s3/aws4_request"
#define UNSIGNED "UNSIGNED-PAYLOAD"

struct line {
    char name[80];
    const char *value;
};
struct lines {
    struct line items[CLIENT_HEADERS];
    size_t n;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

/* Those that are signed, sorted. */
static void gather(struct lines *out, const struct question *q)
{
    out->n = 0;
    for (size_t i = 0; i < q->n_headers; i++) {
        struct line *next = &out->items[out->n];
        size_t n = 0;
        for (; q->headers[i].name[n] != '\0'; n++) {
            char c = q->headers[i].name[n];
            next->name[n] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
        next->name[n] = '\0';
        next->value = q->headers[i].value;
        out->n += strcmp(next->name, "host") == 0 || strncmp(next->name, "x-amz-", 6) == 0;
    }
    qsort(out->items, out->n, sizeof(out->items[0]), by_name);
}

static int as_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a=1&b=" of "b&a=1". */
static void canonical_query(struct cos_buf *b, const char *query)
{
    char text[6000];
    char *params[64];
    size_t n = 0;
    (void)snprintf(text, sizeof(text), "%s", query);
    for (char *at = text, *next; at != NULL && *at != '\0'; at = next) {
        next = strchr(at, '&');
        if (next != NULL) {
            *next++ = '\0';
        }
        params[n++] = at;
    }
    qsort(params, n, sizeof(params[0]), as_texts);
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(b, "%s%s%s", i > 0 ? "&" : "", params[i],
                       strchr(params[i], '=') == NULL ? "=" : "");
    }
}

static void names_of(struct cos_buf *b, const struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        cos_buf_printf(b, "%s%s", i > 0 ? ";" : "", lines->items[i].name);
    }
}

static void canonical_request(struct cos_buf *b, const struct question *q,
                              const struct lines *lines)
{
    const char *query = strchr(q->target, '?');
    size_t path = query == NULL ? strlen(q->target) : (size_t)(query - q->target);
    cos_buf_printf(b, "%s\n%.*s\n", q->method, (int)path, q->target);
    canonical_query(b, query == NULL ? "" : query + 1);
    cos_buf_ch(b, '\n');
    for (size_t i = 0; i < lines->n; i++) {
        cos_buf_printf(b, "%s:%s\n", lines->items[i].name, lines->items[i].value);
    }
    cos_buf_ch(b, '\n');
    names_of(b, lines);
    cos_buf_str(b, "\n" UNSIGNED);
}

static void signature(char out[65], const struct question *q, const struct lines *lines,
                      const char *secret)
{
    static const char *const parts[] = {"20231114", "us-east-1", "s3", "aws4_request"};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf canonical;
    cos_buf_init(&canonical, 64u << 10);
    canonical_request(&canonical, q, lines);
    char digest[65];
    cos_sha256_hex(digest, cos_buf_cstr(&canonical), canonical.len);
    char string[300];
    (void)snprintf(string, sizeof(string), "AWS4-HMAC-SHA256\n" DATE "\n" SCOPE "\n%s", digest);
    uint8_t key[100];
    size_t n = (size_t)snprintf((char *)key, sizeof(key), "AWS4%s", secret);
    for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
        uint8_t next[COS_SHA256_BYTES];
        cos_hmac_sha256(next, key, n, parts[i], strlen(parts[i]));
        memcpy(key, next, sizeof(next));
        n = sizeof(next);
    }
    uint8_t raw[COS_SHA256_BYTES];
    cos_hmac_sha256(raw, key, n, string, strlen(string));
    cos_hex_encode(out, raw, sizeof(raw));
}

void s3_authorize(struct question *q, const struct s3_signing *s)
{
    char hex[65];
    struct lines lines;
    add_header(q, "Host", s->host);
    add_header(q, "x-amz-date", DATE);
    add_header(q, "x-amz-content-sha256", UNSIGNED);
    if (s->token != NULL) {
        add_header(q, "x-amz-security-token", s->token);
    }
    gather(&lines, q);
    signature(hex, q, &lines, s->secret);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line;
    cos_buf_init(&line, 6000);
    cos_buf_printf(&line, "AWS4-HMAC-SHA256 Credential=%s/" SCOPE ", SignedHeaders=", s->id);
    names_of(&line, &lines);
    cos_buf_printf(&line, ", Signature=%s", hex);
    add_header(q, "Authorization", cos_buf_cstr(&line));
}

/* As X-Amz-Security-Token wants it: RFC 3986 s.2.3. */
static void append_encoded(struct cos_buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                        (*text >= '0' && *text <= '9') || strchr("-._~", *text) != NULL;
        cos_buf_printf(b, is_plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
}

void s3_presign(struct question *q, const struct s3_signing *s, char target[6000])
{
    char hex[65];
    struct lines lines;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 6000);
    cos_buf_printf(&b,
                   "%s%cX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F20231114%%2F"
                   "us-east-1%%2Fs3%%2Faws4_request&X-Amz-Date=" DATE
                   "&X-Amz-Expires=3600&X-Amz-SignedHeaders=host",
                   q->target, strchr(q->target, '?') == NULL ? '?' : '&', s->id);
    if (s->token != NULL) {
        cos_buf_str(&b, "&X-Amz-Security-Token=");
        append_encoded(&b, s->token);
    }
    (void)snprintf(target, 6000, "%s", cos_buf_cstr(&b));
    q->target = target;
    add_header(q, "Host", s->host);
    gather(&lines, q);
    signature(hex, q, &lines, s->secret);
    (void)snprintf(target + strlen(target), 6000 - strlen(target), "&X-Amz-Signature=%s", hex);
}
