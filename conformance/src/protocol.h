/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver protocol as one table: operations with the members of their requests and replies,
 * error classes, capabilities. The JSON Schema, the check of every line and the tests of
 * conformance/drivers/PROTOCOL.md come from it. It knows no subject.
 */
#ifndef CONFORM_PROTOCOL_H
#define CONFORM_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

struct cos_json;
struct cos_jw;

enum protocol_kind {
    PROTOCOL_TEXT,
    PROTOCOL_INT,
    PROTOCOL_BOOL,
    /* One of `words`. */
    PROTOCOL_WORD,
    /* Of `members`. */
    PROTOCOL_OBJECT,
    /* Any names, text values. */
    PROTOCOL_MAP,
    /* Whole requests, whole replies: of `parallel`. */
    PROTOCOL_REQUEST,
    PROTOCOL_REPLY
};
enum {
    PROTOCOL_MUST = 1,
    /* An array of that kind. */
    PROTOCOL_LIST = 2,
    /* Or null. */
    PROTOCOL_NULL = 4
};
struct protocol_member {
    const char *name;
    enum protocol_kind kind;
    unsigned flags;
    const char *about;
    /* "virtual|real" */
    const char *words;
    const struct protocol_member *members;
};
struct protocol_op {
    const char *name, *about;
    /* Each ends with a NULL name. */
    const struct protocol_member *request, *reply;
    /* What an ok reply may hold instead of `reply`; NULL: nothing. */
    const struct protocol_member *reply_or;
    /* Error classes it may answer besides those of any operation: "NOT_FOUND|IS_DIR". */
    const char *classes;
    /* The heading in PROTOCOL.md that tells of it. */
    const char *section;
};
struct protocol_class {
    const char *name, *meaning;
};

/** Ends with a NULL name. */
extern const struct protocol_op protocol_ops[];
/** In the order of enum cosn_plugin_code without OK; ends with a NULL name. */
extern const struct protocol_class protocol_classes[];
/** What `err` of a reply holds; ends with a NULL name. */
extern const struct protocol_member protocol_error[];
/** Closed lists, "a|b|c". */
extern const char protocol_capabilities[], protocol_lacks[];
/** Classes that any operation may answer, and those of whatever sends requests. */
extern const char protocol_any_classes[], protocol_request_classes[];
/** NULL: there is none of that name. */
const struct protocol_op *protocol_find(const char *op);
/** Is @word one of @words, "a|b|c"? */
bool protocol_has_word(const char *words, const char *word);

/**
 * Is @request, or the @reply to it, what the table says? Else @why is a sentence that names the
 * member. Members that the table does not know are no fault.
 */
bool protocol_check_request(const struct cos_json *request, char why[512]);
bool protocol_check_reply(const struct cos_json *request, const struct cos_json *reply,
                          char why[512]);

/** All of it as a JSON Schema (draft 2020-12) of a request, with definitions of replies. */
void protocol_schema(struct cos_jw *w);

#endif
