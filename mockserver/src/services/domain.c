/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains of a bucket and their certificates: cos-operations-2.md s.14, s.0.7. Nothing asks the
 * name system: whoever names a domain here is believed, so the refusals of the service that
 * depend on records and licences do not happen. A name belongs to one bucket of the mock.
 *
 * Of a certificate is kept that it is there, and its id. The private key is read to see that it
 * is one, and forgotten: nothing keeps or shows it. Validity is not shown, for nothing reads
 * the certificate.
 */
#include "exchange/exchange.h"
#include "exchange/xml_out.h"
#include "services/documents.h"
#include "services/handlers.h"
#include "services/keyed.h"
#include "services/service.h"
#include "world/domains.h"
#include "world/neighbours.h"

#include "cosbase/codec.h"

#define FAMILY "domaincertificate/"
#define MAX_DOMAINS 20

static const struct element rule_elements[] = {
    {A_WORD("Status", ONCE, "ENABLED DISABLED")},
    {A_TEXT("Name", ONCE, 1, 253)}, /* RFC 1035 s.2.3.4 */
    {A_WORD("Type", ONCE, "REST WEBSITE ACCELERATE")},
    {A_WORD("ForcedReplacement", OPTIONAL, "CNAME TXT")},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("DomainRule", UP_TO(MAX_DOMAINS), rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("DomainConfiguration", ONCE, root_elements)};

/* cpp bucket_op_test.cpp:274-288: "111" is 400. */
static bool is_domain(struct cos_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= 0x20 || c >= 0x7f || strchr("/\\<>\"'&?#:@", c) != NULL) {
            return false;
        }
    }
    size_t dot = cos_span_chr(name, '.');
    return dot != SIZE_MAX && dot > 0 && name.ptr[name.len - 1] != '.';
}

static bool rules(const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = xml_first_of(xml, "DomainRule"); rule != NULL;
         rule = xml_next_of(rule, "DomainRule")) {
        if (!is_domain(xml_child(rule, "Name"))) {
            return complain(out, rule, NULL, "<Name> is '%.80s'; as www.example.com",
                            cos_xml_child_text(rule, "Name"));
        }
    }
    return true;
}

/* --- a name is one bucket's --- */

static bool fit(const struct neighbours *near, const struct cos_xml *xml, struct complaint *out)
{
    for (const struct cos_xml *rule = xml_first_of(xml, "DomainRule"); rule != NULL;
         rule = xml_next_of(rule, "DomainRule")) {
        if (near->has_domain(near->ctx, xml_child(rule, "Name"))) {
            return complain(out, rule, "RecordAlreadyExist",
                            "the domain '%.80s' is another bucket's",
                            cos_xml_child_text(rule, "Name"));
        }
    }
    return true;
}

/* What a text record would have to say: of the bucket, always the same. */
static void head(struct cosmock_exchange *x)
{
    uint8_t digest[COS_MD5_BYTES];
    char hex[2 * COS_MD5_BYTES + 1];
    const char *name = x->target.at.bucket->name;
    cos_md5(digest, name, strlen(name));
    cos_hex_encode(hex, digest, sizeof(digest));
    result_header(x, "x-cos-domain-txt-verification",
                  cos_arena_printf(&x->arena, "tencent-cloud-cos-verification=%s", hex));
}

const struct document document_domain = {
    .which = BUCKET_DOMAIN,
    .form = {.root = &root, .rules = rules},
    .absent_code = "DomainConfigNotFoundError",
    .fits = fit,
    .head = head,
};

/* --- certificates --- */

static const struct element custom_elements[] = {
    {A_TEXT("CertId", OPTIONAL, 0, 128)},
    {A_TEXT("Cert", ONCE, 1, 0)},
    {A_TEXT("PrivateKey", ONCE, 1, 0)},
    {0},
};
static const struct element info_elements[] = {
    {A_WORD("CertType", ONCE, "CustomCert")},
    {A_GROUP("CustomCert", ONCE, custom_elements)},
    {0},
};
static const struct element name_elements[] = {
    {A_TEXT("DomainName", ONE_TO(MAX_DOMAINS), 1, 253)},
    {0},
};
static const struct element certificate_elements[] = {
    {A_GROUP("CertificateInfo", ONCE, info_elements)},
    {A_GROUP("DomainList", ONCE, name_elements)},
    {0},
};
static const struct element certificate_root = {
    A_GROUP("DomainCertificate", ONCE, certificate_elements)};

/* RFC 7468 s.2; a key may be of any kind ("RSA PRIVATE KEY"). */
static bool is_pem(struct cos_span text, struct cos_span label)
{
    struct cos_span trimmed = cos_span_trim(text);
    return cos_span_starts(trimmed, COS_SPAN_LIT("-----BEGIN ")) &&
           cos_span_find(trimmed, label) != SIZE_MAX &&
           cos_span_ends(trimmed, COS_SPAN_LIT("-----"));
}

