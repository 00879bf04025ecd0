/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs 'cosmock policy ...' share: policies from files, and who is judged by them. */
#ifndef CMD_POLICY_H
#define CMD_POLICY_H

#include "cmd.h"

#include "advice/judge.h"

#define POLICY_FILE_MAX_BYTES ((size_t)16 << 20)
/* Exit statuses of 'policy eval' and 'policy diff'; 2 is a mistake of whoever asks. */
enum { POLICY_YES = 0, POLICY_NO = 1 };

/** @path, or standard input for "-", into @out, which is initialised; 0, or an exit status
 *  after a complaint. */
int policy_read_file(struct cos_buf *out, const char *path, const struct cos_command *line);
/** The policy in @path; 0, or an exit status after "FILE:LINE:COLUMN: why". Unref *out. */
int policy_read(struct cam_policy **out, const char *path, enum cam_policy_use use,
                const struct cos_command *line);
/** What --as says, identity by default; false: a complaint was made. */
bool policy_use(enum cam_policy_use *out, const struct cmd *cmd);
/** @text to stdout, all of it; 0 or EXIT_FAILURE. */
int policy_print(const struct cos_buf *text);
/** "FILE:LINE:COLUMN: message" on stderr, behind the verb; COS_STATUS_USAGE. */
int policy_complain(const struct cos_command *line, const char *path,
                    const struct cos_text_error *err);

/** A mock with one tenant: of @world_file, or, NULL, of an account and nothing else; 0, or an
 *  exit status after a complaint. Free *mock in both cases. */
int policy_world_open(struct cosmock **mock, struct cosmock_tenant **t, const char *world_file,
                      const struct cos_command *line);

/* A bench with all that it borrows. */
struct policy_court {
    struct cosmock *mock;
    struct principal user; /* of the world; else nobody */
    struct cam_policy **identity;
    size_t n_identity, n_own; /* the last n_own of them are ours to unref */
    struct cam_policy *session, *boundary, *bucket;
    char owner_uin[24], uin[24];
    struct advice_bench bench;
};
/** From the options --world, --uin, --session, --boundary, --bucket-policy and the operands,
 *  which are files of identity policies; 0, or an exit status after a complaint. Close in both
 *  cases. */
int policy_court_open(struct policy_court *c, const struct cmd *cmd);
void policy_court_close(struct policy_court *c);

/** The options of policy_court_open(). */
extern const struct cos_option policy_court_options[];

#endif
