/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a fault, one row each. That an amount is negative only of a skew is said where
 * faults are kept (world/faults.c). */
#include "services/fault_words.h"

#include "cosbase/base.h"

#define EXACT_MAX INT64_C(9007199254740991) /* 2^53 - 1: RFC 7493 s.2.2 */

/* KIND(id, word) */
#define KINDS(KIND)                  \
    KIND(REPLY, "reply")             \
    KIND(REPLY_AFTER, "reply-after") \
    KIND(REPLY_200, "reply-200")     \
    KIND(DELAY, "delay")             \
    KIND(RESET, "reset")             \
    KIND(RESET_AFTER, "reset-after") \
    KIND(TRUNCATE, "truncate")       \
    KIND(CORRUPT, "corrupt")         \
    KIND(MALFORMED, "malformed")     \
    KIND(HEADER, "header")           \
    KIND(SKEW, "skew")               \
    KIND(EXTRA, "extra")             \
    KIND(FOREIGN, "foreign")

#define KIND_ROW(id, word) {(word), COSMOCK_FAULT_##id},
static const struct {
    const char *name;
    enum cosmock_fault_kind kind;
} kinds[] = {KINDS(KIND_ROW)};

const char fault_kinds_line[] = "reply, reply-after, reply-200, delay, reset, reset-after, "
                                "truncate, corrupt, malformed, header, skew, extra or foreign";

enum member_id {
    KIND,
    OP,
    SERVICE,
    KEY_GLOB,
    CODE,
    LOCATION,
    HEADER,
    VALUE,
    MESSAGE,
    SKIP,
    TIMES,
    EVERY,
    PERCENT,
    SEED,
    HTTP_STATUS,
    AMOUNT,
    MEMBERS
};
static const struct fault_member members[] = {
    [KIND] = {"kind", FAULT_KIND, 0, 0},
    [OP] = {"op", FAULT_TEXT, 0, 0},
    [SERVICE] = {"service", FAULT_TEXT, 0, 0},
    [KEY_GLOB] = {"key_glob", FAULT_TEXT, 0, 0},
    [CODE] = {"code", FAULT_TEXT, 0, 0},
    [LOCATION] = {"location", FAULT_TEXT, 0, 0},
    [HEADER] = {"header", FAULT_TEXT, 0, 0},
    [VALUE] = {"value", FAULT_TEXT, 0, 0},
    [MESSAGE] = {"message", FAULT_TEXT, 0, 0},
    [SKIP] = {"skip", FAULT_NUMBER, 0, UINT32_MAX},
    [TIMES] = {"times", FAULT_NUMBER, 0, UINT32_MAX},
    [EVERY] = {"every", FAULT_NUMBER, 0, UINT32_MAX},
    [PERCENT] = {"percent", FAULT_NUMBER, 0, 100},
    [SEED] = {"seed", FAULT_NUMBER, 0, EXACT_MAX},
    [HTTP_STATUS] = {"http_status", FAULT_NUMBER, 200, 599},
    [AMOUNT] = {"amount", FAULT_NUMBER, -EXACT_MAX, EXACT_MAX},
    [MEMBERS] = {NULL, FAULT_TEXT, 0, 0},
};

const struct fault_member *fault_members(void)
{
    return members;
}

bool fault_kind_named(struct cos_span name, enum cosmock_fault_kind *out)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds); i++) {
        if (cos_span_eq_str(name, kinds[i].name)) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

void fault_set_text(struct cosmock_fault *f, const struct fault_member *m, const char *text)
{
    const char **const places[MEMBERS] = {
        [OP] = &f->op,       [SERVICE] = &f->service,   [KEY_GLOB] = &f->key_glob,
        [CODE] = &f->code,   [LOCATION] = &f->location, [HEADER] = &f->header,
        [VALUE] = &f->value, [MESSAGE] = &f->message,
    };
    *places[m - members] = text;
}

void fault_set_number(struct cosmock_fault *f, const struct fault_member *m, int64_t number)
{
    switch ((enum member_id)(m - members)) {
    case SKIP:
        f->skip = (unsigned)number;
        break;
    case TIMES:
        f->times = (unsigned)number;
        break;
    case EVERY:
        f->every = (unsigned)number;
        break;
    case PERCENT:
        f->percent = (unsigned)number;
        break;
    case SEED:
        f->seed = (uint64_t)number;
        break;
    case HTTP_STATUS:
        f->http_status = (int)number;
        break;
    case AMOUNT:
        f->amount = number;
        break;
    default:
        break;
    }
}
