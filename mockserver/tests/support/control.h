/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the control API of a mock on the wire. Every answer must be freed. */
#ifndef TESTS_CONTROL_H
#define TESTS_CONTROL_H

#include "wire.h"

#include "cosbase/json.h"

/* Member "world" of a new tenant, with names of its own. */
#define CONTROL_SECOND_WORLD                                                            \
    "\"world\":\"accounts: [{uin: '200000000001', appid: '1260000000', keys: [{}]}]\\n" \
    "buckets: [{name: second-1260000000, region: ap-shanghai}]\\n\""

struct told {
    int status;
    struct cos_buf text;
    /* NULL when the body is none */
    struct cos_json *json;
};
/** @headers: lines with CR LF between. */
struct told control_call_as(uint16_t port, const char *method, const char *target,
                            const char *headers, const char *body);
struct told control_call(struct wire *w, const char *method, const char *target,
                         const char *body);
void told_free(struct told *a);
/** Call, expect the status, forget the answer. */
void control_expect(struct wire *w, const char *method, const char *target, const char *body,
                    int status);
/** Of the tenant of @w; static buffer. */
const char *control_path(struct wire *w, const char *tail);

#endif
