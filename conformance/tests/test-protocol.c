/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol's table: it notices what is wrong in a line and says so, the page for authors of
 * drivers tells the same, and every line of that page's example is right. argv: PROTOCOL.md.
 */
#include "protocol.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "cosbase/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *page;

static struct cos_json *parsed(struct cos_span text)
{
    struct cos_json *root = NULL;
    struct cos_text_error err;
    if (cos_json_parse(&root, text, &COS_JSON_LIMITS_DEFAULT, &err) < 0) {
        fail_msg("no JSON (column %u: %s): " COS_SPAN_FMT, err.column, err.message,
                 COS_SPAN_ARG(text));
    }
    return root;
}

/* ---- lines ---- */

#define HELLO "{\"op\":\"hello\",\"protocol\":1}"
#define HELLO_OK                                                                \
    "\"ok\":true,\"protocol\":1,\"driver\":{\"name\":\"d\",\"version\":\"1\"}," \
    "\"subject\":{\"name\":\"s\",\"version\":\"1\"},\"schemes\":[\"cosn\"],\"clock\":\"real\""

/* The sentence about a reply; NULL: it is right. */
static const struct {
    const char *name, *request, *reply, *why;
} lines[] = {
    {"an empty reply to ping", "{\"op\":\"ping\"}", "{\"id\":1,\"ok\":true}", NULL},
    {"members nobody knows", "{\"op\":\"ping\"}", "{\"ok\":true,\"x\":{\"y\":[1]}}", NULL},
    {"no ok", "{\"op\":\"ping\"}", "{\"id\":1}", "the reply to 'ping': 'ok' is missing"},
    {"ok as text", "{\"op\":\"ping\"}", "{\"ok\":\"true\"}",
     "the reply to 'ping': 'ok' should be true or false, not \"true\""},
    {"a failure without err", "{\"op\":\"ping\"}", "{\"ok\":false}",
     "the reply to 'ping': 'err' should be an object"},
    {"a class of its own", "{\"op\":\"ping\"}", "{\"ok\":false,\"err\":{\"class\":\"OOPS\"}}",
     "the reply to 'ping': 'class' should be a class of PROTOCOL.md, not \"OOPS\""},
    {"a class that ping has no use for", "{\"op\":\"ping\"}",
     "{\"ok\":false,\"err\":{\"class\":\"NOT_FOUND\"}}",
     "the reply to 'ping': 'class' should be one this operation may answer, not \"NOT_FOUND\""},
    {"a class that any may answer", "{\"op\":\"ping\"}",
     "{\"ok\":false,\"err\":{\"class\":\"UNSUPPORTED\"}}", NULL},
    {"a class of requests", "{\"op\":\"exists\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":false,\"err\":{\"class\":\"THROTTLED\"}}", NULL},
    {"exists that is not found", "{\"op\":\"exists\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":false,\"err\":{\"class\":\"NOT_FOUND\"}}",
     "the reply to 'exists': 'class' should be one this operation may answer, not "
     "\"NOT_FOUND\""},
    {"an operation nobody has", "{\"op\":\"dance\"}",
     "{\"ok\":false,\"err\":{\"class\":\"UNSUPPORTED\"}}", NULL},
    {"hello", HELLO, "{" HELLO_OK ",\"capabilities\":[\"fs\"]}", NULL},
    {"hello without capabilities", HELLO, "{" HELLO_OK "}",
     "the reply to 'hello': 'capabilities' is missing"},
    {"a capability nobody has", HELLO, "{" HELLO_OK ",\"capabilities\":[\"fly\"]}",
     "the reply to 'hello': 'capabilities' should be one of fs|fs.streams|token.obtain|"
     "token.apply|refresh|config.yaml|config.providers|clock.virtual|clock.jump|err.typed|log."
     "levels|"
     "load.tree, not \"fly\""},
    {"a language that lacks reading", HELLO,
     "{" HELLO_OK ",\"capabilities\":[],\"lacks\":[\"read\"]}",
     "the reply to 'hello': 'lacks' should be one of append|out_free|env|abi, not \"read\""},
    {"a handle as text", "{\"op\":\"open\",\"uri\":\"cosn://b/\"}",
     "{\"ok\":true,\"fs\":\"1\"}", "the reply to 'open': 'fs' should be an integer, not \"1\""},
    {"a status", "{\"op\":\"stat\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":true,\"path\":\"/a\",\"is_dir\":false,\"len\":1,\"mtime_ms\":0}", NULL},
    {"a status without length", "{\"op\":\"stat\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":true,\"path\":\"/a\",\"is_dir\":false,\"mtime_ms\":0}",
     "the reply to 'stat': 'len' is missing"},
    {"a short struct", "{\"op\":\"stat\",\"fs\":1,\"path\":\"a\",\"struct_size\":8}",
     "{\"ok\":true,\"clean\":true}", NULL},
    {"a list", "{\"op\":\"list\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":true,\"count\":0,\"entries\":[]}", NULL},
    {"a long list", "{\"op\":\"list\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":true,\"count\":1001,\"sha256_of_sorted_paths\":\"00\"}", NULL},
    {"a list of names", "{\"op\":\"list\",\"fs\":1,\"path\":\"a\"}",
     "{\"ok\":true,\"count\":1,\"entries\":[\"a\"]}",
     "the reply to 'list': 'entries' should be an object, not \"a\""},
    {"a token for ever", "{\"op\":\"get_token\",\"fs\":1}",
     "{\"ok\":true,\"scheme\":\"cosn\",\"token\":{\"b64\":\"\"},\"valid_until_ms\":null}",
     NULL},
    {"one reply for two", "{\"op\":\"parallel\",\"ops\":[{\"op\":\"ping\"},{\"op\":\"ping\"}]}",
     "{\"ok\":true,\"replies\":[{\"ok\":true}]}",
     "the reply to 'parallel': 1 replies for 2 ops"},
    {"a wrong one of two",
     "{\"op\":\"parallel\",\"ops\":[{\"op\":\"ping\"},{\"op\":\"stat\",\"fs\":1,\"path\":\"\"}]"
     "}",
     "{\"ok\":true,\"replies\":[{\"ok\":true},{\"ok\":true}]}",
     "the reply to 'stat': 'path' is missing"},
};

