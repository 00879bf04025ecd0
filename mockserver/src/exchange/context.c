/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each key is carried: cam-conditions.md s.2.2. A form says in fields what other requests
 * say in headers. The tags of PutBucketTagging stand in a body that is read after rights were
 * asked, so they are absent here (docs/DEVIATIONS.md).
 */
#include "exchange/context.h"

#include "cosbase/date.h"
#include "cosbase/json.h"
#include "cosbase/xml.h"
#include "exchange/form.h"

#define PEER_HEADER "x-cosmock-peer-ip"
#define PAIR_MAX_BYTES 1024
#define CONTEXT_MAX_BYTES ((size_t)1 << 20)

static void say(struct cam_values *out, struct cos_span value)
{
    *out = (struct cam_values){.one = value, .n = value.ptr != NULL};
}

static void say_several(struct cam_values *out, const struct cos_span *values, size_t n)
{
    *out = (struct cam_values){.several = values, .n = values == NULL ? 0 : n};
}

static struct cos_span time_of(struct cos_arena *arena, const struct clock_sample *now)
{
    char text[25];
    cos_date_iso_ms(text, now->signature_unix_ms);
    return cos_arena_span(arena, cos_span_of(text));
}

/* "10.0.0.1" of "10.0.0.1:5123", "::1" of "[::1]:5123"; ptr NULL: there is no peer. */
static struct cos_span address_of(const char *peer)
{
    struct cos_span all = cos_span_of(peer);
    size_t colon = cos_span_rchr(all, ':');
    struct cos_span address = colon == SIZE_MAX ? all : cos_span_sub(all, 0, colon);
    if (cos_span_starts(address, COS_SPAN_LIT("["))) {
        return cos_span_sub(address, 1, address.len - 2);
    }
    return address.len == 0 ? (struct cos_span){NULL, 0} : address;
}

static struct cos_span ip_of(const struct cosmock_exchange *x)
{
    struct cos_span said = SWITCH_IS(x->tenant, PEER_HEADER, TRUST)
                               ? header_get(x, PEER_HEADER)
                               : (struct cos_span){NULL, 0};
    return said.ptr != NULL ? said : address_of(x->parts.peer);
}

/* --- tags --- */

static struct cos_span tag_text(struct cos_arena *arena, struct cos_span key,
                                struct cos_span value)
{
    const struct cos_span parts[] = {key, COS_SPAN_LIT("&"), value};
    return cos_arena_join(arena, parts, COS_ARRAY_LEN(parts));
}

/* Of the bucket, in which and of which is asked (436/30931). */
static void tags_of_bucket(struct cos_arena *arena, const struct bucket_view *place,
                           struct cam_values *out)
{
    struct cos_span document = place == NULL || place->bucket == NULL
                                   ? (struct cos_span){NULL, 0}
                                   : bucket_document(place, BUCKET_TAGGING);
    struct cos_text_error why;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    if (document.ptr == NULL || cos_xml_parse(&xml, document, /* limits= */ NULL, &why) < 0) {
        return;
    }
    const struct cos_xml *set = cos_xml_get(xml, "TagSet");
    size_t n = 0;
    for (const struct cos_xml *tag = cos_xml_first(set); tag != NULL; tag = cos_xml_next(tag)) {
        n++;
    }
    struct cos_span *all = cos_arena_array(arena, n, sizeof(*all));
    size_t i = 0;
    for (const struct cos_xml *tag = cos_xml_first(set); tag != NULL && all != NULL;
         tag = cos_xml_next(tag)) {
        all[i++] = tag_text(arena, cos_span_of(cos_xml_text(cos_xml_get(tag, "Key"))),
                            cos_span_of(cos_xml_text(cos_xml_get(tag, "Value"))));
    }
    say_several(out, all, n);
}

/* GetService names no bucket: the one tag that it filters by. */
static void tags_of_resource(const struct request_context *c, struct cam_values *out)
{
    struct cosmock_exchange *x = c->x;
    if (x->route.target != OP_ON_SERVICE) {
        tags_of_bucket(&x->arena, c->place, out);
        return;
    }
    struct cos_span key = param_value(x, "tagkey");
    struct cos_span value = param_value(x, "tagvalue");
    if (key.len > 0 && value.ptr != NULL) {
        say(out, tag_text(&x->arena, key, value));
    }
}

static void tags_of_request(struct cosmock_exchange *x, struct cam_values *out)
{
    struct cos_span sent = header_of(x, HEADER_TAGGING);
    struct param *params = NULL;
    size_t n = 0;
    if (sent.len == 0 || !params_split(&x->arena, sent, &params, &n)) {
        return;
    }
    struct cos_span *all = cos_arena_array(&x->arena, n, sizeof(*all));
    for (size_t i = 0; i < n && all != NULL; i++) {
        all[i] = tag_text(&x->arena, params[i].name, params[i].value);
    }
    say_several(out, all, n);
}

/* --- headers and parameters --- */

static struct cos_span header_or_field(const struct cosmock_exchange *x, enum header_name which,
                                       const char *field)
{
    if (x->form == NULL) {
        return header_of(x, which);
    }
    struct cos_span said = form_value(x->form, cos_span_of(header_spelling(x, which)));
    return said.ptr != NULL || field == NULL ? said : form_value(x->form, cos_span_of(field));
}

static bool brings_body(const struct cosmock_exchange *x)
{
    return cos_span_eq_str(x->parts.method, "PUT") || cos_span_eq_str(x->parts.method, "POST");
}

static struct cos_span content_length(struct cosmock_exchange *x)
{
    return brings_body(x) && x->parts.content_length >= 0
               ? cos_arena_printf(&x->arena, "%lld", (long long)x->parts.content_length)
               : (struct cos_span){NULL, 0};
}

