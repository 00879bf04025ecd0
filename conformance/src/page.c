/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling in the page's placeholders, and nothing else: the page itself is what is certified.
 */
#include "page.h"

#include "cosbase/digest.h"

__asm__(".pushsection .rodata\n"
        ".globl page_linked, page_linked_end\n"
        ".hidden page_linked, page_linked_end\n"
        "page_linked:\n"
        ".incbin \"" CONFORM_PAGE "\"\n"
        "page_linked_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const char page_linked[], page_linked_end[];

static bool belongs_to_other(struct cos_span line, int option)
{
    static const struct {
        const char *key;
        int option;
    } keys[] = {{"fs.cosn.userinfo.secretId:", 1},
                {"fs.cosn.userinfo.secretKey:", 1},
                {"fs.cosn.credentials.provider:", 2}};
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        if (keys[i].option != option && cos_span_starts(line, cos_span_of(keys[i].key))) {
            return true;
        }
    }
    return false;
}

static const char *value_of(struct cos_span placeholder, const struct page_values *v)
{
    const struct {
        const char *name, *value;
    } table[] = {{"<your-bucket>", v->bucket},
                 {"<your-endpoint-suffix>", v->suffix},
                 {"<your-cos-region>", v->region},
                 {"<your-secret-id>", v->secret_id},
                 {"<your-secret-key>", v->secret_key},
                 {"<your-credentials-provider>", v->provider}};
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        if (cos_span_eq_str(placeholder, table[i].name)) {
            return table[i].value;
        }
    }
    return NULL;
}

static void fill_line(struct cos_buf *out, struct cos_span line, const struct page_values *v)
{
    size_t open = cos_span_chr(line, '<');
    size_t close = cos_span_chr(line, '>');
    if (open == SIZE_MAX || close == SIZE_MAX || close < open) {
        cos_buf_span(out, line);
        return;
    }
    cos_buf_span(out, cos_span_sub(line, 0, open));
    cos_buf_str(out, value_of(cos_span_sub(line, open, close - open + 1), v));
    cos_buf_span(out, cos_span_from(line, close + 1));
}

void page_fill(struct cos_buf *out, int option, const struct page_values *values)
{
    struct cos_span rest = cos_span_make(page_linked, (size_t)(page_linked_end - page_linked));
    while (rest.len > 0) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        if (!belongs_to_other(line, option)) {
            fill_line(out, line, values);
            cos_buf_ch(out, '\n');
        }
    }
}

void page_yaml_sha256(char out[65])
{
    cos_sha256_hex(out, page_linked, (size_t)(page_linked_end - page_linked));
}
