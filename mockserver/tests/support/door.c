/* SPDX-License-Identifier: Apache-2.0 */
/* Questions through the socket-free door, and what their answers say. */
#include "door.h"

#include "later.h"

int door_open_over(void **state, void (*prepare)(struct cosmock *mock))
{
    struct door *d = calloc(1, sizeof(*d));
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.seed = 7;
    struct cosmock_error err = {0};
    if (d == NULL || cosmock_new(&d->mock, NULL, &err) != COSMOCK_OK) {
        return -1;
    }
    prepare(d->mock);
    if (cosmock_tenant_new(d->mock, &d->tenant, &options, &err) != COSMOCK_OK ||
        cosmock_switch_set(d->tenant, "enforcement", "off", &err) != COSMOCK_OK) {
        print_error("%s\n", err.message);
        return -1;
    }
    cosmock_clock_freeze(d->tenant, COSMOCK_CLOCK_MODIFICATION, DOOR_NOW_UNIX_MS);
    cosmock_world_info(d->tenant, &d->info);
    (void)snprintf(d->host, sizeof(d->host), "%s.cos.%s.myqcloud.com", d->info.bucket,
                   d->info.region);
    *state = d;
    return 0;
}

int door_open(void **state)
{
    return door_open_over(state, later_use_if_asked);
}

int door_close(void **state)
{
    struct door *d = *state;
    assert_false(cosmock_broken(d->mock));
    d->tenant = cosmock_tenant_free(d->tenant);
    d->mock = cosmock_free(d->mock);
    free(d);
    return 0;
}

void door_open_desk(struct door *d, const char *folder)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_tenant_options named = COSMOCK_TENANT_OPTIONS_INIT;
    options.data_dir = folder;
    named.name = "desk";
    assert_int_equal(cosmock_new(&d->mock, &options, NULL), 0);
    assert_int_equal(cosmock_tenant_new(d->mock, &d->tenant, &named, NULL), 0);
    cosmock_world_info(d->tenant, &d->info);
    (void)snprintf(d->host, sizeof(d->host), "%s.cos.%s.myqcloud.com", d->info.bucket,
                   d->info.region);
    door_switch(d, "enforcement", "off");
}

void door_shut_desk(struct door *d)
{
    d->tenant = cosmock_tenant_free(d->tenant);
    d->mock = cosmock_free(d->mock);
}

static struct cosmock_slice door_slice(const char *s)
{
    return (struct cosmock_slice){s, strlen(s)};
}

/* Fill @headers from the lines; returns how many. The slices point into @lines. */
static size_t door_split(const char *lines, struct cosmock_header *headers, size_t max)
{
    size_t n = 0;
    while (lines != NULL && *lines != '\0' && n < max) {
        const char *end = strchr(lines, '\n');
        const char *colon = strstr(lines, ": ");
        size_t length = end == NULL ? strlen(lines) : (size_t)(end - lines);
        assert_non_null(colon);
        headers[n].name = (struct cosmock_slice){lines, (size_t)(colon - lines)};
        headers[n++].value =
            (struct cosmock_slice){colon + 2, length - (size_t)(colon + 2 - lines)};
        lines = end == NULL ? NULL : end + 1;
    }
    return n;
}

