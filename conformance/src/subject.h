/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subject: one executor of driver-protocol operations over a plugin's table (facts:
 * conformance.md s.3a, s.3b). It takes one request as JSON and gives one reply as JSON, and
 * does not care who carries them: the host process feeds it from stdin, the native driver calls
 * it directly. So both drivers share every rule of the protocol.
 *
 * It judges nothing. What the plugin answers is passed on as it is.
 * Threads: one caller at a time; the operation `parallel` makes its own.
 */
#ifndef CONFORM_SUBJECT_H
#define CONFORM_SUBJECT_H

#include "cosbase/buf.h"
#include "cosn/plugin.h"

struct subject;
struct subject_options {
    /* Of a plugin that is linked in; NULL: `path` is loaded. */
    cosn_plugin_entry_fn entry;
    /* A FLUSS_HOME or a .so; NULL with `entry`. */
    const char *path;
    /* NULL: the network. */
    const struct cosn_transport *transport;
    /* Handed to the plugin as COSN_MUTANT; NULL: none. */
    const char *mutant;
    /* Any thread. */
    void (*on_log)(void *ctx, const char *line);
    /* Virtual time moved; any thread. */
    void (*on_time)(void *ctx, int64_t unix_ms);
    void *ctx;
};
/** NULL only without memory. @options are copied; its strings must outlive the subject. */
COS_MUST_CHECK struct subject *subject_new(const struct subject_options *options);
struct subject *subject_free(struct subject *s);
/** Execute one request line; appends one reply line without newline. False after `shutdown`. */
bool subject_call(struct subject *s, struct cos_span request, struct cos_buf *reply);
/** For the direct transport: a wait on the subject's clock (virtual or real). */
void subject_wait_ms(struct subject *s, int64_t ms);

#endif
