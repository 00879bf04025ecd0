/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a driver is told about the way to the mock (PROTOCOL.md, `net`): a C library, a JVM and
 * any other language find what they can use, and all of it leads to one port.
 */
#include "net.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "cosbase/json.h"
#include "env.h"
#include "lane.h"
#include "outcome.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char scratch[] = "/tmp/test-net-XXXXXX";

/* A lane with a mock that listens, and one case's world on it. */
struct fixture {
    struct conform_options options;
    struct lane lane;
    struct env env;
    struct cos_json *net;
};

static struct fixture *fixture_new(bool in_process)
{
    struct fixture *f = cos_calloc(1, sizeof(*f));
    char why[512] = "";
    assert_non_null(f);
    f->options.scratch_dir = scratch;
    f->options.in_process = in_process;
    if (!lane_open(&f->lane, &f->options, /* number= */ 0, why)) {
        fail_msg("%s", why);
    }
    f->env = (struct env){.lane = &f->lane, .seed = 7, .tag = "c00000007"};
    cos_arena_init(&f->env.arena, 8 << 20);
    if (setjmp(f->env.out) != 0) {
        fail_msg("%s", f->env.reason);
    }
    world_make(&f->env);
    return f;
}

static struct fixture *fixture_free(struct fixture *f)
{
    (void)cos_json_free(f->net);
    f->env.tenant = cosmock_tenant_free(f->env.tenant);
    env_forget(&f->env);
    lane_close(&f->lane);
    return cos_free(f);
}

static const struct cos_json *net_of(struct fixture *f, bool no_ca)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct cos_jw w;
    struct cos_text_error err;
    cos_buf_init(&b, 1 << 20);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, NULL);
    net_write(&f->env, &w, "https", no_ca);
    cos_jw_end(&w);
    assert_int_equal(cos_json_parse(&f->net, cos_buf_view(&b), &COS_JSON_LIMITS_DEFAULT, &err),
                     0);
    return cos_json_get(f->net, "net");
}

static char *text_of(const char *path)
{
    struct cos_buf b;
    assert_non_null(path);
    cos_buf_init(&b, 1 << 20);
    assert_int_equal(cos_file_read(&b, path), 0);
    char *text = cos_buf_take(&b);
    cos_buf_deinit(&b);
    return text;
}

static void check_line(const char *text, const char *line, bool is_there)
{
    char whole[300];
    (void)snprintf(whole, sizeof(whole), "\n%s\n", line);
    if ((strstr(text, whole) != NULL) != is_there) {
        fail_msg("'%s' is %s in:\n%s", line, is_there ? "not" : "still", text);
    }
}

static void every_way_leads_to_the_same_port(void **state)
{
    struct fixture *f = fixture_new(/* in_process= */ false);
    const struct cos_json *net = net_of(f, /* no_ca= */ false);
    const struct cos_json *socks = cos_json_get(net, "socks");
    char route[300];
    int64_t port = 0;
    assert_true(cos_json_i64(cos_json_get(socks, "port"), &port));
    assert_int_equal(port, f->lane.front.port);
    assert_string_equal(cos_json_str(cos_json_get(socks, "host")), "127.0.0.1");
    (void)snprintf(route, sizeof(route),
                   "c00000007-1250000000.cos.ap-guangzhou.myqcloud.com:80:127.0.0.1:%u",
                   f->lane.front.port);
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(net, "resolve"))), route);
    assert_string_equal(cos_json_str(cos_json_get(net, "scheme")), "https");
    f = fixture_free(f);
}

/* TEST-NET-1 (RFC 5737): nothing but the proxy takes it anywhere. */
static void the_hosts_file_names_buckets_and_sts(void **state)
{
    struct fixture *f = fixture_new(/* in_process= */ false);
    f->env.routes[f->env.n_routes++] = "elsewhere.example.com";
    const struct cos_json *net = net_of(f, /* no_ca= */ false);
    char *hosts = text_of(cos_json_str(cos_json_get(net, "hosts_file")));
    check_line(hosts, "192.0.2.1 c00000007-1250000000.cos.ap-guangzhou.myqcloud.com", true);
    check_line(hosts, "192.0.2.2 sts.tencentcloudapi.com", true);
    check_line(hosts, "192.0.2.1 elsewhere.example.com", true);
    (void)cos_free(hosts);
    f = fixture_free(f);
}

