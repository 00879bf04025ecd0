/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosconform-host: the process a plugin .so is judged in. It loads the plugin as Fluss would
 * and speaks the driver protocol on stdin and stdout, so that a crash of the plugin is a
 * verdict and never a dead judge.
 *
 * stdout carries the protocol and nothing else: before the plugin is loaded, the protocol gets
 * a descriptor of its own and descriptor 1 is pointed at stderr, so that a plugin that prints
 * cannot break the framing.
 */
#include "subject.h"

#include "cosbase/options.h"
#include "cosbase/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE ((size_t)1 << 20)

struct values {
    const char *mutant;
};
static const struct cos_option options[] = {
    {"--mutant", "NAME", "plant this defect (needs a plugin build with mutants)",
     COS_OPTION_TEXT, offsetof(struct values, mutant)},
    {NULL},
};
static const struct cos_verb only_verb = {
    .name = "",
    .operands = "PATH",
    .min_operands = 1,
    .max_operands = 1,
    .about =
        "Load a Fluss COS filesystem plugin and speak the driver protocol (one JSON object a "
        "line)\n"
        "on stdin and stdout. PATH is a plugin .so, or a FLUSS_HOME: then every folder below\n"
        "PATH/plugins is one plugin, as Fluss does it.",
    .after = "example:\n"
             "  echo '{\"id\":1,\"op\":\"hello\",\"protocol\":1}' | cosconform-host "
             "plugins/cos/libcosn-plugin.so",
    .options = {options},
};
static const struct cos_verb *const verbs[] = {&only_verb, NULL};
static const struct cos_program program = {.name = "cosconform-host", .verbs = verbs};

/* One write a line: a FILE would mix lines of several threads. */
static void log_line(void *ctx, const char *line)
{
    char text[4096];
    int n = snprintf(text, sizeof(text), "%s\n", line);
    if (n <= 0) {
        return;
    }
    size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    text[len - 1] = '\n';
    ssize_t ignored = write(STDERR_FILENO, text, len); /* nobody to tell */
    (void)ignored;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, bytes, n);
        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w <= 0) {
            return false;
        }
        bytes += w;
        n -= (size_t)w;
    }
    return true;
}

/* Protocol on a private descriptor, 1 becomes 2. */
static int take_stdout(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static bool serve_line(struct subject *s, struct cos_span line, int out_fd)
{
    struct cos_buf reply = {0};
    cos_buf_init(&reply, (size_t)16 << 20);
    bool goes_on = subject_call(s, line, &reply);
    cos_buf_ch(&reply, '\n');
    goes_on = write_all(out_fd, cos_buf_cstr(&reply), reply.len) && goes_on;
    cos_buf_deinit(&reply);
    return goes_on;
}

static void serve(struct subject *s, int out_fd)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf in = {0};
    cos_buf_init(&in, MAX_LINE + 65536);
    for (;;) {
        size_t at;
        while ((at = cos_span_chr(cos_buf_view(&in), '\n')) != SIZE_MAX) {
            bool goes_on = serve_line(s, cos_span_sub(cos_buf_view(&in), 0, at), out_fd);
            if (!goes_on) {
                return;
            }
            cos_buf_consume(&in, at + 1);
        }
        char block[65536];
        ssize_t n = read(STDIN_FILENO, block, sizeof(block));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        cos_buf_append(&in, block, (size_t)n);
        if (in.failed) {
            log_line(NULL, "ERROR host: a request line is longer than 1 MiB");
            return;
        }
    }
}

static int judge(const struct subject_options *o)
{
    cos_secret_no_core();
    (void)signal(SIGPIPE, SIG_IGN);
    int out_fd = take_stdout();
    struct subject *s = out_fd >= 0 ? subject_new(o) : NULL;
    if (s == NULL) {
        (void)fprintf(stderr, "cosconform-host: cannot start: %s\n", strerror(errno));
        return 3;
    }
    serve(s, out_fd);
    (void)subject_free(s);
    (void)close(out_fd);
    return 0;
}

int main(int argc, char **argv)
{
    struct cos_command line;
    struct values values = {NULL};
    int status = COS_STATUS_USAGE;
    if (cos_command_parse(&line, &program, &values, argc, argv)) {
        status = judge(&(struct subject_options){.path = line.operands[0],
                                                 .mutant = values.mutant,
                                                 .on_log = log_line});
    } else {
        status = line.status;
    }
    cos_command_deinit(&line);
    return status;
}
