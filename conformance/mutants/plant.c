/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plants defects: turns the rows of conformance/mutants/<area>.yaml and a source file into a
 * mutated copy of it, in which each defect can be switched on at run time. The products know
 * nothing of this, and whoever wants to add a defect does not touch them.
 *
 *   plant copy FILE SOURCE OUTPUT ROWS...      the mutated copy of FILE, which lies at SOURCE
 *   plant table OUTPUT ROWS... -- FILE...      the table conform_mutants (registry.h); every
 *                                              row must be for one of the FILEs that are copied
 *   plant list OUTPUT ROWS... -- FILE...       lines "name TAB test TAB requirement", for
 *                                              defects that unit tests notice
 *
 * A row is {name, requirement, test, file, find, replace}. `find` is one or more whole lines,
 * compared without their indentation, and must stand in `file` exactly once: a row that no
 * longer fits fails the build. In `replace`, MUTANT is true while the defect is on. Where
 * defects share a place, `name` and `requirement` are lists (~: none) and the text says
 * MUTANT(name). A row without a name is what a copy needs besides, whichever defect is on. A
 * defect with several places has several rows, one of which names its requirement; no
 * requirement: a harmless variant, which no case may notice. `test` names the unit tests that
 * must notice, "cos tc3" for test-cos.c and test-tc3.c; only the mock's rows have it.
 */
#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "cosbase/yaml.h"

#include <ctype.h>
#include <stdio.h>

#define MAX_TEXT ((size_t)4 << 20)
#define MAX_LINES 8000
#define MAX_FIND 100
#define MAX_ROWS 1024
#define MAX_FILES 16
#define WORD "MUTANT"

struct row {
    const char *where; /* the file of rows */
    const struct cos_yaml *node;
    size_t first, n; /* the lines of the source it replaces; n 0: of another file */
};

struct planting {
    struct row rows[MAX_ROWS];
    size_t n_rows;
    struct cos_yaml *trees[MAX_FILES]; /* the rows point into them */
    size_t n_trees;
    struct cos_buf source; /* the lines point into it */
    struct cos_span lines[MAX_LINES];
    size_t n_lines;
};

static int wrong(const struct row *row, const char *key, const char *what)
{
    const struct cos_yaml *at = cos_yaml_get(row->node, key);
    (void)fprintf(stderr, "%s:%u: %s: %s\n", row->where,
                  cos_yaml_line(at != NULL ? at : row->node), key, what);
    return -1;
}

/* The @i-th text of @key, a scalar or a list; NULL beyond. */
static const char *nth(const struct row *row, const char *key, size_t i)
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

static const char *text_of(const struct row *row, const char *key)
{
    return cos_yaml_str(cos_yaml_get(row->node, key));
}

static size_t count(const struct row *row, const char *key)
{
    size_t n = 0;
    while (nth(row, key, n) != NULL) {
        n++;
    }
    return n;
}

/* ---- checking a row by itself ---- */

