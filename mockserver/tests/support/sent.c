/* SPDX-License-Identifier: Apache-2.0 */
/* Writes forms by hand: boundaries, fields and a policy, from the formulas of the document. */
#include "sent.h"

void sent_open(struct sent *f)
{
    *f = (struct sent){.content_type = "multipart/form-data; boundary=" BOUNDARY,
                       .q = {.method = "POST", .target = "/"}};
    cos_buf_init(&f->body, 8u << 20);
}

void sent_field_of(struct sent *f, const char *name, struct cos_span value)
{
    cos_buf_printf(&f->body,
                   "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n",
                   name);
    cos_buf_span(&f->body, value);
    cos_buf_str(&f->body, "\r\n");
}

void sent_field(struct sent *f, const char *name, const char *value)
{
    sent_field_of(f, name, cos_span_of(value));
}

void sent_file_called(struct sent *f, const char *filename, const char *content)
{
    cos_buf_printf(&f->body,
                   "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; "
                   "filename=\"%s\"\r\nContent-Type: image/png\r\n\r\n%s\r\n",
                   filename, content);
}

void sent_file(struct sent *f, const char *content)
{
    sent_file_called(f, "example.jpg", content);
}

void sent_close(struct sent *f)
{
    cos_buf_str(&f->body, "--" BOUNDARY "--\r\n");
}

void sent_policy_of(struct sent *f, const struct signer *s, const char *policy)
{
    struct cos_buf encoded;
    char sign_key[41];
    char digest[41];
    char signature[41];
    cos_buf_init(&encoded, 1u << 20);
    cos_base64_append(&encoded, policy, strlen(policy));
    cos_hmac_sha1_hex(sign_key, s->secret, strlen(s->secret), s->key_time, strlen(s->key_time));
    cos_sha1_hex(digest, policy, strlen(policy));
    cos_hmac_sha1_hex(signature, sign_key, 40, digest, 40);
    sent_field(f, "policy", cos_buf_cstr(&encoded));
    sent_field(f, "q-sign-algorithm", "sha1");
    sent_field(f, "q-ak", s->id);
    sent_field(f, "q-key-time", s->key_time);
    sent_field(f, "q-signature", signature);
    cos_buf_deinit(&encoded);
}

void sent_policy(struct sent *f, const char *policy)
{
    sent_policy_of(f, &(struct signer){CLIENT_ID, CLIENT_SECRET, WINDOW}, policy);
}

static bool has_host(const struct question *q)
{
    for (size_t i = 0; i < q->n_headers; i++) {
        if (strcmp(q->headers[i].name, "Host") == 0) {
            return true;
        }
    }
    return false;
}

static void give_body(struct cosmock_exchange *x, const struct sent *f)
{
    struct cos_span rest = cos_buf_view(&f->body);
    size_t piece = f->piece == 0 ? rest.len : f->piece;
    int want = 0;
    while (rest.len > 0 && want == 0) {
        struct cos_span now = cos_span_sub(rest, 0, piece);
        want = cosmock_body(x, now.ptr, now.len);
        rest = cos_span_from(rest, now.len);
    }
}

struct answer sent_post(struct client *c, struct sent *f)
{
    char length[32];
    (void)snprintf(length, sizeof(length), "%zu", f->body.len);
    if (!has_host(&f->q)) {
        add_header(&f->q, "Host", CLIENT_HOST);
    }
    add_header(&f->q, "Content-Type", f->content_type);
    add_header(&f->q, "Content-Length", length);
    struct answer a = {0};
    a.want = client_begin(c, &a.x, &f->q);
    if (a.want == COSMOCK_WANT_BODY) {
        give_body(a.x, f);
    }
    assert_int_equal(cosmock_finish(a.x), 0);
    answer_read(&a);
    cos_buf_deinit(&f->body);
    return a;
}

void expect_answer(const char *name, struct answer *a, int status, const char *code)
{
    if (a->status != status || strcmp(xml_code(a), code) != 0) {
        fail_msg("%s: %d %s, %s", name, a->status, a->body,
                 answer_header(a, "x-cosmock-reason"));
    }
}

struct answer get_signed(struct client *c, const char *path)
{
    struct question q = {.method = "GET", .target = path};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, path);
    return client_send(c, &q);
}

int64_t count_objects(struct client *c)
{
    return cosmock_object_count(c->tenant, CLIENT_BUCKET);
}
