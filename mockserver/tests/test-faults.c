/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of fault with every kind of operation: is it executed, what is the answer, what
 * does the journal say? What each kind means is docs/CONTROL-API.md's and fault.h's; plans and
 * bodies differ, and no handler may forget.
 */
#include "door.h"

#define NOW DOOR_NOW_UNIX_MS
#define AMOUNT 3
#define SKEW_MS 7200000

/* A request that succeeds. "@": the id of an upload of one part, "hello", to /up. */
struct request {
    const char *op, *method, *target, *headers, *body;
    int status;
    /* what is kept is another thing behind it */
    bool changes;
};
static const struct request requests[] = {
    {"GetObject", "GET", "/k", NULL, NULL, 200, false},
    {"HeadObject", "HEAD", "/k", NULL, NULL, 200, false},
    {"GetBucket", "GET", "/", NULL, NULL, 200, false},
    {"PutObject", "PUT", "/new", NULL, "bytes", 200, true},
    {"DeleteObject", "DELETE", "/k", NULL, NULL, 204, true},
    {"PutObjectCopy", "PUT", "/copy",
     "x-cos-copy-source: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/k", NULL, 200,
     true},
    {"AppendObject", "POST", "/log?append&position=0", NULL, "bytes", 200, true},
    {"CompleteMultipartUpload", "POST", "/up?uploadId=@", NULL,
     "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
     "5d41402abc4b2a76b9719d911017c592</ETag></Part></CompleteMultipartUpload>",
     200, true},
    {"DeleteMultipleObjects", "POST", "/?delete", NULL,
     "<Delete><Object><Key>k</Key></Object></Delete>", 200, true},
    {"PostObject", "POST", "/", "Content-Type: multipart/form-data; boundary=b",
     "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nnew\r\n--b\r\n"
     "Content-Disposition: form-data; name=\"file\"\r\n\r\nbytes\r\n--b--\r\n",
     204, true},
    {"SelectObjectContent", "POST", "/k?select&select-type=2", NULL,
     "<SelectRequest><Expression>Select * from COSObject</Expression><ExpressionType>SQL"
     "</ExpressionType><InputSerialization><CSV/></InputSerialization><OutputSerialization>"
     "<CSV/></OutputSerialization></SelectRequest>",
     200, false},
};

/* What became of one. */
struct outcome {
    int status;
    bool changed;
    char code[64], date[64], fault[32], server[16];
    struct cosmock_delivery delivery;
    struct cos_buf body;
    uint64_t announced;
};

static void furnish(struct door *d, char upload[128])
{
    for (int i = 0; i < COSMOCK_CLOCKS; i++) {
        cosmock_clock_freeze(d->tenant, (enum cosmock_clock)i, NOW);
    }
    door_put(d, "/k", "a,b\n1,2\n");
    struct answer a = door_send(d, "POST", "/up?uploads", NULL);
    (void)snprintf(upload, 128, "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    char target[256];
    (void)snprintf(target, sizeof(target), "/up?partNumber=1&uploadId=%s", upload);
    door_put(d, target, "hello");
}

static void read_entry(struct door *d, const struct request *q, struct outcome *o)
{
    struct cosmock_journal_query query = COSMOCK_JOURNAL_QUERY_INIT;
    query.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &query), 1);
    assert_string_equal(e->op, q->op);
    assert_int_equal(e->http_status, o->status);
    (void)snprintf(o->fault, sizeof(o->fault), "%s", e->fault);
    (void)snprintf(o->code, sizeof(o->code), "%s", e->code);
    cosmock_entries_free(e);
}

/* All pieces of the answer. */
static void read_body(struct answer *a, struct cos_buf *out)
{
    cos_buf_init(out, 1u << 20);
    char piece[256];
    uint64_t at = 0;
    do {
        for (int64_t n; (n = cosmock_reply_read(a->x, at, piece, sizeof(piece))) > 0;) {
            cos_buf_append(out, piece, (size_t)n);
            at += (uint64_t)n;
        }
        at = 0;
    } while (cosmock_reply_next(a->x) == 1);
}

