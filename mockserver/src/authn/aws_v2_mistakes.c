/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients do wrong in Signature Version 2 of S3: the parts of its string to sign, and the
 * secret. Each list begins with the right way (aws_v2.c). The example of DELETE on AWS's own
 * page has x-amz-date where "" is due, and not among the headers; who follows it reads so here.
 */
#include "authn/aws_v2.h"

#include "authn/encode.h"
#include "authn/mistakes.h"
#include "cosbase/codec.h"

enum { METHOD, MD5, TYPE, DATE, AMZ, RESOURCE, KEY };
enum { SINGLED_OUT_MAX = 16 };

struct case_of_v2 {
    struct cosmock_exchange *x;
    const struct aws_auth *auth;
    struct mistakes *m;
};

static void add(const struct case_of_v2 *v, size_t part, const char *word, const char *says,
                struct cos_span text)
{
    mistakes_add(v->m, part,
                 &(struct variant){word, cos_span_of(says), text, /* is_common= */ true});
}

static void add_methods(const struct case_of_v2 *v)
{
    static const char *const methods[] = {"GET", "PUT", "HEAD", "POST", "DELETE"};
    struct cos_span sent = v->x->parts.method;
    add(v, METHOD, NULL, NULL, sent);
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        struct cos_span says =
            cos_arena_printf(&v->m->scratch,
                             "the signature is of a %s request, and a " COS_SPAN_FMT
                             " was sent",
                             methods[i], COS_SPAN_ARG(sent));
        mistakes_add(v->m, METHOD,
                     &(struct variant){"method", says, cos_span_of(methods[i]), true});
    }
}

static void add_types(const struct case_of_v2 *v)
{
    static const char *const types[] = {"application/octet-stream", "binary/octet-stream",
                                        "text/plain", "application/xml",
                                        "application/x-www-form-urlencoded"};
    struct cos_span sent = aws_v2_header(v->x, "content-type");
    struct cos_span bare = cos_span_trim(cos_span_sub(sent, 0, cos_span_chr(sent, ';')));
    add(v, TYPE, NULL, NULL, sent);
    add(v, TYPE, "header-changed", "Content-Type was added behind the signature",
        COS_SPAN_EMPTY);
    add(v, TYPE, "header-changed", "the charset of Content-Type was added behind the signature",
        bare);
    for (size_t i = 0; i < COS_ARRAY_LEN(types); i++) {
        struct cos_span says =
            cos_arena_printf(&v->m->scratch,
                             "Content-Type was changed behind the signature: signed was '%s'",
                             types[i]);
        mistakes_add(v->m, TYPE,
                     &(struct variant){"header-changed", says, cos_span_of(types[i]), false});
    }
}

static void add_lines(const struct case_of_v2 *v)
{
    struct cos_span amz_date = aws_v2_header(v->x, "x-amz-date");
    add(v, MD5, NULL, NULL, aws_v2_header(v->x, "content-md5"));
    add(v, MD5, "header-changed", "Content-MD5 was added behind the signature", COS_SPAN_EMPTY);
    add(v, DATE, NULL, NULL, v->auth->date_line);
    if (amz_date.len > 0) {
        add(v, DATE, "date-line",
            "Date was signed in its line, which is empty where x-amz-date is sent",
            aws_v2_header(v->x, "Date"));
        add(v, DATE, "date-line",
            "x-amz-date was signed in the line of Date, which is empty then", amz_date);
    } else {
        add(v, DATE, "date-line", "the line of the date was signed empty", COS_SPAN_EMPTY);
    }
}

static struct cos_span amz(const struct case_of_v2 *v, struct cos_span without)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    aws_v2_put_amz(&b, v->x, v->auth, without);
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static void add_amz(const struct case_of_v2 *v)
{
    add(v, AMZ, NULL, NULL, amz(v, COS_SPAN_EMPTY));
    add(v, AMZ, "amz-headers-not-signed", "the x-amz-* headers were not signed",
        COS_SPAN_EMPTY);
    for (size_t i = 0; i < v->x->parts.n_headers && i < SINGLED_OUT_MAX; i++) {
        struct cos_span name = v->x->parts.headers[i].name;
        struct cos_span says =
            cos_arena_printf(&v->m->scratch,
                             "header " COS_SPAN_FMT " was not signed, as every x-amz-* is",
                             COS_SPAN_ARG(name));
        mistakes_add(v->m, AMZ,
                     &(struct variant){"amz-header-not-signed", says, amz(v, name), true});
    }
}

