/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes of one MiB that cost a reader more than their length: each is refused by the bound it
 * breaks, or read. Nothing here is timed as a test; ci/bench runs this program with --time,
 * which prints what each shape takes and the worst of all (docs/internals/bounds.md).
 */
#include "cam/match.h"
#include "cosbase/clock.h"
#include "cosbase/json.h"
#include "cosbase/rng.h"
#include "cosbase/xml.h"
#include "cosbase/yaml.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SHAPE_BYTES (1u << 20)

enum format { XML, JSON, YAML, POLICY };
static const char *const format_names[] = {"XML", "JSON", "YAML", "policy"};

/* @head, then @each until the MiB is full, with every @ replaced by a number that grows, then
 * @tail. */
static const struct shape {
    enum format format;
    const char *name, *head, *each, *tail;
    /* part of the message; NULL: the text is read */
    const char *refused;
} shapes[] = {
    {XML, "attributes of one element", "<a ", "a@='' ", "/>", "more than 64 attributes"},
    {XML, "one attribute again and again", "<a ", "a='' ", "/>", "more than 64 attributes"},
    {XML, "namespaces of one element", "<a ", "xmlns:a@='u' ", "/>", "more than 64 attributes"},
    {XML, "namespaces and their use", "<a ", "xmlns:p@='u@' p@:a='' ", "/>",
     "more than 64 attributes"},
    {XML, "a namespace per element", "<a>", "<b xmlns:p='@'/>", "</a>",
     "more than 512 namespaces"},
    {XML, "a default namespace per element", "<a>", "<b xmlns='@'/>", "</a>",
     "more than 512 namespaces"},
    {XML, "elements", "<a>", "<a/>", "</a>", "too many elements"},
    {XML, "elements of different names", "<a>", "<a@></a@>", "</a>", "too many elements"},
    {XML, "elements of an unknown prefix", "<a>", "<a@:b>xxxxxxxx</a@:b>", "</a>", NULL},
    {XML, "elements with attributes", "<a>", "<a b='' c=''/>", "</a>", "too many elements"},
    {XML, "nested elements", "", "<aaaaaaaaaaaaaaaaaaaaaaaaaaa>", "", "nested too deeply"},
    {XML, "comments", "<a>", "<!---->", "</a>", "too many elements"},
    {XML, "dashes in a comment", "<a><!--", "--a", "--></a>", "--"},
    {XML, "empty sections", "<a>", "<![CDATA[]]>", "</a>", "too many elements"},
    {XML, "instructions", "<a>", "<?xmla?>", "</a>", "too many elements"},
    {XML, "a stray < at every other byte", "<a>", "a<", "</a>", "attribute"},
    {XML, "a stray & at every byte", "<a>", "&", "</a>", "EntityRef"},
    {XML, "entities", "<a>", "&amp;", "</a>", NULL},
    {XML, "unknown entities", "<a>", "&a;", "</a>", "not defined"},
    {XML, "references in an attribute", "<a b='", "&#x26;", "'/>", NULL},
    {XML, "one name", "<", "a", "/>", "too long"},
    {XML, "bytes that are not UTF-8", "<a>", "\xff", "</a>", "UTF-8"},
    {XML, "a DOCTYPE of entities", "<!DOCTYPE a [", "<!ENTITY a@ 'x'>", "]><a/>", "DOCTYPE"},
    {XML, "attributes behind UTF-7", "<?xml version='1.0' encoding='UTF-7'?><a ", "a@='' ",
     "/>", "'UTF-7' is not accepted"},
    {JSON, "arrays in arrays", "", "[", "", "too deeply"},
    {JSON, "objects in objects", "", "{\"a\":", "", "too deeply"},
    {JSON, "numbers", "[1", ",1", "]", "too many values"},
    {JSON, "numbers of 60 digits", "[1",
     ",123456789012345678901234567890123456789012345678901234567890", "]", NULL},
    {JSON, "numbers near the smallest", "[1", ",2.2250738585072011e-308", "]", NULL},
    {JSON, "one name again and again", "{\"a\":1", ",\"a\":2345", "}", "too many values"},
    {JSON, "one name, twelve bytes a member", "{\"a\":1", ",\"a\":234567", "}",
     "appears twice"},
    {JSON, "names", "{\"a\":1", ",\"b@\":1", "}", NULL},
    {JSON, "escapes", "\"", "\\u00e9", "\"", NULL},
    {JSON, "four-byte characters", "\"", "\xf0\x9f\x98\x80", "\"", NULL},
    {JSON, "blanks", "", "\n", "1", NULL},
    {YAML, "TAG directives", "", "%TAG !a@! x\n", "--- x\n", "%TAG"},
    {YAML, "TAG directives of a second document", "x\n...\n", "%TAG !a@! x\n", "--- x\n",
     "%TAG"},
    {YAML, "anchors", "", "a@: &a@ x\n", "", "anchors"},
    {YAML, "aliases", "", "- *a\n", "", "aliases"},
    {YAML, "lists in lists", "", "[", "", "too deeply"},
    {YAML, "keys", "", "a@: 1\n", "", "too many values"},
    {YAML, "keys without values", "", "a@:      \n", "", NULL},
    {YAML, "one key again and again", "", "a: 23456789\n", "", "appears twice"},
    {YAML, "documents", "", "---\n", "", "one document"},
    {YAML, "lines of a block", "a: |\n", " x\n", "", NULL},
    {YAML, "breaks in quotes", "a: \"", "\\\n", "\"", NULL},
    {YAML, "blanks", "", "\n", "", NULL},
    {POLICY, "statements", "{\"version\":\"2.0\",\"statement\":[", "{\"effect\":\"allow\"},",
     "", "too long"},
};

