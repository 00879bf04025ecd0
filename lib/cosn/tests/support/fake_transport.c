/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See fake_transport.h. Replies have the headers and documents of cos-wire.md s.2.0 and s.2.1
 * and nothing more.
 */
#include "fake_transport.h"

#include "client/client.h"
#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "cosbase/xml.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <strings.h>

#define REQUEST_ID "NjA0NGFjMmFfZTViOTJhMDk="
#define LAST_MODIFIED "Fri, 10 Apr 2020 09:36:35 GMT" /* 1586511395 */

/* --- replies --- */

static void add_header(struct cosn_http_reply *reply, const char *name, const char *value)
{
    int r = cosn_http_reply_add_header(reply, name, strlen(name), value, strlen(value));
    assert(r == 0);
    (void)r;
}

static void add_body(struct cosn_http_reply *reply, const char *text)
{
    int r = cosn_http_reply_add_body(reply, text, strlen(text));
    assert(r == 0);
    (void)r;
}

void fake_refuse(struct cosn_http_reply *reply, int status, const char *code,
                 const char *message)
{
    reply->status = status;
    add_header(reply, "x-cos-request-id", REQUEST_ID);
    if (code != NULL) {
        struct cos_buf b;
        cos_buf_init(&b, 65536);
        cos_buf_printf(&b,
                       "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>%s</Code>\n"
                       "\t<Message>%s</Message>\n\t<RequestId>" REQUEST_ID
                       "</RequestId>\n</Error>\n",
                       code, message);
        add_body(reply, cos_buf_cstr(&b));
        cos_buf_deinit(&b);
    }
}

static void add_sums(struct cosn_http_reply *reply, const void *bytes, size_t n)
{
    char md5[33], etag[40], crc[32];
    cos_md5_hex(md5, bytes, n);
    (void)snprintf(etag, sizeof(etag), "\"%s\"", md5);
    (void)snprintf(crc, sizeof(crc), "%" PRIu64, cos_crc64(0, bytes, n));
    add_header(reply, "ETag", etag);
    add_header(reply, "x-cos-hash-crc64ecma", crc);
}

/* --- the store --- */

static size_t lower_bound(const struct fake *f, const char *key)
{
    size_t lo = 0, hi = f->n_objects;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(f->objects[mid].key, key) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

const struct fake_object *fake_object(const struct fake *f, const char *key)
{
    size_t i = lower_bound(f, key);
    return i < f->n_objects && strcmp(f->objects[i].key, key) == 0 ? &f->objects[i] : NULL;
}

static char *copy_bytes(const void *bytes, size_t n)
{
    char *out = malloc(n + 1);
    assert(out != NULL);
    if (n > 0) {
        memcpy(out, bytes, n);
    }
    out[n] = '\0';
    return out;
}

static void remove_object(struct fake *f, const char *key)
{
    size_t i = lower_bound(f, key);
    if (i < f->n_objects && strcmp(f->objects[i].key, key) == 0) {
        free(f->objects[i].key);
        free(f->objects[i].bytes);
        memmove(&f->objects[i], &f->objects[i + 1],
                (f->n_objects - i - 1) * sizeof(f->objects[0]));
        f->n_objects--;
    }
}

void fake_seed(struct fake *f, const char *key, const void *bytes, size_t n)
{
    char *copy = copy_bytes(bytes, n);
    remove_object(f, key);
    if (f->n_objects == f->objects_cap) {
        f->objects_cap = f->objects_cap == 0 ? 64 : f->objects_cap * 2;
        f->objects = realloc(f->objects, f->objects_cap * sizeof(f->objects[0]));
        assert(f->objects != NULL);
    }
    size_t i = lower_bound(f, key);
    memmove(&f->objects[i + 1], &f->objects[i], (f->n_objects - i) * sizeof(f->objects[0]));
    f->objects[i] = (struct fake_object){copy_bytes(key, strlen(key)), copy, n, 0};
    f->n_objects++;
}

size_t fake_open_uploads(const struct fake *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_uploads; i++) {
        n += f->uploads[i].is_open ? 1 : 0;
    }
    return n;
}

