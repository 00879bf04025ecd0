/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hosts file for JVMs. With jdk.net.hosts.file a JVM looks up every name in that file and
 * nowhere else, so what is not listed cannot be reached: no request slips out to the real
 * cloud. It has no wildcards: one line a name. The addresses are TEST-NET-1 (RFC 5737): nothing
 * answers there, and unlike 127/8 they are not on the JVM's list of hosts that bypass the SOCKS
 * proxy (conformance.md s.0.7).
 * A bucket that is made later needs a line beforehand (@extra); the JVM reads the
 * file at every look-up.
 */
#include "edge/edge.h"

#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "world/fail.h"
#include "world/host.h"

#define COS_ADDRESS "192.0.2.1"
#define STS_ADDRESS "192.0.2.2"
#define LOCAL_ADDRESS "127.0.0.1"
#define HOSTS_MAX_BYTES (16u << 20)
#define BUCKETS_MAX 1000

static void add_host(struct cos_buf *out, const char *address, const char *name)
{
    cos_buf_printf(out, "%s %s\n", address, name);
}

static const char *address_of(enum host_kind kind)
{
    return kind == HOST_STS || kind == HOST_CAM ? STS_ADDRESS : COS_ADDRESS;
}

/* Every form that names @bucket or its region; without a bucket those that name neither. */
static void add_forms(struct cos_buf *out, const char *bucket, const char *region)
{
    for (const struct host_form *form = host_forms; form->text != NULL; form++) {
        bool is_fixed = strchr(form->text, '<') == NULL;
        struct cos_buf name;

        cos_buf_init(&name, 512);
        if (is_fixed == (bucket == NULL) && host_form_fill(&name, form, bucket, region)) {
            add_host(out, address_of(form->kind), cos_buf_cstr(&name));
        }
        out->failed = out->failed || name.failed;
        cos_buf_deinit(&name);
    }
}

static void add_bucket(struct cos_buf *out, struct cosmock_tenant *t, const struct bucket *b)
{
    const char *const *suffix = world_suffixes(t);

    add_forms(out, b->name, b->region);
    for (; suffix != NULL && *suffix != NULL; suffix++) {
        cos_buf_printf(out, COS_ADDRESS " %s.%s\n", b->name, *suffix);
    }
}

static void add_tenant(void *ctx, struct cosmock_tenant *t)
{
    struct cos_buf *out = ctx;
    struct bucket *buckets[BUCKETS_MAX];
    size_t n = world_buckets_of(t, /* owner_uin= */ NULL, buckets, BUCKETS_MAX);

    for (size_t i = 0; i < n; i++) {
        add_bucket(out, t, buckets[i]);
        (void)bucket_unref(buckets[i]);
    }
    for (const char *const *s = world_suffixes(t); s != NULL && *s != NULL; s++) {
        add_host(out, COS_ADDRESS, *s);
    }
}

/* A JVM that asks for its own name (Hadoop does) must not fail on it. */
static void add_own_name(struct cos_buf *out)
{
    char name[256] = "";

    if (gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0') {
        add_host(out, LOCAL_ADDRESS, name);
    }
}

int cosmock_hosts_write(struct cosmock *mock, const char *const *extra, const char *path,
                        struct cosmock_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
    cos_buf_init(&out, HOSTS_MAX_BYTES);
    add_host(&out, LOCAL_ADDRESS, "localhost");
    add_own_name(&out);
    add_forms(&out, /* bucket= */ NULL, /* region= */ NULL);
    registry_each(mock, add_tenant, &out);
    for (; extra != NULL && *extra != NULL; extra++) {
        add_host(&out, COS_ADDRESS, *extra);
    }
    if (out.failed) {
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for a hosts file");
    }
    int r = cos_file_write(path, cos_buf_view(&out), 0644);
    return r == 0 ? COSMOCK_OK
                  : world_fail(err, COSMOCK_E_IO, "cannot write %s: %s", path, strerror(-r));
}
