/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol's table as a JSON Schema, for authors of drivers in languages that have
 * validators. A reply does not say what it answers, so each operation has a definition of its
 * own: "#/$defs/stat.reply".
 */
#include "protocol.h"

#include "cosbase/json.h"

#include <stdio.h>
#include <string.h>

static void write_object(struct cos_jw *w, const struct protocol_member *members);

static void write_ref(struct cos_jw *w, const char *name, const char *part)
{
    char ref[80];
    (void)snprintf(ref, sizeof(ref), "#/$defs/%s%s", name, part);
    cos_jw_str(w, "$ref", ref);
}

static void write_words(struct cos_jw *w, const char *words)
{
    struct cos_span rest = cos_span_of(words);
    cos_jw_array(w, "enum");
    while (rest.ptr != NULL) {
        cos_jw_span(w, NULL, cos_span_cut(&rest, '|'));
    }
    cos_jw_end(w);
}

static void write_type(struct cos_jw *w, const char *type, bool or_null)
{
    if (!or_null) {
        cos_jw_str(w, "type", type);
        return;
    }
    cos_jw_array(w, "type");
    cos_jw_str(w, NULL, type);
    cos_jw_str(w, NULL, "null");
    cos_jw_end(w);
}

static void write_kind(struct cos_jw *w, const struct protocol_member *m)
{
    bool or_null = (m->flags & PROTOCOL_NULL) != 0;
    switch (m->kind) {
    case PROTOCOL_TEXT:
        write_type(w, "string", or_null);
        break;
    case PROTOCOL_INT:
        write_type(w, "integer", or_null);
        break;
    case PROTOCOL_BOOL:
        write_type(w, "boolean", or_null);
        break;
    case PROTOCOL_WORD:
        write_words(w, m->words);
        break;
    case PROTOCOL_OBJECT:
        write_object(w, m->members);
        break;
    case PROTOCOL_MAP:
        cos_jw_str(w, "type", "object");
        cos_jw_object(w, "additionalProperties");
        cos_jw_str(w, "type", "string");
        cos_jw_end(w);
        break;
    case PROTOCOL_REQUEST:
        write_ref(w, "request", "");
        break;
    case PROTOCOL_REPLY:
        cos_jw_str(w, "type", "object");
        break;
    }
}

static void write_properties(struct cos_jw *w, const struct protocol_member *members)
{
    for (const struct protocol_member *m = members; m->name != NULL; m++) {
        cos_jw_object(w, m->name);
        cos_jw_str(w, "description", m->about);
        if ((m->flags & PROTOCOL_LIST) != 0) {
            cos_jw_str(w, "type", "array");
            cos_jw_object(w, "items");
            write_kind(w, m);
            cos_jw_end(w);
        } else {
            write_kind(w, m);
        }
        cos_jw_end(w);
    }
}

static void write_required(struct cos_jw *w, const struct protocol_member *members)
{
    for (const struct protocol_member *m = members; m->name != NULL; m++) {
        if ((m->flags & PROTOCOL_MUST) != 0) {
            cos_jw_str(w, NULL, m->name);
        }
    }
}

static void write_object(struct cos_jw *w, const struct protocol_member *members)
{
    cos_jw_str(w, "type", "object");
    cos_jw_object(w, "properties");
    write_properties(w, members);
    cos_jw_end(w);
    cos_jw_array(w, "required");
    write_required(w, members);
    cos_jw_end(w);
}

static void write_constant(struct cos_jw *w, const char *name, const char *value)
{
    cos_jw_object(w, name);
    cos_jw_str(w, "const", value);
    cos_jw_end(w);
}

static void write_type_of(struct cos_jw *w, const char *name, const char *type)
{
    cos_jw_object(w, name);
    cos_jw_str(w, "type", type);
    cos_jw_end(w);
}

static void write_request(struct cos_jw *w, const struct protocol_op *op)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s.request", op->name);
    cos_jw_object(w, name);
    cos_jw_str(w, "description", op->about);
    cos_jw_str(w, "type", "object");
    cos_jw_object(w, "properties");
    write_type_of(w, "id", "integer");
    write_constant(w, "op", op->name);
    write_properties(w, op->request);
    cos_jw_end(w);
    cos_jw_array(w, "required");
    cos_jw_str(w, NULL, "op");
    write_required(w, op->request);
    cos_jw_end(w);
    cos_jw_end(w);
}

