/* SPDX-License-Identifier: Apache-2.0 */
/*
 * World files: YAML that describes accounts, users, roles, keys, policies, buckets, host
 * suffixes and switches (docs/WORLD-FILE.md). Strict: an unknown key, a wrong type or a bad
 * value is refused with origin, line, key, what is wrong and what would be right. Keys left out
 * are made up.
 */
#include "world/worldfile_inside.h"

#include "world/differences.h"
#include "world/fail.h"
#include "world/projection.h"

#define SUFFIX_MAX_BYTES 100
#define MADE_MAX_BYTES (1u << 20)
#define DRAFT_MAX_BYTES (64u << 20)

const char world_default_text[] = "accounts:\n"
                                  "  - uin: \"100000000001\"\n"
                                  "    appid: \"1250000000\"\n"
                                  "    keys: [{}]\n"
                                  "    users:\n"
                                  "      - uin: \"100000000011\"\n"
                                  "        name: reader\n"
                                  "        keys: [{}]\n"
                                  "        policies: [read-only]\n"
                                  "policies:\n"
                                  "  read-only: "
                                  "'{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                  "\"action\":[\"name/cos:GetObject\","
                                  "\"name/cos:HeadObject\",\"name/cos:GetBucket\",\"name/"
                                  "cos:HeadBucket\"],\"resource\":[\"*\"]}]}'\n"
                                  "buckets:\n"
                                  "  - name: examplebucket-1250000000\n"
                                  "    region: ap-guangzhou\n"
                                  "suffixes: [cos.mock.test]\n";

static int load_suffix(const struct loader *l, const struct cos_yaml *n)
{
    int r = worldfile_want(l, n, COS_YAML_SCALAR, "suffixes");
    if (r < 0) {
        return r;
    }
    const char *s = cos_yaml_str(n);
    if (s[0] == '\0' || s[0] == '.' || strlen(s) > SUFFIX_MAX_BYTES ||
        strspn(s, WORLDFILE_LOWER WORLDFILE_DIGITS "-.") != strlen(s)) {
        return worldfile_bad(
            l, n, "a suffix is a lower-case host name such as cos.mock.test, not '%s'", s);
    }
    struct draft *d = l->draft;
    for (size_t i = 0; i < d->n_suffixes; i++) {
        if (cos_span_eq_str(d->suffixes[i], s)) {
            return worldfile_bad(l, n, "suffix '%s' appears twice", s);
        }
    }
    if (d->n_suffixes == WORLD_MAX_SUFFIXES) {
        return worldfile_bad(l, n, "more than %d suffixes", WORLD_MAX_SUFFIXES);
    }
    d->suffixes[d->n_suffixes++] = cos_span_of(s);
    return 0;
}

static int load_list(const struct loader *l, const struct cos_yaml *list, const char *name,
                     int (*load_one)(const struct loader *l, const struct cos_yaml *n))
{
    int r = worldfile_want(l, list, COS_YAML_SEQUENCE, name);
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        r = load_one(l, n);
    }
    return r;
}

static int load_switches(const struct loader *l, const struct cos_yaml *map)
{
    int r = worldfile_want(l, map, COS_YAML_MAPPING, "switches");
    for (const struct cos_yaml *n = cos_yaml_first(map); n != NULL && r == 0;
         n = cos_yaml_next(n)) {
        struct cosmock_error why;
        r = worldfile_want(l, n, COS_YAML_SCALAR, cos_yaml_key(n));
        if (r == 0 && switch_check(cos_yaml_key(n), cos_yaml_str(n), &why) < 0) {
            r = worldfile_bad(l, n, "%s", why.message);
        }
        if (r == 0) {
            switch_row_put(l->draft->batch, &(struct set_switch){cos_span_of(cos_yaml_key(n)),
                                                                 cos_span_of(cos_yaml_str(n))});
        }
    }
    return r;
}

