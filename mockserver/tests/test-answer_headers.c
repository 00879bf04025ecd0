/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which headers an answer has of its own, by operation: as many as its page and its samples
 * name, and no more. Sources: documents PUT Object, PUT Object - Copy, Initiate, Upload Part,
 * Upload Part - Copy, Complete, APPEND Object, GET Object, HEAD Object, DELETE Object, common
 * response headers (436/7729); cos-operations-1.md s.1, s.2.2, s.5.2; cos-operations-2.md s.4,
 * s.5, s.7.2. What every answer has is left out: Content-Length, Content-Type, Connection,
 * Date, Server, x-cos-request-id, and the mock's own word that nothing is enforced here.
 */
#include "door.h"

#define WRITE                                                                  \
    "x-cos-server-side-encryption: AES256\nx-cos-storage-class: STANDARD_IA\n" \
    "x-cos-tagging: a=b\nx-cos-meta-m: 1\nCache-Control: no-cache"
#define SSE "x-cos-server-side-encryption "
#define DIGESTS "ETag x-cos-hash-crc64ecma "
#define ID "x-cos-version-id "
#define READ                                                                                \
    "Accept-Ranges Cache-Control ETag Last-Modified x-cos-hash-crc64ecma x-cos-meta-m " SSE \
    "x-cos-storage-class x-cos-tagging-count " ID

/* What the requests of a row are made of; `%s` in a target or header is one of these. */
struct scene {
    struct door *d;
    char id[64]; /* a version of /o */
    char upload[100];
    char etag[64]; /* of its part */
};

static int by_name(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Their names in order, each with a blank behind. */
static void names_of(const struct answer *a, char *out, size_t size)
{
    static const char *const common[] = {
        "Content-Length", "Content-Type",     "Connection",           "Date",
        "Server",         "x-cos-request-id", "x-cosmock-enforcement"};
    char names[32][64];
    const char *order[32];
    size_t n;
    size_t kept = 0;
    const struct cosmock_header *h = cosmock_reply_headers(a->x, &n);
    for (size_t i = 0; i < n && kept < COS_ARRAY_LEN(names); i++) {
        bool is_common = false;
        (void)snprintf(names[kept], sizeof(names[0]), "%.*s", (int)h[i].name.len,
                       h[i].name.ptr);
        for (size_t c = 0; c < COS_ARRAY_LEN(common); c++) {
            is_common = is_common || strcasecmp(names[kept], common[c]) == 0;
        }
        if (!is_common) {
            order[kept] = names[kept];
            kept++;
        }
    }
    qsort(order, kept, sizeof(order[0]), by_name);
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < kept; i++) {
        at += (size_t)snprintf(out + at, size - at, "%s ", order[i]);
    }
}

struct header_row {
    const char *name, *method;
    const char *target, *headers, *body; /* NULL: none */
    int status;
    const char *expected;
};

/* {id}, {upload}, {etag} and {host} of the scene. */
static const char *filled(const struct scene *s, const char *text, char out[1000])
{
    const struct {
        const char *mark, *value;
    } marks[] = {{"{id}", s->id},
                 {"{upload}", s->upload},
                 {"{etag}", s->etag},
                 {"{host}", s->d->host}};
    size_t n = 0;
    while (text != NULL && *text != '\0') {
        size_t i = 0;
        while (i < COS_ARRAY_LEN(marks) &&
               strncmp(text, marks[i].mark, strlen(marks[i].mark)) != 0) {
            i++;
        }
        bool is_mark = i < COS_ARRAY_LEN(marks);
        n += (size_t)snprintf(out + n, 1000 - n, "%.*s", is_mark ? 1000 : 1,
                              is_mark ? marks[i].value : text);
        text += is_mark ? strlen(marks[i].mark) : 1;
    }
    return text == NULL ? NULL : out;
}

