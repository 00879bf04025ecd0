/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a conformance case may do. A case is a short script: prepare the world behind the API's back, ask the subject
 * through the driver protocol, then judge its answer AND the mock's journal (facts: conformance.md R8, R9, R11).
 *
 * Rules for cases
 *  - State enters through env_put_*() (the store), never through the subject; results leave through env_stored*().
 *  - Every expect_*() that does not hold ends the case at once (a long jump back to the runner): a case never checks
 *    results by hand to go on. Therefore a case owns nothing: everything handed out here belongs to the env and lives
 *    until the case ends. No static data, no sleeping, no wall clock, no threads of its own (op_parallel instead).
 *  - A negative case names the error class it wants (expect_error); "it failed somehow" is not an outcome. expect_error also
 *    checks that the subject still answers afterwards.
 *  - Every case has a tenant of its own: unique bucket, keys, clocks, faults, journal.
 *  - No evidence, no PASS: a case whose tenant saw no request at all ends as a violation, unless it wanted an error
 *    (expect_error), says expect_no_traffic or has CASE_QUIET. A subject that answers ok to everything and does nothing must not pass (conformance.md R9).
 *  - The outcome is: return = PASS; expect_* = FAIL (MUST), WARN (SHOULD) or INFO (MAY); case_skip; case_info;
 *    env trouble = ERROR.
 */
#ifndef CONFORM_CASE_H
#define CONFORM_CASE_H

#include "cosbase/json.h"
#include "cosmock/cosmock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;

/* ---- the table of an area: cases/<area>.c defines `const struct conform_case cases_<area>[]`, ended by a zero row ---- */
enum {
    CASE_FRESH_PROCESS = 1, /* give it a process of its own (per-process state) */
    CASE_DIRECT_ONLY = 2,   /* needs the in-process driver, else SKIP */
    CASE_PROCESS_ONLY = 4,  /* needs real sockets or a real process, else SKIP */
    CASE_SMOKE = 8, /* runs first; when every smoke case fails the driver is broken (exit 3) */
    CASE_OWN_LOADING = 16,  /* the case calls op_load itself */
    CASE_BOUNDED_TIME = 32, /* about not hanging: a timeout is a violation, not an ERROR */
    CASE_QUIET =
        64 /* may pass without a single request (see the rules above); expect_no_traffic implies it */
};
struct conform_case {
    const char *requirement; /* id in requirements.yaml */
    const char *name;        /* a claim in a few words; with `requirement` unique */
    const char *needs; /* driver capabilities, comma separated: "fs,token.obtain"; NULL: none */
    void (*run)(struct env *env);
    unsigned flags;
};

