/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: objects that are selected from. The first two bytes say how, the rest is the
 * object, which may be any bytes: a CSV, JSON, gzip or bzip2. Whatever comes in:
 *     the answer is an error of the service's, or frames whose lengths and checksums hold, with
 *     one end;
 *     the same question has the same answer;
 *     as many records are counted as rows come out;
 *     the mock is not broken, and nothing is left in its memory.
 */
#include "ask.h"

#include "cosmock/cosmock.h"
#include "cosmock/request.h"

#include "frames.h"
#include "world/mock.h"

static struct cosmock *mock;
static struct cosmock_tenant *tenant;

static void set_up(void)
{
    if (open_once(&mock, &tenant)) {
        require(cosmock_switch_set(tenant, "enforcement", "off", NULL) == COSMOCK_OK);
    }
}

/* --- how --- */

static const char *const inputs[] = {
    "<CSV><FileHeaderInfo>NONE</FileHeaderInfo></CSV>",
    "<CSV><FileHeaderInfo>USE</FileHeaderInfo><AllowQuotedRecordDelimiter>TRUE"
    "</AllowQuotedRecordDelimiter></CSV>",
    "<CSV><RecordDelimiter>ab</RecordDelimiter><FieldDelimiter>;</FieldDelimiter>"
    "<QuoteCharacter>'</QuoteCharacter><QuoteEscapeCharacter>\\</QuoteEscapeCharacter></CSV>",
    "<JSON><Type>LINES</Type></JSON>",
    "<JSON><Type>DOCUMENT</Type></JSON>",
};
static const char *const packings[] = {"NONE", "GZIP", "BZIP2"};
static const char *const queries[] = {
    "SELECT * FROM COSObject",
    "SELECT s._1, s.a, s.a.b[0] FROM COSObject s WHERE s._2 &gt; 1 OR s.a LIKE '%x_'",
    "SELECT COUNT(*), MAX(_1), MIN(_1), AVG(_1) FROM COSObject",
    "SELECT CAST(_1 AS INT), COALESCE(_2, 'none') FROM COSObject LIMIT 3",
};

struct selection {
    const char *in, *packing, *query;
    bool is_json;
};

/* The whole answer; free it. Returns the status. */
static int select_from(const struct selection *q, struct cos_buf *out)
{
    char body[1500];
    char length[24];
    int n = snprintf(body, sizeof(body),
                     "<SelectRequest><Expression>%s</Expression><ExpressionType>SQL"
                     "</ExpressionType><InputSerialization><CompressionType>%s"
                     "</CompressionType>%s</InputSerialization><OutputSerialization>%s"
                     "</OutputSerialization></SelectRequest>",
                     q->query, q->packing, q->in,
                     q->is_json ? "<JSON/>" : "<CSV><QuoteFields>ALWAYS</QuoteFields></CSV>");
    int digits = snprintf(length, sizeof(length), "%d", n);
    const struct cosmock_header headers[] = {
        {{"Host", 4}, {FUZZ_BUCKET ".cos.ap-guangzhou.myqcloud.com", 54}},
        {{"Content-Length", 14}, {length, (size_t)digits}},
    };
    const struct cosmock_head head = {.method = {"POST", 4},
                                      .target = {"/o?select&select-type=2", 23},
                                      .headers = headers,
                                      .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    require(cosmock_begin(mock, &x, &head) == COSMOCK_WANT_BODY);
    require(cosmock_body(x, body, (size_t)n) == 0);
    require(cosmock_finish(x) == COSMOCK_OK);
    cos_buf_init(out, (size_t)1 << 30);
    int more = 1;
    for (; more == 1; more = cosmock_reply_next(x)) {
        uint64_t size = cosmock_reply_body_bytes(x);
        char *room = cos_buf_reserve(out, size);
        require(room != NULL && cosmock_reply_read(x, 0, room, size) == (int64_t)size);
        out->len += size;
    }
    require(more == 0);
    int status = cosmock_reply_status(x);
    (void)cosmock_exchange_free(x);
    require((status == 200 || status == 400) && !cosmock_broken(mock));
    return status;
}

static uint64_t count_lines(const struct cos_buf *b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < b->len; i++) {
        n += b->ptr[i] == '\n';
    }
    return n;
}

/* Rows of JSON hold no newline, so they can be counted from outside. */
static void compare_with_count(const struct selection *q, const struct frames *rows)
{
    struct selection all = *q;
    struct cos_buf body;
    struct frames f;
    uint64_t n = 0;
    all.query = "SELECT COUNT(*) AS n FROM COSObject";
    require(select_from(&all, &body) == 200);
    require(frames_read(cos_buf_view(&body), &f) && f.n_ends == 1);
    struct cos_span text = cos_buf_view(&f.rows);
    require(cos_span_starts(text, COS_SPAN_LIT("{\"n\":")) && text.len > 7 &&
            cos_span_u64(cos_span_sub(text, 5, text.len - 7), &n));
    require(n == count_lines(&rows->rows));
    frames_deinit(&f);
    cos_buf_deinit(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2) {
        return 0;
    }
    set_up();
    const struct selection q = {
        .in = inputs[bytes[0] % COS_ARRAY_LEN(inputs)],
        .packing = packings[bytes[0] / COS_ARRAY_LEN(inputs) % COS_ARRAY_LEN(packings)],
        .query = queries[bytes[1] % COS_ARRAY_LEN(queries)],
        .is_json = bytes[1] / COS_ARRAY_LEN(queries) % 2 == 1};
    require(cosmock_object_put(tenant, FUZZ_BUCKET, "o", bytes + 2, n - 2, NULL) == COSMOCK_OK);
    uint64_t used = mock->memory.used_bytes;
    struct cos_buf first;
    struct cos_buf second;
    struct frames f = {.kinds = ""};
    int status = select_from(&q, &first);
    require(select_from(&q, &second) == status);
    if (status == 200) {
        require(cos_span_eq(cos_buf_view(&first), cos_buf_view(&second)));
        require(frames_read(cos_buf_view(&first), &f));
        if (q.is_json && q.query == queries[0] && f.n_ends == 1) {
            compare_with_count(&q, &f);
        }
    }
    frames_deinit(&f);
    cos_buf_deinit(&first);
    cos_buf_deinit(&second);
    require(mock->memory.used_bytes == used);
    return 0;
}