static void a_wrong_reply_is_told_with_its_member(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(lines); i++) {
        struct cos_json *request = parsed(cos_span_of(lines[i].request));
        struct cos_json *reply = parsed(cos_span_of(lines[i].reply));
        char why[512] = "";
        print_message("# %s\n", lines[i].name);
        bool is_fine = protocol_check_reply(request, reply, why);
        assert_string_equal(why, lines[i].why != NULL ? lines[i].why : "");
        assert_int_equal(is_fine, lines[i].why == NULL);
        (void)cos_json_free(request);
        (void)cos_json_free(reply);
    }
}

static void a_request_of_ours_is_held_to_the_table_too(void **state)
{
    struct cos_json *wrong = parsed(COS_SPAN_LIT("{\"op\":\"rename\",\"fs\":1,\"src\":\"a\"}"));
    struct cos_json *unknown = parsed(COS_SPAN_LIT("{\"op\":\"dance\"}"));
    char why[512] = "";
    assert_false(protocol_check_request(wrong, why));
    assert_string_equal(why, "the request 'rename': 'dst' is missing");
    assert_false(protocol_check_request(unknown, why));
    assert_string_equal(
        why, "the request 'dance': 'op' should be an operation of PROTOCOL.md, not \"dance\"");
    (void)cos_json_free(wrong);
    (void)cos_json_free(unknown);
}

/* ---- the page ---- */

/* The line of the page that begins with "| `@name` |"; empty when there is none. */
static struct cos_span row_of(const char *name)
{
    char start[80];
    (void)snprintf(start, sizeof(start), "\n| `%s` |", name);
    const char *at = strstr(page, start);
    if (at == NULL) {
        return COS_SPAN_EMPTY;
    }
    return cos_span_make(at + 1, strcspn(at + 1, "\n"));
}

/* `member`, `member?`, `member[]`, `member{...}` and what of these may stand together. */
static void check_named(struct cos_span row, const char *op, const char *member)
{
    char start[80];
    (void)snprintf(start, sizeof(start), "`%s", member);
    struct cos_span rest = row;
    size_t at;
    while ((at = cos_span_find(rest, cos_span_of(start))) != SIZE_MAX) {
        rest = cos_span_from(rest, at + strlen(start));
        if (rest.len > 0 && strchr("`?[{", rest.ptr[0]) != NULL) {
            return;
        }
    }
    fail_msg("PROTOCOL.md: the row of '%s' does not name '%s'", op, member);
}

static void every_operation_and_member_stands_on_the_page(void **state)
{
    for (const struct protocol_op *op = protocol_ops; op->name != NULL; op++) {
        struct cos_span row = row_of(op->name);
        if (row.len == 0) {
            fail_msg("PROTOCOL.md has no row for '%s'", op->name);
        }
        const struct protocol_member *const parts[] = {op->request, op->reply, op->reply_or};
        for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
            for (const struct protocol_member *m = parts[i]; m != NULL && m->name != NULL;
                 m++) {
                check_named(row, op->name, m->name);
            }
        }
        char heading[80];
        (void)snprintf(heading, sizeof(heading), "\n## %s\n", op->section);
        assert_non_null(strstr(page, heading));
    }
}

static void add_word(struct cos_buf *b, const char *word, const char *quote)
{
    cos_buf_printf(b, "%s%s%s%s", b->len > 0 ? ", " : "", quote, word, quote);
}

/* Who may answer @class_name, in the words of the page. */
static void say_who(struct cos_buf *b, const char *class_name)
{
    if (protocol_has_word(protocol_any_classes, class_name)) {
        add_word(b, "any", "");
        return;
    }
    for (const struct protocol_op *op = protocol_ops; op->name != NULL; op++) {
        if (protocol_has_word(op->classes + (op->classes[0] == '+' ? 1 : 0), class_name)) {
            add_word(b, op->name, "`");
        }
    }
    if (protocol_has_word(protocol_request_classes, class_name)) {
        add_word(b, "requests", "");
    }
}