static void ask_in(struct door *d, const struct request *q, const char *upload,
                   struct outcome *o)
{
    char target[300];
    const char *at = strchr(q->target, '@');
    int n = at == NULL ? (int)strlen(q->target) : (int)(at - q->target);
    (void)snprintf(target, sizeof(target), "%.*s%s", n, q->target, at == NULL ? "" : upload);
    char before[65];
    char after[65];
    assert_int_equal(cosmock_store_digest(d->tenant, before), COSMOCK_OK);
    struct answer a = door_ask(d, &(struct ask){.method = q->method,
                                                .target = target,
                                                .headers = q->headers,
                                                .body = q->body,
                                                .n = q->body == NULL ? 0 : strlen(q->body),
                                                .with_md5 = strstr(target, "?delete") != NULL});
    o->status = a.status;
    o->delivery = cosmock_reply_delivery(a.x);
    (void)snprintf(o->date, sizeof(o->date), "%s", answer_header(&a, "Date"));
    (void)snprintf(o->server, sizeof(o->server), "%s", answer_header(&a, "Server"));
    read_body(&a, &o->body);
    answer_free(&a);
    read_entry(d, q, o);
    assert_int_equal(cosmock_store_digest(d->tenant, after), COSMOCK_OK);
    o->changed = strcmp(before, after) != 0;
}

/* With one fault, or none; the mock is not broken by it. */
static void ask(const struct request *q, const struct cosmock_fault *fault, struct outcome *o)
{
    void *state;
    assert_int_equal(door_open(&state), 0);
    struct door *d = state;
    char upload[128];
    furnish(d, upload);
    uint64_t id = 0;
    if (fault != NULL) {
        assert_int_equal(cosmock_fault_push(d->tenant, fault, &id, NULL), COSMOCK_OK);
    }
    ask_in(d, q, upload, o);
    if (fault != NULL) {
        assert_int_equal(cosmock_fault_hits(d->tenant, id), 1);
    }
    assert_int_equal(door_close(&state), 0);
}

/* --- the kinds --- */

struct kind {
    enum cosmock_fault_kind kind;
    const char *journal;
    /* 0: as without */
    int status;
    bool executes, closes;
    int64_t amount;
};
static const struct kind kinds[] = {
    {COSMOCK_FAULT_REPLY, "reply", 503, false, false, 0},
    {COSMOCK_FAULT_REPLY_AFTER, "reply_after", 503, true, false, 0},
    {COSMOCK_FAULT_REPLY_200, "reply_200", 200, false, false, 0},
    {COSMOCK_FAULT_DELAY, "delay", 0, true, false, AMOUNT},
    {COSMOCK_FAULT_RESET, "reset", 0, false, true, 0},
    {COSMOCK_FAULT_RESET_AFTER, "reset_after", 0, true, true, 0},
    {COSMOCK_FAULT_TRUNCATE, "truncate", 0, true, false, AMOUNT},
    {COSMOCK_FAULT_CORRUPT, "corrupt", 0, true, false, AMOUNT},
    {COSMOCK_FAULT_MALFORMED, "malformed", 0, true, false, 0},
    {COSMOCK_FAULT_HEADER, "header", 0, true, false, 0},
    {COSMOCK_FAULT_SKEW, "skew", 0, true, false, SKEW_MS},
    {COSMOCK_FAULT_EXTRA, "extra", 0, true, false, 0},
    {COSMOCK_FAULT_FOREIGN, "foreign", 200, false, false, 0},
};

static unsigned n_wrong;

#define EXPECT(condition, what)                                                        \
    do {                                                                               \
        if (!(condition)) {                                                            \
            n_wrong++;                                                                 \
            print_error("%s with %s: %s (%d, %zu bytes)\n", q->op, k->journal, (what), \
                        o->status, o->body.len);                                       \
        }                                                                              \
    } while (0)

/* RFC 9110 s.9.3.2: a HEAD has no body, whatever becomes of it. */
static void expect_body(const struct request *q, const struct kind *k, const struct outcome *o,
                        const struct outcome *plain)
{
    bool is_same = cos_span_eq(cos_buf_view(&o->body), cos_buf_view(&plain->body));
    bool is_head = strcmp(q->method, "HEAD") == 0;
    struct cos_span text = cos_buf_view(&o->body);
    bool is_error = cos_span_find(text, COS_SPAN_LIT("<Code>SlowDown</Code>")) != SIZE_MAX;
    switch (k->kind) {
    case COSMOCK_FAULT_REPLY:
    case COSMOCK_FAULT_REPLY_AFTER:
    case COSMOCK_FAULT_REPLY_200:
        EXPECT(is_error != is_head, "the error is not the body");
        break;
    case COSMOCK_FAULT_RESET:
    case COSMOCK_FAULT_RESET_AFTER:
        break;
    case COSMOCK_FAULT_CORRUPT:
        EXPECT(o->body.len == plain->body.len, "the length of the body is another");
        for (size_t i = 0; i < o->body.len && i < plain->body.len; i++) {
            int difference = o->body.ptr[i] ^ plain->body.ptr[i];
            EXPECT(difference == (i == AMOUNT), "not one bit of the third byte");
        }
        break;
    case COSMOCK_FAULT_MALFORMED:
        EXPECT(is_head ? text.len == 0 : text.len > 0, "no body");
        EXPECT(cos_span_find(text, COS_SPAN_LIT("</")) == SIZE_MAX, "it is whole");
        break;
    case COSMOCK_FAULT_FOREIGN:
        EXPECT(is_head ? text.len == 0 : cos_span_starts(text, COS_SPAN_LIT("<!DOCTYPE html>")),
               "the body is no page");
        break;
    default:
        EXPECT(is_same, "the body is another");
        break;
    }
}