static bool is_known_key(const char *key)
{
    static const char *const keys[] = {"name", "requirement", "test",
                                       "file", "find",        "replace"};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int check_keys(const struct row *row)
{
    static const char *const texts[] = {"file", "find", "replace"};
    if (cos_yaml_kind(row->node) != COS_YAML_MAPPING) {
        return wrong(row, "mutants", "a row is {name, requirement, file, find, replace}");
    }
    for (const struct cos_yaml *v = cos_yaml_first(row->node); v != NULL;
         v = cos_yaml_next(v)) {
        if (!is_known_key(cos_yaml_key(v))) {
            return wrong(row, cos_yaml_key(v),
                         "unknown key; known are name, requirement, test, file, find, "
                         "replace");
        }
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        if (text_of(row, texts[i]) == NULL) {
            return wrong(row, texts[i], "every row needs a text there");
        }
    }
    return count(row, "requirement") > count(row, "name")
               ? wrong(row, "requirement", "has more entries than 'name'")
               : 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The next MUTANT or MUTANT(name) of @text: where it begins, and behind it; @name stays empty
 * for the bare word. SIZE_MAX: none. */
static size_t find_use(struct cos_span text, size_t from, size_t *end, struct cos_span *name)
{
    struct cos_span word = COS_SPAN_LIT(WORD);
    for (size_t at = from; at + word.len <= text.len; at++) {
        bool is_start = at == 0 || !is_word(text.ptr[at - 1]);
        struct cos_span rest = cos_span_from(text, at + word.len);
        if (!is_start || !cos_span_starts(cos_span_from(text, at), word) ||
            (rest.len > 0 && is_word(rest.ptr[0]))) {
            continue;
        }
        size_t close = cos_span_chr(rest, ')');
        bool has_name = rest.len > 0 && rest.ptr[0] == '(' && close != SIZE_MAX;
        *name = has_name ? cos_span_sub(rest, 1, close - 1) : COS_SPAN_EMPTY;
        *end = at + word.len + (has_name ? close + 1 : 0);
        return at;
    }
    return SIZE_MAX;
}

/* Where @name stands among the row's names, or SIZE_MAX; the bare word means the only one. */
static size_t index_of_name(const struct row *row, struct cos_span name)
{
    size_t n = count(row, "name");
    for (size_t i = 0; i < n; i++) {
        bool is_it = name.len == 0 ? n == 1 : cos_span_eq_str(name, nth(row, "name", i));
        if (is_it) {
            return i;
        }
    }
    return SIZE_MAX;
}

static int check_uses(const struct row *row)
{
    struct cos_span text = cos_span_of(text_of(row, "replace"));
    bool used[32] = {false};
    size_t n = count(row, "name");
    if (n > COS_ARRAY_LEN(used)) {
        return wrong(row, "name", "has more than 32 entries");
    }
    size_t end = 0;
    struct cos_span name;
    while (find_use(text, end, &end, &name) != SIZE_MAX) {
        size_t i = index_of_name(row, name);
        if (i == SIZE_MAX) {
            return wrong(row, "replace",
                         n == 0   ? "MUTANT in a row without a name"
                         : n == 1 ? "MUTANT(...) is not this row's name"
                                  : "must say MUTANT(name), with one of the row's names");
        }
        used[i] = true;
    }
    for (size_t i = 0; i < n; i++) {
        if (!used[i]) {
            return wrong(row, "replace", "MUTANT is missing: the defect would always be on");
        }
    }
    return 0;
}

/* ---- reading rows ---- */

static int add_rows(struct planting *p, const char *where, const struct cos_yaml *root)
{
    const struct cos_yaml *list = cos_yaml_get(root, "mutants");
    if (cos_yaml_kind(list) != COS_YAML_SEQUENCE) {
        (void)fprintf(stderr, "%s: expected a list called 'mutants'\n", where);
        return -1;
    }
    for (const struct cos_yaml *n = cos_yaml_first(list); n != NULL; n = cos_yaml_next(n)) {
        struct row row = {.where = where, .node = n};
        if (p->n_rows == MAX_ROWS) {
            return wrong(&row, "mutants", "too many rows; raise MAX_ROWS");
        }
        if (check_keys(&row) < 0 || check_uses(&row) < 0) {
            return -1;
        }
        p->rows[p->n_rows++] = row;
    }
    return 0;
}

static int read_rows(struct planting *p, const char *path)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, MAX_TEXT);
    if (p->n_trees == MAX_FILES) {
        (void)fprintf(stderr, "%s: too many files of rows; raise MAX_FILES\n", path);
        return -1;
    }
    if (cos_file_read(&text, path) < 0) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    struct cos_text_error err = {0};
    if (cos_yaml_parse(&p->trees[p->n_trees], cos_buf_view(&text), NULL, &err) < 0) {
        (void)fprintf(stderr, "%s:%u: %s\n", path, err.line, err.message);
        return -1;
    }
    return add_rows(p, path, p->trees[p->n_trees++]);
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

static bool is_at(const struct cos_span *lines, const struct cos_span *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!cos_span_eq(cos_span_trim(lines[i]), cos_span_trim(wanted[i]))) {
            return false;
        }
    }
    return true;
}

static int locate(const struct planting *p, struct row *row)
{
    struct cos_span wanted[MAX_FIND];
    size_t n = split_lines(cos_span_of(text_of(row, "find")), wanted, MAX_FIND);
    size_t found = 0;
    if (n == 0 || n == MAX_FIND) {
        return wrong(row, "find", n == 0 ? "is empty" : "is too long");
    }
    for (size_t at = 0; at + n <= p->n_lines; at++) {
        if (is_at(p->lines + at, wanted, n)) {
            row->first = at;
            row->n = n;
            found++;
        }
    }
    return found == 1   ? 0
           : found == 0 ? wrong(row, "find", "these lines are not in the file")
                        : wrong(row, "find", "these lines stand in the file more than once");
}