static bool certificate_rules(const struct cos_xml *xml, struct complaint *out)
{
    const struct cos_xml *custom =
        cos_xml_get(cos_xml_get(xml, "CertificateInfo"), "CustomCert");
    const struct cos_xml *list = cos_xml_get(xml, "DomainList");
    if (!is_pem(xml_child(custom, "Cert"), COS_SPAN_LIT("CERTIFICATE-----"))) {
        return complain(out, custom, NULL, "<Cert> is no certificate in PEM");
    }
    if (!is_pem(xml_child(custom, "PrivateKey"), COS_SPAN_LIT("PRIVATE KEY-----"))) {
        return complain(out, custom, NULL, "<PrivateKey> is no private key in PEM");
    }
    for (const struct cos_xml *e = xml_first_of(list, "DomainName"); e != NULL;
         e = xml_next_of(e, "DomainName")) {
        if (!is_domain(cos_span_of(cos_xml_text(e)))) {
            return complain(out, e, NULL, "<DomainName> is '%.80s'; as www.example.com",
                            cos_xml_text(e));
        }
    }
    return true;
}

static const struct document_form certificate_form = {.root = &certificate_root,
                                                      .rules = certificate_rules};

/* What GET shows of it. */
static struct cos_span certificate_text(struct cosmock_exchange *x, struct cos_span id)
{
    struct cos_buf b;
    cos_buf_init(&b, DOCUMENT_MAX_BYTES);
    cos_buf_str(&b, "<DomainCertificate><Status>Enabled</Status>");
    if (id.len > 0) {
        cos_buf_str(&b, "<CertificateInfo>");
        xml_out_text(&b, "CertId", id);
        cos_buf_str(&b, "</CertificateInfo>");
    }
    cos_buf_str(&b, "</DomainCertificate>");
    struct cos_span text = cos_arena_span(&x->arena, cos_buf_view(&b));
    bool is_whole = !b.failed && !x->arena.failed;
    cos_buf_deinit(&b);
    return is_whole ? text : (struct cos_span){NULL, 0};
}

int op_put_domain_certificate(struct cosmock_exchange *x)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = document_body(x, &certificate_form);
    if (xml == NULL) {
        return service_stop(x);
    }
    const struct cos_xml *custom =
        cos_xml_get(cos_xml_get(xml, "CertificateInfo"), "CustomCert");
    struct keyed_document d = {.order = 1,
                               .text = certificate_text(x, xml_child(custom, "CertId"))};
    const struct cos_xml *e = xml_first_of(cos_xml_get(xml, "DomainList"), "DomainName");
    struct batch *batch = batch_new();
    for (; batch != NULL && e != NULL; e = xml_next_of(e, "DomainName")) {
        d.id = cos_arena_lower(&x->arena, cos_span_of(cos_xml_text(e)));
        keyed_put(batch, x->target.at.bucket, FAMILY, &d);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

static bool domain_param(struct cosmock_exchange *x, struct cos_span *out)
{
    struct cos_span sent = service_param(x, "domainname");
    *out = cos_arena_lower(&x->arena, sent);
    if (!is_domain(sent) || sent.len > 253) {
        service_refuse_saying(x, "InvalidArgument", "domainname takes a domain of the bucket");
        return false;
    }
    return true;
}

/* A domain without a certificate is there and Disabled (python test.py:1768-1775); one that is
 * no domain of the bucket is not there. */
int op_get_domain_certificate(struct cosmock_exchange *x)
{
    struct cos_span name;
    COS_CLEANUP(keyed_deinit) struct keyed_documents all = {0};
    if (!domain_param(x, &name) || !keyed_read(x, FAMILY, &all)) {
        return service_stop(x);
    }
    const struct keyed_document *d = keyed_find(&all, name);
    if (d != NULL) {
        return document_answer(x, d->text);
    }
    if (!domain_is_of(&x->target.at, name)) {
        return service_refuse(x, "DomainConfigNotFoundError");
    }
    return document_answer(
        x, COS_SPAN_LIT("<DomainCertificate><Status>Disabled</Status></DomainCertificate>"));
}

int op_delete_domain_certificate(struct cosmock_exchange *x)
{
    struct cos_span name;
    if (!domain_param(x, &name)) {
        return service_stop(x);
    }
    struct batch *batch = batch_new();
    if (batch != NULL) {
        keyed_delete(batch, x->target.at.bucket, FAMILY, name);
    }
    x->result.status = 204;
    return service_commit(x, batch);
}
