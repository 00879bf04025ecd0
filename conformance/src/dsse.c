/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading is strict where the specification lets us be: one signature, no other payload type,
 * base64 in its canonical spelling (both alphabets, as it demands). Bounds come before trust:
 * whoever sends an envelope is not known yet.
 */
#include "dsse.h"

#include "cosbase/codec.h"
#include "cosbase/json.h"

#include <stdio.h>

#define ENVELOPE_LIMITS ((struct cos_json_limits){DSSE_MAX_BYTES, 8, 100})

void dsse_encode(struct cos_buf *out, struct cos_span type, struct cos_span body)
{
    cos_buf_printf(out, "DSSEv1 %zu ", type.len);
    cos_buf_span(out, type);
    cos_buf_printf(out, " %zu ", body.len);
    cos_buf_span(out, body);
}

/* ---- writing ---- */

bool dsse_write(struct cos_buf *out, const struct cos_ed25519 *key, struct cos_span statement)
{
    uint8_t seal[COS_ED25519_SEAL_BYTES];
    char keyid[65];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 2 * DSSE_MAX_BYTES);
    dsse_encode(&b, COS_SPAN_LIT(DSSE_IN_TOTO), statement);
    if (b.failed || !cos_ed25519_seal(key, cos_buf_view(&b), seal) ||
        !cos_ed25519_id(key, keyid)) {
        return false;
    }
    cos_buf_str(out, "{\"payloadType\":\"" DSSE_IN_TOTO "\",\"payload\":\"");
    cos_base64_append(out, statement.ptr, statement.len);
    cos_buf_printf(out, "\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", keyid);
    cos_base64_append(out, seal, sizeof(seal));
    cos_buf_str(out, "\"}]}\n");
    return !out->failed;
}

/* ---- reading ---- */

/* Both alphabets of RFC 4648 (s.4 and s.5), since a verifier must take either. */
static bool decode(struct cos_buf *out, const char *text)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf standard = {0};
    cos_buf_init(&standard, DSSE_MAX_BYTES);
    for (; *text != '\0'; text++) {
        cos_buf_ch(&standard, *text == '-' ? '+' : *text == '_' ? '/' : *text);
    }
    return !standard.failed && cos_base64_decode(out, cos_buf_view(&standard)) && !out->failed;
}

static int refuse(char why[512], const char *sentence)
{
    (void)snprintf(why, 512, "%s", sentence);
    return -1;
}

static int read_signature(struct dsse_envelope *out, const struct cos_json *signatures,
                          char why[512])
{
    if (cos_json_count(signatures) != 1) {
        (void)snprintf(why, 512, "it carries %zu signatures; a certificate has exactly one",
                       cos_json_count(signatures));
        return -1;
    }
    const struct cos_json *one = cos_json_first(signatures);
    const char *sig = cos_json_str(cos_json_get(one, "sig"));
    const char *keyid = cos_json_str(cos_json_get(one, "keyid"));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf seal = {0};
    cos_buf_init(&seal, 256);
    if (sig == NULL || !decode(&seal, sig) || seal.len != sizeof(out->seal)) {
        return refuse(why, "its signature is not the 64 bytes of Ed25519 in base64");
    }
    memcpy(out->seal, seal.ptr, sizeof(out->seal));
    (void)snprintf(out->keyid, sizeof(out->keyid), "%s", keyid != NULL ? keyid : "");
    return 0;
}

static int read_root(struct dsse_envelope *out, const struct cos_json *root, char why[512])
{
    const char *type = cos_json_str(cos_json_get(root, "payloadType"));
    const char *payload = cos_json_str(cos_json_get(root, "payload"));
    const struct cos_json *signatures = cos_json_get(root, "signatures");
    if (cos_json_get(root, "_type") != NULL) {
        return refuse(why, "it is a bare statement that nobody signed");
    }
    if (type == NULL || payload == NULL || cos_json_kind(signatures) != COS_JSON_ARRAY) {
        return refuse(why, "it is no DSSE envelope: payloadType, payload and signatures are "
                           "not all there");
    }
    if (strcmp(type, DSSE_IN_TOTO) != 0) {
        (void)snprintf(why, 512, "its payload type is '%.100s', not " DSSE_IN_TOTO, type);
        return -1;
    }
    if (!decode(&out->payload, payload)) {
        return refuse(why, "its payload is not base64");
    }
    return read_signature(out, signatures, why);
}

int dsse_read(struct dsse_envelope *out, struct cos_span text, char why[512])
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error err = {0};
    *out = (struct dsse_envelope){.keyid = ""};
    cos_buf_init(&out->payload, DSSE_MAX_BYTES);
    if (cos_json_parse(&root, text, &ENVELOPE_LIMITS, &err) < 0) {
        (void)snprintf(why, 512, "it cannot be read as JSON: line %u, column %u: %.300s",
                       err.line, err.column, err.message);
        return -1;
    }
    int r = read_root(out, root, why);
    if (r < 0) {
        dsse_deinit(out);
    }
    return r;
}

bool dsse_is_sealed(const struct dsse_envelope *e, const struct cos_ed25519 *key)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 2 * DSSE_MAX_BYTES);
    dsse_encode(&b, COS_SPAN_LIT(DSSE_IN_TOTO), cos_buf_view(&e->payload));
    return !b.failed && cos_ed25519_is_sealed(key, cos_buf_view(&b),
                                              cos_span_make(e->seal, sizeof(e->seal)));
}

void dsse_deinit(struct dsse_envelope *e)
{
    cos_buf_deinit(&e->payload);
    *e = (struct dsse_envelope){.keyid = ""};
}
