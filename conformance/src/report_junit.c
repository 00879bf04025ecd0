/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML: one suite an area, one test case a case, with real <failure>, <error> and
 * <skipped> elements (conformance.md R5). A WARN or INFO passes there and says so in
 * system-out: JUnit has no word for it.
 */
#include "report_format.h"

#include "cosbase/buf.h"
#include "cosbase/xml.h"
#include "run.h"

#include <errno.h>
#include <string.h>

#define MAX_BYTES ((size_t)64 << 20)

static void put_escaped(struct cos_buf *b, const char *text)
{
    cos_xml_escape(b, cos_span_of(text));
}

static void put_attribute(struct cos_buf *b, const char *name, const char *value)
{
    cos_buf_printf(b, " %s=\"", name);
    cos_xml_escape_attr(b, cos_span_of(value));
    cos_buf_ch(b, '"');
}

static void put_problem(struct cos_buf *b, const char *element, const struct conform_result *r)
{
    cos_buf_printf(b, "      <%s", element);
    put_attribute(b, "type", verdict_name((enum conform_verdict)r->verdict));
    put_attribute(b, "message", r->reason != NULL ? r->reason : "");
    cos_buf_str(b, ">");
    put_escaped(b, "re-run: ");
    put_escaped(b, r->rerun != NULL ? r->rerun : "");
    cos_buf_ch(b, '\n');
    put_escaped(b, r->journal != NULL ? r->journal : "");
    cos_buf_printf(b, "</%s>\n", element);
}

static void put_remark(struct cos_buf *b, const struct conform_result *r)
{
    cos_buf_str(b, "      <system-out>");
    put_escaped(b, verdict_name((enum conform_verdict)r->verdict));
    cos_buf_str(b, ": ");
    put_escaped(b, r->reason != NULL ? r->reason : "");
    cos_buf_str(b, "</system-out>\n");
}

static void put_skipped(struct cos_buf *b, const struct conform_result *r)
{
    cos_buf_str(b, "      <skipped message=\"");
    if (r->blocked_by != NULL) {
        cos_buf_str(b, "blocked by ");
        cos_xml_escape_attr(b, cos_span_of(r->blocked_by));
        cos_buf_str(b, ": ");
    }
    cos_xml_escape_attr(b, cos_span_of(r->reason != NULL ? r->reason : ""));
    cos_buf_str(b, "\"/>\n");
}

static void put_verdict(struct cos_buf *b, const struct conform_result *r)
{
    switch ((enum conform_verdict)r->verdict) {
    case CONFORM_FAIL:
    case CONFORM_XPASS:
        put_problem(b, "failure", r);
        break;
    case CONFORM_ERROR:
        put_problem(b, "error", r);
        break;
    case CONFORM_BLOCKED:
    case CONFORM_SKIP:
        put_skipped(b, r);
        break;
    case CONFORM_WARN:
    case CONFORM_INFO:
    case CONFORM_XFAIL:
        put_remark(b, r);
        break;
    case CONFORM_PASS:
    case CONFORM_VERDICTS:
        break;
    }
}

/* What did not run is no error of anybody. */
static void put_not_run(struct cos_buf *b)
{
    cos_buf_str(b, "      <skipped");
    put_attribute(b, "message", "not run: the run ended before");
    cos_buf_str(b, "/>\n");
}

static void put_case(struct cos_buf *b, const struct conform_result *r, bool is_done)
{
    const struct requirement *q = r->requirement;
    cos_buf_str(b, "    <testcase classname=\"cosconform.");
    cos_xml_escape_attr(b, cos_span_of(q->area));
    cos_buf_str(b, "\" name=\"");
    cos_xml_escape_attr(b, cos_span_of(q->id));
    cos_buf_ch(b, ' ');
    cos_xml_escape_attr(b, cos_span_of(r->kase->name));
    cos_buf_printf(b, "\" time=\"%.6f\">\n", (double)r->duration_us / 1e6);
    cos_buf_str(b, "      <properties><property name=\"level\"");
    put_attribute(b, "value", level_name(q->level));
    cos_buf_str(b, "/><property name=\"source\"");
    put_attribute(b, "value", q->source);
    cos_buf_str(b, "/><property name=\"statement\"");
    put_attribute(b, "value", q->statement);
    cos_buf_str(b, "/></properties>\n");
    if (is_done) {
        put_verdict(b, r);
    } else {
        put_not_run(b);
    }
    cos_buf_str(b, "    </testcase>\n");
}

struct tally {
    size_t tests, failures, errors, skipped;
    int64_t us;
};

static struct tally tally_of(const struct conform_report *report, const char *area)
{
    struct tally t = {0};
    for (size_t i = 0; i < report->n; i++) {
        const struct conform_result *r = &report->results[i];
        if (area != NULL && strcmp(r->requirement->area, area) != 0) {
            continue;
        }
        t.tests++;
        if (!report->is_done[i]) {
            t.skipped++;
            continue;
        }
        t.failures += r->verdict == CONFORM_FAIL || r->verdict == CONFORM_XPASS ? 1 : 0;
        t.errors += r->verdict == CONFORM_ERROR ? 1 : 0;
        t.skipped += r->verdict == CONFORM_SKIP || r->verdict == CONFORM_BLOCKED ? 1 : 0;
        t.us += r->duration_us;
    }
    return t;
}

static void put_tally(struct cos_buf *b, struct tally t)
{
    cos_buf_printf(
        b, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\">\n",
        t.tests, t.failures, t.errors, t.skipped, (double)t.us / 1e6);
}

static bool is_first_of_area(const struct conform_report *report, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(report->results[i].requirement->area,
                   report->results[at].requirement->area) == 0) {
            return false;
        }
    }
    return true;
}

static void put_area(struct cos_buf *b, const struct conform_report *report, const char *area)
{
    cos_buf_str(b, "  <testsuite");
    put_attribute(b, "name", area);
    put_tally(b, tally_of(report, area));
    for (size_t i = 0; i < report->n; i++) {
        if (strcmp(report->results[i].requirement->area, area) == 0) {
            put_case(b, &report->results[i], report->is_done[i]);
        }
    }
    cos_buf_str(b, "  </testsuite>\n");
}

static int junit_end(FILE *to, const struct conform_report *report)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_BYTES);
    cos_buf_str(&b,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cosconform\"");
    put_tally(&b, tally_of(report, NULL));
    for (size_t i = 0; i < report->n; i++) {
        if (is_first_of_area(report, i)) {
            put_area(&b, report, report->results[i].requirement->area);
        }
    }
    cos_buf_str(&b, "</testsuites>\n");
    (void)fwrite(cos_buf_cstr(&b), 1, b.len, to);
    return b.failed ? -ENOMEM : 0;
}

const struct report_format report_format_junit = {.name = "junit",
                                                  .file = "junit.xml",
                                                  .end = junit_end};
