/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERR: how failures of the service reach the caller. Every fault is planted in the mock; the
 * subject's error class and the journal must both fit. Sources: error codes and statuses
 * (cos-wire.md s.1.5, s.2), the closed list of classes (drivers/PROTOCOL.md).
 */
#include "case.h"

#include "registry.h"

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static uint64_t fails(struct env *env, const char *op, int status, const char *code,
                      unsigned times)
{
    return env_fault(env, (struct cosmock_fault){.op = op,
                                                 .times = times,
                                                 .kind = COSMOCK_FAULT_REPLY,
                                                 .http_status = status,
                                                 .code = code});
}

/** Cut the rights of the caller down to nothing; only what a sub-account may do is asked. */
static int64_t fs_without_rights(struct env *env)
{
    env_use_sub_account(env);
    int64_t fs = fs_of(env);
    control_ok(env, op_write_text(env, fs, "allowed", "text"));
    control_ok(env, op_stat(env, fs, "allowed"));
    env_user_policy(env, /* json= */ NULL);
    return fs;
}

static void access_denied_has_its_class(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_without_rights(env);
    const struct reply *refused[] = {
        op_read(env, fs, "x"),
        op_write_text(env, fs, "y", "no"),
        op_list(env, fs, env_root_uri(env)),
        op_stat(env, fs, "x"),
        op_delete(env, fs, "x", /* recursive= */ false),
        op_mkdirs(env, fs, "d"),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(refused); i++) {
        expect_error(env, refused[i], "ACCESS_DENIED");
        expect_denied(env, refused[i], /* op= */ NULL);
    }
    expect_not_stored(env, env_key(env, "y"));
    expect_stored_text(env, env_key(env, "x"), "text");
}

static void exists_on_403_is_an_error(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_without_rights(env);
    static const char *const paths[] = {"x", "nowhere"};
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        journal_mark(env);
        const struct reply *r = op_exists(env, fs, paths[i]);
        expect_error(env, r, "ACCESS_DENIED");
        expect_denied(env, r, /* op= */ NULL);
    }
}

static void exists_on_5xx_is_an_error(struct env *env)
{
    static const int statuses[] = {500, 503};
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_of(env);
    expect_true(env, reply_bool(op_exists(env, fs, "x"), "exists"), "'x' does not exist");
    for (size_t i = 0; i < COS_ARRAY_LEN(statuses); i++) {
        (void)fails(env, /* op= */ NULL, statuses[i], /* code= */ NULL, 0);
        expect_error(env, op_exists(env, fs, "x"), "IO|THROTTLED|NETWORK|INTERNAL");
        expect_error(env, op_exists(env, fs, "nowhere"), "IO|THROTTLED|NETWORK|INTERNAL");
        env_fault_clear(env);
    }
}

/* All requests fail with @status from the one behind @skip on. */
static void fails_from(struct env *env, unsigned skip, int status)
{
    env_fault(env, (struct cosmock_fault){.skip = skip,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = status,
                                          .code = status == 403 ? "AccessDenied" : NULL});
}

/* Whichever of its requests fails first: it does not know then that nothing is there. */
static void exists_that_fails_midway_is_an_error(struct env *env, int status,
                                                 const char *classes)
{
    static const char *const paths[] = {"nowhere", "d/x", "d"};
    env_put_text(env, env_key(env, "d/x"), "text");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        journal_mark(env);
        control_ok(env, op_exists(env, fs, paths[i]));
        unsigned requests = (unsigned)journal_count(env, /* op= */ NULL);
        for (unsigned skip = 0; skip < requests; skip++) {
            fails_from(env, skip, status);
            const struct reply *r = op_exists(env, fs, paths[i]);
            /* What is there may be known without the rest. */
            if (i == 0 || !reply_ok(r) || !reply_bool(r, "exists")) {
                expect_error(env, r, classes);
            }
            env_fault_clear(env);
        }
    }
}

static void exists_that_is_refused_midway_is_an_error(struct env *env)
{
    exists_that_fails_midway_is_an_error(env, 403, "ACCESS_DENIED");
}

static void exists_that_gets_5xx_midway_is_an_error(struct env *env)
{
    exists_that_fails_midway_is_an_error(env, 500, "IO|THROTTLED|NETWORK|INTERNAL");
}

