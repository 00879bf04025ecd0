/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions of SAML 2.0 providers (cam-conditions.md s.6; saml-core-2.0 s.2, s.5.4), enveloped
 * signature over exclusive canonical XML (xmldsig-core s.3.2, s.6), RSA and SHA-256 alone.
 *
 * A text with more than one assertion, or more than one signature, is refused: what is verified
 * and what is read can then only be the same element, and nothing can be wrapped around it.
 * What is encrypted is not read.
 */
#include "services/idp.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "cosbase/rsa.h"
#include "cosbase/xml.h"
#include "cosbase/xml_canonical.h"
#include "world/mock.h"

#define TEXT_MAX_BYTES (64u << 10)
#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

/* --- reading --- */

static size_t count(const struct cos_xml *e, const char *name)
{
    size_t n = 0;
    for (; e != NULL; e = cos_xml_next(e)) {
        n += strcmp(cos_xml_name(e), name) == 0;
        n += count(cos_xml_first(e), name);
    }
    return n;
}

static const struct cos_xml *find(const struct cos_xml *e, const char *name)
{
    for (; e != NULL; e = cos_xml_next(e)) {
        const struct cos_xml *found =
            strcmp(cos_xml_name(e), name) == 0 ? e : find(cos_xml_first(e), name);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static bool says(const struct cos_xml *e, const char *attribute, const char *value)
{
    const char *s = cos_xml_attr(e, attribute);
    return s != NULL && strcmp(s, value) == 0;
}

/* --- the signature --- */

static const char *check_methods(const struct cos_xml *assertion, const struct cos_xml *info)
{
    const struct cos_xml *reference = cos_xml_get(info, "Reference");
    const struct cos_xml *transforms = cos_xml_get(reference, "Transforms");
    const struct cos_xml *first = cos_xml_first(transforms);
    const struct cos_xml *second = first == NULL ? NULL : cos_xml_next(first);
    const char *id = cos_xml_attr(assertion, "ID");
    const char *uri = cos_xml_attr(reference, "URI");
    if (!says(cos_xml_get(info, "CanonicalizationMethod"), "Algorithm", EXCLUSIVE) ||
        !says(cos_xml_get(info, "SignatureMethod"), "Algorithm", RSA_SHA256) ||
        !says(cos_xml_get(reference, "DigestMethod"), "Algorithm", SHA256)) {
        return "the signature must be of exclusive canonical XML by rsa-sha256 and sha256";
    }
    if (!says(first, "Algorithm", ENVELOPED) || !says(second, "Algorithm", EXCLUSIVE) ||
        cos_xml_next(second) != NULL) {
        return "the transforms must be enveloped-signature and exclusive canonical XML";
    }
    if (id == NULL || uri == NULL || uri[0] != '#' || strcmp(uri + 1, id) != 0) {
        return "the signature does not refer to the assertion by its ID";
    }
    return NULL;
}

/* Base64 of XML has line breaks. */
static bool decode(struct cos_buf *out, const char *text)
{
    struct cos_buf plain;
    cos_buf_init(&plain, TEXT_MAX_BYTES);
    for (const char *c = text == NULL ? "" : text; *c != '\0'; c++) {
        if (strchr(" \t\r\n", *c) == NULL) {
            cos_buf_ch(&plain, *c);
        }
    }
    bool ok = plain.len > 0 && cos_base64_decode(out, cos_buf_view(&plain));
    cos_buf_deinit(&plain);
    return ok;
}

static bool has_digest(struct cos_span text, const char *expected)
{
    struct cos_buf form;
    struct cos_buf said;
    cos_buf_init(&form, 4 * TEXT_MAX_BYTES);
    cos_buf_init(&said, 256);
    uint8_t digest[COS_SHA256_BYTES];
    bool ok =
        cos_xml_canonical(&form, text, "Assertion", "Signature") && decode(&said, expected);
    if (ok) {
        cos_sha256(digest, form.ptr, form.len);
        ok = cos_span_eq(cos_buf_view(&said),
                         cos_span_make((const char *)digest, sizeof(digest)));
    }
    cos_buf_deinit(&form);
    cos_buf_deinit(&said);
    return ok;
}

static bool is_sealed(const struct cos_rsa *key, struct cos_span text, const char *value)
{
    struct cos_buf form;
    struct cos_buf seal;
    cos_buf_init(&form, TEXT_MAX_BYTES);
    cos_buf_init(&seal, 4096);
    bool ok = key != NULL &&
              cos_xml_canonical(&form, text, "SignedInfo", /* without= */ NULL) &&
              decode(&seal, value) &&
              cos_rsa_is_sealed(key, cos_buf_view(&form), cos_buf_view(&seal));
    cos_buf_deinit(&form);
    cos_buf_deinit(&seal);
    return ok;
}

static const char *check_signature(const struct idp_claim *claim, struct cos_span text,
                                   const struct cos_xml *root)
{
    if (count(root, "Assertion") != 1 || count(root, "Signature") != 1 ||
        count(root, "SignedInfo") != 1) {
        return "there must be one Assertion with one Signature in it";
    }
    const struct cos_xml *assertion = find(root, "Assertion");
    const struct cos_xml *signature = cos_xml_get(assertion, "Signature");
    const struct cos_xml *info = cos_xml_get(signature, "SignedInfo");
    if (info == NULL) {
        return "the Assertion itself must be signed";
    }
    const char *why = check_methods(assertion, info);
    if (why != NULL) {
        return why;
    }
    if (!has_digest(text, cos_xml_child_text(cos_xml_get(info, "Reference"), "DigestValue"))) {
        return "the assertion is not what was signed (DigestValue)";
    }
    return is_sealed(mock_idp_key(claim->mock), text,
                     cos_xml_child_text(signature, "SignatureValue"))
               ? NULL
               : "the provider's key has not made the signature (SignatureValue)";
}

/* --- what it says --- */

/* Of a date that cannot be read: false. */
static bool is_before(const char *at, int64_t now_s, bool if_absent)
{
    int64_t ms;
    return at == NULL ? if_absent
                      : cos_date_iso_parse(cos_span_of(at), &ms) && now_s * 1000 < ms;
}

static const char *check_times(const struct cos_xml *assertion, const struct cos_xml *bearer,
                               int64_t now_s)
{
    const struct cos_xml *conditions = cos_xml_get(assertion, "Conditions");
    if (is_before(cos_xml_attr(conditions, "NotBefore"), now_s, /* if_absent= */ false)) {
        return "the assertion is not valid yet by the token clock (NotBefore)";
    }
    if (!is_before(cos_xml_attr(conditions, "NotOnOrAfter"), now_s, /* if_absent= */ true) ||
        !is_before(cos_xml_attr(bearer, "NotOnOrAfter"), now_s, /* if_absent= */ true)) {
        return "the assertion has expired by the token clock (NotOnOrAfter)";
    }
    return NULL;
}

static struct cos_span keep(struct cos_arena *arena, const char *s)
{
    return cos_arena_span(arena, cos_span_of(s));
}

static const char *read_facts(struct idp_facts *out, struct cos_arena *arena,
                              const struct idp_claim *claim, const struct cos_xml *assertion)
{
    const struct cos_xml *subject = cos_xml_get(assertion, "Subject");
    const struct cos_xml *bearer =
        cos_xml_get(cos_xml_get(subject, "SubjectConfirmation"), "SubjectConfirmationData");
    const struct cos_xml *name = cos_xml_get(subject, "NameID");
    const char *issuer = cos_xml_child_text(assertion, "Issuer");
    const char *recipient = cos_xml_attr(bearer, "Recipient");
    if (issuer == NULL || !cos_span_eq_str(claim->provider->issuer, issuer)) {
        return "Issuer of the assertion is not the provider's issuer";
    }
    if (recipient == NULL || name == NULL) {
        return "the assertion has no NameID, or no Recipient of its SubjectConfirmation";
    }
    const char *why = check_times(assertion, bearer, claim->now_unix_s);
    const char *format = cos_xml_attr(name, "Format");
    if (why == NULL) {
        *out = (struct idp_facts){{{"saml:iss", keep(arena, issuer)},
                                   {"saml:aud", keep(arena, recipient)},
                                   {"saml:sub", keep(arena, cos_xml_text(name))},
                                   {"saml:sub_type", keep(arena, format)}},
                                  format == NULL ? 3 : 4};
    }
    return why;
}

static const char *judge(struct idp_facts *out, struct cos_arena *arena,
                         const struct idp_claim *claim, struct cos_span text)
{
    static const struct cos_xml_limits limits = {TEXT_MAX_BYTES, 32, 5000};
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = NULL;
    struct cos_text_error err = {0};
    if (cos_xml_parse(&root, text, &limits, &err) != 0) {
        return cos_arena_printf(arena, "the assertion is not XML: line %u: %s", err.line,
                                err.message)
            .ptr;
    }
    const char *why = check_signature(claim, text, root);
    return why != NULL ? why : read_facts(out, arena, claim, find(root, "Assertion"));
}

const char *idp_judge_saml(struct idp_facts *out, struct cos_arena *arena,
                           const struct idp_claim *claim)
{
    struct cos_buf text;
    cos_buf_init(&text, TEXT_MAX_BYTES);
    const char *why = cos_base64_decode(&text, claim->text)
                          ? judge(out, arena, claim, cos_buf_view(&text))
                          : "the assertion is not base64 of at most 64 KiB";
    cos_buf_deinit(&text);
    return why;
}

/* --- writing --- */

static void write_open(struct cos_buf *b, const struct idp_statement *s)
{
    char at[21];
    cos_date_iso(at, s->now_unix_s);
    cos_buf_printf(b,
                   "<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" "
                   "ID=\"_response\" Version=\"2.0\" IssueInstant=\"%s\">"
                   "<saml2p:Status><saml2p:StatusCode "
                   "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></saml2p:Status>"
                   "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" "
                   "ID=\"_assertion\" Version=\"2.0\" IssueInstant=\"%s\"><saml2:Issuer>",
                   at, at);
    cos_xml_escape(b, s->issuer);
    cos_buf_str(b, "</saml2:Issuer>");
}

static void write_rest(struct cos_buf *b, const struct idp_statement *s)
{
    char from[21];
    char until[21];
    cos_date_iso(from, s->from_unix_s);
    cos_date_iso(until, s->until_unix_s);
    cos_buf_str(b, "<saml2:Subject><saml2:NameID "
                   "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">");
    cos_xml_escape(b, s->subject);
    cos_buf_str(b, "</saml2:NameID><saml2:SubjectConfirmation "
                   "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
                   "<saml2:SubjectConfirmationData Recipient=\"");
    cos_xml_escape_attr(b, s->audience);
    cos_buf_printf(b,
                   "\" NotOnOrAfter=\"%s\"/></saml2:SubjectConfirmation></saml2:Subject>"
                   "<saml2:Conditions NotBefore=\"%s\" NotOnOrAfter=\"%s\"/>"
                   "</saml2:Assertion></saml2p:Response>",
                   until, from, until);
}

static void write_signature(struct cos_buf *b, const char *digest, const char *value)
{
    cos_buf_printf(
        b,
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>"
        "<ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE "\"/>"
        "<ds:SignatureMethod Algorithm=\"" RSA_SHA256 "\"/>"
        "<ds:Reference URI=\"#_assertion\"><ds:Transforms>"
        "<ds:Transform Algorithm=\"" ENVELOPED "\"/>"
        "<ds:Transform Algorithm=\"" EXCLUSIVE "\"/></ds:Transforms>"
        "<ds:DigestMethod Algorithm=\"" SHA256 "\"/>"
        "<ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        "<ds:SignatureValue>%s</ds:SignatureValue></ds:Signature>",
        digest, value);
}

static void write_all(struct cos_buf *b, const struct idp_statement *s, const char *digest,
                      const char *value)
{
    cos_buf_clear(b);
    write_open(b, s);
    write_signature(b, digest, value);
    write_rest(b, s);
}

/* The digest is of the assertion without its signature, the seal of the part of the signature
 * that has the digest: three times the same text, with more in it each time. */
bool idp_write_saml(struct cos_buf *out, const struct cos_rsa *key,
                    const struct idp_statement *s)
{
    struct cos_buf form;
    struct cos_buf seal;
    struct cos_buf value;
    char digest[COS_BASE64_BYTES(COS_SHA256_BYTES)];
    uint8_t hash[COS_SHA256_BYTES];
    cos_buf_init(&form, 4 * TEXT_MAX_BYTES);
    cos_buf_init(&seal, 4096);
    cos_buf_init(&value, 8192);
    write_all(out, s, "", "");
    bool ok = cos_xml_canonical(&form, cos_buf_view(out), "Assertion", "Signature");
    cos_sha256(hash, cos_buf_cstr(&form), form.len);
    cos_base64_encode(digest, hash, sizeof(hash));
    write_all(out, s, digest, "");
    cos_buf_clear(&form);
    ok = ok && cos_xml_canonical(&form, cos_buf_view(out), "SignedInfo", NULL) &&
         cos_rsa_seal(key, cos_buf_view(&form), &seal);
    cos_base64_append(&value, cos_buf_cstr(&seal), seal.len);
    write_all(out, s, digest, cos_buf_cstr(&value));
    cos_buf_deinit(&form);
    cos_buf_deinit(&seal);
    cos_buf_deinit(&value);
    return ok && !out->failed;
}
