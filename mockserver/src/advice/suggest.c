/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least policy: for each resource the actions that were asked of it, and resources with the
 * same actions in one statement. Where that is too long keys become prefixes, folder by folder,
 * as few as make it fit: first of folders of which very many keys were asked with the same
 * actions, last of whole buckets. What was done is said, because it grants more than was asked.
 */
#include "advice/suggest.h"

#include "cam/policy.h"
#include "cosbase/alloc.h"
#include "cosbase/json.h"

#define POLICY_MAX_BYTES ((size_t)64 << 20)
#define READABLE_MAX_BYTES ((size_t)60 << 10) /* what cam/policy.c reads has 64 KiB */
#define ARENA_MAX_BYTES ((size_t)1 << 30)
#define ACTION_WORDS 4 /* of 64 actions each */

/* What was asked of one resource. */
struct item {
    struct cos_span resource;
    uint64_t actions[ACTION_WORDS];
};
struct draft {
    struct cos_arena *arena;
    const char *actions[64 * ACTION_WORDS]; /* sorted */
    size_t n_actions;
    struct item *items; /* sorted by resource, each once */
    size_t n;
};
/* One of the ways to make it shorter, from fine to coarse. */
struct fold {
    size_t more_than; /* keys of one folder with the same actions; SIZE_MAX: never */
    size_t depth;     /* folders that are kept of a key; SIZE_MAX: all */
    const char *says; /* NULL: nothing is folded */
};
static const struct fold folds[] = {
    {SIZE_MAX, SIZE_MAX, NULL},
    {64, SIZE_MAX, "more than 64 keys of a folder with the same actions"},
    {16, SIZE_MAX, "more than 16 keys of a folder with the same actions"},
    {4, SIZE_MAX, "more than 4 keys of a folder with the same actions"},
    {1, SIZE_MAX, "more than one key of a folder with the same actions"},
    {0, 4, "keys behind their fourth folder"},
    {0, 3, "keys behind their third folder"},
    {0, 2, "keys behind their second folder"},
    {0, 1, "keys behind their first folder"},
    {0, 0, "all keys of a bucket"},
};

/* --- what was asked --- */

static int by_text(const void *a, const void *b)
{
    const char *x;
    const char *y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return strcmp(x, y);
}

