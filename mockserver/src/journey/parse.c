/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Head bytes into parts, once: target form, path and query decoded once, headers trimmed,
 * lengths read. What is no request (RFC 9112, RFC 9110 s.5) is remembered in parts.malformed
 * and refused by route, in the words of the service that was meant. The bytes are kept as sent:
 * dots, double slashes, %2F and '+' have a meaning for the signature (cos-wire.md s.1.1), so
 * nothing is normalised here.
 *
 * Refused: unknown target forms, blanks and control bytes in the target, a '%' without two
 * digits or a NUL in the path, names that are no token, control bytes in values, no Host or
 * two, a Host that is not the target's, two values of a header that has one, two lengths, a
 * length beside chunked, other transfer codings, more than the limits below. In a query a stray
 * '%' stays a '%': clients send such values and their signatures hold (cos-wire.md s.1.7, C
 * SDK).
 */
#include "journey/stages.h"

#include "cosbase/codec.h"
#include "cosbase/http.h"
#include "exchange/reason.h"
#include "services/names.h"

#include <limits.h>

#define METHOD_MAX_BYTES 32
#define TARGET_MAX_BYTES (40u << 10) /* STS takes GET requests of 32 KiB (sts-cam.md s.1.1) */
#define HEAD_MAX_BYTES (96u << 10)
#define HEADERS_MAX 256
#define KEPT_OF_BAD_TARGET 1024

static void reject(struct cosmock_exchange *x, const char *code, const char *sentence)
{
    if (x->parts.malformed == NULL) {
        x->parts.malformed = sentence;
        x->parts.malformed_code = code;
        x->identity.reason = REASON_MALFORMED_HTTP;
    }
}

static struct cos_span trim_blanks(struct cos_span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = cos_span_from(s, 1);
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool has_bad_escape(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%' &&
            (s.len - i < 3 || !is_hex_digit(s.ptr[i + 1]) || !is_hex_digit(s.ptr[i + 2]))) {
            return true;
        }
    }
    return false;
}

/* One piece of memory for everything the head says; spans point into it. */
struct copier {
    char *at;
};

static struct cos_span keep(struct copier *c, struct cosmock_slice s)
{
    if (s.len > 0) {
        memcpy(c->at, s.ptr, s.len);
    }
    struct cos_span kept = {c->at, s.len};
    c->at += s.len;
    return kept;
}

static size_t head_bytes(const struct cosmock_head *head)
{
    size_t total = head->method.len + head->target.len;
    for (size_t i = 0; i < head->n_headers; i++) {
        total += head->headers[i].name.len + head->headers[i].value.len;
    }
    return total;
}

static bool copy_head(struct cosmock_exchange *x, const struct cosmock_head *head)
{
    struct copier c = {cos_arena_alloc(&x->arena, head_bytes(head))};
    struct parts *p = &x->parts;
    p->headers = cos_arena_array(&x->arena, head->n_headers, sizeof(*p->headers));
    if (c.at == NULL || p->headers == NULL) {
        return false;
    }
    p->method = keep(&c, head->method);
    p->target = keep(&c, head->target);
    for (size_t i = 0; i < head->n_headers; i++) {
        p->headers[i].name = keep(&c, head->headers[i].name);
        p->headers[i].value = trim_blanks(keep(&c, head->headers[i].value));
    }
    p->n_headers = head->n_headers;
    return true;
}

/* Too much of anything: the journal still learns method and the beginning of the target. */
static bool is_within_limits(struct cosmock_exchange *x, const struct cosmock_head *head)
{
    if (head->method.len <= METHOD_MAX_BYTES && head->target.len <= TARGET_MAX_BYTES &&
        head->n_headers <= HEADERS_MAX && head_bytes(head) <= HEAD_MAX_BYTES) {
        return true;
    }
    struct cos_span method = cos_span_make(head->method.ptr, head->method.len);
    x->parts.method = cos_arena_span(&x->arena, cos_span_sub(method, 0, METHOD_MAX_BYTES));
    struct cos_span target = cos_span_make(head->target.ptr, head->target.len);
    x->parts.target = cos_arena_span(&x->arena, cos_span_sub(target, 0, KEPT_OF_BAD_TARGET));
    if (head->target.len > TARGET_MAX_BYTES) {
        reject(x, "InvalidURI", "The request target is longer than 40 KiB.");
    } else if (head->method.len > METHOD_MAX_BYTES) {
        reject(x, "InvalidRequest", "The request method is longer than 32 bytes.");
    } else {
        reject(x, "InvalidRequest", "The request has more than 256 headers or 96 KiB of them.");
    }
    return false;
}