static void check_row(struct scene *s, const struct header_row *row)
{
    char target[1000];
    char headers[1000];
    char body[1000];
    char names[1000];
    const char *sent = filled(s, row->body, body);
    struct answer a = door_ask(s->d, &(struct ask){.method = row->method,
                                                   .target = filled(s, row->target, target),
                                                   .headers = filled(s, row->headers, headers),
                                                   .body = sent,
                                                   .n = sent == NULL ? 0 : strlen(sent)});
    names_of(&a, names, sizeof(names));
    if (a.status != row->status || strcasecmp(names, row->expected) != 0) {
        fail_msg("%s: %d '%s', not '%s' %s", row->name, a.status, names, row->expected, a.body);
    }
    if (strcmp(row->name, "PUT") == 0) {
        (void)snprintf(s->id, sizeof(s->id), "%s", answer_header(&a, "x-cos-version-id"));
    } else if (strcmp(row->name, "Initiate") == 0) {
        (void)snprintf(s->upload, sizeof(s->upload), "%s", xml_of(&a, "UploadId"));
    } else if (strcmp(row->name, "Upload Part") == 0) {
        (void)snprintf(s->etag, sizeof(s->etag), "%s", answer_header(&a, "ETag"));
    }
    answer_free(&a);
}

#define COPY_SOURCE "x-cos-copy-source: {host}/o"
#define COMPLETION                                                                        \
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>" \
    "</CompleteMultipartUpload>"

/* One after the other, in a bucket that keeps versions. */
static const struct header_row with_versions[] = {
    {"PUT", "PUT", "/o", WRITE, "x", 200, DIGESTS SSE "x-cos-storage-class " ID},
    {"plain PUT", "PUT", "/plain", NULL, "x", 200, DIGESTS ID},
    {"GET", "GET", "/o", NULL, NULL, 200, READ},
    {"HEAD", "HEAD", "/o", NULL, NULL, 200, READ},
    {"GET of a range", "GET", "/o", "Range: bytes=0-0", NULL, 206,
     "Accept-Ranges Cache-Control Content-Range ETag Last-Modified x-cos-hash-crc64ecma "
     "x-cos-meta-m " SSE "x-cos-storage-class x-cos-tagging-count " ID},
    {"GET of a version", "GET", "/o?versionId={id}", NULL, NULL, 200, READ},
    {"plain GET", "GET", "/plain", NULL, NULL, 200,
     "Accept-Ranges ETag Last-Modified x-cos-hash-crc64ecma " ID},
    {"Copy", "PUT", "/copy", COPY_SOURCE "\n" WRITE, NULL, 200, SSE},
    {"Copy of a version", "PUT", "/copy", COPY_SOURCE "?versionId={id}", NULL, 200,
     "x-cos-copy-source-version-id "},
    {"Initiate", "POST", "/m?uploads", WRITE, NULL, 200, SSE},
    {"Upload Part", "PUT", "/m?partNumber=1&uploadId={upload}", NULL, "x", 200, DIGESTS SSE},
    {"Upload Part - Copy", "PUT", "/m?partNumber=2&uploadId={upload}",
     COPY_SOURCE "?versionId={id}", NULL, 200, "x-cos-copy-source-version-id " SSE},
    {"List Parts", "GET", "/m?uploadId={upload}", NULL, NULL, 200, ""},
    {"List Uploads", "GET", "/?uploads", NULL, NULL, 200, ""},
    {"Complete", "POST", "/m?uploadId={upload}", NULL, COMPLETION, 200,
     "x-cos-hash-crc64ecma " SSE ID},
    {"Append", "POST", "/a?append&position=0", "x-cos-server-side-encryption: AES256", "x", 200,
     "ETag x-cos-content-sha1 x-cos-next-append-position " SSE},
    {"Append more", "POST", "/a?append&position=1", NULL, "x", 200,
     "ETag x-cos-content-sha1 x-cos-next-append-position " SSE},
    {"HEAD of an appendable", "HEAD", "/a", NULL, NULL, 200,
     "Accept-Ranges ETag Last-Modified x-cos-hash-crc64ecma x-cos-object-type " SSE},
    {"PUT symlink", "PUT", "/l?symlink", "x-cos-symlink-target: o", NULL, 200, DIGESTS ID},
    {"PUT tagging", "PUT", "/o?tagging", NULL,
     "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>", 200, ""},
    {"DELETE", "DELETE", "/copy", NULL, NULL, 204, "x-cos-delete-marker " ID},
    {"DELETE of a version", "DELETE", "/o?versionId={id}", NULL, NULL, 204, ID},
    {"List", "GET", "/", NULL, NULL, 200, "x-cos-bucket-region "},
    {"List Versions", "GET", "/?versions", NULL, NULL, 200, ""},
};

