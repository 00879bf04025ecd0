/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal as an HTTP archive, for the viewers of browsers and proxies.
 * An archive has members the journal knows nothing of: sizes of heads are -1, which says so;
 * times are 0, for they may not be negative; a version of HTTP is always 1.1, the only one
 * there is here. What the journal knows beyond stands in `_cosmock`: names of one's own begin
 * with '_'. No bodies and no headers but those of the journal, so no secrets either.
 *
 * Source: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/ (2026-11-27)
 */
#include "edge/control_har.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "services/errors.h"
#include "services/service_rows.h"

#include <stdlib.h>

/* What no URL may hold as it is (RFC 3986 s.2), and a request line may yet bring. */
static void put_url_text(struct cos_buf *b, struct cos_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}[]", c) != NULL) {
            cos_buf_printf(b, "%%%02X", c);
        } else {
            cos_buf_ch(b, (char)c);
        }
    }
}

static bool is_absolute(struct cos_span target)
{
    return cos_span_starts_nocase(target, COS_SPAN_LIT("http://")) ||
           cos_span_starts_nocase(target, COS_SPAN_LIT("https://"));
}

static void write_url(struct cos_jw *w, const struct cosmock_entry *e)
{
    struct cos_span target = cos_span_of(e->target);
    struct cos_buf url;
    cos_buf_init(&url, 1u << 20);
    if (!is_absolute(target)) {
        /* a request that names no host has none; RFC 2606 s.2 */
        cos_buf_str(&url, e->tls ? "https://" : "http://");
        put_url_text(&url, cos_span_of(e->host[0] == '\0' ? "unknown.invalid" : e->host));
        cos_buf_str(&url, cos_span_starts(target, COS_SPAN_LIT("/")) ? "" : "/");
    }
    put_url_text(&url, target);
    cos_jw_span(w, "url", cos_buf_view(&url));
    cos_buf_deinit(&url);
}

static void write_pair(struct cos_jw *w, const char *name, const char *value)
{
    if (value[0] != '\0') {
        cos_jw_object(w, /* name= */ NULL);
        cos_jw_str(w, "name", name);
        cos_jw_str(w, "value", value);
        cos_jw_end(w);
    }
}

static void write_decoded(struct cos_jw *w, const char *name, struct cos_span raw)
{
    char *text = cos_malloc(raw.len + 1);
    size_t n = text == NULL ? 0 : cos_percent_decode(text, raw, /* plus_is_space= */ false);
    cos_jw_span(w, name, text == NULL ? raw : cos_span_make(text, n));
    cos_free(text);
}

static void write_query(struct cos_jw *w, const char *target)
{
    struct cos_span rest = cos_span_of(target);
    (void)cos_span_cut(&rest, '?');
    cos_jw_array(w, "queryString");
    while (rest.len > 0) {
        struct cos_span value = cos_span_cut(&rest, '&');
        struct cos_span name = cos_span_cut(&value, '=');
        cos_jw_object(w, /* name= */ NULL);
        write_decoded(w, "name", name);
        write_decoded(w, "value", value);
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

/* What request and response have alike. */
static void write_message(struct cos_jw *w, uint64_t body_bytes)
{
    cos_jw_str(w, "httpVersion", "HTTP/1.1");
    cos_jw_array(w, "cookies");
    cos_jw_end(w);
    cos_jw_i64(w, "headersSize", -1);
    cos_jw_u64(w, "bodySize", body_bytes);
}

/* A header as the service of the request spells it, if it has it. */
static void write_own(struct cos_jw *w, const struct cosmock_entry *e, enum header_name which,
                      const char *value)
{
    const char *name = service_header_name(e->service, which);
    if (name != NULL) {
        write_pair(w, name, value);
    }
}

static void write_request(struct cos_jw *w, const struct cosmock_entry *e)
{
    cos_jw_object(w, "request");
    cos_jw_str(w, "method", e->method);
    write_url(w, e);
    write_message(w, e->bytes_in);
    cos_jw_array(w, "headers");
    write_pair(w, "Host", e->host);
    write_pair(w, "User-Agent", e->user_agent);
    write_pair(w, "Range", e->range);
    write_pair(w, "Content-MD5", e->content_md5);
    write_own(w, e, HEADER_COPY_SOURCE, e->copy_source);
    cos_jw_end(w);
    write_query(w, e->target);
    cos_jw_end(w);
}

/* Status 0: the connection was closed without one. */
static void write_response(struct cos_jw *w, const struct cosmock_entry *e)
{
    cos_jw_object(w, "response");
    cos_jw_i64(w, "status", e->http_status);
    cos_jw_str(w, "statusText", e->http_status == 0 ? "" : error_reason_phrase(e->http_status));
    write_message(w, e->bytes_out);
    cos_jw_array(w, "headers");
    write_own(w, e, HEADER_REQUEST_ID, e->request_id);
    cos_jw_end(w);
    cos_jw_object(w, "content");
    cos_jw_u64(w, "size", e->bytes_out);
    cos_jw_str(w, "mimeType", "x-unknown");
    cos_jw_end(w);
    cos_jw_str(w, "redirectURL", "");
    cos_jw_end(w);
}

static void write_times(struct cos_jw *w)
{
    cos_jw_i64(w, "time", 0);
    cos_jw_object(w, "timings");
    cos_jw_i64(w, "send", 0);
    cos_jw_i64(w, "wait", 0);
    cos_jw_i64(w, "receive", 0);
    cos_jw_end(w);
    cos_jw_object(w, "cache");
    cos_jw_end(w);
}

static void write_whole(struct cos_jw *w, const char *name, const struct cosmock_entry *e)
{
    char *json = cosmock_entry_json(e);
    cos_jw_raw(w, name, cos_span_of(json == NULL ? "{}" : json));
    free(json);
}

static void write_entry(struct cos_jw *w, const struct cosmock_entry *e)
{
    char started[25];
    cos_date_iso_ms(started, e->real_unix_ms);
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "startedDateTime", started);
    write_times(w);
    write_request(w, e);
    write_response(w, e);
    write_whole(w, "_cosmock", e);
    cos_jw_end(w);
}

/* services/own_work.h */
static bool is_own_work(const struct cosmock_entry *e)
{
    return e->method[0] == '\0' && e->peer[0] == '\0';
}

static void write_entries(struct cos_jw *w, const struct journal_page *page)
{
    cos_jw_array(w, "entries");
    for (int64_t i = 0; i < page->n; i++) {
        if (!is_own_work(&page->entries[i])) {
            write_entry(w, &page->entries[i]);
        }
    }
    cos_jw_end(w);
}

/* What nobody asked for is no exchange, which an entry has to be. */
static void write_own_work(struct cos_jw *w, const struct journal_page *page)
{
    cos_jw_array(w, "_cosmock_own_work");
    for (int64_t i = 0; i < page->n; i++) {
        if (is_own_work(&page->entries[i])) {
            write_whole(w, /* name= */ NULL, &page->entries[i]);
        }
    }
    cos_jw_end(w);
}

void control_har_write(struct call *c, const struct journal_page *page)
{
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_object(&w, "log");
    cos_jw_str(&w, "version", "1.2");
    cos_jw_object(&w, "creator");
    cos_jw_str(&w, "name", "cosmock");
    cos_jw_str(&w, "version", cosmock_version());
    cos_jw_end(&w);
    write_entries(&w, page);
    write_own_work(&w, page);
    cos_jw_end(&w);
    cos_jw_end(&w);
}
