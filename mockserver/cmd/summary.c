/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary of `cosmock exec`. Denied means: the authentication or the policies said no. Equal denials are one line with a count, because a client that
 * retries would bury everything else; at most DENIED_MAX lines, the rest is counted.
 */
#include "summary.h"

#include "cosbase/alloc.h"

#include <errno.h>

#define DENIED_MAX 40

struct op_count {
    const char *service, *op;
    uint64_t calls, denied, failed;
};
struct denial {
    const struct cosmock_entry *first;
    uint64_t times;
};
struct tally {
    struct op_count *ops;
    size_t n_ops;
    struct denial *denials;
    size_t n_denials;
    uint64_t calls, denied, failed;
};

static bool is_denied(const struct cosmock_entry *e)
{
    bool is_known = strcmp(e->authn, "ok") == 0 || strcmp(e->authn, "anonymous") == 0 ||
                    e->authn[0] == '\0';

    return e->code[0] != '\0' && (!is_known || strcmp(e->authz, "deny") == 0);
}

static bool is_failed(const struct cosmock_entry *e)
{
    return e->http_status == 0 || e->http_status >= 400 || e->code[0] != '\0';
}

static const char *op_name(const struct cosmock_entry *e)
{
    return e->op[0] == '\0' ? "(not recognised)" : e->op;
}

static struct op_count *count_of(struct tally *t, const struct cosmock_entry *e)
{
    for (size_t i = 0; i < t->n_ops; i++) {
        if (strcmp(t->ops[i].op, op_name(e)) == 0 &&
            strcmp(t->ops[i].service, e->service) == 0) {
            return &t->ops[i];
        }
    }
    t->ops[t->n_ops] = (struct op_count){.service = e->service, .op = op_name(e)};
    return &t->ops[t->n_ops++];
}

static const char *reason_of(const struct cosmock_entry *e)
{
    if (strcmp(e->authz, "deny") == 0 && e->authz_reason[0] != '\0') {
        return e->authz_reason;
    }
    return e->authn;
}

static bool is_same_denial(const struct cosmock_entry *a, const struct cosmock_entry *b)
{
    return strcmp(a->op, b->op) == 0 && a->http_status == b->http_status &&
           strcmp(a->code, b->code) == 0 && strcmp(a->bucket, b->bucket) == 0 &&
           strcmp(a->key, b->key) == 0 && strcmp(reason_of(a), reason_of(b)) == 0;
}

static void count_denial(struct tally *t, const struct cosmock_entry *e)
{
    for (size_t i = 0; i < t->n_denials; i++) {
        if (is_same_denial(t->denials[i].first, e)) {
            t->denials[i].times++;
            return;
        }
    }
    if (t->n_denials < DENIED_MAX) {
        t->denials[t->n_denials++] = (struct denial){.first = e, .times = 1};
    }
}

static void count_entry(struct tally *t, const struct cosmock_entry *e)
{
    struct op_count *op = count_of(t, e);

    op->calls++;
    t->calls++;
    if (is_denied(e)) {
        op->denied++;
        t->denied++;
        count_denial(t, e);
    } else if (is_failed(e)) {
        op->failed++;
        t->failed++;
    }
}

static int by_name(const void *a, const void *b)
{
    const struct op_count *x = a;
    const struct op_count *y = b;
    int service = strcmp(x->service, y->service);

    return service != 0 ? service : strcmp(x->op, y->op);
}

static void print_op(FILE *out, const struct op_count *op)
{
    (void)fprintf(out, "  %-4s %-28s %6llu", op->service, op->op,
                  (unsigned long long)op->calls);
    if (op->denied > 0) {
        (void)fprintf(out, "  %llu denied", (unsigned long long)op->denied);
    }
    if (op->failed > 0) {
        (void)fprintf(out, "  %llu failed", (unsigned long long)op->failed);
    }
    (void)fputc('\n', out);
}

static void print_denial(FILE *out, const struct denial *d)
{
    const struct cosmock_entry *e = d->first;

    (void)fprintf(out, "  #%llu %s %s%s%s: %d %s: %s", (unsigned long long)e->seq, op_name(e),
                  e->bucket, e->key[0] == '\0' ? "" : "/", e->key, e->http_status, e->code,
                  reason_of(e));
    if (d->times > 1) {
        (void)fprintf(out, " (%llu times)", (unsigned long long)d->times);
    }
    (void)fputc('\n', out);
}

static void print_tally(FILE *out, struct tally *t)
{
    uint64_t shown = 0;

    (void)fprintf(out, "cosmock: %llu calls, %llu denied, %llu failed otherwise\n",
                  (unsigned long long)t->calls, (unsigned long long)t->denied,
                  (unsigned long long)t->failed);
    if (t->n_ops > 0) {
        qsort(t->ops, t->n_ops, sizeof(*t->ops), by_name);
    }
    for (size_t i = 0; i < t->n_ops; i++) {
        print_op(out, &t->ops[i]);
    }
    if (t->n_denials > 0) {
        (void)fprintf(out, "denied:\n");
    }
    for (size_t i = 0; i < t->n_denials; i++) {
        print_denial(out, &t->denials[i]);
        shown += t->denials[i].times;
    }
    if (shown < t->denied) {
        (void)fprintf(out, "  and %llu more\n", (unsigned long long)(t->denied - shown));
    }
}

static void print_warnings(FILE *out, struct cosmock *mock, struct cosmock_tenant *t)
{
    uint64_t dropped = cosmock_journal_dropped(t);

    if (dropped > 0) {
        (void)fprintf(out,
                      "cosmock: the journal dropped its oldest %llu entries; they are not "
                      "counted above\n",
                      (unsigned long long)dropped);
    }
    if (cosmock_broken(mock)) {
        (void)fprintf(out,
                      "cosmock: INTERNAL ERROR: the mock answered a 500 of its own making; "
                      "what this run showed is worth nothing\n");
    }
}

void summary_print(FILE *out, struct cosmock *mock, struct cosmock_tenant *t)
{
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(t, &entries, /* query: */ NULL);
    struct tally tally = {.ops = cos_calloc(n > 0 ? (size_t)n : 1, sizeof(struct op_count)),
                          .denials = cos_calloc(DENIED_MAX, sizeof(struct denial))};

    if (n < 0 || tally.ops == NULL || tally.denials == NULL) {
        (void)fprintf(out, "cosmock: out of memory for the summary\n");
    } else {
        for (int64_t i = 0; i < n; i++) {
            count_entry(&tally, &entries[i]);
        }
        print_tally(out, &tally);
    }
    print_warnings(out, mock, t);
    cos_free(tally.ops);
    cos_free(tally.denials);
    (void)cosmock_entries_free(entries);
}

int summary_write_journal(struct cos_outfile *out, struct cosmock_tenant *t)
{
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(t, &entries, /* query: */ NULL);
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
