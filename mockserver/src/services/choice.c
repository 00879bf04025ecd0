/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words the service knows. SDKs do not agree on their case (Java and .NET
 * send "Standard_IA" for STANDARD_IA, Java "REPLACE" for Replaced) and all of
 * them work against the service, which answers in one spelling
 * (cos-operations-1.md s.9). Words that no document and no SDK has are refused
 * with the service's code; the text of the refusal is only known for x-cos-acl.
 */
#include "services/choice.h"

#include "services/service.h"

#define MAX_WORDS 10

struct choice_row {
    enum header_name header; /* HEADER_NONE: it is a parameter */
    const char *param;
    const char *code; /* for a word not listed here; NULL: it counts as not sent */
    enum word words[MAX_WORDS];
    const char *citation;
};

static const struct choice_row rows[CHOICES] = {
    [CHOICE_ENCODING_TYPE] = {.param = "encoding-type",
                              .code = "InvalidArgument",
                              .words = {WORD_URL},
                              .citation = "cos-wire.md s.2.1, List Objects v1"},
    [CHOICE_ENCRYPTION] = {.header = HEADER_ENCRYPTION,
                           .code = "SSEContentNotSupported",
                           .words = {WORD_AES256, WORD_COS_KMS},
                           .citation = "cos-operations-2.md s.7.2, s.7.3"},
    [CHOICE_FORBID_OVERWRITE] = {.header = HEADER_FORBID_OVERWRITE,
                                 .words = {WORD_TRUE, WORD_FALSE},
                                 .citation =
                                     "cos-operations-1.md s.11: other words are ignored [U]"},
    [CHOICE_METADATA_DIRECTIVE] = {.header = HEADER_METADATA_DIRECTIVE,
                                   .code = "InvalidArgument",
                                   .words = {WORD_COPY, WORD_REPLACED},
                                   .citation = "cos-wire.md s.2.1, PUT Object - Copy"},
    /* MAZ_ARCHIVE: coscli and Java; MAZ_DEEP_ARCHIVE: Java; the others:
     * documents. No document knows a COLD class. */
    [CHOICE_STORAGE_CLASS] = {.header = HEADER_STORAGE_CLASS,
                              .code = "NotSupportedStorageClass",
                              .words = {WORD_STANDARD, WORD_STANDARD_IA,
                                        WORD_INTELLIGENT_TIERING, WORD_ARCHIVE,
                                        WORD_DEEP_ARCHIVE, WORD_MAZ_STANDARD,
                                        WORD_MAZ_STANDARD_IA, WORD_MAZ_INTELLIGENT_TIERING,
                                        WORD_MAZ_ARCHIVE, WORD_MAZ_DEEP_ARCHIVE},
                              .citation = "cos-operations-1.md s.9"},
    [CHOICE_TAGGING_DIRECTIVE] = {.header = HEADER_TAGGING_DIRECTIVE,
                                  .code = "InvalidArgument",
                                  .words = {WORD_COPY, WORD_REPLACED},
                                  .citation = "cos-operations-1.md s.5.2"},
};

const char *word_spelling(enum word word)
{
#define WORD_SPELLING(id, spelling) [WORD_##id] = (spelling),
    static const char *const spellings[] = {[WORD_NONE] = "", WORDS(WORD_SPELLING)};

    return spellings[word];
}

/* In any case; the Java SDK says REPLACE for Replaced. */
static bool means(struct cos_span value, enum word word)
{
    return cos_span_eq_nocase(value, cos_span_of(word_spelling(word))) ||
           (word == WORD_REPLACED && cos_span_eq_nocase(value, COS_SPAN_LIT("Replace")));
}

enum word choice_word(enum choice which, struct cos_span value)
{
    const enum word *words = rows[which].words;
    for (size_t i = 0; i < MAX_WORDS && words[i] != WORD_NONE; i++) {
        if (means(value, words[i])) {
            return words[i];
        }
    }
    return WORD_NONE;
}

/* Others call some classes of the service by names of their own. */
static struct cos_span in_own_words(struct cosmock_exchange *x, enum choice which,
                                    struct cos_span sent)
{
    bool is_mapped =
        which == CHOICE_STORAGE_CLASS && SWITCH_IS(x->tenant, S3_STORAGE_CLASS, MAP);
    const struct other_name *other = is_mapped ? x->service->other_classes : NULL;
    for (; other != NULL && other->name != NULL; other++) {
        if (cos_span_eq_nocase(sent, cos_span_of(other->name))) {
            return cos_span_of(other->means);
        }
    }
    return sent;
}

bool choice_read(struct cosmock_exchange *x, enum choice which, enum word *out)
{
    const struct choice_row *row = &rows[which];
    bool is_param = row->header == HEADER_NONE;
    const char *name = is_param ? row->param : header_spelling(x, row->header);
    struct cos_span sent = is_param ? param_value(x, name) : header_of(x, row->header);
    *out = sent.len == 0 ? WORD_NONE : choice_word(which, in_own_words(x, which, sent));
    if (sent.len > 0 && *out == WORD_NONE && row->code != NULL) {
        service_refuse_value(x, row->code, name, sent);
        return false;
    }
    return true;
}
