/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plants defects: turns the rows of conformance/mutants/*.yaml and a source file of the library into a mutated copy of it, in which each defect can be
 * switched on at run time. The library itself knows nothing of this: it reads like a textbook, and whoever wants to add a defect does not touch it.
 *
 *   plant copy  <name of the source> <source> <output> <rows.yaml>...    the mutated copy
 *   plant table <output> <rows.yaml>...                                  the table conform_mutants (registry.h)
 *
 * A row is {name, requirement, file, find, replace}. `find` is one or more whole lines, compared without their indentation, and must stand in the file exactly
 * once: a row that no longer fits fails the build. In `replace`, MUTANT is true while the row's defect is on. Where two defects share a place, `name` and
 * `requirement` are lists and the text says MUTANT(name). No requirement: a harmless variant. No name: what the copy needs besides, for all defects.
 * A defect with several places has several rows; one of them names the requirement.
 */
#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "cosbase/yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_TEXT ((size_t)4 << 20)
#define MAX_LINES 8000
#define MAX_ROWS 1024

struct row {
    const char *where; /* the file of rows */
    const struct cos_yaml *node;
    size_t first, n; /* lines of the source it replaces */
};
struct planting {
    struct row rows[MAX_ROWS];
    size_t n_rows;
    struct cos_span lines[MAX_LINES]; /* of the source */
    size_t n_lines;
};

static struct planting plan;

static int wrong(const struct row *row, const char *key, const char *what)
{
    const struct cos_yaml *at = cos_yaml_get(row->node, key);
    (void)fprintf(stderr, "%s:%u: %s: %s\n", row->where,
                  cos_yaml_line(at != NULL ? at : row->node), key, what);
    return -1;
}

/* ---- reading rows ---- */

static int add_rows(const char *where, const struct cos_yaml *root)
{
    const struct cos_yaml *list = cos_yaml_get(root, "mutants");
    if (cos_yaml_kind(list) != COS_YAML_SEQUENCE) {
        (void)fprintf(stderr, "%s: expected a list called 'mutants'\n", where);
        return -1;
    }
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL; n = cos_yaml_next(n)) {
        struct row row = {.where = where, .node = n};
        if (plan.n_rows == MAX_ROWS) {
            return wrong(&row, "mutants", "too many rows; raise MAX_ROWS");
        }
        for (size_t i = 0; i < 3; i++) {
            const char *key = ((const char *const[]){"file", "find", "replace"})[i];
            if (cos_yaml_str(cos_yaml_get(n, key)) == NULL) {
                return wrong(&row, key, "every row needs a text there");
            }
        }
        plan.rows[plan.n_rows++] = row;
    }
    return 0;
}

static int read_rows(char **paths, int n)
{
    for (int i = 0; i < n; i++) {
        struct cos_buf text;
        struct cos_yaml *root = NULL;
        struct cos_text_error err = {0};
        cos_buf_init(&text, MAX_TEXT);
        if (cos_file_read(&text, paths[i]) < 0) {
            (void)fprintf(stderr, "%s: cannot be read\n", paths[i]);
            return -1;
        }
        if (cos_yaml_parse(&root, cos_buf_view(&text), NULL, &err) < 0) {
            (void)fprintf(stderr, "%s:%u: %s\n", paths[i], err.line, err.message);
            return -1;
        }
        if (add_rows(paths[i], root) < 0) { /* the tree lives as long as the process */
            return -1;
        }
        cos_buf_deinit(&text);
    }
    return 0;
}

/* The @i-th text of @key, a scalar or a list; NULL beyond. */
static const char *text_of(const struct row *row, const char *key, size_t i)
{
    const struct cos_yaml *v = cos_yaml_get(row->node, key);
    if (cos_yaml_kind(v) != COS_YAML_SEQUENCE) {
        return i == 0 ? cos_yaml_str(v) : NULL;
    }
    v = cos_yaml_first(v);
    while (v != NULL && i-- > 0) {
        v = cos_yaml_next(v);
    }
    return cos_yaml_str(v);
}

/* ---- finding ---- */

static size_t split_lines(struct cos_span text, struct cos_span *out, size_t max)
{
    size_t n = 0;
    while (text.len > 0 && n < max) {
        out[n++] = cos_span_cut(&text, '\n');
    }
    return n;
}

static bool is_at(const struct cos_span *wanted, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++) {
        if (!cos_span_eq(cos_span_trim(plan.lines[at + i]), cos_span_trim(wanted[i]))) {
            return false;
        }
    }
    return true;
}

static int locate(struct row *row)
{
    struct cos_span wanted[200];
    size_t found = 0;
    row->n = split_lines(cos_span_of(text_of(row, "find", 0)), wanted, 200);
    if (row->n == 0) {
        return wrong(row, "find", "is empty");
    }
    for (size_t at = 0; at + row->n <= plan.n_lines; at++) {
        if (is_at(wanted, row->n, at)) {
            row->first = at;
            found++;
        }
    }
    return found == 1   ? 0
           : found == 0 ? wrong(row, "find", "these lines are not in the file any more")
                        : wrong(row, "find", "these lines stand in the file more than once");
}

