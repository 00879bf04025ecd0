/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST Object restore: cos-operations-1.md s.8. How long a tier takes is published as a range;
 * here it takes the longest, so that a test that waits long enough here does so there, too. A
 * copy ends at a midnight in China, as the sample of HEAD Object shows it.
 *
 * The facet is "<tier> <requested> <done> <expires>", a letter and three times in unix ms.
 */
#include "services/restore.h"

#include "cosbase/date.h"
#include "exchange/xml_out.h"
#include "services/clock_work.h"
#include "services/documents.h"
#include "services/handlers.h"
#include "services/service.h"
#include "services/stored.h"
#include "services/tier.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define MAX_DAYS 365
#define FACET_BYTES 80

/* From the fastest on. */
static const struct speed {
    char letter;
    const char *asked, *shown;
    int64_t archive_ms, deep_archive_ms; /* 0: it has no such tier */
} speeds[] = {
    {'E', "Expedited", "expedited", 5 * MINUTE_MS, 0},
    {'S', "Standard", "standard", 5 * HOUR_MS, 24 * HOUR_MS},
    {'B', "Bulk", "bulk", 12 * HOUR_MS, 48 * HOUR_MS},
};

struct restore {
    const struct speed *speed;
    int64_t requested_unix_ms, done_unix_ms, expires_unix_ms;
};

/* --- the facet --- */

static bool next_time(struct cos_span *rest, int64_t *out)
{
    uint64_t n;
    struct cos_span text = cos_span_cut(rest, ' ');
    if (!cos_span_u64(text, &n) || n > COSMOCK_CLOCK_MAX_UNIX_MS + 400 * CLOCK_DAY_MS) {
        return false;
    }
    *out = (int64_t)n;
    return true;
}

/* False: there is none. */
static bool restore_read(const struct object *o, struct restore *out)
{
    struct cos_span rest = object_facet(o, FACET_RESTORE);
    if (rest.ptr == NULL) {
        return false;
    }
    struct cos_span letter = cos_span_cut(&rest, ' ');
    out->speed = NULL;
    for (size_t i = 0; letter.len == 1 && i < COS_ARRAY_LEN(speeds); i++) {
        out->speed = speeds[i].letter == letter.ptr[0] ? &speeds[i] : out->speed;
    }
    return out->speed != NULL && next_time(&rest, &out->requested_unix_ms) &&
           next_time(&rest, &out->done_unix_ms) && next_time(&rest, &out->expires_unix_ms);
}

static struct cos_span restore_write(char room[FACET_BYTES], const struct restore *r)
{
    int n = snprintf(room, FACET_BYTES, "%c %lld %lld %lld", r->speed->letter,
                     (long long)r->requested_unix_ms, (long long)r->done_unix_ms,
                     (long long)r->expires_unix_ms);
    return cos_span_make(room, n < 0 ? 0 : (size_t)n);
}

static enum restore_state state_at(const struct restore *r, int64_t now_unix_ms)
{
    if (now_unix_ms < r->done_unix_ms) {
        return RESTORE_ONGOING;
    }
    return now_unix_ms < r->expires_unix_ms ? RESTORE_DONE : RESTORE_NONE;
}

enum restore_state restore_state(const struct object *o, int64_t now_unix_ms)
{
    struct restore r;
    return restore_read(o, &r) ? state_at(&r, now_unix_ms) : RESTORE_NONE;
}

int64_t restore_done_unix_ms(const struct object *o)
{
    struct restore r;
    return restore_read(o, &r) ? r.done_unix_ms : INT64_MIN;
}

/* --- shown --- */

static struct cos_span date_of(struct cosmock_exchange *x, int64_t unix_ms)
{
    char text[64];
    cos_date_http(text, unix_ms / 1000);
    return cos_arena_span(&x->arena, cos_span_of(text));
}

static void ongoing_headers(struct cosmock_exchange *x, const struct restore *r)
{
    struct cos_span date = date_of(x, r->requested_unix_ms);
    result_header_of(x, HEADER_RESTORE, COS_SPAN_LIT("ongoing-request=\"true\""));
    result_header_of(x, HEADER_RESTORE_STATUS,
                     cos_arena_printf(&x->arena,
                                      "tier=\"%s\"; request-date=\"" COS_SPAN_FMT "\"",
                                      r->speed->shown, COS_SPAN_ARG(date)));
}

void restore_headers(struct cosmock_exchange *x, const struct object *o)
{
    struct restore r;
    if (!restore_read(o, &r)) {
        return;
    }
    switch (state_at(&r, x->now.modification_unix_ms)) {
    case RESTORE_ONGOING:
        ongoing_headers(x, &r);
        break;
    case RESTORE_DONE: {
        struct cos_span date = date_of(x, r.expires_unix_ms);
        result_header_of(
            x, HEADER_RESTORE,
            cos_arena_printf(&x->arena,
                             "ongoing-request=\"false\", expiry-date=\"" COS_SPAN_FMT "\"",
                             COS_SPAN_ARG(date)));
        break;
    }
    case RESTORE_NONE:
        break;
    }
}

