/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs and the options, as tables for the command line and for --help. Each verb's
 * examples work as typed once a bucket and keys are filled in.
 */
#include "cmd.h"

#define AT(member) offsetof(struct cmd_args, member)

static const struct cos_option common[] = {
    {"--config", "FILE",
     "server.yaml as Fluss reads it, or core-site.xml; default:\n"
     "$FLUSS_HOME/conf/server.yaml when it exists",
     COS_OPTION_TEXT, AT(config_path), .letter = 'c'},
    {"--set", "KEY=VALUE", "one configuration key (never a secret one); may be\nrepeated",
     COS_OPTION_LIST, AT(sets)},
    {"--endpoint-suffix", "SUFFIX", "short for --set fs.cosn.bucket.endpoint_suffix=SUFFIX",
     COS_OPTION_TEXT, AT(endpoint_suffix)},
    {"--region", "REGION", "short for --set fs.cosn.userinfo.region=REGION", COS_OPTION_TEXT,
     AT(region)},
    {"--ca-file", "FILE",
     "certificates to trust (PEM); else $CURL_CA_BUNDLE or\n"
     "$SSL_CERT_FILE, else the system's",
     COS_OPTION_TEXT, AT(ca_file)},
    {"--resolve", "H:P:A:P[;...]",
     "connect to address A when asked for host H, as curl's\n--connect-to", COS_OPTION_TEXT,
     AT(resolve)},
    {"--http", NULL, "plain HTTP, for a mock on this machine", COS_OPTION_FLAG, AT(http)},
    {"--json", NULL, "results and errors as JSON", COS_OPTION_FLAG, AT(json)},
    {"--verbose", NULL, "what happens, on standard error", COS_OPTION_FLAG, AT(verbose),
     .letter = 'v'},
    {NULL},
};
static const struct cos_option recursive_list[] = {
    {"--recursive", NULL, "every object below, no directories", COS_OPTION_FLAG, AT(recursive),
     .letter = 'r'},
    {NULL},
};
static const struct cos_option removal[] = {
    {"--recursive", NULL, "directories with all that is in them", COS_OPTION_FLAG,
     AT(recursive), .letter = 'r'},
    {"--force", NULL, "what is not there is no error", COS_OPTION_FLAG, AT(force),
     .letter = 'f'},
    {NULL},
};
static const struct cos_option no_clobber[] = {
    {"--no-clobber", NULL, "fail when the target exists", COS_OPTION_FLAG, AT(no_clobber),
     .letter = 'n'},
    {NULL},
};
static const struct cos_option ages[] = {
    {"--older-than", "TIME", "only those begun longer ago: 30m, 12h, 7d", COS_OPTION_DURATION,
     AT(older_than_ms), .max = 3650 * UINT64_C(86400000)},
    {NULL},
};
static const struct cos_option dry_run[] = {
    {"--dry-run", NULL, "print what would be aborted, abort nothing", COS_OPTION_FLAG,
     AT(dry_run)},
    {NULL},
};
static const struct cos_option show_secret[] = {
    {"--show-secret", NULL, "print the token itself, in the JSON form that Fluss hands\nout",
     COS_OPTION_FLAG, AT(show_secret)},
    {NULL},
};