/* Whether a refusal came with words: a HEAD has no body to carry a code. */
static bool was_told_why(struct env *env)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    bool is_told = false;
    for (size_t i = 0; i < all.n; i++) {
        is_told = is_told || strcmp(all.e[i].method, "HEAD") != 0;
    }
    return is_told;
}

static void expect_nothing_twice(struct env *env)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        for (size_t k = 0; k < i; k++) {
            expect_true(env,
                        strcmp(all.e[i].method, all.e[k].method) != 0 ||
                            strcmp(all.e[i].target, all.e[k].target) != 0,
                        "%s was sent again", all.e[i].op);
        }
    }
}

static void a_wrong_secret_is_not_retried(struct env *env)
{
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t right = op_fs(env, "right", conf_new(env), env_root_uri(env));
    control_ok(env, op_list(env, right, "d"));
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.userinfo.secretKey", "wrongwrongwrongwrongwrongwrongwr");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    journal_mark(env);
    const struct reply *listed = op_list(env, fs, "d");
    expect_error(env, listed, was_told_why(env) ? "AUTH" : "AUTH|ACCESS_DENIED");
    expect_nothing_twice(env);
    journal_mark(env);
    const struct reply *read = op_read(env, fs, "d/x");
    expect_error(env, read, was_told_why(env) ? "AUTH" : "AUTH|ACCESS_DENIED");
    expect_nothing_twice(env);
    expect_str(env, "what the service refused", journal_last(env, /* op= */ NULL)->authn,
               "signature-differs");
}

static void a_refused_connection_names_the_endpoint(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *host = env_text(env, "%s.%s", env_bucket(env), env_suffix(env));
    conf_unreachable(c, host);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *r = op_stat(env, fs, "x");
    expect_error(env, r, "NETWORK|TIMEOUT");
    if (!reply_is_typed(r) && strstr(reply_message(r), host) == NULL) {
        case_info(env, "the message does not name %s; a driver's detour may hide it: %s", host,
                  reply_message(r));
    } else {
        expect_message_has(env, r, host);
    }
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 30000);
}

/* Only virtual time is patient enough: the answer comes after an hour. */
static void a_silent_server_hits_a_timeout(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t fs = fs_of(env);
    env_fault(env, (struct cosmock_fault){.times = 0,
                                          .kind = COSMOCK_FAULT_DELAY,
                                          .amount = 3600000});
    const struct reply *r = op_read(env, fs, "x");
    expect_error(env, r, "TIMEOUT|NETWORK");
    expect_between(env, "time it took, ms", reply_duration_ms(r), 0, 900000);
}

#define TIMEOUT_KEY "fs.cosn.request.timeout"

/* Who refuses nonsense and names the key knows it. */
static bool knows_the_timeout(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, TIMEOUT_KEY, "never");
    const struct reply *r = op_configure(env, "nonsense", c);
    r = reply_ok(r) ? op_open(env, "nonsense", env_root_uri(env)) : r;
    return !reply_ok(r) && strstr(reply_message(r), TIMEOUT_KEY) != NULL;
}

/*
 * The key is the reference library's; who does not know it waits the four seconds out, and is
 * judged in virtual time only (above). On a busy machine the 300 ms may be over before the
 * request has come: then once more.
 */
static void the_configured_timeout_ends_a_silent_request(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    control_ok(env, op_stat(env, fs_of(env), "x"));
    bool is_known = knows_the_timeout(env);
    struct conf *c = conf_new(env);
    conf_set(c, TIMEOUT_KEY, "300 ms");
    conf_set(c, "fs.cosn.maxRetries", "0");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    uint64_t silence = env_fault(env, (struct cosmock_fault){.times = 0,
                                                             .kind = COSMOCK_FAULT_DELAY,
                                                             .amount = 4000});
    for (int i = 0; i < 20 && env_fault_hits(env, silence) == 0; i++) {
        const struct reply *r = op_stat(env, fs, "x");
        if (reply_ok(r) && !is_known) {
            case_skip(env, "the subject does not know " TIMEOUT_KEY);
        }
        expect_error(env, r, "NETWORK|TIMEOUT");
    }
}

static void breaks(struct env *env, enum cosmock_fault_kind kind, unsigned skip)
{
    env_fault(env, (struct cosmock_fault){.op = "GetBucket",
                                          .skip = skip,
                                          .times = 0,
                                          .kind = kind,
                                          .http_status = kind == COSMOCK_FAULT_REPLY ? 500 : 0,
                                          .amount = 300});
}

