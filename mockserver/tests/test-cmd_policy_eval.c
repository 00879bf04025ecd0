/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock policy eval: the cases of fixtures/policies, whose outcomes come from the documents,
 * asked of files alone; and what it says of a question that nobody can ask.
 */
#include "program.h"
#include "scratch.h"

#include "cosbase/arena.h"
#include "cosbase/file.h"

#include <limits.h>

#define READER                                                                  \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","                \
    "\"action\":[\"name/cos:GetObject\"],\"resource\":[\"qcs::cos:ap-guangzhou" \
    ":uid/1250000000:b-1250000000/dir/*\"]}]}"
#define RESOURCE(key) "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/" key

static struct scratch scratch;
static char fixtures[PATH_MAX];

static int enter(void **state)
{
    (void)state;
    scratch_enter(&scratch);
    assert_int_equal(cos_file_write("reader.json", COS_SPAN_LIT(READER), 0600), 0);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static void expect(struct run *r, int status, const char *says, const char *complains)
{
    if (r->status != status || strstr(cos_buf_cstr(&r->text), says) == NULL ||
        strstr(cos_buf_cstr(&r->complaints), complains) == NULL) {
        fail_msg("status %d, expected %d: '%s' '%s'", r->status, status, cos_buf_cstr(&r->text),
                 cos_buf_cstr(&r->complaints));
    }
    run_free(r);
}

/* --- the cases of the documents --- */

static void write_policy(const char *path, const struct cos_json *n)
{
    struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    if (cos_json_is_str(n)) {
        cos_buf_str(&b, cos_json_str(n));
    } else {
        cos_json_print(&b, n);
    }
    assert_int_equal(cos_file_write(path, cos_buf_view(&b), 0600), 0);
    cos_buf_deinit(&b);
}

struct words {
    const char *argv[40];
    size_t n;
    struct cos_arena arena;
};

static void word(struct words *w, const char *text)
{
    assert_true(w->n + 1 < COS_ARRAY_LEN(w->argv));
    w->argv[w->n++] = text;
}

static void option(struct words *w, const char *name, const char *value)
{
    word(w, name);
    word(w, value);
}

static void add_policies(struct words *w, const struct cos_json *policies)
{
    const struct cos_json *session = cos_json_get(policies, "session");
    const struct cos_json *bucket = cos_json_get(policies, "bucket");
    size_t i = 0;
    for (const struct cos_json *n = cos_json_first(cos_json_get(policies, "identity"));
         n != NULL; n = cos_json_next(n)) {
        const char *path = cos_arena_printf(&w->arena, "identity-%zu.json", i++).ptr;
        write_policy(path, n);
        word(w, path);
    }
    if (session != NULL) {
        write_policy("session.json", session);
        option(w, "--session", "session.json");
    }
    if (bucket != NULL) {
        write_policy("bucket.json", bucket);
        option(w, "--bucket-policy", "bucket.json");
    }
}

static void add_pair(struct words *w, const char *key, const struct cos_json *value)
{
    const char *said = cos_json_is_str(value)                        ? cos_json_str(value)
                       : cos_json_bool(value, /* fallback= */ false) ? "true"
                                                                     : "false";
    option(w, "--context", cos_arena_printf(&w->arena, "%s=%s", key, said).ptr);
}

static void add_context(struct words *w, const struct cos_json *context)
{
    for (const struct cos_json *m = cos_json_first(context); m != NULL; m = cos_json_next(m)) {
        bool is_list = cos_json_kind(m) == COS_JSON_ARRAY;
        for (const struct cos_json *v = is_list ? cos_json_first(m) : m; v != NULL;
             v = is_list ? cos_json_next(v) : NULL) {
            add_pair(w, cos_json_name(m), v);
        }
    }
}

/* Lists and strange accounts take a world: those are asked in test-cam_requests.c. */
static bool is_of_files_alone(const struct cos_json *c)
{
    const struct cos_json *who = cos_json_get(c, "principal");
    return cos_json_get(cos_json_get(c, "policies"), "acl") == NULL &&
           (strcmp(json_text(who, "type"), "anonymous") == 0 ||
            strcmp(json_text(who, "owner_uin"), json_text(cos_json_get(c, "owner"), "uin")) ==
                0);
}

static void ask_case(const struct cos_json *c)
{
    const struct cos_json *who = cos_json_get(c, "principal");
    const struct cos_json *request = cos_json_get(c, "request");
    const char *expected = json_text(c, "expect");
    struct words w = {.n = 0};
    cos_arena_init(&w.arena, 1u << 20);
    word(&w, "cosmock");
    word(&w, "policy");
    word(&w, "eval");
    add_policies(&w, cos_json_get(c, "policies"));
    bool is_anonymous = strcmp(json_text(who, "type"), "anonymous") == 0;
    option(&w, "--uin",
           is_anonymous ? "anonymous"
                        : cos_arena_printf(&w.arena, "%s/%s", json_text(who, "owner_uin"),
                                           json_text(who, "uin"))
                              .ptr);
    option(&w, "--action", json_text(request, "action"));
    option(&w, "--resource", json_text(request, "resource"));
    add_context(&w, cos_json_get(request, "context"));
    struct run r = run_program(program, w.argv);
    int status = strcmp(expected, "allow") == 0 ? 0 : strcmp(expected, "deny") == 0 ? 1 : 2;
    if (r.status != status) {
        fail_msg("%s: status %d, expected %s: %s%s", json_text(c, "id"), r.status, expected,
                 cos_buf_cstr(&r.text), cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
    cos_arena_deinit(&w.arena);
}

static void every_case_of_the_documents_is_answered_as_they_say(void **state)
{
    (void)state;
    struct cos_buf file;
    char path[PATH_MAX + 40];
    (void)snprintf(path, sizeof(path), "%s/policies/policy-cases.json", fixtures);
    cos_buf_init(&file, 8u << 20);
    assert_int_equal(cos_file_read(&file, path), 0);
    struct cos_json *doc = parse_json(cos_buf_view(&file));
    size_t asked = 0;
    for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "cases")); c != NULL;
         c = cos_json_next(c)) {
        if (is_of_files_alone(c)) {
            ask_case(c);
            asked++;
        }
    }
    assert_int_equal(asked, 96);
    cos_json_free(doc);
    cos_buf_deinit(&file);
}