/* A JVM tries every address that the file has for a name: one that answers would be taken. */
static void a_host_that_refuses_has_no_address_of_the_proxy(void **state)
{
    static const char bucket[] = "c00000007-1250000000.cos.ap-guangzhou.myqcloud.com";
    struct fixture *f = fixture_new(/* in_process= */ false);
    char line[300];
    f->env.dead[f->env.n_dead++] = bucket;
    const struct cos_json *net = net_of(f, /* no_ca= */ false);
    char *hosts = text_of(cos_json_str(cos_json_get(net, "hosts_file")));
    (void)snprintf(line, sizeof(line), "127.0.0.9 %s", bucket);
    check_line(hosts, line, true);
    (void)snprintf(line, sizeof(line), "192.0.2.1 %s", bucket);
    check_line(hosts, line, false);
    check_line(hosts, "192.0.2.2 sts.tencentcloudapi.com", true);
    (void)snprintf(line, sizeof(line), "%s:443:127.0.0.1:1", bucket);
    const struct cos_json *route = cos_json_next(cos_json_first(cos_json_get(net, "resolve")));
    assert_string_equal(cos_json_str(route), line);
    (void)cos_free(hosts);
    f = fixture_free(f);
}

/* PEM by RFC 7468; 0xFEEDFEED begins a Java key store (JDK, JavaKeyStore.MAGIC). */
static void the_ca_is_there_for_either_kind_of_reader(void **state)
{
    struct fixture *f = fixture_new(/* in_process= */ false);
    const struct cos_json *net = net_of(f, /* no_ca= */ false);
    const struct cos_json *store = cos_json_get(net, "trust_store");
    char *pem = text_of(cos_json_str(cos_json_get(net, "ca_file")));
    char *jks = text_of(cos_json_str(cos_json_get(store, "path")));
    assert_memory_equal(pem, "-----BEGIN CERTIFICATE-----\n", 28);
    assert_memory_equal(jks, "\xFE\xED\xFE\xED", 4);
    assert_string_equal(cos_json_str(cos_json_get(store, "type")), "JKS");
    assert_string_equal(cos_json_str(cos_json_get(store, "password")), "changeit");
    (void)cos_free(pem);
    (void)cos_free(jks);
    f = fixture_free(f);
}

static void who_shall_not_trust_the_mock_is_told_of_no_ca(void **state)
{
    struct fixture *f = fixture_new(/* in_process= */ false);
    const struct cos_json *net = net_of(f, /* no_ca= */ true);
    assert_null(cos_json_get(net, "ca_file"));
    assert_null(cos_json_get(net, "trust_store"));
    assert_non_null(cos_json_get(net, "socks"));
    f = fixture_free(f);
}

static void in_process_there_is_no_way_to_describe(void **state)
{
    struct fixture *f = fixture_new(/* in_process= */ true);
    const struct cos_json *net = net_of(f, /* no_ca= */ false);
    assert_int_equal(cos_json_count(net), 1);
    assert_string_equal(cos_json_str(cos_json_get(net, "scheme")), "https");
    f = fixture_free(f);
}

static int make_scratch(void **state)
{
    return mkdtemp(scratch) != NULL ? 0 : -1;
}

static int remove_scratch(void **state)
{
    return cos_dir_remove(scratch);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_leads_to_the_same_port),
        cmocka_unit_test(the_hosts_file_names_buckets_and_sts),
        cmocka_unit_test(a_host_that_refuses_has_no_address_of_the_proxy),
        cmocka_unit_test(the_ca_is_there_for_either_kind_of_reader),
        cmocka_unit_test(who_shall_not_trust_the_mock_is_told_of_no_ca),
        cmocka_unit_test(in_process_there_is_no_way_to_describe),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
