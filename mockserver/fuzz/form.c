/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a form that is posted. The first line of the input is its Content-Type, the rest
 * its body. Whatever comes in:
 *     in whichever pieces it comes, its parts are the same, and so is the verdict;
 *     what the reader hands out lies in what it was given, or in itself, and is no longer;
 *     a part goes to the first delimiter behind its head, wherever the pieces break;
 *     the whole journey answers the same in whichever pieces the body comes, no header of an
 *     answer holds a line break, and the mock is not broken;
 *     what is stored is what the form had as its file, and nothing where it was refused.
 */
#include "ask.h"

#include "cosmock/cosmock.h"

#include "exchange/form_reader.h"

#define FNV_PRIME 1099511628211u
#define KEY_SIZE 851

static struct cosmock *mock;
static struct cosmock_tenant *tenant;

static void set_up(void)
{
    if (open_once(&mock, &tenant)) {
        require(cosmock_switch_set(tenant, "enforcement", "off", NULL) == COSMOCK_OK);
    }
}

/* --- the reader --- */

struct account { /* of one reading */
    uint64_t sum;
    size_t data_bytes;
    size_t part_at, part_bytes; /* where the bytes of the last part begin, and how many came */
    bool is_malformed, is_at_end;
};

static void count(struct account *a, struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        a->sum = a->sum * FNV_PRIME + (unsigned char)s.ptr[i] + 1;
    }
}

/* What a part has goes to the first delimiter behind its head, and no further. */
static void check_end(const struct account *a, const struct form_reader *r,
                      struct cos_span body)
{
    const struct cos_span delimiter = cos_span_make(r->delimiter, r->delimiter_bytes);
    require(cos_span_find(cos_span_from(body, a->part_at), delimiter) == a->part_bytes);
}

static void check_event(struct account *a, const struct form_reader *r, enum form_event event,
                        struct cos_span given)
{
    const char *data = r->data.ptr;
    switch (event) {
    case FORM_PART:
        require(r->name.len > 0 && r->name.ptr >= r->head &&
                r->name.ptr + r->name.len <= r->head + r->head_bytes);
        count(a, r->name);
        count(a, r->filename);
        break;
    case FORM_DATA:
        require(r->data.len > 0);
        require((data >= given.ptr && data + r->data.len <= given.ptr + given.len) ||
                data == r->delimiter);
        count(a, r->data);
        a->data_bytes += r->data.len;
        a->part_bytes += r->data.len;
        break;
    case FORM_PART_END:
        a->sum = a->sum * FNV_PRIME + 777;
        break;
    case FORM_MALFORMED:
        a->is_malformed = true;
        break;
    case FORM_MORE:
        break;
    }
}

static struct account read_all(struct cos_span type, struct cos_span body, size_t piece)
{
    static struct form_reader r;
    struct account a = {0};
    if (!form_reader_init(&r, type)) {
        a.is_malformed = true;
        return a;
    }
    for (size_t at = 0; at < body.len && !a.is_malformed;) {
        enum form_event event;
        struct cos_span rest = cos_span_sub(body, at, piece - at % piece);
        size_t used = form_reader_take(&r, rest, &event);
        require(used <= rest.len && (used > 0 || event == FORM_DATA));
        check_event(&a, &r, event, cos_span_sub(rest, 0, used));
        at += used;
        if (event == FORM_PART) {
            a.part_at = at;
            a.part_bytes = 0;
        } else if (event == FORM_PART_END) {
            check_end(&a, &r, body);
        }
    }
    a.is_at_end = form_reader_is_at_end(&r);
    require(a.data_bytes <= body.len);
    return a;
}

/* --- the journey --- */

static struct cosmock_header header(const char *name, struct cos_span value)
{
    return (struct cosmock_header){{name, strlen(name)}, {value.ptr, value.len}};
}

static void check_reply(struct cosmock_exchange *x)
{
    size_t n = 0;
    const struct cosmock_header *h = cosmock_reply_headers(x, &n);
    for (size_t i = 0; i < n; i++) {
        require(memchr(h[i].value.ptr, '\n', h[i].value.len) == NULL);
        require(memchr(h[i].value.ptr, '\r', h[i].value.len) == NULL);
    }
}

static void keep_key(void *ctx, const char *key, uint64_t n)
{
    (void)snprintf(ctx, KEY_SIZE, "%s", key);
}

/* A form may forbid to overwrite. */
static void forget_object(void)
{
    char key[KEY_SIZE] = "";
    require(cosmock_object_each(tenant, FUZZ_BUCKET, keep_key, key) == COSMOCK_OK);
    if (key[0] != '\0') {
        require(cosmock_object_delete(tenant, FUZZ_BUCKET, key, NULL) == COSMOCK_OK);
    }
}

static int post(struct cos_span type, struct cos_span body, size_t piece)
{
    const struct cosmock_header headers[] = {
        header("Host", COS_SPAN_LIT(FUZZ_BUCKET ".cos.ap-guangzhou.myqcloud.com")),
        header("Content-Type", type),
        header("Transfer-Encoding", COS_SPAN_LIT("chunked")),
    };
    const struct cosmock_head head = {.method = {"POST", 4},
                                      .target = {"/", 1},
                                      .headers = headers,
                                      .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    int want = cosmock_begin(mock, &x, &head);
    bool goes_on = want == COSMOCK_WANT_BODY;
    for (size_t at = 0; at < body.len && goes_on; at += piece) {
        struct cos_span now = cos_span_sub(body, at, piece);
        goes_on = cosmock_body(x, now.ptr, now.len) == 0;
    }
    require(cosmock_finish(x) == COSMOCK_OK);
    check_reply(x);
    int status = cosmock_reply_status(x);
    (void)cosmock_exchange_free(x);
    require(status >= 200 && status < 500 && !cosmock_broken(mock));
    require(cosmock_object_count(tenant, FUZZ_BUCKET) == (status < 400));
    forget_object();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct cos_span body = cos_span_make(bytes, n);
    struct cos_span type = cos_span_cut(&body, '\n');
    if (body.ptr == NULL) {
        return 0;
    }
    set_up();
    struct account whole = read_all(type, body, n);
    int status = post(type, body, n);
    for (size_t piece = 1; piece <= 7; piece += 3) {
        struct account parts = read_all(type, body, piece);
        require(parts.sum == whole.sum && parts.is_malformed == whole.is_malformed &&
                parts.is_at_end == whole.is_at_end);
        require(post(type, body, piece) == status);
    }
    require(status >= 400 || (whole.is_at_end && !whole.is_malformed));
    return 0;
}
