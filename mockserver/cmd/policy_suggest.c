/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock policy suggest: the least policy for what a journal asked. The policy goes to
 * standard output, and what is to be said about it to standard error, so that one can be kept
 * alone.
 */
#include "policy.h"

#include "advice/suggest.h"
#include "cosbase/json.h"

#define JOURNAL_MAX_BYTES ((size_t)1 << 30)
#define REPORT_MAX_BYTES ((size_t)64 << 20)

static const struct cos_option options[] = {
    {"--form", "FORM",
     "session: the policy of a token (default); user: of a user or\na role; terraform: that, "
     "as "
     "a resource",
     COS_OPTION_TEXT, CMD_AT(policy.form)},
    {"--principal", "NAME", "only what this one asked, as the journal calls him",
     COS_OPTION_TEXT, CMD_AT(policy.principal)},
    {"--denied", NULL, "allow, too, what was denied", COS_OPTION_FLAG,
     CMD_AT(policy.takes_denied)},
    {"--group", "N",
     "make more than N keys of a folder with the same actions one\nprefix; default: as few as "
     "the size limit asks for",
     COS_OPTION_NUMBER, CMD_AT(policy.group), 1, 100000},
    {"--max", "N", "characters without blanks; default: 6144, CAM's limit", COS_OPTION_NUMBER,
     CMD_AT(policy.max_characters), 1, 50000},
    {"--old", "POLICY", "and say what this policy allows and nobody used", COS_OPTION_TEXT,
     CMD_AT(policy.old)},
    {"--json", NULL, "print one JSON object, all of that in it", COS_OPTION_FLAG,
     CMD_AT(as_json)},
    {NULL},
};
static const char *const forms[] = {"session", "user", "terraform"};

static int check_usage(const struct cmd *cmd)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(forms) && cmd->policy.form != NULL; i++) {
        if (strcmp(cmd->policy.form, forms[i]) == 0) {
            return 0;
        }
    }
    return cmd->policy.form == NULL
               ? 0
               : cos_command_complain(&cmd->line, "--form is '%s': session, user or terraform",
                                      cmd->policy.form);
}

/* --- the journal --- */

static int read_journal(struct cos_buf *out, const struct cmd *cmd)
{
    struct remote remote;
    if (cmd->line.n_operands > 0) {
        return policy_read_file(out, cmd->line.operands[0], &cmd->line);
    }
    int r = remote_find(&remote, &cmd->remote, &cmd->line);
    return r != 0 ? r : remote_get_text(&remote, "journal?format=jsonl", out);
}

static int read_needs(struct needs *out, const struct cmd *cmd)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, JOURNAL_MAX_BYTES);
    struct cos_text_error err;
    int r = read_journal(&text, cmd);
    const struct needs_from from = {cmd->policy.principal, cmd->policy.takes_denied};
    if (r == 0 && needs_read(out, cos_buf_view(&text), &from, &err) < 0) {
        r = policy_complain(&cmd->line,
                            cmd->line.n_operands > 0 ? cmd->line.operands[0] : "journal", &err);
    }
    return r;
}

/* --- what is said --- */

/* What of --old was never used, into @out. */
static int find_unused(struct cos_buf *out, const struct cmd *cmd, const struct needs *needs,
                       struct cosmock_tenant *t)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf old;
    cos_buf_init(&old, POLICY_FILE_MAX_BYTES);
    struct cos_text_error err;
    if (cmd->policy.old == NULL) {
        return 0;
    }
    int r = policy_read_file(&old, cmd->policy.old, &cmd->line);
    if (r == 0 && suggest_unused(out, cos_buf_view(&old), needs, t, &err) < 0) {
        r = policy_complain(&cmd->line, cmd->policy.old, &err);
    }
    return r;
}

static void print_about(const struct suggestion *s, const struct needs *needs,
                        const struct cos_buf *unused)
{
    (void)fprintf(stderr,
                  "%zu of %zu questions of %zu requests are allowed by it; %zu characters\n",
                  s->allowed, s->asked, needs->requests, s->characters);
    if (s->folded != NULL) {
        (void)fprintf(stderr, "made prefixes, which allow more than was asked: %s\n",
                      s->folded);
    }
    if (s->starred > 0) {
        (void)fprintf(stderr, "%zu keys hold a '*', which matches more than itself\n",
                      s->starred);
    }
    if (needs->denied > 0) {
        (void)fprintf(stderr,
                      "%zu questions were denied and are left out; --denied takes them "
                      "in\n",
                      needs->denied);
    }
    (void)fputs(cos_buf_cstr(unused), stderr);
}