static int check_apart(const struct row *row)
{
    for (const struct row *o = plan.rows; o < row; o++) {
        if (o->n > 0 && row->first < o->first + o->n && o->first < row->first + row->n) {
            return wrong(row, "find", "overlaps an earlier row; make one row of the two");
        }
    }
    return 0;
}

/* ---- writing the copy ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* MUTANT alone means the row's own name. */
static int put_replacement(struct cos_buf *out, const struct row *row)
{
    struct cos_span text = cos_span_of(text_of(row, "replace", 0));
    const char *name = text_of(row, "name", 0);
    bool seen = name == NULL;
    for (size_t at; (at = cos_span_find(text, COS_SPAN_LIT("MUTANT"))) != SIZE_MAX;) {
        char after = at + 6 < text.len ? text.ptr[at + 6] : '\0';
        bool is_ours = (at == 0 || !is_word(text.ptr[at - 1])) && !is_word(after);
        cos_buf_span(out, cos_span_sub(text, 0, at + 6));
        if (is_ours && after != '(') {
            cos_buf_printf(out, "(%s)", name == NULL ? "" : name);
        }
        seen = seen || is_ours;
        text = cos_span_from(text, at + 6);
    }
    cos_buf_span(out, text);
    cos_buf_ch(out, '\n');
    return seen ? 0 : wrong(row, "replace", "MUTANT is missing: the defect would always be on");
}

static const struct row *row_at(const char *file, size_t line)
{
    for (size_t i = 0; i < plan.n_rows; i++) {
        if (plan.rows[i].n > 0 && plan.rows[i].first == line &&
            strcmp(text_of(&plan.rows[i], "file", 0), file) == 0) {
            return &plan.rows[i];
        }
    }
    return NULL;
}

static int put_copy(struct cos_buf *out, const char *file)
{
    cos_buf_printf(out, "#include \"mutant.h\"\n#line 1 \"%s\"\n", file);
    for (size_t line = 0; line < plan.n_lines;) {
        const struct row *row = row_at(file, line);
        if (row == NULL) {
            cos_buf_span(out, plan.lines[line++]);
            cos_buf_ch(out, '\n');
            continue;
        }
        if (put_replacement(out, row) < 0) {
            return -1;
        }
        line += row->n;
        cos_buf_printf(out, "#line %zu\n", line + 1);
    }
    return 0;
}

static int plant_copy(struct cos_buf *out, const char *file, const char *source)
{
    static struct cos_buf text; /* the lines point into it */
    cos_buf_init(&text, MAX_TEXT);
    if (cos_file_read(&text, source) < 0) {
        (void)fprintf(stderr, "%s: cannot be read\n", source);
        return -1;
    }
    plan.n_lines = split_lines(cos_buf_view(&text), plan.lines, MAX_LINES);
    for (size_t i = 0; i < plan.n_rows; i++) {
        struct row *row = &plan.rows[i];
        if (strcmp(text_of(row, "file", 0), file) == 0 &&
            (locate(row) < 0 || check_apart(row) < 0)) {
            return -1;
        }
    }
    return put_copy(out, file);
}

/* ---- the table ---- */

static bool is_known(const struct row *end, const char *name)
{
    for (const struct row *r = plan.rows; r < end; r++) {
        for (size_t i = 0; text_of(r, "name", i) != NULL; i++) {
            if (strcmp(text_of(r, "name", i), name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static int put_table(struct cos_buf *out)
{
    cos_buf_str(out, "#include \"registry.h\"\n\n"
                     "const struct conform_mutant conform_mutants[] = {\n");
    for (const struct row *r = plan.rows; r < plan.rows + plan.n_rows; r++) {
        for (size_t i = 0; text_of(r, "name", i) != NULL; i++) {
            const char *name = text_of(r, "name", i);
            const char *requirement = text_of(r, "requirement", i);
            if (is_known(r, name)) {
                if (requirement != NULL) {
                    return wrong(r, "requirement", "an earlier row of this name has one");
                }
                continue;
            }
            cos_buf_printf(out, "    {\"%s\", ", name);
            cos_buf_printf(out, requirement == NULL ? "NULL},\n" : "\"%s\"},\n", requirement);
        }
    }
    cos_buf_str(out, "    {0},\n};\n");
    return 0;
}

int main(int argc, char **argv)
{
    bool is_copy = argc > 5 && strcmp(argv[1], "copy") == 0;
    bool is_table = argc > 3 && strcmp(argv[1], "table") == 0;
    struct cos_buf out;
    if (!is_copy && !is_table) {
        (void)fprintf(stderr, "usage: plant copy NAME SOURCE OUTPUT ROWS...\n"
                              "       plant table OUTPUT ROWS...\n");
        return 2;
    }
    cos_buf_init(&out, MAX_TEXT);
    int first = is_copy ? 5 : 3;
    if (read_rows(argv + first, argc - first) < 0 ||
        (is_copy ? plant_copy(&out, argv[2], argv[3]) : put_table(&out)) < 0) {
        return 1;
    }
    if (out.failed || cos_file_write(argv[first - 1], cos_buf_view(&out), 0644) < 0) {
        (void)fprintf(stderr, "%s: cannot be written\n", argv[first - 1]);
        return 1;
    }
    cos_buf_deinit(&out);
    return 0;
}
