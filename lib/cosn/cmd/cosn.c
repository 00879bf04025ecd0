/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn`: look at, fetch and store objects of a Tencent COS bucket with the configuration of a
 * Fluss server. This file is the frame: parse, find the verb, run it.
 */
#include "cmd.h"

#include "cosbase/shown.h"

/* A secret key on the command line is refused: every user of the machine could read it. */
static int check_set(const char *text)
{
    char shown[COS_SHOWN_BYTES];
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        cmd_complain("--set '%s': write --set KEY=VALUE, such as "
                     "--set fs.cosn.bucket.endpoint_suffix=cos.ap-guangzhou.myqcloud.com",
                     cos_shown_value(shown, cos_span_of(text)));
        return EXIT_USAGE;
    }
    char key[128];
    (void)snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
    if (cosn_config_is_secret(key) && strcmp(key, "fs.cosn.userinfo.secretId") != 0) {
        cmd_complain("--set %s: a secret on the command line can be read by every user of this "
                     "machine; put it into the configuration file, or set COSN_SECRET_ID and "
                     "COSN_SECRET_KEY",
                     cos_shown_value(shown, cos_span_of(key)));
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int run_verb(const struct cmd_args *args)
{
    struct cmd_session session;
    int status = EXIT_DONE;
    for (size_t i = 0; i < args->sets.n && status == EXIT_DONE; i++) {
        status = check_set(args->sets.items[i]);
    }
    if (status == EXIT_DONE) {
        status = cmd_session_open(&session, args);
    }
    if (status != EXIT_DONE) {
        return status;
    }
    status = args->line.verb->run(&session);
    cmd_session_close(&session);
    int flushed = cos_stdout_finish(cmd_program.name);
    return status == EXIT_DONE ? flushed : status;
}

int cmd_run(int argc, char **argv, const struct cosn_transport *transport)
{
    struct cmd_args args = {.older_than_ms = CMD_NO_AGE, .transport = transport};
    int status = cos_command_parse(&args.line, &cmd_program, &args, argc, argv)
                     ? run_verb(&args)
                     : args.line.status;
    cos_command_deinit(&args.line);
    return status;
}
