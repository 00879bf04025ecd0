/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock policy eval: the answer of policies to a question, or to a file of them, without a
 * server. The judge is the one that requests meet.
 */
#include "policy.h"

#include "cosbase/alloc.h"
#include "cosbase/json.h"

#define ANSWER_MAX_BYTES ((size_t)16 << 20)
#define ARENA_MAX_BYTES ((size_t)16 << 20)
#define PAIRS_MAX 256

static const struct cos_option options[] = {
    {"--action", "ACTION", "what is asked for, such as name/cos:GetObject", COS_OPTION_TEXT,
     CMD_AT(policy.action)},
    {"--resource", "RESOURCE",
     "where: qcs::cos:<region>:uid/<appid>:<bucket>-<appid>/<key>,\nor \"*\" for a call that "
     "concerns no bucket",
     COS_OPTION_TEXT, CMD_AT(policy.resource)},
    {"--context", "KEY=VALUE", "what a condition may ask, e.g. cos:prefix=dir/; repeatable",
     COS_OPTION_LIST, CMD_AT(context)},
    {"--jsonl", "FILE",
     "many questions instead, one JSON object a line ('-': standard\n"
     "input): {\"action\":..,\"resource\":..,\"context\":{key: value or list}}.\n"
     "The answers are lines of JSON in the same order",
     COS_OPTION_TEXT, CMD_AT(policy.questions)},
    {"--json", NULL, "print the whole trace, every statement with its first failing clause",
     COS_OPTION_FLAG, CMD_AT(as_json)},
    {NULL},
};

static int print(struct cos_buf *text)
{
    cos_buf_ch(text, '\n');
    return policy_print(text);
}

/* --- one question --- */

static int ask_one(const struct cmd *cmd, const struct advice_bench *bench)
{
    const struct advice_question q = {
        .action = cos_span_of(cmd->policy.action),
        .resource = cos_span_of(cmd->policy.resource),
        .context = cmd->context.items,
        .n_context = cmd->context.n,
    };
    char why[400];
    if (advice_complaint(&q, why, sizeof(why)) != NULL) {
        return cos_command_complain(&cmd->line, "%s", why);
    }
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
    cos_arena_init(&arena, ARENA_MAX_BYTES);
    cos_buf_init(&out, ANSWER_MAX_BYTES);
    struct cam_verdict v;
    advice_ask(&arena, &v, bench, &q);
    if (cmd->as_json) {
        advice_explain(&out, bench, &q);
    } else {
        advice_print(&out, &v, &q);
    }
    int r = print(&out);
    return r != 0 ? r : v.allowed ? POLICY_YES : POLICY_NO;
}

/* --- many --- */

struct questions {
    const struct cmd *cmd;
    const struct advice_bench *bench;
    unsigned line; /* from 1 */
    bool all_allowed;
};

static int bad_line(const struct questions *in, unsigned column, const char *why)
{
    struct cos_text_error err;
    cos_text_error_set(&err, in->line, column, "%s", why);
    return policy_complain(&in->cmd->line, in->cmd->policy.questions, &err);
}

