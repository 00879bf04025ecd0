/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of door.c in the other dialect. */
#include "s3_door.h"

#define DATE "x-amz-date: 20200410T093505Z" /* DOOR_NOW_UNIX_MS */

struct answer s3_ask(struct door *d, const struct ask *q)
{
    char headers[2000];
    struct ask with = *q;
    (void)snprintf(headers, sizeof(headers), "%s%s" DATE, q->headers == NULL ? "" : q->headers,
                   q->headers == NULL ? "" : "\n");
    with.headers = headers;
    return door_ask(d, &with);
}

struct answer s3_send(struct door *d, const char *method, const char *target,
                      const char *headers)
{
    return s3_ask(d, &(struct ask){.method = method, .target = target, .headers = headers});
}

void s3_put(struct door *d, const char *target, const char *headers, const char *text)
{
    s3_expect(d,
              &(struct ask){.method = "PUT",
                            .target = target,
                            .headers = headers,
                            .body = text,
                            .n = strlen(text)},
              200, /* code= */ NULL);
}

void s3_expect(struct door *d, const struct ask *q, int status, const char *code)
{
    struct answer a = s3_ask(d, q);
    if (a.status != status || (code != NULL && strcmp(xml_of(&a, "Code"), code) != 0)) {
        fail_msg("%s %s: %d %s", q->method, q->target, a.status, a.body);
    }
    answer_free(&a);
}
