/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a world file says of a bucket besides who may do what: versioning and tags in words,
 * its configurations as the service takes them, in the file or in one beside it. Such a file is
 * read once: its bytes are kept with the world, so that a reset finds them. And the faults that
 * a world begins with; they are no state of a tenant, so they are planted at each start.
 */
#include "world/worldfile_inside.h"

#include "cosbase/file.h"
#include "cosbase/xml.h"
#include "world/domains.h"
#include "world/mock.h"
#include "world/neighbours.h"
#include "world/readers.h"

#include <errno.h>

#define DOCUMENT_MAX_BYTES (1u << 20)
#define PATH_MAX_BYTES 4096
#define FAULTS_MAX 1000
#define MEMBERS_MAX 20

/* --- the text of a configuration --- */

/* "cors.xml" stands beside the world file. */
static struct cos_span path_of(const struct loader *l, const char *name)
{
    struct cos_span origin = cos_span_of(l->origin);
    size_t slash = cos_span_rchr(origin, '/');
    bool is_beside = name[0] != '/' && slash != SIZE_MAX;
    return cos_arena_printf(&l->draft->texts, COS_SPAN_FMT "%s",
                            COS_SPAN_ARG(cos_span_sub(origin, 0, is_beside ? slash + 1 : 0)),
                            name);
}

static bool was_read(struct cos_span files, struct cos_span path, struct cos_span *out)
{
    for (struct row_pair file; row_pair_next(&files, &file);) {
        if (cos_span_eq(file.name, path)) {
            *out = file.value;
            return true;
        }
    }
    return false;
}

int worldfile_read_file(const struct loader *l, const struct cos_yaml *n, struct cos_span *out)
{
    struct draft *d = l->draft;
    struct cos_span path = path_of(l, cos_yaml_str(n));
    if (path.len == 0 || path.len >= PATH_MAX_BYTES) {
        return worldfile_bad(l, n, "the name of a file has 1 to %d bytes", PATH_MAX_BYTES - 1);
    }
    if (was_read(l->source->files, path, out)) {
        row_pair_add(&d->files, path, *out);
        return 0;
    }
    if (!l->source->is_file) {
        return worldfile_bad(
            l, n, "'file' is for a world that is a file itself; write the text here");
    }
    struct cos_buf text;
    cos_buf_init(&text, DOCUMENT_MAX_BYTES);
    int r = cos_file_read(&text, path.ptr);
    *out = cos_arena_span(&d->texts, cos_buf_view(&text));
    row_pair_add(&d->files, path, *out);
    cos_buf_deinit(&text);
    return r == 0 ? 0 : worldfile_bad(l, n, "cannot read %s: %s", path.ptr, strerror(-r));
}

static int text_of(const struct loader *l, const struct cos_yaml *n, struct cos_span *out)
{
    if (cos_yaml_kind(n) == COS_YAML_SCALAR) {
        *out = cos_span_of(cos_yaml_str(n));
        return 0;
    }
    const struct cos_yaml *file = cos_yaml_get(n, "file");
    int r = worldfile_want_map(l, n, cos_yaml_key(n), "file");
    r = r < 0 || file != NULL ? r : worldfile_bad(l, n, "missing key 'file'");
    r = r < 0 ? r : worldfile_want(l, file, COS_YAML_SCALAR, "file");
    return r < 0 ? r : worldfile_read_file(l, file, out);
}

/* --- the buckets of the file --- */

struct file_buckets {
    const struct loader *l;
    const struct bucket_draft *here;
};

static struct cos_span document_in(const struct bucket_draft *b, enum bucket_document which)
{
    const struct document_draft *d = b->first_document;
    while (d != NULL && d->which != which) {
        d = d->next;
    }
    return d == NULL ? (struct cos_span){NULL, 0} : d->text;
}

static struct neighbour neighbour_of(const struct bucket_draft *b)
{
    struct neighbour n = {.keeps_versions =
                              cos_span_eq(document_in(b, BUCKET_VERSIONING),
                                          world_versioning_text(VERSIONING_ENABLED))};
    (void)snprintf(n.name, sizeof(n.name), "%s", cos_yaml_str(b->at));
    (void)snprintf(n.region, sizeof(n.region), "%s", b->region);
    (void)snprintf(n.owner_uin, sizeof(n.owner_uin), COS_SPAN_FMT,
                   COS_SPAN_ARG(b->owner->owner_uin));
    return n;
}