static const char *pair_of(struct cos_arena *a, const char *key, const struct cos_json *value)
{
    struct cos_buf b;
    cos_buf_init(&b, 64u << 10);
    cos_buf_printf(&b, "%s=", key);
    if (cos_json_is_str(value)) {
        cos_buf_str(&b, cos_json_str(value));
    } else {
        cos_json_print(&b, value);
    }
    const char *pair = cos_arena_str(a, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return pair;
}

/* {"cos:prefix": "dir/", "qcs:request_tag": ["a&b", "c&d"]} as pairs. */
static void read_context(struct cos_arena *a, const struct cos_json *context,
                         const char *pairs[PAIRS_MAX], size_t *n)
{
    for (const struct cos_json *m = cos_json_first(context); m != NULL; m = cos_json_next(m)) {
        bool is_list = cos_json_kind(m) == COS_JSON_ARRAY;
        for (const struct cos_json *v = is_list ? cos_json_first(m) : m;
             v != NULL && *n < PAIRS_MAX; v = is_list ? cos_json_next(v) : NULL) {
            pairs[(*n)++] = pair_of(a, cos_json_name(m), v);
        }
    }
}

static void write_answer(struct cos_buf *out, const struct advice_question *q,
                         const struct cam_verdict *v)
{
    struct cos_jw w;
    cos_jw_init(&w, out);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_span(&w, "action", q->action);
    cos_jw_span(&w, "resource", q->resource);
    cos_jw_str(&w, "verdict", v->allowed ? "allow" : "deny");
    cos_jw_str(&w, "reason", cam_reason_word(v->reason));
    cos_jw_str(&w, "layer", cam_layer_word(v->layer));
    if (v->statement >= 0) {
        cos_jw_span(&w, "policy", v->policy);
        cos_jw_i64(&w, "statement", v->statement);
    }
    cos_jw_span(&w, "why", v->why);
    cos_jw_end(&w);
}

static int answer(struct questions *in, struct cos_arena *arena, const struct cos_json *line)
{
    static const char *const known[] = {"action", "resource", "context"};
    for (const struct cos_json *m = cos_json_first(line); m != NULL; m = cos_json_next(m)) {
        bool is_known = false;
        for (size_t i = 0; i < COS_ARRAY_LEN(known); i++) {
            is_known = is_known || strcmp(cos_json_name(m), known[i]) == 0;
        }
        if (!is_known) {
            return bad_line(in, /* column= */ 1,
                            "a question has action, resource and context, and nothing else");
        }
    }
    const char *pairs[PAIRS_MAX];
    size_t n = 0;
    read_context(arena, cos_json_get(line, "context"), pairs, &n);
    const struct advice_question q = {
        .action = cos_span_of(cos_json_str(cos_json_get(line, "action"))),
        .resource = cos_span_of(cos_json_str(cos_json_get(line, "resource"))),
        .context = pairs,
        .n_context = n,
    };
    char why[400];
    if (advice_complaint(&q, why, sizeof(why)) != NULL) {
        return bad_line(in, /* column= */ 1, why);
    }
    struct cam_verdict v;
    advice_ask(arena, &v, in->bench, &q);
    in->all_allowed = in->all_allowed && v.allowed;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
    cos_buf_init(&out, ANSWER_MAX_BYTES);
    write_answer(&out, &q, &v);
    return print(&out);
}

static int answer_line(struct questions *in, struct cos_span text)
{
    COS_CLEANUP(cos_arena_deinit) struct cos_arena arena;
    COS_CLEANUP(cos_json_free) struct cos_json *line = NULL;
    struct cos_text_error err;
    cos_arena_init(&arena, ARENA_MAX_BYTES);
    if (cos_json_parse(&line, text, /* limits= */ NULL, &err) < 0) {
        return bad_line(in, err.column, err.message);
    }
    return answer(in, &arena, line);
}

static int ask_many(const struct cmd *cmd, const struct advice_bench *bench)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf file;
    cos_buf_init(&file, (size_t)1 << 30);
    int r = policy_read_file(&file, cmd->policy.questions, &cmd->line);
    struct questions in = {.cmd = cmd, .bench = bench, .all_allowed = true};
    struct cos_span rest = cos_buf_view(&file);
    while (r == 0 && rest.ptr != NULL) {
        struct cos_span line = cos_span_trim(cos_span_cut(&rest, '\n'));
        in.line++;
        r = line.len == 0 ? 0 : answer_line(&in, line);
    }
    return r != 0 ? r : in.all_allowed ? POLICY_YES : POLICY_NO;
}

static int check_usage(const struct cmd *cmd)
{
    bool is_one = cmd->policy.action != NULL || cmd->policy.resource != NULL;
    if (is_one == (cmd->policy.questions != NULL)) {
        return cos_command_complain(&cmd->line,
                                    "give --action ACTION and --resource RESOURCE, or "
                                    "--jsonl FILE");
    }
    if (is_one && (cmd->policy.action == NULL || cmd->policy.resource == NULL)) {
        return cos_command_complain(&cmd->line, "%s is missing: a question has both",
                                    cmd->policy.action == NULL ? "--action ACTION"
                                                               : "--resource RESOURCE");
    }
    return 0;
}

static int run(void *context)
{
    const struct cmd *cmd = context;
    int r = check_usage(cmd);
    if (r != 0) {
        return r;
    }
    struct policy_court court;
    r = policy_court_open(&court, cmd);
    if (r == 0) {
        r = cmd->policy.questions != NULL ? ask_many(cmd, &court.bench)
                                          : ask_one(cmd, &court.bench);
    }
    policy_court_close(&court);
    int written = cos_stdout_finish("cosmock");
    return written != 0 ? written : r;
}

const struct cos_verb policy_eval_verb = {
    .name = "policy eval",
    .operands = "[POLICY...]",
    .max_operands = SIZE_MAX,
    .summary = "would these policies allow it",
    .about =
        "Ask policies a question, without a server: POLICYs are files of identity policies\n"
        "(JSON, '-' is standard input) that belong to one caller; his token and the bucket "
        "may\n"
        "have theirs. The judge is the one that requests to the mock meet. Exit status 0: "
        "allowed\n"
        "(of several questions all); 1: denied; 2: the question or a file is wrong.",
    .after = "examples:\n"
             "  cosmock policy eval readers.json --action name/cos:GetObject \\\n"
             "    --resource 'qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/a.txt'\n"
             "  cosmock policy eval readers.json --session token.json --jsonl questions.jsonl\n"
             "  cosmock policy eval --world team.yaml --uin 100000000011 --action "
             "name/cos:GetBucket \\\n"
             "    --resource 'qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/dir/' \\\n"
             "    --context cos:prefix=dir/",
    .options = {options, policy_court_options},
    .run = run,
};