static struct cos_span content_type(const struct cosmock_exchange *x)
{
    return !brings_body(x)   ? (struct cos_span){NULL, 0}
           : x->form != NULL ? form_value(x->form, COS_SPAN_LIT("content-type"))
                             : header_get(x, "content-type");
}

static struct cos_span version_of(const struct request_context *c)
{
    if (!c->is_source) {
        return param_value(c->x, "versionId");
    }
    const struct copy_source *source = &c->x->target.source;
    return source->version.kind == VERSION_LATEST ? (struct cos_span){NULL, 0}
                                                  : source->version_text;
}

/* What the source of a copy is asked for says nothing but its version. */
static void find_in_request(const struct request_context *c, const struct cam_key *key,
                            struct cam_values *out)
{
    struct cosmock_exchange *x = c->x;
    switch (key->id) {
    case CAM_KEY_STORAGE_CLASS:
        say(out, header_or_field(x, HEADER_STORAGE_CLASS, /* field= */ NULL));
        break;
    case CAM_KEY_ACL:
        say(out, header_or_field(x, HEADER_ACL, "acl"));
        break;
    case CAM_KEY_FORBID_OVERWRITE:
        say(out, header_of(x, HEADER_FORBID_OVERWRITE));
        break;
    case CAM_KEY_PREFIX:
        say(out, param_value(x, "prefix"));
        break;
    case CAM_KEY_RESPONSE_CONTENT_TYPE:
        say(out, param_value(x, "response-content-type"));
        break;
    case CAM_KEY_CONTENT_LENGTH:
        say(out, content_length(x));
        break;
    case CAM_KEY_CONTENT_TYPE:
        say(out, content_type(x));
        break;
    case CAM_KEY_REQUEST_TAG:
        tags_of_request(x, out);
        break;
    default:
        break;
    }
}

void context_of_request(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct request_context *c = ctx;
    struct cosmock_exchange *x = c->x;
    switch (key->id) {
    case CAM_KEY_IP:
        say(out, ip_of(x));
        break;
    case CAM_KEY_CURRENT_TIME:
        say(out, time_of(&x->arena, &x->now));
        break;
    case CAM_KEY_HOST:
        say(out, x->parts.host);
        break;
    case CAM_KEY_SECURE_TRANSPORT:
        say(out, x->parts.tls ? COS_SPAN_LIT("true") : COS_SPAN_LIT("false"));
        break;
    case CAM_KEY_TLS_VERSION:
        say(out, x->parts.tls_version);
        break;
    case CAM_KEY_MFA:
        say(out, COS_SPAN_LIT("0")); /* an API key is no device (preset policies) */
        break;
    case CAM_KEY_RESOURCE_TAG:
        tags_of_resource(c, out);
        break;
    case CAM_KEY_VERSION_ID:
        say(out, version_of(c));
        break;
    default:
        if (!c->is_source) {
            find_in_request(c, key, out);
        }
        break;
    }
}

/* --- what was looked up --- */

void context_find_and_keep(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    struct context_kept *kept = ctx;
    kept->of->find(kept->of->ctx, key, out);
    if (out->n > 0 && kept->n < COS_ARRAY_LEN(kept->found)) {
        kept->found[kept->n].key = key;
        kept->found[kept->n++].values = *out;
    }
}

struct cos_span context_text(struct cos_arena *arena, const struct context_kept *kept)
{
    if (kept->n == 0 && kept->of->n_facts == 0) {
        return COS_SPAN_EMPTY;
    }
    struct cos_buf b;
    struct cos_jw w;
    cos_buf_init(&b, CONTEXT_MAX_BYTES);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, /* name= */ NULL);
    for (size_t i = 0; i < kept->n; i++) {
        cos_jw_array(&w, kept->found[i].key->name);
        for (size_t k = 0; k < kept->found[i].values.n; k++) {
            cos_jw_span(&w, /* name= */ NULL, cam_value_at(&kept->found[i].values, k));
        }
        cos_jw_end(&w);
    }
    for (size_t i = 0; i < kept->of->n_facts; i++) {
        cos_jw_array(&w, kept->of->facts[i].key);
        cos_jw_span(&w, /* name= */ NULL, kept->of->facts[i].value);
        cos_jw_end(&w);
    }
    cos_jw_end(&w);
    struct cos_span text = b.failed ? COS_SPAN_EMPTY : cos_arena_span(arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return text;
}

/* --- what is only supposed --- */

static void find_pairs(const struct supposed_context *c, const struct cam_key *key,
                       struct cam_values *out)
{
    struct cos_span *all = cos_arena_array(c->arena, c->n_pairs, sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < c->n_pairs && all != NULL; i++) {
        struct cos_span rest = cos_span_of(c->pairs[i]);
        if (cos_span_eq_str(cos_span_cut(&rest, '='), key->name) && rest.ptr != NULL) {
            all[n++] = rest;
        }
    }
    if (n == 1) {
        say(out, all[0]);
    } else if (n > 1) {
        say_several(out, all, n);
    }
}

void context_as_supposed(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct supposed_context *c = ctx;
    struct clock_sample now;
    if (c->n_pairs > 0) {
        find_pairs(c, key, out);
    }
    if (out->n > 0) {
        return;
    }
    switch (key->id) {
    case CAM_KEY_RESOURCE_TAG:
        tags_of_bucket(c->arena, c->place, out);
        break;
    case CAM_KEY_CURRENT_TIME:
        world_clock_sample(c->tenant, &now);
        say(out, time_of(c->arena, &now));
        break;
    case CAM_KEY_MFA:
        say(out, COS_SPAN_LIT("0"));
        break;
    default:
        break;
    }
}
