/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps say to each other, and to the mock. */
#include "steps.h"

#include "cosbase/date.h"

const char *const class_names[CLASSES] = {"STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE"};
const char *const canned_names[] = {"default", "private", "public-read"};
static const char *const tag_headers[] = {"", "t=1", "t=2&u=3"};
static const int64_t retentions_ms[] = {HOUR_MS, 30 * HOUR_MS, 5 * DAY_MS, 20 * DAY_MS};

#define STRANGE_ID "MTg0NDUxNTc1NjIzMTQ1MDAwODg"

struct key *key_of(struct run *r, unsigned number)
{
    return &r->model.keys[number % MODEL_KEYS];
}

/* One of its versions, the one without an id, or nobody's. @out holds it: a version may go. */
const char *id_of(const struct key *k, unsigned number, char out[40])
{
    if (number == 0) {
        return NULL;
    }
    size_t i = (number - 1) % (k->n + 2);
    (void)snprintf(out, 40, "%s",
                   i < k->n    ? k->versions[i].id
                   : i == k->n ? "null"
                               : STRANGE_ID);
    return out;
}

void header(struct run *r, const char *name, const char *value)
{
    cos_buf_printf(&r->headers, "%s%s: %s", r->headers.len > 0 ? "\n" : "", name, value);
}

/* Whole seconds, and never the same again. */
int64_t end_of_retention(const struct run *r, unsigned number)
{
    return r->model.now / 1000 * 1000 + retentions_ms[number] + r->n_asked * 1000;
}

/* The headers of a write, and what they say. */
struct traits say_traits(struct run *r, const struct op *op)
{
    struct traits is = {.class = op->at[CLASS], .tags = op->at[TAGS], .meta = op->at[META]};
    char text[40];
    is.acl = op->at[LIST];
    if (is.class != STANDARD) {
        header(r, "x-cos-storage-class", class_names[is.class]);
    }
    if (is.tags != 0) {
        header(r, "x-cos-tagging", tag_headers[is.tags]);
    }
    if (is.acl != DEFAULT) {
        header(r, "x-cos-acl", canned_names[is.acl]);
    }
    if (is.meta != 0) {
        (void)snprintf(text, sizeof(text), "%u", is.meta);
        header(r, "x-cos-meta-m", text);
    }
    return is;
}

void say_retention(struct run *r, const struct op *op, struct traits *is)
{
    char text[40];
    if (op->at[UNTIL] != 0) {
        is->until = end_of_retention(r, op->at[UNTIL]);
        cos_date_iso_ms(text, is->until);
        header(r, "x-cos-object-lock-mode", "COMPLIANCE");
        header(r, "x-cos-object-lock-retain-until-date", text);
    }
}

bool say_forbid(struct run *r, const struct op *op)
{
    if (op->at[FORBID] != 0) {
        header(r, "x-cos-forbid-overwrite", "true");
    }
    return op->at[FORBID] != 0;
}

unsigned make_body(struct run *r, size_t n)
{
    unsigned body = body_make(&r->bodies, n);
    if (body == 0) {
        disagree(r, "no room for another body");
    }
    return body;
}

unsigned join_bodies(struct run *r, unsigned first, unsigned second)
{
    unsigned body = body_join(&r->bodies, first, second);
    if (body == 0) {
        disagree(r, "no room for another body");
    }
    return body;
}

void ask_with(struct run *r, const char *method, const char *target, struct cos_span body)
{
    ask(r, &(struct ask){.method = method, .target = target, .body = body.ptr, .n = body.len});
}

void ask_document(struct run *r, const char *method, const char *target, const char *document)
{
    ask(r, &(struct ask){.method = method,
                         .target = target,
                         .body = document,
                         .n = strlen(document),
                         .with_md5 = true});
}

/* Without quotes, of either kind. */
void copy_etag(char out[48], const char *text)
{
    const char *from = text[0] == '"' ? text + 1 : text;
    if (strncmp(from, "&quot;", 6) == 0) {
        from += 6;
    }
    (void)snprintf(out, 48, "%.*s", (int)strcspn(from, "\"&"), from);
}

/* A new id where there are versions; none otherwise. */
void check_id(struct run *r, const struct key *k, const char *id)
{
    if (r->model.versioning != ENABLED) {
        expect_text(r, "x-cos-version-id", id, "");
    } else if (strlen(id) != strlen(STRANGE_ID) || model_find(k, id) < k->n) {
        disagree(r, "'%s' is no new id of a version", id);
    }
}

struct version *add_version(struct run *r, struct key *k, const char *id)
{
    check_id(r, k, id);
    struct version *v = model_add(&r->model, k, id);
    if (v == NULL) {
        disagree(r, "no room for another version");
    }
    return v;
}
