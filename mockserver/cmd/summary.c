/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary of `cosmock exec`. Nothing that a client sent reaches the terminal as it is:
 * control characters become '?'. No colours, so there is nothing that a pipe or NO_COLOR would
 * have to switch off.
 */
#include "summary.h"

#include "cosbase/buf.h"

#include <errno.h>

#define CAUSE_INDENT 10

static const char *const kind_names[FAILURE_KINDS] = {
    [FAILED_DENIED] = "denied",
    [FAILED_NOT_BUILT] = "not built",
    [FAILED_MALFORMED] = "malformed",
    [FAILED_NO_BUCKET] = "no such bucket",
    [FAILED_TLS] = "TLS",
    [FAILED_BY_FAULT] = "by a fault",
    [FAILED_OTHERWISE] = "otherwise",
};

/* ---- lines ---- */

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t width_of(struct cos_span word)
{
    size_t n = 0;

    for (size_t i = 0; i < word.len; i++) {
        n += is_continuation(word.ptr[i]) ? 0 : 1;
    }
    return n;
}

static void print_word(FILE *out, struct cos_span word)
{
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        bool is_c1 = c == 0xc2 && i + 1 < word.len && (unsigned char)word.ptr[i + 1] < 0xa0;

        (void)fputc(c < 0x20 || c == 0x7f || is_c1 ? '?' : c, out);
    }
}

/* Words behind @indent blanks, broken between words; goes on at column @at. */
static void print_wrapped(FILE *out, const char *text, size_t at, size_t indent, size_t columns)
{
    struct cos_span rest = cos_span_of(text);
    bool is_first = true;

    while (rest.ptr != NULL) {
        struct cos_span word = cos_span_cut(&rest, ' ');
        size_t width = width_of(word);

        if (!is_first && at + 1 + width > columns) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!is_first) {
            (void)fputc(' ', out);
            at++;
        }
        print_word(out, word);
        at += width;
        is_first = false;
    }
    (void)fputc('\n', out);
}

static void print_indented(FILE *out, const char *text, size_t columns)
{
    (void)fprintf(out, "%*s", CAUSE_INDENT, "");
    print_wrapped(out, text, CAUSE_INDENT, CAUSE_INDENT, columns);
}

/* ---- the parts ---- */

/* "cosmock: 12 calls, 3 failed: 2 denied, 1 not built; 4 HEADs found nothing" */
static void print_head(FILE *out, const struct tally *t, size_t columns)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line;
    const char *between = ": ";

    cos_buf_init(&line, 4096);
    cos_buf_printf(&line, "cosmock: %llu call%s, %llu failed", (unsigned long long)t->calls,
                   t->calls == 1 ? "" : "s", (unsigned long long)t->failed);
    for (size_t i = 0; i < FAILURE_KINDS; i++) {
        if (t->by_kind[i] > 0) {
            cos_buf_printf(&line, "%s%llu %s", between, (unsigned long long)t->by_kind[i],
                           kind_names[i]);
            between = ", ";
        }
    }
    if (t->absent > 0) {
        cos_buf_printf(&line, "; %llu HEAD%s found nothing, which is no failure",
                       (unsigned long long)t->absent, t->absent == 1 ? "" : "s");
    }
    print_wrapped(out, cos_buf_cstr(&line), 0, 4, columns);
}

static int by_name(const void *a, const void *b)
{
    const struct op_row *x = a;
    const struct op_row *y = b;
    int service = strcmp(x->service, y->service);

    return service != 0 ? service : strcmp(x->op, y->op);
}

static const char *op_name(const char *op)
{
    return op[0] == '\0' ? "(no operation)" : op;
}

