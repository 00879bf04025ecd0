/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of a statement: read by policy.c, judged by eval.c. Private to this room, and to
 * advice, which looks for what would fit them. */
#ifndef CAM_CONDITION_H
#define CAM_CONDITION_H

#include "cam/cam.h"
#include "cosbase/json.h"

/* --- condition_value.c: what a text says to operators of a type --- */
/* A decimal number, as exact as it is written: "10" is "10.0". */
struct cam_number {
    bool is_negative;
    struct cos_span whole, fraction; /* of the text, without zeros that say nothing */
};
/* An address or a network; of IPv4 ::ffff:a.b.c.d. */
struct cam_network {
    unsigned char bytes[16];
    unsigned bits;
};
struct cam_value {
    struct cos_span text;
    bool has_variables; /* "${uin}" and its kin */
    union {
        struct cam_number number;
        int64_t unix_ms;
        bool is_true;
        struct cam_network network;
    };
};
/** @text as @type asks for it, borrowed by *out; false: it is not of that form. */
bool cam_value_read(struct cam_value *out, enum cam_type type, struct cos_span text);
/** Below, at or above 0; both of @type, which has an order. */
int cam_value_compare(enum cam_type type, const struct cam_value *a, const struct cam_value *b);
bool cam_network_holds(const struct cam_network *network, const struct cam_network *address);
/** "an ISO 8601 time ..." */
const char *cam_type_form(enum cam_type type);

/* --- keys.c --- */
/** The first row of @id. */
const struct cam_key *cam_key_of(enum cam_key_id id);
const char *cam_key_nearest(struct cos_span name);
/** @action: without "name/". */
bool cam_key_is_carried_by(const struct cam_key *key, struct cos_span action);

/* --- condition.c --- */
struct cam_operator; /* a row of the table of condition.c */
/* Which values of a key that has several must fit. */
enum cam_quantifier { CAM_PLAIN, CAM_FOR_ANY, CAM_FOR_ALL };
/* One key below one operator. */
struct cam_condition {
    const struct cam_operator *op;
    enum cam_quantifier quantifier;
    bool is_if_exist;     /* "_if_exist": true of a request that lacks the key */
    struct cos_span name; /* of the operator, as written */
    struct cos_span key_name;
    const struct cam_key *key; /* NULL: nobody knows it, and no request has it */
    struct cam_value *values;
    size_t n_values;
};

/* What a question says of the keys that were asked for: each is looked up once, and none before
 * a condition wants it. */
struct cam_asked {
    const struct cam_question *question;
    struct cos_arena *arena; /* of what has to be written for it: encoded parameters */
    uint64_t known;          /* a bit a key */
    struct cam_values of[CAM_KEYS];
};
void cam_asked_init(struct cam_asked *a, const struct cam_question *q, struct cos_arena *arena);
/** As parameters are compared: all but letters, digits and "-_.~" as %XX. */
struct cos_span cam_percent_encoded(struct cos_arena *arena, struct cos_span value);
/** What the request says of the key of @c; n 0: nothing. */
struct cam_values cam_asked_values(struct cam_asked *a, const struct cam_condition *c);

/** What an operator's @name says, into @out. False: there is no such operator, and @why (of
 *  @size bytes) says what would be right. */
bool cam_condition_named(struct cos_span name, struct cam_condition *out, char *why,
                         size_t size);
/** The value that @text says to the operator of @c; false: it says none. */
bool cam_condition_value(const struct cam_condition *c, struct cos_span text,
                         struct cam_value *out);
/** What the values of @c must look like. */
const char *cam_condition_form(const struct cam_condition *c);
/* How the operator of a condition compares. */
struct cam_manner {
    enum cam_type type;
    bool is_negated, is_like, ignores_case, asks_null;
};
struct cam_manner cam_condition_manner(const struct cam_condition *c);
/** What looks like a mistake in @c, in @out; NULL: nothing. */
const char *cam_condition_complaint(const struct cam_condition *c, char *out, size_t size);
/** The first of the @n that does not hold; NULL: all do. */
const struct cam_condition *cam_condition_failing(const struct cam_condition *conditions,
                                                  size_t n, struct cam_asked *asked);

#endif
