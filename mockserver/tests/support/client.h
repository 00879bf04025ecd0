/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client made by hand for the tests of the journey: it speaks to the socket-free door with
 * enforcement on. What it signs it signs from the formulas of cos-wire.md s.1.1 and sts-cam.md
 * s.1.1, spelled out here with plain HMACs, for one fixed dialect (host only); it shares
 * nothing with the verifier but the digests. All clocks are frozen at CLIENT_NOW_S.
 */
#ifndef TESTS_CLIENT_H
#define TESTS_CLIENT_H

#include "cosmock/cosmock.h"

#include "answer.h"
#include "cosbase/base.h"
#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/digest.h"
#include "cosbase/json.h"
#include "world/mock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CLIENT_NOW_S 1700000100
#define CLIENT_ID "AKIDEXAMPLE0000000000000000000000001"
#define CLIENT_SECRET "mockSecretKey0000000000000000001"
#define CLIENT_SUB_ID "AKIDEXAMPLE0000000000000000000000002"
#define CLIENT_SUB_SECRET "mockSecretKey0000000000000000002"
#define CLIENT_BUCKET "examplebucket-1250000000"
#define CLIENT_HOST CLIENT_BUCKET ".cos.ap-beijing.myqcloud.com"
#define CLIENT_STS_HOST "sts.tencentcloudapi.com"
#define CLIENT_CAM_HOST "cam.tencentcloudapi.com"
#define CLIENT_SUB_UIN "100000000011"

#define CLIENT_ACCOUNT_AND_BUCKET                                                             \
    "accounts:\n"                                                                             \
    "  - uin: \"100000000001\"\n"                                                             \
    "    appid: \"1250000000\"\n"                                                             \
    "    keys:\n"                                                                             \
    "      - {secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}\n"             \
    "    users:\n"                                                                            \
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"                                                   \
    "        name: sub\n"                                                                     \
    "        keys:\n"                                                                         \
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n" \
    "buckets:\n"                                                                              \
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n"
#define CLIENT_WORLD CLIENT_ACCOUNT_AND_BUCKET "suffixes: [cos.mock.test]\n"

enum { CLIENT_HEADERS = 32 };
struct client {
    struct cosmock *mock;
    struct cosmock_tenant *tenant;
};
struct question {
    const char *method, *target;
    struct {
        char name[64], value[6000];
        /* 0: C string */
        size_t value_bytes;
    } headers[CLIENT_HEADERS];
    size_t n_headers;
    const void *body;
    size_t n;
    const char *tls_version; /* NULL: it comes without TLS */
};

void client_freeze(struct client *c, int64_t now_s);
void client_open_world(struct client *c, const char *world);
void client_shut(struct client *c);
int client_open(void **state);
int client_close(void **state);
void client_switch(struct client *c, const char *name, const char *value);
void add_header(struct question *q, const char *name, const char *value);
/** Tell the mock of the hosts in @q, however spoilt: what is then refused is refused for its
 *  signature. */
void know_hosts(struct client *c, const struct question *q);
/** The head of @q alone, as cosmock_begin() answers. */
int client_begin(struct client *c, struct cosmock_exchange **out, const struct question *q);
struct answer client_send(struct client *c, const struct question *q);
/** Between two marks; "" when absent; static buffer. */
const char *between(const char *text, const char *from, const char *to);
const char *xml_code(const struct answer *r);
const char *sts_code(const struct answer *r);
/** The newest journal entry; free with cosmock_entries_free. */
struct cosmock_entry *last_entry(struct client *c);

/* --- signature v5: host alone is signed --- */
struct signing {
    const char *id, *secret, *host, *path;
    /* "start;end"; NULL: years around CLIENT_NOW_S */
    const char *sign_time;
    /* NULL: as sign_time */
    const char *key_time;
};
void authorize_as(struct question *q, const struct signing *s);
/** For CLIENT_HOST and a day. */
void authorize(struct question *q, const char *id, const char *secret, const char *path);

/* --- the everyday questions, signed by the first account --- */
void client_start(struct question *q, const char *method, const char *path);
struct answer client_put(struct client *c, const char *path, const char *text);
struct answer client_ask(struct client *c, const char *method, const char *path);
void client_expect(struct client *c, const char *method, const char *path, int status);

/* --- TC3: content-type and host, JSON --- */
/** @day_s: any second of the day the scope names. */
void tc3_authorize_on_day(struct question *q, const char *id, const char *secret,
                          const char *action, int64_t now_s, int64_t day_s);
void tc3_authorize(struct question *q, const char *id, const char *secret, const char *action,
                   int64_t now_s);

/* --- a federation token, minted through the door --- */
struct token {
    char id[128], secret[128], token[5000];
    int64_t expires_s;
};

#define POLICY_ALL                                                                   \
    "{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"allow\\\"," \
    "\\\"action\\\":[\\\"name/cos:*\\\"],\\\"resource\\\":[\\\"*\\\"]}]}"

struct answer mint(struct client *c, const char *id, const char *secret, const char *json);
void read_token(const struct answer *r, struct token *out);
void mint_token(struct client *c, struct token *out);
/** A call of STS by whoever has the key of @as, at the signature clock's time; its token goes
 *  along when there is one. */
struct answer sts_call(struct client *c, const struct token *as, const char *action,
                       const char *json);

/** For CLIENT_NOW_S. */
void tc3_authorize_at(struct question *q, const struct token *as, const char *host,
                      const char *version, const char *action);
/** The same of CAM. */
struct answer cam_call(struct client *c, const struct token *as, const char *action,
                       const char *json);

#define CLIENT_TEST(f) cmocka_unit_test_setup_teardown(f, client_open, client_close)

#endif