static void print_ops(FILE *out, struct tally *t)
{
    if (t->n_ops == 0) {
        return;
    }
    qsort(t->ops, t->n_ops, sizeof(*t->ops), by_name);
    (void)fprintf(out, "   calls  failed  operation\n");
    for (size_t i = 0; i < t->n_ops; i++) {
        const struct op_row *op = &t->ops[i];

        (void)fprintf(out, "%8llu  ", (unsigned long long)op->calls);
        if (op->failed > 0) {
            (void)fprintf(out, "%6llu", (unsigned long long)op->failed);
        } else {
            (void)fprintf(out, "%6s", "");
        }
        (void)fprintf(out, "  %s%s%s\n", op->service, op->service[0] == '\0' ? "" : " ",
                      op_name(op->op));
    }
}

/* "     2x  PutObject 403 AccessDenied, denied: bucket/key and others", and why. */
static void print_failure(FILE *out, const struct failure_row *f, size_t columns)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line;
    cos_buf_init(&line, 128u << 10);
    cos_buf_printf(&line, "%s ", op_name(f->op));
    if (f->http_status != 0) {
        cos_buf_printf(&line, "%d ", f->http_status);
    }
    cos_buf_str(&line, f->code);
    if (f->kind != FAILED_OTHERWISE) {
        cos_buf_printf(&line, "%s%s", f->code[0] == '\0' ? "" : ", ", kind_names[f->kind]);
    }
    if (f->place[0] != '\0') {
        cos_buf_printf(&line, ": %s%s", f->place, f->has_other_places ? " and others" : "");
    }
    (void)fprintf(out, "%7llux  ", (unsigned long long)f->times);
    print_wrapped(out, cos_buf_cstr(&line), CAUSE_INDENT, CAUSE_INDENT, columns);
    print_indented(out, f->cause, columns);
}

static void print_failures(FILE *out, const struct tally *t, size_t columns)
{
    if (t->n_failures > 0) {
        (void)fprintf(out, "failed:\n");
    }
    for (size_t i = 0; i < t->n_failures; i++) {
        print_failure(out, &t->failures[i], columns);
    }
    if (t->more_failures > 0) {
        (void)fprintf(out, "%7llux  of more kinds than %d, not shown\n",
                      (unsigned long long)t->more_failures, TALLY_FAILURES);
    }
}

static void print_names(FILE *out, const char *title, const struct name_row *rows, size_t n,
                        size_t columns)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line;
    cos_buf_init(&line, 64u << 10);
    if (n == 0) {
        return;
    }
    cos_buf_str(&line, title);
    for (size_t i = 0; i < n; i++) {
        cos_buf_printf(&line, "%s%s (%llux)", i == 0 ? " " : ", ", rows[i].name,
                       (unsigned long long)rows[i].times);
    }
    print_wrapped(out, cos_buf_cstr(&line), 0, 4, columns);
}

void summary_print(FILE *out, struct tally *t, size_t columns)
{
    print_head(out, t, columns);
    print_ops(out, t);
    print_failures(out, t, columns);
    print_names(out, "known and without effect here:", t->ignored, t->n_ignored, columns);
    print_names(out, "not understood:", t->unknown, t->n_unknown, columns);
    if (t->dropped > 0) {
        (void)fprintf(out,
                      "cosmock: the journal dropped its oldest %llu entries; they are not "
                      "counted above\n",
                      (unsigned long long)t->dropped);
    }
    if (t->arena.failed) {
        (void)fprintf(out, "cosmock: out of memory for the summary: it is not complete\n");
    }
}

int summary_write_journal(struct cos_outfile *out, struct cosmock_tenant *t)
{
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(t, &entries, /* query= */ NULL);
    FILE *to = n < 0 ? NULL : cos_outfile_stream(out);
    int r = n < 0 ? -ENOMEM : 0;

    for (int64_t i = 0; i < n && to != NULL && r == 0; i++) {
        char *json = cosmock_entry_json(&entries[i]);

        r = json == NULL ? -ENOMEM : 0;
        (void)fprintf(to, "%s\n", json == NULL ? "" : json); /* commit tells */
        free(json);
    }
    (void)cosmock_entries_free(entries);
    return r < 0 ? r : cos_outfile_commit(out);
}