static void write_json(struct cos_buf *out, const struct suggestion *s,
                       const struct needs *needs, const struct cos_buf *unused)
{
    struct cos_jw w;
    struct cos_span rest = cos_buf_view(unused);
    cos_jw_init(&w, out);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_raw(&w, "policy", cos_span_trim(cos_buf_view(&s->policy)));
    cos_jw_u64(&w, "requests", needs->requests);
    cos_jw_u64(&w, "questions", s->asked);
    cos_jw_u64(&w, "allowed", s->allowed);
    cos_jw_u64(&w, "denied", needs->denied);
    cos_jw_u64(&w, "characters", s->characters);
    if (s->folded != NULL) {
        cos_jw_str(&w, "folded", s->folded);
    }
    cos_jw_u64(&w, "starred", s->starred);
    cos_jw_array(&w, "unused");
    while (rest.len > 0) {
        cos_jw_span(&w, /* name= */ NULL, cos_span_cut(&rest, '\n'));
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}

static int print(const struct cmd *cmd, const struct suggestion *s, const struct needs *needs,
                 const struct cos_buf *unused)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, REPORT_MAX_BYTES);
    if (cmd->as_json) {
        write_json(&text, s, needs, unused);
        return policy_print(&text);
    }
    if (cmd->policy.form != NULL && strcmp(cmd->policy.form, "terraform") == 0) {
        suggestion_print_terraform(&text, s);
    } else {
        cos_buf_span(&text, cos_buf_view(&s->policy));
    }
    print_about(s, needs, unused);
    return policy_print(&text);
}

/* --- the whole --- */

static int give_up(const struct cmd *cmd, const char *why)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", cmd->line.verb->name, why);
    return POLICY_NO;
}

static int suggest_from(const struct cmd *cmd, const struct needs *needs,
                        struct cosmock_tenant *t)
{
    size_t max = cmd->policy.max_characters == 0 ? SUGGEST_MAX_CHARACTERS
                                                 : (size_t)cmd->policy.max_characters;
    struct suggestion s;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf unused;
    cos_buf_init(&unused, REPORT_MAX_BYTES);
    int r = 0;
    if (needs->n == 0) {
        return give_up(cmd, needs->denied > 0
                                ? "all that the journal asked was denied; --denied takes it in"
                                : "the journal asked for nothing that takes a policy");
    }
    if (!suggest(&s, needs, (size_t)cmd->policy.group, max, t)) {
        r = give_up(cmd, "no memory for the policy");
    } else if (s.characters > max) {
        r = give_up(cmd, "the least policy is longer than the limit, whatever is folded");
    } else {
        r = find_unused(&unused, cmd, needs, t);
        r = r != 0 ? r : print(cmd, &s, needs, &unused);
        r = r != 0 ? r : s.allowed == s.asked ? POLICY_YES : POLICY_NO;
    }
    suggestion_deinit(&s);
    return r;
}

static int run(void *context)
{
    const struct cmd *cmd = context;
    struct cosmock *mock = NULL;
    struct cosmock_tenant *t = NULL;
    struct needs needs = {.n = 0};
    int r = check_usage(cmd);
    r = r != 0 ? r : policy_world_open(&mock, &t, /* world_file= */ NULL, &cmd->line);
    r = r != 0 ? r : read_needs(&needs, cmd);
    r = r != 0 ? r : suggest_from(cmd, &needs, t);
    needs_deinit(&needs);
    (void)cosmock_free(mock);
    int written = cos_stdout_finish("cosmock");
    return written != 0 ? written : r;
}

const struct cos_verb policy_suggest_verb = {
    .name = "policy suggest",
    .operands = "[JOURNAL]",
    .max_operands = 1,
    .summary = "the least policy for what was asked",
    .about =
        "Make the least policy that allows what the requests of a journal asked for: of\n"
        "JOURNAL, a file that 'cosmock exec --journal' wrote ('-': standard input), or of a\n"
        "running mock. It is proved by asking it all those questions again. Where it would be\n"
        "longer than CAM takes, keys become prefixes, as few as needed, and it says so. What\n"
        "was asked without a signature is left out. The policy goes to standard output, the\n"
        "rest to standard error. Exit status 0: it allows all of it; 1: there is none that "
        "does;\n"
        "2: the journal cannot be read.",
    .after = "examples:\n"
             "  cosmock exec --journal journal.jsonl -- ./upload.sh\n"
             "  cosmock policy suggest journal.jsonl > token.json\n"
             "  cosmock policy suggest --control $COSMOCK_CONTROL --old users.json --form user",
    .options = {options, cmd_remote_options},
    .run = run,
};