static void the_page_says_of_each_class_what_it_means_and_who_answers_it(void **state)
{
    for (const struct protocol_class *c = protocol_classes; c->name != NULL; c++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf who, row;
        cos_buf_init(&who, 4096);
        cos_buf_init(&row, 8192);
        say_who(&who, c->name);
        cos_buf_printf(&row, "| `%s` | %s | %s |", c->name, c->meaning, cos_buf_cstr(&who));
        if (!cos_span_eq(row_of(c->name), cos_buf_view(&row))) {
            fail_msg("PROTOCOL.md should have the row\n%s", cos_buf_cstr(&row));
        }
    }
}

static void the_page_names_what_sends_requests(void **state)
{
    const char *list = strstr(page, "\n\"Requests\" are");
    assert_non_null(list);
    struct cos_span sentence = cos_span_make(list, (size_t)(strstr(list, "`.") + 1 - list));
    for (const struct protocol_op *op = protocol_ops; op->name != NULL; op++) {
        char quoted[80];
        (void)snprintf(quoted, sizeof(quoted), "`%s`", op->name);
        bool is_named = cos_span_find(sentence, cos_span_of(quoted)) != SIZE_MAX;
        if (is_named != (op->classes[0] == '+')) {
            fail_msg("PROTOCOL.md, \"Requests\": '%s'", op->name);
        }
    }
}

static void every_word_of_a_closed_list_has_its_row(void **state)
{
    const char *const lists[] = {protocol_capabilities, protocol_lacks};
    for (size_t i = 0; i < COS_ARRAY_LEN(lists); i++) {
        struct cos_span rest = cos_span_of(lists[i]);
        while (rest.ptr != NULL) {
            struct cos_span word = cos_span_cut(&rest, '|');
            char name[80];
            (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(word));
            if (row_of(name).len == 0) {
                fail_msg("PROTOCOL.md has no row for '%s'", name);
            }
        }
    }
}

/* "    > {...}" and the "    < {...}" behind it. */
static void every_line_of_the_example_is_right(void **state)
{
    struct cos_span rest = cos_span_of(page);
    struct cos_json *request = NULL;
    size_t n_replies = 0;
    while (rest.len > 0) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        char why[512] = "";
        if (cos_span_starts(line, COS_SPAN_LIT("    > {"))) {
            request = cos_json_free(request);
            request = parsed(cos_span_from(line, 6));
            if (!protocol_check_request(request, why)) {
                fail_msg("%s", why);
            }
        } else if (cos_span_starts(line, COS_SPAN_LIT("    < {"))) {
            struct cos_json *reply = parsed(cos_span_from(line, 6));
            int64_t asked = -1, answered = -2;
            assert_non_null(request);
            if (!protocol_check_reply(request, reply, why)) {
                fail_msg("%s", why);
            }
            assert_true(cos_json_i64(cos_json_get(request, "id"), &asked));
            assert_true(cos_json_i64(cos_json_get(reply, "id"), &answered));
            assert_int_equal(asked, answered);
            (void)cos_json_free(reply);
            n_replies++;
        }
    }
    (void)cos_json_free(request);
    assert_true(n_replies >= 10);
}

/* ---- the schema ---- */

static void the_schema_defines_each_request_and_reply(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct cos_jw w;
    cos_buf_init(&b, 1 << 20);
    cos_jw_init(&w, &b);
    protocol_schema(&w);
    struct cos_json *root = parsed(cos_buf_view(&b));
    const struct cos_json *definitions = cos_json_get(root, "$defs");
    for (const struct protocol_op *op = protocol_ops; op->name != NULL; op++) {
        char name[80];
        (void)snprintf(name, sizeof(name), "%s.request", op->name);
        assert_non_null(cos_json_get(definitions, name));
        (void)snprintf(name, sizeof(name), "%s.reply", op->name);
        assert_non_null(cos_json_get(definitions, name));
    }
    (void)cos_json_free(root);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_reply_is_told_with_its_member),
        cmocka_unit_test(a_request_of_ours_is_held_to_the_table_too),
        cmocka_unit_test(every_operation_and_member_stands_on_the_page),
        cmocka_unit_test(the_page_says_of_each_class_what_it_means_and_who_answers_it),
        cmocka_unit_test(the_page_names_what_sends_requests),
        cmocka_unit_test(every_word_of_a_closed_list_has_its_row),
        cmocka_unit_test(every_line_of_the_example_is_right),
        cmocka_unit_test(the_schema_defines_each_request_and_reply),
    };
    struct cos_buf b;
    cos_buf_init(&b, 1 << 20);
    if (argc != 2 || cos_file_read(&b, argv[1]) < 0) {
        return 2;
    }
    page = cos_buf_take(&b);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)cos_free(page);
    return failed;
}
