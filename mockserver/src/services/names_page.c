/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of each header and parameter, as a reader of docs/OPERATIONS.md sees it: the
 * tables of names and the column of the operations that heed them, laid side by side. */
#include "services/names.h"

#include "cosbase/buf.h"
#include "services/ops.h"

static void print_heeding(struct cos_buf *out, const struct known_name *row)
{
    if (row->theme == THEME_SIGNATURE) {
        cos_buf_str(out, "heeded by all");
        return;
    }
    const char *before = "heeded by ";
    for (const struct op_row *op = ops_rows(); op->name != NULL; op++) {
        if ((op->heeds & HEEDS(row->theme)) != 0) {
            cos_buf_printf(out, "%s%s", before, op->name);
            before = ", ";
        }
    }
}

static void print_row(struct cos_buf *out, const struct known_name *row)
{
    cos_buf_printf(out, "| `%s` | ", row->name);
    switch (row->kind) {
    case NAME_SAYS:
        print_heeding(out, row);
        break;
    case NAME_SELECTS:
        cos_buf_str(out, "selects the operation");
        break;
    case NAME_IDLE:
        cos_buf_printf(out, "noted: %s", row->why);
        break;
    case NAME_REFUSED:
        cos_buf_str(out, "refused, NotImplemented: data processing");
        break;
    case NAME_REMARK:
        cos_buf_printf(out, "nothing: %s", row->why);
        break;
    case NAME_ANSWERS:
        break;
    }
    cos_buf_printf(out, " | %s |\n", row->source);
}

static void print_table(struct cos_buf *out, const char *what, const struct known_name *rows)
{
    cos_buf_printf(out, "\n| %s | what becomes of it | source |\n|---|---|---|\n", what);
    for (const struct known_name *row = rows; row->name != NULL; row++) {
        if (row->kind != NAME_ANSWERS && row->name[0] != '\0') {
            print_row(out, row);
        }
    }
}

void names_print(struct cos_buf *out)
{
    cos_buf_str(out,
                "\n# Headers and parameters\n\n"
                "Printed from mockserver/src/services/names.c, names_s3.c and the column "
                "`heeds` of ops.c; "
                "`test-unheeded.c` asks every operation with\nevery name. None is ignored in "
                "silence. What an operation does not heed, what is *noted*, and what no table "
                "has, is accepted:\nthe answer says so in `x-cosmock-note`, the journal in "
                "`ignored` and `unknown`, and so do the summary of `cosmock exec` and\n`GET "
                ".../journal?format=names`. The switch `unheeded-names` refuses it instead. "
                "Values are judged by those who heed them. Headers\nof HTTP that stand in no "
                "table mean here what they mean there; of those that do, what describes a body "
                "means nothing to a request\nthat writes none. A preflight is not asked: it "
                "repeats what follows.\n");
    print_table(out, "header of COS", names_cos_headers);
    print_table(out, "header of S3", names_s3_headers);
    print_table(out, "header of HTTP", names_of_http_headers());
    print_table(out, "parameter", names_of_queries());
    print_table(out, "parameter of S3", names_s3_queries);
}