void restore_xml_status(struct cosmock_exchange *x, const struct object *o)
{
    static const char *const words[] = {
        [RESTORE_NONE] = "", [RESTORE_ONGOING] = "ONGOING", [RESTORE_DONE] = "DONE"};
    if (stored_is_archived(o)) {
        enum restore_state state = restore_state(o, x->now.modification_unix_ms);
        xml_out_text(&x->result.body, "RestoreStatus", cos_span_of(words[state]));
    }
}

/* --- asked for --- */

static const struct element job_elements[] = {
    {A_WORD("Tier", OPTIONAL, "Expedited Standard Bulk")},
    {0},
};
/* Days may be missing: .NET's suite leaves them out (ObjectTest.cs:1113-1131). */
static const struct element root_elements[] = {
    {A_NUMBER("Days", OPTIONAL, 1, MAX_DAYS)},
    {A_GROUP("CASJobParameters", OPTIONAL, job_elements)},
    {0},
};
static const struct element root = {A_GROUP("RestoreRequest", ONCE, root_elements)};
static const struct document_form form = {.root = &root};

static const struct speed *speed_of(const struct cos_xml *xml)
{
    const struct cos_xml *job = cos_xml_get(xml, "CASJobParameters");
    for (size_t i = 0; i < COS_ARRAY_LEN(speeds); i++) {
        if (xml_child_is(job, "Tier", speeds[i].asked)) {
            return &speeds[i];
        }
    }
    return &speeds[1];
}

static int64_t expiry(int64_t from_unix_ms, int64_t days)
{
    return clock_midnight_from(from_unix_ms + days * CLOCK_DAY_MS);
}

static bool is_deep(struct cosmock_exchange *x, const struct object *o)
{
    return stored_coldness(stored_class_of(o)) > COLDNESS_OF_ARCHIVE ||
           tier_of(x, &x->target.at, o) == TIER_DEEP_ARCHIVE;
}

static int64_t time_of(struct cosmock_exchange *x, const struct object *o,
                       const struct speed *speed)
{
    return is_deep(x, o) ? speed->deep_archive_ms : speed->archive_ms;
}

/* What is tiered is back in FREQUENT then, and no copy of it ends. */
static void begin(struct cosmock_exchange *x, const struct object *o, struct restore *r,
                  int64_t days)
{
    bool is_tiered = tier_has(stored_class_of(o));
    r->requested_unix_ms = x->now.modification_unix_ms;
    r->done_unix_ms = r->requested_unix_ms + time_of(x, o, r->speed);
    r->expires_unix_ms = is_tiered ? r->done_unix_ms : expiry(r->done_unix_ms, days);
    x->result.status = 202;
}

/* A tier that the class has not is none of a copy that is there either. A faster tier of
 * DEEP_ARCHIVE is a new request; a copy that is there lives longer, or shorter. False:
 * refused. */
static bool decide(struct cosmock_exchange *x, const struct object *o, struct restore *r,
                   int64_t days)
{
    struct restore before = {.speed = r->speed};
    int64_t now_unix_ms = x->now.modification_unix_ms;
    if (time_of(x, o, r->speed) == 0) {
        enum word class = stored_class_of(o);
        service_refuse_saying(x, "InvalidArgument", "%s has no tier %s",
                              tier_has(class) ? tier_word(tier_of(x, &x->target.at, o))
                                              : word_spelling(class),
                              r->speed->asked);
        return false;
    }
    enum restore_state state =
        restore_read(o, &before) ? state_at(&before, now_unix_ms) : RESTORE_NONE;
    if (state == RESTORE_ONGOING && !(is_deep(x, o) && r->speed < before.speed)) {
        service_refuse(x, "RestoreAlreadyInProgress");
        return false;
    }
    if (state != RESTORE_DONE) {
        begin(x, o, r, days);
        return true;
    }
    before.expires_unix_ms = expiry(now_unix_ms, days);
    *r = before;
    x->result.status = 200;
    return true;
}

static int restore(struct cosmock_exchange *x, const struct object *o,
                   const struct cos_xml *xml)
{
    struct restore r = {.speed = speed_of(xml)};
    if (!decide(x, o, &r, xml_child_number(xml, "Days", 1))) {
        return service_stop(x);
    }
    char room[FACET_BYTES];
    struct facet_values facets = facets_values(o->facets);
    facets.of[FACET_RESTORE] = restore_write(room, &r);
    struct batch *batch = batch_new();
    if (batch != NULL) {
        objects_change(batch, &x->target.at.bucket->stored, o, &facets);
    }
    return service_commit(x, batch);
}

int op_post_object_restore(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL) {
        return service_stop(x);
    }
    if (!stored_is_archived(o) && tier_of(x, &x->target.at, o) < TIER_ARCHIVE) {
        return service_refuse(x, "RestoreNonArchiveObject");
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = document_body(x, &form);
    return xml == NULL ? service_stop(x) : restore(x, o, xml);
}
