/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock serve: a mock that runs until it is told to stop. When it listens it prints one JSON
 * line, and writes the same line to the ready file in one step: whoever sees the file sees all
 * of it. The environment file, for shells, is there before. SIGTERM and SIGINT end it with
 * status 0 after the requests under way.
 */
#include "cmd.h"
#include "environment.h"
#include "python_hook.h"
#include "session.h"

#include "cosbase/json.h"
#include "world/keys_json.h"

#include <signal.h>
#include <sys/prctl.h>

static const struct cos_option options[] = {
    {"--port", "N", "the data port; 0 (default): any free one", COS_OPTION_NUMBER,
     CMD_AT(session.port), 0, 65535},
    {"--control-port", "N", "the control API's port; 0 (default): any free one",
     COS_OPTION_NUMBER, CMD_AT(session.control_port), 0, 65535},
    {"--address", "ADDRESS",
     "listen here (default 127.0.0.1); the control API stays on\nloopback", COS_OPTION_TEXT,
     CMD_AT(session.address)},
    {"--control-address", "ADDRESS",
     "the control API listens here; beyond loopback it demands\n"
     "a token: $COSMOCK_CONTROL_TOKEN, or a fresh one in the\nready line",
     COS_OPTION_TEXT, CMD_AT(session.control_address)},
    {"--dir", "DIR",
     "write ca.pem, truststore.jks and hosts here and keep\n"
     "them; default: a private temporary directory, removed at\nthe end. What clients store "
     "goes to --data",
     COS_OPTION_TEXT, CMD_AT(session.dir)},
    {"--ready-file", "FILE",
     "write the ready line here too (mode 0600: it holds a\nsecret key)", COS_OPTION_TEXT,
     CMD_AT(session.file)},
    {"--env-file", "FILE",
     "write what leads a client here, for a shell: after '. FILE'\nits programs find the "
     "variables of 'cosmock exec' (mode 0600:\nthere are secret keys in it)",
     COS_OPTION_TEXT, CMD_AT(env_file)},
    {"--threads", "N", "event loops; 0 (default): one per core, at most 4", COS_OPTION_NUMBER,
     CMD_AT(session.threads), 0, 64},
    {"--exit-with-parent", NULL, "end when the process that started this one ends",
     COS_OPTION_FLAG, CMD_AT(ends_with_parent)},
    {NULL},
};

/* SIGPIPE: a reader of standard output may go away. */
static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, 0};

static void write_ready(struct cos_buf *out, const struct session *s)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_bool(&w, "ready", true);
    cos_jw_str(&w, "version", cosmock_version());
    cos_jw_i64(&w, "pid", getpid());
    cos_jw_str(&w, "host", s->front.host);
    cos_jw_i64(&w, "port", s->front.port);
    cos_jw_i64(&w, "control_port", s->control.port);
    cos_jw_str(&w, "proxy", s->proxy);
    cos_jw_str(&w, "socks", s->socks);
    cos_jw_str(&w, "control", s->control_url);
    if (s->control_token[0] != '\0') {
        cos_jw_str(&w, "control_token", s->control_token);
    }
    cos_jw_str(&w, "ca", s->ca);
    cos_jw_str(&w, "truststore", s->trust_store);
    cos_jw_str(&w, "hosts", s->hosts);
    if (s->data[0] != '\0') {
        cos_jw_str(&w, "data", s->data);
    }
    cos_jw_str(&w, "tenant", cosmock_tenant_name(s->tenant));
    cos_jw_str(&w, "appid", s->world.appid);
    cos_jw_str(&w, "owner_uin", s->world.owner_uin);
    out->failed = keys_json(&w, s->tenant) != COSMOCK_OK || out->failed;
    cos_jw_str(&w, "secret_id", s->world.secret_id);
    cos_jw_str(&w, "secret_key", s->world.secret_key);
    cos_jw_str(&w, "bucket", s->world.bucket);
    cos_jw_str(&w, "region", s->world.region);
    cos_jw_str(&w, "endpoint_suffix", s->world.endpoint_suffix);
    cos_jw_str(&w, "enforcement", cosmock_switch_get(s->tenant, "enforcement"));
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}