static void write_ok_reply(struct cos_jw *w, const struct protocol_member *members)
{
    cos_jw_object(w, NULL);
    cos_jw_str(w, "type", "object");
    cos_jw_object(w, "properties");
    cos_jw_object(w, "ok");
    cos_jw_bool(w, "const", true);
    cos_jw_end(w);
    write_type_of(w, "id", "integer");
    write_type_of(w, "now", "integer");
    write_properties(w, members);
    cos_jw_end(w);
    cos_jw_array(w, "required");
    cos_jw_str(w, NULL, "ok");
    write_required(w, members);
    cos_jw_end(w);
    cos_jw_end(w);
}

static void write_class_words(struct cos_jw *w, const struct protocol_op *op)
{
    bool is_sending = op->classes[0] == '+';
    char words[600];
    (void)snprintf(words, sizeof(words), "%s%s%s%s%s", protocol_any_classes,
                   is_sending ? "|" : "", is_sending ? protocol_request_classes : "",
                   op->classes[is_sending ? 1 : 0] != '\0' ? "|" : "",
                   op->classes + (is_sending ? 1 : 0));
    write_words(w, words);
}

static void write_failed_reply(struct cos_jw *w, const struct protocol_op *op)
{
    cos_jw_object(w, NULL);
    cos_jw_array(w, "allOf");
    cos_jw_object(w, NULL);
    write_ref(w, "failed", "");
    cos_jw_end(w);
    cos_jw_end(w);
    cos_jw_object(w, "properties");
    cos_jw_object(w, "err");
    cos_jw_object(w, "properties");
    cos_jw_object(w, "class");
    write_class_words(w, op);
    for (int depth = 0; depth < 5; depth++) {
        cos_jw_end(w);
    }
}

static void write_reply(struct cos_jw *w, const struct protocol_op *op)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s.reply", op->name);
    cos_jw_object(w, name);
    cos_jw_array(w, "anyOf");
    write_ok_reply(w, op->reply);
    if (op->reply_or != NULL) {
        write_ok_reply(w, op->reply_or);
    }
    write_failed_reply(w, op);
    cos_jw_end(w);
    cos_jw_end(w);
}

/* What any reply with "ok": false is. */
static void write_failed(struct cos_jw *w)
{
    static const struct protocol_member members[] = {
        {"err", PROTOCOL_OBJECT, PROTOCOL_MUST, "why", NULL, protocol_error},
        {NULL, PROTOCOL_TEXT, 0, NULL, NULL, NULL},
    };
    cos_jw_object(w, "failed");
    cos_jw_str(w, "type", "object");
    cos_jw_object(w, "properties");
    cos_jw_object(w, "ok");
    cos_jw_bool(w, "const", false);
    cos_jw_end(w);
    write_properties(w, members);
    cos_jw_end(w);
    cos_jw_array(w, "required");
    cos_jw_str(w, NULL, "ok");
    write_required(w, members);
    cos_jw_end(w);
    cos_jw_end(w);
}

static void write_any_request(struct cos_jw *w)
{
    cos_jw_object(w, "request");
    cos_jw_array(w, "oneOf");
    for (const struct protocol_op *op = protocol_ops; op->name != NULL; op++) {
        cos_jw_object(w, NULL);
        write_ref(w, op->name, ".request");
        cos_jw_end(w);
    }
    cos_jw_end(w);
    cos_jw_end(w);
}

void protocol_schema(struct cos_jw *w)
{
    cos_jw_object(w, NULL);
    cos_jw_str(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    cos_jw_str(w, "title", "The driver protocol of cosconform, version 1");
    cos_jw_str(w, "description",
               "A request. What answers it is \"#/$defs/OP.reply\". Members that are not named "
               "are ignored by either side.");
    write_ref(w, "request", "");
    cos_jw_object(w, "$defs");
    write_any_request(w);
    write_failed(w);
    for (const struct protocol_op *op = protocol_ops; op->name != NULL; op++) {
        write_request(w, op);
        write_reply(w, op);
    }
    cos_jw_end(w);
    cos_jw_end(w);
}
