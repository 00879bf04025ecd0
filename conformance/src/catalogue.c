/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading requirements.yaml. The linked copy is the file of the source tree, taken
 * in by the assembler: no generator, no path to find at run time.
 */
#include "catalogue.h"

#include "cosbase/digest.h"
#include "cosbase/file.h"
#include "cosbase/yaml.h"
#include "sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_BYTES ((size_t)4 << 20)

__asm__(".pushsection .rodata\n"
        ".globl catalogue_linked, catalogue_linked_end\n"
        ".hidden catalogue_linked, catalogue_linked_end\n"
        "catalogue_linked:\n"
        ".incbin \"" CONFORM_REQUIREMENTS "\"\n"
        "catalogue_linked_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const char catalogue_linked[], catalogue_linked_end[];

struct reading {
    struct catalogue *c;
    const char *name;
    /* 512 bytes. */
    char *why;
};

static int wrong(const struct reading *in, unsigned line, const char *fmt, ...)
    COS_PRINTF(3, 4);
static int wrong(const struct reading *in, unsigned line, const char *fmt, ...)
{
    char what[400];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    (void)snprintf(in->why, 512, "%.100s:%u: %s", in->name, line, what);
    return -1;
}

const char *level_name(enum requirement_level level)
{
    static const char *const names[] = {"MUST", "SHOULD", "MAY"};
    return names[level];
}

enum need { OPTIONAL, REQUIRED };

static int read_text(const struct reading *in, const struct cos_yaml *node, const char *key,
                     enum need need, const char **out)
{
    const struct cos_yaml *v = cos_yaml_get(node, key);
    const char *text = cos_yaml_str(v);
    if (v == NULL && need == OPTIONAL) {
        *out = "";
        return 0;
    }
    if (text == NULL || text[0] == '\0') {
        return wrong(in, cos_yaml_line(v != NULL ? v : node),
                     "key '%s' is missing or empty; every requirement needs a text there", key);
    }
    *out = cos_arena_str(&in->c->arena, cos_span_of(text));
    return *out != NULL ? 0 : wrong(in, cos_yaml_line(node), "no memory");
}

static int read_level(const struct reading *in, const struct cos_yaml *node,
                      enum requirement_level *out)
{
    const struct cos_yaml *v = cos_yaml_get(node, "level");
    const char *text = cos_yaml_str(v);
    for (enum requirement_level l = LEVEL_MUST; text != NULL && l <= LEVEL_MAY; l++) {
        if (strcmp(text, level_name(l)) == 0) {
            *out = l;
            return 0;
        }
    }
    return wrong(in, cos_yaml_line(v != NULL ? v : node),
                 "level '%.20s' is none; write MUST, SHOULD or MAY", text != NULL ? text : "");
}

static int read_sentence(const struct reading *in, const struct cos_yaml *node, unsigned *out)
{
    int64_t number;
    struct sentence s;
    if (!cos_yaml_i64(node, &number) || number < 1 || number > UINT16_MAX ||
        !sentence_find((unsigned)number, &s)) {
        return wrong(
            in, cos_yaml_line(node),
            "sentence '%.20s' is none of the page; fixtures/page/sentences.tsv numbers "
            "them",
            cos_yaml_str(node) != NULL ? cos_yaml_str(node) : "");
    }
    *out = s.number;
    return 0;
}

/* A number or a list of numbers; absent: none. */
static int read_sentences(const struct reading *in, const struct cos_yaml *node,
                          struct requirement *r)
{
    const struct cos_yaml *v = cos_yaml_get(node, "sentence");
    bool is_list = v != NULL && cos_yaml_kind(v) == COS_YAML_SEQUENCE;
    size_t n = v != NULL && !is_list ? 1 : 0;
    for (const struct cos_yaml *i = is_list ? cos_yaml_first(v) : NULL; i != NULL;
         i = cos_yaml_next(i)) {
        n++;
    }
    unsigned *numbers = cos_arena_array(&in->c->arena, n + 1, sizeof(*numbers));
    if (numbers == NULL) {
        return wrong(in, cos_yaml_line(node), "no memory");
    }
    const struct cos_yaml *i = is_list ? cos_yaml_first(v) : v;
    for (size_t k = 0; k < n; k++, i = is_list ? cos_yaml_next(i) : NULL) {
        if (read_sentence(in, i, &numbers[k]) < 0) {
            return -1;
        }
    }
    r->sentences = numbers;
    r->n_sentences = n;
    return 0;
}

static int read_requirement(const struct reading *in, const struct cos_yaml *node,
                            struct requirement *r)
{
    const struct cos_yaml *mutant = cos_yaml_get(node, "mutant");
    if (read_text(in, node, "id", REQUIRED, &r->id) < 0 ||
        read_text(in, node, "area", REQUIRED, &r->area) < 0 ||
        read_level(in, node, &r->level) < 0 ||
        read_text(in, node, "profile", REQUIRED, &r->profile) < 0 ||
        read_text(in, node, "clock", OPTIONAL, &r->clock) < 0 ||
        read_text(in, node, "statement", REQUIRED, &r->statement) < 0 ||
        read_text(in, node, "source", REQUIRED, &r->source) < 0 ||
        read_sentences(in, node, r) < 0 ||
        read_text(in, node, "observe", REQUIRED, &r->observe) < 0 ||
        read_text(in, node, "real_jar", OPTIONAL, &r->real_jar) < 0 ||
        read_text(in, mutant, "id", OPTIONAL, &r->mutant) < 0 ||
        read_text(in, mutant, "defect", OPTIONAL, &r->defect) < 0) {
        return -1;
    }
    const struct cos_yaml *fresh = cos_yaml_get(node, "fresh_process");
    if (fresh != NULL && !cos_yaml_bool(fresh, &r->fresh_process)) {
        return wrong(in, cos_yaml_line(fresh), "fresh_process is neither true nor false");
    }
    if (catalogue_find(in->c, r->id) != NULL) {
        return wrong(in, cos_yaml_line(node), "id '%s' stands there twice; ids are unique",
                     r->id);
    }
    return 0;
}

static int read_all(const struct reading *in, const struct cos_yaml *root)
{
    struct catalogue *c = in->c;
    const struct cos_yaml *list = cos_yaml_get(root, "requirements");
    if (cos_yaml_kind(list) != COS_YAML_SEQUENCE || cos_yaml_first(list) == NULL) {
        return wrong(in, 1, "key 'requirements' is missing or no list of requirements");
    }
    (void)cos_yaml_i64(cos_yaml_get(cos_yaml_get(root, "catalogue"), "version"), &c->version);
    size_t n = 0;
    for (const struct cos_yaml *i = cos_yaml_first(list); i != NULL; i = cos_yaml_next(i)) {
        n++;
    }
    c->items = cos_arena_array(&c->arena, n, sizeof(*c->items));
    if (c->items == NULL) {
        return wrong(in, 1, "no memory");
    }
    for (const struct cos_yaml *i = cos_yaml_first(list); i != NULL; i = cos_yaml_next(i)) {
        if (read_requirement(in, i, &c->items[c->n]) < 0) {
            return -1;
        }
        c->n++;
    }
    return 0;
}

int catalogue_load(struct catalogue *out, const char *path, char why[512])
{
    struct reading in = {.c = out,
                         .name = path != NULL ? path : "requirements.yaml",
                         .why = why};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf file = {0};
    cos_buf_init(&file, MAX_BYTES);
    struct cos_span text =
        cos_span_make(catalogue_linked, (size_t)(catalogue_linked_end - catalogue_linked));
    if (path != NULL) {
        int r = cos_file_read(&file, path);
        if (r < 0) {
            (void)snprintf(why, 512, "%.200s: cannot read the catalogue: %s", path,
                           strerror(-r));
            return -1;
        }
        text = cos_buf_view(&file);
    }
    *out = (struct catalogue){0};
    cos_arena_init(&out->arena, 2 * MAX_BYTES);
    cos_sha256_hex(out->sha256, text.ptr, text.len);
    COS_CLEANUP(cos_yaml_free) struct cos_yaml *root = NULL;
    struct cos_text_error err = {0};
    int r = cos_yaml_parse(&root, text, &COS_YAML_LIMITS_DEFAULT, &err);
    if (r < 0) {
        r = wrong(&in, err.line, "%s", err.message);
    } else {
        r = read_all(&in, root);
    }
    if (r < 0) {
        catalogue_deinit(out);
    }
    return r;
}

void catalogue_deinit(struct catalogue *c)
{
    cos_arena_deinit(&c->arena);
    *c = (struct catalogue){0};
}

const struct requirement *catalogue_find(const struct catalogue *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->items[i].id, id) == 0) {
            return &c->items[i];
        }
    }
    return NULL;
}
