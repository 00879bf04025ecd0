/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the serialised credential. Whatever comes in is refused with a sentence or read;
 * what was read survives being written and read again, unchanged.
 */
#include "fuzz.h"

#include "cosn/token.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct cosn_credentials *c = NULL;
    struct cosn_credentials *back = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_token_from_json(&c, (const char *)bytes, n, 1, &err) < 0) {
        require(c == NULL && err.message[0] != '\0');
        return 0;
    }
    char *json = NULL;
    size_t json_bytes = 0;
    require(cosn_token_to_json(&json, &json_bytes, c, NULL) == 0);
    require(cosn_token_from_json(&back, json, json_bytes, 1, NULL) == 0);
    require(is_same(cosn_credentials_secret_id(c), cosn_credentials_secret_id(back)));
    require(is_same(cosn_credentials_secret_key(c), cosn_credentials_secret_key(back)));
    require(is_same(cosn_credentials_token(c), cosn_credentials_token(back)));
    free(json);
    c = cosn_credentials_unref(c);
    back = cosn_credentials_unref(back);
    return 0;
}