static void check_headers(struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        if (!cos_http_is_token(x->parts.headers[i].name)) {
            reject(x, "InvalidRequest", "A header name is not a token.");
        } else if (cos_http_has_control(x->parts.headers[i].value, /* may_hold_tab= */ true)) {
            reject(x, "InvalidRequest", "A header value holds a control byte.");
        }
    }
}

/* Headers with one value (RFC 9110 s.5.3): of two, the signature would cover one and the
 * handler might heed the other. */
static const char *const singletons[] = {
    "Authorization",
    "Content-MD5",
    "Content-Type",
    "Range",
};
static const enum header_name own_singletons[] = {
    HEADER_ACL,
    HEADER_CONTENT_SHA1,
    HEADER_COPY_SOURCE,
    HEADER_COPY_SOURCE_CUSTOMER_KEY,
    HEADER_COPY_SOURCE_RANGE,
    HEADER_CUSTOMER_ENCRYPTION,
    HEADER_CUSTOMER_KEY,
    HEADER_CUSTOMER_KEY_MD5,
    HEADER_ENCRYPTION,
    HEADER_FORBID_OVERWRITE,
    HEADER_GRANT_FULL_CONTROL,
    HEADER_GRANT_READ,
    HEADER_GRANT_READ_ACP,
    HEADER_GRANT_WRITE,
    HEADER_GRANT_WRITE_ACP,
    HEADER_METADATA_DIRECTIVE,
    HEADER_SECURITY_TOKEN,
    HEADER_STORAGE_CLASS,
};

/* Whose dialect it is, route will know. */
static bool is_singleton(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(singletons); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(singletons[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(own_singletons); i++) {
        const char *of_cos = names_cos_headers[own_singletons[i]].name;
        const char *of_s3 = names_s3_headers[own_singletons[i]].name;
        if (cos_span_eq_nocase(name, cos_span_of(of_cos)) ||
            cos_span_eq_nocase(name, cos_span_of(of_s3))) {
            return true;
        }
    }
    return false;
}

static void check_repeats(struct cosmock_exchange *x)
{
    const struct header *headers = x->parts.headers;
    for (size_t i = 1; i < x->parts.n_headers; i++) {
        for (size_t j = 0; j < i; j++) {
            if (headers[i].name.len == headers[j].name.len &&
                cos_span_eq_nocase(headers[i].name, headers[j].name) &&
                !cos_span_eq(headers[i].value, headers[j].value) &&
                is_singleton(headers[i].name)) {
                reject(x, "InvalidRequest",
                       "A header that has one value stands there with two different ones.");
                return;
            }
        }
    }
}

/* The one value of @name; two different ones are refused, and two Host headers even when they
 * agree (RFC 9112 s.3.2). */
static struct cos_span only_header(struct cosmock_exchange *x, const char *name,
                                   bool may_repeat_equal, const char *sentence)
{
    struct cos_span wanted = cos_span_of(name);
    struct cos_span found = {NULL, 0};
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        const struct header *h = &x->parts.headers[i];
        if (!cos_span_eq_nocase(h->name, wanted)) {
            continue;
        }
        if (found.ptr != NULL && !(may_repeat_equal && cos_span_eq(found, h->value))) {
            reject(x, "InvalidRequest", sentence);
        }
        found = found.ptr == NULL ? h->value : found;
    }
    return found;
}

