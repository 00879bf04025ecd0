/* SPDX-License-Identifier: Apache-2.0 */
/* Signs by hand, from the formulas of the documents; sends through the door. */
#include "client.h"

#include "json.h"
#include "later.h"

#include <strings.h>

void client_freeze(struct client *c, int64_t now_s)
{
    for (int i = 0; i < COSMOCK_CLOCKS; i++) {
        cosmock_clock_freeze(c->tenant, (enum cosmock_clock)i, now_s * 1000);
    }
}

void client_open_world(struct client *c, const char *world)
{
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.seed = 7;
    options.world_text = world;
    struct cosmock_error err = {0};
    if (cosmock_new(&c->mock, NULL, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    later_use_if_asked(c->mock);
    if (cosmock_tenant_new(c->mock, &c->tenant, &options, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    client_freeze(c, CLIENT_NOW_S);
}

int client_open(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, CLIENT_WORLD);
    *state = c;
    return 0;
}

void client_shut(struct client *c)
{
    assert_false(cosmock_broken(c->mock));
    c->tenant = cosmock_tenant_free(c->tenant);
    c->mock = cosmock_free(c->mock);
}

int client_close(void **state)
{
    client_shut(*state);
    free(*state);
    return 0;
}

void client_switch(struct client *c, const char *name, const char *value)
{
    assert_int_equal(cosmock_switch_set(c->tenant, name, value, NULL), COSMOCK_OK);
}

void add_header(struct question *q, const char *name, const char *value)
{
    assert_true(q->n_headers < CLIENT_HEADERS);
    assert_true(strlen(name) < sizeof(q->headers[0].name));
    assert_true(strlen(value) < sizeof(q->headers[0].value));
    (void)snprintf(q->headers[q->n_headers].name, sizeof(q->headers[0].name), "%s", name);
    (void)snprintf(q->headers[q->n_headers].value, sizeof(q->headers[0].value), "%s", value);
    q->headers[q->n_headers++].value_bytes = 0;
}

void know_hosts(struct client *c, const struct question *q)
{
    for (size_t i = 0; i < q->n_headers; i++) {
        if (strcasecmp(q->headers[i].name, "Host") == 0) {
            char host[256];
            (void)snprintf(host, sizeof(host), "%s", q->headers[i].value);
            host[strcspn(host, ":")] = '\0';
            assert_int_equal(mock_add_name(c->mock, host), 0);
        }
    }
}

int client_begin(struct client *c, struct cosmock_exchange **out, const struct question *q)
{
    struct cosmock_header headers[CLIENT_HEADERS];
    for (size_t i = 0; i < q->n_headers; i++) {
        size_t n = q->headers[i].value_bytes;
        headers[i] = (struct cosmock_header){{q->headers[i].name, strlen(q->headers[i].name)},
                                             {q->headers[i].value,
                                              n == 0 ? strlen(q->headers[i].value) : n}};
    }
    struct cosmock_head head = {.method = {q->method, strlen(q->method)},
                                .target = {q->target, strlen(q->target)},
                                .headers = headers,
                                .n_headers = q->n_headers,
                                .tls = q->tls_version != NULL,
                                .tls_version = q->tls_version};
    return cosmock_begin(c->mock, out, &head);
}

struct answer client_send(struct client *c, const struct question *q)
{
    struct answer r = {0};
    r.want = client_begin(c, &r.x, q);
    assert_true(r.want > 0);
    if (r.want == COSMOCK_WANT_BODY && q->n > 0) {
        (void)cosmock_body(r.x, q->body, q->n);
    }
    assert_int_equal(cosmock_finish(r.x), 0);
    answer_read(&r);
    return r;
}

void client_start(struct question *q, const char *method, const char *path)
{
    *q = (struct question){.method = method, .target = path};
    char plain[200];
    (void)snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(path, "?"), path);
    authorize(q, CLIENT_ID, CLIENT_SECRET, plain);
}

struct answer client_put(struct client *c, const char *path, const char *text)
{
    static struct question q;
    client_start(&q, "PUT", path);
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", strlen(text));
    add_header(&q, "Content-Length", length);
    q.body = text;
    q.n = strlen(text);
    return client_send(c, &q);
}

struct answer client_ask(struct client *c, const char *method, const char *path)
{
    static struct question q;
    client_start(&q, method, path);
    return client_send(c, &q);
}

void client_expect(struct client *c, const char *method, const char *path, int status)
{
    struct answer r = client_ask(c, method, path);
    assert_int_equal(r.status, status);
    answer_free(&r);
}

const char *between(const char *text, const char *from, const char *to)
{
    static char value[4096];
    const char *begin = strstr(text, from);
    const char *end = begin == NULL ? NULL : strstr(begin + strlen(from), to);
    if (end == NULL) {
        return "";
    }
    begin += strlen(from);
    (void)snprintf(value, sizeof(value), "%.*s", (int)(end - begin), begin);
    return value;
}

const char *xml_code(const struct answer *r)
{
    return between(r->body, "<Code>", "</Code>");
}

const char *sts_code(const struct answer *r)
{
    return between(r->body, "\"Code\":\"", "\"");
}

struct cosmock_entry *last_entry(struct client *c)
{
    struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
    q.after_seq = cosmock_journal_last_seq(c->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(c->tenant, &e, &q), 1);
    return e;
}

void authorize_as(struct question *q, const struct signing *s)
{
    const char *sign_time = s->sign_time == NULL ? "1600000000;1800000000" : s->sign_time;
    const char *key_time = s->key_time == NULL ? sign_time : s->key_time;
    char method[16];
    (void)snprintf(method, sizeof(method), "%s", q->method);
    for (char *p = method; *p != '\0'; p++) {
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    }
    char encoded_host[400];
    size_t n = 0;
    for (const char *p = s->host; *p != '\0'; p++) {
        n += (size_t)snprintf(encoded_host + n, sizeof(encoded_host) - n,
                              *p == ':' ? "%%3A" : "%c", *p);
    }
    char sign_key[41];
    cos_hmac_sha1_hex(sign_key, s->secret, strlen(s->secret), key_time, strlen(key_time));
    char format[3000];
    n = (size_t)snprintf(format, sizeof(format), "%s\n%s\n\nhost=%s\n", method, s->path,
                         encoded_host);
    char digest[41];
    cos_sha1_hex(digest, format, n);
    char string[200];
    n = (size_t)snprintf(string, sizeof(string), "sha1\n%s\n%s\n", sign_time, digest);
    char signature[41];
    cos_hmac_sha1_hex(signature, sign_key, 40, string, n);
    char line[600];
    (void)snprintf(line, sizeof(line),
                   "q-sign-algorithm=sha1&q-ak=%s&q-sign-time=%s&q-key-time=%s"
                   "&q-header-list=host&q-url-param-list=&q-signature=%s",
                   s->id, sign_time, key_time, signature);
    add_header(q, "Host", s->host);
    add_header(q, "Authorization", line);
}

void authorize(struct question *q, const char *id, const char *secret, const char *path)
{
    char window[64];
    (void)snprintf(window, sizeof(window), "%d;%d", CLIENT_NOW_S - 100, CLIENT_NOW_S + 86400);
    authorize_as(q, &(struct signing){id, secret, CLIENT_HOST, path, .sign_time = window});
}

struct product {
    const char *host, *service, *version;
};
static const struct product sts = {CLIENT_STS_HOST, "sts", "2018-08-13"};
static const struct product cam = {CLIENT_CAM_HOST, "cam", "2019-01-16"};

/* A call of @action: when, and the day that the scope names. */
struct call {
    const struct product *of;
    const char *id, *secret, *action;
    int64_t now_s, day_s;
};

static void authorize_call(struct question *q, const struct call *call)
{
    char day[11];
    cos_date_day(day, call->day_s);
    char payload[65];
    cos_sha256_hex(payload, q->body == NULL ? "" : q->body, q->n);
    char canonical[600];
    size_t n = (size_t)snprintf(canonical, sizeof(canonical),
                                "POST\n/\n\ncontent-type:application/json\nhost:%s"
                                "\n\ncontent-type;host\n%s",
                                call->of->host, payload);
    char hashed[65];
    cos_sha256_hex(hashed, canonical, n);
    char stamp[24];
    (void)snprintf(stamp, sizeof(stamp), "%lld", (long long)call->now_s);
    char string[300];
    n = (size_t)snprintf(string, sizeof(string), "TC3-HMAC-SHA256\n%s\n%s/%s/tc3_request\n%s",
                         stamp, day, call->of->service, hashed);
    char first[128];
    (void)snprintf(first, sizeof(first), "TC3%s", call->secret);
    uint8_t key[32];
    cos_hmac_sha256(key, first, strlen(first), day, strlen(day));
    cos_hmac_sha256(key, key, 32, call->of->service, strlen(call->of->service));
    cos_hmac_sha256(key, key, 32, "tc3_request", 11);
    cos_hmac_sha256(key, key, 32, string, n);
    char signature[65];
    cos_hex_encode(signature, key, 32);
    char line[500];
    (void)snprintf(line, sizeof(line),
                   "TC3-HMAC-SHA256 Credential=%s/%s/%s/tc3_request, "
                   "SignedHeaders=content-type;host, Signature=%s",
                   call->id, day, call->of->service, signature);
    add_header(q, "Host", call->of->host);
    add_header(q, "Content-Type", "application/json");
    add_header(q, "X-TC-Action", call->action);
    add_header(q, "X-TC-Version", call->of->version);
    add_header(q, "X-TC-Region", "ap-beijing");
    add_header(q, "X-TC-Timestamp", stamp);
    add_header(q, "Authorization", line);
}

void tc3_authorize_on_day(struct question *q, const char *id, const char *secret,
                          const char *action, int64_t now_s, int64_t day_s)
{
    authorize_call(q, &(struct call){&sts, id, secret, action, now_s, day_s});
}

void tc3_authorize_at(struct question *q, const struct token *as, const char *host,
                      const char *version, const char *action)
{
    const struct product of = {host, "any", version};
    authorize_call(q,
                   &(struct call){&of, as->id, as->secret, action, CLIENT_NOW_S, CLIENT_NOW_S});
}

void tc3_authorize(struct question *q, const char *id, const char *secret, const char *action,
                   int64_t now_s)
{
    tc3_authorize_on_day(q, id, secret, action, now_s, now_s);
}

struct answer mint(struct client *c, const char *id, const char *secret, const char *json)
{
    struct question *q = calloc(1, sizeof(*q));
    q->method = "POST";
    q->target = "/";
    q->body = json;
    q->n = strlen(json);
    tc3_authorize(q, id, secret, "GetFederationToken",
                  cosmock_clock_now_unix_ms(c->tenant, COSMOCK_CLOCK_SIGNATURE) / 1000);
    struct answer r = client_send(c, q);
    free(q);
    return r;
}

void read_token(const struct answer *r, struct token *out)
{
    assert_int_equal(r->status, 200);
    struct cos_json *root = parse_json(cos_span_of(r->body));
    const struct cos_json *response = cos_json_get(root, "Response");
    const struct cos_json *credentials = cos_json_get(response, "Credentials");
    if (credentials == NULL) {
        fail_msg("%s", r->body);
    }
    (void)snprintf(out->id, sizeof(out->id), "%s",
                   cos_json_str(cos_json_get(credentials, "TmpSecretId")));
    (void)snprintf(out->secret, sizeof(out->secret), "%s",
                   cos_json_str(cos_json_get(credentials, "TmpSecretKey")));
    (void)snprintf(out->token, sizeof(out->token), "%s",
                   cos_json_str(cos_json_get(credentials, "Token")));
    assert_true(cos_json_i64(cos_json_get(response, "ExpiredTime"), &out->expires_s));
    (void)cos_json_free(root);
}

void mint_token(struct client *c, struct token *out)
{
    struct answer r =
        mint(c, CLIENT_ID, CLIENT_SECRET, "{\"Name\":\"test\",\"Policy\":\"" POLICY_ALL "\"}");
    read_token(&r, out);
    answer_free(&r);
}

static struct answer call_product(struct client *c, const struct product *of,
                                  const struct token *as, const char *action, const char *json)
{
    struct question *q = calloc(1, sizeof(*q));
    int64_t now_s = cosmock_clock_now_unix_ms(c->tenant, COSMOCK_CLOCK_SIGNATURE) / 1000;
    q->method = "POST";
    q->target = "/";
    q->body = json;
    q->n = strlen(json);
    authorize_call(q, &(struct call){of, as->id, as->secret, action, now_s, now_s});
    if (as->token[0] != '\0') {
        add_header(q, "X-TC-Token", as->token);
    }
    struct answer r = client_send(c, q);
    free(q);
    return r;
}

struct answer sts_call(struct client *c, const struct token *as, const char *action,
                       const char *json)
{
    return call_product(c, &sts, as, action, json);
}

struct answer cam_call(struct client *c, const struct token *as, const char *action,
                       const char *json)
{
    return call_product(c, &cam, as, action, json);
}
