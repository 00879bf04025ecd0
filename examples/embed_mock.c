/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mock inside a C test, without a socket: make a mock and a tenant, put an object behind
 * the API's back, send a request through the door, read the answer and the journal. An unsigned
 * request is refused, and the journal says why. (C and C++ alike, as the other examples.)
 */
#include "cosmock/cosmock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cosmock_slice slice(const char *s)
{
    struct cosmock_slice out = {s, strlen(s)};
    return out;
}

static int get(struct cosmock *mock, const char *host, const char *target)
{
    const struct cosmock_header headers[] = {{slice("Host"), slice(host)}};
    struct cosmock_head head;
    memset(&head, 0, sizeof(head));
    head.method = slice("GET");
    head.target = slice(target);
    head.headers = headers;
    head.n_headers = 1;
    struct cosmock_exchange *x = NULL;
    if (cosmock_begin(mock, &x, &head) < 0) {
        return -1;
    }
    (void)cosmock_finish(x);
    char body[1024] = "";
    (void)cosmock_reply_read(x, 0, body, sizeof(body) - 1);
    int status = cosmock_reply_status(x);
    printf("GET %s%s -> %d\n%s\n", host, target, status, body);
    (void)cosmock_exchange_free(x);
    return status;
}

static void print_journal(struct cosmock_tenant *tenant)
{
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(tenant, &entries, /* query= */ NULL);
    for (int64_t i = 0; i < n; i++) {
        printf("#%llu %s: %s\n", (unsigned long long)entries[i].seq, entries[i].op,
               entries[i].authz_reason);
    }
    (void)cosmock_entries_free(entries);
}

int main(void)
{
    struct cosmock *mock = NULL;
    struct cosmock_tenant *tenant = NULL;
    struct cosmock_error err;
    struct cosmock_world_info info;
    if (cosmock_new(&mock, /* options= */ NULL, &err) < 0 ||
        cosmock_tenant_new(mock, &tenant, /* options= */ NULL, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    cosmock_world_info(tenant, &info);
    char host[256];
    (void)snprintf(host, sizeof(host), "%s.cos.%s.myqcloud.com", info.bucket, info.region);
    int r = cosmock_object_put(tenant, info.bucket, "hello.txt", "hello", 5, &err);
    int status = r == 0 ? get(mock, host, "/hello.txt") : -1;
    print_journal(tenant);
    (void)cosmock_free(mock);
    return status == 403 ? EXIT_SUCCESS : EXIT_FAILURE; /* nobody signed it */
}
