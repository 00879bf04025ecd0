/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults that last, by virtual time: every operation of the client against every failure that
 * may pass, for four seconds, for seven, for ever. The plugin survives about 8 s of 5xx with 16
 * requests (fluss-plugin.md s.6.6); the keys' defaults give 9 s.
 *
 * And conflicts: a 409 that says "somebody is writing this right now" is looked at, then
 * repeated (cos-wire.md s.2.1, s.5 no. 13).
 */
#include "client_ops.h"

#include "cosbase/rng.h"

#define EXCHANGE_MS 10
#define FOR_EVER INT64_MAX
#define BUDGET_MS 9000
#define MAX_REQUESTS 16

static const struct fault {
    const char *name;
    int status; /* 0: the connection is lost */
    const char *code;
    bool is_page;           /* a gateway's, without a request id */
    bool is_told_by_code;   /* which the answer to a HEAD does not have */
    const char *must_carry; /* the error when it lasts */
} faults[] = {
    {"503 SlowDown", 503, "SlowDown", false, false, "HTTP 503"},
    {"500 InternalError", 500, "InternalError", false, false, "HTTP 500"},
    {"502 of a gateway", 502, NULL, true, false, "HTTP 502"},
    {"504 of a gateway", 504, NULL, true, false, "HTTP 504"},
    {"429", 429, "TooManyRequests", false, false, "HTTP 429"},
    {"408", 408, "RequestTimeout", false, false, "HTTP 408"},
    {"400 RequestTimeOut", 400, "RequestTimeOut", false, true, "RequestTimeOut"},
    {"409 UploadConflict", 409, "UploadConflict", false, true, "UploadConflict"},
    {"409 PathConflict", 409, "PathConflict", false, true, "PathConflict"},
    {"200 with SlowDown inside", 200, "SlowDown", false, true, "SlowDown"},
    {"connection lost", 0, NULL, false, false, "connection reset"},
};

struct lasting {
    const struct fault *fault;
    struct world *world;
    int64_t until_mono_ms;
    size_t n_failed;
};

static int fail_until(void *ctx, struct fake *f, const struct fake_request *rq,
                      struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct lasting *l = ctx;
    (void)f;
    l->world->mono_ms += EXCHANGE_MS;
    l->world->unix_ms += EXCHANGE_MS;
    if (l->fault == NULL || l->world->mono_ms > l->until_mono_ms) {
        return 0;
    }
    l->n_failed++;
    if (l->fault->status == 0) {
        *err = (struct cosn_error){.status = COSN_E_NET,
                                   .retryable = true,
                                   .message = "connection reset"};
        return COSN_E_NET;
    }
    if (l->fault->is_page) {
        reply->status = l->fault->status;
        assert_int_equal(cosn_http_reply_add_body(reply, "<html>", 6), 0);
        return 1;
    }
    bool is_head = strcmp(rq->method, "HEAD") == 0;
    fake_refuse(reply, l->fault->status, is_head ? NULL : l->fault->code, "m");
    return 1;
}

struct outcome {
    int status;
    int64_t lasted_ms;
    size_t n_failed;
    char message[384];
};

static struct outcome run(const struct operation *o, const struct fault *fault,
                          int64_t lasts_ms, uint64_t seed)
{
    struct bench b;
    bench_init(&b, /* transport= */ NULL);
    b.platform.rng = (cos_rng_free(b.platform.rng), cos_rng_new(seed));
    struct lasting l = {.fault = fault, .world = &b.world, .until_mono_ms = lasts_ms};
    b.fake->intercept = fail_until;
    b.fake->intercept_ctx = &l;
    struct outcome out = {.status = o->run(&b)};
    out.lasted_ms = b.world.mono_ms;
    out.n_failed = l.n_failed;
    (void)snprintf(out.message, sizeof(out.message), "%s", b.err.message);
    bench_deinit(&b);
    return out;
}

static bool can_meet(const struct operation *o, const struct fault *f)
{
    bool is_head = strncmp(o->name, "Head", 4) == 0;
    bool shows_body = (o->traits & (HAS_DOCUMENT | IS_WRITE)) != 0;
    return !(is_head && f->is_told_by_code) && (f->status != 200 || shows_body);
}

static void what_ends_in_time_is_outlived(void **state)
{
    (void)state;
    static const int64_t durations_ms[] = {0, 1000, 4000, 7000, 8900};
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(faults); j++) {
            for (size_t k = 0; k < COS_ARRAY_LEN(durations_ms); k++) {
                if (!can_meet(&operations[i], &faults[j])) {
                    continue;
                }
                struct outcome out =
                    run(&operations[i], &faults[j], durations_ms[k], /* seed= */ k + 1);
                if (out.status != 0) {
                    fail_msg("row '%s: %s' for %lld ms: %s", operations[i].name, faults[j].name,
                             (long long)durations_ms[k], out.message);
                }
            }
        }
    }
}

