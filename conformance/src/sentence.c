/* SPDX-License-Identifier: Apache-2.0 */
/* Reading fixtures/page/sentences.tsv; that it fits the page is a test's matter. */
#include "sentence.h"

__asm__(".pushsection .rodata\n"
        ".globl sentences_linked, sentences_linked_end\n"
        ".hidden sentences_linked, sentences_linked_end\n"
        "sentences_linked:\n"
        ".incbin \"" CONFORM_SENTENCES "\"\n"
        "sentences_linked_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const char sentences_linked[], sentences_linked_end[];

/* False: a line of another kind. */
static bool read_line(struct cos_span line, struct sentence *out)
{
    uint64_t number;
    if (!cos_span_u64(cos_span_cut(&line, '\t'), &number)) {
        return false;
    }
    out->number = (unsigned)number;
    out->sha256 = cos_span_cut(&line, '\t');
    out->idle = cos_span_cut(&line, '\t');
    out->text = line;
    if (cos_span_eq_str(out->idle, "-")) {
        out->idle.len = 0;
    }
    return true;
}

const char *sentence_page_sha256(void)
{
    return CONFORM_PAGE_TEXT_HASH;
}

bool sentence_find(unsigned number, struct sentence *out)
{
    struct cos_span rest =
        cos_span_make(sentences_linked, (size_t)(sentences_linked_end - sentences_linked));
    while (rest.len > 0) {
        struct sentence s;
        if (read_line(cos_span_cut(&rest, '\n'), &s) && s.number == number) {
            *out = s;
            return true;
        }
    }
    return false;
}