/* --- what is said --- */

static void an_answer_names_the_statement_that_decides(void **state)
{
    (void)state;
    struct run r = RUN("policy", "eval", "reader.json", "--action", "name/cos:GetObject",
                       "--resource", RESOURCE("dir/a"));
    expect(&r, 0,
           "allow: name/cos:GetObject on " RESOURCE(
               "dir/a") ": statement 0 of reader.json (identity)\n",
           "");
    r = RUN("policy", "eval", "reader.json", "--action", "name/cos:GetObject", "--resource",
            RESOURCE("other"));
    expect(&r, 1,
           "deny: uin 100000000011 may not name/cos:GetObject on " RESOURCE(
               "other") ": statement 0 of policy 'reader.json' allows the action on",
           "");
    r = RUN("policy", "eval", "reader.json", "--json", "--action", "name/cos:HeadObject",
            "--resource", RESOURCE("dir/a"));
    expect(&r, 1, "\"first_failing\":\"action\"", "");
}

/* Both must say yes, and a boundary gives nothing by itself (sts-cam.md s.3.3). */
static void a_boundary_gives_at_most(void **state)
{
    static const char boundary[] =
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
        "\"resource\":\"" RESOURCE("dir/open/*") "\"}]}";
    (void)state;
    assert_int_equal(cos_file_write("boundary.json", COS_SPAN_LIT(boundary), 0600), 0);
#define ASK(action, key)                                                                    \
    RUN("policy", "eval", "reader.json", "--boundary", "boundary.json", "--action", action, \
        "--resource", RESOURCE(key))
    struct run r = ASK("name/cos:GetObject", "dir/open/a");
    expect(&r, 0, "allow: ", "");
    r = ASK("name/cos:GetObject", "dir/a");
    expect(&r, 1, "deny: ", "");
    r = ASK("name/cos:PutObject", "dir/open/a");
    expect(&r, 1, "deny: ", "");
#undef ASK
    r = RUN("policy", "eval", "--uin", "anonymous", "--boundary", "boundary.json", "--action",
            "name/cos:GetObject", "--resource", RESOURCE("dir/a"));
    expect(&r, 2, "", "'anonymous' is none");
    r = RUN("policy", "matrix", "reader.json", "--boundary", "boundary.json");
    expect(&r, 0, "cos:GetObject  part  part  yes", "");
    r = RUN("policy", "lint", "--as", "boundary", "boundary.json");
    expect(&r, 0, "", "");
}

