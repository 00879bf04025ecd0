/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange made by hand, as far as authn reads it. */
#include "aws_trial.h"

#include "authn/authn.h"
#include "exchange/aws.h"
#include "journey/stages.h"
#include "services/service_rows.h"
#include "world/mock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <strings.h>

#include <cmocka.h>

#define COPY(to, from) (void)snprintf((to), sizeof(to), "%s", (from))

static const char *text_of(const struct cos_json *vector, const char *name)
{
    const char *text = cos_json_str(cos_json_get(vector, name));
    return text == NULL ? "" : text;
}

void aws_trial_read(struct aws_trial *out, const struct cos_json *vector)
{
    memset(out, 0, sizeof(*out));
    COPY(out->method, text_of(vector, "method"));
    COPY(out->target, text_of(vector, "target"));
    COPY(out->bucket, text_of(vector, "bucket"));
    COPY(out->secret_id, text_of(vector, "secret_id"));
    COPY(out->secret_key, text_of(vector, "secret_key"));
    COPY(out->token, text_of(vector, "token"));
    assert_true(cos_json_i64(cos_json_get(vector, "at_unix_s"), &out->at_unix_s));
    const struct cos_json *headers = cos_json_get(vector, "headers");
    for (const struct cos_json *h = cos_json_first(headers); h != NULL; h = cos_json_next(h)) {
        const struct cos_json *name = cos_json_first(h);
        aws_trial_add(out, cos_json_str(name), cos_json_str(cos_json_next(name)));
    }
}

void aws_trial_add(struct aws_trial *t, const char *name, const char *value)
{
    assert_true(t->n_headers < AWS_TRIAL_HEADERS);
    assert_true(strlen(value) < sizeof(t->headers[0].value));
    COPY(t->headers[t->n_headers].name, name);
    COPY(t->headers[t->n_headers].value, value);
    t->n_headers++;
}

static size_t find(const struct aws_trial *t, const char *name)
{
    size_t i = 0;
    while (i < t->n_headers && strcasecmp(t->headers[i].name, name) != 0) {
        i++;
    }
    return i;
}

char *aws_trial_header(struct aws_trial *t, const char *name)
{
    size_t i = find(t, name);
    assert_true(i < t->n_headers);
    return t->headers[i].value;
}

void aws_trial_drop(struct aws_trial *t, const char *name)
{
    size_t i = find(t, name);
    assert_true(i < t->n_headers);
    t->n_headers--;
    memmove(&t->headers[i], &t->headers[i + 1], (t->n_headers - i) * sizeof(t->headers[0]));
}

/* --- the exchange --- */

static struct cosmock_tenant *tenant_for(struct cosmock *mock, const struct aws_trial *t)
{
    char world[1000];
    (void)
        snprintf(world, sizeof(world),
                 "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n    keys:\n"
                 "      - {secret_id: \"%s\", secret_key: \"%s\"}\n",
                 t->secret_id, t->secret_key);
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = world;
    struct cosmock_tenant *tenant = NULL;
    struct cosmock_error err = {0};
    if (cosmock_tenant_new(mock, &tenant, &options, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
    if (t->token[0] != '\0') {
        struct access_key *key = world_key_find(tenant, cos_span_of(t->secret_id));
        assert_non_null(key);
        key->is_temporary = true;
        key->expires_unix_ms = (t->at_unix_s + 3600) * 1000;
        assert_int_equal(cos_secret_set(&key->token, cos_span_of(t->token)), 0);
        access_key_unref(key);
    }
    return tenant;
}

static void parse(struct cosmock_exchange *x, const struct aws_trial *t)
{
    struct cosmock_header headers[AWS_TRIAL_HEADERS];
    for (size_t i = 0; i < t->n_headers; i++) {
        headers[i] =
            (struct cosmock_header){{t->headers[i].name, strlen(t->headers[i].name)},
                                    {t->headers[i].value, strlen(t->headers[i].value)}};
    }
    const struct cosmock_head head = {.method = {t->method, strlen(t->method)},
                                      .target = {t->target, strlen(t->target)},
                                      .headers = headers,
                                      .n_headers = t->n_headers};
    stage_parse(x, &head);
    x->route.bucket = cos_span_of(t->bucket);
    x->route.choice.sub_resource = t->selects;
}

static void copy_span(char *out, size_t size, struct cos_span s)
{
    (void)snprintf(out, size, COS_SPAN_FMT, COS_SPAN_ARG(s));
}
#define COPY_SPAN(to, from) copy_span((to), sizeof(to), (from))

static void read_verdict(struct aws_verdict *v, const struct cosmock_exchange *x)
{
    const struct identity *who = &x->identity;
    memset(v, 0, sizeof(*v));
    COPY(v->reason, who->reason == NULL ? "" : who->reason);
    COPY(v->code, x->result.error == NULL ? "" : x->result.error->code);
    v->status = x->result.status;
    COPY_SPAN(v->cause, who->cause);
    COPY_SPAN(v->detail, who->detail);
    COPY_SPAN(v->string_to_sign, who->string_to_sign);
    COPY_SPAN(v->canonical, who->format_string);
    COPY_SPAN(v->signed_canonical, who->signed_format_string);
    v->payload = -1;
    if (x->aws != NULL) {
        v->payload = (int)x->aws->payload;
        COPY(v->seed_signature, x->aws->seed_signature);
        COPY_SPAN(v->scope, x->aws->scope);
        COPY_SPAN(v->date, x->aws->date);
        memcpy(v->signing_key, x->aws->signing_key, sizeof(v->signing_key));
    }
}

/* --- the world, kept from one call to the next --- */

static struct {
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
    char secret_id[64], token[AWS_TRIAL_TEXT];
} kept;

void aws_trial_end(void)
{
    kept.tenant = cosmock_tenant_free(kept.tenant);
    kept.mock = cosmock_free(kept.mock);
    kept.secret_id[0] = '\0';
}

static void keep_world(const struct aws_trial *t)
{
    if (strcmp(kept.secret_id, t->secret_id) == 0 && strcmp(kept.token, t->token) == 0) {
        return;
    }
    aws_trial_end();
    assert_int_equal(cosmock_new(&kept.mock, NULL, NULL), COSMOCK_OK);
    kept.tenant = tenant_for(kept.mock, t);
    COPY(kept.secret_id, t->secret_id);
    COPY(kept.token, t->token);
}

const struct aws_verdict *aws_trial_ask(const struct aws_trial *t)
{
    static struct aws_verdict verdict;
    keep_world(t);
    struct cosmock_exchange *x = calloc(1, sizeof(*x));
    assert_non_null(x);
    int64_t now = t->at_unix_s * 1000;
    x->mock = kept.mock;
    x->tenant = kept.tenant;
    x->service = service_row(OP_S3);
    x->now = (struct clock_sample){now, now, now, now};
    cos_arena_init(&x->arena, 1u << 20);
    parse(x, t);
    if (x->parts.malformed != NULL) {
        refuse(x, STAGE_PARSE, x->parts.malformed_code);
    } else {
        authn_aws_check(x);
    }
    assert_false(x->failed || x->arena.failed);
    read_verdict(&verdict, x);
    key_view_release(&x->identity.found);
    cos_arena_deinit(&x->arena);
    free(x);
    return &verdict;
}
