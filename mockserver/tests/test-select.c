/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT Object Content: frames as cos-operations-2.md s.16.2 draws them, and what the SDKs'
 * suites ask (s.16.3).
 */
#include "door.h"

#include "frames.h"

#define CSV_IN \
    "<InputSerialization><CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization>"
#define CSV_NONE                                                             \
    "<InputSerialization><CSV><FileHeaderInfo>NONE</FileHeaderInfo></CSV></" \
    "InputSerialization>"
#define CSV_ABSENT \
    "<InputSerialization><CompressionType>None</CompressionType><CSV/></InputSerialization>"
#define LINES_IN "<InputSerialization><JSON><Type>LINES</Type></JSON></InputSerialization>"
#define DOCUMENT_IN \
    "<InputSerialization><JSON><Type>DOCUMENT</Type></JSON></InputSerialization>"
#define CSV_OUT "<OutputSerialization><CSV/></OutputSerialization>"
#define JSON_OUT                                                                 \
    "<OutputSerialization><JSON><RecordDelimiter>\\n</RecordDelimiter></JSON></" \
    "OutputSerialization>"

#define PEOPLE "Id,Name,Age\n1,Ann,30\n2,\"Bob, jr.\",41\n3,Cid,\n"
#define CITIES                                                 \
    "{\"city\":\"Seattle\",\"at\":{\"n\":[1,2]},\"size\":7}\n" \
    "{\"city\":\"Tokyo\",\"at\":{\"n\":[3,4]},\"size\":14}\n"

static struct answer ask_as(struct door *d, const char *root, const char *sql,
                            const char *formats)
{
    char body[2000];
    (void)snprintf(body, sizeof(body),
                   "<%s><Expression>%s</Expression><ExpressionType>SQL</ExpressionType>%s</%s>",
                   root, sql, formats, root);
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = "/o?select&select-type=2",
                                     .body = body,
                                     .n = strlen(body)});
}

static struct answer ask(struct door *d, const char *sql, const char *formats)
{
    return ask_as(d, "SelectRequest", sql, formats);
}

static const struct {
    const char *name, *content, *sql, *formats, *rows;
} rows[] = {
    {"all of a CSV", PEOPLE, "Select * from COSObject", CSV_IN CSV_OUT,
     "1,Ann,30\n2,\"Bob, jr.\",41\n3,Cid,\n"},
    {"java: no FileHeaderInfo drops the first line", "a,b\nc,d\ne,f\n",
     "select * from COSObject", CSV_ABSENT CSV_OUT, "c,d\ne,f\n"},
    {"columns by place", PEOPLE, "SELECT s._2, s._1 FROM COSObject s LIMIT 2", CSV_NONE CSV_OUT,
     "Name,Id\nAnn,1\n"},
    {"columns by name, of records that pass", PEOPLE,
     "SELECT s.Id, s.name FROM COSObject s WHERE s.Age &gt; 30", CSV_IN CSV_OUT,
     "2,\"Bob, jr.\"\n"},
    {"a count", PEOPLE, "SELECT count(*) FROM COSObject s WHERE s._1 &lt; 3", CSV_IN CSV_OUT,
     "2\n"},
    {"sums", PEOPLE, "SELECT SUM(CAST(Id AS INT)), MIN(Id), MAX(Id), AVG(Id) FROM COSObject",
     CSV_IN CSV_OUT, "6,1,3,2\n"},
    {"AND, OR, NOT", PEOPLE,
     "SELECT Id FROM COSObject WHERE NOT (Id = 1 OR Id = 3) AND Name LIKE 'B%'", CSV_IN CSV_OUT,
     "2\n"},
    {"BETWEEN and IN", PEOPLE,
     "SELECT Id FROM COSObject WHERE Id BETWEEN 2 AND 3 AND Name IN ('Ann', 'Cid')",
     CSV_IN CSV_OUT, "3\n"},
    {"arithmetic", PEOPLE, "SELECT Id * 2 + 1, Id % 2 FROM COSObject LIMIT 1", CSV_IN CSV_OUT,
     "3,1\n"},
    {"NULLIF and COALESCE", PEOPLE,
     "SELECT COALESCE(NULLIF(Age, ''), 'none') FROM COSObject WHERE Id = 3", CSV_IN CSV_OUT,
     "none\n"},
    {"CSV to JSON", PEOPLE, "SELECT Id, Name AS who FROM COSObject WHERE Id = '1'",
     CSV_IN JSON_OUT, "{\"Id\":\"1\",\"who\":\"Ann\"}\n"},
    {"node: a document comes back as it was put",
     "{ \"a\": 123, \"b\": \"x y\",\n \"c\":{\"d\":456}}", "Select * from COSObject",
     DOCUMENT_IN JSON_OUT, "{\"a\":123,\"b\":\"x y\",\"c\":{\"d\":456}}\n"},
    {"py: lines to CSV", CITIES, "Select city, size from COSObject", LINES_IN CSV_OUT,
     "Seattle,7\nTokyo,14\n"},
    {"cpp: by the alias", CITIES, "Select testjson.city from COSObject testjson",
     LINES_IN JSON_OUT, "{\"city\":\"Seattle\"}\n{\"city\":\"Tokyo\"}\n"},
    {"nested", CITIES, "SELECT s.at.n[1] AS x FROM COSObject s WHERE s.city = 'Tokyo'",
     LINES_IN JSON_OUT, "{\"x\":4}\n"},
};

