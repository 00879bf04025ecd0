/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of names, and what the journal says of names without effect. Which names have none: docs/DEVIATIONS.md (ACL, grants, tags and traffic limits are
 * not built). The names themselves: cos-operations-2.md s.1.
 */
#include "services/names.h"

#include "client.h"

static void the_table_is_in_order_and_names_its_sources(void **state)
{
    const struct known_name *rows = names_of_queries();

    for (size_t i = 0; rows[i].name != NULL; i++) {
        bool is_open = strstr(rows[i].name, "...") != NULL;
        assert_true(rows[i].source[0] != '\0');
        if (i > 0 && !is_open && strcmp(rows[i - 1].name, rows[i].name) >= 0) {
            fail_msg("%s stands behind %s", rows[i].name, rows[i - 1].name);
        }
        if (!is_open && name_of_query(cos_span_of(rows[i].name)) != &rows[i]) {
            fail_msg("%s is not found", rows[i].name);
        }
    }
}

static void names_are_found_as_they_are_spelled(void **state)
{
    static const struct {
        const char *name;
        bool is_known;
        enum name_kind kind;
    } cases[] = {
        {"acl", true, NAME_SELECTS},
        {"live", true, NAME_SELECTS},
        {"image-slim", true, NAME_SELECTS},
        {"imageMogr2/thumbnail/!50px", true, NAME_SELECTS},
        {"watermark/2/text/x", true, NAME_SELECTS},
        {"prefix", true, NAME_SAYS},
        {"versionId", true, NAME_SAYS},
        {"x-cos-traffic-limit", true, NAME_IDLE},
        {"ACL", false, NAME_IDLE},
        {"imageMogr2", false, NAME_IDLE},
        {"acl ", false, NAME_IDLE},
        {"", false, NAME_IDLE},
        {"zzz", false, NAME_IDLE},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        const struct known_name *row = name_of_query(cos_span_of(cases[i].name));
        if ((row != NULL) != cases[i].is_known || (row != NULL && row->kind != cases[i].kind)) {
            fail_msg("%s", cases[i].name);
        }
    }
    assert_string_equal(name_of_query_any_case(COS_SPAN_LIT("ACL"))->name, "acl");
    assert_null(name_of_query_any_case(COS_SPAN_LIT("nobody")));
}

static struct cosmock_entry *entry_of(struct client *c, const char *target,
                                      const char *const headers[][2], size_t n)
{
    static struct question q;

    q = (struct question){.method = "GET", .target = target};
    add_header(&q, "Host", CLIENT_HOST);
    for (size_t i = 0; i < n; i++) {
        add_header(&q, headers[i][0], headers[i][1]);
    }
    struct answer r = client_send(c, &q);
    answer_free(&r);
    return last_entry(c);
}

static void the_journal_says_what_was_ignored_and_what_was_not_understood(void **state)
{
    static const char *const headers[][2] = {
        {"X-Cos-Acl", "private"},
        {"x-cos-mtea-a", "1"},
        {"x-cos-meta-a", "1"},
        {"x-cos-grant-read", "id=\"1\""},
        {"x-custom", "not the service's"},
        {"Pic-Operations", "{}"},
    };
    struct cosmock_entry *e = entry_of(*state, "/k?prefx=1&versionId=null&position=3&a%3Bb&%01",
                                       headers, COS_ARRAY_LEN(headers));

    assert_string_equal(e->ignored, "x-cos-acl;x-cos-grant-read;pic-operations;?position");
    assert_string_equal(e->unknown, "x-cos-mtea-a;?prefx;?a%3Bb;?%01");
    char *json = cosmock_entry_json(e);
    assert_non_null(strstr(json, "\"ignored\":\"x-cos-acl;x-cos-grant-read;pic-operations;"
                                 "?position\",\"unknown\":\"x-cos-mtea-a;"));
    free(json);
    cosmock_entries_free(e);
    e = entry_of(*state, "/k", NULL, 0);
    json = cosmock_entry_json(e);
    assert_null(strstr(json, "ignored"));
    assert_null(strstr(json, "unknown\":\"?"));
    free(json);
    cosmock_entries_free(e);
}

static void the_lists_of_names_are_bounded(void **state)
{
    char target[8192] = "/k?";
    size_t n = strlen(target);

    for (int i = 0; i < 40; i++) {
        n += (size_t)snprintf(target + n, sizeof(target) - n, "n%02d%0100d&", i, 0);
    }
    struct cosmock_entry *e = entry_of(*state, target, NULL, 0);
    assert_true(strlen(e->unknown) <= 17u * 66);
    assert_memory_equal(e->unknown, "?n000000", 8);
    assert_string_equal(e->unknown + strlen(e->unknown) - 4, ";...");
    assert_null(strstr(e->unknown, "?n16"));
    cosmock_entries_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order_and_names_its_sources),
        cmocka_unit_test(names_are_found_as_they_are_spelled),
        CLIENT_TEST(the_journal_says_what_was_ignored_and_what_was_not_understood),
        CLIENT_TEST(the_lists_of_names_are_bounded),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
