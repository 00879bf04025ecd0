/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the configurations of a bucket. The first byte chooses which one is put, the
 * rest is its text. Whatever comes in: no crash, a refusal in the 400s, or a document that
 * GET gives back, that may be put again as it was given, and that is then the same.
 */
#include "answer.h"
#include "services/cors.h"
#include "services/lifecycle.h"
#include "services/referer.h"
#include "services/strict_signature.h"
#include "services/website.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define FIELD(text)              \
    {                            \
        (text), sizeof(text) - 1 \
    }

static void require(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static const char *const targets[] = {
    "/?cors",
    "/?lifecycle",
    "/?website",
    "/?tagging",
    "/?replication",
    "/?encryption",
    "/?inventory&id=a",
    "/?logging",
    "/?referer",
    "/?accelerate",
    "/?domain",
    "/?domaincertificate",
    "/?origin",
    "/?intelligenttiering",
    "/?intelligent-tiering&id=a",
    "/?object-lock",
    "/?strict-signature",
};

static struct answer ask(struct cosmock *mock, const char *method, const char *target,
                         struct cos_span body)
{
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", body.len);
    struct cosmock_header headers[] = {
        {FIELD("Host"), FIELD("examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com")},
        {FIELD("Content-Length"), {length, strlen(length)}}};
    const struct cosmock_head head = {.method = {method, strlen(method)},
                                      .target = {target, strlen(target)},
                                      .headers = headers,
                                      .n_headers = strcmp(method, "PUT") == 0 ? 2 : 1};
    struct answer a = {0};
    int want = cosmock_begin(mock, &a.x, &head);
    require(want >= 0);
    if (want == COSMOCK_WANT_BODY && body.len > 0) {
        (void)cosmock_body(a.x, body.ptr, body.len);
    }
    require(cosmock_finish(a.x) == 0);
    answer_read(&a);
    return a;
}

/* What stands there is put again and stays the same. */
static void check_again(struct cosmock *mock, const char *target)
{
    struct answer first = ask(mock, "GET", target, COS_SPAN_EMPTY);
    require(first.status == 200);
    struct answer put = ask(mock, "PUT", target, cos_span_make(first.body, first.n));
    struct answer second = ask(mock, "GET", target, COS_SPAN_EMPTY);
    bool is_for_ever = strcmp(target, "/?intelligenttiering") == 0;
    require(put.status < 300 || is_for_ever);
    require(second.n == first.n && memcmp(first.body, second.body, first.n) == 0);
    answer_free(&first);
    answer_free(&put);
    answer_free(&second);
}

static void check_values(struct cosmock_tenant *t)
{
    struct bucket_view v = world_bucket_view(t, COS_SPAN_LIT("examplebucket-1250000000"));
    require((bucket_document(&v, BUCKET_CORS).ptr == NULL) == (cors_of(&v) == NULL));
    require((bucket_document(&v, BUCKET_LIFECYCLE).ptr == NULL) == (lifecycle_of(&v) == NULL));
    require((bucket_document(&v, BUCKET_WEBSITE).ptr == NULL) == (website_of(&v) == NULL));
    require((bucket_document(&v, BUCKET_REFERER).ptr == NULL) == (referer_of(&v) == NULL));
    require((bucket_document(&v, BUCKET_STRICT_SIGNATURE).ptr == NULL) ==
            (strict_signature_of(&v) == NULL));
    bucket_view_release(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0) {
        return 0;
    }
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.seed = 1;
    require(cosmock_new(&mock, NULL, NULL) == 0 &&
            cosmock_tenant_new(mock, &t, &options, NULL) == 0 &&
            cosmock_switch_set(t, "enforcement", "off", NULL) == 0 &&
            cosmock_switch_set(t, "document-md5", "optional", NULL) == 0);
    const char *target = targets[bytes[0] % COS_ARRAY_LEN(targets)];
    struct answer a = ask(mock, "PUT", target, cos_span_make(bytes + 1, n - 1));
    require(a.status < 300 || (a.status >= 400 && a.status < 500));
    if (a.status < 300 && n > 1 && strcmp(target, "/?domaincertificate") != 0) {
        check_again(mock, target);
    }
    answer_free(&a);
    check_values(t);
    require(!cosmock_broken(mock));
    cosmock_free(mock);
    return 0;
}