/* A root owns the resource, whatever appid it is asked under. */
static void who_asks_and_whose_it_is_come_from_the_question(void **state)
{
    (void)state;
    struct run r = RUN("policy", "eval", "--uin", "100000000009/100000000009", "--action",
                       "name/cos:GetObject", "--resource",
                       "qcs::cos:ap-beijing:uid/1251111111:x-1251111111/k");
    expect(&r, 0, "the account owns it", "");
    r = RUN("policy", "eval", "--uin", "anonymous", "--action", "name/cos:GetObject",
            "--resource", RESOURCE("dir/a"));
    expect(&r, 1, "deny: anonymous may not", "");
}

/* The user's own policies, and the bucket's, count besides the files. */
static void a_world_lends_its_users_and_buckets(void **state)
{
    static const char world[] =
        "accounts:\n  - uin: '1'\n    appid: '1250000000'\n    users:\n"
        "      - {uin: '2', policies: [readers]}\n      - {uin: '3'}\n"
        "policies:\n  readers: '" READER "'\n"
        "buckets:\n  - {name: b-1250000000, region: ap-guangzhou, acl: public-read}\n";
    (void)state;
    assert_int_equal(cos_file_write("world.yaml", COS_SPAN_LIT(world), 0600), 0);
#define ASK(uin, action)                                                             \
    RUN("policy", "eval", "--world", "world.yaml", "--uin", uin, "--action", action, \
        "--resource", RESOURCE("dir/a"))
    struct run r = ASK("2", "name/cos:GetObject");
    expect(&r, 0, "statement 0 of readers (identity)", "");
    r = ASK("3", "name/cos:GetObject");
    expect(&r, 0, "AllUsers", "");
    r = ASK("3", "name/cos:PutObject");
    expect(&r, 1, "deny: uin 3 may not", "");
    r = ASK("4", "name/cos:PutObject");
    expect(&r, 2, "", "world.yaml has no account or user with uin '4'");
#undef ASK
}

static void many_questions_get_as_many_lines(void **state)
{
    static const char lines[] = "{\"action\":\"name/cos:GetObject\",\"resource\":\"" RESOURCE(
        "dir/a") "\"}\n\n"
                 "{\"action\":\"name/cos:GetObject\",\"resource\":\"" RESOURCE(
                     "b") "\","
                          "\"context\":{\"qcs:ip\":\"10.0.0.1\",\"qcs:request_tag\":[\"a&b\","
                          "\"c&d\"]}}\n";
    (void)state;
    assert_int_equal(cos_file_write("asked.jsonl", COS_SPAN_LIT(lines), 0600), 0);
    struct run r = RUN("policy", "eval", "reader.json", "--jsonl", "asked.jsonl");
    struct cos_span rest = cos_buf_view(&r.text);
    struct cos_json *first = parse_json(cos_span_cut(&rest, '\n'));
    struct cos_json *second = parse_json(cos_span_cut(&rest, '\n'));
    assert_string_equal(json_text(first, "verdict"), "allow");
    assert_string_equal(json_text(first, "policy"), "reader.json");
    assert_string_equal(json_text(second, "verdict"), "deny");
    assert_string_equal(json_text(second, "reason"), "implicit_deny");
    assert_int_equal(rest.len, 0);
    cos_json_free(first);
    cos_json_free(second);
    expect(&r, 1, "", "");
}

