/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs verify and badge: what somebody else's certificate is worth. Offline. */
#include "cmd.h"

#include "badge.h"
#include "cosbase/file.h"
#include "verdict.h"
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_KEY_BYTES 65536

static void print_check(void *ctx, bool ok, const char *check, const char *sentence)
{
    FILE *to = ctx;
    (void)fprintf(to, "%-5s %-12s %s\n", ok ? "ok" : "FAIL", check, sentence);
}

int cmd_load_public_key(struct cmd *cmd)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    if (cmd->key_path == NULL) {
        return 0;
    }
    cos_buf_init(&b, MAX_KEY_BYTES);
    int r = cos_file_read(&b, cmd->key_path);
    if (r < 0) {
        return cos_command_complain(&cmd->line, "--key %s: %s", cmd->key_path, strerror(-r));
    }
    cmd->trusted = cos_ed25519_public(cos_buf_view(&b));
    if (cmd->trusted == NULL) {
        return cos_command_complain(&cmd->line,
                                    "--key %s: no public Ed25519 key as PEM ('BEGIN PUBLIC "
                                    "KEY')",
                                    cmd->key_path);
    }
    return 0;
}

static int demand_public_key(struct cmd *cmd)
{
    if (cmd->key_path == NULL) {
        return cos_command_complain(&cmd->line,
                                    "whose certificate? --key FILE, the public key (PEM) that "
                                    "you trust");
    }
    return cmd_load_public_key(cmd);
}

/* The checks go to @to. */
static bool verify(const struct cmd *cmd, FILE *to, struct proof *out)
{
    const struct verify_request request = {
        .path = cmd->line.operands[0],
        .key = cmd->trusted,
        .catalogue = &cmd->catalogue,
        .subjects = cmd->subjects.items,
        .profile = cmd->selection.profile,
        .evidence_dir = cmd->evidence_dir,
        .tell = print_check,
        .ctx = to,
    };
    return verify_certificate(&request, out);
}

int cmd_verify(void *context)
{
    struct cmd *cmd = context;
    COS_CLEANUP(proof_deinit) struct proof proof = {.root = NULL};
    int status = demand_public_key(cmd);
    if (status != 0) {
        return status;
    }
    bool ok = verify(cmd, stdout, &proof);
    (void)printf("%s\n", ok ? "VERIFIED" : "NOT VERIFIED");
    status = ok ? EXIT_CERTIFIED : EXIT_UNVERIFIED;
    return cos_stdout_finish(cmd->name) == 0 ? status : EXIT_BROKEN;
}

int cmd_badge(void *context)
{
    struct cmd *cmd = context;
    COS_CLEANUP(proof_deinit) struct proof proof = {.root = NULL};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    int status = demand_public_key(cmd);
    if (status != 0) {
        return status;
    }
    if (cmd->output_path == NULL) {
        return cos_command_complain(&cmd->line, "badge needs --output FILE.svg or FILE.json");
    }
    if (!verify(cmd, stderr, &proof)) {
        (void)fprintf(stderr, "%s: no badge without a certificate that verifies\n", cmd->name);
        return EXIT_UNVERIFIED;
    }
    cos_buf_init(&b, 65536);
    if (cos_span_ends(cos_span_of(cmd->output_path), COS_SPAN_LIT(".json"))) {
        badge_put_json(&b, &proof);
    } else {
        badge_put_svg(&b, &proof);
    }
    int r = b.failed ? -ENOMEM : cos_file_write(cmd->output_path, cos_buf_view(&b), 0644);
    if (r < 0) {
        (void)fprintf(stderr, "%s: cannot write %s: %s\n", cmd->name, cmd->output_path,
                      strerror(-r));
        return EXIT_BROKEN;
    }
    return EXIT_CERTIFIED;
}