/* ---- ending a case ---- */
#define CASE_NORETURN __attribute__((noreturn))
CASE_NORETURN void case_fail(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
CASE_NORETURN void case_skip(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** Harness trouble, never the subject's fault. */
CASE_NORETURN void case_error(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** An observation: the case goes on and ends as INFO instead of PASS. */
void case_info(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);

/* ---- the world of this case; strings live as long as the env ---- */
const char *env_bucket(struct env *env); /* "<unique>-1250000000" */
const char *env_appid(struct env *env);
const char *env_owner_uin(struct env *env);
const char *env_region(struct env *env); /* "ap-guangzhou" */
const char *env_suffix(struct env *env); /* "cos.ap-guangzhou.myqcloud.com" */
const char *env_root(struct env *env);   /* "path/to/remote/storage", no slash at either end */
const char *env_root_uri(struct env *env); /* remote.data.dir: "cosn://<bucket>/<root>" */
const char *env_secret_id(struct env *env);
const char *env_secret_key(struct env *env);
uint64_t env_seed(struct env *env);
struct cosmock_tenant *env_tenant(struct env *env); /* for what is not wrapped here */
bool env_is_direct(struct env *env);                /* in process: virtual clock, no sockets */
bool env_has(struct env *env, const char *capability);
/** A printf into memory of the env. Every string a case builds is made with it. */
const char *env_text(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** @node printed into memory of the env; "null" for NULL. */
const char *env_json(struct env *env, const struct cos_json *node);
void *env_alloc(struct env *env, size_t bytes); /* zeroed; never NULL (else ERROR) */
/** "cosn://<bucket>/<key>" and "<root>/<relative>". */
const char *env_uri(struct env *env, const char *key);
const char *env_key(struct env *env, const char *relative);

/** One more bucket of the same account: "<word>-<unique>-<appid>". */
const char *env_bucket_add(struct env *env, const char *word);
void env_put_text(struct env *env, const char *key, const char *text);
void env_put_gen(struct env *env, const char *key, uint64_t seed, size_t bytes);
void env_put_in(struct env *env, const char *bucket, const char *key, const char *text);
/** Objects named by @fmt (one %d-like conversion, e.g. "d/f%05d") for 0..n-1, one byte each. */
void env_put_many(struct env *env, const char *prefix, const char *suffix, unsigned n);
bool env_stored(struct env *env, const char *key);
/** Length of a stored object, or -1. */
int64_t env_stored_bytes(struct env *env, const char *key);
/** Hex SHA-256 of a stored object, "" when absent. */
const char *env_stored_sha256(struct env *env, const char *key);
const char *env_stored_text(struct env *env, const char *key); /* NULL when absent */
const char *env_store_digest(struct env *env);                 /* of the whole tenant */
int64_t env_object_count(struct env *env);                     /* in env_bucket */
int64_t env_upload_count(struct env *env); /* unfinished multipart uploads in env_bucket */
/** Policy of the account's user whose key the case holds (a sub-account; see env_use_sub_account), NULL: none. */
void env_user_policy(struct env *env, const char *json);
/**
 * From now on env_secret_id/key are those of a sub-account of the bucket's owner, which starts with a policy that allows
 * everything; call before conf_new.
 */
void env_use_sub_account(struct env *env);
/** "allow" or "deny": what the mock's CAM says of a key (permanent or temporary). action "name/cos:PutObject"; key in env_bucket. */
const char *env_probe(struct env *env, const char *secret_id, const char *action,
                      const char *bucket, const char *key);

/* Generated bytes (conformance.md s.3b, xs64): same bytes in the harness and in every driver. */
const char *env_gen_sha256(struct env *env, uint64_t seed, size_t bytes);
const char *env_gen_part_sha256(struct env *env, uint64_t seed, size_t offset, size_t bytes);

/* ---- time. In virtual time the subject's clock and the three tenant clocks stand still but for these and for waits of the subject. ---- */
/** True when the subject's clock can be moved (capability clock.virtual and the driver grants it). */
bool env_clock_is_virtual(struct env *env);
int64_t env_now_ms(struct env *env); /* the tenant's token clock */
/** Let time pass for subject and tenant alike; managers do what becomes due. SKIPs the case without a virtual clock. */
void env_advance(struct env *env, int64_t ms);
/** The same in one step, as after a suspend: managers see it only when it is over. */
void env_jump(struct env *env, int64_t ms);
/** Only the mock's token clock moves: tokens age for the service, the subject knows nothing of it. Any driver. */
void env_age_tokens(struct env *env, int64_t ms);
/** ExpiredTime = now + seconds for later tokens, whatever is asked for; 0: as asked. */
void env_ttl_override(struct env *env, int64_t seconds);

/* ---- configuration ---- */
struct conf;
/** The page's option 1: remote.data.dir, endpoint suffix, region, secretId, secretKey, and fs.cosn.maxRetries 2. */
struct conf *conf_new(struct env *env);
/** Nothing at all: a client that lives on tokens. */
struct conf *conf_new_client(struct env *env);
void conf_set(struct conf *c, const char *key, const char *value); /* NULL removes */
const char *conf_get(struct conf *c, const char *key);             /* NULL: not set */
/** Environment of the subject: only what is set here is visible to it. */
void conf_env(struct conf *c, const char *name, const char *value);
/** Hand over this text as server.yaml instead of key/value pairs. mode: 0 Fluss, 1 strict, 2 core-site.xml. */
void conf_file(struct conf *c, const char *text, int mode);
/** The page's own server.yaml with values filled in; option 1 or 2 (fixtures/configs). */
void conf_file_of_page(struct conf *c, int option);
void conf_log_level(struct conf *c,
                    const char *level); /* "error" .. "trace"; default "debug" */
/** Where requests really go. Default: plain http for COS, TLS with the mock's CA for STS. */
void conf_scheme(struct conf *c, const char *scheme); /* "http" or "https" for COS */
void conf_sts_endpoint(struct conf *c,
                       const char *endpoint); /* "http://..." allowed only on purpose */
void conf_ca_none(struct conf *c);            /* the mock's CA is not trusted */
void conf_resolve(struct conf *c,
                  const char *host); /* route this host name to the mock as well */
void conf_unreachable(struct conf *c, const char *host); /* this host refuses connections */

/* ---- replies: always a reply object; NULL-tolerant readers ---- */
struct reply;
bool reply_ok(const struct reply *r);
const char *reply_class(const struct reply *r);   /* "ACCESS_DENIED"; "" when ok */
const char *reply_message(const struct reply *r); /* "" when ok */
const char *reply_code(const struct reply *r);    /* the service's code, "" when none */
const char *reply_request_id(const struct reply *r);
int64_t reply_http_status(const struct reply *r);
bool reply_typed(const struct reply *r);
const struct cos_json *reply_json(const struct reply *r, const char *member);
const char *reply_str(const struct reply *r, const char *member); /* "" when absent */
int64_t reply_i64(const struct reply *r, const char *member);     /* INT64_MIN when absent */
bool reply_bool(const struct reply *r, const char *member);
int64_t
reply_duration_ms(const struct reply *r); /* by the subject's clock when virtual, else real */

/* ---- operations (conformance.md s.3b). @who names a plugin instance: "server", "client", "client2" ... ---- */
const struct reply *
op_call(struct env *env, const char *op,
        const char *members_json); /* raw: members without braces, or NULL */
const struct reply *op_load(struct env *env, const char *fluss_home);
/** As with FLUSS_PLUGINS_DIR set. */
const struct reply *op_load_plugins_dir(struct env *env, const char *plugins_dir);
const struct reply *op_load_abi(struct env *env, unsigned abi_major); /* only ask the entry */
const struct reply *op_configure(struct env *env, const char *who, struct conf *c);
/** Reply has `fs` and `uri`; use op_fs() for the handle. */
const struct reply *op_open(struct env *env, const char *who, const char *uri);
/** op_configure + op_open, both expected to be fine. */
int64_t op_fs(struct env *env, const char *who, struct conf *c, const char *uri);
const struct reply *op_close(struct env *env, int64_t fs);
const struct reply *op_stat(struct env *env, int64_t fs, const char *path);
const struct reply *op_exists(struct env *env, int64_t fs, const char *path);
const struct reply *op_list(struct env *env, int64_t fs, const char *path);
const struct reply *op_mkdirs(struct env *env, int64_t fs, const char *path);
const struct reply *op_delete(struct env *env, int64_t fs, const char *path, bool recursive);
const struct reply *op_rename(struct env *env, int64_t fs, const char *from, const char *to);
/** Paths are absolute in the bucket ("/a/b") or whole URIs; a relative one is taken below the fs URI's path. */
const struct reply *op_write_text(struct env *env, int64_t fs, const char *path,
                                  const char *text);
const struct reply *op_create_text(struct env *env, int64_t fs, const char *path,
                                   const char *text); /* NO_OVERWRITE */
const struct reply *op_write_gen(struct env *env, int64_t fs, const char *path, uint64_t seed,
                                 size_t bytes, size_t chunk /* 0: 65536 */);
/** Whole file: `len`, `sha256`. */
const struct reply *op_read(struct env *env, int64_t fs, const char *path);
const struct reply *op_read_range(struct env *env, int64_t fs, const char *path, int64_t offset,
                                  int64_t bytes);
/** Bytes back as text in `text` (small files). */
const struct reply *op_read_text(struct env *env, int64_t fs, const char *path);
/* Stepwise streams; `out` / `in` handles. */
const struct reply *op_out_open(struct env *env, int64_t fs, const char *path, bool overwrite);
const struct reply *op_out_write_text(struct env *env, int64_t out, const char *text);
const struct reply *op_out_write_gen(struct env *env, int64_t out, uint64_t seed, size_t skip,
                                     size_t bytes);
const struct reply *op_out_flush(struct env *env, int64_t out);
const struct reply *op_out_pos(struct env *env, int64_t out);
const struct reply *op_out_close(struct env *env, int64_t out); /* commit */
const struct reply *op_out_free(struct env *env, int64_t out);  /* abort when not closed */
const struct reply *op_in_open(struct env *env, int64_t fs, const char *path);
/** Reads up to @bytes into a buffer at @buf_offset: `n` (-1 at the end), `sha256` of what was read, `clean` (no byte outside was touched). */
const struct reply *op_in_read(struct env *env, int64_t in, size_t bytes, size_t buf_offset);
const struct reply *op_in_seek(struct env *env, int64_t in, int64_t pos);
const struct reply *op_in_pos(struct env *env, int64_t in);
const struct reply *op_in_close(struct env *env, int64_t in);
/** `scheme`, `valid_until_ms`, `infos`, and through the functions below the payload. */
const struct reply *op_get_token(struct env *env, int64_t fs);
const struct reply *op_apply_token(struct env *env, const char *who, const struct reply *token);
const struct reply *op_apply_token_raw(struct env *env, const char *who, const char *scheme,
                                       const char *payload,
                                       int64_t valid_until_ms /* -1: for ever */,
                                       const char *infos_json /* NULL: {} */);
const char *token_payload(struct env *env, const struct reply *token); /* the JSON text */
const char *token_field(struct env *env, const struct reply *token,
                        const char *name);                          /* "access_key_id"; "" */
const char *token_info(const struct reply *token, const char *key); /* NULL: absent */
/**
 * The refresh manager of @who, fed by get_token on @server_fs (the harness plays the Fluss server). conf_json: manager keys as a
 * JSON object or NULL. Reply has `mgr`.
 */
const struct reply *op_manager_start(struct env *env, const char *who, int64_t server_fs,
                                     const char *conf_json);
/**
 * The same, fed by scripted answers: [{"token":{"text":"..."},"valid_for_ms":5000,"infos":{}}, {"err":"STS"}, ...]; the last one
 * repeats. valid_until_ms / valid_for_ms absent: for ever.
 */
const struct reply *op_manager_start_list(struct env *env, const char *who,
                                          const char *tokens_json, const char *conf_json);
const struct reply *op_manager_stop(struct env *env, int64_t mgr);
/** Run every op at once on a thread of its own; @ops are whole JSON objects {"op":"read","fs":1,...}. Reply has `replies`. */
const struct reply *op_parallel(struct env *env, const char *const ops[], size_t n);
const struct reply *op_stats(struct env *env); /* rss_kb, peak_rss_kb, threads, fds */
void op_ping(struct env *env); /* fails the case when the subject does not answer */

/* ---- a FLUSS_HOME to play with (op_load) ---- */
/** An empty scratch directory, removed after the case. */
const char *env_scratch(struct env *env, const char *name);
/** Copy the artefact under test to <dir>/<file>; SKIPs the case when no artefact is known (in process without --subject). */
void env_place_artifact(struct env *env, const char *dir, const char *file);
void env_place_file(struct env *env, const char *dir, const char *file, const char *text);
void env_make_dir(struct env *env, const char *path);
/** The bytes of a file, in memory of the env; ptr NULL when it cannot be read. */
struct cos_span env_read_file(struct env *env, const char *path);

/* ---- expectations ---- */
void expect_ok(struct env *env, const struct reply *r);
/** @classes: "ACCESS_DENIED" or an explicit set "AUTH|ACCESS_DENIED". Also pings. */
void expect_error(struct env *env, const struct reply *r, const char *classes);
void expect_message_has(struct env *env, const struct reply *r, const char *text);
void expect_true(struct env *env, bool holds, const char *fmt, ...) COS_PRINTF(3, 4);
void expect_i64(struct env *env, const char *what, int64_t got, int64_t want);
void expect_between(struct env *env, const char *what, int64_t got, int64_t low, int64_t high);
void expect_str(struct env *env, const char *what, const char *got, const char *want);
void expect_has(struct env *env, const char *what, const char *text, const char *needle);
void expect_lacks(struct env *env, const char *what, const char *text, const char *needle);
/** Same JSON value whatever the blanks and the order of members. */
void expect_same_json(struct env *env, const char *what, const char *got, const char *want);
/** A list reply holds exactly these children (last path segments; directories end with '/'), in any order. */
void expect_listing(struct env *env, const struct reply *r, const char *const names[],
                    size_t n);
/** A list reply holds @n entries, and they are the ones env_put_many(prefix, suffix, n) made (no more, no less, once each). */
void expect_listing_many(struct env *env, const struct reply *r, const char *prefix,
                         const char *suffix, unsigned n);
void expect_stored_gen(struct env *env, const char *key, uint64_t seed, size_t bytes);
void expect_stored_text(struct env *env, const char *key, const char *text);
void expect_not_stored(struct env *env, const char *key);
/** No secret of this case stands in logs, errors or any other output of the subject (get_token's payload excepted). */
void expect_no_leak(struct env *env);
/** One more string that must never appear; secrets and tokens of the case are known already. */
void env_canary(struct env *env, const char *secret);
/** Everything the subject logged so far, one line each: "LEVEL area: line". */
const char *env_log(struct env *env);

/* ---- the journal ---- */
struct journal {
    size_t n;
    const struct cosmock_entry *e;
};
/** Look only at what comes after now. */
void journal_mark(struct env *env);
/** Entries after the mark, of operation @op (NULL: all), oldest first. */
struct journal journal_of(struct env *env, const char *op);
size_t journal_count(struct env *env, const char *op);
/** The last one of its kind; fails the case when there is none. */
const struct cosmock_entry *journal_last(struct env *env, const char *op);
const struct cosmock_entry *journal_first(struct env *env, const char *op);
void expect_count(struct env *env, const char *op, size_t want);
void expect_count_between(struct env *env, const char *op, size_t low, size_t high);
void expect_no_traffic(struct env *env); /* nothing at all after the mark */
/** There are requests after the mark, and all verified: authn "ok", token "ok" or "none". */
void expect_all_verified(struct env *env);
/** There are requests after the mark, and every COS one was signed by @secret_id. */
void expect_signed_by(struct env *env, const char *secret_id);
/** There are requests after the mark, and nothing but GET and HEAD. */
void expect_no_writes(struct env *env);
/** Push a fault; `size` is filled in. Returns its id for fault_hits. */
uint64_t env_fault(struct env *env, struct cosmock_fault fault);
uint64_t env_fault_hits(struct env *env, uint64_t id);
void env_fault_clear(struct env *env);

#endif