struct answer door_ask(struct door *d, const struct ask *q)
{
    struct cosmock_header headers[40];
    size_t n = door_split(q->headers, headers, 32);
    const char *host = q->host != NULL ? q->host : d->host;
    struct cos_buf md5;
    cos_buf_init(&md5, 64);
    headers[n++] = (struct cosmock_header){door_slice("Host"), door_slice(host)};
    char length[32];
    (void)snprintf(length, sizeof(length), "%zu", q->n);
    if (!q->no_length && (q->body != NULL || strcmp(q->method, "PUT") == 0)) {
        headers[n++] =
            (struct cosmock_header){door_slice("Content-Length"), door_slice(length)};
    }
    if (q->with_md5) {
        uint8_t raw[COS_MD5_BYTES];
        cos_md5(raw, q->body, q->n);
        cos_base64_append(&md5, raw, sizeof(raw));
        headers[n++] =
            (struct cosmock_header){door_slice("Content-MD5"), door_slice(cos_buf_cstr(&md5))};
    }
    struct cosmock_head head = {.method = door_slice(q->method),
                                .target = door_slice(q->target),
                                .headers = headers,
                                .n_headers = n};
    struct answer a = {0};
    int want = cosmock_begin(d->mock, &a.x, &head);
    assert_true(want == COSMOCK_WANT_BODY || want == COSMOCK_WANT_SEND);
    if (want == COSMOCK_WANT_BODY && q->n > 0) {
        (void)cosmock_body(a.x, q->body, q->n);
    }
    assert_int_equal(cosmock_finish(a.x), 0);
    cos_buf_deinit(&md5);
    answer_read(&a);
    return a;
}

const char *xml_next(const char **at, const char *element)
{
    static char text[4096];
    char open[64];
    (void)snprintf(open, sizeof(open), "<%s>", element);
    char close[64];
    (void)snprintf(close, sizeof(close), "</%s>", element);
    const char *begin = *at == NULL ? NULL : strstr(*at, open);
    const char *end = begin == NULL ? NULL : strstr(begin, close);
    if (end == NULL) {
        return NULL;
    }
    begin += strlen(open);
    (void)snprintf(text, sizeof(text), "%.*s", (int)(end - begin), begin);
    *at = end;
    return text;
}

const char *xml_of(const struct answer *a, const char *element)
{
    const char *at = a->body;
    const char *text = xml_next(&at, element);
    return text == NULL ? "(absent)" : text;
}

struct answer door_send(struct door *d, const char *method, const char *target,
                        const char *headers)
{
    return door_ask(d, &(struct ask){.method = method, .target = target, .headers = headers});
}

void door_put(struct door *d, const char *target, const char *text)
{
    struct answer a = door_ask(
        d, &(struct ask){.method = "PUT", .target = target, .body = text, .n = strlen(text)});
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

void door_turn_to(struct door *d, int64_t unix_ms)
{
    assert_int_equal(cosmock_clock_freeze(d->tenant, COSMOCK_CLOCK_MODIFICATION, unix_ms), 0);
}

void door_switch(struct door *d, const char *name, const char *value)
{
    struct cosmock_error err = {0};
    if (cosmock_switch_set(d->tenant, name, value, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

void door_set_versioning(struct door *d, const char *status)
{
    char text[100];
    int n = snprintf(text, sizeof(text),
                     "<VersioningConfiguration><Status>%s</Status></VersioningConfiguration>",
                     status);
    door_expect(
        d,
        &(struct ask){.method = "PUT", .target = "/?versioning", .body = text, .n = (size_t)n},
        200, NULL);
}

void door_expect(struct door *d, const struct ask *q, int status, const char *code)
{
    struct answer a = door_ask(d, q);
    if (a.status != status || (code != NULL && strcmp(xml_of(&a, "Code"), code) != 0)) {
        fail_msg("%s %s: got %d %s", q->method, q->target, a.status, a.body);
    }
    answer_free(&a);
}

void door_move_to_zones(struct door *d)
{
    static const char document[] = "<CreateBucketConfiguration><BucketAZConfig>MAZ"
                                   "</BucketAZConfig></CreateBucketConfiguration>";
    (void)snprintf(d->host, sizeof(d->host), "zones-%s.cos.%s.myqcloud.com", d->info.appid,
                   d->info.region);
    door_expect(
        d,
        &(struct ask){.method = "PUT", .target = "/", .body = document, .n = strlen(document)},
        200, NULL);
}

void door_one_part(char out[300], const struct answer *part)
{
    (void)snprintf(out, 300,
                   "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%.64s</ETag>"
                   "</Part></CompleteMultipartUpload>",
                   answer_header(part, "ETag"));
}
