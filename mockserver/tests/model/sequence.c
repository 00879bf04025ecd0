/* SPDX-License-Identifier: Apache-2.0 */
/* Operations out of a generator, and to and from a script. */
#include "sequence.h"

#include "cosbase/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned weight;
} verbs[VERBS] = {
    [PUT] = {"put", 12},        [COPY] = {"copy", 8},
    [DELETE] = {"delete", 9},   [DELETE_MANY] = {"delete-many", 3},
    [APPEND] = {"append", 4},   [VERSIONING] = {"versioning", 3},
    [TAG] = {"tag", 4},         [ACL] = {"acl", 3},
    [RULES] = {"rules", 3},     [BUCKET_ACL] = {"bucket-acl", 1},
    [PART] = {"part", 5},       [PART_COPY] = {"part-copy", 2},
    [ABORT] = {"abort", 1},     [INITIATE] = {"initiate", 4},
    [PASS] = {"pass", 7},       [COMPLETE] = {"complete", 4},
    [LOCK] = {"lock", 2},       [RESTORE] = {"restore", 5},
    [RETAIN] = {"retain", 2},   [STRANGER] = {"stranger", 3},
    [SAVE] = {"save", 1},       [BACK] = {"back", 1},
    [RESTART] = {"restart", 1},
};

/* Drawn evenly below `bound`; 0 also where `more` others come out. */
static const struct {
    const char *name;
    unsigned bound, more;
} fields[FIELDS] = {
    [KEY] = {"key", 5, 2},     [FROM] = {"from", 5, 2},     [VERSION] = {"version", 8, 5},
    [CLASS] = {"class", 4, 4}, [TAGS] = {"tags", 3, 3},     [LIST] = {"list", 3, 3},
    [META] = {"meta", 3, 2},   [UNTIL] = {"until", 4, 4},   [CHOICE] = {"choice", 16, 0},
    [BIG] = {"big", 2, 4},     [FORBID] = {"forbid", 2, 8},
};

const char *verb_name(enum verb verb)
{
    return verbs[verb].name;
}

static enum verb draw_verb(struct cos_rng *rng)
{
    unsigned total = 0;
    for (size_t i = 0; i < VERBS; i++) {
        total += verbs[i].weight;
    }
    uint64_t drawn = cos_rng_below(rng, total);
    size_t verb = 0;
    while (drawn >= verbs[verb].weight) {
        drawn -= verbs[verb++].weight;
    }
    return (enum verb)verb;
}

void sequence_draw(struct sequence *s, struct cos_rng *rng)
{
    *s = (struct sequence){.is_kept = cos_rng_below(rng, 64) == 0, .n = SEQUENCE_OPS};
    for (size_t i = 0; i < s->n; i++) {
        s->ops[i].verb = draw_verb(rng);
        for (size_t j = 0; j < FIELDS; j++) {
            uint64_t drawn = cos_rng_below(rng, fields[j].bound + fields[j].more);
            s->ops[i].at[j] = drawn < fields[j].bound ? (unsigned char)drawn : 0;
        }
    }
}

void sequence_write(const struct sequence *s, struct cos_buf *out)
{
    cos_buf_str(out, s->is_kept ? "in a directory\n" : "in memory\n");
    for (size_t i = 0; i < s->n; i++) {
        cos_buf_str(out, verbs[s->ops[i].verb].name);
        for (size_t j = 0; j < FIELDS; j++) {
            if (s->ops[i].at[j] != 0) {
                cos_buf_printf(out, " %s=%u", fields[j].name, s->ops[i].at[j]);
            }
        }
        cos_buf_ch(out, '\n');
    }
}

static bool read_verb(struct op *op, const char *word, size_t n)
{
    for (size_t i = 0; i < VERBS; i++) {
        if (strlen(verbs[i].name) == n && memcmp(verbs[i].name, word, n) == 0) {
            *op = (struct op){.verb = (enum verb)i};
            return true;
        }
    }
    return false;
}

static bool read_field(struct op *op, const char *word, size_t n)
{
    for (size_t i = 0; i < FIELDS; i++) {
        size_t name = strlen(fields[i].name);
        if (name < n && memcmp(fields[i].name, word, name) == 0 && word[name] == '=') {
            op->at[i] = (unsigned char)strtoul(word + name + 1, NULL, 10);
            return true;
        }
    }
    return false;
}

static bool read_op(struct op *op, const char *line, const char *end)
{
    size_t n = strcspn(line, " \n");
    bool is_read = read_verb(op, line, n);
    while (is_read && line + n < end) {
        line += n + 1;
        n = strcspn(line, " \n");
        is_read = read_field(op, line, n);
    }
    return is_read;
}

size_t sequence_read(struct sequence *s, const char *text)
{
    size_t number = 1;
    *s = (struct sequence){.n = 0};
    for (const char *end; *text != '\0'; text = *end == '\0' ? end : end + 1, number++) {
        end = text + strcspn(text, "\n");
        if (end == text || *text == '#' || strncmp(text, "in memory", 9) == 0) {
            continue;
        }
        if (strncmp(text, "in a directory", 14) == 0) {
            s->is_kept = true;
        } else if (s->n == SEQUENCE_OPS || !read_op(&s->ops[s->n++], text, end)) {
            return number;
        }
    }
    return 0;
}
