/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serialised credential, byte-compatible with the plugin's: a server of either kind can
 * feed a client of either kind.
 *
 *     {"version":1,"access_key_id":"…","access_key_secret":"…","security_token":"…"}
 *
 * Reading is strict where a mistake would cost a working credential (a missing or empty member
 * is an error, whole or not at all) and lenient where the future may add something (unknown
 * members are ignored). "security_token":null is a permanent key.
 * Errors name the member, never its value.
 * Sources: fluss CredentialsJsonSerde.java:34-66 (fluss-plugin.md s.4).
 */
#include "token/token.h"

#include "cosbase/json.h"

#define MAX_TOKEN_BYTES (256u << 10)

int cosn_token_to_json(char **out, size_t *out_bytes, const struct cosn_credentials *c,
                       struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, MAX_TOKEN_BYTES);
    struct cos_jw w;
    cos_jw_init(&w, &text);
    cos_jw_object(&w, NULL);
    cos_jw_i64(&w, "version", 1);
    cos_jw_str(&w, "access_key_id", cosn_credentials_secret_id(c));
    cos_jw_str(&w, "access_key_secret", cosn_credentials_secret_key(c));
    cos_jw_str(&w, "security_token", cosn_credentials_token(c));
    cos_jw_end(&w);
    size_t n = text.len;
    char *bytes = cos_buf_take(&text);
    if (bytes == NULL) {
        return fail(err, COSN_E_NOMEM, "no room for the serialised credential");
    }
    *out = bytes;
    *out_bytes = n;
    return 0;
}

static int check_version(const struct cos_json *root, struct cosn_error *err)
{
    const struct cos_json *version = cos_json_get(root, "version");
    int64_t number = 0;
    if (version != NULL && (!cos_json_i64(version, &number) || number != 1)) {
        return fail(err, COSN_E_INVALID,
                    "the token's version is not 1, the only one this library reads");
    }
    return 0;
}

static int read_member(const char **out, const struct cos_json *root, const char *name,
                       struct cosn_error *err)
{
    const char *text = cos_json_str(cos_json_get(root, name));
    if (text == NULL || text[0] == '\0') {
        return fail(err, COSN_E_INVALID, "the token has no text in its member '%s'", name);
    }
    *out = text;
    return 0;
}

static int read_session_token(const char **out, const struct cos_json *root,
                              struct cosn_error *err)
{
    const struct cos_json *member = cos_json_get(root, "security_token");
    if (member != NULL && cos_json_kind(member) == COS_JSON_NULL) {
        *out = NULL;
        return 0;
    }
    return read_member(out, root, "security_token", err);
}

int cosn_token_from_json(struct cosn_credentials **out, const char *bytes, size_t n,
                         int64_t expires_unix_ms, struct cosn_error *err)
{
    struct cos_json_limits limits = {.max_bytes = MAX_TOKEN_BYTES,
                                     .max_depth = 8,
                                     .max_nodes = 256};
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error why = {0};
    if (cos_json_parse(&root, cos_span_make(bytes, n), &limits, &why) < 0) {
        /* The parser's own sentence could quote the text, which is a secret. */
        return fail(err, COSN_E_INVALID, "the token is not JSON (line %u, column %u)", why.line,
                    why.column);
    }
    if (cos_json_kind(root) != COS_JSON_OBJECT) {
        return fail(err, COSN_E_INVALID, "the token is not a JSON object");
    }
    const char *id = NULL;
    const char *key = NULL;
    const char *token = NULL;
    int r = check_version(root, err);
    r = r < 0 ? r : read_member(&id, root, "access_key_id", err);
    r = r < 0 ? r : read_member(&key, root, "access_key_secret", err);
    r = r < 0 ? r : read_session_token(&token, root, err);
    return r < 0 ? r : cosn_credentials_new(out, id, key, token, expires_unix_ms, err);
}
