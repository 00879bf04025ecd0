/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key table: one row a key, the single place for names, defaults, ranges and what a key
 * does. Documentation, checking and typed reads all come from here.
 *
 * Defaults are those of hadoop-cos 3.3.5 and Fluss, so that a server.yaml means the same here;
 * where this library differs the effect says so and docs/DEVIATIONS.md has the reason. Keys of
 * the tencentyun/hadoop-cos fork are not here: the plugin ignores them too (fluss-plugin.md
 * s.2.2).
 */
#include "config/config.h"

#include <string.h>

#define KIB 1024LL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define HOUR_MS 3600000LL

#define HADOOP "hadoop-cos 3.3.5 CosNConfigKeys.java:30-85; fluss-plugin.md s.2.1"
#define FLUSS "fluss-plugin.md s.2.3"
#define OWN "this library; docs/DEVIATIONS.md"

static const struct cosn_key table[] = {
    {"remote.data.dir", COSN_KEY_URI, NULL, 0, 0, NULL,
     "root of the remote storage; its bucket and path scope the default token policy",
     "fluss ConfigOptions.java:114; " FLUSS},
    {"fs.cosn.bucket.endpoint_suffix", COSN_KEY_STRING, NULL, 0, 0,
     "fs.cosn.userinfo.endpoint_suffix",
     "requests go to <bucket>.<suffix>; leading dots are dropped", HADOOP},
    {"fs.cosn.bucket.region", COSN_KEY_STRING, NULL, 0, 0, NULL,
     "requests go to <bucket>.cos.<region>.myqcloud.com, whatever the suffix says; the names "
     "that the "
     "SDK knows (cn-east, sg ...) and those with \"cos.\" in front stand as they are",
     HADOOP},
    {"fs.cosn.userinfo.region", COSN_KEY_STRING, NULL, 0, 0, NULL,
     "region of the STS call and of the default policy; needed for tokens only",
     "COSFileSystemPlugin.java:51; " FLUSS},
    {"fs.cosn.userinfo.secretId", COSN_KEY_SECRET, NULL, 0, 0, NULL, "id of the permanent key",
     HADOOP},
    {"fs.cosn.userinfo.secretKey", COSN_KEY_SECRET, NULL, 0, 0, NULL,
     "secret of the permanent key", HADOOP},
    {"fs.cosn.session.token", COSN_KEY_SECRET, NULL, 0, 0, "fs.cosn.userinfo.sessionToken",
     "session token that belongs to secretId and secretKey when they are temporary", OWN},
    {"fs.cosn.credentials.provider", COSN_KEY_LIST, NULL, 0, 0, NULL,
     "comma list of providers, asked in this order; replaces the default chain", HADOOP},
    {"fs.cosn.security.token.policy", COSN_KEY_STRING, NULL, 0, 0, NULL,
     "JSON policy of the temporary credential, instead of the default one",
     "COSSecurityTokenProvider.java:120-129; " FLUSS},
    {"fs.cosn.security.token.duration", COSN_KEY_DURATION, "1 h", 1000, 36 * HOUR_MS, NULL,
     "life asked for the temporary credential, in whole seconds", OWN},
    {"fs.cosn.sts.timeout", COSN_KEY_DURATION, "30 s", 1, HOUR_MS, NULL,
     "longest wait for an STS answer (the plugin has none: fluss-plugin.md F14)", OWN},
    {"fs.cosn.request.timeout", COSN_KEY_DURATION, "60 s", 1, 24 * HOUR_MS, NULL,
     "longest time in which nothing moves in one COS exchange; a slow body has all the time it "
     "needs",
     OWN},
    {"fs.cosn.request.timeout.total", COSN_KEY_DURATION, "0 s", 0, 24 * HOUR_MS, NULL,
     "longest time for one COS exchange as a whole; 0: no limit", OWN},
    {"fs.cosn.useHttps", COSN_KEY_BOOL, "true", 0, 0, NULL,
     "TLS for COS requests; on by default because the plugin always uses it, whatever it says",
     "fluss-plugin.md F1; CosNConfigKeys COSN_USE_HTTPS_KEY"},
    {"fs.cosn.user.agent", COSN_KEY_STRING, "cosn/" COS_VERSION, 0, 0, NULL,
     "the User-Agent header", HADOOP},
    {"fs.cosn.tmp.dir", COSN_KEY_STRING, "/tmp/hadoop_cos", 0, 0, NULL,
     "accepted and unused: this library spills nothing to disk", HADOOP},
    {"fs.cosn.buffer.size", COSN_KEY_INT, "33554432", -1, INT64_MAX, NULL,
     "memory for write buffers, in bytes", HADOOP},
    {"fs.cosn.block.size", COSN_KEY_INT, "8388608", 1 * MIB, 2 * GIB, NULL,
     "part size and multipart threshold, in bytes", HADOOP},
    {"fs.cosn.maxRetries", COSN_KEY_INT, "3", 0, 1000, NULL,
     "retries of what may pass (5xx, 408, 429, write conflicts, lost connections): so many "
     "whatever "
     "they take, and more while the time lasts, which is this times the interval; 4 requests "
     "each "
     "at most; 0: none",
     HADOOP},
    {"fs.cosn.retry.interval.seconds", COSN_KEY_INT, "3", 0, 3600, NULL,
     "longest wait between two tries, in seconds; times maxRetries: how long trouble is "
     "outlived",
     HADOOP},
    {"fs.cosn.upload_thread_pool", COSN_KEY_INT, "1", 1, 256, NULL,
     "parts of one file uploaded at the same time, beside the writing thread", HADOOP},
    {"fs.cosn.copy_thread_pool", COSN_KEY_INT, "1", 1, 256, NULL,
     "copies of one directory rename at the same time", HADOOP},
    {"fs.cosn.threads.keep_alive_time", COSN_KEY_INT, "60", 0, INT64_MAX, NULL,
     "accepted and unused: no idle thread is kept", HADOOP},
    {"fs.cosn.read.ahead.block.size", COSN_KEY_INT, "524288", 1, 1 * GIB, NULL,
     "bytes asked in one ranged GET of a streaming read", HADOOP},
    {"fs.cosn.read.ahead.queue.size", COSN_KEY_INT, "5", 0, 1024, NULL,
     "blocks read ahead at most", HADOOP},
    {"fs.cosn.max.connection.num", COSN_KEY_INT, "2048", 1, 1000000, NULL,
     "accepted and unused: connections are as many as threads", HADOOP},
    {"client.filesystem.security.token.renewal.time-ratio", COSN_KEY_RATIO, "0.75", 0, 0, NULL,
     "part of a token's remaining life after which it is renewed, between 0 and 1",
     "fluss ConfigOptions.java:1636-1641; " FLUSS},
    {"client.filesystem.security.token.renewal.backoff", COSN_KEY_DURATION, "1 h", 1,
     366 * 24 * HOUR_MS, NULL,
     "longest wait after a failed renewal; shorter when the token would lapse",
     "fluss ConfigOptions.java:1628-1634; " FLUSS},
    {0},
};

const struct cosn_key *cosn_config_keys(void)
{
    return table;
}

const struct cosn_key *config_key_find(const char *name)
{
    for (const struct cosn_key *k = table; k->name != NULL; k++) {
        if (strcmp(k->name, name) == 0 || (k->alias != NULL && strcmp(k->alias, name) == 0)) {
            return k;
        }
    }
    return NULL;
}

bool cosn_config_is_secret(const char *key)
{
    /* Fluss masks by parts of names (ConfigurationUtils.java:43-60); so does this, and by the
     * table. */
    static const char *const parts[] = {"password", "secret", "token", "apikey", "credential"};
    const struct cosn_key *row = config_key_find(key);
    if (row != NULL) {
        return row->type == COSN_KEY_SECRET;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
        if (strcasestr(key, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}
