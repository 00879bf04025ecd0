/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the reader of world files. Whatever comes in: no crash, nothing left behind, a
 * complete error that names its origin, or a tenant that can be asked for its info.
 */
#include "fuzz.h"

#include "cosmock/cosmock.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    struct cosmock *mock = NULL;
    require(text != NULL && cosmock_new(&mock, NULL, NULL) == 0);
    memcpy(text, bytes, n);
    text[n] = '\0';
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.world_text = text;
    options.seed = 1;
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err = {0};
    if (cosmock_tenant_new(mock, &t, &options, &err) < 0) {
        require(err.status < 0 && strncmp(err.message, "world", 5) == 0);
    } else {
        struct cosmock_world_info info;
        cosmock_world_info(t, &info);
        require(info.bucket != NULL && info.endpoint_suffix != NULL);
        char digest[65];
        require(cosmock_store_digest(t, digest) == 0);
    }
    cosmock_free(mock);
    free(text);
    return 0;
}
