/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation: operations of the driver protocol (conformance.md s.3b). @who names a
 * plugin instance: "server", "client", "client2" ... Paths are absolute in the bucket ("/a/b")
 * or whole URIs; a relative one is taken below the fs URI's path.
 */
#ifndef CONFORM_OP_H
#define CONFORM_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct reply;

/** Raw: @members_json without braces, or NULL. */
const struct reply *op_call(struct env *env, const char *op, const char *members_json);
/** As if the subject had answered @text: what the judge does in the place of a party. */
const struct reply *op_instead(struct env *env, const char *text);
/** An operation whose only member is a handle: {"<kind>":<handle>}. */
const struct reply *op_on_handle(struct env *env, const char *op, const char *kind,
                                 int64_t handle);

/* ---- what the subject says of itself ---- */

/** In process: virtual clock, no sockets. */
bool env_is_direct(struct env *env);
bool env_has(struct env *env, const char *capability);
/** True when its clock can be moved (capability clock.virtual, and the driver grants it). */
bool env_clock_is_virtual(struct env *env);
/** What it is written in: "java"; "c" when it does not say. */
const char *env_language(struct env *env);
/** Its language has no way for this: one of op_may_lack(). See case_lacking(). */
bool env_lacks(struct env *env, const char *what);
/** What a language may have no way for, a closed list (PROTOCOL.md). */
bool op_may_lack(const char *what);
/**
 * Where its language lacks @what, @r must be UNSUPPORTED, since declared is binding; the case
 * then ends with case_lacking().
 */
void op_judge_lacking(struct env *env, const struct reply *r, const char *what);
/** False: what searches for the plugin is the harness's, so a good end is case_harness(). */
bool env_loader_is_product(struct env *env);
/** Everything it logged so far, one line each: "LEVEL area: line". */
const char *env_log(struct env *env);

/* ---- time: a virtual clock moves by these and by waits of the subject only ---- */

/**
 * Let time pass for subject and tenant alike; managers do what becomes due. SKIPs the case
 * without a virtual clock.
 */
void env_advance(struct env *env, int64_t ms);
/**
 * The same in one step, as after a suspend: managers see it only when it is over. Of real time
 * the wall clocks jump; SKIPs the case without the capability clock.jump.
 */
void env_jump(struct env *env, int64_t ms);

/* ---- life cycle ---- */

const struct reply *op_load(struct env *env, const char *fluss_home);
/** Only ask the entry. */
const struct reply *op_load_abi(struct env *env, unsigned abi_major);
/** Reply has `fs` and `uri`; use op_fs() for the handle. */
const struct reply *op_open(struct env *env, const char *who, const char *uri);
const struct reply *op_close(struct env *env, int64_t fs);
/**
 * From now on the environment that @who sees is these @n texts, name and value by turns, and
 * nothing else; its filesystems stay open.
 */
const struct reply *op_env(struct env *env, const char *who, const char *const pairs[],
                           size_t n);
/** From now on an answer of this case may take so long before the driver counts as hung. */
void op_patience(struct env *env, int64_t ms);
/** Fails the case when the subject does not answer. */
void op_ping(struct env *env);
/** rss_kb, peak_rss_kb, threads, fds. */
const struct reply *op_stats(struct env *env);
/**
 * Run every op at once on a thread of its own; @ops are whole JSON objects
 * {"op":"read","fs":1,...}. Reply has `replies`.
 */
const struct reply *op_parallel(struct env *env, const char *const ops[], size_t n);

/* ---- filesystem ---- */

const struct reply *op_stat(struct env *env, int64_t fs, const char *path);
const struct reply *op_exists(struct env *env, int64_t fs, const char *path);
const struct reply *op_list(struct env *env, int64_t fs, const char *path);
const struct reply *op_mkdirs(struct env *env, int64_t fs, const char *path);
const struct reply *op_delete(struct env *env, int64_t fs, const char *path, bool recursive);
const struct reply *op_rename(struct env *env, int64_t fs, const char *from, const char *to);
const struct reply *op_write_text(struct env *env, int64_t fs, const char *path,
                                  const char *text);
/** NO_OVERWRITE. */
const struct reply *op_create_text(struct env *env, int64_t fs, const char *path,
                                   const char *text);
/** @chunk 0: 65536. */
const struct reply *op_write_gen(struct env *env, int64_t fs, const char *path, uint64_t seed,
                                 size_t bytes, size_t chunk);
/** Whole file: `len`, `sha256`. */
const struct reply *op_read(struct env *env, int64_t fs, const char *path);
const struct reply *op_read_range(struct env *env, int64_t fs, const char *path, int64_t offset,
                                  int64_t bytes);
/** Bytes back as text in `text` (small files). */
const struct reply *op_read_text(struct env *env, int64_t fs, const char *path);

/* ---- stepwise streams: `out` and `in` handles ---- */

const struct reply *op_out_open(struct env *env, int64_t fs, const char *path, bool overwrite);
const struct reply *op_out_write_text(struct env *env, int64_t out, const char *text);
const struct reply *op_out_write_gen(struct env *env, int64_t out, uint64_t seed, size_t skip,
                                     size_t bytes);
const struct reply *op_out_flush(struct env *env, int64_t out);
const struct reply *op_out_pos(struct env *env, int64_t out);
/** Commit. */
const struct reply *op_out_close(struct env *env, int64_t out);
/** Abort when not closed. */
const struct reply *op_out_free(struct env *env, int64_t out);
const struct reply *op_in_open(struct env *env, int64_t fs, const char *path);
/**
 * Reads up to @bytes into a buffer at @buf_offset: `n` (-1 at the end), `sha256` of what was
 * read, `clean` (no byte outside was touched).
 */
const struct reply *op_in_read(struct env *env, int64_t in, size_t bytes, size_t buf_offset);
const struct reply *op_in_seek(struct env *env, int64_t in, int64_t pos);
const struct reply *op_in_pos(struct env *env, int64_t in);

#endif
