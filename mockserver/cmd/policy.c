/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the verbs 'cosmock policy ...' get their policies and their caller. Without --world the
 * caller is a sub-account whose account owns whatever is asked for; what is judged then is the
 * files alone.
 */
#include "policy.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"

#include <errno.h>

#define EMPTY_WORLD                       \
    "accounts:\n"                         \
    "  - uin: \"" ADVICE_OWNER_UIN "\"\n" \
    "    appid: \"" ADVICE_APPID "\"\n"

const struct cos_option policy_court_options[] = {
    {"--world", "FILE",
     "a world (YAML): its users with their policies, its buckets\nwith theirs and their lists "
     "count, too. Default: none, and the\ncaller's account owns whatever is asked for",
     COS_OPTION_TEXT, CMD_AT(session.world_file)},
    {"--uin", "UIN",
     ("who asks: UIN, or OWNER/UIN without a world, or 'anonymous'.\n"
      "Default: the world's first root; without one its sub-account\n" ADVICE_USER_UIN),
     COS_OPTION_TEXT, CMD_AT(uin)},
    {"--session", "FILE", "asks with a token that was issued with this policy", COS_OPTION_TEXT,
     CMD_AT(policy.session)},
    {"--boundary", "FILE", "what his policies may give him at most", COS_OPTION_TEXT,
     CMD_AT(policy.boundary)},
    {"--bucket-policy", "FILE", "the policy of whichever bucket is asked about",
     COS_OPTION_TEXT, CMD_AT(policy.bucket)},
    {NULL},
};

int policy_read_file(struct cos_buf *out, const char *path, const struct cos_command *line)
{
    int r = cos_file_read(out, strcmp(path, "-") == 0 ? "/dev/stdin" : path);
    if (r < 0) {
        (void)fprintf(stderr, "cosmock %s: %s: %s\n", line->verb->name, path, strerror(-r));
        return COS_STATUS_USAGE;
    }
    return 0;
}

int policy_complain(const struct cos_command *line, const char *path,
                    const struct cos_text_error *err)
{
    (void)fprintf(stderr, "cosmock %s: %s:%u:%u: %s\n", line->verb->name, path, err->line,
                  err->column, err->message);
    return COS_STATUS_USAGE;
}

int policy_read(struct cam_policy **out, const char *path, enum cam_policy_use use,
                const struct cos_command *line)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, POLICY_FILE_MAX_BYTES);
    struct cos_text_error err;
    int r = policy_read_file(&text, path, line);
    if (r == 0 && cam_policy_parse(out, cos_buf_view(&text), use, path, &err) < 0) {
        r = policy_complain(line, path, &err);
    }
    return r;
}

bool policy_use(enum cam_policy_use *out, const struct cmd *cmd)
{
    static const char *const names[] = {[CAM_IDENTITY] = "identity",
                                        [CAM_SESSION] = "session",
                                        [CAM_BUCKET] = "bucket",
                                        [CAM_TRUST] = "trust",
                                        [CAM_BOUNDARY] = "boundary"};
    const char *said = cmd->policy.use == NULL ? names[CAM_IDENTITY] : cmd->policy.use;
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (strcmp(said, names[i]) == 0) {
            *out = (enum cam_policy_use)i;
            return true;
        }
    }
    (void)cos_command_complain(&cmd->line,
                               "--as is '%s': identity, session, boundary, bucket or trust",
                               said);
    return false;
}

int policy_print(const struct cos_buf *text)
{
    (void)fwrite(cos_buf_cstr(text), 1, text->len, stdout);
    return text->failed ? EXIT_FAILURE : 0;
}

/* --- who asks --- */

static int refused(const struct cos_command *line, const struct cosmock_error *err)
{
    (void)fprintf(stderr, "cosmock %s: %s\n", line->verb->name, err->message);
    return err->status == COSMOCK_E_NOMEM ? EXIT_FAILURE : COS_STATUS_USAGE;
}

int policy_world_open(struct cosmock **mock, struct cosmock_tenant **t, const char *world_file,
                      const struct cos_command *line)
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;
    tenant.world_file = world_file;
    tenant.world_text = EMPTY_WORLD;
    tenant.seed = 1;
    tenant.warn = session_warn;
    struct cosmock_error err;
    if (cosmock_new(mock, &options, &err) != COSMOCK_OK ||
        cosmock_tenant_new(*mock, t, &tenant, &err) != COSMOCK_OK) {
        return refused(line, &err);
    }
    return 0;
}

static int find_user(struct policy_court *c, const struct cmd *cmd)
{
    const char *uin = cmd->uin;
    struct cosmock_world_info info;
    cosmock_world_info(c->bench.tenant, &info);
    struct user *user = world_user_find(c->bench.tenant, uin == NULL ? info.owner_uin : uin);
    if (user == NULL) {
        return cos_command_complain(&cmd->line, "%s has no account or user with uin '%s'",
                                    cmd->session.world_file, uin);
    }
    principal_of_user(&c->user, c->bench.tenant, user);
    user_unref(user);
    c->bench.who = c->user.who;
    return 0;
}

