/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of random keys, of any bytes but those that are refused: what was put is listed, in the
 * order of bytes (cos-wire.md s.2.1), whatever the pages and the delimiter, is read, and goes.
 * The reference is an array that is sorted by strcmp().
 */
#include "door.h"

#include "cosbase/rng.h"

#define KEYS 120
#define KEY_MOST 24
#define SEEDS 40
#define PAGE 7

struct keys {
    struct door *d;
    char bytes[KEYS][KEY_MOST + 1];
    size_t n;
};

/* Few different bytes, so that keys share beginnings; odd ones among them. */
static char random_byte(struct cos_rng *rng)
{
    static const char often[] = "ab/.%+&<\xe4\xb8\xad";
    unsigned char c = (unsigned char)often[cos_rng_below(rng, sizeof(often) - 1)];
    while (cos_rng_below(rng, 4) == 0) {
        c = (unsigned char)(1 + cos_rng_below(rng, 255));
    }
    return (c >= 0x18 && c <= 0x1B) ? '/' : (char)c;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void make(struct keys *k, uint64_t seed)
{
    struct cos_rng *rng = cos_rng_new(seed);
    assert_non_null(rng);
    for (size_t i = 0; i < KEYS; i++) {
        size_t length = 1 + cos_rng_below(rng, KEY_MOST);
        for (size_t b = 0; b < length; b++) {
            k->bytes[i][b] = random_byte(rng);
        }
        k->bytes[i][length] = '\0';
    }
    (void)cos_rng_free(rng);
    qsort(k->bytes, KEYS, sizeof(k->bytes[0]), by_bytes);
    k->n = 0;
    for (size_t i = 0; i < KEYS; i++) {
        if (k->n == 0 || strcmp(k->bytes[k->n - 1], k->bytes[i]) != 0) {
            memmove(k->bytes[k->n++], k->bytes[i], sizeof(k->bytes[0]));
        }
    }
}

/* @before, and the bytes of @key percent-encoded; one of four static buffers. */
static const char *encoded(const char *before, const char *key)
{
    static char texts[4][400];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    size_t n = (size_t)snprintf(text, 400, "%s", before);
    for (; *key != '\0'; key++) {
        n += (size_t)snprintf(text + n, 400 - n, "%%%02X", (unsigned char)*key);
    }
    return text;
}

static void fail_key(const char *what, const char *key, const struct answer *a)
{
    fail_msg("%s of %s: %d %s", what, encoded("", key), a->status, a->body);
}

/* --- lists --- */

/* The text of an element that is url-encoded. */
static void decode(const char *text, char out[400])
{
    assert_non_null(text);
    out[cos_percent_decode(out, cos_span_of(text), /* plus_is_space= */ false)] = '\0';
}

/* The next of what a list must show; those of a page come in two groups. */
struct expected {
    char (*names)[KEY_MOST + 1];
    size_t n, seen; /* before this page */
};

/* How many of the group there are on the page, each one of the next that are expected. */
static size_t check_group(const struct expected *e, const struct answer *a, const char *group,
                          const char *element)
{
    char name[400];
    size_t n = 0;
    for (const char *at = a->body; (at = strstr(at, group)) != NULL; n++) {
        decode(xml_next(&at, element), name);
        size_t i = e->seen;
        while (i < e->n && i < e->seen + PAGE && strcmp(e->names[i], name) != 0) {
            i++;
        }
        if (i == e->n || i == e->seen + PAGE) {
            fail_key("not the next", name, a);
        }
    }
    return n;
}

/* All keys and common prefixes under @prefix, page by page. */
static void expect_list(struct door *d, const char *prefix, const char *delimiter,
                        struct expected e)
{
    char marker[400] = "";
    for (bool is_truncated = true; is_truncated;) {
        char target[1300];
        (void)snprintf(target, sizeof(target), "/?encoding-type=url&max-keys=%d%s%s%s", PAGE,
                       encoded("&prefix=", prefix), encoded("&marker=", marker),
                       delimiter[0] == '\0' ? "" : encoded("&delimiter=", delimiter));
        struct answer a = door_send(d, "GET", target, NULL);
        assert_int_equal(a.status, 200);
        is_truncated = strcmp(xml_of(&a, "IsTruncated"), "true") == 0;
        size_t n = check_group(&e, &a, "<CommonPrefixes>", "Prefix") +
                   check_group(&e, &a, "<Contents>", "Key");
        assert_true(n == PAGE || !is_truncated);
        e.seen += n;
        if (is_truncated) {
            decode(xml_of(&a, "NextMarker"), marker);
            assert_string_equal(marker, e.names[e.seen - 1]);
        }
        answer_free(&a);
    }
    assert_int_equal(e.seen, e.n);
}

/* What a list with a delimiter shows of the keys below @prefix. */
static size_t rolled_up(const struct keys *k, const char *prefix, char delimiter,
                        char (*out)[KEY_MOST + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        const char *key = k->bytes[i];
        if (strncmp(key, prefix, strlen(prefix)) != 0) {
            continue;
        }
        const char *end = delimiter == '\0' ? NULL : strchr(key + strlen(prefix), delimiter);
        size_t length = end == NULL ? strlen(key) : (size_t)(end + 1 - key);
        if (end == NULL || n == 0 || strncmp(out[n - 1], key, length) != 0 ||
            out[n - 1][length] != '\0') {
            (void)snprintf(out[n++], KEY_MOST + 1, "%.*s", (int)length, key);
        }
    }
    return n;
}

static void expect_all_lists(const struct keys *k)
{
    static const char *const prefixes[] = {"", "a", "/", "%", "a/", "\xe4"};
    static const char *const delimiters[] = {"", "/", "a", "+", "<"};
    static char expected[KEYS][KEY_MOST + 1];
    for (size_t p = 0; p < COS_ARRAY_LEN(prefixes); p++) {
        for (size_t i = 0; i < COS_ARRAY_LEN(delimiters); i++) {
            size_t n = rolled_up(k, prefixes[p], delimiters[i][0], expected);
            expect_list(k->d, prefixes[p], delimiters[i], (struct expected){expected, n, 0});
        }
    }
}

/* --- the objects --- */

static void put_all(const struct keys *k)
{
    for (size_t i = 0; i < k->n; i++) {
        door_put(k->d, encoded("/", k->bytes[i]), k->bytes[i]);
    }
    assert_int_equal(cosmock_object_count(k->d->tenant, k->d->info.bucket), k->n);
}

static void read_all(const struct keys *k)
{
    for (size_t i = 0; i < k->n; i++) {
        struct answer a = door_send(k->d, "GET", encoded("/", k->bytes[i]), NULL);
        if (a.status != 200 || strcmp(a.body, k->bytes[i]) != 0) {
            fail_key("GET", k->bytes[i], &a);
        }
        answer_free(&a);
    }
}

static bool is_plain(const char *key)
{
    while (*key >= ' ' && *key < 0x7f) {
        key++;
    }
    return *key == '\0';
}

static void delete_by_document(const struct keys *k, const char *key)
{
    struct cos_buf text;
    cos_buf_init(&text, 4096);
    cos_buf_str(&text, "<Delete><Object><Key>");
    for (const char *c = key; *c != '\0'; c++) {
        cos_buf_printf(&text, "&#%u;", (unsigned)*c);
    }
    cos_buf_str(&text, "</Key></Object></Delete>");
    door_expect(k->d,
                &(struct ask){.method = "POST",
                              .target = "/?delete",
                              .body = text.ptr,
                              .n = text.len,
                              .with_md5 = true},
                200, NULL);
    cos_buf_deinit(&text);
}

/* Every other one, by a document those that one can name; the rest moves up. */
static void delete_half(struct keys *k)
{
    size_t kept = 0;
    for (size_t i = 0; i < k->n; i++) {
        if (i % 2 == 0) {
            memmove(k->bytes[kept++], k->bytes[i], sizeof(k->bytes[0]));
        } else if (is_plain(k->bytes[i])) {
            delete_by_document(k, k->bytes[i]);
        } else {
            door_expect(k->d,
                        &(struct ask){.method = "DELETE", .target = encoded("/", k->bytes[i])},
                        204, NULL);
        }
    }
    k->n = kept;
}

static void what_was_put_is_listed_read_and_goes(void **state)
{
    struct keys k = {.n = 0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        assert_int_equal(door_open(state), 0);
        k.d = *state;
        make(&k, seed);
        put_all(&k);
        expect_all_lists(&k);
        read_all(&k);
        delete_half(&k);
        expect_all_lists(&k);
        read_all(&k);
        assert_int_equal(door_close(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_listed_read_and_goes),
    };
    return cmocka_run_group_tests_name("keys_random", tests, NULL, NULL);
}