/* Cut, no XML, or another document: a page that wants one to sign in says nothing of a
 * directory, least of all that it is empty. */
static void a_malformed_listing_is_an_error(struct env *env)
{
    static const enum cosmock_fault_kind kinds[] = {COSMOCK_FAULT_MALFORMED,
                                                    COSMOCK_FAULT_TRUNCATE,
                                                    COSMOCK_FAULT_FOREIGN};
    static const char *const names[] = {"x"};
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    expect_listing(env, op_list(env, fs, "d"), names, 1);
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds); i++) {
        breaks(env, kinds[i], 0);
        expect_error(env, op_list(env, fs, "d"), "CORRUPT|IO|NETWORK");
        env_fault_clear(env);
    }
    expect_listing(env, op_list(env, fs, "d"), names, 1);
}

/* What came before is no list: the rest would be taken for missing. */
static void a_later_page_that_fails_is_an_error(struct env *env)
{
    static const enum cosmock_fault_kind kinds[] = {COSMOCK_FAULT_MALFORMED,
                                                    COSMOCK_FAULT_TRUNCATE,
                                                    COSMOCK_FAULT_FOREIGN, COSMOCK_FAULT_REPLY,
                                                    COSMOCK_FAULT_RESET};
    env_put_many(env, env_key(env, "d/f"), "", 1001);
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    journal_mark(env);
    expect_listing_many(env, op_list(env, fs, "d"), env_key(env, "d/f"), "", 1001);
    unsigned pages = (unsigned)journal_count(env, "GetBucket");
    expect_true(env, pages >= 2, "1001 children in one page");
    for (size_t i = 0; i < COS_ARRAY_LEN(kinds); i++) {
        breaks(env, kinds[i], pages - 1);
        expect_error(env, op_list(env, fs, "d"), "CORRUPT|IO|NETWORK|THROTTLED");
        env_fault_clear(env);
    }
}

/* Nor is a list what came together without one of the requests before it. */
static void a_list_that_fails_midway_is_an_error(struct env *env)
{
    static const int statuses[] = {403, 500};
    static const char *const names[] = {"x"};
    static const char *const paths[] = {"d", "d/x"}; /* the list of a file is the file */
    env_put_text(env, env_key(env, "d/x"), "text");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "1");
    conf_set(c, "fs.cosn.retry.interval.seconds", "1");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(paths) * COS_ARRAY_LEN(statuses); i++) {
        journal_mark(env);
        expect_listing(env, op_list(env, fs, paths[i / 2]), names, 1);
        unsigned requests = (unsigned)journal_count(env, /* op= */ NULL);
        for (unsigned skip = 0; skip < requests; skip++) {
            fails_from(env, skip, statuses[i % 2]);
            const struct reply *r = op_list(env, fs, paths[i / 2]);
            env_fault_clear(env);
            if (reply_ok(r)) {
                expect_listing(env, r, names, 1);
            } else {
                expect_error(env, r, "ACCESS_DENIED|IO|THROTTLED|NETWORK|INTERNAL");
            }
        }
    }
}

/* How long a list takes whose first @n_failures answers are SlowDown. */
static int64_t slowed_down_ms(struct env *env, int64_t fs, unsigned n_failures)
{
    static const char *const names[] = {"x"};
    (void)fails(env, "GetBucket", 503, "SlowDown", n_failures);
    journal_mark(env);
    const struct reply *r = op_list(env, fs, "d");
    expect_listing(env, r, names, 1);
    struct journal lists = journal_of(env, "GetBucket");
    expect_true(env, lists.n > n_failures, "%u answers were SlowDown, and only %zu came",
                n_failures, lists.n);
    env_fault_clear(env);
    /*
     * A virtual clock in another process reaches the mock with the reply: there the subject's
     * own time counts.
     */
    return env_clock_is_virtual(env) ? reply_duration_ms(r)
                                     : lists.e[n_failures].at_unix_ms - lists.e[0].at_unix_ms;
}

/*
 * Delays may be drawn by lot, so runs are added up: three doubled delays are seven times the
 * first, three equal ones three times. No more than three: a client may retry in rounds, each
 * of which begins with a short delay again (hadoop-cos 3.3.5: 200, 400, 800 ms, then anew).
 * Where time is real one run has to do, and shows a delay only.
 */