/* --- requests --- */

const char *fake_header(const struct fake_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (strcasecmp(rq->headers[i].name, name) == 0) {
            return rq->headers[i].value;
        }
    }
    return NULL;
}

const struct fake_request *fake_last(const struct fake *f)
{
    return f->n_requests == 0 ? NULL : &f->requests[f->n_requests - 1];
}

size_t fake_count(const struct fake *f, const char *method, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_requests; i++) {
        const struct fake_request *rq = &f->requests[i];
        char target[8192];
        (void)snprintf(target, sizeof(target), "%s?%s", rq->path, rq->query);
        if ((method == NULL || strcmp(rq->method, method) == 0) &&
            (part == NULL || strstr(target, part) != NULL)) {
            n++;
        }
    }
    return n;
}

/* Heap copy of a query parameter, decoded; NULL when absent. */
static char *param(const struct fake_request *rq, const char *name)
{
    struct cos_span rest = cos_span_of(rq->query);
    while (rest.ptr != NULL) {
        struct cos_span value = cos_span_cut(&rest, '&');
        struct cos_span key = cos_span_cut(&value, '=');
        if (cos_span_eq_str(key, name)) {
            char *out = copy_bytes(value.ptr == NULL ? "" : value.ptr, value.len);
            out[cos_percent_decode(out, value, /* plus_is_space= */ false)] = '\0';
            return out;
        }
    }
    return NULL;
}

static struct fake_request *record(struct fake *f, const struct cosn_http_request *request)
{
    assert(f->n_requests < COS_ARRAY_LEN(f->requests));
    struct fake_request *rq = &f->requests[f->n_requests++];
    memset(rq, 0, sizeof(*rq));
    rq->method = copy_bytes(request->method, strlen(request->method));
    rq->url = copy_bytes(request->url, strlen(request->url));
    const char *host = strstr(rq->url, "://") + 3;
    const char *path = strchr(host, '/');
    const char *query = strchr(path, '?');
    struct cos_span raw =
        cos_span_make(path, query == NULL ? strlen(path) : (size_t)(query - path));
    rq->path = copy_bytes(raw.ptr, raw.len);
    rq->path[cos_percent_decode(rq->path, raw, /* plus_is_space= */ false)] = '\0';
    query = query == NULL ? "" : query + 1;
    rq->query = copy_bytes(query, strlen(query));
    for (size_t i = 0; i < request->n_headers && i < COS_ARRAY_LEN(rq->headers); i++) {
        rq->headers[i].name =
            copy_bytes(request->headers[i].name, strlen(request->headers[i].name));
        rq->headers[i].value =
            copy_bytes(request->headers[i].value, strlen(request->headers[i].value));
        rq->n_headers++;
    }
    rq->body_bytes = request->body_bytes;
    rq->body_crc64 =
        request->body == NULL ? 0 : cos_crc64(0, request->body, request->body_bytes);
    return rq;
}

/* --- operations --- */

