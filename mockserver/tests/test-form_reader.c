/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a form, in whichever pieces they come. The grammar is RFC 7578 and RFC 2046
 * s.5.1; the first body is that of the document POST Object, example 1 (436/14690), shortened.
 */
#include "exchange/form_reader.h"

#include "cosbase/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=b0und"
#define DISPOSITION "Content-Disposition: form-data; name="

/* What was read, as one text: "name|filename|data;", "!" where it was malformed. */
static void read_in_pieces(struct cos_buf *out, const char *type, struct cos_span body,
                           size_t piece)
{
    struct form_reader r;
    cos_buf_clear(out);
    assert_true(form_reader_init(&r, cos_span_of(type)));
    for (size_t at = 0; at < body.len; at += piece) {
        struct cos_span rest = cos_span_sub(body, at, piece);
        while (rest.len > 0) {
            enum form_event event;
            rest = cos_span_from(rest, form_reader_take(&r, rest, &event));
            if (event == FORM_PART) {
                cos_buf_span(out, r.name);
                cos_buf_ch(out, '|');
                cos_buf_span(out, r.filename);
                cos_buf_ch(out, '|');
            } else if (event == FORM_DATA) {
                cos_buf_span(out, r.data);
            } else if (event == FORM_PART_END) {
                cos_buf_ch(out, ';');
            } else if (event == FORM_MALFORMED) {
                cos_buf_ch(out, '!');
                return;
            }
        }
    }
    cos_buf_str(out, form_reader_is_at_end(&r) ? "." : "");
}

static void parts_are_read_in_whichever_pieces_they_come(void **state)
{
    static const struct {
        const char *name, *body, *read;
    } rows[] = {
        {"the document's",
         "--b0und\r\n" DISPOSITION "\"key\"\r\n\r\nexampleobject\r\n"
         "--b0und\r\n" DISPOSITION "\"file\"; filename=\"example.jpg\"\r\n"
         "Content-Type: image/jpeg\r\n\r\n[Object Content]\r\n--b0und--\r\n",
         "key||exampleobject;file|example.jpg|[Object Content];."},
        {"empty values",
         "--b0und\r\n" DISPOSITION "\"a\"\r\n\r\n\r\n--b0und\r\n" DISPOSITION
         "b\r\n\r\n\r\n--b0und--",
         "a||;b||;."},
        {"a preamble, blanks behind a delimiter, an epilogue",
         "This is one.\r\n--b0und \t\r\ncontent-disposition:form-data;name=a\r\n\r\nx\r\n"
         "--b0und--\r\n--b0und\r\nignored",
         "a||x;."},
        {"what looks like a delimiter and is none",
         "--b0und\r\n" DISPOSITION "\"f\"\r\n\r\n\r\r\n-\r\n--b0un\r\n--b\r\r\n\r\n--b0und--",
         "f||\r\r\n-\r\n--b0un\r\n--b\r\r\n;."},
        {"a delimiter in the middle of a line",
         "--b0und\r\n" DISPOSITION "\"f\"\r\n\r\nx--b0und--y\r\n--b0und--", "f||x--b0und--y;."},
        {"quotes in a name of a file",
         "--b0und\r\n" DISPOSITION "\"file\"; filename=\"C:\\dir\\a \\\"b\\\"; c.txt\"\r\n\r\n"
         "1\r\n--b0und--",
         "file|C:\\dir\\a \"b\"; c.txt|1;."},
        {"no last delimiter", "--b0und\r\n" DISPOSITION "\"a\"\r\n\r\nx\r\n--b0und", "a||x;"},
        {"no name", "--b0und\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b0und--", "!"},
        {"no head", "--b0und\r\n\r\nx\r\n--b0und--", "!"},
        {"not form-data", "--b0und\r\nContent-Disposition: file; name=a\r\n\r\nx\r\n--b0und--",
         "!"},
        {"an open quote", "--b0und\r\n" DISPOSITION "\"a\r\n\r\nx\r\n--b0und--", "!"},
        {"something behind a delimiter",
         "--b0und\r\n" DISPOSITION "\"a\"\r\n\r\nx\r\n--b0unds\r\n", "a||x;!"},
        {"half an end", "--b0und\r\n" DISPOSITION "\"a\"\r\n\r\nx\r\n--b0und-\r\n", "a||x;!"},
    };
    struct cos_buf out;
    cos_buf_init(&out, 1u << 16);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_span body = cos_span_of(rows[i].body);
        for (size_t piece = 1; piece <= body.len; piece++) {
            read_in_pieces(&out, TYPE, body, piece);
            if (!cos_span_eq_str(cos_buf_view(&out), rows[i].read)) {
                fail_msg("%s, in pieces of %zu: %s", rows[i].name, piece, cos_buf_cstr(&out));
            }
        }
    }
    cos_buf_deinit(&out);
}