static void a_question_that_nobody_can_ask_ends_with_2(void **state)
{
    static const char two[] = "{\"action\":\"name/cos:GetObject\",\"resource\":\"*\"}\n"
                              "{\"action\":\"name/cos:GetObjet\",\"resource\":\"*\"}\n";
    static const char broken[] = "{\"version\":\"2.0\",\n \"statement\":[\n  {\"effect\":"
                                 "\"maybe\",\"action\":\"*\",\"resource\":\"*\"}]}";
    (void)state;
    assert_int_equal(cos_file_write("two.jsonl", COS_SPAN_LIT(two), 0600), 0);
    assert_int_equal(cos_file_write("odd.jsonl", COS_SPAN_LIT("{\"principal\":\"x\"}"), 0600),
                     0);
    assert_int_equal(cos_file_write("no.jsonl", COS_SPAN_LIT("\n{\"action\" x}"), 0600), 0);
    assert_int_equal(cos_file_write("broken.json", COS_SPAN_LIT(broken), 0600), 0);
    static const struct {
        const char *argv[12];
        const char *complains;
    } rows[] = {
        {{"reader.json", NULL}, "--jsonl FILE"},
        {{"--action", "name/cos:GetObject", NULL}, "--resource RESOURCE is missing"},
        {{"--action", "x", "--resource", "*", "--jsonl", "-", NULL}, "or --jsonl FILE"},
        {{"--action", "GetObject", "--resource", "*", NULL}, "such as name/cos:GetObject"},
        {{"--action", "name/cos:GetObject", "--resource", "b/k", NULL},
         "qcs::<service>:<region>:uid/<appid>:<path>"},
        {{"--action", "name/cos:GetObject", "--resource", RESOURCE("k"), "--context",
          "cos:prefx=a", NULL},
         "cos:prefx=a"},
        {{"--uin", "alice", "--action", "name/cos:GetObject", "--resource", "*", NULL},
         "OWNER/UIN"},
        {{"--uin", "anonymous", "--session", "reader.json", "--action", "name/cos:GetObject",
          "--resource", "*", NULL},
         "'anonymous' has none"},
        {{"nosuch.json", "--action", "name/cos:GetObject", "--resource", "*", NULL},
         "nosuch.json: No such file"},
        {{"broken.json", "--action", "name/cos:GetObject", "--resource", "*", NULL},
         "broken.json:3:4: statement 0: 'effect' must be"},
        {{"--jsonl", "two.jsonl", NULL}, "two.jsonl:2:1: no known action is called"},
        {{"--jsonl", "odd.jsonl", NULL}, "odd.jsonl:1:1: a question has action"},
        {{"--jsonl", "no.jsonl", NULL}, "no.jsonl:2:1"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct words w = {.argv = {"cosmock", "policy", "eval"}, .n = 3};
        for (size_t k = 0; rows[i].argv[k] != NULL; k++) {
            word(&w, rows[i].argv[k]);
        }
        struct run r = run_program(program, w.argv);
        expect(&r, 2, "", rows[i].complains);
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_the_documents_is_answered_as_they_say),
        cmocka_unit_test(an_answer_names_the_statement_that_decides),
        cmocka_unit_test(a_boundary_gives_at_most),
        cmocka_unit_test(who_asks_and_whose_it_is_come_from_the_question),
        cmocka_unit_test(a_world_lends_its_users_and_buckets),
        cmocka_unit_test(many_questions_get_as_many_lines),
        cmocka_unit_test(a_question_that_nobody_can_ask_ends_with_2),
    };
    if (!program_from(argc, argv) || realpath(argv[1], fixtures) == NULL) {
        return 2;
    }
    return cmocka_run_group_tests(tests, enter, leave);
}