static void print_piece(struct cos_buf *b, const char *piece, unsigned n)
{
    for (; *piece != '\0'; piece++) {
        if (*piece == '@') {
            cos_buf_printf(b, "%u", n);
        } else {
            cos_buf_ch(b, *piece);
        }
    }
}

static struct cos_span shape_text(struct cos_buf *b, const struct shape *s)
{
    cos_buf_init(b, SHAPE_BYTES + 4096);
    print_piece(b, s->head, 0);
    for (unsigned n = 0; b->len + 64 < SHAPE_BYTES; n++) {
        print_piece(b, s->each, n);
    }
    print_piece(b, s->tail, 0);
    return cos_buf_view(b);
}

static int read_text(enum format format, struct cos_span text, struct cos_text_error *err)
{
    struct cos_xml *xml = NULL;
    struct cos_json *json = NULL;
    struct cos_yaml *yaml = NULL;
    struct cam_policy *policy = NULL;
    int r = 0;

    switch (format) {
    case XML:
        r = cos_xml_parse(&xml, text, NULL, err);
        break;
    case JSON:
        r = cos_json_parse(&json, text, NULL, err);
        break;
    case YAML:
        r = cos_yaml_parse(&yaml, text, NULL, err);
        break;
    case POLICY:
        r = cam_policy_parse(&policy, text, CAM_SESSION, "", err);
        break;
    }
    (void)cos_xml_free(xml);
    (void)cos_json_free(json);
    (void)cos_yaml_free(yaml);
    (void)cam_policy_unref(policy);
    return r;
}

static void every_shape_is_refused_by_its_bound_or_read(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(shapes); i++) {
        const struct shape *s = &shapes[i];
        struct cos_text_error err = {0};
        struct cos_buf text;
        int r = read_text(s->format, shape_text(&text, s), &err);
        bool as_wanted =
            s->refused == NULL ? r == 0 : r < 0 && strstr(err.message, s->refused) != NULL;

        cos_buf_deinit(&text);
        if (!as_wanted) {
            fail_msg("%s, %s: '%s'", format_names[s->format], s->name,
                     r < 0 ? err.message : "read");
        }
    }
}

/* The plain definition, exponential as it is: on short texts only. */
static bool glob_by_definition(const char *pattern, const char *text)
{
    if (*pattern == '\0') {
        return *text == '\0';
    }
    if (*pattern != '*') {
        return *pattern == *text && glob_by_definition(pattern + 1, text + 1);
    }
    return glob_by_definition(pattern + 1, text) ||
           (*text != '\0' && glob_by_definition(pattern, text + 1));
}

