/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selection of requirements. A piece of --only that matches nothing is an error, not an empty
 * run (conformance.md R4).
 */
#include "selection.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool piece_matches(const char *piece, const struct requirement *r)
{
    return strcasecmp(piece, r->area) == 0 || fnmatch(piece, r->id, FNM_CASEFOLD) == 0;
}

static bool matches_any(const struct catalogue *c, const char *piece)
{
    for (size_t i = 0; i < c->n; i++) {
        if (piece_matches(piece, &c->items[i])) {
            return true;
        }
    }
    return false;
}

int selection_add(struct selection *s, const struct catalogue *c, struct cos_arena *arena,
                  const char *text, char why[512])
{
    struct cos_span rest = cos_span_of(text);
    while (rest.ptr != NULL) {
        struct cos_span piece = cos_span_trim(cos_span_cut(&rest, ','));
        const char *kept = cos_arena_str(arena, piece);
        if (piece.len == 0 || kept == NULL || s->n_only == COS_ARRAY_LEN(s->only)) {
            (void)snprintf(why, 512,
                           "--only '%.100s': an empty piece or more than %zu of them; write "
                           "ids, areas or globs, such as POL-003,REF,STS-02*",
                           text, COS_ARRAY_LEN(s->only));
            return -1;
        }
        if (!matches_any(c, kept)) {
            (void)snprintf(why, 512,
                           "--only '%.60s': no requirement has this id, area or glob; "
                           "'cosconform list' prints them",
                           kept);
            return -1;
        }
        s->only[s->n_only++] = kept;
    }
    return 0;
}

int selection_level(struct selection *s, const char *text, char why[512])
{
    for (enum requirement_level l = LEVEL_MUST; l <= LEVEL_MAY; l++) {
        if (strcasecmp(text, level_name(l)) == 0) {
            s->lowest = l;
            return 0;
        }
    }
    (void)snprintf(why, 512, "--level '%.40s': write must, should or may", text);
    return -1;
}

int selection_profile(struct selection *s, const struct catalogue *c, const char *text,
                      char why[512])
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->items[i].profile, text) == 0) {
            s->profile = c->items[i].profile;
            return 0;
        }
    }
    (void)snprintf(why, 512,
                   "--profile '%.40s': the catalogue has core, config, token-server, "
                   "token-client and refresh",
                   text);
    return -1;
}

int selection_shard(struct selection *s, const char *text, char why[512])
{
    struct cos_span rest = cos_span_of(text);
    struct cos_span left = cos_span_cut(&rest, '/');
    uint64_t i, n;
    if (rest.ptr == NULL || !cos_span_u64(left, &i) || !cos_span_u64(rest, &n) || i < 1 ||
        n < i || n > 1000) {
        (void)snprintf(why, 512, "--shard '%.40s': write i/n with 1 <= i <= n, such as 2/4",
                       text);
        return -1;
    }
    s->shard = (unsigned)i;
    s->n_shards = (unsigned)n;
    return 0;
}

/* FNV-1a: a shard must be the same on every machine and in every version of libc. */
static uint32_t hash_id(const char *id)
{
    uint32_t h = 2166136261u;
    for (; *id != '\0'; id++) {
        h = (h ^ (uint8_t)*id) * 16777619u;
    }
    return h;
}

bool selection_has(const struct selection *s, const struct requirement *r)
{
    if (r->level > s->lowest) {
        return false;
    }
    if (s->profile != NULL && strcmp(s->profile, r->profile) != 0) {
        return false;
    }
    if (s->n_shards > 0 && hash_id(r->id) % s->n_shards + 1 != s->shard) {
        return false;
    }
    bool found = s->n_only == 0;
    for (size_t i = 0; i < s->n_only && !found; i++) {
        found = piece_matches(s->only[i], r);
    }
    return found;
}

bool selection_is_all(const struct selection *s)
{
    return s->n_only == 0 && s->profile == NULL && s->n_shards == 0 && s->lowest == LEVEL_MAY;
}