static int check_apart(const struct planting *p, const struct row *row)
{
    for (const struct row *o = p->rows; o < row; o++) {
        if (o->n > 0 && row->first < o->first + o->n && o->first < row->first + row->n) {
            return wrong(row, "find", "overlaps an earlier row; make one row of the two");
        }
    }
    return 0;
}

/* ---- writing the copy ---- */

/* What the compiler says of these lines, it says of the row. */
static void put_replacement(struct cos_buf *out, const struct row *row)
{
    struct cos_span text = cos_span_of(text_of(row, "replace"));
    cos_buf_printf(out, "#line %u \"%s\"\n",
                   cos_yaml_line(cos_yaml_get(row->node, "replace")) + 1, row->where);
    size_t end = 0;
    size_t from = 0;
    struct cos_span name;
    for (size_t at; (at = find_use(text, from, &end, &name)) != SIZE_MAX; from = end) {
        cos_buf_span(out, cos_span_sub(text, from, at - from));
        cos_buf_printf(out, WORD "(%s)", nth(row, "name", index_of_name(row, name)));
    }
    cos_buf_span(out, cos_span_from(text, from));
    cos_buf_str(out, cos_span_ends(text, COS_SPAN_LIT("\n")) ? "" : "\n");
}

static const struct row *row_at(const struct planting *p, size_t line)
{
    for (size_t i = 0; i < p->n_rows; i++) {
        if (p->rows[i].n > 0 && p->rows[i].first == line) {
            return &p->rows[i];
        }
    }
    return NULL;
}

static void put_copy(struct cos_buf *out, const struct planting *p, const char *source)
{
    cos_buf_printf(out, "#include \"mutant.h\"\n#line 1 \"%s\"\n", source);
    for (size_t line = 0; line < p->n_lines;) {
        const struct row *row = row_at(p, line);
        if (row == NULL) {
            cos_buf_span(out, p->lines[line++]);
            cos_buf_ch(out, '\n');
        } else {
            put_replacement(out, row);
            line += row->n;
            cos_buf_printf(out, "#line %zu \"%s\"\n", line + 1, source);
        }
    }
}

static int plant_copy(struct cos_buf *out, struct planting *p, const char *file,
                      const char *source)
{
    if (cos_file_read(&p->source, source) < 0) {
        (void)fprintf(stderr, "%s: cannot be read\n", source);
        return -1;
    }
    p->n_lines = split_lines(cos_buf_view(&p->source), p->lines, MAX_LINES);
    if (p->n_lines == MAX_LINES) {
        (void)fprintf(stderr, "%s: too long; raise MAX_LINES\n", source);
        return -1;
    }
    for (size_t i = 0; i < p->n_rows; i++) {
        struct row *row = &p->rows[i];
        if (strcmp(text_of(row, "file"), file) == 0 &&
            (locate(p, row) < 0 || check_apart(p, row) < 0)) {
            return -1;
        }
    }
    put_copy(out, p, source);
    return 0;
}

/* ---- the table ---- */

/* The requirement that @row gives its @i-th name; NULL: none. */
static const char *requirement_at(const struct row *row, size_t i)
{
    const char *requirement = nth(row, "requirement", i);
    return requirement == NULL || strcmp(requirement, "~") == 0 ? NULL : requirement;
}

