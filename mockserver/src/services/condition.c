/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions: cos-wire.md s.2.0 (If-Match fails 412, If-None-Match hit 304,
 * If-Modified-Since not modified 304, If-Unmodified-Since modified 412), their
 * precedence RFC 9110 s.13.2.2. Ranges: cos-wire.md s.2.0 and RFC 9110
 * s.14.1.2; what is syntactically bad, or has several ranges, is ignored [U].
 */
#include "services/condition.h"

#include "cosbase/date.h"

static struct cos_span without_quotes(struct cos_span tag)
{
    if (cos_span_starts(tag, COS_SPAN_LIT("W/"))) {
        tag = cos_span_from(tag, 2);
    }
    if (tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"') {
        tag = cos_span_sub(tag, 1, tag.len - 2);
    }
    return tag;
}

bool etag_is(struct cos_span sent, struct cos_span etag)
{
    return cos_span_eq_nocase(without_quotes(cos_span_trim(sent)), etag);
}

/* @is_strong: a weak tag is never the same, RFC 9110 s.8.8.3.2. */
static bool list_has(struct cos_span list, struct cos_span etag, bool is_strong)
{
    if (cos_span_eq_str(cos_span_trim(list), "*")) {
        return true;
    }
    struct cos_span rest = list;
    while (rest.ptr != NULL) {
        struct cos_span tag = cos_span_trim(cos_span_cut(&rest, ','));
        if (etag_is(tag, etag) && !(is_strong && cos_span_starts(tag, COS_SPAN_LIT("W/")))) {
            return true;
        }
    }
    return false;
}

/* Is the object newer than the date? A date that cannot be read asks for
 * nothing: *is_date false. */
static bool is_newer(struct cos_span date, int64_t mtime_unix_ms, bool *is_date)
{
    int64_t unix_s = 0;
    *is_date = date.ptr != NULL && cos_date_http_parse(date, &unix_s);
    return *is_date && mtime_unix_ms / 1000 > unix_s;
}

enum condition_result conditions_judge(const struct conditions *c, struct cos_span etag,
                                       int64_t mtime_unix_ms)
{
    bool is_date;
    if (c->if_match.ptr != NULL) {
        if (!list_has(c->if_match, etag, /* is_strong= */ true)) {
            return CONDITION_FAILED;
        }
    } else if (is_newer(c->if_unmodified_since, mtime_unix_ms, &is_date)) {
        return CONDITION_FAILED;
    }
    if (c->if_none_match.ptr != NULL) {
        return list_has(c->if_none_match, etag, /* is_strong= */ false) ? CONDITION_NOT_MODIFIED
                                                                        : CONDITION_PASS;
    }
    bool newer = is_newer(c->if_modified_since, mtime_unix_ms, &is_date);
    return is_date && !newer ? CONDITION_NOT_MODIFIED : CONDITION_PASS;
}

bool if_range_holds(struct cos_span sent, struct cos_span etag, int64_t mtime_unix_ms)
{
    sent = cos_span_trim(sent);
    int64_t unix_s;
    if (cos_date_http_parse(sent, &unix_s)) {
        return unix_s == mtime_unix_ms / 1000;
    }
    bool is_weak = cos_span_starts(sent, COS_SPAN_LIT("W/"));
    return !is_weak && cos_span_eq(without_quotes(sent), etag);
}

static enum range_result read_suffix(struct cos_span digits, uint64_t size, uint64_t *first,
                                     uint64_t *count)
{
    uint64_t n;
    if (!cos_span_u64(digits, &n)) {
        return RANGE_WHOLE;
    }
    if (n == 0 || size == 0) {
        return RANGE_UNSATISFIABLE;
    }
    *count = n < size ? n : size;
    *first = size - *count;
    return RANGE_PART;
}

enum range_result range_read(struct cos_span value, uint64_t size, uint64_t *first,
                             uint64_t *count)
{
    static const struct cos_span unit = {"bytes=", 6};
    *first = 0;
    *count = size;
    if (value.ptr == NULL || !cos_span_starts_nocase(value, unit)) {
        return RANGE_WHOLE;
    }
    struct cos_span range = cos_span_trim(cos_span_from(value, unit.len));
    size_t dash = cos_span_chr(range, '-');
    if (dash == SIZE_MAX || cos_span_chr(range, ',') != SIZE_MAX) {
        return RANGE_WHOLE;
    }
    struct cos_span from = cos_span_sub(range, 0, dash);
    struct cos_span to = cos_span_from(range, dash + 1);
    if (from.len == 0) {
        return read_suffix(to, size, first, count);
    }
    uint64_t begin;
    uint64_t end = UINT64_MAX;
    if (!cos_span_u64(from, &begin) || (to.len > 0 && !cos_span_u64(to, &end)) || end < begin) {
        return RANGE_WHOLE;
    }
    if (begin >= size) {
        return RANGE_UNSATISFIABLE;
    }
    end = end < size ? end : size - 1;
    *first = begin;
    *count = end - begin + 1;
    return RANGE_PART;
}
