/* SPDX-License-Identifier: Apache-2.0 */
/* World files: the identity providers of an account. */
#include "world/worldfile_inside.h"

#include "cosbase/json.h"

#define PROVIDERS_MAX_BYTES (1u << 20)

static const struct text_key text_name = {"name", false, 128,
                                          WORLDFILE_LOWER WORLDFILE_UPPER WORLDFILE_DIGITS
                                          "+=,.@_-",
                                          "letters, digits or +=,.@_-"},
                             text_issuer = {"issuer", false, 512,
                                            WORLDFILE_LOWER WORLDFILE_UPPER WORLDFILE_DIGITS
                                            "-._~:/?#[]@!$&'()*+,;=%",
                                            "characters of a URL"};

static int load_clients(const struct loader *l, const struct cos_yaml *list,
                        struct cos_buf *out)
{
    int r = worldfile_want(l, list, COS_YAML_SEQUENCE, "clients");
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = worldfile_want(l, n, COS_YAML_SCALAR, "clients");
        if (r == 0 && (cos_yaml_str(n)[0] == '\0' || strchr(cos_yaml_str(n), ' ') != NULL)) {
            r = worldfile_bad(l, n, "a client is a word without blanks, not '%.60s'",
                              cos_yaml_str(n));
        }
        if (r == 0) {
            cos_buf_str(out, out->len == 0 ? "" : " ");
            cos_buf_str(out, cos_yaml_str(n));
        }
    }
    return r;
}

/* RFC 7517 s.5; read again by whoever needs a key of it. */
static int load_jwks(const struct loader *l, const struct cos_yaml *n, struct cos_span *out)
{
    int r = worldfile_want(l, n, COS_YAML_SCALAR, "jwks");
    if (n == NULL || r < 0) {
        return r;
    }
    struct cos_json *set = NULL;
    struct cos_text_error why = {0};
    *out = cos_span_of(cos_yaml_str(n));
    if (cos_json_parse(&set, *out, &COS_JSON_LIMITS_DEFAULT, &why) != 0 ||
        cos_json_kind(cos_json_get(set, "keys")) != COS_JSON_ARRAY) {
        r = worldfile_bad(l, n, "'jwks' must be JSON text: {\"keys\": [...]} (RFC 7517)");
    }
    cos_json_free(set);
    return r;
}

static int load_kind(const struct loader *l, const struct cos_yaml *provider, bool *is_saml)
{
    const struct cos_yaml *n = cos_yaml_get(provider, "kind");
    const char *kind = cos_yaml_str(n);
    *is_saml = kind != NULL && strcmp(kind, "saml") == 0;
    return *is_saml || (kind != NULL && strcmp(kind, "oidc") == 0)
               ? 0
               : worldfile_bad(l, n != NULL ? n : provider,
                               "'kind' of a provider must be oidc or saml");
}

static int load_provider(const struct loader *l, const struct cos_yaml *n,
                         struct cos_buf *pairs)
{
    const char *name;
    const char *issuer;
    struct provider p = {.name = COS_SPAN_EMPTY};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf clients;
    cos_buf_init(&clients, 1u << 16);
    int r = worldfile_want_map(l, n, "providers", "name|kind|issuer|clients|jwks");
    r = r < 0 ? r : worldfile_text(l, n, &text_name, &name);
    r = r < 0 ? r : worldfile_text(l, n, &text_issuer, &issuer);
    r = r < 0 ? r : load_kind(l, n, &p.is_saml);
    r = r < 0 ? r : load_clients(l, cos_yaml_get(n, "clients"), &clients);
    r = r < 0 ? r : load_jwks(l, cos_yaml_get(n, "jwks"), &p.jwks);
    if (r == 0 && p.is_saml && (clients.len > 0 || p.jwks.len > 0)) {
        r = worldfile_bad(l, n, "a saml provider has neither 'clients' nor 'jwks'");
    }
    if (r == 0) {
        p.name = cos_span_of(name);
        p.issuer = cos_span_of(issuer);
        p.clients = cos_buf_view(&clients);
        provider_put(pairs, &p);
    }
    return r == 0 && pairs->failed ? worldfile_no_memory(l, "a provider") : r;
}

int worldfile_load_providers(const struct loader *l, const struct cos_yaml *list,
                             struct cos_span *out)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf pairs;
    cos_buf_init(&pairs, PROVIDERS_MAX_BYTES);
    int r = worldfile_want(l, list, COS_YAML_SEQUENCE, "providers");
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_provider(l, n, &pairs);
    }
    *out = cos_arena_span(&l->draft->texts, cos_buf_view(&pairs));
    return r;
}
