/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call of STS in every form it may come in, at every host (sts-cam.md s.1, s.2): the
 * signature and the parameters travel differently, and the answer must be the same. What real
 * SDKs send stands in the vectors (test-tc3.c); here a client made by hand writes all of the
 * forms, from the formulas of sts-cam.md s.1.1 and s.1.2. And v1 whose Nonce comes again.
 */
#include "client.h"

#include "cosbase/buf.h"
#include "world/world.h"

#define OWNER "100000000001"
#define ROLE "qcs::cam::uin/" OWNER ":roleName/any"
#define SAML "qcs::cam::uin/" OWNER ":saml-provider/desk"
#define PLAIN_POLICY                                                                         \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"name/cos:*\"]," \
    "\"resource\":[\"*\"]}]}"

static const char world[] =
    "accounts:\n"
    "  - uin: \"" OWNER "\"\n"
    "    appid: \"1250000000\"\n"
    "    mfa: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n"
    "    keys: [{secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}]\n"
    "    providers:\n"
    "      - {name: corp, kind: oidc, issuer: 'https://i', clients: [app]}\n"
    "      - {name: desk, kind: saml, issuer: 'https://s'}\n"
    "    roles:\n"
    "      - name: any\n"
    "        trust: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "\"name/sts:*\",\"principal\":{\"qcs\":[\"qcs::cam::uin/" OWNER ":root\"],"
    "\"federated\":[\"qcs::cam::uin/" OWNER ":oidc-provider/corp\",\"" SAML "\"]}}]}'\n";

/* RFC 6238 appendix B: what the device shows then. */
#define NOW_S 1234567890
#define CODE "005924"

struct parameter {
    const char *name, *value;
};
struct operation {
    const char *action;
    struct parameter parameters[8];
};
/* "@web" and "@saml" stand for an assertion. */
static const struct operation operations[] = {
    {"GetFederationToken",
     {{"DurationSeconds", "1800"}, {"Name", "n"}, {"Policy", PLAIN_POLICY}}},
    {"GetSessionToken",
     {{"DurationSeconds", "1800"},
      {"SerialNumber", "qcs::cam:uin/" OWNER "::mfa/softToken"},
      {"TokenCode", CODE}}},
    {"GetCallerIdentity", {{NULL, NULL}}},
    {"QueryApiKey", {{"TargetUin", OWNER}}},
    {"AssumeRole",
     {{"DurationSeconds", "900"},
      {"Policy", PLAIN_POLICY},
      {"RoleArn", ROLE},
      {"RoleSessionName", "job"},
      {"Tags.0.Key", "k&1"},
      {"Tags.0.Value", "v=2"}}},
    {"AssumeRoleWithWebIdentity",
     {{"ProviderId", "corp"},
      {"RoleArn", ROLE},
      {"RoleSessionName", "job"},
      {"WebIdentityToken", "@web"}}},
    {"AssumeRoleWithSAML",
     {{"PrincipalArn", SAML},
      {"RoleArn", ROLE},
      {"RoleSessionName", "job"},
      {"SAMLAssertion", "@saml"}}},
};

enum form {
    TC3_JSON,
    TC3_GET,
    TC3_MULTIPART,
    TC3_UNSIGNED,
    SKIP_JSON,
    V1_GET,
    V1_POST,
    V1_POST_SHA256,
    FORMS
};
static const char *const form_names[FORMS] = {"TC3 JSON",      "TC3 GET",
                                              "TC3 multipart", "TC3 unsigned payload",
                                              "SKIP",          "v1 GET",
                                              "v1 POST",       "v1 POST HmacSHA256"};
static const char *const hosts[] = {"sts.tencentcloudapi.com",
                                    "sts.ap-guangzhou.tencentcloudapi.com",
                                    "sts.internal.tencentcloudapi.com",
                                    "sts.intl.tencentcloudapi.com"};

struct stage {
    struct client c;
    char *web, *saml;
};
struct message {
    struct question q;
    struct cos_buf target, body, canonical;
};

static const char *value_of(const struct stage *s, const struct parameter *p)
{
    return strcmp(p->value, "@web") == 0    ? s->web
           : strcmp(p->value, "@saml") == 0 ? s->saml
                                            : p->value;
}