static void get_object(struct fake *f, const struct fake_request *rq,
                       const struct cosn_http_request *request, struct cosn_http_reply *reply,
                       int *result)
{
    const struct fake_object *o = fake_object(f, rq->path + 1);
    bool is_head = strcmp(rq->method, "HEAD") == 0;
    if (o == NULL) {
        fake_refuse(reply, 404, is_head ? NULL : "NoSuchKey",
                    "The specified key does not exist.");
        return;
    }
    char md5[33];
    cos_md5_hex(md5, o->bytes, o->n);
    const char *if_match = fake_header(rq, "If-Match");
    if (if_match != NULL && strstr(if_match, md5) == NULL) {
        fake_refuse(reply, 412, "PreconditionFailed", "Precondition not match.");
        return;
    }
    size_t first = 0, last = o->n == 0 ? 0 : o->n - 1;
    const char *range = fake_header(rq, "Range");
    reply->status = 200;
    size_t n = o->n;
    if (range != NULL) {
        int fields = sscanf(range, "bytes=%zu-%zu", &first, &last);
        assert(fields == 2);
        (void)fields;
        if (first >= o->n) {
            fake_refuse(reply, 416, "InvalidRange", "The requested range is not satisfiable.");
            return;
        }
        last = last >= o->n ? o->n - 1 : last;
        n = last - first + 1;
        char text[96];
        (void)snprintf(text, sizeof(text), "bytes %zu-%zu/%zu", first, last, o->n);
        add_header(reply, "Content-Range", text);
        reply->status = 206;
    }
    char length[32];
    (void)snprintf(length, sizeof(length), "%zu", n);
    add_header(reply, "Content-Length", length);
    add_header(reply, "Last-Modified", LAST_MODIFIED);
    add_sums(reply, o->bytes, o->n);
    add_header(reply, "x-cos-request-id", REQUEST_ID);
    if (request->on_head != NULL && !is_head && n > 0) {
        *result = request->on_head(request->on_body_ctx, reply);
    }
    if (*result == 0 && !is_head && n > 0) {
        *result = request->on_body != NULL
                      ? request->on_body(request->on_body_ctx, o->bytes + first, n)
                      : cosn_http_reply_add_body(reply, o->bytes + first, n);
    }
}

static void copy_object(struct fake *f, const struct fake_request *rq, const char *source,
                        struct cosn_http_reply *reply)
{
    struct cos_span s = cos_span_of(source);
    s = cos_span_from(s, cos_span_chr(s, '/') + 1);
    char *key = copy_bytes(s.ptr, s.len);
    key[cos_percent_decode(key, s, /* plus_is_space= */ false)] = '\0';
    const struct fake_object *o = fake_object(f, key);
    free(key);
    if (o == NULL) {
        fake_refuse(reply, 404, "NoSuchKey", "The specified key does not exist.");
        return;
    }
    char *bytes = copy_bytes(o->bytes, o->n);
    size_t n = o->n;
    fake_seed(f, rq->path + 1, bytes, n);
    free(bytes);
    reply->status = 200;
    add_body(reply, "<CopyObjectResult><ETag>\"0\"</ETag><LastModified>2020-04-10T18:22:58Z"
                    "</LastModified></CopyObjectResult>");
}