static void slow_down_is_retried_with_growing_delay(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "4");
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    if (!env_clock_is_virtual(env)) {
        expect_true(env, slowed_down_ms(env, fs, 3) > 0, "three retries without any delay");
        return;
    }
    int64_t first_ms = 0, three_ms = 0;
    for (unsigned i = 0; i < 16; i++) {
        first_ms += slowed_down_ms(env, fs, 1);
        three_ms += slowed_down_ms(env, fs, 3);
    }
    expect_true(env, three_ms > 0, "retries without any delay");
    expect_true(env, 2 * three_ms > 9 * first_ms,
                "the delay does not grow: 16 first retries took %lld ms, 16 times three %lld",
                (long long)first_ms, (long long)three_ms);
}

/* The method of the request whose id stands in @said, or NULL. */
static const char *method_of_request(struct env *env, const char *said)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        if (all.e[i].request_id[0] != '\0' && strstr(said, all.e[i].request_id) != NULL) {
            return all.e[i].method;
        }
    }
    return NULL;
}

/* As a member of the answer or in its words: a log shows the words. */
static void an_error_tells_path_status_code_and_request(struct env *env)
{
    env_put_text(env, env_key(env, "lost-and~found"), "text");
    int64_t fs = fs_without_rights(env);
    const struct reply *r = op_read_range(env, fs, "lost-and~found", 0, 1);
    expect_error(env, r, "ACCESS_DENIED");
    expect_message_has(env, r, "lost-and~found");
    const char *said = env_text(env, "%s %s %s %lld", reply_message(r), reply_request_id(r),
                                reply_code(r), (long long)reply_http_status(r));
    expect_has(env, "status, as a member or in the message", said, "403");
    const char *method = method_of_request(env, said);
    expect_true(env, method != NULL, "no request of the journal is named: %s", said);
    if (method != NULL && strcmp(method, "HEAD") != 0) {
        expect_has(env, "code, as a member or in the message", said, "AccessDenied");
    }
}