static void percent(struct cos_buf *b, const char *s)
{
    for (; *s != '\0'; s++) {
        bool is_plain = (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
                        (*s >= 'A' && *s <= 'Z') || strchr("-_.~", *s) != NULL;
        if (is_plain) {
            cos_buf_ch(b, *s);
        } else {
            cos_buf_printf(b, "%%%02X", (unsigned char)*s);
        }
    }
}

static void write_pairs(struct cos_buf *b, const struct stage *s, const struct operation *op)
{
    for (const struct parameter *p = op->parameters; p->name != NULL; p++) {
        cos_buf_str(b, b->len == 0 ? "" : "&");
        percent(b, p->name);
        cos_buf_ch(b, '=');
        percent(b, value_of(s, p));
    }
}

/* Numbers are numbers, and "Tags.0.Key" is a list. */
static void write_json(struct cos_buf *b, const struct stage *s, const struct operation *op)
{
    cos_buf_ch(b, '{');
    for (const struct parameter *p = op->parameters; p->name != NULL; p++) {
        cos_buf_str(b, b->len == 1 ? "" : ",");
        if (strcmp(p->name, "Tags.0.Key") == 0) {
            cos_buf_str(b, "\"Tags\":[{\"Key\":\"k&1\",\"Value\":\"v=2\"}]");
            p++;
            continue;
        }
        cos_buf_printf(b, "\"%s\":", p->name);
        if (strcmp(p->name, "DurationSeconds") == 0 || strcmp(p->name, "TargetUin") == 0) {
            cos_buf_str(b, p->value);
        } else {
            cos_json_quote(b, cos_span_of(value_of(s, p)));
        }
    }
    cos_buf_ch(b, '}');
}

static void write_multipart(struct cos_buf *b, const struct stage *s,
                            const struct operation *op)
{
    for (const struct parameter *p = op->parameters; p->name != NULL; p++) {
        cos_buf_printf(b,
                       "--limit\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n",
                       p->name, value_of(s, p));
    }
    cos_buf_str(b, "--limit--\r\n");
}

/* sts-cam.md s.1.1 */
static void sign_tc3(struct message *m, const char *type, const char *host, bool is_unsigned)
{
    char hash[2 * COS_SHA256_BYTES + 1];
    char authorization[600];
    uint8_t key[COS_SHA256_BYTES];
    bool is_get = strcmp(m->q.method, "GET") == 0;
    struct cos_span payload = is_unsigned ? COS_SPAN_LIT("UNSIGNED-PAYLOAD")
                              : is_get    ? COS_SPAN_EMPTY
                                          : cos_buf_view(&m->body);
    cos_sha256_hex(hash, payload.ptr == NULL ? "" : payload.ptr, payload.len);
    const char *query = is_get ? strchr(cos_buf_cstr(&m->target), '?') : NULL;
    cos_buf_printf(&m->canonical,
                   "%s\n/\n%s\ncontent-type:%s\nhost:%s\n\ncontent-type;host\n%s", m->q.method,
                   query == NULL ? "" : query + 1, type, host, hash);
    cos_sha256_hex(hash, m->canonical.ptr, m->canonical.len);
    cos_buf_clear(&m->canonical);
    cos_buf_printf(&m->canonical, "TC3-HMAC-SHA256\n%d\n2009-02-13/sts/tc3_request\n%s", NOW_S,
                   hash);
    cos_hmac_sha256(key, "TC3" CLIENT_SECRET, sizeof("TC3" CLIENT_SECRET) - 1, "2009-02-13",
                    10);
    cos_hmac_sha256(key, key, sizeof(key), "sts", 3);
    cos_hmac_sha256(key, key, sizeof(key), "tc3_request", 11);
    cos_hmac_sha256(key, key, sizeof(key), m->canonical.ptr, m->canonical.len);
    cos_hex_encode(hash, key, sizeof(key));
    (void)snprintf(authorization, sizeof(authorization),
                   "TC3-HMAC-SHA256 Credential=" CLIENT_ID "/2009-02-13/sts/tc3_request, "
                   "SignedHeaders=content-type;host, Signature=%s",
                   hash);
    add_header(&m->q, "Authorization", authorization);
}

static void send_v3(struct message *m, const struct stage *s, const struct operation *op,
                    enum form form, const char *host)
{
    static const char *const types[FORMS] = {[TC3_JSON] = "application/json",
                                             [TC3_GET] = "application/x-www-form-urlencoded",
                                             [TC3_MULTIPART] =
                                                 "multipart/form-data; boundary=limit",
                                             [TC3_UNSIGNED] = "application/json; charset=utf-8",
                                             [SKIP_JSON] = "application/json"};
    char now[24];
    (void)snprintf(now, sizeof(now), "%d", NOW_S);
    m->q.method = form == TC3_GET ? "GET" : "POST";
    cos_buf_str(&m->target, "/");
    if (form == TC3_GET) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf pairs;
        cos_buf_init(&pairs, 32u << 10);
        write_pairs(&pairs, s, op);
        cos_buf_printf(&m->target, "%s%s", pairs.len == 0 ? "" : "?", cos_buf_cstr(&pairs));
    } else if (form == TC3_MULTIPART) {
        write_multipart(&m->body, s, op);
    } else {
        write_json(&m->body, s, op);
    }
    add_header(&m->q, "Host", host);
    add_header(&m->q, "Content-Type", types[form]);
    add_header(&m->q, "X-TC-Action", op->action);
    add_header(&m->q, "X-TC-Version", "2018-08-13");
    add_header(&m->q, "X-TC-Region", "ap-guangzhou");
    add_header(&m->q, "X-TC-Timestamp", now);
    if (form == SKIP_JSON) {
        add_header(&m->q, "Authorization", "SKIP");
        return;
    }
    if (form == TC3_UNSIGNED) {
        add_header(&m->q, "X-TC-Content-SHA256", "UNSIGNED-PAYLOAD");
    }
    sign_tc3(m, types[form], host, form == TC3_UNSIGNED);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct parameter *)a)->name, ((const struct parameter *)b)->name);
}

