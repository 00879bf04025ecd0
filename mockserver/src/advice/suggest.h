/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a journal to the least policy that allows what was asked. What was asked is known from
 * the entries' questions, which keep what conditions looked up, so the policy is proved by
 * asking them again.
 */
#ifndef ADVICE_SUGGEST_H
#define ADVICE_SUGGEST_H

#include "advice/judge.h"

/* One question of a request. */
struct need {
    const char *action, *resource; /* "name/cos:GetObject" */
    const char **context;          /* as for struct advice_question */
    size_t n_context;
};
struct needs {
    struct cos_arena arena;
    struct need *items;
    size_t n, cap;
    size_t requests;   /* that asked something */
    size_t denied;     /* questions that were denied, and are left out */
    size_t unsigned_n; /* requests of nobody: no policy of his is asked */
};
struct needs_from {
    const char *principal; /* of the entries; NULL: all */
    bool takes_denied;     /* what was denied shall be allowed, too */
};
/** Of the journal @jsonl, an entry a line; deinit in both cases. 0; or -1 and *err, with the
 *  line of the journal and the column in it. */
COS_MUST_CHECK int needs_read(struct needs *out, struct cos_span jsonl,
                              const struct needs_from *from, struct cos_text_error *err);
void needs_deinit(struct needs *n);

#define SUGGEST_MAX_CHARACTERS 6144 /* without blanks: of a policy of CAM, and of a token */
struct suggestion {
    struct cos_buf policy; /* JSON, indented */
    size_t characters;     /* of it, without blanks */
    size_t statements;
    /* keys were made prefixes; NULL: each key stands there. "more than 16 keys of a folder" */
    const char *folded;
    size_t asked, allowed; /* the proof: needs, and those that it allows */
    size_t starred;        /* resources with a '*' of their own, which matches more */
};
/** The least policy of at most @max_characters; where @group is not 0, more keys of one folder
 *  with the same actions than that are a prefix from the beginning. Deinit in both cases.
 *  False: no memory, or there is nothing to allow (statements 0). */
COS_MUST_CHECK bool suggest(struct suggestion *out, const struct needs *needs, size_t group,
                            size_t max_characters, struct cosmock_tenant *t);
void suggestion_deinit(struct suggestion *s);
/** For Terraform: a resource tencentcloud_cam_policy. */
void suggestion_print_terraform(struct cos_buf *out, const struct suggestion *s);

/** Append what the policy @json allows and no need used, a line each; unused.c. -1 and *err:
 *  it cannot be read. */
COS_MUST_CHECK int suggest_unused(struct cos_buf *out, struct cos_span json,
                                  const struct needs *needs, struct cosmock_tenant *t,
                                  struct cos_text_error *err);

#endif
