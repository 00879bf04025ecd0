/* SPDX-License-Identifier: Apache-2.0 */
/* The domains of a bucket name it: cos-operations-2.md s.14. */
#include "door.h"

#define RULE(status, name, type)                                              \
    "<DomainRule><Status>" status "</Status><Name>" name "</Name><Type>" type \
    "</Type></DomainRule>"

static void put_document(struct door *d, const char *target, const char *text)
{
    const struct ask put = {.method = "PUT", .target = target, .body = text, .n = strlen(text)};
    door_expect(d, &put, 200, NULL);
}

static int open_with_domains(void **state)
{
    int r = door_open(state);
    struct door *d = *state;
    if (r == 0) {
        door_put(d, "/k", "object");
        door_put(d, "/index.html", "page");
        put_document(d, "/?website",
                     "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix>"
                     "</IndexDocument></WebsiteConfiguration>");
        put_document(d, "/?domain",
                     "<DomainConfiguration>" RULE("ENABLED", "files.example.com", "REST")
                         RULE("ENABLED", "www.example.com", "WEBSITE")
                             RULE("ENABLED", "fast.example.com", "ACCELERATE")
                                 RULE("DISABLED", "old.example.com",
                                      "REST") "</DomainConfiguration>");
    }
    return r;
}

static void a_domain_is_the_bucket_as_its_type_says(void **state)
{
    static const struct {
        const char *method, *target, *host;
        int status;
        const char *body; /* of an error its code; NULL: whatever */
    } rows[] = {
        {"GET", "/k", "files.example.com", 200, "object"},
        {"GET", "/k", "FILES.example.com:8080", 200, "object"},
        {"HEAD", "/", "files.example.com", 200, NULL},
        {"PUT", "/n", "files.example.com", 200, NULL},
        {"GET", "/", "www.example.com", 200, "page"},
        {"PUT", "/n", "www.example.com", 405, "MethodNotAllowed"},
        {"GET", "/k", "fast.example.com", 400, "BucketAccelerateNotEnabled"},
        {"GET", "/k", "old.example.com", 400, NULL},
        {"GET", "/k", "another.example.com", 400, NULL},
        {"GET", "/k", "files.example.com.cn", 400, NULL},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask q = {.method = rows[i].method,
                              .target = rows[i].target,
                              .host = rows[i].host};
        struct answer a = door_ask(d, &q);
        const char *said = a.status == 200 ? a.body : xml_of(&a, "Code");
        if (a.status != rows[i].status ||
            (rows[i].body != NULL && strcmp(said, rows[i].body) != 0)) {
            fail_msg("%s %s%s: %d %s", rows[i].method, rows[i].host, rows[i].target, a.status,
                     a.body);
        }
        answer_free(&a);
    }
}

static void a_domain_is_nobodys_once_it_is_taken_back(void **state)
{
    struct door *d = *state;
    const struct ask by_domain = {.method = "GET", .target = "/k", .host = "files.example.com"};
    door_expect(d, &by_domain, 200, NULL);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/?domain"}, 204, NULL);
    door_expect(d, &by_domain, 400, NULL);
}

/* Console guide, access permissions of objects: there the bucket's list counts alone. Through
 * the bucket's own host the object's comes first. */
static void the_list_of_an_object_does_not_count_there(void **state)
{
    static const struct {
        const char *bucket, *object;
        int own, domain;
    } rows[] = {
        {"x-cos-acl: private", "x-cos-acl: public-read", 200, 403},
        {"x-cos-acl: private", "x-cos-acl: default", 403, 403},
        {"x-cos-acl: public-read", "x-cos-acl: private", 403, 200},
        {"x-cos-acl: public-read", "x-cos-acl: default", 200, 200},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "off", NULL), 0);
        const struct ask lists[] = {
            {.method = "PUT", .target = "/?acl", .headers = rows[i].bucket},
            {.method = "PUT", .target = "/k?acl", .headers = rows[i].object},
            {.method = "PUT", .target = "/dir/", .headers = rows[i].object},
        };
        for (size_t l = 0; l < COS_ARRAY_LEN(lists); l++) {
            door_expect(d, &lists[l], 200, NULL);
        }
        door_put(d, "/dir/k", "below a folder with a list");
        assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
        static const char *const keys[] = {"/k", "/dir/k"};
        for (size_t k = 0; k < COS_ARRAY_LEN(keys); k++) {
            struct ask q = {.method = "GET", .target = keys[k]};
            door_expect(d, &q, rows[i].own, NULL);
            q.host = "files.example.com";
            door_expect(d, &q, rows[i].domain, NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_domain_is_the_bucket_as_its_type_says,
                                        open_with_domains, door_close),
        cmocka_unit_test_setup_teardown(a_domain_is_nobodys_once_it_is_taken_back,
                                        open_with_domains, door_close),
        cmocka_unit_test_setup_teardown(the_list_of_an_object_does_not_count_there,
                                        open_with_domains, door_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