static void print_in_base(char *out, unsigned n, unsigned base, const char *digits)
{
    for (; n > 0; n /= base) {
        *out++ = digits[n % base];
    }
    *out = '\0';
}

static void globs_are_what_their_definition_says(void **state)
{
    for (unsigned p = 0; p < 4 * 4 * 4 * 4 * 4 * 4; p++) {
        char pattern[16];
        print_in_base(pattern, p, 4, "*ab*");
        for (unsigned t = 0; t < 3 * 3 * 3 * 3 * 3; t++) {
            char text[16];
            print_in_base(text, t, 3, "aba");
            if (cam_glob(cos_span_of(pattern), cos_span_of(text)) !=
                glob_by_definition(pattern, text)) {
                fail_msg("'%s' on '%s'", pattern, text);
            }
        }
    }
}

/* Where the same text is searched again and again, an index of it is asked. */
static void an_index_finds_what_a_search_finds(void **state)
{
    static const char *const letters[] = {"ab", "abc/"};
    struct cos_rng *rng = cos_rng_new(20);
    for (unsigned round = 0; round < 300; round++) {
        char bytes[700];
        const char *some = letters[round % 2];
        size_t n = cos_rng_below(rng, sizeof(bytes));
        cos_rng_text(rng, bytes, n, some);
        struct cam_text text = {cos_span_make(bytes, n), .may_index = true};
        for (unsigned i = 0; i < 200; i++) {
            char pattern[24];
            char stars[8];
            size_t len = 1 + cos_rng_below(rng, sizeof(pattern) - 1);
            (void)snprintf(stars, sizeof(stars), "%s*", some);
            cos_rng_text(rng, pattern, len, stars);
            struct cos_span p = cos_span_make(pattern, len);
            if (cam_glob_in(&text, p) != cam_glob(p, text.text)) {
                fail_msg("'%.*s' on '%.*s'", (int)len, pattern, (int)n, bytes);
            }
        }
        cam_text_deinit(&text);
    }
    cos_rng_free(rng);
}

/* --- --time --- */

/* Session policies of the largest size that STS takes (6144 characters), whose patterns or
 * values nearly fit: @head, @each with commas between, @tail. */
#define ALLOW_ALL "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
#define LIKE_HEAD \
    ALLOW_ALL "\"resource\":\"*\",\"condition\":{\"string_like\":{\"cos:prefix\":["
#define EQUAL_HEAD \
    ALLOW_ALL "\"resource\":\"*\",\"condition\":{\"string_equal\":{\"cos:prefix\":["
#define A105                                                    \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const struct policy_shape {
    const char *name, *head, *each, *tail;
} policy_shapes[] = {
    {"resources, long", ALLOW_ALL "\"resource\":[", "\"qcs::cos:::*" A105 "b*\"", "]}]}"},
    {"resources, short", ALLOW_ALL "\"resource\":[", "\"qcs::cos:::*aab*\"", "]}]}"},
    {"resources of folders", ALLOW_ALL "\"resource\":[", "\"qcs::cos:::b-1/d@/*\"", "]}]}"},
    {"string_like, one byte", LIKE_HEAD, "\"*z*\"", "]}}}]}"},
    {"string_like, three bytes", LIKE_HEAD, "\"*aab*\"", "]}}}]}"},
    {"string_like, seven bytes", LIKE_HEAD, "\"*aaaaaab*\"", "]}}}]}"},
    {"string_like, long", LIKE_HEAD, "\"*" A105 "b*\"", "]}}}]}"},
    {"string_like, many stars", LIKE_HEAD, "\"*a*a*a*a*a*a*a*a*b*\"", "]}}}]}"},
    {"string_equal", EQUAL_HEAD, "\"aa@\"", "]}}}]}"},
    {"actions", "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[",
     "\"cos:*t@*\"", "],\"resource\":\"*\"}]}"},
};

