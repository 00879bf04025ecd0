/* SPDX-License-Identifier: Apache-2.0 */
/* "a=b&c", as queries and forms have it, into parameters. A stray '%' stays a '%': cos-wire.md
 * s.1.7. */
#include "exchange/exchange.h"

#include "cosbase/codec.h"

#define PARAMS_MAX 1024

static struct cos_span decode_query_text(struct cos_arena *arena, struct cos_span raw)
{
    if (cos_span_chr(raw, '%') == SIZE_MAX && cos_span_chr(raw, '+') == SIZE_MAX) {
        return raw;
    }
    char *decoded = cos_arena_alloc(arena, raw.len);
    if (decoded == NULL) {
        return COS_SPAN_EMPTY;
    }
    return (struct cos_span){decoded,
                             cos_percent_decode(decoded, raw, /* plus_is_space= */ true)};
}

static size_t count_pieces(struct cos_span text)
{
    size_t n = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == '&';
    }
    return n;
}

/* Also the form bodies of STS: the same grammar. */
bool params_split(struct cos_arena *arena, struct cos_span text, struct param **out,
                  size_t *out_n)
{
    *out = NULL;
    *out_n = 0;
    size_t most = count_pieces(text);
    struct param *params =
        most > PARAMS_MAX ? NULL : cos_arena_array(arena, most, sizeof(*params));
    if (params == NULL) {
        return false;
    }
    size_t n = 0;
    for (struct cos_span rest = text, piece; rest.ptr != NULL && n < most;) {
        piece = cos_span_cut(&rest, '&');
        if (piece.len == 0) {
            continue;
        }
        struct param *p = &params[n++];
        size_t equals = cos_span_chr(piece, '=');
        p->has_equals = equals != SIZE_MAX;
        p->raw_name = p->has_equals ? cos_span_sub(piece, 0, equals) : piece;
        p->raw_value = p->has_equals ? cos_span_from(piece, equals + 1) : COS_SPAN_EMPTY;
        p->name = decode_query_text(arena, p->raw_name);
        p->value = decode_query_text(arena, p->raw_value);
    }
    *out = params;
    *out_n = n;
    return true;
}