static void every_byte_may_stand_in_a_file(void **state)
{
    struct cos_buf body;
    struct cos_buf out;
    cos_buf_init(&body, 1u << 16);
    cos_buf_init(&out, 1u << 16);
    cos_buf_str(&body, "--b0und\r\n" DISPOSITION "\"f\"\r\n\r\n");
    char all[256];
    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (char)i;
    }
    cos_buf_append(&body, all, sizeof(all));
    cos_buf_str(&body, "\r\n--b0und--");
    for (size_t piece = 1; piece <= body.len; piece++) {
        read_in_pieces(&out, TYPE, cos_buf_view(&body), piece);
        assert_int_equal(out.len, 3 + sizeof(all) + 2);
        assert_memory_equal(out.ptr + 3, all, sizeof(all));
    }
    cos_buf_deinit(&body);
    cos_buf_deinit(&out);
}

/* 4 KiB of one part's head are read. */
static void a_head_has_its_bounds(void **state)
{
    struct cos_buf body;
    struct cos_buf out;
    cos_buf_init(&body, 1u << 16);
    cos_buf_init(&out, 1u << 16);
    for (size_t n = 3000; n <= 5000; n += 2000) {
        cos_buf_clear(&body);
        cos_buf_str(&body, "--b0und\r\nX: ");
        for (size_t i = 0; i < n; i++) {
            cos_buf_ch(&body, 'x');
        }
        cos_buf_str(&body, "\r\n" DISPOSITION "a\r\n\r\nv\r\n--b0und--");
        read_in_pieces(&out, TYPE, cos_buf_view(&body), 1000);
        assert_string_equal(cos_buf_cstr(&out), n == 3000 ? "a||v;." : "!");
    }
    cos_buf_deinit(&body);
    cos_buf_deinit(&out);
}

static void a_boundary_is_found_in_its_content_type(void **state)
{
    static const struct {
        const char *type;
        bool is_form;
    } rows[] = {
        {"multipart/form-data; boundary=b0und", true},
        {"Multipart/Form-Data;charset=utf-8; Boundary=\"b0und\"", true},
        {"multipart/form-data ; boundary=b0und ; x=y", true},
        {"multipart/form-data", false},
        {"multipart/form-data; boundary=", false},
        {"multipart/form-data; boundary=\"b0und", false},
        {"multipart/form-data; boundary=\"b0und \"", false},
        {"multipart/form-data; boundary=b\x80", false},
        {"multipart/form-data; boundary="
         "1234567890123456789012345678901234567890123456789012345678901234567890",
         true},
        {"multipart/form-data; boundary="
         "12345678901234567890123456789012345678901234567890123456789012345678901",
         false},
        {"multipart/mixed; boundary=b0und", false},
        {"application/x-www-form-urlencoded", false},
        {"", false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct form_reader r;
        if (form_reader_init(&r, cos_span_of(rows[i].type)) != rows[i].is_form) {
            fail_msg("%s", rows[i].type);
        }
    }
    struct form_reader none;
    assert_false(form_reader_init(&none, (struct cos_span){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read_in_whichever_pieces_they_come),
        cmocka_unit_test(every_byte_may_stand_in_a_file),
        cmocka_unit_test(a_head_has_its_bounds),
        cmocka_unit_test(a_boundary_is_found_in_its_content_type),
    };
    return cmocka_run_group_tests_name("form_reader", tests, NULL, NULL);
}