static int load_root(struct loader *l, const struct cos_yaml *root)
{
    int r = worldfile_want_map(l, root, "the world",
                               "accounts|buckets|faults|policies|suffixes|switches");
    l->policies = cos_yaml_get(root, "policies");
    l->accounts = cos_yaml_get(root, "accounts");
    l->faults = cos_yaml_get(root, "faults");
    r = r < 0 ? r : worldfile_check_policies(l);
    r = r < 0 ? r : load_list(l, l->accounts, "accounts", worldfile_load_account);
    r = r < 0 ? r : load_list(l, cos_yaml_get(root, "suffixes"), "suffixes", load_suffix);
    r = r < 0 ? r : load_switches(l, cos_yaml_get(root, "switches"));
    r = r < 0 ? r : worldfile_faults(l, /* are_pushed= */ false);
    r = r < 0 ? r
              : load_list(l, cos_yaml_get(root, "buckets"), "buckets", worldfile_load_bucket);
    return r < 0 ? r : worldfile_load_dependent(l);
}

/* --- from a file to a world: one batch, or nothing --- */

static void give_up(void *ctx, struct cos_span secret_id, void *value)
{
    world_key_give_up(ctx, secret_id);
}

static void put_suffixes(struct draft *d)
{
    struct cos_buf pairs;
    cos_buf_init(&pairs, WORLD_MAX_SUFFIXES * SUFFIX_MAX_BYTES * 2);
    for (size_t i = 0; i < d->n_suffixes; i++) {
        row_pair_add(&pairs, d->suffixes[i], COS_SPAN_EMPTY);
    }
    if (pairs.failed) {
        batch_fail(d->batch);
    } else if (d->n_suffixes > 0) {
        mark_row_put(d->batch, MARK_SUFFIXES, &(struct mark){.text = cos_buf_view(&pairs)});
    }
    cos_buf_deinit(&pairs);
}

static int draft_commit(struct loader *l)
{
    struct draft *d = l->draft;
    int r = 0;
    put_suffixes(d);
    for (struct bucket_draft *b = d->first_bucket; b != NULL && r == 0; b = b->next) {
        r = worldfile_make_bucket(l, b);
    }
    if (r < 0) {
        return r;
    }
    struct batch *batch = d->texts.failed ? batch_free(d->batch) : d->batch;
    d->batch = NULL;
    return world_commit(l->t, batch, /* c= */ NULL, "a world", l->err);
}

/* What the tenant was made of, for whoever sets it back to it. */
static void put_origin(struct loader *l, const struct world_source *source)
{
    struct cos_buf pair;
    cos_buf_init(&pair, 2 * MAX_WORLD_BYTES + 4096);
    row_pair_add(&pair, cos_span_of(source->origin), source->yaml);
    cos_buf_span(&pair, cos_buf_view(&l->draft->files));
    if (pair.failed) {
        batch_fail(l->draft->batch);
    }
    mark_row_put(l->draft->batch, MARK_WORLD,
                 &(struct mark){source->is_built_in, cos_buf_view(&pair)});
    mark_row_put(l->draft->batch, MARK_STARTS,
                 &(struct mark){.number = l->again == NULL ? 1 : l->again->lives});
    mark_row_put(l->draft->batch, MARK_MADE_KEYS,
                 &(struct mark){.text = cos_buf_view(&l->draft->made)});
    cos_buf_deinit(&pair);
}

static void compare(const struct loader *l)
{
    struct draft *d = l->draft;
    const struct differences all = {l->t, l->origin, l->warner, l->is_import};
    put_suffixes(d);
    differences_of_rows(&all, d->batch);
    for (struct bucket_draft *b = d->first_bucket; b != NULL; b = b->next) {
        const struct bucket_said said = {cos_yaml_str(b->at), b->region, b->owner->uin.ptr,
                                         b->policy, b->acl};
        differences_of_bucket(&all, &said);
        for (const struct document_draft *f = b->first_document; f != NULL; f = f->next) {
            differences_of_document(&all, said.name, f->which, f->text);
        }
        worldfile_compare_objects(&all, b);
    }
}