static void an_answer_has_the_headers_of_its_page(void **state)
{
    struct scene s = {.d = *state};
    assert_int_equal(cosmock_bucket_versioning_set(s.d->tenant, s.d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     0);
    for (size_t i = 0; i < COS_ARRAY_LEN(with_versions); i++) {
        check_row(&s, &with_versions[i]);
    }
}

/* One after the other, in a bucket that never had versions. */
static const struct header_row without[] = {
    {"PUT", "PUT", "/o", NULL, "x", 200, DIGESTS},
    {"GET", "GET", "/o", NULL, NULL, 200,
     "Accept-Ranges ETag Last-Modified x-cos-hash-crc64ecma "},
    {"Copy", "PUT", "/copy", COPY_SOURCE, NULL, 200, ""},
    {"Initiate", "POST", "/m?uploads", NULL, NULL, 200, ""},
    {"Upload Part", "PUT", "/m?partNumber=1&uploadId={upload}", NULL, "x", 200, DIGESTS},
    {"Complete", "POST", "/m?uploadId={upload}", NULL, COMPLETION, 200,
     "x-cos-hash-crc64ecma "},
    {"Append", "POST", "/a?append&position=0", NULL, "x", 200,
     "ETag x-cos-content-sha1 x-cos-next-append-position "},
    {"DELETE", "DELETE", "/o", NULL, NULL, 204, ""},
    {"Initiate", "POST", "/n?uploads", NULL, NULL, 200, ""},
    {"Abort", "DELETE", "/n?uploadId={upload}", NULL, NULL, 204, ""},
};

static void a_bare_answer_has_few(void **state)
{
    struct scene s = {.d = *state};
    for (size_t i = 0; i < COS_ARRAY_LEN(without); i++) {
        check_row(&s, &without[i]);
    }
}

/* PUT Object, example 7, and Complete, the same: one is silent, the other says null. */
static void a_suspended_bucket_names_no_version_but_by_complete(void **state)
{
    struct scene s = {.d = *state};
    assert_int_equal(cosmock_bucket_versioning_set(s.d->tenant, s.d->info.bucket,
                                                   COSMOCK_VERSIONING_SUSPENDED, NULL),
                     0);
    for (size_t i = 0; i < COS_ARRAY_LEN(without); i++) {
        struct header_row row = without[i];
        bool is_complete = strcmp(row.name, "Complete") == 0;
        bool is_deletion = strcmp(row.name, "DELETE") == 0;
        row.expected = is_complete   ? "x-cos-hash-crc64ecma " ID
                       : is_deletion ? "x-cos-delete-marker "
                                     : row.expected;
        check_row(&s, &row);
    }
}

/* No page shows it: a switch. */
static void a_marker_says_so_in_its_404_when_asked_to(void **state)
{
    struct door *d = *state;
    char by_version[200];
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     0);
    door_put(d, "/o", "x");
    struct answer a = door_send(d, "DELETE", "/o", NULL);
    (void)snprintf(by_version, sizeof(by_version), "/o?versionId=%s",
                   answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
    const struct {
        const char *target, *sent;
    } rows[] = {{"/o", "true"}, {by_version, "true"}, {"/none", ""}, {"/o?versionId=MTg0", ""}};
    static const char *const methods[] = {"GET", "HEAD"};
    static const char *const words[] = {"left-out", "sent"};
    for (size_t w = 0; w < COS_ARRAY_LEN(words); w++) {
        assert_int_equal(cosmock_switch_set(d->tenant, "marker-header", words[w], NULL), 0);
        for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
            for (size_t m = 0; m < COS_ARRAY_LEN(methods); m++) {
                a = door_send(d, methods[m], rows[i].target, NULL);
                assert_int_equal(a.status, 404);
                assert_string_equal(answer_header(&a, "x-cos-delete-marker"),
                                    w == 0 ? "" : rows[i].sent);
                answer_free(&a);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(an_answer_has_the_headers_of_its_page),
        DOOR_TEST(a_bare_answer_has_few),
        DOOR_TEST(a_suspended_bucket_names_no_version_but_by_complete),
        DOOR_TEST(a_marker_says_so_in_its_404_when_asked_to),
    };
    return cmocka_run_group_tests_name("answer_headers", tests, NULL, NULL);
}