static size_t index_of(const struct draft *d, const char *action)
{
    for (size_t i = 0; i < d->n_actions; i++) {
        if (strcmp(d->actions[i], action) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void find_actions(struct draft *d, const struct needs *needs)
{
    for (size_t i = 0; i < needs->n; i++) {
        bool has_room = d->n_actions < COS_ARRAY_LEN(d->actions);
        if (has_room && index_of(d, needs->items[i].action) == SIZE_MAX) {
            d->actions[d->n_actions++] = needs->items[i].action;
        }
    }
    qsort(d->actions, d->n_actions, sizeof(d->actions[0]), by_text);
}

static int by_resource(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    return cos_span_cmp(x->resource, y->resource);
}

/* Each resource once, with all its actions. */
static void unite(struct draft *d)
{
    size_t n = 0;
    qsort(d->items, d->n, sizeof(*d->items), by_resource);
    for (size_t i = 0; i < d->n; i++) {
        if (n > 0 && cos_span_eq(d->items[n - 1].resource, d->items[i].resource)) {
            for (size_t w = 0; w < ACTION_WORDS; w++) {
                d->items[n - 1].actions[w] |= d->items[i].actions[w];
            }
        } else {
            d->items[n++] = d->items[i];
        }
    }
    d->n = n;
}

static bool gather(struct draft *d, const struct needs *needs)
{
    find_actions(d, needs);
    d->items = cos_arena_array(d->arena, needs->n + 1, sizeof(*d->items));
    for (size_t i = 0; i < needs->n && d->items != NULL; i++) {
        size_t at = index_of(d, needs->items[i].action);
        struct item *item = &d->items[d->n];
        if (at != SIZE_MAX) {
            item->resource = cos_span_of(needs->items[i].resource);
            item->actions[at / 64] |= UINT64_C(1) << (at % 64);
            d->n++;
        }
    }
    if (d->items != NULL) {
        unite(d);
    }
    return d->items != NULL;
}

/* --- folding --- */

/* Where the key begins in "qcs::cos:region:uid/x:bucket/key"; its length where it has none. */
static size_t key_at(struct cos_span resource)
{
    if (!cos_span_starts(resource, COS_SPAN_LIT("qcs::cos:"))) {
        return resource.len;
    }
    struct cos_span rest = resource;
    for (unsigned i = 0; i < 5; i++) {
        (void)cos_span_cut(&rest, ':');
    }
    size_t slash = cos_span_chr(rest, '/');
    return slash == SIZE_MAX ? resource.len : resource.len - rest.len + slash + 1;
}

/* The folder that @resource is folded to: that of its key, but at most @depth deep. */
static struct cos_span folder_of(struct cos_span resource, size_t depth)
{
    size_t at = key_at(resource);
    struct cos_span key = cos_span_from(resource, at);
    size_t end = 0;
    for (size_t i = 0; i < key.len && depth > 0; i++) {
        if (key.ptr[i] == '/') {
            end = i + 1;
            depth--;
        }
    }
    return cos_span_sub(resource, 0, at + end);
}

/* Only keys: a bucket by itself stays what it is. */
static bool has_key(const struct item *item)
{
    return key_at(item->resource) < item->resource.len;
}

/* A key, and the folder that it may be folded to. */
struct kin {
    struct cos_span folder;
    struct item *item;
};

static int by_folder(const void *a, const void *b)
{
    const struct kin *x = a;
    const struct kin *y = b;
    int r = cos_span_cmp(x->folder, y->folder);
    return r != 0 ? r : memcmp(x->item->actions, y->item->actions, sizeof(x->item->actions));
}

/* @n keys of one folder with the same actions. */
static void fold_kin(struct cos_arena *arena, const struct kin *kin, size_t n)
{
    const struct cos_span parts[] = {kin[0].folder, COS_SPAN_LIT("*")};
    struct cos_span prefix = cos_arena_join(arena, parts, COS_ARRAY_LEN(parts));
    for (size_t i = 0; i < n; i++) {
        kin[i].item->resource = prefix;
    }
}

static void fold_all(struct cos_arena *arena, struct kin *kin, size_t n, size_t more_than)
{
    qsort(kin, n, sizeof(*kin), by_folder);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && by_folder(&kin[i], &kin[end]) == 0) {
            end++;
        }
        if (end - i > more_than) {
            fold_kin(arena, &kin[i], end - i);
        }
        i = end;
    }
}

/* Into *out, which is then a draft of its own. */
static bool apply(struct draft *out, const struct draft *d, const struct fold *fold)
{
    *out = *d;
    out->items = cos_arena_array(d->arena, d->n + 1, sizeof(*out->items));
    struct kin *kin = cos_arena_array(d->arena, d->n + 1, sizeof(*kin));
    if (out->items == NULL || kin == NULL) {
        return false;
    }
    size_t n = 0;
    memcpy(out->items, d->items, d->n * sizeof(*d->items));
    for (size_t i = 0; i < d->n && fold->more_than != SIZE_MAX; i++) {
        if (has_key(&out->items[i])) {
            kin[n++] =
                (struct kin){folder_of(out->items[i].resource, fold->depth), &out->items[i]};
        }
    }
    fold_all(d->arena, kin, n, fold->more_than);
    unite(out);
    return !d->arena->failed;
}

/* --- writing --- */

static void write_list(struct cos_buf *b, const char *name, const struct cos_span *texts,
                       size_t n)
{
    cos_buf_printf(b, "      \"%s\": [", name);
    for (size_t i = 0; i < n; i++) {
        cos_buf_str(b, i == 0 ? "\n        " : ",\n        ");
        cos_json_quote(b, texts[i]);
    }
    cos_buf_str(b, "\n      ]");
}

static bool is_written(const struct draft *d, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (memcmp(d->items[k].actions, d->items[i].actions, sizeof(d->items[k].actions)) ==
            0) {
            return true;
        }
    }
    return false;
}

static void write_statement(struct cos_buf *b, const struct draft *d, size_t first,
                            struct cos_span *texts)
{
    const struct item *of = &d->items[first];
    size_t n = 0;
    cos_buf_str(b, "    {\n      \"effect\": \"allow\",\n");
    for (size_t i = 0; i < d->n_actions; i++) {
        if ((of->actions[i / 64] >> (i % 64) & 1) != 0) {
            texts[n++] = cos_span_of(d->actions[i]);
        }
    }
    write_list(b, "action", texts, n);
    cos_buf_str(b, ",\n");
    n = 0;
    for (size_t i = first; i < d->n; i++) {
        if (memcmp(d->items[i].actions, of->actions, sizeof(of->actions)) == 0) {
            texts[n++] = d->items[i].resource;
        }
    }
    write_list(b, "resource", texts, n);
    cos_buf_str(b, "\n    }");
}