/* sts-cam.md s.1.2: sorted by name, values as they are. */
static void sign_v1(struct message *m, const char *host, const struct parameter *all, size_t n,
                    bool is_sha256)
{
    uint8_t digest[COS_SHA256_BYTES];
    cos_buf_printf(&m->canonical, "%s%s/?", m->q.method, host);
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&m->canonical, "%s%s=%s", i == 0 ? "" : "&", all[i].name, all[i].value);
    }
    size_t bytes = is_sha256 ? COS_SHA256_BYTES : COS_SHA1_BYTES;
    (is_sha256 ? cos_hmac_sha256 : cos_hmac_sha1)(digest, CLIENT_SECRET,
                                                  sizeof(CLIENT_SECRET) - 1, m->canonical.ptr,
                                                  m->canonical.len);
    cos_buf_clear(&m->canonical);
    cos_base64_append(&m->canonical, digest, bytes);
}

static void send_v1(struct message *m, const struct stage *s, const struct operation *op,
                    enum form form, const char *host, const char *nonce)
{
    struct parameter all[20];
    char now[24];
    size_t n = 0;
    (void)snprintf(now, sizeof(now), "%d", NOW_S);
    for (const struct parameter *p = op->parameters; p->name != NULL; p++) {
        all[n++] = (struct parameter){p->name, value_of(s, p)};
    }
    all[n++] = (struct parameter){"Action", op->action};
    all[n++] = (struct parameter){"Version", "2018-08-13"};
    all[n++] = (struct parameter){"Region", "ap-guangzhou"};
    all[n++] = (struct parameter){"Timestamp", now};
    all[n++] = (struct parameter){"Nonce", nonce};
    all[n++] = (struct parameter){"SecretId", CLIENT_ID};
    if (form == V1_POST_SHA256) {
        all[n++] = (struct parameter){"SignatureMethod", "HmacSHA256"};
    }
    qsort(all, n, sizeof(all[0]), by_name);
    m->q.method = form == V1_GET ? "GET" : "POST";
    sign_v1(m, host, all, n, form == V1_POST_SHA256);
    struct cos_buf *out = form == V1_GET ? &m->target : &m->body;
    cos_buf_str(&m->target, form == V1_GET ? "/?" : "/");
    for (size_t i = 0; i < n; i++) {
        percent(out, all[i].name);
        cos_buf_ch(out, '=');
        percent(out, all[i].value);
        cos_buf_ch(out, '&');
    }
    cos_buf_str(out, "Signature=");
    percent(out, cos_buf_cstr(&m->canonical));
    add_header(&m->q, "Host", host);
    add_header(&m->q, "Content-Type", "application/x-www-form-urlencoded");
}

static struct answer ask(struct stage *s, const struct operation *op, enum form form,
                         const char *host, const char *nonce)
{
    struct message *m = calloc(1, sizeof(*m));
    cos_buf_init(&m->target, 64u << 10);
    cos_buf_init(&m->body, 64u << 10);
    cos_buf_init(&m->canonical, 64u << 10);
    if (form < V1_GET) {
        send_v3(m, s, op, form, host);
    } else {
        send_v1(m, s, op, form, host, nonce);
    }
    m->q.target = cos_buf_cstr(&m->target);
    m->q.body = cos_buf_cstr(&m->body);
    m->q.n = m->body.len;
    struct answer r = client_send(&s->c, &m->q);
    cos_buf_deinit(&m->target);
    cos_buf_deinit(&m->body);
    cos_buf_deinit(&m->canonical);
    free(m);
    return r;
}

