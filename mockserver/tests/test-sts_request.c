/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a multipart STS call: RFC 7578, RFC 2046 s.5.1. The shape is that of the
 * official Python SDK (sts-cam.md s.1.1). */
#include "exchange/sts_request.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PART(name) "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define END "--b--\r\n"

static void parts_are_read_as_the_rfc_bounds_them(void **state)
{
    static const struct {
        const char *name, *type, *body;
        size_t n_fields;
        /* of the first field */
        const char *value;
        /* NULL: it is whole */
        const char *unreadable;
    } rows[] = {
        {"two", "multipart/form-data; boundary=b",
         PART("Name") "mock\r\n" PART("Policy") "%7B\r\n" END, 2, "mock", NULL},
        {"a quoted boundary", "multipart/form-data; boundary=\"b\"",
         PART("Name") "mock\r\n" END, 1, "mock", NULL},
        {"a boundary and more", "multipart/form-data; boundary=b; charset=utf-8",
         PART("Name") "mock\r\n" END, 1, "mock", NULL},
        {"dashes and a boundary within a line", "multipart/form-data; boundary=b",
         PART("Name") "a--bc\r\n" END, 1, "a--bc", NULL},
        {"lines in a value", "multipart/form-data; boundary=b",
         PART("Name") "a\r\n\r\nb\r\n" END, 1, "a\r\n\r\nb", NULL},
        {"empty", "multipart/form-data; boundary=b", PART("Name") "\r\n" END, 1, "", NULL},
        {"a name with blanks before it", "multipart/form-data; boundary=b",
         "--b\r\ncontent-disposition: form-data;   name=Name\r\n\r\nmock\r\n" END, 1, "mock",
         NULL},
        {"no last delimiter", "multipart/form-data; boundary=b", PART("Name") "mock\r\n", 0, "",
         "The multipart body is not whole."},
        {"half a part", "multipart/form-data; boundary=b",
         PART("Name") "mock\r\n"
                      "--b\r\nContent-Disp",
         1, "mock", "The multipart body is not whole."},
        {"no boundary", "multipart/form-data", PART("Name") "mock\r\n" END, 0, "",
         "The multipart body has no boundary."},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct header type = {COS_SPAN_LIT("Content-Type"), cos_span_of(rows[i].type)};
        struct cosmock_exchange x = {
            .parts = {.method = COS_SPAN_LIT("POST"), .headers = &type, .n_headers = 1}};
        struct sts_request r = {.n_fields = 0};
        cos_arena_init(&x.arena, 1u << 20);
        cos_buf_init(&x.body.small, 1u << 16);
        cos_buf_str(&x.body.small, rows[i].body);
        sts_fields_read(&x, &r);
        bool is_read =
            rows[i].unreadable == NULL
                ? r.unreadable == NULL
                : r.unreadable != NULL && strcmp(r.unreadable, rows[i].unreadable) == 0;
        struct cos_span value = sts_field_value(&r, "Name");
        if (!is_read || r.n_fields != rows[i].n_fields ||
            (r.n_fields > 0 && !cos_span_eq_str(value, rows[i].value))) {
            fail_msg("%s: %zu fields, '" COS_SPAN_FMT "', %s", rows[i].name, r.n_fields,
                     COS_SPAN_ARG(value), r.unreadable == NULL ? "whole" : r.unreadable);
        }
        cos_buf_deinit(&x.body.small);
        cos_arena_deinit(&x.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read_as_the_rfc_bounds_them),
    };
    return cmocka_run_group_tests_name("sts_request", tests, NULL, NULL);
}
