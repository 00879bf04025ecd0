/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the table of bucket names. */
#include "names.h"

void each_bucket_name(const char *fixtures,
                      void (*check)(void *ctx, const char *name, bool is_good, const char *why),
                      void *ctx)
{
    struct cos_buf text;
    cos_buf_init(&text, 1u << 16);
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/names/buckets.tsv", fixtures);
    assert_int_equal(cos_file_read(&text, path), 0);
    struct cos_span rest = cos_buf_view(&text);
    size_t n[2] = {0};
    while (rest.len > 0) {
        struct cos_span why = cos_span_cut(&rest, '\n');
        bool is_good = cos_span_eq_str(cos_span_cut(&why, '\t'), "good");
        struct cos_span name = cos_span_cut(&why, '\t');
        char texts[2][256];
        (void)snprintf(texts[0], sizeof(texts[0]), COS_SPAN_FMT, COS_SPAN_ARG(name));
        (void)snprintf(texts[1], sizeof(texts[1]), COS_SPAN_FMT, COS_SPAN_ARG(why));
        check(ctx, texts[0], is_good, texts[1]);
        n[is_good ? 1 : 0]++;
    }
    cos_buf_deinit(&text);
    assert_true(n[0] > 0 && n[1] > 0);
}