static struct cos_span resource(const struct case_of_v2 *v, struct cos_span path)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    aws_v2_put_resource(&b, v->x, path);
    return cos_arena_span(&v->m->scratch, cos_buf_view(&b));
}

static void add_resources(const struct case_of_v2 *v)
{
    const struct parts *p = &v->x->parts;
    struct cos_arena *scratch = &v->m->scratch;
    struct cos_span right = resource(v, p->raw_path);
    struct cos_span path = cos_span_sub(right, 0, cos_span_chr(right, '?'));
    add(v, RESOURCE, NULL, NULL, right);
    add(v, RESOURCE, NULL, NULL, resource(v, aws_v2_bucket_path(v->x)));
    add(v, RESOURCE, "sub-resource-not-signed", "the sub-resource was not signed", path);
    if (v->x->route.bucket.len > 0 && !v->x->route.is_path_style) {
        add(v, RESOURCE, "resource-without-bucket",
            "the resource was signed without the bucket, which the host names",
            cos_span_from(right, 1 + v->x->route.bucket.len));
    }
    add(v, RESOURCE, "query-signed", "the whole query was signed, not the sub-resources of it",
        cos_arena_printf(scratch, COS_SPAN_FMT "?" COS_SPAN_FMT, COS_SPAN_ARG(path),
                         COS_SPAN_ARG(p->raw_query)));
    add(v, RESOURCE, "path-not-encoded",
        "the path was signed decoded, and is signed as it is sent", resource(v, p->path));
    add(v, RESOURCE, "path-encoded", "the path was percent-encoded otherwise than it was sent",
        resource(v, authn_encode_path(scratch, p->path)));
}

/* --- does it fit? --- */

static struct cos_span string_of(struct cos_arena *arena, const struct variant *const chosen[])
{
    const struct cos_span newline = COS_SPAN_LIT("\n");
    const struct cos_span parts[] = {
        chosen[METHOD]->text, newline,
        chosen[MD5]->text,    newline,
        chosen[TYPE]->text,   newline,
        chosen[DATE]->text,   newline,
        chosen[AMZ]->text,    chosen[RESOURCE]->text,
    };
    return cos_arena_join(arena, parts, COS_ARRAY_LEN(parts));
}

static bool is_made_so(void *ctx, const struct variant *const chosen[PARTS_MAX])
{
    const struct case_of_v2 *v = ctx;
    COS_CLEANUP(cos_arena_deinit) struct cos_arena scratch;
    cos_arena_init(&scratch, v->m->scratch.max_bytes);
    struct cos_span string = string_of(&scratch, chosen);
    struct cos_span key = chosen[KEY]->text;
    uint8_t mac[COS_SHA1_BYTES];
    char expected[COS_BASE64_BYTES(COS_SHA1_BYTES)];
    cos_hmac_sha1(mac, key.ptr, key.len, string.ptr, string.len);
    cos_base64_encode(expected, mac, sizeof(mac));
    return !scratch.failed && cos_equal_ct(v->auth->signature, cos_span_of(expected));
}

void aws_v2_look(struct cosmock_exchange *x, const struct aws_auth *auth)
{
    struct mistakes *m = mistakes_new(x);
    if (m == NULL) {
        return;
    }
    struct case_of_v2 v = {x, auth, m};
    m->fits = is_made_so;
    m->ctx = &v;
    add_methods(&v);
    add_types(&v);
    add_lines(&v);
    add_amz(&v);
    add_resources(&v);
    mistakes_add_secrets(m, KEY, x);
    const struct variant *chosen[PARTS_MAX] = {NULL};
    mistakes_none(m, chosen);
    struct cos_span ours = string_of(&x->arena, chosen);
    struct cos_span theirs = {NULL, 0};
    if (mistakes_find(m, chosen)) {
        mistakes_name(x, m, chosen);
        theirs = string_of(&x->arena, chosen);
    }
    mistakes_compare(x, "the string to sign", ours, theirs);
    x->identity.signed_string_to_sign = x->identity.signed_format_string;
    (void)mistakes_free(m);
}
