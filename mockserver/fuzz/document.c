/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the configurations of a bucket. The first byte chooses which one is put, the
 * rest is its text. Whatever comes in: no crash, a refusal in the 400s, or a document that
 * GET gives back, that may be put again as it was given, and that is then the same.
 */
#include "ask.h"

#include "services/cors.h"
#include "services/lifecycle.h"
#include "services/referer.h"
#include "services/strict_signature.h"
#include "services/website.h"

#include <stdlib.h>

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

static void check_values(struct cosmock_tenant *t)
{
    struct bucket_view v = world_bucket_view(t, COS_SPAN_LIT(FUZZ_BUCKET));
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
    require(cosmock_new(&mock, NULL, NULL) == 0);
    struct cosmock_tenant *t = open_tenant(mock);
    const char *target = targets[bytes[0] % COS_ARRAY_LEN(targets)];
    struct answer a = ask(mock, &(struct question){.method = "PUT",
                                                   .target = target,
                                                   .body = cos_span_make(bytes + 1, n - 1)});
    if (a.status < 300 && n > 1 && strcmp(target, "/?domaincertificate") != 0) {
        check_again(mock, target,
                    /* is_for_ever= */ strcmp(target, "/?intelligenttiering") == 0);
    }
    answer_free(&a);
    check_values(t);
    cosmock_free(mock);
    return 0;
}
