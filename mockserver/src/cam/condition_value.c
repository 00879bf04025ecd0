/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms of cam-conditions.md s.1.3: numbers are decimals and no texts, dates are instants,
 * and of a network the host's bits do not count. Read once when a policy is put, so that a
 * value which is none is an error there and not a silence later.
 */
#include "cam/condition.h"

#include "cosbase/date.h"

#include <arpa/inet.h>

#define DATE_BYTES 40
#define ADDRESS_BYTES 46
#define IPV4_BITS 32
#define IPV6_BITS 128

static bool are_digits(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool read_number(struct cam_number *out, struct cos_span text)
{
    struct cos_span rest = text;
    bool is_negative = cos_span_starts(rest, COS_SPAN_LIT("-"));
    rest = is_negative ? cos_span_from(rest, 1) : rest;
    struct cos_span whole = cos_span_cut(&rest, '.');
    struct cos_span fraction = rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
    if (whole.len == 0 || (rest.ptr != NULL && fraction.len == 0) || !are_digits(whole) ||
        !are_digits(fraction)) {
        return false;
    }
    while (whole.len > 0 && whole.ptr[0] == '0') {
        whole = cos_span_from(whole, 1);
    }
    while (fraction.len > 0 && fraction.ptr[fraction.len - 1] == '0') {
        fraction.len--;
    }
    bool is_zero = whole.len == 0 && fraction.len == 0;
    *out = (struct cam_number){is_negative && !is_zero, whole, fraction};
    return true;
}

static int compare_numbers(const struct cam_number *a, const struct cam_number *b)
{
    if (a->is_negative != b->is_negative) {
        return a->is_negative ? -1 : 1;
    }
    int sign = a->is_negative ? -1 : 1;
    if (a->whole.len != b->whole.len) {
        return a->whole.len < b->whole.len ? -sign : sign;
    }
    int r = cos_span_cmp(a->whole, b->whole);
    return sign * (r != 0 ? r : cos_span_cmp(a->fraction, b->fraction));
}

/* "+08:00" at the end of @text. */
static bool cut_offset(struct cos_span *text, int64_t *minutes)
{
    *minutes = 0;
    if (text->len < 6 || text->ptr[text->len - 3] != ':') {
        return true;
    }
    struct cos_span offset = cos_span_from(*text, text->len - 6);
    uint64_t hours;
    uint64_t more;
    if ((offset.ptr[0] != '+' && offset.ptr[0] != '-') ||
        !cos_span_u64(cos_span_sub(offset, 1, 2), &hours) ||
        !cos_span_u64(cos_span_from(offset, 4), &more) || hours > 23 || more > 59) {
        return false;
    }
    *minutes = (int64_t)(hours * 60 + more) * (offset.ptr[0] == '-' ? -1 : 1);
    text->len -= 6;
    return true;
}

/* Blanks inside of it are dropped: a sample of the documents has one (598/10608). */
static bool read_date(int64_t *unix_ms, struct cos_span text)
{
    char packed[DATE_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ') {
            continue;
        }
        if (n + 2 >= sizeof(packed)) {
            return false;
        }
        packed[n++] = text.ptr[i];
    }
    struct cos_span date = cos_span_make(packed, n);
    int64_t minutes;
    if (!cut_offset(&date, &minutes)) {
        return false;
    }
    if (date.len < n) {
        packed[date.len++] = 'Z';
    }
    if (!cos_date_iso_parse(date, unix_ms)) {
        return false;
    }
    *unix_ms -= minutes * 60 * 1000;
    return true;
}

static bool read_bool(bool *out, struct cos_span text)
{
    *out = cos_span_eq_nocase(text, COS_SPAN_LIT("true"));
    return *out || cos_span_eq_nocase(text, COS_SPAN_LIT("false"));
}

static bool read_network(struct cam_network *out, struct cos_span text)
{
    struct cos_span rest = text;
    struct cos_span address = cos_span_cut(&rest, '/');
    char name[ADDRESS_BYTES];
    if (address.len == 0 || address.len >= sizeof(name)) {
        return false;
    }
    memcpy(name, address.ptr, address.len);
    name[address.len] = '\0';
    *out = (struct cam_network){.bits = IPV6_BITS};
    bool is_v4 = inet_pton(AF_INET, name, out->bytes + 12) == 1;
    if (is_v4) {
        out->bytes[10] = out->bytes[11] = 0xff;
    } else if (inet_pton(AF_INET6, name, out->bytes) != 1) {
        return false;
    }
    uint64_t bits = is_v4 ? IPV4_BITS : IPV6_BITS;
    if (rest.ptr != NULL &&
        (!cos_span_u64(rest, &bits) || bits > (is_v4 ? IPV4_BITS : IPV6_BITS))) {
        return false;
    }
    out->bits = (unsigned)bits + (is_v4 ? IPV6_BITS - IPV4_BITS : 0);
    return true;
}

bool cam_network_holds(const struct cam_network *network, const struct cam_network *address)
{
    unsigned whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (address->bits < network->bits ||
        (whole > 0 && memcmp(network->bytes, address->bytes, whole) != 0)) {
        return false;
    }
    unsigned mask = 0xffu << (8 - rest);
    return rest == 0 ||
           ((unsigned)(network->bytes[whole] ^ address->bytes[whole]) & mask & 0xffu) == 0;
}

bool cam_value_read(struct cam_value *out, enum cam_type type, struct cos_span text)
{
    *out = (struct cam_value){.text = text};
    switch (type) {
    case CAM_TYPE_NUMBER:
        return read_number(&out->number, cos_span_trim(text));
    case CAM_TYPE_DATE:
        return read_date(&out->unix_ms, text);
    case CAM_TYPE_BOOL:
        return read_bool(&out->is_true, cos_span_trim(text));
    case CAM_TYPE_IP:
        return read_network(&out->network, cos_span_trim(text));
    case CAM_TYPE_STRING:
        break;
    }
    return true;
}

int cam_value_compare(enum cam_type type, const struct cam_value *a, const struct cam_value *b)
{
    if (type == CAM_TYPE_NUMBER) {
        return compare_numbers(&a->number, &b->number);
    }
    return a->unix_ms < b->unix_ms ? -1 : a->unix_ms > b->unix_ms;
}

const char *cam_type_form(enum cam_type type)
{
    static const char *const forms[] = {
        [CAM_TYPE_STRING] = "a text or a number",
        [CAM_TYPE_NUMBER] = "a decimal number, such as 10 or \"1.2\"",
        [CAM_TYPE_DATE] = "a time of ISO 8601, such as \"2030-01-01T00:00:00Z\"",
        [CAM_TYPE_BOOL] = "\"true\" or \"false\"",
        [CAM_TYPE_IP] = "an address or a network, such as \"10.0.0.0/8\"",
    };
    return forms[type];
}