static char *make(struct stage *s, const char *provider)
{
    struct cosmock_assertion a = COSMOCK_ASSERTION_INIT;
    char *out = NULL;
    a.provider = provider;
    a.subject = "alice";
    assert_int_equal(cosmock_assertion_make(s->c.tenant, &a, &out, NULL), COSMOCK_OK);
    return out;
}

static int open_stage(void **state)
{
    struct stage *s = calloc(1, sizeof(*s));
    client_open_world(&s->c, world);
    client_freeze(&s->c, NOW_S);
    s->web = make(s, "corp");
    s->saml = make(s, "desk");
    *state = s;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *s = *state;
    client_shut(&s->c);
    free(s->web);
    free(s->saml);
    free(s);
    return 0;
}

/* Unsigned go those two that an identity provider vouches for (sts-cam.md s.1.1). */
static const char *expected(const struct operation *op, enum form form)
{
    bool may_skip = strncmp(op->action, "AssumeRoleWith", 14) == 0;
    return form == SKIP_JSON && !may_skip ? "AuthFailure.InvalidAuthorization" : "";
}

static void every_call_is_answered_in_every_form_at_every_host(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(operations); i++) {
        for (int form = 0; form < FORMS; form++) {
            for (size_t h = 0; h < COS_ARRAY_LEN(hosts); h++) {
                struct answer r = ask(*state, &operations[i], (enum form)form, hosts[h], "1");
                if (strcmp(sts_code(&r), expected(&operations[i], (enum form)form)) != 0) {
                    fail_msg("%s, %s, %s: %s", operations[i].action, form_names[form], hosts[h],
                             r.body);
                }
                answer_free(&r);
            }
        }
    }
}

/* What was sent is what was kept, whatever carried it. */
static void session_tags_arrive_the_same_in_every_form(void **state)
{
    static const char pairs[] = "\x03k&1\x03v=2";
    struct stage *s = *state;
    for (int form = 0; form < FORMS; form++) {
        if (form == SKIP_JSON) {
            continue;
        }
        struct answer r = ask(s, &operations[4], (enum form)form, hosts[0], "1");
        struct token t;
        read_token(&r, &t);
        answer_free(&r);
        struct access_key *key = world_key_find(s->c.tenant, cos_span_of(t.id));
        assert_int_equal(key->tags_bytes, sizeof(pairs) - 1);
        assert_memory_equal(key->tags, pairs, sizeof(pairs) - 1);
        assert_int_equal(t.expires_s, NOW_S + 900);
        access_key_unref(key);
    }
}

/* The switch sts-replay; a call that was not signed right uses nothing up. */
static void a_nonce_is_good_once_when_the_switch_says_so(void **state)
{
    struct stage *s = *state;
    static const struct {
        const char *replay, *nonce, *code;
        enum form form;
    } cases[] = {
        {"accept", "7", "", V1_GET},
        {"accept", "7", "", V1_GET},
        {"refuse", "7", "", V1_GET},
        {"refuse", "7", "AuthFailure.SignatureFailure", V1_GET},
        {"refuse", "7", "AuthFailure.SignatureFailure", V1_POST},
        {"refuse", "8", "", V1_POST},
        {"refuse", "9", "", V1_POST_SHA256},
        {"refuse", "9", "", TC3_JSON},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        client_switch(&s->c, "sts-replay", cases[i].replay);
        struct answer r = ask(s, &operations[2], cases[i].form, hosts[0], cases[i].nonce);
        if (strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%zu: %s", i, r.body);
        }
        if (cases[i].code[0] != '\0') {
            struct cosmock_entry *e = last_entry(&s->c);
            assert_string_equal(e->authn, "replayed");
            cosmock_entries_free(e);
        }
        answer_free(&r);
    }
}

#define STAGE_TEST(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(every_call_is_answered_in_every_form_at_every_host),
        STAGE_TEST(session_tags_arrive_the_same_in_every_form),
        STAGE_TEST(a_nonce_is_good_once_when_the_switch_says_so),
    };
    return cmocka_run_group_tests_name("sts_forms", tests, NULL, NULL);
}
