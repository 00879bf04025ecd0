/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v4, of the API before the XML one (436/6054). The service takes it there, too:
 * cos-nodejs-sdk-v5 makes it (getV4Auth, sdk/util.js:165-188), and its suite reads an object
 * with it (test/test.js:712-746). Authorization, or the query parameter sign, is
 *     base64(HMAC-SHA1(SecretKey, text) + text)
 *     text = a=<appid>&b=<bucket>&k=<SecretId>&e=<end>&t=<begin>&r=<random>&f=<fileid>
 * with the fields in any order. It says nothing of method, headers or body: it holds for what
 * its key may do in the bucket until <end>; a fileid, /<appid>/<bucket>/<key>, narrows it to
 * one object. Signatures that hold once (e=0) are refused: nobody is known to use them here.
 */
#include "authn/authn.h"
#include "authn/cos_grammar.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"

enum { APPID, BUCKET, ID, END, BEGIN, RANDOM, FILEID, FIELDS };
static const char names[FIELDS] = {'a', 'b', 'k', 'e', 't', 'r', 'f'};

struct v4 {
    struct cos_span mac, text, fields[FIELDS];
};

static bool read_fields(struct v4 *v)
{
    bool ok = true;
    for (struct cos_span rest = v->text; rest.ptr != NULL;) {
        struct cos_span value = cos_span_cut(&rest, '&');
        struct cos_span name = cos_span_cut(&value, '=');
        for (size_t i = 0; i < FIELDS; i++) {
            if (name.len == 1 && name.ptr[0] == names[i]) {
                ok = ok && v->fields[i].ptr == NULL && value.ptr != NULL;
                v->fields[i] = value;
            }
        }
    }
    for (size_t i = 0; i < FIELDS; i++) {
        ok = ok && v->fields[i].ptr != NULL;
    }
    return ok;
}

bool authn_v4_read(struct cosmock_exchange *x, struct cos_span *out)
{
    struct cos_span given = header_get(x, "Authorization");
    if (given.len == 0) {
        given = param_value(x, "sign");
    }
    if (given.len == 0 || cos_span_chr(given, '&') != SIZE_MAX) {
        return false; /* v5 has '&', which is no digit of base64 */
    }
    struct cos_buf b;
    cos_buf_init(&b, given.len);
    bool is_v4 =
        cos_base64_decode(&b, given) && b.len > COS_SHA1_BYTES &&
        cos_span_starts(cos_span_from(cos_buf_view(&b), COS_SHA1_BYTES), COS_SPAN_LIT("a="));
    *out = is_v4 ? cos_arena_span(&x->arena, cos_buf_view(&b)) : COS_SPAN_EMPTY;
    cos_buf_deinit(&b);
    return is_v4;
}

static bool is_signed(struct cosmock_exchange *x, const struct v4 *v)
{
    struct cos_span secret = cos_secret_view(&x->identity.found.key->secret_key);
    uint8_t mac[COS_SHA1_BYTES];
    cos_hmac_sha1(mac, secret.ptr, secret.len, v->text.ptr, v->text.len);
    return cos_equal_ct(v->mac, cos_span_make((const char *)mac, sizeof(mac)));
}

/* "<bucket>-<appid>" is the bucket that is asked. */
static bool is_of_bucket(const struct cosmock_exchange *x, const struct v4 *v)
{
    struct cos_span name = v->fields[BUCKET];
    struct cos_span rest = cos_span_from(x->route.bucket, name.len);
    return cos_span_starts(x->route.bucket, name) && cos_span_starts(rest, COS_SPAN_LIT("-")) &&
           cos_span_eq(cos_span_from(rest, 1), v->fields[APPID]);
}

/* The fileid is empty, or "/<appid>/<bucket>/<key, percent-encoded>" of what is asked. */
static bool is_of_object(struct cosmock_exchange *x, const struct v4 *v)
{
    struct cos_span fileid = v->fields[FILEID];
    struct cos_span folder =
        cos_arena_printf(&x->arena, "/" COS_SPAN_FMT "/" COS_SPAN_FMT "/",
                         COS_SPAN_ARG(v->fields[APPID]), COS_SPAN_ARG(v->fields[BUCKET]));
    char *key = cos_arena_alloc(&x->arena, fileid.len + 1);
    if (key == NULL || fileid.len == 0 || !cos_span_starts(fileid, folder)) {
        return fileid.len == 0;
    }
    size_t n = cos_percent_decode(key, cos_span_from(fileid, folder.len), false);
    return cos_span_eq(cos_span_make(key, n), x->route.key);
}

static void check_signature(struct cosmock_exchange *x, const struct v4 *v)
{
    const char *why = !is_signed(x, v)      ? "the HMAC-SHA1 of a v4 signature is another"
                      : !is_of_bucket(x, v) ? "a and b of a v4 signature name another bucket"
                      : !is_of_object(x, v) ? "f of a v4 signature names another object"
                                            : NULL;
    if (why != NULL) {
        authn_refuse(x, "SignatureDoesNotMatch", REASON_SIGNATURE_DIFFERS, cos_span_of(why));
        return;
    }
    x->identity.reason = REASON_OK;
}

void authn_v4_check(struct cosmock_exchange *x, struct cos_span decoded)
{
    struct v4 v = {.mac = cos_span_sub(decoded, 0, COS_SHA1_BYTES),
                   .text = cos_span_from(decoded, COS_SHA1_BYTES)};
    struct cos_auth auth = {0};
    bool ok = read_fields(&v);
    auth.ak = v.fields[ID];
    ok = ok && cos_span_i64(v.fields[BEGIN], &auth.key_start_s) &&
         cos_span_i64(v.fields[END], &auth.key_end_s);
    auth.sign_start_s = auth.key_start_s;
    auth.sign_end_s = auth.key_end_s;
    authn_cos_note(x, &auth);
    if (!ok) {
        authn_cos_refuse_malformed(x, "a v4 signature is a, b, k, e, t, r and f, each once");
    } else if (auth.key_end_s == 0) {
        authn_cos_refuse_malformed(x, "v4 signatures that hold once (e=0) are not known here");
    } else if (authn_cos_caller_check(x, &auth)) {
        check_signature(x, &v);
    }
}