/* The file first: who waits for the line on standard output may look at the file at once. */
static int announce(struct session *s)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line;
    cos_buf_init(&line, SIZE_MAX / 2); /* a world may have many keys */
    write_ready(&line, s);
    if (line.failed) {
        (void)fprintf(stderr, "cosmock serve: out of memory for the ready line\n");
        return EXIT_FAILURE;
    }
    int r = 0;
    if (s->file.is_open) {
        cos_outfile_write(&s->file, cos_buf_view(&line));
        r = cos_outfile_commit(&s->file);
    }
    if (r != 0) {
        return session_file_failed(s, r);
    }
    (void)fwrite(line.ptr, 1, line.len, stdout);
    r = cos_stdout_finish("cosmock serve");
    /* With a ready file the line is one of two ways to learn of us. */
    return s->file.is_open ? 0 : r;
}

static int env_file_failed(const char *path, int r)
{
    (void)fprintf(stderr, "cosmock serve: cannot write environment file %s: %s\n", path,
                  strerror(-r));
    return EXIT_FAILURE;
}

static int write_env_file(struct cos_outfile *file, const struct session *s)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;

    cos_buf_init(&text, SIZE_MAX / 2); /* a world may have many users */
    int r = python_hook_write(s);
    if (r != 0) {
        return r;
    }
    if (!environment_write(&text, s)) {
        (void)fprintf(stderr, "cosmock serve: out of memory for the environment file\n");
        return EXIT_FAILURE;
    }
    cos_outfile_write(file, cos_buf_view(&text));
    r = cos_outfile_commit(file);
    return r < 0 ? env_file_failed(file->path, r) : 0;
}

static void wait_for_end(const sigset_t *waited)
{
    int which = 0;

    do {
        (void)sigwait(waited, &which);
    } while (which == SIGPIPE);
}

static int run_serve(void *context)
{
    const struct cmd *cmd = context;
    struct session_options o = cmd->session;

    if (cmd->ends_with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    }
    o.file_is = "ready file";
    o.file_flags = COS_OUTFILE_PRIVATE;
    o.signals = signals;
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile env = {.is_open = false};
    int r = cmd->env_file == NULL
                ? 0
                : cos_outfile_open(&env, cmd->env_file, 0600, COS_OUTFILE_PRIVATE);
    if (r < 0) {
        return env_file_failed(cmd->env_file, r);
    }
    struct session s;
    r = session_start(&s, &o, &cmd->line);
    if (r != 0) {
        return r;
    }
    r = env.is_open ? write_env_file(&env, &s) : 0;
    r = r != 0 ? r : announce(&s);
    if (r == 0) {
        session_tidy(&s);
        wait_for_end(&s.waited);
    }
    session_stop_listening(&s);
    if (cosmock_broken(s.mock)) {
        (void)fprintf(stderr,
                      "cosmock serve: INTERNAL ERROR: the mock answered a 500 of its own "
                      "making while it ran\n");
    }
    cos_outfile_remove(&s.file); /* nobody shall find a mock that is gone */
    cos_outfile_remove(&env);
    session_end(&s);
    return r;
}

const struct cos_verb serve_verb = {
    .name = "serve",
    .operands = "",
    .summary = "run a mock until it is told to stop",
    .about =
        "Run a mock of Tencent Cloud COS and STS until SIGTERM or SIGINT. One port speaks "
        "HTTP\n"
        "(virtual-host, path-style, absolute-form), TLS with a throw-away CA, CONNECT and "
        "SOCKS5;\n"
        "the control API has another. When it listens, one JSON line on standard output says\n"
        "where, and with which keys, bucket and region.",
    .after = "example:\n"
             "  cosmock serve --data ./cos --env-file cos.env &\n"
             "  . ./cos.env; python upload.py\n"
             "  cosmock serve --port 8080 --ready-file ready.json &\n"
             "  curl -x http://127.0.0.1:8080 http://service.cos.myqcloud.com/",
    .options = {options, cmd_session_options},
    .run = run_serve,
};