static const struct cos_verb ls = {
    .name = "ls",
    .operands = "[PATH...]",
    .max_operands = SIZE_MAX,
    .summary = "list a directory",
    .about = "List what is in a directory, or a file itself. Without PATH: remote.data.dir.\n"
             "With --json one JSON object a line: path, is_dir, length, mtime_ms.",
    .after = "examples:\n"
             "  cosn ls cosn://examplebucket-1250000000/\n"
             "  cosn ls -r --json cosn://examplebucket-1250000000/path/to/remote/storage",
    .options = {recursive_list},
    .run = cmd_ls,
};
static const struct cos_verb cat = {
    .name = "cat",
    .operands = "PATH...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "write files to standard output",
    .about = "Write files to standard output, one after the other.",
    .after = "examples:\n"
             "  cosn cat cosn://examplebucket-1250000000/logs/today.log | tail\n"
             "  cosn cat /logs/a /logs/b          (in the bucket of remote.data.dir)",
    .run = cmd_cat,
};
static const struct cos_verb put = {
    .name = "put",
    .operands = "LOCAL PATH",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "store a local file",
    .about = "Store a local file. LOCAL '-' is standard input. A PATH that ends in '/' keeps "
             "the\n"
             "local name. Nothing is visible under PATH until all of it has arrived, and "
             "nothing is\n"
             "stored of a file that changes while it is read.",
    .after = "examples:\n"
             "  cosn put snapshot.bin cosn://examplebucket-1250000000/backup/\n"
             "  tar c conf | cosn put - cosn://examplebucket-1250000000/backup/conf.tar",
    .options = {no_clobber},
    .run = cmd_put,
};
static const struct cos_verb get = {
    .name = "get",
    .operands = "PATH [LOCAL]",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "fetch a file",
    .about = "Fetch a file. LOCAL is a file, a directory, or '-' for standard output; without "
             "it the\n"
             "file lands in the current directory under its own name. LOCAL changes only when "
             "all of\n"
             "it has arrived, and keeps its mode; links are followed, a FIFO or a device is "
             "written\n"
             "through.",
    .after = "examples:\n"
             "  cosn get cosn://examplebucket-1250000000/backup/snapshot.bin\n"
             "  cosn get /backup/conf.tar - | tar t",
    .options = {no_clobber},
    .run = cmd_get,
};
static const struct cos_verb rm = {
    .name = "rm",
    .operands = "PATH...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "remove files and directories",
    .about = "Remove files, and directories that are empty.",
    .after = "examples:\n"
             "  cosn rm cosn://examplebucket-1250000000/backup/snapshot.bin\n"
             "  cosn rm -rf cosn://examplebucket-1250000000/tmp",
    .options = {removal},
    .run = cmd_rm,
};
static const struct cos_verb show = {
    .name = "stat",
    .operands = "PATH...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "show what a path is",
    .about = "Show what a path is: file or directory, length, time of last change.",
    .after = "examples:\n"
             "  cosn stat cosn://examplebucket-1250000000/backup/snapshot.bin\n"
             "  cosn stat --json /backup | jq .is_dir",
    .run = cmd_stat,
};
static const struct cos_verb token = {
    .name = "token",
    .operands = "[URI]",
    .max_operands = 1,
    .summary = "obtain a temporary credential",
    .about = "Ask STS for a temporary credential (GetFederationToken), as a Fluss server does "
             "for its\n"
             "clients, and show what it is. URI scopes the default policy; without it "
             "remote.data.dir\n"
             "does. fs.cosn.userinfo.region must be set.",
    .after = "examples:\n"
             "  cosn token --config conf/server.yaml\n"
             "  cosn token --show-secret > token.json    (whoever reads it can use it)",
    .options = {show_secret},
    .run = cmd_token,
};
static const struct cos_verb uploads_ls = {
    .name = "uploads ls",
    .operands = "[PATH...]",
    .max_operands = SIZE_MAX,
    .summary = "list unfinished uploads",
    .about =
        "List the multipart uploads of PATH and below that were begun and neither completed "
        "nor\n"
        "aborted: files being written, and what killed writers left behind. They cost "
        "money and\n"
        "are in no list of objects. Without PATH: remote.data.dir.\n"
        "With --json one JSON object a line: path, upload_id, initiated_ms.",
    .after = "examples:\n"
             "  cosn uploads ls cosn://examplebucket-1250000000/\n"
             "  cosn uploads ls --older-than 7d --json /path/to/remote/storage",
    .options = {ages},
    .run = cmd_uploads_ls,
};
static const struct cos_verb uploads_abort = {
    .name = "uploads abort",
    .operands = "[PATH...]",
    .max_operands = SIZE_MAX,
    .summary = "abort unfinished uploads",
    .about =
        "Abort the unfinished uploads of PATH and below that were begun a day ago or "
        "earlier, or\n"
        "longer ago than --older-than says. One that is still being written fails then, so "
        "stay\n"
        "above the time that your largest file takes. Prints what it aborts.",
    .after = "examples:\n"
             "  cosn uploads abort --dry-run cosn://examplebucket-1250000000/\n"
             "  cosn uploads abort --older-than 0s cosn://examplebucket-1250000000/tmp",
    .options = {ages, dry_run},
    .run = cmd_uploads_abort,
};
static const struct cos_verb *const verbs[] = {&ls,    &cat,        &put,
                                               &get,   &rm,         &show,
                                               &token, &uploads_ls, &uploads_abort,
                                               NULL};

const struct cos_program cmd_program = {
    .name = "cosn",
    .about = "Files in a Tencent COS bucket, with the configuration of a Fluss server.\n"
             "A PATH is cosn://<bucket-appid>/<path>, or /<path> in the bucket of "
             "remote.data.dir.",
    .after =
        "credentials: fs.cosn.userinfo.secretId and .secretKey of the configuration, or the\n"
        "environment: COSN_SECRET_ID, COSN_SECRET_KEY, COSN_SESSION_TOKEN.\n"
        "\n"
        "examples:\n"
        "  export COSN_SECRET_ID=... COSN_SECRET_KEY=...\n"
        "  cosn ls --endpoint-suffix cos.ap-guangzhou.myqcloud.com "
        "cosn://examplebucket-1250000000/\n"
        "  cosn put a.bin cosn://examplebucket-1250000000/dir/ --config conf/server.yaml\n"
        "\n"
        "exit status: 0 done, 1 the operation failed, 2 wrong command line or configuration.\n"
        "INT, TERM and HUP end it by the same signal, with its upload aborted and its\n"
        "unfinished file removed",
    .verbs = verbs,
    .options = common,
};
