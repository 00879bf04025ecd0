/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: calls of STS. The first byte of the input chooses how it comes, the first line
 * behind it and the rest are
 *     signed      the action, and a JSON body that the account or a sub-account signs (TC3);
 *     tc3         the Authorization header, and a JSON body;
 *     v1          nothing, and a form, which is the query of a GET when the bit is set;
 *     body        the Content-Type, and the body.
 * Whatever comes in: an answer that is JSON with a RequestId, and one entry in the journal;
 * without a signature an error, always; no secret of the account in any answer; and never a
 * failure of our own.
 */
#include "fuzz.h"

#include "client.h"

#include <string.h>

enum how { SIGNED, TC3, V1, BODY, HOWS, BY_USER = 4, BY_GET = 4, RUNS_OF_A_WORLD = 2000 };
#define TRUST                                                                             \
    "{\"version\":\"2.0\",\"statement\":[{\"action\":\"name/sts:AssumeRole\",\"effect\":" \
    "\"allow\",\"principal\":{\"qcs\":[\"qcs::cam::uin/100000000001:root\"]}}]}"
#define WORLD                                                                                 \
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
    "        policies: [sts]\n"                                                               \
    "    providers:\n"                                                                        \
    "      - {name: corp, kind: oidc, issuer: \"https://idp.example\", clients: [my-app]}\n"  \
    "    roles:\n"                                                                            \
    "      - name: uploader\n"                                                                \
    "        trust: '" TRUST "'\n"                                                            \
    "policies:\n"                                                                             \
    "  sts: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"           \
    "[\"name/sts:*\"],\"resource\":[\"*\"]}]}'\n"

static struct client client;

static void open_once(void)
{
    if (client.mock != NULL) {
        return;
    }
    client_open_world(&client, WORLD);
}

/* Keys that were handed out are kept until they end, and these clocks stand still. */
static void shut_at_times(void)
{
    static unsigned runs;
    if (++runs % RUNS_OF_A_WORLD == 0) {
        client_shut(&client);
        client = (struct client){0};
    }
}

/* A header as long as a question can hold, and as a head may have it. */
static void add_line(struct question *q, const char *name, struct cos_span value)
{
    char text[4096];
    size_t n = 0;
    for (size_t i = 0; i < value.len && n + 1 < sizeof(text); i++) {
        if (value.ptr[i] != '\r' && value.ptr[i] != '\0') {
            text[n++] = value.ptr[i];
        }
    }
    text[n] = '\0';
    add_header(q, name, text);
}

static void make_question(struct question *q, unsigned char how, struct cos_span line,
                          struct cos_span body)
{
    static char target[8192];
    char action[64];
    *q = (struct question){.method = "POST", .target = "/", .body = body.ptr, .n = body.len};
    if (how % HOWS == SIGNED) {
        bool is_user = (how & BY_USER) != 0;
        (void)snprintf(action, sizeof(action), COS_SPAN_FMT, COS_SPAN_ARG(line));
        tc3_authorize(q, is_user ? CLIENT_SUB_ID : CLIENT_ID,
                      is_user ? CLIENT_SUB_SECRET : CLIENT_SECRET, action, CLIENT_NOW_S);
        return;
    }
    add_header(q, "Host", CLIENT_STS_HOST);
    if (how % HOWS == V1 && (how & BY_GET) != 0) {
        (void)snprintf(target, sizeof(target), "/?" COS_SPAN_FMT, COS_SPAN_ARG(body));
        *q = (struct question){.method = "GET", .target = target};
        add_header(q, "Host", CLIENT_STS_HOST);
    } else if (how % HOWS == V1) {
        add_header(q, "Content-Type", "application/x-www-form-urlencoded");
    } else if (how % HOWS == BODY) {
        add_line(q, "Content-Type", line);
    } else {
        add_header(q, "Content-Type", "application/json");
        add_header(q, "X-TC-Action", "GetFederationToken");
        add_header(q, "X-TC-Version", "2018-08-13");
        add_header(q, "X-TC-Timestamp", "1700000100");
        add_line(q, "Authorization", line);
    }
}

static bool has_a_secret(struct cos_span text)
{
    return cos_span_find(text, COS_SPAN_LIT(CLIENT_SECRET)) != SIZE_MAX ||
           cos_span_find(text, COS_SPAN_LIT(CLIENT_SUB_SECRET)) != SIZE_MAX;
}

static void check_answer(const struct answer *a, bool is_signed)
{
    struct cos_json *doc = NULL;
    struct cos_text_error err;
    require(a->status >= 200 && a->status < 500 && !cosmock_broken(client.mock));
    require(!has_a_secret(cos_span_make(a->body, a->n)));
    if (a->status != 200) {
        return; /* not even a call: the head was not one */
    }
    require(cos_json_parse(&doc, cos_span_make(a->body, a->n), NULL, &err) == 0);
    const struct cos_json *response = cos_json_get(doc, "Response");
    require(cos_json_get(response, "RequestId") != NULL);
    require(is_signed || cos_json_get(response, "Error") != NULL);
    cos_json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct question q;
    open_once();
    if (n == 0 || has_a_secret(cos_span_make(bytes, n))) {
        return 0; /* the comparison with what comes in teaches them to a fuzzer */
    }
    struct cos_span rest = cos_span_make(bytes + 1, n - 1);
    struct cos_span line = cos_span_cut(&rest, '\n');
    char length[24];
    make_question(&q, bytes[0], line, rest.ptr == NULL ? COS_SPAN_EMPTY : rest);
    (void)snprintf(length, sizeof(length), "%zu", q.n);
    add_header(&q, "Content-Length", length);
    uint64_t before = cosmock_journal_last_seq(client.tenant);
    struct answer a = client_send(&client, &q);
    check_answer(&a, bytes[0] % HOWS == SIGNED);
    answer_free(&a);
    require(cosmock_journal_last_seq(client.tenant) == before + 1);
    shut_at_times();
    return 0;
}