static void expect_delivery(const struct request *q, const struct kind *k,
                            const struct outcome *o)
{
    EXPECT(o->delivery.close_before == k->closes, "the connection");
    EXPECT(o->delivery.delay_ms == (k->kind == COSMOCK_FAULT_DELAY ? AMOUNT : 0), "the delay");
    EXPECT(o->delivery.truncate_after == (k->kind == COSMOCK_FAULT_TRUNCATE ? AMOUNT : -1),
           "the cut");
}

static void expect_headers(const struct request *q, const struct kind *k,
                           const struct outcome *o)
{
    if (k->closes) {
        return;
    }
    /* DOOR_NOW_UNIX_MS is Fri, 10 Apr 2020 09:35:05 GMT */
    EXPECT(strcmp(o->date, k->kind == COSMOCK_FAULT_SKEW
                               ? "Fri, 10 Apr 2020 11:35:05 GMT"
                               : "Fri, 10 Apr 2020 09:35:05 GMT") == 0,
           "the date");
    const char *server = k->kind == COSMOCK_FAULT_HEADER    ? "changed"
                         : k->kind == COSMOCK_FAULT_FOREIGN ? ""
                                                            : "tencent-cos";
    EXPECT(strcmp(o->server, server) == 0, "the header");
}

static void ask_with(const struct request *q, const struct kind *k, const struct outcome *plain)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.kind = k->kind;
    f.op = q->op;
    f.amount = k->amount;
    f.http_status = k->status == 503 ? 503 : 0;
    f.code = k->kind == COSMOCK_FAULT_REPLY_200 ? "SlowDown" : NULL;
    f.header = k->kind == COSMOCK_FAULT_HEADER ? "Server" : NULL;
    f.value = k->kind == COSMOCK_FAULT_HEADER ? "changed" : NULL;
    struct outcome outcome;
    struct outcome *o = &outcome;
    ask(q, &f, o);
    EXPECT(strcmp(o->fault, k->journal) == 0, "the journal does not name it");
    EXPECT(o->changed == (k->executes && q->changes), "executed, or not");
    EXPECT(o->status == (k->closes ? 0 : (k->status != 0 ? k->status : plain->status)),
           "the status");
    expect_delivery(q, k, o);
    expect_headers(q, k, o);
    expect_body(q, k, o, plain);
    cos_buf_deinit(&o->body);
}

static void every_kind_does_the_same_to_every_operation(void **state)
{
    n_wrong = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(requests); i++) {
        struct outcome plain;
        ask(&requests[i], /* fault= */ NULL, &plain);
        if (plain.status != requests[i].status || plain.changed != requests[i].changes) {
            fail_msg("%s: %d %s", requests[i].op, plain.status, cos_buf_cstr(&plain.body));
        }
        for (size_t k = 0; k < COS_ARRAY_LEN(kinds); k++) {
            ask_with(&requests[i], &kinds[k], &plain);
        }
        cos_buf_deinit(&plain.body);
    }
    assert_int_equal(n_wrong, 0);
}

static void push_503(struct door *d, uint64_t *id)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.kind = COSMOCK_FAULT_REPLY;
    f.http_status = 503;
    assert_int_equal(cosmock_fault_push(d->tenant, &f, id, NULL), COSMOCK_OK);
}

/* What is taken back hits no more, and what is not taken back goes on. */
static void a_fault_that_is_taken_back_is_gone(void **state)
{
    struct door *d = *state;
    uint64_t first = 0;
    uint64_t second = 0;
    door_put(d, "/k", "x");
    push_503(d, &first);
    push_503(d, &second);
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 503, NULL);
    assert_true(cosmock_fault_remove(d->tenant, first));
    assert_false(cosmock_fault_remove(d->tenant, first));
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 503, NULL);
    assert_true(cosmock_fault_hits(d->tenant, first) == UINT64_MAX);
    assert_int_equal(cosmock_fault_hits(d->tenant, second), 1);
    push_503(d, &first);
    cosmock_fault_clear(d->tenant);
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 200, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_does_the_same_to_every_operation),
        DOOR_TEST(a_fault_that_is_taken_back_is_gone),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
