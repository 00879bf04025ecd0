/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the cosmock command. Their run() gets a struct cmd, what the command line said,
 * and returns an exit status. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "remote.h"
#include "session.h"

/* What 'cosmock policy ...' was asked. */
struct policy_options {
    const char *session, *boundary, *bucket; /* files of policies; NULL: none */
    const char *action, *resource;
    const char *questions; /* a file of them; NULL: one, as above */
    const char *use;       /* lint: what the policies are for; NULL: identity */
    bool as_sarif, wants_rules;
    struct cos_option_list prefixes;    /* matrix */
    const char *form, *principal, *old; /* suggest */
    uint64_t group, max_characters;
    bool takes_denied;
};
struct cmd {
    struct cos_command line;
    struct session_options session;
    struct remote_options remote;
    struct policy_options policy;
    const char *uin;                     /* explain, policy */
    const char *secret_id, *external_id; /* explain */
    struct cos_option_list context;      /* explain, policy eval */
    const char *env_file;                /* serve; NULL: none */
    bool is_quiet, ends_with_parent;
    bool as_json;      /* explain, ops, data, policy */
    bool with_secrets; /* world export */
};
#define CMD_AT(member) offsetof(struct cmd, member)

extern const struct cos_option cmd_session_options[];
extern const struct cos_option cmd_remote_options[];      /* snapshot.c */
extern const struct cos_verb exec_verb, serve_verb;       /* files of their own */
extern const struct cos_verb snapshot_verb, restore_verb; /* snapshot.c */
extern const struct cos_verb data_check_verb, data_compact_verb, data_info_verb; /* data.c */
extern const struct cos_verb policy_eval_verb, policy_lint_verb, policy_matrix_verb,
    policy_diff_verb, policy_suggest_verb;                         /* policy_*.c */
extern const struct cos_verb explain_verb;                         /* explain.c */
extern const struct cos_verb world_verb, ops_verb, switches_verb;  /* verbs.c */
extern const struct cos_verb world_export_verb, world_import_verb; /* world.c */

/** A mock of this world (NULL: the built-in one), for verbs that print and end; 0, or an exit
 *  status after a complaint. explain.c. */
int cmd_make_world(struct cosmock **mock, struct cosmock_tenant **t, const char *world_file,
                   const struct cos_command *line);

#endif
