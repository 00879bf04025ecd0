/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the protocol held against its table. The first fault is the one that is told. */
#include "protocol.h"

#include "cosbase/json.h"

#include <stdio.h>
#include <string.h>

/* What is looked at, for a sentence about it. */
struct place {
    char *why;
    /* "the reply to 'stat'" */
    char what[80];
};

static bool fault(const struct place *at, const char *member, const char *wanted,
                  const struct cos_json *got)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 1 << 20);
    if (got != NULL) {
        cos_json_print(&b, got);
    }
    (void)snprintf(at->why, 512, "%s: '%s' %s%s%.120s", at->what, member, wanted,
                   got != NULL ? ", not " : "", cos_buf_cstr(&b));
    return false;
}

static bool check_map(const struct place *at, const char *name, const struct cos_json *map)
{
    if (cos_json_kind(map) != COS_JSON_OBJECT) {
        return fault(at, name, "should be an object", map);
    }
    for (const struct cos_json *i = cos_json_first(map); i != NULL; i = cos_json_next(i)) {
        if (!cos_json_is_str(i)) {
            return fault(at, name, "should hold texts", i);
        }
    }
    return true;
}

static bool check_members(const struct place *at, const struct protocol_member *members,
                          const char *name, const struct cos_json *object);

/* One value that is no list; requests and replies within are looked at elsewhere. */
static bool check_one(const struct place *at, const struct protocol_member *m,
                      const struct cos_json *value)
{
    int64_t number;
    char wanted[300];
    switch (m->kind) {
    case PROTOCOL_TEXT:
        return cos_json_is_str(value) || fault(at, m->name, "should be a text", value);
    case PROTOCOL_INT:
        return cos_json_i64(value, &number) ||
               fault(at, m->name, "should be an integer", value);
    case PROTOCOL_BOOL:
        return cos_json_kind(value) == COS_JSON_BOOL ||
               fault(at, m->name, "should be true or false", value);
    case PROTOCOL_WORD:
        (void)snprintf(wanted, sizeof(wanted), "should be one of %.250s", m->words);
        return (cos_json_is_str(value) && protocol_has_word(m->words, cos_json_str(value))) ||
               fault(at, m->name, wanted, value);
    case PROTOCOL_OBJECT:
        return check_members(at, m->members, m->name, value);
    case PROTOCOL_MAP:
        return check_map(at, m->name, value);
    case PROTOCOL_REQUEST:
    case PROTOCOL_REPLY:
        break;
    }
    return true;
}

static bool check_member(const struct place *at, const struct protocol_member *m,
                         const struct cos_json *value)
{
    if (cos_json_kind(value) == COS_JSON_NULL && (m->flags & PROTOCOL_NULL) != 0) {
        return true;
    }
    if ((m->flags & PROTOCOL_LIST) == 0) {
        return check_one(at, m, value);
    }
    if (cos_json_kind(value) != COS_JSON_ARRAY) {
        return fault(at, m->name, "should be an array", value);
    }
    for (const struct cos_json *i = cos_json_first(value); i != NULL; i = cos_json_next(i)) {
        if (!check_one(at, m, i)) {
            return false;
        }
    }
    return true;
}

static bool check_members(const struct place *at, const struct protocol_member *members,
                          const char *name, const struct cos_json *object)
{
    if (cos_json_kind(object) != COS_JSON_OBJECT) {
        return fault(at, name, "should be an object", object);
    }
    for (const struct protocol_member *m = members; m->name != NULL; m++) {
        const struct cos_json *value = cos_json_get(object, m->name);
        if (value == NULL && (m->flags & PROTOCOL_MUST) != 0) {
            return fault(at, m->name, "is missing", NULL);
        }
        if (value != NULL && !check_member(at, m, value)) {
            return false;
        }
    }
    return true;
}

static bool is_sending(const struct protocol_op *op)
{
    return op->classes[0] == '+';
}

static bool may_answer(const struct protocol_op *op, const char *class_name)
{
    return protocol_has_word(protocol_any_classes, class_name) ||
           protocol_has_word(op->classes + (is_sending(op) ? 1 : 0), class_name) ||
           (is_sending(op) && protocol_has_word(protocol_request_classes, class_name));
}

static bool is_class(const char *name)
{
    const struct protocol_class *c = protocol_classes;
    while (c->name != NULL && strcmp(c->name, name) != 0) {
        c++;
    }
    return c->name != NULL;
}

static bool check_error(const struct place *at, const struct protocol_op *op,
                        const struct cos_json *err)
{
    if (!check_members(at, protocol_error, "err", err)) {
        return false;
    }
    const struct cos_json *class_name = cos_json_get(err, "class");
    if (!is_class(cos_json_str(class_name))) {
        return fault(at, "class", "should be a class of PROTOCOL.md", class_name);
    }
    return op == NULL || may_answer(op, cos_json_str(class_name)) ||
           fault(at, "class", "should be one this operation may answer", class_name);
}

static bool check_parallel(const struct cos_json *ops, const struct cos_json *replies,
                           char why[512])
{
    const struct cos_json *op = cos_json_first(ops), *reply = cos_json_first(replies);
    if (replies != NULL && cos_json_count(ops) != cos_json_count(replies)) {
        (void)snprintf(why, 512, "the reply to 'parallel': %zu replies for %zu ops",
                       cos_json_count(replies), cos_json_count(ops));
        return false;
    }
    for (; op != NULL; op = cos_json_next(op)) {
        if (replies == NULL ? !protocol_check_request(op, why)
                            : !protocol_check_reply(op, reply, why)) {
            return false;
        }
        reply = cos_json_next(reply);
    }
    return true;
}

bool protocol_check_request(const struct cos_json *request, char why[512])
{
    struct place at = {.why = why};
    const char *name = cos_json_str(cos_json_get(request, "op"));
    (void)snprintf(at.what, sizeof(at.what), "the request '%.40s'", name != NULL ? name : "");
    const struct protocol_op *op = name != NULL ? protocol_find(name) : NULL;
    if (op == NULL) {
        return fault(&at, "op", "should be an operation of PROTOCOL.md",
                     cos_json_get(request, "op"));
    }
    return check_members(&at, op->request, "request", request) &&
           check_parallel(cos_json_get(request, "ops"), /* replies= */ NULL, why);
}

bool protocol_check_reply(const struct cos_json *request, const struct cos_json *reply,
                          char why[512])
{
    static const struct protocol_member frame[] = {
        {"ok", PROTOCOL_BOOL, PROTOCOL_MUST, NULL, NULL, NULL},
        {"now", PROTOCOL_INT, 0, NULL, NULL, NULL},
        {NULL, PROTOCOL_TEXT, 0, NULL, NULL, NULL},
    };
    struct place at = {.why = why};
    const char *name = cos_json_str(cos_json_get(request, "op"));
    (void)snprintf(at.what, sizeof(at.what), "the reply to '%.40s'", name != NULL ? name : "");
    const struct protocol_op *op = name != NULL ? protocol_find(name) : NULL;
    if (!check_members(&at, frame, "reply", reply)) {
        return false;
    }
    if (!cos_json_bool(cos_json_get(reply, "ok"), false)) {
        return check_error(&at, op, cos_json_get(reply, "err"));
    }
    if (op == NULL) {
        return true;
    }
    char ignored[512];
    struct place elsewhere = {.why = ignored};
    return (op->reply_or != NULL && check_members(&elsewhere, op->reply_or, "reply", reply)) ||
           (check_members(&at, op->reply, "reply", reply) &&
            check_parallel(cos_json_get(request, "ops"), cos_json_get(reply, "replies"), why));
}