static void what_lasts_for_ever_fails_in_time_and_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(faults); j++) {
            const struct operation *o = &operations[i];
            const struct fault *f = &faults[j];
            if (!can_meet(o, f)) {
                continue;
            }
            char row[128];
            (void)snprintf(row, sizeof(row), "%s: %s", o->name, f->name);
            struct outcome out = run(o, f, FOR_EVER, /* seed= */ 1 + i);
            CHECK_ROW(row, out.status < 0);
            /* A conflict is looked at each time, a lost answer once, at the end. */
            size_t looks = f->status == 409 ? MAX_REQUESTS : 1;
            CHECK_ROW(row, out.n_failed <= MAX_REQUESTS + looks);
            CHECK_ROW(row,
                      out.lasted_ms <= BUDGET_MS + (int64_t)(out.n_failed + 1) * EXCHANGE_MS);
            CHECK_ROW(row, strstr(out.message, f->must_carry) != NULL);
            CHECK_ROW(row, strstr(out.message, " tries in ") != NULL);
        }
    }
}

static void no_throw_of_the_dice_shortens_the_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        const struct operation *put = &operations[4];
        assert_string_equal(put->name, "PutObject");
        assert_int_equal(run(put, &faults[0], 8900, seed).status, 0);
    }
}

/* --- conflicts --- */

/* The first write runs but its answer is lost (or never runs), the second is refused as a
 * conflict, then the service is itself. */
struct story {
    struct bench b;
    const char *code;
    bool runs_first; /* the lost one */
    unsigned n_writes, n_looks;
    int look_status; /* of a look; 0: the service's own answer */
};

static bool is_look(const struct cosn_http_request *request)
{
    return strcmp(request->method, "HEAD") == 0 ||
           (strcmp(request->method, "GET") == 0 && strstr(request->url, "uploadId=") != NULL);
}

static int lose_answer(struct story *t, const struct cosn_http_request *request,
                       struct cosn_http_reply *reply, struct cosn_error *err)
{
    if (t->runs_first) {
        (void)t->b.fake->transport.perform(t->b.fake, request, reply, err);
        cosn_http_reply_deinit(reply);
    }
    *err = (struct cosn_error){.status = COSN_E_NET,
                               .retryable = true,
                               .message = "connection reset"};
    return COSN_E_NET;
}

static int tell_story(void *ctx, const struct cosn_http_request *request,
                      struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct story *t = ctx;
    if (is_look(request)) {
        t->n_looks++;
        if (t->look_status != 0) {
            fake_refuse(reply, t->look_status, /* code= */ NULL, /* message= */ NULL);
            return 0;
        }
    } else if (++t->n_writes == 1) {
        return lose_answer(t, request, reply, err);
    } else if (t->n_writes == 2) {
        fake_refuse(reply, 409, t->code, "m");
        return 0;
    }
    return t->b.fake->transport.perform(t->b.fake, request, reply, err);
}

static int run_story(struct story *t, const struct operation *o)
{
    struct cosn_transport telling = {.perform = tell_story, .ctx = t};
    bench_init(&t->b, /* transport= */ NULL);
    t->b.platform.p.transport = &telling;
    t->n_writes = t->n_looks = 0;
    int r = o->run(&t->b);
    bench_deinit(&t->b);
    return r;
}

static const struct operation writes[] = {
    {"PutObject", put_object, 0},
    {"UploadPart", put_part, 0},
    {"CompleteMultipartUpload", complete_upload, 0},
};

static void a_write_that_a_lost_try_did_is_found_and_not_repeated(void **state)
{
    (void)state;
    static const char *const codes[] = {"UploadConflict", "PathConflict"};
    for (size_t i = 0; i < COS_ARRAY_LEN(writes); i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(codes); j++) {
            struct story t = {.code = codes[j], .runs_first = true};
            CHECK_ROW(writes[i].name, run_story(&t, &writes[i]) == 0);
            CHECK_ROW(writes[i].name, t.n_writes == 2 && t.n_looks == 1);
        }
    }
}

static void a_conflict_over_nothing_is_repeated(void **state)
{
    (void)state;
    static const int looks[] = {0, 403}; /* a token may not allow the look */
    for (size_t i = 0; i < COS_ARRAY_LEN(writes); i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(looks); j++) {
            struct story t = {.code = "UploadConflict", .look_status = looks[j]};
            CHECK_ROW(writes[i].name, run_story(&t, &writes[i]) == 0);
            CHECK_ROW(writes[i].name, t.n_writes == 3 && t.n_looks >= 1);
        }
    }
}

/* Every answer is lost, but the look's comes through. */
static int lose_every_answer(void *ctx, const struct cosn_http_request *request,
                             struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct story *t = ctx;
    if (is_look(request)) {
        return t->b.fake->transport.perform(t->b.fake, request, reply, err);
    }
    return lose_answer(t, request, reply, err);
}

static void a_write_whose_every_answer_is_lost_is_looked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(writes); i++) {
        for (int runs = 0; runs < 2; runs++) {
            struct story t = {.runs_first = runs == 1};
            struct cosn_transport losing = {.perform = lose_every_answer, .ctx = &t};
            bench_init(&t.b, /* transport= */ NULL);
            t.b.platform.p.transport = &losing;
            int r = writes[i].run(&t.b);
            CHECK_ROW(writes[i].name, r == (runs == 1 ? 0 : COSN_E_NET));
            bench_deinit(&t.b);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_in_time_is_outlived),
        cmocka_unit_test(what_lasts_for_ever_fails_in_time_and_says_so),
        cmocka_unit_test(no_throw_of_the_dice_shortens_the_time),
        cmocka_unit_test(a_write_that_a_lost_try_did_is_found_and_not_repeated),
        cmocka_unit_test(a_conflict_over_nothing_is_repeated),
        cmocka_unit_test(a_write_whose_every_answer_is_lost_is_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