static void a_query_picks_what_it_says(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct frames f;
        door_put(d, "/o", rows[i].content);
        struct answer a = ask(d, rows[i].sql, rows[i].formats);
        if (a.status != 200) {
            fail_msg("%s: %d %s", rows[i].name, a.status, a.body);
        }
        if (!frames_read(cos_span_make(a.body, a.n), &f) ||
            strcmp(cos_buf_cstr(&f.rows), rows[i].rows) != 0 ||
            strcmp(f.kinds, rows[i].rows[0] == '\0' ? "Stats End " : "Records Stats End ") !=
                0) {
            fail_msg("%s: %s %s", rows[i].name, f.kinds, cos_buf_cstr(&f.rows));
        }
        frames_deinit(&f);
        answer_free(&a);
    }
}

/* cos-java-sdk-v5 RequestXmlFactory.java:110 writes a root of its own, and its suite wants the
 * rows (SelectObjectTest.java:24-73): the service takes it. */
static void a_query_may_have_the_root_of_javas_sdk(void **state)
{
    struct door *d = *state;
    struct frames f;
    door_put(d, "/o", PEOPLE);
    struct answer a = ask_as(d, "SelectObjectContentRequest",
                             "select Name from COSObject where Id = 1", CSV_IN CSV_OUT);
    assert_int_equal(a.status, 200);
    assert_true(frames_read(cos_span_make(a.body, a.n), &f));
    assert_string_equal(cos_buf_cstr(&f.rows), "Ann\n");
    frames_deinit(&f);
    answer_free(&a);
    a = ask_as(d, "SelectObject", "select Name from COSObject", CSV_IN CSV_OUT);
    assert_int_equal(a.status, 400);
    assert_non_null(strstr(a.body, "<Code>MalformedXML</Code>"));
    answer_free(&a);
}