static void draft_deinit(struct draft *d)
{
    for (struct bucket_draft *b = d->first_bucket; b != NULL; b = b->next) {
        cam_policy_unref(b->policy);
        if (b->made != NULL) {
            world_bucket_give_up(b->made); /* unless it is kept */
            bucket_unref(b->made);
        }
    }
    (void)batch_free(d->batch);
    map_deinit(&d->users);
    map_deinit(&d->keys);
    map_deinit(&d->buckets);
    cos_buf_deinit(&d->made);
    cos_buf_deinit(&d->files);
    cos_arena_deinit(&d->texts);
}

/* Read @source into l->draft, and do with it what @l is for. */
static int load_source(struct loader *l, const struct world_source *source)
{
    struct cos_yaml *root = NULL;
    struct cos_text_error why;
    if (cos_yaml_parse(&root, source->yaml, /* limits= */ NULL, &why) < 0) {
        return world_fail(l->err, COSMOCK_E_INVALID, "%s:%u: %s", l->origin, why.line,
                          why.message);
    }
    int r = root == NULL ? 0 : load_root(l, root);
    if (r == 0 && l->is_comparison) {
        compare(l);
    } else if (r == 0 && l->is_import) {
        r = worldfile_merge_accounts(l);
        r = r < 0 ? r : draft_commit(l);
    } else if (r == 0) {
        put_origin(l, source);
        r = draft_commit(l);
    }
    r = r < 0 || l->is_import ? r : worldfile_faults(l, /* are_pushed= */ true);
    cos_yaml_free(root);
    return r;
}

static int load(struct loader *l, const struct world_source *source)
{
    struct draft draft = {.batch = batch_new()};
    cos_arena_init(&draft.texts, DRAFT_MAX_BYTES);
    cos_buf_init(&draft.made, MADE_MAX_BYTES);
    cos_buf_init(&draft.files, MAX_WORLD_BYTES);
    l->draft = &draft;
    l->is_built_in = source->is_built_in;
    l->source = source;
    if (draft.batch != NULL && l->again != NULL) {
        batch_delete_all(draft.batch, COS_SPAN_EMPTY);
    }
    int r = draft.batch == NULL ? worldfile_no_memory(l, "a world") : load_source(l, source);
    if (r < 0 && !l->is_comparison) {
        map_each(&draft.keys, give_up, l->t);
    }
    draft_deinit(&draft);
    l->draft = NULL;
    return r;
}

int world_load_source(struct cosmock_tenant *t, const struct world_source *source,
                      const struct world_warner *warner, struct cosmock_error *err)
{
    struct loader l = {.t = t, .origin = source->origin, .warner = warner, .err = err};
    return load(&l, source);
}

int world_load_again(struct cosmock_tenant *t, const struct world_source *source,
                     struct cosmock_error *err)
{
    struct loader l = {.t = t, .origin = source->origin, .err = err};
    struct row *starts;
    struct row *made_keys;
    struct mark lives;
    struct mark made;
    enum backend_result r = mark_row_get(t->rows, MARK_STARTS, &lives, &starts);
    enum backend_result r_made = mark_row_get(t->rows, MARK_MADE_KEYS, &made, &made_keys);
    int result;
    if (r == BACKEND_OK && r_made == BACKEND_OK) {
        struct again again = {lives.number, made.text};
        l.again = &again;
        result = load(&l, source);
    } else {
        result =
            world_fail(err, COSMOCK_E_IO, "the world of tenant '%s' cannot be read", t->name);
    }
    row_unref(starts);
    row_unref(made_keys);
    return result;
}

int world_import(struct cosmock_tenant *t, const struct world_source *source,
                 const struct world_import_ears *ears, struct cosmock_error *err)
{
    struct loader before = {.t = t,
                            .origin = source->origin,
                            .warner = &ears->changes,
                            .err = err,
                            .is_comparison = true,
                            .is_import = true};
    struct loader l = {.t = t,
                       .origin = source->origin,
                       .warner = &ears->warnings,
                       .err = err,
                       .is_import = true};
    int r = load(&before, source);
    return r < 0 ? r : load(&l, source);
}

int world_compare(struct cosmock_tenant *t, const struct world_source *source,
                  const struct world_warner *warner, struct cosmock_error *err)
{
    struct loader l = {
        .t = t, .origin = source->origin, .warner = warner, .err = err, .is_comparison = true};
    return load(&l, source);
}
