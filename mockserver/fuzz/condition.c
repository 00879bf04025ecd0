/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: one condition and what a request says of its key. The input is lines: operator,
 * key, what the request says (no such line: nothing), and from there on the condition's values.
 * Whatever comes in:
 *     a policy with it is refused with a sentence, or judged;
 *     it holds or it does not: an allow under it and a deny under it beside an allow without
 *     are never both obeyed, and never both passed over;
 *     one more value that it may have never makes a negated operator true, nor another false;
 *     "_if_exist" changes nothing where the request has the key, and holds where it has not.
 */
#include "fuzz.h"

#include "cam/cam.h"

#include "cosbase/span.h"

#include <string.h>

enum { VALUES_MAX = 16 };
#define ACTION "name/cos:PutObject"
#define OWNER "100000000001"
#define APPID "1250000000"

struct condition {
    struct cos_span operator_name, key;
    const char *suffix; /* of the operator: "" or "_if_exist" */
    struct cos_span values[VALUES_MAX];
    size_t n_values;
};
/* What the request says of every key. */
struct said {
    struct cos_span value; /* ptr NULL: nothing */
};

static void find(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct said *said = ctx;
    (void)key;
    *out = (struct cam_values){.one = said->value, .n = said->value.ptr == NULL ? 0 : 1};
}

/* Bytes below a space escaped; other bytes as they are, UTF-8 or not. */
static void put_text(struct cos_buf *b, struct cos_span text)
{
    cos_buf_ch(b, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            cos_buf_ch(b, '\\');
        }
        if (c < ' ') {
            cos_buf_printf(b, "\\u%04x", c);
        } else {
            cos_buf_ch(b, (char)c);
        }
    }
    cos_buf_ch(b, '"');
}

static void put_statement(struct cos_buf *b, const char *effect, const struct condition *c)
{
    cos_buf_printf(b, "{\"effect\":\"%s\",\"action\":\"*\",\"resource\":\"*\"", effect);
    if (c != NULL) {
        cos_buf_str(b, ",\"condition\":{\"");
        cos_buf_span(b, c->operator_name);
        cos_buf_printf(b, "%s\":{", c->suffix);
        put_text(b, c->key);
        cos_buf_str(b, ":[");
        for (size_t i = 0; i < c->n_values; i++) {
            cos_buf_str(b, i == 0 ? "" : ",");
            put_text(b, c->values[i]);
        }
        cos_buf_str(b, "]}}");
    }
    cos_buf_ch(b, '}');
}

/* A policy that allows under @c, or denies under it what it allows anyway. NULL: refused. */
static struct cam_policy *read_policy(const struct condition *c, bool is_deny)
{
    struct cos_buf text;
    struct cam_policy *p = NULL;
    struct cos_text_error err = {0};
    cos_buf_init(&text, 1u << 20);
    cos_buf_str(&text, "{\"version\":\"2.0\",\"statement\":[");
    put_statement(&text, is_deny ? "deny" : "allow", c);
    if (is_deny) {
        cos_buf_ch(&text, ',');
        put_statement(&text, "allow", NULL);
    }
    cos_buf_str(&text, "]}");
    require(!text.failed);
    int got = cam_policy_parse(&p, cos_buf_view(&text), CAM_IDENTITY, "fuzzed", &err);
    require(got == 0 || err.message[0] != '\0');
    cos_buf_deinit(&text);
    return p;
}

static bool is_allowed(struct cam_policy *p, const struct said *said)
{
    const struct cam_principal who = {.kind = CAM_USER,
                                      .uin = "100000000011",
                                      .owner_uin = OWNER,
                                      .appid = APPID,
                                      .policies = &p,
                                      .n_policies = 1};
    struct said asked = *said;
    const struct cam_question q = {.who = &who,
                                   .action = COS_SPAN_LIT(ACTION),
                                   .resource = COS_SPAN_LIT("qcs::cos:ap-guangzhou:uid/" APPID
                                                            ":b-" APPID "/d/x"),
                                   .owner_uin = OWNER,
                                   .owner_appid = APPID,
                                   .context = {.find = find, .ctx = &asked}};
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 20);
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    return v.allowed;
}

enum holds { REFUSED, HOLDS, FAILS };

static enum holds judge(const struct condition *c, const struct said *said)
{
    struct cam_policy *allow = read_policy(c, false);
    struct cam_policy *deny = read_policy(c, true);
    enum holds answer = REFUSED;
    require((allow == NULL) == (deny == NULL));
    if (allow != NULL) {
        answer = is_allowed(allow, said) ? HOLDS : FAILS;
        require(is_allowed(deny, said) == (answer == FAILS));
    }
    cam_policy_unref(allow);
    cam_policy_unref(deny);
    return answer;
}

static void check_fewer_values(struct condition c, const struct said *said, enum holds all)
{
    bool is_negated = cos_span_find(c.operator_name, COS_SPAN_LIT("_not_")) != SIZE_MAX;
    c.n_values--;
    enum holds fewer = judge(&c, said);
    require(fewer != REFUSED);
    require(is_negated ? !(all == HOLDS && fewer == FAILS) : !(all == FAILS && fewer == HOLDS));
}

static bool is_about_absence(const struct condition *c)
{
    return cos_span_find(c->operator_name, COS_SPAN_LIT("null_equal")) != SIZE_MAX ||
           cos_span_find(c->operator_name, COS_SPAN_LIT("_if_exist")) != SIZE_MAX;
}

static void check(struct condition *c, const struct said *said)
{
    const struct said nothing = {{NULL, 0}};
    enum holds answer = judge(c, said);
    if (answer == REFUSED) {
        return;
    }
    if (c->n_values > 1 && !is_about_absence(c)) {
        check_fewer_values(*c, said, answer);
    }
    c->suffix = "_if_exist";
    enum holds if_exist = judge(c, said);
    if (if_exist == REFUSED || is_about_absence(c)) {
        return;
    }
    require(answer == FAILS || if_exist == HOLDS);
    /* qcs:uin and its kin are the principal's, whatever a request says */
    require(!cos_span_starts(c->key, COS_SPAN_LIT("cos:")) || judge(c, &nothing) == HOLDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct cos_span rest = cos_span_make(bytes, n);
    struct condition c = {.suffix = ""};
    c.operator_name = cos_span_cut(&rest, '\n');
    for (size_t i = 0; i < c.operator_name.len; i++) {
        if ((unsigned char)c.operator_name.ptr[i] < ' ' ||
            strchr("\"\\", c.operator_name.ptr[i]) != NULL) {
            return 0; /* it stands in the text as it is */
        }
    }
    c.key = cos_span_cut(&rest, '\n');
    struct said said = {cos_span_cut(&rest, '\n')};
    while (rest.ptr != NULL && c.n_values < VALUES_MAX) {
        c.values[c.n_values++] = cos_span_cut(&rest, '\n');
    }
    check(&c, &said);
    return 0;
}
