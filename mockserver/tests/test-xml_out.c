/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every document that carries names of a client's choosing, read back by libxml2: whatever
 * character XML 1.0 can carry (s.2.2) arrives as it was sent. A raw CR, for one, would arrive
 * as LF (s.2.11) and name another key.
 */
#include "door.h"

#include "cosbase/xml.h"

static struct cos_xml *read_answer(const struct answer *a)
{
    struct cos_xml *doc = NULL;
    struct cos_text_error err = {0};
    if (cos_xml_parse(&doc, cos_span_make(a->body, a->n), NULL, &err) < 0) {
        fail_msg("%u:%u: %s in %s", err.line, err.column, err.message, a->body);
    }
    return doc;
}

/* "A/B": the text of the first B of the first A. */
static const char *text_at(const struct cos_xml *e, const char *path)
{
    struct cos_span rest = cos_span_of(path);
    while (rest.ptr != NULL && e != NULL) {
        struct cos_span step = cos_span_cut(&rest, '/');
        char name[64];
        (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(step));
        e = cos_xml_get(e, name);
    }
    return cos_xml_text(e);
}

/* One character of a client, and the texts made of it. */
struct character {
    /* UTF-8 */
    char c[5];
    /* "[c]1" */
    char key[16];
    /* "[c]2" */
    char next[16];
    /* "[c]" */
    char prefix[16];
    /* "[c", what a list with the delimiter c shows */
    char folder[16];
    /* "!c": sorts before all of these */
    char marker[16];
    /* each again, percent-encoded */
    char raw_c[16];
    char raw_key[48], raw_next[48], raw_prefix[48], raw_marker[48];
};

static void percent(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (const char *s = text; *s != '\0'; s++) {
        n += (size_t)snprintf(out + n, size - n, "%%%02X", (unsigned char)*s);
    }
}

static void character_of(struct character *out, uint32_t c)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : (c < 0x800 ? 2 : (c < 0x10000 ? 3 : 4));
    *out = (struct character){0};
    for (size_t i = n; i-- > 1; c >>= 6) {
        out->c[i] = (char)(0x80 | (c & 0x3f));
    }
    out->c[0] = (char)(leads[n] | c);
    (void)snprintf(out->key, sizeof(out->key), "[%s]1", out->c);
    (void)snprintf(out->next, sizeof(out->next), "[%s]2", out->c);
    (void)snprintf(out->prefix, sizeof(out->prefix), "[%s]", out->c);
    (void)snprintf(out->folder, sizeof(out->folder), "[%s", out->c);
    (void)snprintf(out->marker, sizeof(out->marker), "!%s", out->c);
    percent(out->raw_c, sizeof(out->raw_c), out->c);
    percent(out->raw_key, sizeof(out->raw_key), out->key);
    percent(out->raw_next, sizeof(out->raw_next), out->next);
    percent(out->raw_prefix, sizeof(out->raw_prefix), out->prefix);
    percent(out->raw_marker, sizeof(out->raw_marker), out->marker);
}

struct expected {
    const char *path, *text;
};

/* Ask, and find every text where it belongs. Returns the text of the last row, kept until the
 * next call. */
static const char *expect(struct door *d, const struct ask *q, int status,
                          const struct expected *rows)
{
    static char last[128];
    struct answer a = door_ask(d, q);
    assert_int_equal(a.status, status);
    struct cos_xml *doc = read_answer(&a);
    for (size_t i = 0; rows[i].path != NULL; i++) {
        const char *got = text_at(doc, rows[i].path);
        if (got == NULL || (rows[i].text != NULL && strcmp(got, rows[i].text) != 0)) {
            fail_msg("%s %s: %s is '%s', not '%s', in %s", q->method, q->target, rows[i].path,
                     got == NULL ? "(absent)" : got, rows[i].text, a.body);
        }
        (void)snprintf(last, sizeof(last), "%s", got);
    }
    (void)cos_xml_free(doc);
    answer_free(&a);
    return last;
}

static void put_keys(struct door *d, const struct character *c)
{
    char target[64];
    (void)snprintf(target, sizeof(target), "/%s", c->raw_key);
    door_put(d, target, "x");
    (void)snprintf(target, sizeof(target), "/%s", c->raw_next);
    door_put(d, target, "x");
}