static bool write_policy(struct suggestion *out, const struct draft *d)
{
    struct cos_span *texts = cos_arena_array(d->arena, d->n + d->n_actions + 1, sizeof(*texts));
    cos_buf_clear(&out->policy);
    out->statements = 0;
    cos_buf_str(&out->policy, "{\n  \"version\": \"2.0\",\n  \"statement\": [\n");
    for (size_t i = 0; i < d->n && texts != NULL; i++) {
        if (!is_written(d, i)) {
            cos_buf_str(&out->policy, out->statements == 0 ? "" : ",\n");
            write_statement(&out->policy, d, i, texts);
            out->statements++;
        }
    }
    cos_buf_str(&out->policy, "\n  ]\n}\n");
    return texts != NULL && !out->policy.failed;
}

static size_t count_characters(const struct cos_buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->len; i++) {
        char c = b->ptr[i];
        n += c != ' ' && c != '\n' && ((unsigned char)c & 0xc0) != 0x80;
    }
    return n;
}

/* --- the proof --- */

static bool prove(struct suggestion *out, const struct needs *needs, struct cosmock_tenant *t)
{
    const struct cam_principal who = {.kind = CAM_USER,
                                      .uin = ADVICE_USER_UIN,
                                      .owner_uin = ADVICE_OWNER_UIN,
                                      .appid = ADVICE_APPID};
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    if (cam_policy_parse(&p, cos_buf_view(&out->policy), CAM_IDENTITY, "suggested", &err) < 0) {
        return false;
    }
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, 16u << 20);
    out->asked = needs->n;
    out->allowed = 0;
    for (size_t i = 0; i < needs->n; i++) {
        const struct need *need = &needs->items[i];
        cos_arena_clear(&arena);
        out->allowed += advice_says(&arena, t, p, &who,
                                    &(struct advice_question){
                                        .action = cos_span_of(need->action),
                                        .resource = cos_span_of(need->resource),
                                        .context = need->context,
                                        .n_context = need->n_context,
                                    }) == CAM_ALLOW;
    }
    cam_policy_unref(p);
    return true;
}

static size_t count_starred(const struct draft *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        n +=
            d->items[i].resource.len > 1 && cos_span_chr(d->items[i].resource, '*') != SIZE_MAX;
    }
    return n;
}

/* The first fold that is short enough. */
static bool fit(struct suggestion *out, const struct draft *d, size_t max_characters)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(folds); i++) {
        struct draft folded;
        if (!apply(&folded, d, &folds[i]) || !write_policy(out, &folded)) {
            return false;
        }
        out->folded = folds[i].says != NULL ? folds[i].says : out->folded;
        out->characters = count_characters(&out->policy);
        if (out->characters <= max_characters && out->policy.len <= READABLE_MAX_BYTES) {
            return true;
        }
    }
    out->characters = SIZE_MAX; /* the caller sees it */
    return true;
}

bool suggest(struct suggestion *out, const struct needs *needs, size_t group,
             size_t max_characters, struct cosmock_tenant *t)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    cos_arena_init(&arena, ARENA_MAX_BYTES);
    *out = (struct suggestion){.statements = 0};
    cos_buf_init(&out->policy, POLICY_MAX_BYTES);
    struct draft d = {.arena = &arena};
    if (needs->n == 0 || !gather(&d, needs)) {
        return false;
    }
    out->starred = count_starred(&d);
    if (group > 0) {
        struct draft grouped;
        if (!apply(&grouped, &d, &(struct fold){group, SIZE_MAX, NULL})) {
            return false;
        }
        d = grouped;
        out->folded = "more keys of a folder with the same actions than --group says";
    }
    return fit(out, &d, max_characters) &&
           (out->characters > max_characters || prove(out, needs, t));
}

void suggestion_deinit(struct suggestion *s)
{
    cos_buf_deinit(&s->policy);
}

/* In a here-document of HCL "${" and "%{" begin something. */
void suggestion_print_terraform(struct cos_buf *out, const struct suggestion *s)
{
    struct cos_span rest = cos_buf_view(&s->policy);
    cos_buf_str(out, "resource \"tencentcloud_cam_policy\" \"suggested\" {\n"
                     "  name        = \"suggested\"\n"
                     "  description = \"what was asked for, by cosmock policy suggest\"\n"
                     "  document    = <<-EOT\n");
    while (rest.len > 0) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        cos_buf_str(out, "    ");
        for (size_t i = 0; i < line.len; i++) {
            bool begins = (line.ptr[i] == '$' || line.ptr[i] == '%') && i + 1 < line.len &&
                          line.ptr[i + 1] == '{';
            cos_buf_ch(out, line.ptr[i]);
            if (begins) {
                cos_buf_ch(out, line.ptr[i]);
            }
        }
        cos_buf_ch(out, '\n');
    }
    cos_buf_str(out, "  EOT\n}\n");
}
