/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libxml2 where it is not: a program that reads no XML does not miss it, and a document says
 * what is missing. The program is this one, again, with a library of that name that is none.
 */
#include "check.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"
#include "cosbase/xml.h"
#include "cosbase/xml_canonical.h"

#include <stdlib.h>
#include <sys/wait.h>

/* In the other program: two documents, and the complaint of each as a line. */
static int read_without(void)
{
    for (int i = 0; i < 2; i++) {
        struct cos_xml *doc = NULL;
        struct cos_text_error err = {0};
        int r = cos_xml_parse(&doc, COS_SPAN_LIT("<a/>"), /* limits= */ NULL, &err);
        (void)printf("%d %s\n", r, err.message);
    }
    struct cos_buf out;
    cos_buf_init(&out, 100);
    (void)printf("%d\n", cos_xml_canonical(&out, COS_SPAN_LIT("<a/>"), "a", "b"));
    cos_buf_deinit(&out);
    return 0;
}

static void hear_without(struct cos_buf *out)
{
    char dir[] = "/tmp/cosbase-xml-XXXXXX";
    char path[64];
    char command[300];
    char self[200] = "";
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/libxml2.so.2", dir);
    assert_int_equal(cos_file_write(path, COS_SPAN_LIT("no library"), 0600), 0);
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    (void)snprintf(command, sizeof(command), "LD_LIBRARY_PATH=%s '%s' without", dir, self);
    FILE *child = popen(command, "re"); /* NOLINT(cert-env33-c) */
    assert_non_null(child);
    char line[400];
    while (fgets(line, sizeof(line), child) != NULL) {
        cos_buf_str(out, line);
    }
    int status = pclose(child);
    assert_int_equal(cos_dir_remove(dir), 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_document_without_the_library_names_it(void **state)
{
    struct cos_buf text;
    cos_buf_init(&text, 4096);
    hear_without(&text);
    struct cos_span rest = cos_buf_view(&text);
    for (int i = 0; i < 2; i++) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        assert_true(cos_span_starts(line, COS_SPAN_LIT("-1 cannot read XML without "
                                                       "libxml2.so.2: ")));
        assert_true(cos_span_find(line, COS_SPAN_LIT("file too short")) != SIZE_MAX);
    }
    assert_true(cos_span_eq_str(rest, "0\n"));
    cos_buf_deinit(&text);
}

static void a_program_that_reads_no_xml_has_not_opened_it(void **state)
{
    struct cos_buf maps;
    cos_buf_init(&maps, 1u << 20);
    FILE *file = fopen("/proc/self/maps", "re");
    assert_non_null(file);
    char line[600];
    while (fgets(line, sizeof(line), file) != NULL) {
        cos_buf_str(&maps, line);
    }
    (void)fclose(file);
    assert_non_null(strstr(cos_buf_cstr(&maps), "libcmocka"));
    assert_null(strstr(cos_buf_cstr(&maps), "libxml2"));
    cos_buf_deinit(&maps);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return read_without();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_reads_no_xml_has_not_opened_it),
        cmocka_unit_test(a_document_without_the_library_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
