/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the signatures of S3 clients, before authn alone. The first line of the input is
 * method and target, the others are headers, "name:value". Nobody knows the secret: whatever
 * comes in, no signature holds, a refusal has a code and a reason, nothing is left for a body
 * that is signed in chunks, no secret is shown, and it is never a failure of our own.
 */
#include "fuzz.h"

#include "aws_trial.h"

#include "cosbase/span.h"

#include <string.h>

#define SECRET "nobodyKnowsThisSecretKey00000000"

static void copy(char *out, size_t size, struct cos_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n + 1 < size; i++) {
        if (s.ptr[i] != '\0') {
            out[n++] = s.ptr[i];
        }
    }
    out[n] = '\0';
}

static void read_request(struct aws_trial *t, struct cos_span rest)
{
    struct cos_span target = cos_span_cut(&rest, '\n');
    struct cos_span method = cos_span_cut(&target, ' ');
    copy(t->method, sizeof(t->method), method);
    copy(t->target, sizeof(t->target), target);
    while (rest.ptr != NULL && t->n_headers < AWS_TRIAL_HEADERS) {
        struct cos_span value = cos_span_cut(&rest, '\n');
        struct cos_span name = cos_span_cut(&value, ':');
        copy(t->headers[t->n_headers].name, sizeof(t->headers[0].name), name);
        copy(t->headers[t->n_headers].value, sizeof(t->headers[0].value), value);
        t->n_headers++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aws_trial t;
    if (cos_span_find(cos_span_make(data, size), COS_SPAN_LIT(SECRET)) != SIZE_MAX) {
        return 0; /* comparisons teach it to a fuzzer */
    }
    memset(&t, 0, sizeof(t));
    t.at_unix_s = 1369353600; /* of AWS's examples */
    copy(t.secret_id, sizeof(t.secret_id), COS_SPAN_LIT("AKIAIOSFODNN7EXAMPLE"));
    copy(t.secret_key, sizeof(t.secret_key), COS_SPAN_LIT(SECRET));
    copy(t.bucket, sizeof(t.bucket), COS_SPAN_LIT("examplebucket"));
    read_request(&t, cos_span_make(data, size));
    const struct aws_verdict *r = aws_trial_ask(&t);
    bool is_unsigned = strcmp(r->reason, "anonymous") == 0;
    require(strcmp(r->reason, "ok") != 0 && r->reason[0] != '\0');
    require(is_unsigned == (r->code[0] == '\0'));
    require(is_unsigned || (r->status >= 400 && r->status < 500));
    require(r->seed_signature[0] == '\0');
    require(strstr(r->detail, SECRET) == NULL && strstr(r->canonical, SECRET) == NULL &&
            strstr(r->signed_canonical, SECRET) == NULL &&
            strstr(r->string_to_sign, SECRET) == NULL);
    return 0;
}