/* Whether an earlier row has @name. */
static bool is_listed(const struct planting *p, const struct row *before, const char *name)
{
    for (const struct row *r = p->rows; r < before; r++) {
        if (index_of_name(r, cos_span_of(name)) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static int find_requirement(const char **out, const struct planting *p, const char *name)
{
    *out = NULL;
    for (const struct row *r = p->rows; r < p->rows + p->n_rows; r++) {
        size_t i = index_of_name(r, cos_span_of(name));
        const char *requirement = i == SIZE_MAX ? NULL : requirement_at(r, i);
        if (requirement != NULL && *out != NULL) {
            return wrong(r, "requirement", "an earlier row of this name has one");
        }
        *out = requirement != NULL ? requirement : *out;
    }
    return 0;
}

static int put_row(struct cos_buf *out, const struct planting *p, const struct row *row)
{
    for (size_t i = 0; i < count(row, "name"); i++) {
        const char *name = nth(row, "name", i);
        const char *requirement = NULL;
        if (is_listed(p, row, name)) {
            continue;
        }
        if (find_requirement(&requirement, p, name) < 0) {
            return -1;
        }
        cos_buf_printf(out, "    {\"%s\", ", name);
        cos_buf_printf(out, requirement == NULL ? "NULL},\n" : "\"%s\"},\n", requirement);
    }
    return 0;
}

/* "name TAB test TAB requirement" of every name of @row that has a test. */
static int put_listed(struct cos_buf *out, const struct planting *p, const struct row *row)
{
    const char *test = text_of(row, "test");
    for (size_t i = 0; i < count(row, "name"); i++) {
        const char *name = nth(row, "name", i);
        const char *requirement = requirement_at(row, i);
        if (test == NULL && !is_listed(p, row, name)) {
            return wrong(row, "test", "is missing: which unit test notices it?");
        }
        if (test != NULL && is_listed(p, row, name)) {
            return wrong(row, "name", "an earlier row has this name and its test");
        }
        if (test != NULL) {
            cos_buf_printf(out, "%s\t%s\t%s\n", name, test,
                           requirement == NULL ? "-" : requirement);
        }
    }
    return 0;
}

static bool is_copied(const struct row *row, char *const *files)
{
    while (*files != NULL && strcmp(*files, text_of(row, "file")) != 0) {
        files++;
    }
    return *files != NULL;
}

static int plant_list(struct cos_buf *out, const struct planting *p, char *const *files)
{
    for (const struct row *r = p->rows; r < p->rows + p->n_rows; r++) {
        if (!is_copied(r, files)) {
            return wrong(r, "file", "is none of the sources that are copied");
        }
        if (put_listed(out, p, r) < 0) {
            return -1;
        }
    }
    return 0;
}

static int plant_table(struct cos_buf *out, const struct planting *p, char *const *files)
{
    cos_buf_str(out, "#include \"registry.h\"\n\n"
                     "const struct conform_mutant conform_mutants[] = {\n");
    for (const struct row *r = p->rows; r < p->rows + p->n_rows; r++) {
        if (!is_copied(r, files)) {
            return wrong(r, "file", "is none of the sources that are copied");
        }
        if (put_row(out, p, r) < 0) {
            return -1;
        }
    }
    cos_buf_str(out, "    {0},\n};\n");
    return 0;
}

/* ---- the command ---- */

enum verb { COPY, TABLE, LIST, NO_VERB };

static enum verb verb_of(int argc, char **argv)
{
    return argc > 5 && strcmp(argv[1], "copy") == 0    ? COPY
           : argc > 3 && strcmp(argv[1], "table") == 0 ? TABLE
           : argc > 3 && strcmp(argv[1], "list") == 0  ? LIST
                                                       : NO_VERB;
}

/* @argv behind the verb: [FILE SOURCE] OUTPUT ROWS... [-- FILE...] */
static int run(struct planting *p, struct cos_buf *out, enum verb verb, char **argv)
{
    char **rows = argv + (verb == COPY ? 3 : 1);
    for (; *rows != NULL && strcmp(*rows, "--") != 0; rows++) {
        if (read_rows(p, *rows) < 0) {
            return -1;
        }
    }
    if (verb == COPY) {
        return plant_copy(out, p, argv[0], argv[1]);
    }
    char **files = *rows == NULL ? rows : rows + 1;
    return verb == TABLE ? plant_table(out, p, files) : plant_list(out, p, files);
}

static int write_out(const struct cos_buf *out, const char *path)
{
    if (out->failed || cos_file_write(path, cos_buf_view(out), 0644) < 0) {
        (void)fprintf(stderr, "%s: cannot be written\n", path);
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    enum verb verb = verb_of(argc, argv);
    if (verb == NO_VERB) {
        (void)fprintf(stderr, "usage: plant copy FILE SOURCE OUTPUT ROWS...\n"
                              "       plant table OUTPUT ROWS... -- FILE...\n"
                              "       plant list OUTPUT ROWS... -- FILE...\n");
        return 2;
    }
    struct planting *p = cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        (void)fprintf(stderr, "plant: out of memory\n");
        return 1;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
    cos_buf_init(&out, MAX_TEXT);
    cos_buf_init(&p->source, MAX_TEXT);
    int r = run(p, &out, verb, argv + 2);
    r = r < 0 ? r : write_out(&out, argv[verb == COPY ? 4 : 2]);
    for (size_t i = 0; i < p->n_trees; i++) {
        (void)cos_yaml_free(p->trees[i]);
    }
    cos_buf_deinit(&p->source);
    cos_free(p);
    return r < 0 ? 1 : 0;
}
