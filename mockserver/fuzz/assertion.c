/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the readers of assertions. The first byte chooses between a JSON Web Token and
 * the XML of a SAML response, the rest is its text. Nobody has the key that is asked for, so
 * whatever comes in: no crash, and a sentence why it is not believed.
 */
#include "fuzz.h"

#include "cosmock/cosmock.h"

#include "cosbase/codec.h"
#include "services/idp.h"

static struct cosmock *mock;

static void judge(const char *why)
{
    require(why != NULL && why[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (mock == NULL) {
        require(cosmock_new(&mock, NULL, NULL) == COSMOCK_OK);
    }
    if (n == 0) {
        return 0;
    }
    const struct provider provider = {.is_saml = bytes[0] % 2 == 1,
                                      .name = COS_SPAN_LIT("p"),
                                      .issuer = COS_SPAN_LIT("joe"),
                                      .clients = COS_SPAN_LIT("app other")};
    struct idp_claim claim = {.mock = mock, .provider = &provider, .now_unix_s = 1300819300};
    struct idp_facts facts;
    struct cos_arena arena;
    struct cos_buf base64;
    cos_arena_init(&arena, 4u << 20);
    cos_buf_init(&base64, 1u << 20);
    if (provider.is_saml) {
        cos_base64_append(&base64, bytes + 1, n - 1);
        claim.text = cos_buf_view(&base64);
        judge(idp_judge_saml(&facts, &arena, &claim));
    } else {
        claim.text = cos_span_make(bytes + 1, n - 1);
        judge(idp_judge_oidc(&facts, &arena, &claim));
    }
    cos_buf_deinit(&base64);
    cos_arena_deinit(&arena);
    return 0;
}