static void lists_bring_back(struct door *d, const struct character *c)
{
    char target[300];
    struct ask q = {.method = "GET", .target = target};
    put_keys(d, c);
    (void)snprintf(target, sizeof(target), "/?prefix=%s&marker=%s&max-keys=1", c->raw_prefix,
                   c->raw_marker);
    expect(d, &q, 200,
           (const struct expected[]){{"Prefix", c->prefix},
                                     {"Marker", c->marker},
                                     {"NextMarker", c->key},
                                     {"Contents/Key", c->key},
                                     {NULL, NULL}});
    (void)snprintf(target, sizeof(target), "/?prefix=%%5B&delimiter=%s", c->raw_c);
    expect(d, &q, 200,
           (const struct expected[]){{"Delimiter", c->c},
                                     {"CommonPrefixes/Prefix", c->folder},
                                     {NULL, NULL}});
}

static void begin(struct door *d, const char *raw_key, const char *key, char id[128])
{
    char target[64];
    (void)snprintf(target, sizeof(target), "/%s?uploads", raw_key);
    (void)snprintf(
        id, 128, "%s",
        expect(d, &(struct ask){.method = "POST", .target = target}, 200,
               (const struct expected[]){{"Key", key}, {"UploadId", NULL}, {NULL, NULL}}));
}

static void upload_lists_bring_back(struct door *d, const struct character *c)
{
    char target[300];
    struct ask q = {.method = "GET", .target = target};
    (void)snprintf(target, sizeof(target),
                   "/?uploads&prefix=%s&key-marker=%s&upload-id-marker=%s&max-uploads=1",
                   c->raw_prefix, c->raw_marker, c->raw_c);
    expect(d, &q, 200,
           (const struct expected[]){{"Prefix", c->prefix},
                                     {"KeyMarker", c->marker},
                                     {"UploadIdMarker", c->c},
                                     {"NextKeyMarker", c->key},
                                     {"Upload/Key", c->key},
                                     {NULL, NULL}});
    (void)snprintf(target, sizeof(target), "/?uploads&prefix=%%5B&delimiter=%s", c->raw_c);
    expect(d, &q, 200,
           (const struct expected[]){{"Delimiter", c->c},
                                     {"CommonPrefixes/Prefix", c->folder},
                                     {NULL, NULL}});
}

static void uploads_bring_back(struct door *d, const struct character *c)
{
    char id[128];
    begin(d, c->raw_key, c->key, id);
    char other[128];
    begin(d, c->raw_next, c->next, other);
    upload_lists_bring_back(d, c);
    char target[300];
    (void)snprintf(target, sizeof(target), "/%s?partNumber=1&uploadId=%s", c->raw_key, id);
    struct answer a =
        door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "x", .n = 1});
    assert_int_equal(a.status, 200);
    char body[300];
    door_one_part(body, &a);
    answer_free(&a);
    (void)snprintf(target, sizeof(target), "/%s?uploadId=%s", c->raw_key, id);
    expect(d, &(struct ask){.method = "GET", .target = target}, 200,
           (const struct expected[]){{"Key", c->key}, {NULL, NULL}});
    expect(d,
           &(struct ask){.method = "POST", .target = target, .body = body, .n = strlen(body)},
           200, (const struct expected[]){{"Key", c->key}, {NULL, NULL}});
    (void)snprintf(target, sizeof(target), "/%s?uploadId=%s", c->raw_next, other);
    door_expect(d, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
}

/* The document of the client says every character by number. */
static size_t add_reference(char *out, size_t size, uint32_t c)
{
    return (size_t)snprintf(out, size, "&#x%X;", (unsigned)c);
}

