/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a text to a configuration: which reader a text is for, and all of it or nothing. A load
 * works on a copy and is swapped in when it went well, so a file with an error in it changes
 * nothing.
 */
#include "config/config.h"

#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "wire/wire.h"

static enum cosn_config_mode settle_mode(enum cosn_config_mode mode, const char *name)
{
    if (mode != COSN_CONFIG_AUTO) {
        return mode;
    }
    return cos_span_ends(cos_span_of(name), COS_SPAN_LIT(".xml")) ? COSN_CONFIG_CORE_SITE
                                                                  : COSN_CONFIG_FLUSS;
}

static int read_source(struct cosn_config *config, const struct config_source *source,
                       enum cosn_config_mode mode, struct cosn_error *err)
{
    switch (settle_mode(mode, source->name)) {
    case COSN_CONFIG_STRICT:
        return config_read_strict(config, source, err);
    case COSN_CONFIG_CORE_SITE:
        return config_read_core_site(config, source, err);
    case COSN_CONFIG_FLUSS:
    case COSN_CONFIG_AUTO:
        return config_read_fluss(config, source, err);
    }
    return fail(err, COSN_E_INVALID, "%s: unknown configuration mode %d", source->name,
                (int)mode);
}

int cosn_config_load_text(struct cosn_config *config, const char *text, size_t bytes,
                          const char *origin, enum cosn_config_mode mode,
                          struct cosn_error *err)
{
    struct config_source source = {.text = cos_span_make(text, bytes),
                                   .name = origin != NULL ? origin : "configuration"};
    if (bytes > CONFIG_MAX_BYTES) {
        return fail(err, COSN_E_INVALID, "%s: larger than %u bytes", source.name,
                    CONFIG_MAX_BYTES);
    }
    struct cosn_config *next = NULL;
    int r = cosn_config_clone(&next, config, err);
    if (r != 0) {
        return r;
    }
    r = read_source(next, &source, mode, err);
    if (r == 0) {
        config_store_swap(config, next);
    }
    (void)cosn_config_free(next);
    return r;
}

int cosn_config_load_file(struct cosn_config *config, const char *path,
                          enum cosn_config_mode mode, struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, CONFIG_MAX_BYTES);
    int r = cos_file_read(&text, path);
    if (r < 0) {
        return fail(err, COSN_E_IO, "cannot read %s: %s", path, strerror(-r));
    }
    struct cos_span view = cos_buf_view(&text);
    return cosn_config_load_text(config, view.ptr, view.len, path, mode, err);
}