/* The file may be seen, and its bytes not be had: a GET has a body that says why. */
static void an_error_of_a_range_tells_status_and_code(struct env *env)
{
    env_put_text(env, env_key(env, "lost-and-found"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_read(env, fs, "lost-and-found"));
    (void)fails(env, "GetObject", 403, "AccessDenied", 0);
    const struct reply *r = op_read(env, fs, "lost-and-found");
    expect_error(env, r, "ACCESS_DENIED|IO");
    const char *said = env_text(env, "%s %s %lld", reply_message(r), reply_code(r),
                                (long long)reply_http_status(r));
    expect_has(env, "status, as a member or in the message", said, "403");
    expect_has(env, "code, as a member or in the message", said, "AccessDenied");
}

/* Each kind of call fails once, whatever it says, and works the next time. */
static void after_a_failure_the_filesystem_works(struct env *env)
{
    static const char *const names[] = {"x"};
    env_put_text(env, env_key(env, "d/x"), "text");
    int64_t fs = fs_of(env);
    for (unsigned i = 0; i < 2; i++) {
        int status = i == 0 ? 403 : 500;
        (void)fails(env, /* op= */ NULL, status, /* code= */ NULL, 0);
        const char *to = env_text(env, "y%u", i);
        expect_true(env, !reply_ok(op_write_text(env, fs, to, "one")), "the write was ok");
        expect_true(env, !reply_ok(op_read(env, fs, "d/x")), "the read was ok");
        expect_true(env, !reply_ok(op_stat(env, fs, "d/x")), "the status was ok");
        expect_true(env, !reply_ok(op_list(env, fs, "d")), "the list was ok");
        (void)op_mkdirs(env, fs, "made");
        (void)op_rename(env, fs, "d", "e");
        (void)op_delete(env, fs, "d", /* recursive= */ true);
        op_ping(env);
        env_fault_clear(env);
        expect_not_stored(env, env_key(env, to));
        expect_ok(env, op_write_text(env, fs, to, "two"));
        expect_stored_text(env, env_key(env, to), "two");
        expect_str(env, "text", reply_str(op_read_text(env, fs, "d/x"), "text"), "text");
        expect_ok(env, op_stat(env, fs, "d/x"));
        expect_listing(env, op_list(env, fs, "d"), names, 1);
        expect_ok(env, op_mkdirs(env, fs, "made"));
        expect_ok(env, op_rename(env, fs, to, env_text(env, "z%u", i)));
        expect_ok(env, op_delete(env, fs, "made", /* recursive= */ true));
    }
}

/* An open stream that failed is closed; a new one of the same file is not. */
static void after_a_failed_stream_a_new_one_works(struct env *env)
{
    int64_t fs = fs_of(env);
    const struct reply *opened = op_out_open(env, fs, "x", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    (void)fails(env, "PutObject", 403, "AccessDenied", 0);
    expect_ok(env, op_out_write_text(env, out, "one"));
    expect_true(env, !reply_ok(op_out_close(env, out)), "the refused close() answered ok");
    env_fault_clear(env);
    expect_not_stored(env, env_key(env, "x"));
    expect_ok(env, op_write_text(env, fs, "x", "two"));
    expect_stored_text(env, env_key(env, "x"), "two");
}

static void no_bucket_is_not_a_missing_file(struct env *env)
{
    const char *uri = env_text(env, "cosn://nobucket-%s/d", env_appid(env));
    struct conf *c = conf_new(env);
    conf_resolve(c, env_text(env, "nobucket-%s.%s", env_appid(env), env_suffix(env)));
    int64_t here = fs_of(env);
    expect_error(env, op_stat(env, here, "x"), "NOT_FOUND");
    int64_t fs = op_fs(env, "elsewhere", c, uri);
    expect_error(env, op_list(env, fs, "/d"), "NO_BUCKET");
    expect_error(env, op_stat(env, fs, "x"), "NO_BUCKET");
    expect_error(env, op_exists(env, fs, "x"), "NO_BUCKET");
    expect_error(env, op_read(env, fs, "x"), "NO_BUCKET");
    expect_error(env, op_delete(env, fs, "x", /* recursive= */ false), "NO_BUCKET");
    expect_error(env, op_mkdirs(env, fs, "x"), "NO_BUCKET");
    expect_error(env, op_write_text(env, fs, "x", "text"), "NO_BUCKET");
}

static void resets(struct env *env, enum cosmock_fault_kind kind, unsigned times)
{
    env_fault(env, (struct cosmock_fault){.op = "PutObject", .times = times, .kind = kind});
}

/* Before the service acted, or behind it; once, or for good. */
static void a_reset_during_put_is_no_success(struct env *env)
{
    static const enum cosmock_fault_kind kinds[] = {COSMOCK_FAULT_RESET,
                                                    COSMOCK_FAULT_RESET_AFTER};
    int64_t fs = fs_of(env);
    control_ok(env, op_write_text(env, fs, "before", "one"));
    for (unsigned i = 0; i < 4; i++) {
        const char *path = env_text(env, "f%u", i);
        const char *key = env_key(env, path);
        resets(env, kinds[i % 2], i < 2 ? 1 : 0);
        const struct reply *r = op_write_text(env, fs, path, "one");
        if (reply_ok(r) || env_stored(env, key)) {
            expect_stored_text(env, key, "one");
        }
        if (!reply_ok(r)) {
            expect_error(env, r, "NETWORK|IO");
        }
        env_fault_clear(env);
    }
    /* Of the empty one nothing is missing but itself. */
    static const char *const texts[] = {"two", ""};
    resets(env, COSMOCK_FAULT_RESET, 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        expect_error(env, op_write_text(env, fs, "never", texts[i]), "NETWORK|IO");
        expect_not_stored(env, env_key(env, "never"));
    }
}

static void an_error_inside_a_200_complete_is_an_error(struct env *env)
{
    size_t bytes = (1u << 20) + 1;
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", "1048576");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    control_ok(env, op_write_gen(env, fs, "whole", 5, bytes, 0));
    env_fault(env, (struct cosmock_fault){.op = "CompleteMultipartUpload",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY_200,
                                          .http_status = 200,
                                          .code = "InternalError"});
    const struct reply *r = op_write_gen(env, fs, "big", 5, bytes, 0);
    expect_true(env, !reply_ok(r), "the write was reported as done");
    op_ping(env);
    expect_not_stored(env, env_key(env, "big"));
}

static void an_error_inside_a_200_copy_is_an_error(struct env *env)
{
    env_put_text(env, env_key(env, "from"), "text");
    env_put_text(env, env_key(env, "first"), "text");
    int64_t fs = fs_of(env);
    control_ok(env, op_rename(env, fs, "first", "second"));
    env_fault(env, (struct cosmock_fault){.op = "PutObjectCopy",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY_200,
                                          .http_status = 200,
                                          .code = "InternalError"});
    const struct reply *r = op_rename(env, fs, "from", "to");
    expect_true(env, !reply_ok(r) || !reply_bool(r, "result"),
                "the rename was reported as done");
    op_ping(env);
    expect_stored_text(env, env_key(env, "from"), "text");
    expect_not_stored(env, env_key(env, "to"));
}

static void a_missing_token_is_an_auth_error(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    int64_t server = fs_of(env);
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    struct conf *c =
        conf_new(env); /* the temporary pair as if it were permanent: no token is sent */
    conf_set(c, "fs.cosn.userinfo.secretId", token_field(env, token, "access_key_id"));
    conf_set(c, "fs.cosn.userinfo.secretKey", token_field(env, token, "access_key_secret"));
    int64_t fs = op_fs(env, "client", c, env_root_uri(env));
    journal_mark(env);
    expect_error(env, op_read(env, fs, "x"), "AUTH|ACCESS_DENIED");
    expect_str(env, "token state", journal_last(env, /* op= */ NULL)->token, "missing");
}

const struct conform_case cases_err[] = {
    {"ERR-001", "AccessDenied has its class", "fs", access_denied_has_its_class, 0},
    {"ERR-002", "exists on 403 is an error", "fs", exists_on_403_is_an_error, 0},
    {"ERR-002", "exists that is refused midway is an error", "fs",
     exists_that_is_refused_midway_is_an_error, 0},
    {"ERR-003", "exists on 5xx is an error", "fs", exists_on_5xx_is_an_error, 0},
    {"ERR-003", "exists that gets 5xx midway is an error", "fs",
     exists_that_gets_5xx_midway_is_an_error, 0},
    {"ERR-004", "a wrong secret is not retried", "fs", a_wrong_secret_is_not_retried,
     CASE_MISSIGNED},
    {"ERR-005", "a refused connection names the endpoint", "fs",
     a_refused_connection_names_the_endpoint, CASE_PROCESS_ONLY},
    {"ERR-006", "a silent server hits a timeout", "fs,clock.virtual",
     a_silent_server_hits_a_timeout, CASE_DIRECT_ONLY},
    {"ERR-006", "the configured timeout ends a silent request", "fs,clock.virtual",
     the_configured_timeout_ends_a_silent_request, 0},
    {"ERR-007", "a malformed listing is an error", "fs", a_malformed_listing_is_an_error, 0},
    {"ERR-016", "a later page that fails is an error", "fs",
     a_later_page_that_fails_is_an_error, 0},
    {"ERR-016", "a list that fails midway is an error", "fs",
     a_list_that_fails_midway_is_an_error, 0},
    {"ERR-008", "SlowDown is retried with growing delay", "fs",
     slow_down_is_retried_with_growing_delay, 0},
    {"ERR-009", "an error tells path, status, code and request", "fs",
     an_error_tells_path_status_code_and_request, 0},
    {"ERR-009", "an error of a range tells status and code", "fs",
     an_error_of_a_range_tells_status_and_code, 0},
    {"ERR-010", "after a failure the filesystem works", "fs",
     after_a_failure_the_filesystem_works, 0},
    {"ERR-010", "after a failed stream a new one works", "fs,fs.streams",
     after_a_failed_stream_a_new_one_works, 0},
    {"ERR-011", "no bucket is not a missing file", "fs", no_bucket_is_not_a_missing_file, 0},
    {"ERR-012", "a reset during PUT is no success", "fs", a_reset_during_put_is_no_success, 0},
    {"ERR-013", "an error inside a 200 complete is an error", "fs",
     an_error_inside_a_200_complete_is_an_error, CASE_FRESH_PROCESS},
    {"ERR-014", "an error inside a 200 copy is an error", "fs",
     an_error_inside_a_200_copy_is_an_error, 0},
    {"ERR-015", "a missing token is an auth error", "fs,token.obtain",
     a_missing_token_is_an_auth_error, 0},
    {0},
};
