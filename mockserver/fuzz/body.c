/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: bodies of requests that are no bucket's configuration. The first byte chooses
 * the request, the rest is its body. Whatever comes in:
 *     no crash, and an answer that is no 500;
 *     what is refused has changed nothing;
 *     what GET shows of what was taken may be put again, and is then the same;
 *     a deletion answers for each of its keys, Complete ends its upload or leaves it open,
 *     and a select's answer is a row of whole frames.
 */
#include "ask.h"

#include "cosmock/cosmock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CSV "id,name\n1,Ann\n2,\"Bob, jr.\"\n3,\n"
#define JSON "{\"a\":{\"b\":[1,2.5]},\"c\":\"x\"}\n{\"a\":null,\"c\":true}\n"

enum kind {
    DELETION,
    KEPT,  /* and shown by GET of the same target */
    ASKED, /* kept as it was read, not as it was sent */
    COMPLETE,
    SELECT,
};

static const struct request {
    enum kind kind;
    const char *method, *target;
} requests[] = {
    {DELETION, "POST", "/?delete"},
    {KEPT, "PUT", "/k?tagging"},
    {KEPT, "PUT", "/k?acl"},
    {KEPT, "PUT", "/?acl"},
    {KEPT, "PUT", "/locked?retention"},
    {ASKED, "POST", "/cold?restore"},
    {COMPLETE, "POST", "/joined"},
    {KEPT, "PUT", "/?versioning"},
    {SELECT, "POST", "/csv?select&select-type=2"},
    {SELECT, "POST", "/json?select&select-type=2"},
    {ASKED, "PUT", "/"},
    {ASKED, "POST", "/?inventory&id=a"},
    {KEPT, "PUT", "/?policy"},
};

static struct cosmock *mock;

static void tell(const struct question *q, int status)
{
    struct answer a = ask(mock, q);
    require(a.status == status);
    answer_free(&a);
}

static void put(const char *target, struct cos_span body, const char *name, const char *value)
{
    tell(&(struct question){"PUT", target, name, value, body}, 200);
}

/* An upload of one part, whose target is @out. */
static void begin_upload(char out[200])
{
    char target[240];
    struct answer a =
        ask(mock, &(struct question){.method = "POST", .target = "/joined?uploads"});
    const char *id = strstr(a.body, "<UploadId>");
    require(id != NULL);
    id += strlen("<UploadId>");
    (void)snprintf(out, 200, "/joined?uploadId=%.*s", (int)strcspn(id, "<"), id);
    answer_free(&a);
    (void)snprintf(target, sizeof(target), "%s&partNumber=1", out);
    put(target, COS_SPAN_LIT("part"), NULL, NULL);
}

static void prepare(void)
{
    put("/k", COS_SPAN_LIT("x"), NULL, NULL);
    put("/csv", COS_SPAN_LIT(CSV), NULL, NULL);
    put("/json", COS_SPAN_LIT(JSON), NULL, NULL);
    put("/cold", COS_SPAN_LIT("x"), "x-cos-storage-class", "ARCHIVE");
    put("/locked", COS_SPAN_LIT("x"), NULL, NULL);
}

static void lock_bucket(void)
{
    put("/?object-lock",
        COS_SPAN_LIT("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                     "</ObjectLockConfiguration>"),
        NULL, NULL);
}

/* --- what has to be so --- */

static size_t count_of(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)) != NULL; text++) {
        n++;
    }
    return n;
}

static void check_deletion(struct cosmock_tenant *t, const struct answer *a, int64_t before)
{
    int64_t now = cosmock_object_count(t, FUZZ_BUCKET);
    require(now <= before && (a->status == 200 || now == before));
    if (a->status == 200) {
        size_t n = count_of(a->body, "<Deleted>");
        require(count_of(a->body, "<Error>") + n <= 1000);
        require(strstr(a->body, "<Deleted>") == NULL || (int64_t)n >= before - now);
    }
}

static void check_upload(struct cosmock_tenant *t, const struct answer *a)
{
    struct answer got = ask(mock, &(struct question){.method = "GET", .target = "/joined"});
    bool is_open = cosmock_upload_count(t, FUZZ_BUCKET) == 1;
    require(is_open == (a->status != 200));
    require(got.status == (is_open ? 404 : 200));
    require(is_open || (got.n == 4 && memcmp(got.body, "part", 4) == 0));
    answer_free(&got);
}

static size_t u32(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* cos-operations-2.md s.16.2 */
static void check_frames(const struct answer *a)
{
    size_t at = 0;
    while (a->status == 200 && at < a->n) {
        require(a->n - at >= 16);
        size_t whole = u32(a->body + at);
        require(whole >= 16 && whole <= a->n - at);
        require(u32(a->body + at + 4) <= whole - 16);
        at += whole;
    }
}

static void check(struct cosmock_tenant *t, const struct request *r, const struct answer *a,
                  int64_t objects_before)
{
    if (r->kind == DELETION) {
        check_deletion(t, a, objects_before);
        return;
    }
    if (r->kind == KEPT && a->status < 300) {
        check_again(mock, r->target, /* is_for_ever= */ false);
    } else if (r->kind == COMPLETE) {
        check_upload(t, a);
        objects_before += a->status == 200;
    } else if (r->kind == SELECT) {
        check_frames(a);
    }
    require(cosmock_object_count(t, FUZZ_BUCKET) == objects_before);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char upload[200];
    if (n == 0) {
        return 0;
    }
    require(mock != NULL || cosmock_new(&mock, NULL, NULL) == 0);
    struct cosmock_tenant *t = open_tenant(mock);
    const struct request *r = &requests[bytes[0] % (sizeof(requests) / sizeof(requests[0]))];
    prepare();
    if (r->kind == COMPLETE) {
        begin_upload(upload);
    } else if (strstr(r->target, "retention") != NULL) {
        lock_bucket();
    }
    int64_t before = cosmock_object_count(t, FUZZ_BUCKET);
    struct answer a =
        ask(mock, &(struct question){.method = r->method,
                                     .target = r->kind == COMPLETE ? upload : r->target,
                                     .body = cos_span_make(bytes + 1, n - 1)});
    check(t, r, &a, before);
    answer_free(&a);
    t = cosmock_tenant_free(t);
    return 0;
}