static bool find_neighbour(void *ctx, struct cos_span name, struct neighbour *out)
{
    const struct file_buckets *all = ctx;
    const struct bucket_draft *b = map_get(&all->l->draft->buckets, name);
    if (b != NULL) {
        *out = neighbour_of(b);
    }
    return b != NULL;
}

/* Of what this tenant has nothing counts: the file says what it will have. */
static bool has_domain(void *ctx, struct cos_span name)
{
    const struct file_buckets *all = ctx;
    for (const struct bucket_draft *b = all->l->draft->first_bucket; b != NULL; b = b->next) {
        if (b != all->here && domain_is_said(document_in(b, BUCKET_DOMAIN), name)) {
            return true;
        }
    }
    return domain_is_anothers(all->l->t->mock, name, all->l->t);
}

/* --- what becomes of it --- */

static int add(const struct loader *l, struct bucket_draft *b, enum bucket_document which,
               struct cos_span text)
{
    struct document_draft *d = cos_arena_alloc(&l->draft->texts, sizeof(*d));
    if (d == NULL) {
        return worldfile_no_memory(l, "a configuration");
    }
    *d = (struct document_draft){b->first_document, which,
                                 cos_arena_span(&l->draft->texts, text)};
    b->first_document = d;
    return 0;
}

/* As it is kept, into the arena. */
static int check(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b,
                 enum bucket_document which, struct cos_span *text)
{
    char why[READER_WHY_BYTES];
    struct cos_buf kept;
    struct file_buckets all = {l, b};
    const struct neighbours near = {&all, neighbour_of(b), find_neighbour, has_domain};
    const struct document_said said = {which, *text, &near};
    cos_buf_init(&kept, DOCUMENT_MAX_BYTES);
    int r = l->t->mock->readers->document(l->t, l->draft->batch, &said, &kept, why)
                ? 0
                : worldfile_bad(l, n, "'%s': %s", cos_yaml_key(n), why);
    *text = cos_arena_span(&l->draft->texts, cos_buf_view(&kept));
    cos_buf_deinit(&kept);
    return r;
}

static int add_checked(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b,
                       enum bucket_document which, struct cos_span text)
{
    int r = check(l, n, b, which, &text);
    return r < 0 ? r : add(l, b, which, text);
}

static int load_versioning(const struct loader *l, const struct cos_yaml *n,
                           struct bucket_draft *b)
{
    int r = n == NULL ? 0 : worldfile_want(l, n, COS_YAML_SCALAR, "versioning");
    if (n == NULL || r < 0) {
        return r;
    }
    bool is_enabled = strcmp(cos_yaml_str(n), "Enabled") == 0;
    if (!is_enabled && strcmp(cos_yaml_str(n), "Suspended") != 0) {
        return worldfile_bad(l, n, "'versioning' must be Enabled or Suspended, not '%.40s'",
                             cos_yaml_str(n));
    }
    return add(l, b, BUCKET_VERSIONING,
               world_versioning_text(is_enabled ? VERSIONING_ENABLED : VERSIONING_SUSPENDED));
}

static int write_tags(const struct loader *l, const struct cos_yaml *map, struct cos_buf *out)
{
    int r = worldfile_want(l, map, COS_YAML_MAPPING, "tags");
    cos_buf_str(out, "<Tagging><TagSet>");
    for (const struct cos_yaml *tag = cos_yaml_first(map); tag != NULL && r == 0;
         tag = cos_yaml_next(tag)) {
        r = worldfile_want(l, tag, COS_YAML_SCALAR, cos_yaml_key(tag));
        cos_buf_str(out, "<Tag><Key>");
        cos_xml_escape(out, cos_span_of(cos_yaml_key(tag)));
        cos_buf_str(out, "</Key><Value>");
        cos_xml_escape(out, cos_span_of(cos_yaml_str(tag)));
        cos_buf_str(out, "</Value></Tag>");
    }
    cos_buf_str(out, "</TagSet></Tagging>");
    return r;
}

int worldfile_read_tags(const struct loader *l, const struct cos_yaml *map,
                        struct bucket_draft *b, struct cos_span *out)
{
    struct cos_buf text;
    cos_buf_init(&text, DOCUMENT_MAX_BYTES);
    int r = write_tags(l, map, &text);
    *out = cos_buf_view(&text);
    r = r < 0 ? r : check(l, map, b, BUCKET_TAGGING, out);
    cos_buf_deinit(&text);
    return r;
}

