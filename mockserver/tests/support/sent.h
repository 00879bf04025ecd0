/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms as the document POST Object (436/14690) has them, which a client (client.h) posts. They
 * are signed here by hand, from the document's formulas.
 */
#ifndef TESTS_SENT_H
#define TESTS_SENT_H

#include "client.h"

#define CONTENT "[Object Content]"
#define CONTENT_MD5 "7o3pGNBWQBRbGPcPTDqmAg==" /* the document's, example 2 */
#define ETAG "\"ee8de918d05640145b18f70f4c3aa602\""
#define CRC64 "16749565679157681890"
#define BOUNDARY "----WebKitFormBoundaryZBPbaoYE2gqeB21N"
#define WINDOW "1600000000;1800000000"
#define EXPIRATION "2023-11-15T00:00:00.000Z" /* CLIENT_NOW_S is in the evening before */
#define REQUIRED(id) \
    "{\"q-sign-algorithm\":\"sha1\"},{\"q-ak\":\"" id "\"},{\"q-sign-time\":\"" WINDOW "\"}"
#define POLICY(conditions) \
    "{\"expiration\":\"" EXPIRATION "\",\"conditions\":[" conditions REQUIRED(CLIENT_ID) "]}"
/* Of the document's example, word for word. */
#define PUBLISHED_SIGNATURE "7758dc9a832e9d301dca704cacbf9d9f8172fdef"

struct sent {
    struct cos_buf body;
    const char *content_type;
    struct question q;
    size_t piece; /* 0: the body comes whole */
};
void sent_open(struct sent *f);
void sent_field_of(struct sent *f, const char *name, struct cos_span value);
void sent_field(struct sent *f, const char *name, const char *value);
void sent_file_called(struct sent *f, const char *filename, const char *content);
void sent_file(struct sent *f, const char *content);
void sent_close(struct sent *f);
struct signer {
    const char *id, *secret, *key_time;
};
/** The four fields and the policy. */
void sent_policy_of(struct sent *f, const struct signer *s, const char *policy);
void sent_policy(struct sent *f, const char *policy);
/** Sends and frees the form. */
struct answer sent_post(struct client *c, struct sent *f);

/* --- what came of it --- */
void expect_answer(const char *name, struct answer *a, int status, const char *code);
struct answer get_signed(struct client *c, const char *path);
int64_t count_objects(struct client *c);

#endif