static void read_length(struct cosmock_exchange *x)
{
    struct cos_span coding = only_header(x, "Transfer-Encoding", /* may_repeat_equal= */ false,
                                         "The request has two Transfer-Encoding headers.");
    struct cos_span length =
        only_header(x, "Content-Length", /* may_repeat_equal= */ true,
                    "The request has two different Content-Length headers.");
    struct parts *p = &x->parts;
    p->is_chunked = coding.ptr != NULL;
    if (p->is_chunked && !cos_span_eq_nocase(coding, COS_SPAN_LIT("chunked"))) {
        reject(x, "InvalidRequest", "The only Transfer-Encoding understood is chunked.");
    }
    if (length.ptr == NULL) {
        return;
    }
    uint64_t bytes = 0;
    if (p->is_chunked) {
        reject(x, "InvalidRequest", "Content-Length and Transfer-Encoding exclude each other.");
    } else if (!cos_span_u64(length, &bytes) || bytes > INT64_MAX) {
        reject(x, "InvalidRequest", "Content-Length is not a number.");
    } else {
        p->content_length = (int64_t)bytes;
    }
}

static void read_wishes(struct cosmock_exchange *x)
{
    x->parts.expects_continue =
        cos_span_eq_nocase(header_get(x, "Expect"), COS_SPAN_LIT("100-continue"));
    x->parts.wants_close =
        cos_span_eq_nocase(header_get(x, "Connection"), COS_SPAN_LIT("close"));
}

static const bool is_authority_byte[UCHAR_MAX + 1] = {
    ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['-'] = true,
    ['.'] = true,         ['_'] = true,         ['~'] = true,         [':'] = true,
    ['['] = true,         [']'] = true,
};

/* "host:port" into its halves; without a port, or with an empty one, that of the scheme. */
static struct cos_span split_port(struct cos_span *authority, const char *of_scheme)
{
    size_t colon = cos_span_rchr(*authority, ':');
    size_t bracket = cos_span_rchr(*authority, ']');
    struct cos_span port = COS_SPAN_EMPTY;
    if (colon != SIZE_MAX && (bracket == SIZE_MAX || colon > bracket)) {
        port = cos_span_from(*authority, colon + 1);
        *authority = cos_span_sub(*authority, 0, colon);
    }
    return port.len == 0 ? cos_span_of(of_scheme) : port;
}

/* RFC 3986 s.3.2.3; an empty one is that of the scheme. */
static bool is_port(struct cos_span s)
{
    uint64_t port = 0;
    return s.len == 0 || (cos_span_u64(s, &port) && port <= 65535);
}

static void set_host(struct cosmock_exchange *x, struct cos_span authority)
{
    for (size_t i = 0; i < authority.len; i++) {
        if (!is_authority_byte[(unsigned char)authority.ptr[i]]) {
            reject(x, "InvalidRequest", "The host holds a byte no host name has.");
            return;
        }
    }
    struct cos_span name = authority;
    if (!is_port(split_port(&name, /* of_scheme= */ NULL))) {
        reject(x, "InvalidRequest", "The port behind the host is no number up to 65535.");
    }
    x->parts.host = authority;
    x->parts.host_name = cos_arena_lower(&x->arena, name);
    if (name.len == 0) {
        reject(x, "InvalidRequest", "The host is empty.");
    }
}

static bool is_same_authority(struct cos_span a, struct cos_span b, const char *default_port)
{
    struct cos_span port_of_a = split_port(&a, default_port);
    struct cos_span port_of_b = split_port(&b, default_port);
    return cos_span_eq_nocase(a, b) && cos_span_eq(port_of_a, port_of_b);
}

/*
 * "http://host/path?query": the request of a client that takes us for its proxy (cos-wire.md
 * s.1.3). Its authority is the host (RFC 9112 s.3.2.2); a Host header must be identical to it
 * (s.3.2), or a signature for one host would act on another.
 */
static struct cos_span absolute_target(struct cosmock_exchange *x, struct cos_span host,
                                       size_t scheme_bytes, const char *default_port)
{
    struct cos_span rest = cos_span_from(x->parts.target, scheme_bytes);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
        end++;
    }
    set_host(x, cos_span_sub(rest, 0, end));
    if (host.ptr != NULL && !is_same_authority(host, x->parts.host, default_port)) {
        reject(x, "InvalidRequest", "The Host header is not the host of the request target.");
    }
    return cos_span_from(rest, end);
}