static void deletions_bring_back(struct door *d, const struct character *c, uint32_t number)
{
    char body[400];
    size_t n = (size_t)snprintf(body, sizeof(body), "<Delete><Object><Key>[");
    n += add_reference(body + n, sizeof(body) - n, number);
    n += (size_t)snprintf(body + n, sizeof(body) - n, "]1</Key></Object><Object><Key>[");
    n += add_reference(body + n, sizeof(body) - n, number);
    n += (size_t)snprintf(body + n, sizeof(body) - n, "]2</Key><VersionId>v");
    n += add_reference(body + n, sizeof(body) - n, number);
    n += (size_t)snprintf(body + n, sizeof(body) - n, "v</VersionId></Object></Delete>");
    char version[16];
    (void)snprintf(version, sizeof(version), "v%sv", c->c);
    assert_int_equal(cosmock_switch_set(d->tenant, "delete-unknown-version", "NoSuchVersion",
                                        NULL),
                     COSMOCK_OK);
    expect(d,
           &(struct ask){
               .method = "POST", .target = "/?delete", .body = body, .n = n, .with_md5 = true},
           200,
           (const struct expected[]){{"Deleted/Key", c->key},
                                     {"Error/Key", c->next},
                                     {"Error/VersionId", version},
                                     {NULL, NULL}});
}

static void errors_bring_back(struct door *d, const struct character *c)
{
    char target[64];
    (void)snprintf(target, sizeof(target), "/%s", c->raw_key);
    char resource[256];
    (void)snprintf(resource, sizeof(resource), "%s/%s", d->host, c->key);
    expect(d, &(struct ask){.method = "GET", .target = target}, 404,
           (const struct expected[]){{"Resource", resource}, {NULL, NULL}});
}

/* The body of a wrong signature quotes the request (cos-wire.md s.1.5). */
static void refused_signatures_bring_back(struct door *d, const struct character *c)
{
    char target[64];
    (void)snprintf(target, sizeof(target), "/%s", c->raw_key);
    char headers[400];
    (void)snprintf(headers, sizeof(headers),
                   "Authorization: q-sign-algorithm=sha1&q-ak=%s&q-sign-time=1586511000;"
                   "1986511000&q-key-time=1586511000;1986511000&q-header-list=&"
                   "q-url-param-list=&q-signature=0000000000000000000000000000000000000000",
                   d->info.secret_id);
    char format[64];
    (void)snprintf(format, sizeof(format), "get\n/%s\n\n\n", c->key);
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", &err), 0);
    expect(d, &(struct ask){.method = "GET", .target = target, .headers = headers}, 403,
           (const struct expected[]){{"FormatString", format}, {NULL, NULL}});
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "off", &err), 0);
}

static void check(struct door *d, uint32_t number)
{
    struct character c;
    character_of(&c, number);
    lists_bring_back(d, &c);
    uploads_bring_back(d, &c);
    deletions_bring_back(d, &c, number);
    errors_bring_back(d, &c);
    refused_signatures_bring_back(d, &c);
    char target[64];
    (void)snprintf(target, sizeof(target), "/%s", c.raw_next);
    door_expect(d, &(struct ask){.method = "DELETE", .target = target}, 204, NULL);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void every_ascii_character_of_xml_arrives_from_every_document(void **state)
{
    check(*state, '\t');
    check(*state, '\n');
    check(*state, '\r');
    for (uint32_t c = 0x20; c < 0x80; c++) {
        check(*state, c);
    }
}

/* Every byte of UTF-8: the continuations behind C2, then each leading byte. */
static void every_byte_of_utf8_arrives_from_every_document(void **state)
{
    for (uint32_t c = 0x80; c < 0xc0; c++) {
        check(*state, c);
    }
    for (uint32_t lead = 0xc3; lead < 0xe0; lead++) {
        check(*state, (lead & 0x1f) << 6);
    }
    for (uint32_t lead = 0xe0; lead < 0xf0; lead++) {
        check(*state, lead == 0xe0 ? 0x800 : (lead & 0xf) << 12);
    }
    for (uint32_t lead = 0xf0; lead < 0xf5; lead++) {
        check(*state, lead == 0xf0 ? 0x10000 : (lead & 7) << 18);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(every_ascii_character_of_xml_arrives_from_every_document),
        DOOR_TEST(every_byte_of_utf8_arrives_from_every_document),
    };
    return cmocka_run_group_tests_name("xml_out", tests, NULL, NULL);
}
