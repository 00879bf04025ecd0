/* SPDX-License-Identifier: Apache-2.0 */
/* The cosmock command: a word, and what it does. No core file is ever written: this process
 * holds keys, if only made-up ones. */
#include "cmd.h"

#include "cosbase/secret.h"

#include <malloc.h>

/* Above any segment of store/blob.c, so that object bytes come from the heap and not from a
 * mapping of their own. */
#define MAPPING_BYTES (32 << 20)
#define KEPT_FREE_BYTES (256 << 20)

/* Of the verbs that run a mock. */
const struct cos_option cmd_session_options[] = {
    {"--world", "FILE",
     "accounts, keys, policies and buckets (YAML); default:\n'cosmock world'. With --data: of "
     "a new directory; later it\nis compared, and what differs is told",
     COS_OPTION_TEXT, CMD_AT(session.world_file)},
    {"--restore", "FILE",
     "begin with what 'cosmock snapshot' saved, instead of a\nworld; with --data: in a "
     "directory that holds nothing yet",
     COS_OPTION_TEXT, CMD_AT(session.restore)},
    {"--data", "DIR",
     "keep everything here, and go on from where it was:\nobjects, uploads, accounts, keys, "
     "tokens, policies,\nswitches, clocks. It is made when it is not there, and\nholds secret "
     "keys. Default: in memory, gone at the end",
     COS_OPTION_TEXT, CMD_AT(session.data)},
    {"--durability", "process|power",
     "what an acknowledged write in --data outlives: the\nprocess, however it ends (default), "
     "or the power, too",
     COS_OPTION_TEXT, CMD_AT(session.durability)},
    {"--seed", "N",
     "ids, tokens and secrets derive from it; 0 (default):\nrandom. With --data: those of a "
     "new directory",
     COS_OPTION_NUMBER, CMD_AT(session.seed), 0, INT64_MAX},
    {"--memory-limit", "BYTES",
     "what clients may make the mock keep (512M, 4GiB); more is\n"
     "answered 503. Default: half of what the machine or its\ncontainer has. With --data: for "
     "bodies on their way to the\ndisk, and a quarter for what is read often",
     COS_OPTION_BYTES, CMD_AT(session.memory_limit_bytes), 1 << 20, 0},
    {"--switch", "NAME=VALUE",
     "set a switch ('cosmock switches' lists them); may be\nrepeated; "
     "--data keeps it",
     COS_OPTION_LIST, CMD_AT(session.switches)},
    {"--host", "NAME",
     "one more host name to answer to, also in the certificate\nand the JVM's hosts file: a "
     "container's, a custom domain,\na bucket that a client makes itself; may be repeated",
     COS_OPTION_LIST, CMD_AT(session.hosts)},
    {"--verbose", NULL, "log to standard error", COS_OPTION_FLAG, CMD_AT(session.is_verbose)},
    {NULL},
};
static const struct cos_verb *const verbs[] = {
    &exec_verb,
    &serve_verb,
    &snapshot_verb,
    &restore_verb,
    &explain_verb,
    &world_verb,
    &world_export_verb,
    &world_import_verb,
    &ops_verb,
    &switches_verb,
    &data_check_verb,
    &data_compact_verb,
    &data_info_verb,
    &policy_eval_verb,
    &policy_lint_verb,
    &policy_matrix_verb,
    &policy_diff_verb,
    &policy_suggest_verb,
    NULL,
};
static const struct cos_program program = {
    .name = "cosmock",
    .about = "A mock of Tencent Cloud COS and STS that enforces signatures and policies.",
    .after = "example:\n"
             "  cosmock exec -- env",
    .verbs = verbs,
};

/*
 * Keep the memory of deleted objects for the next ones: page faults of 4 KiB are dear, most of
 * all on a virtual machine whose host backs them anew. Large bodies are none of the heap's
 * (store/blob.c) and go back at once. An idle mock that never held objects is no larger for it.
 * One arena, because the others give back what they like: what every request needs and does not
 * keep, a loop keeps instead (cosmock_begin_in()).
 */
static void keep_freed_memory(void)
{
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPING_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_FREE_BYTES);
}

int main(int argc, char *argv[])
{
    struct cmd cmd = {.is_quiet = false};

    cos_secret_no_core();
    keep_freed_memory();
    int status = cos_command_parse(&cmd.line, &program, &cmd, argc, argv)
                     ? cmd.line.verb->run(&cmd)
                     : cmd.line.status;
    cos_command_deinit(&cmd.line);
    return status;
}