/* "OWNER/UIN", or a user's uin. */
static int suppose_user(struct policy_court *c, const struct cmd *cmd)
{
    struct cos_span uin = cos_span_of(cmd->uin == NULL ? ADVICE_USER_UIN : cmd->uin);
    struct cos_span owner = COS_SPAN_LIT(ADVICE_OWNER_UIN);
    if (cos_span_chr(uin, '/') != SIZE_MAX) {
        owner = cos_span_cut(&uin, '/');
    }
    uint64_t number;
    if (!cos_span_u64(owner, &number) || !cos_span_u64(uin, &number) ||
        owner.len >= sizeof(c->owner_uin) || uin.len >= sizeof(c->uin)) {
        return cos_command_complain(
            &cmd->line, "--uin is '%s': UIN, OWNER/UIN or 'anonymous', such as 100000000011",
            cmd->uin);
    }
    (void)snprintf(c->owner_uin, sizeof(c->owner_uin), COS_SPAN_FMT, COS_SPAN_ARG(owner));
    (void)snprintf(c->uin, sizeof(c->uin), COS_SPAN_FMT, COS_SPAN_ARG(uin));
    c->bench.owns_all = true;
    c->bench.who = (struct cam_principal){
        .kind = cos_span_eq(owner, uin) ? CAM_ROOT : CAM_USER,
        .uin = c->uin,
        .owner_uin = c->owner_uin,
        .appid = ADVICE_APPID,
    };
    return 0;
}

static int find_caller(struct policy_court *c, const struct cmd *cmd)
{
    principal_anonymous(&c->user);
    if (cmd->uin != NULL && strcmp(cmd->uin, "anonymous") == 0) {
        c->bench.who = c->user.who;
        c->bench.owns_all = cmd->session.world_file == NULL;
        return 0;
    }
    return cmd->session.world_file != NULL ? find_user(c, cmd) : suppose_user(c, cmd);
}

/* --- what he is judged by --- */

/* The policies of the world's user, and behind them those of the files. */
static int read_identity(struct policy_court *c, const struct cmd *cmd)
{
    size_t n_before = c->bench.who.n_policies;
    size_t n = cmd->line.n_operands;
    c->identity = cos_calloc(n_before + n + 1, sizeof(struct cam_policy *));
    if (c->identity == NULL) {
        return refused(&cmd->line, &(struct cosmock_error){COSMOCK_E_NOMEM, "no memory"});
    }
    for (size_t i = 0; i < n_before; i++) {
        c->identity[c->n_identity++] = c->bench.who.policies[i];
    }
    for (size_t i = 0; i < n; i++) {
        int r = policy_read(&c->identity[c->n_identity], cmd->line.operands[i], CAM_IDENTITY,
                            &cmd->line);
        if (r != 0) {
            return r;
        }
        c->n_identity++;
        c->n_own++;
    }
    c->bench.who.policies = c->identity;
    c->bench.who.n_policies = c->n_identity;
    return 0;
}

static int read_session(struct policy_court *c, const struct cmd *cmd)
{
    if (cmd->policy.session == NULL) {
        return 0;
    }
    if (c->bench.who.kind == CAM_ANONYMOUS) {
        return cos_command_complain(&cmd->line,
                                    "--session is of a token, and 'anonymous' has none");
    }
    int r = policy_read(&c->session, cmd->policy.session, CAM_SESSION, &cmd->line);
    c->bench.who.session = c->session;
    c->bench.who.kind = c->bench.who.kind == CAM_ROLE ? CAM_ROLE : CAM_FEDERATED;
    return r;
}

static int read_boundary(struct policy_court *c, const struct cmd *cmd)
{
    if (cmd->policy.boundary == NULL) {
        return 0;
    }
    if (c->bench.who.kind == CAM_ANONYMOUS) {
        return cos_command_complain(&cmd->line,
                                    "--boundary is of a user, and 'anonymous' is none");
    }
    int r = policy_read(&c->boundary, cmd->policy.boundary, CAM_BOUNDARY, &cmd->line);
    c->bench.who.boundary = r == 0 ? c->boundary : c->bench.who.boundary;
    return r;
}

int policy_court_open(struct policy_court *c, const struct cmd *cmd)
{
    *c = (struct policy_court){.mock = NULL};
    int r = policy_world_open(&c->mock, &c->bench.tenant, cmd->session.world_file, &cmd->line);
    r = r != 0 ? r : find_caller(c, cmd);
    r = r != 0 ? r : read_identity(c, cmd);
    r = r != 0 ? r : read_session(c, cmd);
    r = r != 0 ? r : read_boundary(c, cmd);
    if (r == 0 && cmd->policy.bucket != NULL) {
        r = policy_read(&c->bucket, cmd->policy.bucket, CAM_BUCKET, &cmd->line);
        c->bench.bucket_policy = c->bucket;
    }
    return r;
}

void policy_court_close(struct policy_court *c)
{
    for (size_t i = c->n_identity - c->n_own; i < c->n_identity; i++) {
        cam_policy_unref(c->identity[i]);
    }
    cos_free(c->identity);
    cam_policy_unref(c->session);
    cam_policy_unref(c->boundary);
    cam_policy_unref(c->bucket);
    principal_deinit(&c->user);
    (void)cosmock_free(c->mock);
}