static struct cam_policy *shaped_policy(const struct policy_shape *s)
{
    struct cos_buf text;
    cos_buf_init(&text, 1u << 16);
    cos_buf_str(&text, s->head);
    for (unsigned n = 0; text.len + strlen(s->each) + strlen(s->tail) < 6140; n++) {
        cos_buf_str(&text, n == 0 ? "" : ",");
        print_piece(&text, s->each, 100 + n);
    }
    cos_buf_str(&text, s->tail);
    struct cam_policy *policy = NULL;
    struct cos_text_error err = {0};
    if (cam_policy_parse(&policy, cos_buf_view(&text), CAM_SESSION, "", &err) < 0) {
        fail_msg("%s: %s", s->name, err.message);
    }
    cos_buf_deinit(&text);
    return policy;
}

static void say_prefix(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    *out = (struct cam_values){.one = cos_span_of(ctx), .n = 1};
}

/* Of one question about a key, or a prefix, of @n bytes: a hundred b, then a. */
static double us_of_question(const struct policy_shape *s, size_t n)
{
    char text[2000];
    memset(text, 'a', n);
    memset(text, 'b', 100);
    text[n] = '\0';
    struct cam_principal who = {.kind = CAM_FEDERATED,
                                .uin = "1",
                                .owner_uin = "2",
                                .appid = "3"};
    struct cam_policy *policy = shaped_policy(s);
    who.session = policy;
    char resource[2100];
    (void)snprintf(resource, sizeof(resource), "qcs::cos:r:uid/3:%s", text);
    struct cam_question q = {.who = &who,
                             .action = COS_SPAN_LIT("name/cos:GetBucket"),
                             .resource = cos_span_of(resource),
                             .owner_uin = "2",
                             .owner_appid = "3",
                             .context = {.find = say_prefix, .ctx = text}};
    int64_t best_ns = INT64_MAX;
    for (unsigned round = 0; round < 20; round++) {
        int64_t start_ns = cos_system_mono_ns();
        for (int i = 0; i < 50; i++) {
            struct cos_arena arena;
            cos_arena_init(&arena, 1u << 20);
            struct cam_verdict verdict;
            cam_eval(&arena, &verdict, &q);
            cos_arena_deinit(&arena);
        }
        int64_t ns = (cos_system_mono_ns() - start_ns) / 50;
        best_ns = ns < best_ns ? ns : best_ns;
    }
    (void)cam_policy_unref(policy);
    return (double)best_ns / 1e3;
}

/* The largest key has 850 bytes; of a text twice as long the question takes so much longer. */
static void print_policy_times(void)
{
    double worst_us = 0;
    double worst_ratio = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(policy_shapes); i++) {
        const struct policy_shape *s = &policy_shapes[i];
        double us = us_of_question(s, 850);
        double ratio = us_of_question(s, 1700) / us;
        worst_us = us > worst_us ? us : worst_us;
        worst_ratio = ratio > worst_ratio ? ratio : worst_ratio;
        printf("policy  %-40s %6.1f us, of twice the text %.1f times that\n", s->name, us,
               ratio);
    }
    printf("question %.1f us\ngrowth %.2f\n", worst_us, worst_ratio);
}

static double time_of_shape(const struct shape *s)
{
    struct cos_buf b;
    struct cos_span text = shape_text(&b, s);
    int64_t start_ns = cos_system_mono_ns();
    struct cos_text_error err = {0};

    (void)read_text(s->format, text, &err);
    double ms = (double)(cos_system_mono_ns() - start_ns) / 1e6;
    cos_buf_deinit(&b);
    return ms;
}

static int print_times(void)
{
    double worst_ms = 0;

    for (size_t i = 0; i < COS_ARRAY_LEN(shapes); i++) {
        double ms = time_of_shape(&shapes[i]);

        worst_ms = ms > worst_ms ? ms : worst_ms;
        printf("%-7s %-40s %6.1f ms\n", format_names[shapes[i].format], shapes[i].name, ms);
    }
    printf("worst %.1f ms\n", worst_ms);
    print_policy_times();
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_refused_by_its_bound_or_read),
        cmocka_unit_test(globs_are_what_their_definition_says),
        cmocka_unit_test(an_index_finds_what_a_search_finds),
    };

    if (argc > 1 && strcmp(argv[1], "--time") == 0) {
        return print_times();
    }
    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
