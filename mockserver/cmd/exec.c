/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock exec: run a command against a private mock. The command is not changed in any way;
 * all it gets is an environment (environment.c). Its exit status becomes ours (128 + n when
 * signal n killed it, 127 when it was not found, 126 when it could not be started).
 *
 * Signals: what somebody sends to us alone is passed on. What a terminal sends goes to the
 * whole process group, so the command has it already (si_code is SI_KERNEL then) and must not
 * get it twice. We end when the command has ended, not before, or the summary would be lost.
 */
#include "cmd.h"
#include "command.h"
#include "environment.h"
#include "python_hook.h"
#include "session.h"
#include "summary.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

extern char **environ;

enum { EXIT_CANNOT_RUN = 126, EXIT_NO_SUCH_COMMAND = 127 };
enum { DEFAULT_COLUMNS = 80, LEAST_COLUMNS = 40, MOST_COLUMNS = 500 };

static const struct cos_option options[] = {
    {"--journal", "FILE",
     "write the journal here afterwards, one JSON object a\nline; a link is followed, a FIFO "
     "or /dev/stdout written to",
     COS_OPTION_TEXT, CMD_AT(session.file)},
    {"--quiet", NULL, "no summary", COS_OPTION_FLAG, CMD_AT(is_quiet)},
    {NULL},
};

static const int signals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
                              SIGUSR2, SIGCHLD, SIGPIPE, 0};

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int wait_for(pid_t child, const sigset_t *waited)
{
    int status = 0;

    for (;;) {
        siginfo_t info;
        int which = sigwaitinfo(waited, &info);

        if (which == SIGCHLD) {
            pid_t ended = waitpid(child, &status, WNOHANG);

            if (ended != 0) { /* a stopped command is still there */
                return ended == child ? exit_status(status) : EXIT_FAILURE;
            }
        } else if (which > 0 && which != SIGPIPE && info.si_code != SI_KERNEL) {
            (void)kill(child, which);
        }
    }
}

static int run_command(const struct session *s, char *const argv[])
{
    int r = python_hook_write(s);
    if (r != 0) {
        return r;
    }
    char **env = environment_new(s, environ);
    if (env == NULL) {
        (void)fprintf(stderr, "cosmock exec: out of memory for the environment\n");
        return EXIT_FAILURE;
    }
    pid_t child = 0;
    r = command_start(&child, &(struct command){argv, env, &s->started_mask, &s->started_with});
    (void)environment_free(env);
    if (r != 0) {
        (void)fprintf(stderr, "cosmock exec: cannot run '%s': %s\n", argv[0], strerror(r));
        return r == ENOENT ? EXIT_NO_SUCH_COMMAND : EXIT_CANNOT_RUN;
    }
    session_tidy(s);
    return wait_for(child, &s->waited);
}

/* $COLUMNS, the terminal's width, or 80. */
static size_t columns(void)
{
    const char *given = getenv("COLUMNS");
    uint64_t n = 0;

    if (given == NULL || !cos_span_u64(cos_span_of(given), &n)) {
        struct winsize size;
        n = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    }
    return n == 0              ? DEFAULT_COLUMNS
           : n < LEAST_COLUMNS ? LEAST_COLUMNS
           : n > MOST_COLUMNS  ? MOST_COLUMNS
                               : n;
}

/* A command that did well and whose journal is lost did not do what was asked for. */
static int write_journal(struct session *s, int status)
{
    int r = s->file.is_open ? summary_write_journal(&s->file, s->tenant) : 0;
    int failed = r < 0 ? session_file_failed(s, r) : 0;

    return status == 0 ? failed : status;
}

/* The session's end fills the tally: every tenant is counted, also those that the command made
 * and dropped. */
static int run_with(const struct cmd *cmd, struct tally *tally)
{
    struct session_options o = cmd->session;

    o.file_is = "journal";
    o.signals = signals;
    o.tenant_ends = tally_tenant;
    o.tenant_ends_ctx = tally;
    /* Ignored, as some parents leave it, children vanish without a word and we would wait for
     * ever. */
    (void)signal(SIGCHLD, SIG_DFL);
    struct session s;
    int r = session_start(&s, &o, &cmd->line);
    if (r != 0) {
        return r;
    }
    r = run_command(&s, cmd->line.operands);
    session_stop_listening(&s);
    r = write_journal(&s, r);
    bool is_broken = cosmock_broken(s.mock);
    session_end(&s);
    if (!cmd->is_quiet) {
        summary_print(stderr, tally, columns());
    }
    if (is_broken) {
        (void)fprintf(stderr, "cosmock: INTERNAL ERROR: the mock answered a 500 of its own "
                              "making; what this run showed is worth nothing\n");
    }
    return r;
}

static int run_exec(void *context)
{
    struct tally *tally = tally_new();

    if (tally == NULL) {
        (void)fprintf(stderr, "cosmock exec: out of memory\n");
        return EXIT_FAILURE;
    }
    int r = run_with(context, tally);
    (void)tally_free(tally);
    return r;
}

const struct cos_verb exec_verb = {
    .name = "exec",
    .operands = "[--] COMMAND [ARGUMENT...]",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "run a command against a private mock, then say what it called",
    .about =
        "Run COMMAND against a private mock of Tencent Cloud COS and STS: no account, no "
        "fixed\n"
        "port, no network, no change to the program. Afterwards a summary on standard error "
        "says\n"
        "what was called, and every failure with its cause. The exit status is COMMAND's.\n"
        "\n"
        "COMMAND finds in its environment:\n"
        "  COSMOCK_PROXY COSMOCK_SOCKS COSMOCK_CONTROL     where the mock listens\n"
        "  COSMOCK_CA COSMOCK_TRUSTSTORE COSMOCK_HOSTS     its CA (PEM, JKS), a hosts file for "
        "JVMs\n"
        "  COSMOCK_BUCKET COSMOCK_APPID COSMOCK_REGION COSMOCK_ENDPOINT_SUFFIX COSMOCK_UIN\n"
        "  COSMOCK_SECRET_ID COSMOCK_SECRET_KEY            a permanent key\n"
        "  COSMOCK_READER_SECRET_ID COSMOCK_READER_SECRET_KEY   of the user 'reader', who may "
        "only\n"
        "                                                  read; so for every named user\n"
        "and the same under the names curl, OpenSSL, Python, Go, Node, JVMs and the COS and "
        "STS\n"
        "SDKs read: HTTP_PROXY, HTTPS_PROXY, SSL_CERT_FILE, REQUESTS_CA_BUNDLE,\n"
        "NODE_EXTRA_CA_CERTS, JAVA_TOOL_OPTIONS, COSN_SECRET_ID, TENCENTCLOUD_SECRET_ID,\n"
        "COS_SECRET_ID, COS_REGION, COS_BUCKET ... 'cosmock exec -- env' shows all.\n"
        "Nothing but the mock can be reached: fetch dependencies before.",
    .after = "examples:\n"
             "  cosmock exec -- python test_upload.py\n"
             "  cosmock exec --world team.yaml -- mvn -o verify",
    .options = {options, cmd_session_options},
    .ends_at_operand = true,
    .run = run_exec,
};
