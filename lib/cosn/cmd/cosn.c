/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn`: look at, fetch and store objects of a Tencent COS bucket with the configuration of a Fluss server.
 * This file is the frame: parse, find the verb, run it.
 */
#include "cmd.h"

#include "cosbase/secret.h"

static int run_verb(const struct cmd_verb *verb, const struct cmd_args *args)
{
    struct cmd_session session;
    int status = cmd_session_open(&session, args);
    if (status != EXIT_DONE) {
        return status;
    }
    status = verb->run(&session);
    cmd_session_close(&session);
    int flushed = cmd_flush_stdout();
    return status == EXIT_DONE ? flushed : status;
}

static int check_count(const struct cmd_verb *verb, const struct cmd_args *args)
{
    if (args->n_args >= verb->min_args && args->n_args <= verb->max_args) {
        return 0;
    }
    cmd_complain("%s: %s arguments; see 'cosn %s --help'", verb->name,
                 args->n_args < verb->min_args ? "too few" : "too many", verb->name);
    return -1;
}

int main(int argc, char **argv)
{
    cos_secret_no_core();
    struct cmd_args args;
    if (cmd_parse(&args, argc, argv) < 0) {
        return EXIT_USAGE;
    }
    if (args.version) {
        (void)puts("cosn 0.1.0");
        return cmd_flush_stdout();
    }
    if (args.verb == NULL) {
        cmd_print_help(args.help ? stdout : stderr);
        return args.help ? cmd_flush_stdout() : EXIT_USAGE;
    }
    const struct cmd_verb *verb = cmd_verb_find(args.verb);
    if (verb == NULL) {
        cmd_complain("there is no '%s'; see 'cosn --help'", args.verb);
        return EXIT_USAGE;
    }
    if (args.help) {
        cmd_print_verb_help(stdout, verb);
        return cmd_flush_stdout();
    }
    if (cmd_check_flags(&args, verb) < 0 || check_count(verb, &args) < 0) {
        return EXIT_USAGE;
    }
    return run_verb(verb, &args);
}