static int load_tags(const struct loader *l, const struct cos_yaml *n, struct bucket_draft *b)
{
    struct cos_span text;
    int r = n == NULL ? 0 : worldfile_read_tags(l, n, b, &text);
    return n == NULL || r < 0 ? r : add(l, b, BUCKET_TAGGING, text);
}

/* 436/40136 (cos-operations-1.md s.7): what is locked would be replaced. */
static int check_lock(const struct loader *l, const struct cos_yaml *n)
{
    const char *versioning = cos_yaml_str(cos_yaml_get(n, "versioning"));
    const struct cos_yaml *lock = cos_yaml_get(n, "object-lock");
    return lock != NULL && versioning != NULL && strcmp(versioning, "Suspended") == 0
               ? worldfile_bad(l, lock,
                               "'object-lock' and versioning that is Suspended exclude "
                               "each other")
               : 0;
}

/* They are judged when all buckets have been read. */
static bool is_dependent(enum bucket_document which)
{
    return which == BUCKET_DOMAIN || which == BUCKET_LOGGING || which == BUCKET_REPLICATION;
}

/* What the other keys of a bucket say. */
static bool is_told_otherwise(enum bucket_document which)
{
    return which == BUCKET_DOCUMENTS || which == BUCKET_POLICY || which == BUCKET_ACL ||
           which == BUCKET_VERSIONING;
}

static int load_each(const struct loader *l, struct bucket_draft *b, bool are_dependent)
{
    int r = 0;
    for (const struct cos_yaml *v = cos_yaml_first(b->node); v != NULL && r == 0;
         v = cos_yaml_next(v)) {
        enum bucket_document which = bucket_document_named(cos_span_of(cos_yaml_key(v)));
        struct cos_span text = COS_SPAN_EMPTY;
        if (!is_told_otherwise(which) && is_dependent(which) == are_dependent) {
            r = text_of(l, v, &text);
            r = r < 0 ? r : add_checked(l, v, b, which, text);
        }
    }
    return r;
}

int worldfile_load_documents(const struct loader *l, const struct cos_yaml *n,
                             struct bucket_draft *b)
{
    int r = load_versioning(l, cos_yaml_get(n, "versioning"), b);
    r = r < 0 ? r : load_tags(l, cos_yaml_get(n, "tags"), b);
    r = r < 0 ? r : check_lock(l, n);
    return r < 0 ? r : load_each(l, b, /* are_dependent= */ false);
}

int worldfile_load_dependent(const struct loader *l)
{
    int r = 0;
    for (struct bucket_draft *b = l->draft->first_bucket; b != NULL && r == 0; b = b->next) {
        r = load_each(l, b, /* are_dependent= */ true);
    }
    return r;
}

/* --- faults --- */

static int one_fault(const struct loader *l, const struct cos_yaml *n, bool is_pushed)
{
    struct row_pair members[MEMBERS_MAX];
    size_t n_members = 0;
    int r = worldfile_want(l, n, COS_YAML_MAPPING, "faults");
    for (const struct cos_yaml *v = cos_yaml_first(n); v != NULL && r == 0;
         v = cos_yaml_next(v)) {
        r = n_members == MEMBERS_MAX ? worldfile_bad(l, v, "too many keys in a fault")
                                     : worldfile_want(l, v, COS_YAML_SCALAR, cos_yaml_key(v));
        if (r == 0) {
            members[n_members++] =
                (struct row_pair){cos_span_of(cos_yaml_key(v)), cos_span_of(cos_yaml_str(v))};
        }
    }
    char why[READER_WHY_BYTES];
    if (r == 0 &&
        l->t->mock->readers->fault(is_pushed ? l->t : NULL, members, n_members, why) < 0) {
        r = worldfile_bad(l, n, "%s", why);
    }
    return r;
}

int worldfile_faults(const struct loader *l, bool are_pushed)
{
    int r = worldfile_want(l, l->faults, COS_YAML_SEQUENCE, "faults");
    size_t n = 0;
    for (const struct cos_yaml *f = cos_yaml_first(l->faults); f != NULL && r == 0;
         f = cos_yaml_next(f)) {
        r = ++n > FAULTS_MAX ? worldfile_bad(l, f, "more than %d faults", FAULTS_MAX)
                             : one_fault(l, f, are_pushed);
    }
    return r;
}
