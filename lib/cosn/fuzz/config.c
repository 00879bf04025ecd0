/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the configuration readers. The first byte chooses the mode, the rest is the
 * file. Whatever comes in: no crash, a complete error or a configuration whose every entry has
 * an origin, that survives being cloned, checked and asked for its typed values; in line mode
 * no value begins or ends with what Java's trim() removes.
 */
#include "fuzz.h"

#include "cosn/config.h"
#include "cosn/credentials.h"

#include <string.h>

struct look {
    const struct cosn_config *config;
    bool is_line_mode;
};

static void look_at(void *ctx, const char *key, const char *value, const char *origin)
{
    const struct look *look = ctx;
    size_t n = strlen(value);
    require(strncmp(origin, "fuzz:", 5) == 0);
    require(cosn_config_get(look->config, key) != NULL);
    if (look->is_line_mode) {
        require(key[0] != '\0' && n > 0);
        require((unsigned char)value[0] > ' ' && (unsigned char)value[n - 1] > ' ');
        require(strpbrk(key, "#\r\n") == NULL && strpbrk(value, "#\r\n") == NULL);
        require(strstr(key, ": ") == NULL);
    }
}

static void look_at_warning(void *ctx, const char *sentence)
{
    (void)ctx;
    require(sentence[0] != '\0');
}

static void use(const struct cosn_config *config)
{
    struct cosn_config *copy = NULL;
    struct cosn_provider *provider = NULL;
    require(cosn_config_clone(&copy, config, NULL) == 0);
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_config_check(copy, NULL, &err) < 0) {
        require(err.status == COSN_E_INVALID && err.message[0] != '\0');
    }
    if (cosn_provider_from_config(&provider, copy, NULL, NULL, &err) == 0) {
        provider = cosn_provider_unref(provider);
    }
    copy = cosn_config_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const enum cosn_config_mode modes[] = {COSN_CONFIG_FLUSS, COSN_CONFIG_STRICT,
                                                  COSN_CONFIG_CORE_SITE};
    if (n == 0) {
        return 0;
    }
    enum cosn_config_mode mode = modes[bytes[0] % 3];
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    require(cosn_config_new(&config, NULL) == 0);
    int r = cosn_config_load_text(config, (const char *)bytes + 1, n - 1, "fuzz", mode, &err);
    if (r == 0) {
        struct look look = {.config = config, .is_line_mode = mode == COSN_CONFIG_FLUSS};
        cosn_config_each(config, look_at, &look);
        cosn_config_each_warning(config, look_at_warning, NULL);
        use(config);
    } else {
        require(r == COSN_E_INVALID && err.status == COSN_E_INVALID);
        require(strncmp(err.message, "fuzz:", 5) == 0);
    }
    config = cosn_config_free(config);
    return 0;
}
