/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least an HTTP server on libmicrohttpd can do and still check signature v5: 4 KiB from
 * memory for whoever signed the request, 403 for everybody else. It is no product; ci/bench
 * builds it, and asks how much of its speed the mock keeps although it has a world, policies,
 * faults and a journal.
 *
 * It is as fast as the library allows: an epoll loop a core, one prepared reply, no copy, no
 * log. The check is the mock's (cos-wire.md s.1.1): the window of q-sign-time, the FormatString
 * over the listed headers in one spelling, the signing key kept while q-key-time stays the
 * same, the comparison in constant time.
 *     bench_stub SECRET-ID SECRET-KEY        prints its port, serves until stdin ends
 */
#include "cosbase/buf.h"
#include "cosbase/clock.h"
#include "cosbase/digest.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>

#define BODY_BYTES 4096
#define FORM_MAX_BYTES (16u << 10)

struct stub {
    struct cos_span secret_id, secret_key;
    struct MHD_Response *granted, *refused;
};

/* One field of "a=1&b=2". */
static struct cos_span field(struct cos_span text, const char *name)
{
    while (text.len > 0) {
        struct cos_span value = cos_span_cut(&text, '&');
        if (cos_span_eq_str(cos_span_cut(&value, '='), name)) {
            return value;
        }
    }
    return (struct cos_span){0};
}

static void append_encoded(struct cos_buf *form, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *value != '\0'; value++) {
        char c = *value;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.' || c == '~') {
            cos_buf_ch(form, c);
        } else {
            cos_buf_ch(form, '%');
            cos_buf_ch(form, digits[(unsigned char)c >> 4]);
            cos_buf_ch(form, digits[c & 15]);
        }
    }
}

static void append_headers(struct cos_buf *form, struct MHD_Connection *c, struct cos_span list)
{
    for (bool first = true; list.len > 0; first = false) {
        struct cos_span name = cos_span_cut(&list, ';');
        char header[128];
        (void)snprintf(header, sizeof(header), COS_SPAN_FMT, COS_SPAN_ARG(name));
        const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, header);
        cos_buf_str(form, first ? "" : "&");
        cos_buf_span(form, name);
        cos_buf_ch(form, '=');
        append_encoded(form, value == NULL ? "" : value);
    }
}

/* hex(HMAC-SHA1(key, q-key-time)), kept by each loop. */
static const char *signing_key(const struct stub *s, struct cos_span key_time)
{
    static __thread char window[64], kept[41];
    if (key_time.len >= sizeof(window) || !cos_span_eq_str(key_time, window)) {
        cos_hmac_sha1_hex(kept, s->secret_key.ptr, s->secret_key.len, key_time.ptr,
                          key_time.len);
        (void)snprintf(window, sizeof(window), COS_SPAN_FMT, COS_SPAN_ARG(key_time));
    }
    return kept;
}

static bool is_in_window(struct cos_span window)
{
    long long from, to, now = cos_system_unix_ms() / 1000;
    char text[64];
    (void)snprintf(text, sizeof(text), COS_SPAN_FMT, COS_SPAN_ARG(window));
    return sscanf(text, "%lld;%lld", &from, &to) == 2 && from <= now && now <= to;
}

static bool is_signed(const struct stub *s, struct MHD_Connection *c, const char *method,
                      const char *path)
{
    const char *header = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
    struct cos_span auth = cos_span_of(header);
    struct cos_span window = field(auth, "q-sign-time");
    if (!cos_span_eq(field(auth, "q-ak"), s->secret_id) || !is_in_window(window)) {
        return false;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf form;
    cos_buf_init(&form, FORM_MAX_BYTES);
    for (; *method != '\0'; method++) {
        cos_buf_ch(&form, (char)(*method | 0x20));
    }
    cos_buf_ch(&form, '\n');
    cos_buf_str(&form, path);
    cos_buf_str(&form, "\n\n");
    append_headers(&form, c, field(auth, "q-header-list"));
    cos_buf_ch(&form, '\n');
    char digest[41], expected[41], text[256];
    struct cos_span view = cos_buf_view(&form);
    cos_sha1_hex(digest, view.ptr, view.len);
    int n = snprintf(text, sizeof(text), "sha1\n" COS_SPAN_FMT "\n%s\n", COS_SPAN_ARG(window),
                     digest);
    cos_hmac_sha1_hex(expected, signing_key(s, field(auth, "q-key-time")), 40, text, (size_t)n);
    return !form.failed && cos_equal_ct(cos_span_of(expected), field(auth, "q-signature"));
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_bytes, void **state)
{
    const struct stub *s = arg;
    (void)version;
    (void)upload;
    *upload_bytes = 0;
    if (*state == NULL) { /* the head has come: libmicrohttpd calls again for the answer */
        *state = arg;
        return MHD_YES;
    }
    return is_signed(s, c, method, path)
               ? MHD_queue_response(c, MHD_HTTP_OK, s->granted)
               : MHD_queue_response(c, MHD_HTTP_FORBIDDEN, s->refused);
}

/* With the headers of the mock's answer, so that a client has as much to read. */
static void dress(struct MHD_Response *granted)
{
    static const char *const headers[][2] = {
        {"Content-Type", "application/octet-stream"},
        {"Server", "tencent-cos"},
        {"x-cos-request-id", "NmIwOGM2ODRfN2YwMDAwMDFfNGZlMV8y"},
        {"Accept-Ranges", "bytes"},
        {"ETag", "\"6d77cc99c2f912f74721e754a1ce0026\""},
        {"Last-Modified", "Thu, 26 Nov 2026 23:53:40 GMT"},
        {"x-cos-hash-crc64ecma", "7083686377707717690"},
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        (void)MHD_add_response_header(granted, headers[i][0], headers[i][1]);
    }
}

int main(int argc, char **argv)
{
    static char body[BODY_BYTES];
    if (argc != 3) {
        (void)fprintf(stderr, "usage: bench_stub SECRET-ID SECRET-KEY\n");
        return 2;
    }
    memset(body, 's', sizeof(body));
    struct stub s = {.secret_id = cos_span_of(argv[1]),
                     .secret_key = cos_span_of(argv[2]),
                     .granted = MHD_create_response_from_buffer(sizeof(body), body,
                                                                MHD_RESPMEM_PERSISTENT),
                     .refused =
                         MHD_create_response_from_buffer(0, body, MHD_RESPMEM_PERSISTENT)};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    dress(s.granted);
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, &s,
                         MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_THREAD_POOL_SIZE,
                         (unsigned)sysconf(_SC_NPROCESSORS_ONLN), MHD_OPTION_END);
    if (d == NULL) {
        (void)fprintf(stderr, "bench_stub: cannot listen\n");
        return 3;
    }
    (void)printf("%u\n", MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    (void)getchar();
    MHD_stop_daemon(d);
    MHD_destroy_response(s.granted);
    MHD_destroy_response(s.refused);
    return 0;
}
