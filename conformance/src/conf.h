/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations of a case: what `configure` tells the subject, and where its requests really
 * go.
 */
#ifndef CONFORM_CONF_H
#define CONFORM_CONF_H

struct conf;
struct env;
struct reply;

/**
 * The page's option 1: remote.data.dir, endpoint suffix, region, secretId, secretKey, and
 * fs.cosn.maxRetries 2.
 */
struct conf *conf_new(struct env *env);
/** Nothing at all: a client that lives on tokens. */
struct conf *conf_new_client(struct env *env);
/** @value NULL removes. */
void conf_set(struct conf *c, const char *key, const char *value);
/** Environment of the subject: only what is set here is visible to it. */
void conf_env(struct conf *c, const char *name, const char *value);
/**
 * Hand over this text as server.yaml instead of key/value pairs. @mode: 0 Fluss, 1 strict, 2
 * core-site.xml.
 */
void conf_file(struct conf *c, const char *text, int mode);
/** The page's own server.yaml with values filled in; option 1 or 2 (fixtures/configs). */
void conf_file_of_page(struct conf *c, int option);
/** "error" .. "trace"; default "debug". */
void conf_log_level(struct conf *c, const char *level);
/** "http" or "https" for COS; default plain http. STS is TLS with the mock's CA. */
void conf_scheme(struct conf *c, const char *scheme);
/** The mock's CA is not trusted. */
void conf_ca_none(struct conf *c);
/** Of a C subject: its host is of this minor version of the ABI; default the newest. */
void conf_abi_minor(struct conf *c, int minor);
/** Route this host name to the mock as well. */
void conf_resolve(struct conf *c, const char *host);
/** This host refuses connections. */
void conf_unreachable(struct conf *c, const char *host);
const struct reply *op_configure(struct env *env, const char *who, struct conf *c);

#endif