static void what_is_wrong_before_the_first_frame_is_an_ordinary_error(void **state)
{
    static const struct {
        const char *content, *sql, *formats, *code;
    } wrong[] = {
        {"x", "Delete from COSObject", CSV_IN CSV_OUT, "SQLParsingError"},
        {"x", "Select * from table1", CSV_IN CSV_OUT, "SQLParsingError"},
        {"x", "Select a from COSObject order by a", CSV_IN CSV_OUT, "SQLParsingError"},
        {"x", "", CSV_IN CSV_OUT, "MissingExpectedExpression"},
        {"x", "Select * from COSObject", CSV_OUT, "MissingInputSerialization"},
        {"x", "Select * from COSObject", CSV_IN, "MissingOutputSerialization"},
        {"x", "Select * from COSObject",
         "<InputSerialization><JSON><Type>TREE</Type></JSON></InputSerialization>" CSV_OUT,
         "InvalidJsonType"},
        {"x", "Select * from COSObject",
         "<InputSerialization><CompressionType>LZ4</CompressionType><CSV/>"
         "</InputSerialization>" CSV_OUT,
         "InvalidCompressionFormat"},
        {"x", "Select * from COSObject",
         "<InputSerialization><Parquet/></InputSerialization>" CSV_OUT, "NotImplemented"},
        {"{\"a\":12", "Select * from COSObject", DOCUMENT_IN JSON_OUT, "JSONParsingError"},
        {"a\nx\n", "Select CAST(a AS INT) from COSObject", CSV_IN CSV_OUT, "CastFailed"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(wrong); i++) {
        door_put(d, "/o", wrong[i].content);
        struct answer a = ask(d, wrong[i].sql, wrong[i].formats);
        if (a.status != 400 || strcmp(xml_of(&a, "Code"), wrong[i].code) != 0) {
            fail_msg("%s %s: %d %s", wrong[i].sql, wrong[i].code, a.status, a.body);
        }
        answer_free(&a);
    }
}

static void what_turns_out_later_ends_the_stream(void **state)
{
    struct door *d = *state;
    enum { LINES = 20000 };
    static char content[LINES * 8 + 16];
    struct frames f;
    memcpy(content, "a\n", 3);
    for (size_t i = 0, at = 2; i < LINES; i++, at += 8) {
        (void)snprintf(content + at, 9, "%07zu\n", i);
    }
    memcpy(content + 2 + (size_t)LINES * 8, "x\n", 3);
    door_put(d, "/o", content);
    struct answer a = ask(d, "SELECT CAST(a AS INT) FROM COSObject", CSV_IN CSV_OUT);
    assert_int_equal(a.status, 200);
    assert_true(frames_read(cos_span_make(a.body, a.n), &f));
    assert_string_equal(f.kinds, "Records Records error ");
    assert_string_equal(f.error, "CastFailed");
    frames_deinit(&f);
    answer_free(&a);
}

static void deep_expressions_and_long_records_are_refused(void **state)
{
    struct door *d = *state;
    char sql[1200] = "SELECT ";
    door_put(d, "/o", "1\n");
    memset(sql + 7, '(', 500);
    (void)snprintf(sql + 507, sizeof(sql) - 507, "1 FROM COSObject");
    struct answer a = ask(d, sql, CSV_NONE CSV_OUT);
    assert_string_equal(xml_of(&a, "Code"), "SQLParsingError");
    answer_free(&a);
    static const char marks[] = "-(";
    for (size_t i = 0; i < 2; i++) {
        memset(sql + 7, marks[i], 500);
        a = ask(d, sql, CSV_NONE CSV_OUT);
        assert_string_equal(xml_of(&a, "Code"), "SQLParsingError");
        answer_free(&a);
    }
    size_t n = ((size_t)1 << 20) + 100;
    char *line = malloc(n + 1);
    assert_non_null(line);
    memset(line, 'x', n);
    line[n] = '\0';
    door_put(d, "/o", line);
    free(line);
    a = ask(d, "SELECT * FROM COSObject", CSV_NONE CSV_OUT);
    assert_string_equal(xml_of(&a, "Code"), "OverMaxRecordSize");
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_query_picks_what_it_says),
        DOOR_TEST(a_query_may_have_the_root_of_javas_sdk),
        DOOR_TEST(what_is_wrong_before_the_first_frame_is_an_ordinary_error),
        DOOR_TEST(what_turns_out_later_ends_the_stream),
        DOOR_TEST(deep_expressions_and_long_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