static size_t find_upload(struct fake *f, const char *id)
{
    for (size_t i = 0; i < f->n_uploads; i++) {
        if (f->uploads[i].is_open && strcmp(f->uploads[i].id, id) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void put_object(struct fake *f, const struct fake_request *rq,
                       const struct cosn_http_request *request, struct cosn_http_reply *reply)
{
    const char *source = fake_header(rq, "x-cos-copy-source");
    if (source != NULL) {
        copy_object(f, rq, source, reply);
        return;
    }
    const char *forbid = fake_header(rq, "x-cos-forbid-overwrite");
    if (forbid != NULL && fake_object(f, rq->path + 1) != NULL) {
        fake_refuse(reply, 409, "FileAlreadyExists", "The object exists already.");
        return;
    }
    fake_seed(f, rq->path + 1, request->body, request->body_bytes);
    reply->status = 200;
    add_sums(reply, request->body == NULL ? "" : request->body, request->body_bytes);
}

static void put_part(struct fake *f, const struct fake_request *rq,
                     const struct cosn_http_request *request, struct cosn_http_reply *reply)
{
    char *id = param(rq, "uploadId");
    char *number_text = param(rq, "partNumber");
    size_t u = find_upload(f, id), number = (size_t)strtoul(number_text, NULL, 10);
    free(id);
    free(number_text);
    if (u == SIZE_MAX || number == 0 || number >= COS_ARRAY_LEN(f->uploads[u].parts)) {
        fake_refuse(reply, 404, "NoSuchUpload",
                    "The specified multipart upload does not exist.");
        return;
    }
    free(f->uploads[u].parts[number].bytes);
    f->uploads[u].parts[number].bytes = copy_bytes(request->body, request->body_bytes);
    f->uploads[u].parts[number].n = request->body_bytes;
    reply->status = 200;
    add_sums(reply, request->body, request->body_bytes);
}

/* One part, as asked for with max-parts=1. */
static void list_parts(struct fake *f, const struct fake_request *rq,
                       struct cosn_http_reply *reply)
{
    char *id = param(rq, "uploadId");
    char *marker = param(rq, "part-number-marker");
    size_t u = find_upload(f, id), number = (size_t)strtoul(marker, NULL, 10) + 1;
    free(id);
    free(marker);
    if (u == SIZE_MAX) {
        fake_refuse(reply, 404, "NoSuchUpload",
                    "The specified multipart upload does not exist.");
        return;
    }
    struct cos_buf b;
    cos_buf_init(&b, 4096);
    cos_buf_str(&b, "<ListPartsResult>");
    if (f->uploads[u].parts[number].bytes != NULL) {
        char md5[33];
        cos_md5_hex(md5, f->uploads[u].parts[number].bytes, f->uploads[u].parts[number].n);
        cos_buf_printf(&b,
                       "<Part><PartNumber>%zu</PartNumber><ETag>\"%s\"</ETag><Size>%zu</Size>"
                       "</Part>",
                       number, md5, f->uploads[u].parts[number].n);
    }
    cos_buf_str(&b, "</ListPartsResult>");
    reply->status = 200;
    add_body(reply, cos_buf_cstr(&b));
    cos_buf_deinit(&b);
}

static void begin_upload(struct fake *f, const struct fake_request *rq,
                         struct cosn_http_reply *reply)
{
    assert(f->n_uploads < COS_ARRAY_LEN(f->uploads));
    size_t u = f->n_uploads++;
    char id[64];
    (void)snprintf(id, sizeof(id), "1585130821cbb7df1d11846c073ad64%zu", u);
    f->uploads[u].id = copy_bytes(id, strlen(id));
    f->uploads[u].key = copy_bytes(rq->path + 1, strlen(rq->path + 1));
    f->uploads[u].is_open = true;
    f->uploads[u].initiated_unix_ms = INT64_C(1586511395000); /* as LAST_MODIFIED */
    reply->status = 200;
    const char *host = fake_header(rq, "Host");
    struct cos_buf b;
    cos_buf_init(&b, 65536);
    cos_buf_printf(&b, "<InitiateMultipartUploadResult><Bucket>%.*s</Bucket><Key>",
                   (int)strcspn(host, "."), host);
    cos_xml_escape(&b, cos_span_of(rq->path + 1));
    cos_buf_printf(&b, "</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id);
    add_body(reply, cos_buf_cstr(&b));
    cos_buf_deinit(&b);
}

static void complete_upload(struct fake *f, const struct fake_request *rq,
                            const struct cosn_http_request *request,
                            struct cosn_http_reply *reply)
{
    char *id = param(rq, "uploadId");
    size_t u = find_upload(f, id);
    free(id);
    if (u == SIZE_MAX) {
        fake_refuse(reply, 404, "NoSuchUpload",
                    "The specified multipart upload does not exist.");
        return;
    }
    struct cos_xml *doc = NULL;
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    int parsed =
        cos_xml_parse(&doc, cos_span_make(request->body, request->body_bytes), &limits, NULL);
    assert(parsed == 0);
    (void)parsed;
    struct cos_buf whole;
    cos_buf_init(&whole, 256u << 20);
    for (const struct cos_xml *p = cos_xml_first(doc); p != NULL; p = cos_xml_next(p)) {
        size_t number = (size_t)strtoul(cos_xml_child_text(p, "PartNumber"), NULL, 10);
        char md5[33];
        cos_md5_hex(md5, f->uploads[u].parts[number].bytes, f->uploads[u].parts[number].n);
        assert(strstr(cos_xml_child_text(p, "ETag"), md5) != NULL);
        cos_buf_append(&whole, f->uploads[u].parts[number].bytes,
                       f->uploads[u].parts[number].n);
    }
    cos_xml_free(doc);
    fake_seed(f, f->uploads[u].key, whole.ptr, whole.len);
    f->uploads[u].is_open = false;
    char crc[32];
    (void)snprintf(crc, sizeof(crc), "%" PRIu64, cos_crc64(0, whole.ptr, whole.len));
    cos_buf_deinit(&whole);
    reply->status = 200;
    add_header(reply, "x-cos-hash-crc64ecma", crc);
    add_body(reply, "<CompleteMultipartUploadResult><Location>http://b/k</Location>"
                    "<ETag>\"041ea8-2\"</ETag></CompleteMultipartUploadResult>");
}

static void delete_many(struct fake *f, const struct cosn_http_request *request,
                        struct cosn_http_reply *reply)
{
    struct cos_xml *doc = NULL;
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    int parsed =
        cos_xml_parse(&doc, cos_span_make(request->body, request->body_bytes), &limits, NULL);
    assert(parsed == 0);
    (void)parsed;
    for (const struct cos_xml *o = cos_xml_first(doc); o != NULL; o = cos_xml_next(o)) {
        if (strcmp(cos_xml_name(o), "Object") == 0) {
            remove_object(f, cos_xml_child_text(o, "Key"));
        }
    }
    cos_xml_free(doc);
    reply->status = 200;
    add_body(reply, "<DeleteResult></DeleteResult>");
}

/* encoding-type=url as the service does it: '/' stays, a blank is %20, '+' is %2B. */
static void url_encode(struct cos_buf *b, const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr("-_.~/", c) != NULL;
        cos_buf_printf(b, plain ? "%c" : "%%%02X", c);
    }
}

static void list_bucket(struct fake *f, const struct fake_request *rq,
                        struct cosn_http_reply *reply)
{
    char *prefix = param(rq, "prefix"), *delimiter = param(rq, "delimiter");
    char *marker = param(rq, "marker"), *max_text = param(rq, "max-keys");
    size_t max = max_text == NULL ? 1000 : (size_t)strtoul(max_text, NULL, 10);
    max = max > f->page_max ? f->page_max : max;
    const char *p = prefix == NULL ? "" : prefix;
    struct cos_buf contents, prefixes;
    cos_buf_init(&contents, 4u << 20);
    cos_buf_init(&prefixes, 4u << 20);
    char last[2048] = "", group[2048] = "";
    size_t n = 0;
    bool truncated = false;
    for (size_t i = 0; i < f->n_objects && !truncated; i++) {
        const char *key = f->objects[i].key;
        if (strncmp(key, p, strlen(p)) != 0 || (marker != NULL && strcmp(key, marker) <= 0)) {
            continue;
        }
        const char *cut = delimiter == NULL ? NULL : strstr(key + strlen(p), delimiter);
        char name[2048];
        (void)snprintf(name, sizeof(name), "%.*s",
                       cut == NULL ? (int)strlen(key) : (int)(cut - key) + 1, key);
        bool is_prefix = cut != NULL;
        if (is_prefix &&
            (strcmp(name, group) == 0 || (marker != NULL && strcmp(name, marker) == 0))) {
            continue;
        }
        if (n == max) {
            truncated = true;
            break;
        }
        n++;
        (void)snprintf(last, sizeof(last), "%s", name);
        if (is_prefix) {
            (void)snprintf(group, sizeof(group), "%s", name);
            cos_buf_str(&prefixes, "<CommonPrefixes><Prefix>");
            url_encode(&prefixes, name);
            cos_buf_str(&prefixes, "</Prefix></CommonPrefixes>");
        } else {
            cos_buf_str(&contents, "<Contents><Key>");
            url_encode(&contents, key);
            cos_buf_printf(&contents,
                           "</Key><LastModified>2020-12-10T03:37:30.000Z</LastModified>"
                           "<Size>%zu</Size></Contents>",
                           f->objects[i].n);
        }
    }
    struct cos_buf b;
    cos_buf_init(&b, 8u << 20);
    cos_buf_printf(&b,
                   "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>%s"
                   "</IsTruncated>",
                   truncated ? "true" : "false");
    if (truncated) {
        cos_buf_str(&b, "<NextMarker>");
        url_encode(&b, last);
        cos_buf_str(&b, "</NextMarker>");
    }
    cos_buf_span(&b, cos_buf_view(&contents));
    cos_buf_span(&b, cos_buf_view(&prefixes));
    cos_buf_str(&b, "</ListBucketResult>");
    reply->status = 200;
    add_body(reply, cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    cos_buf_deinit(&contents);
    cos_buf_deinit(&prefixes);
    free(prefix);
    free(delimiter);
    free(marker);
    free(max_text);
}

static bool is_behind(const struct fake *f, size_t u, const char *key_marker,
                      const char *id_marker)
{
    int order = key_marker == NULL ? 1 : strcmp(f->uploads[u].key, key_marker);
    return order > 0 || (order == 0 && strcmp(f->uploads[u].id, id_marker) > 0);
}

/* In the order in which they are kept, which tests keep by key. */
static void list_uploads(struct fake *f, const struct fake_request *rq,
                         struct cosn_http_reply *reply)
{
    char *prefix = param(rq, "prefix"), *key_marker = param(rq, "key-marker");
    char *id_marker = param(rq, "upload-id-marker");
    size_t n = 0, last = 0;
    bool truncated = false;
    struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    cos_buf_str(&b, "<ListMultipartUploadsResult><Encoding-Type>url</Encoding-Type>");
    for (size_t u = 0; u < f->n_uploads && !truncated; u++) {
        if (!f->uploads[u].is_open || !is_behind(f, u, key_marker, id_marker) ||
            (prefix != NULL && strncmp(f->uploads[u].key, prefix, strlen(prefix)) != 0)) {
            continue;
        }
        truncated = n == f->page_max;
        if (!truncated) {
            char when[25];
            cos_date_iso_ms(when, f->uploads[u].initiated_unix_ms);
            cos_buf_str(&b, "<Upload><Key>");
            url_encode(&b, f->uploads[u].key);
            cos_buf_printf(&b,
                           "</Key><UploadId>%s</UploadId><Initiated>%s</Initiated></Upload>",
                           f->uploads[u].id, when);
            last = u;
            n++;
        }
    }
    if (truncated) {
        cos_buf_str(&b, "<NextKeyMarker>");
        url_encode(&b, f->uploads[last].key);
        cos_buf_printf(&b, "</NextKeyMarker><NextUploadIdMarker>%s</NextUploadIdMarker>",
                       f->uploads[last].id);
    }
    cos_buf_printf(&b, "<IsTruncated>%s</IsTruncated></ListMultipartUploadsResult>",
                   truncated ? "true" : "false");
    reply->status = 200;
    add_body(reply, cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    free(prefix);
    free(key_marker);
    free(id_marker);
}

static bool has_param(const struct fake_request *rq, const char *name)
{
    char *value = param(rq, name);
    free(value);
    return value != NULL;
}

static void serve(struct fake *f, const struct fake_request *rq,
                  const struct cosn_http_request *request, struct cosn_http_reply *reply,
                  int *result)
{
    bool is_bucket = strcmp(rq->path, "/") == 0;
    const char *m = rq->method;
    if (strcmp(m, "HEAD") == 0 && is_bucket) {
        reply->status = 200;
    } else if (strcmp(m, "GET") == 0 && is_bucket && has_param(rq, "uploads")) {
        list_uploads(f, rq, reply);
    } else if (strcmp(m, "GET") == 0 && is_bucket) {
        list_bucket(f, rq, reply);
    } else if (strcmp(m, "POST") == 0 && is_bucket) {
        delete_many(f, request, reply);
    } else if (strcmp(m, "GET") == 0 && has_param(rq, "uploadId")) {
        list_parts(f, rq, reply);
    } else if (strcmp(m, "GET") == 0 || strcmp(m, "HEAD") == 0) {
        get_object(f, rq, request, reply, result);
    } else if (strcmp(m, "PUT") == 0 && has_param(rq, "partNumber")) {
        put_part(f, rq, request, reply);
    } else if (strcmp(m, "PUT") == 0) {
        put_object(f, rq, request, reply);
    } else if (strcmp(m, "POST") == 0 && has_param(rq, "uploads")) {
        begin_upload(f, rq, reply);
    } else if (strcmp(m, "POST") == 0) {
        complete_upload(f, rq, request, reply);
    } else if (has_param(rq, "uploadId")) {
        char *id = param(rq, "uploadId");
        size_t u = find_upload(f, id);
        free(id);
        if (u != SIZE_MAX) {
            f->uploads[u].is_open = false;
        }
        reply->status = 204;
    } else {
        remove_object(f, rq->path + 1);
        reply->status = 204;
    }
}

static int perform(void *ctx, const struct cosn_http_request *request,
                   struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct fake *f = ctx;
    (void)pthread_mutex_lock(f->lock);
    struct fake_request *rq = record(f, request);
    int handled = f->intercept == NULL ? 0 : f->intercept(f->intercept_ctx, f, rq, reply, err);
    int result = 0;
    if (handled == 0) {
        serve(f, rq, request, reply, &result);
        if (cosn_http_reply_header(reply, "x-cos-request-id") == NULL) {
            add_header(reply, "x-cos-request-id", REQUEST_ID);
        }
    }
    (void)pthread_mutex_unlock(f->lock);
    if (handled < 0) {
        return handled;
    }
    if (result != 0) {
        memset(err, 0, sizeof(*err));
        err->status = COSN_E_IO;
        (void)snprintf(err->message, sizeof(err->message), "stopped");
        return COSN_E_IO;
    }
    return 0;
}

struct fake *fake_new(void)
{
    struct fake *f = calloc(1, sizeof(*f));
    assert(f != NULL);
    f->lock = calloc(1, sizeof(pthread_mutex_t));
    assert(f->lock != NULL);
    (void)pthread_mutex_init(f->lock, NULL);
    f->page_max = 1000;
    f->transport = (struct cosn_transport){perform, f};
    return f;
}

struct fake *fake_free(struct fake *f)
{
    if (f == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < f->n_requests; i++) {
        struct fake_request *rq = &f->requests[i];
        free(rq->method);
        free(rq->url);
        free(rq->path);
        free(rq->query);
        for (size_t h = 0; h < rq->n_headers; h++) {
            free(rq->headers[h].name);
            free(rq->headers[h].value);
        }
    }
    while (f->n_objects > 0) {
        remove_object(f, f->objects[0].key);
    }
    free(f->objects);
    for (size_t u = 0; u < f->n_uploads; u++) {
        free(f->uploads[u].id);
        free(f->uploads[u].key);
        for (size_t p = 0; p < COS_ARRAY_LEN(f->uploads[u].parts); p++) {
            free(f->uploads[u].parts[p].bytes);
        }
    }
    (void)pthread_mutex_destroy(f->lock);
    free(f->lock);
    free(f);
    return NULL;
}

struct client *fake_client(struct cosn_provider *provider, const struct platform *platform)
{
    struct client_options o = {
        .bucket = "examplebucket-1250000000",
        .host = "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com",
        .scheme = "https",
        .provider = provider,
        .platform = platform,
        .retry = {.retries = 3, .interval_ms = 3000},
        .stall_ms = 60000,
        .user_agent = "cosn/test",
    };
    struct client *c = NULL;
    int r = client_new(&c, &o, /* err= */ NULL);
    assert(r == 0);
    (void)r;
    return c;
}
