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
#define QUOTED_IN                                                         \
    "<InputSerialization><CSV><FileHeaderInfo>USE</FileHeaderInfo>"       \
    "<AllowQuotedRecordDelimiter>TRUE</AllowQuotedRecordDelimiter></CSV>" \
    "</InputSerialization>"
#define OTHERS                                                                \
    "<RecordDelimiter>ab</RecordDelimiter><FieldDelimiter>;</FieldDelimiter>" \
    "<QuoteCharacter>'</QuoteCharacter><QuoteEscapeCharacter>\\</QuoteEscapeCharacter>"
#define OTHER_IN                                                            \
    "<InputSerialization><CSV><FileHeaderInfo>NONE</FileHeaderInfo>" OTHERS \
    "</CSV></InputSerialization>"
#define OTHER_OUT "<OutputSerialization><CSV>" OTHERS "</CSV></OutputSerialization>"
#define ALWAYS_OUT \
    "<OutputSerialization><CSV><QuoteFields>ALWAYS</QuoteFields></CSV></OutputSerialization>"
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
    /* places where a record, a field or a name ends otherwise than it seems */
    {"lines that end as on Windows", "a,b\r\n1,2\r\n3,4\r\n", "SELECT b FROM COSObject",
     CSV_IN CSV_OUT, "2\n4\n"},
    {"a byte order mark is no part of a name",
     "\xEF\xBB\xBF"
     "Id,b\n1,2\n",
     "SELECT Id FROM COSObject", CSV_IN CSV_OUT, "1\n"},
    {"no delimiter behind the last record", "a\n1\n2", "SELECT a FROM COSObject",
     CSV_IN CSV_OUT, "1\n2\n"},
    {"empty fields", "a,b,c\n,,\n1,,3\n", "SELECT a, b, c FROM COSObject", CSV_IN CSV_OUT,
     ",,\n1,,3\n"},
    {"blank lines and comments", "a\n\n1\n#2\n3\n", "SELECT a FROM COSObject", CSV_IN CSV_OUT,
     "1\n3\n"},
    {"a record without one of its columns", "a,b\n1\n2,x\n", "SELECT b FROM COSObject",
     CSV_IN JSON_OUT, "{\"b\":null}\n{\"b\":\"x\"}\n"},
    {"which is MISSING", "a,b\n1\n2,x\n", "SELECT a FROM COSObject WHERE b IS MISSING",
     CSV_IN CSV_OUT, "1\n"},
    {"a delimiter in quotes", "a,b\n\"x\ny\",2\n", "SELECT a, b FROM COSObject",
     QUOTED_IN CSV_OUT, "\"x\ny\",2\n"},
    {"doubled quotes", "a\n\"say \"\"no\"\"\"\n", "SELECT a FROM COSObject", CSV_IN JSON_OUT,
     "{\"a\":\"say \\\"no\\\"\"}\n"},
    {"quotes that are escaped, delimiters of two bytes", "'x\\'y;';2ab3;4ab",
     "SELECT _1, _2 FROM COSObject", OTHER_IN OTHER_OUT, "'x\\'y;';2ab3;4ab"},
    {"always in quotes", "a,b\n1,x\n", "SELECT * FROM COSObject", CSV_IN ALWAYS_OUT,
     "\"1\",\"x\"\n"},
    {"a name that is quoted has its case", "Id,ID\n1,2\n", "SELECT \"ID\" FROM COSObject",
     CSV_IN CSV_OUT, "2\n"},
    {"NONE: the first line is a record", "a\n1\n", "SELECT COUNT(*) FROM COSObject",
     CSV_NONE CSV_OUT, "2\n"},
    {"nothing passes", PEOPLE, "SELECT * FROM COSObject WHERE Id = 9", CSV_IN CSV_OUT, ""},
    {"LIMIT 0", PEOPLE, "SELECT * FROM COSObject LIMIT 0", CSV_IN CSV_OUT, ""},
    {"a day behind each", "a\n2020-02-28\n2021-02-28T12:00+08:00\n",
     "SELECT DATE_ADD(day, 1, a) AS b FROM COSObject WHERE a &gt; '2020'", CSV_IN JSON_OUT,
     "{\"b\":\"2020-02-29T00:00:00Z\"}\n{\"b\":\"2021-03-01T12:00:00+08:00\"}\n"},
    /* numbers */
    {"whole numbers beyond 2^53", "a\n9007199254740993\n", "SELECT a + 0, a - 1 FROM COSObject",
     CSV_IN CSV_OUT, "9007199254740993,9007199254740992\n"},
    {"and how they compare", "a\n9007199254740993\n9007199254740992\n",
     "SELECT a FROM COSObject WHERE a &gt; 9007199254740992", CSV_IN CSV_OUT,
     "9007199254740993\n"},
    /* the shortest that is 2^63 */
    {"beyond 64 bits they are doubles", "a\n9223372036854775807\n",
     "SELECT a + 1 FROM COSObject", CSV_IN CSV_OUT, "9.223372036854776e+18\n"},
    {"a division of whole numbers", "a\n7\n-7\n", "SELECT a / 2, a % 2, a / 2.0 FROM COSObject",
     CSV_IN CSV_OUT, "3,1,3.5\n-3,-1,-3.5\n"},
    {"the smallest, by -1", "a\n-9223372036854775808\n", "SELECT a % -1 FROM COSObject",
     CSV_IN CSV_OUT, "0\n"},
    {"a sum that is exact", "a\n9007199254740993\n2\n", "SELECT SUM(a) FROM COSObject",
     CSV_IN CSV_OUT, "9007199254740995\n"},
    {"decimals", "a\n0.1\n",
     "SELECT a + 0.2, CAST(a AS FLOAT), CAST(12.9 AS INT) FROM COSObject", CSV_IN CSV_OUT,
     "0.30000000000000004,0.1,12\n"},
    {"text that spells a number", PEOPLE, "SELECT Id FROM COSObject WHERE Age &gt; '4'",
     CSV_IN CSV_OUT, "2\n"},
    /* texts */
    {"LIKE: an underscore is a character", "a\nZ\xC3\xBCrich\nZurich\n",
     "SELECT a FROM COSObject WHERE a LIKE 'Z_rich'", CSV_IN CSV_OUT,
     "Z\xC3\xBCrich\nZurich\n"},
    {"LIKE with ESCAPE", "a\n100%\n1000\n",
     "SELECT a FROM COSObject WHERE a LIKE '100!%' ESCAPE '!'", CSV_IN CSV_OUT, "100%\n"},
    {"NOT LIKE, NOT IN, NOT BETWEEN", PEOPLE,
     "SELECT Id FROM COSObject WHERE Name NOT LIKE '%b%' AND Id NOT IN (1) AND Id NOT BETWEEN "
     "4 AND 5",
     CSV_IN CSV_OUT, "3\n"},
    {"LOWER and UPPER", PEOPLE, "SELECT LOWER(Name), UPPER(Name) FROM COSObject LIMIT 1",
     CSV_IN CSV_OUT, "ann,ANN\n"},
    {"CHAR_LENGTH counts characters", "a\nZ\xC3\xBCrich\n",
     "SELECT CHAR_LENGTH(a), CHARACTER_LENGTH(a) FROM COSObject", CSV_IN CSV_OUT, "6,6\n"},
    {"SUBSTRING", "a\n123456789\n",
     "SELECT SUBSTRING(a FROM 0), SUBSTRING(a FROM 2 FOR 3), SUBSTRING(a, 8), "
     "SUBSTRING(a, -1, 4) FROM COSObject",
     CSV_IN CSV_OUT, "123456789,234,89,12\n"},
    {"TRIM", "a\n\"  foobar  \"\n",
     "SELECT TRIM(a), TRIM(LEADING FROM a), TRIM(TRAILING FROM a), "
     "TRIM(BOTH '12' FROM '1112211foobar22211122') FROM COSObject",
     CSV_IN CSV_OUT, "foobar,foobar  ,  foobar,foobar\n"},
    /* what is unknown */
    {"NULL of JSON", "{\"a\":null,\"b\":1}\n", "SELECT a, c, b FROM COSObject",
     LINES_IN CSV_OUT, ",,1\n"},
    {"IS NULL and IS MISSING", "{\"a\":null}\n{\"b\":1}\n",
     "SELECT COUNT(*) FROM COSObject WHERE a IS NULL AND NOT (a IS MISSING)", LINES_IN CSV_OUT,
     "1\n"},
    {"aggregates pass over it", "{\"a\":1}\n{\"a\":null}\n{\"b\":2}\n",
     "SELECT COUNT(a), COUNT(*), SUM(a) FROM COSObject", LINES_IN CSV_OUT, "1,3,1\n"},
    {"of nothing", "{\"a\":1}\n", "SELECT SUM(a), COUNT(a) FROM COSObject WHERE a = 2",
     LINES_IN CSV_OUT, ",0\n"},
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
        {"x", "Select * from COSObject",
         CSV_IN CSV_OUT "<ScanRange><Start>0</Start><End>1</End></ScanRange>",
         "NotImplemented"},
        {"{\"a\":12", "Select * from COSObject", DOCUMENT_IN JSON_OUT, "JSONParsingError"},
        {"a\nx\n", "Select CAST(a AS INT) from COSObject", CSV_IN CSV_OUT, "CastFailed"},
        {"a\n1e30\n", "Select CAST(a AS INT) from COSObject", CSV_IN CSV_OUT, "CastFailed"},
        {"a\n0\n", "Select 1 / a from COSObject", CSV_IN CSV_OUT, "CastFailed"},
        {"a\nx\n", "Select SUBSTRING(a, 'x') from COSObject", CSV_IN CSV_OUT, "CastFailed"},
        {"a,A\n1,2\n", "Select a from COSObject", CSV_IN CSV_OUT, "AmbiguousFieldName"},
        {"a\n\"x\n", "Select a from COSObject", CSV_IN CSV_OUT, "CSVParsingError"},
        {"a", "Select DATE_ADD(week, 1, a) from COSObject", CSV_IN CSV_OUT, "SQLParsingError"},
        {"a\nx\n", "Select TO_TIMESTAMP(a) from COSObject", CSV_IN CSV_OUT, "CastFailed"},
        {"a", "Select a from COSObject WHERE SUM(a) = 1", CSV_IN CSV_OUT, "SQLParsingError"},
        {"a\n1\n", "Select a, SUM(a) from COSObject", CSV_IN CSV_OUT, "SQLParsingError"},
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

/* What a query makes of one record is gone with it. */
static void a_query_over_many_records_needs_no_more_memory(void **state)
{
    struct door *d = *state;
    enum { LINES = 1 << 20 };
    char *content = malloc(2 * (size_t)LINES + 1);
    assert_non_null(content);
    for (size_t i = 0; i < LINES; i++) {
        memcpy(content + 2 * i, "7\n", 3);
    }
    door_put(d, "/o", content);
    free(content);
    struct answer a = ask(d,
                          "SELECT COUNT(*) FROM COSObject WHERE CAST(_1 AS STRING) = '7' AND "
                          "CAST(_1 * 2 AS STRING) = '14' AND CAST(_1 * 3 AS STRING) = '21'",
                          CSV_NONE CSV_OUT);
    struct frames f;
    assert_int_equal(a.status, 200);
    assert_true(frames_read(cos_span_make(a.body, a.n), &f));
    assert_string_equal(cos_buf_cstr(&f.rows), "1048576\n");
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
        DOOR_TEST(a_query_over_many_records_needs_no_more_memory),
        DOOR_TEST(deep_expressions_and_long_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
