/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs and what --help says about them. Each text shows the call first, then examples that work as typed once a bucket and keys are
 * filled in.
 */
#include "cmd.h"

static const char ls_help[] =
    "usage: cosn ls [-r] [--json] [PATH]\n"
    "\n"
    "List what is in a directory, or a file itself. Without PATH: remote.data.dir.\n"
    "  -r, --recursive   every object below, no directories\n"
    "  --json            one JSON object a line: path, is_dir, length, mtime_ms\n"
    "\n"
    "examples:\n"
    "  cosn ls cosn://examplebucket-1250000000/\n"
    "  cosn ls -r --json cosn://examplebucket-1250000000/path/to/remote/storage\n";

static const char cat_help[] =
    "usage: cosn cat PATH...\n"
    "\n"
    "Write files to standard output, one after the other.\n"
    "\n"
    "examples:\n"
    "  cosn cat cosn://examplebucket-1250000000/logs/today.log | tail\n"
    "  cosn cat /logs/a /logs/b          (in the bucket of remote.data.dir)\n";

static const char put_help[] =
    "usage: cosn put [-n] LOCAL PATH\n"
    "\n"
    "Store a local file. LOCAL '-' is standard input. A PATH that ends in '/' keeps the\n"
    "local name. Nothing is visible under PATH until all of it has arrived.\n"
    "  -n, --no-clobber  fail when PATH exists\n"
    "\n"
    "examples:\n"
    "  cosn put snapshot.bin cosn://examplebucket-1250000000/backup/\n"
    "  tar c conf | cosn put - cosn://examplebucket-1250000000/backup/conf.tar\n";

static const char get_help[] =
    "usage: cosn get [-n] PATH [LOCAL]\n"
    "\n"
    "Fetch a file. LOCAL is a file, a directory, or '-' for standard output; without it the\n"
    "file lands in the current directory under its own name. LOCAL changes only when all of\n"
    "it has arrived.\n"
    "  -n, --no-clobber  fail when LOCAL exists\n"
    "\n"
    "examples:\n"
    "  cosn get cosn://examplebucket-1250000000/backup/snapshot.bin\n"
    "  cosn get /backup/conf.tar - | tar t\n";

static const char rm_help[] = "usage: cosn rm [-r] [-f] PATH...\n"
                              "\n"
                              "Remove files, and directories that are empty.\n"
                              "  -r, --recursive   directories with all that is in them\n"
                              "  -f, --force       what is not there is no error\n"
                              "\n"
                              "examples:\n"
                              "  cosn rm cosn://examplebucket-1250000000/backup/snapshot.bin\n"
                              "  cosn rm -r -f cosn://examplebucket-1250000000/tmp\n";

static const char stat_help[] =
    "usage: cosn stat [--json] PATH...\n"
    "\n"
    "Show what a path is: file or directory, length, time of last change.\n"
    "\n"
    "examples:\n"
    "  cosn stat cosn://examplebucket-1250000000/backup/snapshot.bin\n"
    "  cosn stat --json /backup | jq .is_dir\n";

static const char token_help[] =
    "usage: cosn token [--show-secret] [--json] [URI]\n"
    "\n"
    "Ask STS for a temporary credential (GetFederationToken), as a Fluss server does for its\n"
    "clients, and show what it is. URI scopes the default policy; without it remote.data.dir\n"
    "does. fs.cosn.userinfo.region must be set.\n"
    "  --show-secret     print the token itself, in the JSON form that Fluss hands out\n"
    "  --json            the summary as JSON\n"
    "\n"
    "examples:\n"
    "  cosn token --config conf/server.yaml\n"
    "  cosn token --show-secret > token.json    (whoever reads it can use it)\n";

const struct cmd_verb cmd_verbs[] = {
    {"ls", 0, CMD_MAX_ARGS, "r", cmd_ls, "list a directory", ls_help},
    {"cat", 1, CMD_MAX_ARGS, "", cmd_cat, "write files to standard output", cat_help},
    {"put", 2, 2, "n", cmd_put, "store a local file", put_help},
    {"get", 1, 2, "n", cmd_get, "fetch a file", get_help},
    {"rm", 1, CMD_MAX_ARGS, "rf", cmd_rm, "remove files and directories", rm_help},
    {"stat", 1, CMD_MAX_ARGS, "", cmd_stat, "show what a path is", stat_help},
    {"token", 0, 1, "s", cmd_token, "obtain a temporary credential", token_help},
    {NULL, 0, 0, NULL, NULL, NULL, NULL},
};

static const char common_help[] =
    "\n"
    "options of every verb:\n"
    "  -c, --config FILE          server.yaml as Fluss reads it, or core-site.xml;\n"
    "                             default: $FLUSS_HOME/conf/server.yaml when it exists\n"
    "  --set KEY=VALUE            one configuration key (never a secret one); may be repeated\n"
    "  --endpoint-suffix SUFFIX   short for --set fs.cosn.bucket.endpoint_suffix=SUFFIX\n"
    "  --region REGION            short for --set fs.cosn.userinfo.region=REGION\n"
    "  --ca-file FILE             certificates to trust (PEM); else $CURL_CA_BUNDLE or\n"
    "                             $SSL_CERT_FILE, else the system's\n"
    "  --resolve H:P:A:P[;...]    connect to address A when asked for host H, as curl's\n"
    "                             --connect-to\n"
    "  --http                     plain HTTP, for a mock on this machine\n"
    "  --json                     results and errors as JSON\n"
    "  -v, --verbose              what happens, on standard error\n"
    "  -h, --help   --version\n";

const struct cmd_verb *cmd_verb_find(const char *name)
{
    for (const struct cmd_verb *v = cmd_verbs; v->name != NULL; v++) {
        if (strcmp(v->name, name) == 0) {
            return v;
        }
    }
    return NULL;
}

void cmd_print_help(FILE *to)
{
    (void)fputs(
        "usage: cosn VERB [options] [arguments]\n"
        "\n"
        "Files in a Tencent COS bucket, with the configuration of a Fluss server.\n"
        "A PATH is cosn://<bucket-appid>/<path>, or /<path> in the bucket of remote.data.dir.\n"
        "\n"
        "verbs ('cosn VERB --help' says more):\n",
        to);
    for (const struct cmd_verb *v = cmd_verbs; v->name != NULL; v++) {
        (void)fprintf(to, "  %-6s %s\n", v->name, v->summary);
    }
    (void)fputs(common_help, to);
    (void)fputs(
        "\n"
        "credentials: fs.cosn.userinfo.secretId and .secretKey of the configuration, or the\n"
        "environment: COSN_SECRET_ID, COSN_SECRET_KEY, COSN_SESSION_TOKEN.\n"
        "\n"
        "examples:\n"
        "  export COSN_SECRET_ID=... COSN_SECRET_KEY=...\n"
        "  cosn ls --endpoint-suffix cos.ap-guangzhou.myqcloud.com "
        "cosn://examplebucket-1250000000/\n"
        "  cosn put a.bin cosn://examplebucket-1250000000/dir/ --config conf/server.yaml\n"
        "\n"
        "exit status: 0 done, 1 the operation failed, 2 wrong command line or configuration\n",
        to);
}

void cmd_print_verb_help(FILE *to, const struct cmd_verb *verb)
{
    (void)fputs(verb->help, to);
    (void)fputs(common_help, to);
}