/* The target without its authority; fills host from it or from the Host header. */
static struct cos_span local_target(struct cosmock_exchange *x)
{
    struct cos_span target = x->parts.target;
    struct cos_span host = only_header(x, "Host", /* may_repeat_equal= */ false,
                                       "The request has two Host headers.");
    if (cos_span_starts_nocase(target, COS_SPAN_LIT("http://"))) {
        return absolute_target(x, host, sizeof("http://") - 1, "80");
    }
    if (cos_span_starts_nocase(target, COS_SPAN_LIT("https://"))) {
        return absolute_target(x, host, sizeof("https://") - 1, "443");
    }
    if (target.len == 0 || target.ptr[0] != '/') {
        reject(x, "InvalidURI", "The request target is neither a path nor an absolute URI.");
    }
    if (host.ptr == NULL) {
        reject(x, "InvalidRequest", "The request has no Host header.");
        return target;
    }
    set_host(x, host);
    return target;
}

static void check_target_bytes(struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->parts.target.len; i++) {
        unsigned char c = (unsigned char)x->parts.target.ptr[i];
        if (c <= 0x20 || c == 0x7f || c == '#') {
            reject(x, "InvalidURI", "The request target holds a blank, a control byte or '#'.");
            return;
        }
    }
}

static void read_path(struct cosmock_exchange *x)
{
    struct parts *p = &x->parts;
    if (cos_span_chr(p->raw_path, '%') == SIZE_MAX) {
        p->path = p->raw_path;
        return;
    }
    char *decoded = cos_arena_alloc(&x->arena, p->raw_path.len);
    if (decoded == NULL) {
        return;
    }
    p->path = (struct cos_span){decoded, cos_percent_decode(decoded, p->raw_path,
                                                            /* plus_is_space= */ false)};
    if (has_bad_escape(p->raw_path)) {
        reject(x, "InvalidURI",
               "The path holds a '%' that two hexadecimal digits do not follow.");
    } else if (cos_span_chr(p->path, '\0') != SIZE_MAX) {
        reject(x, "InvalidURI", "The path holds a NUL.");
    }
}

static void read_target(struct cosmock_exchange *x)
{
    struct cos_span local = local_target(x);
    size_t question = cos_span_chr(local, '?');
    struct parts *p = &x->parts;
    p->raw_path = question == SIZE_MAX ? local : cos_span_sub(local, 0, question);
    p->raw_query = question == SIZE_MAX ? COS_SPAN_EMPTY : cos_span_from(local, question + 1);
    if (p->raw_path.len == 0) {
        p->raw_path = COS_SPAN_LIT("/"); /* http://host, http://host?query */
    }
    check_target_bytes(x);
    read_path(x);
    if (p->raw_query.len > 0 &&
        !params_split(&x->arena, p->raw_query, &p->params, &p->n_params)) {
        reject(x, "InvalidURI", "The query has more than 1024 parameters.");
    }
}

void stage_parse(struct cosmock_exchange *x, const struct cosmock_head *head)
{
    x->parts.tls = head->tls;
    if (head->tls_version != NULL) {
        x->parts.tls_version = cos_arena_span(&x->arena, cos_span_of(head->tls_version));
    }
    x->parts.peer = head->peer == NULL ? "" : cos_arena_str(&x->arena, cos_span_of(head->peer));
    if (head->malformed != NULL) {
        reject(x, head->is_late ? "RequestTimeOut" : "InvalidRequest", head->malformed);
        x->identity.reason = head->is_late ? REASON_REQUEST_TIMEOUT : REASON_MALFORMED_HTTP;
    }
    if (!is_within_limits(x, head) || !copy_head(x, head)) {
        return;
    }
    if (!cos_http_is_token(x->parts.method)) {
        reject(x, "InvalidRequest", "The request method is not a token.");
    }
    check_headers(x);
    check_repeats(x);
    read_length(x);
    read_wishes(x);
    read_target(x);
}
