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

#define MAX_WORDS 12
#define DIRECTIVES                          \
    {                                       \
        {"Copy", NULL}, {"Replaced", NULL}, \
        {                                   \
            "Replace", "Replaced"           \
        }                                   \
    }                                     /* REPLACE: Java SDK */
#define BAD_VALUE "%s value invalid:%.*s" /* cos-wx-sdk-v5#12, cos-nodejs-sdk-v5#29 */

struct word {
    const char *spelling;
    const char *canonical; /* NULL: the spelling itself */
};
struct row {
    enum header_name header; /* HEADER_NONE: it is a parameter */
    const char *param;
    const char *code; /* for a word not listed here; NULL: it counts as not sent */
    struct word words[MAX_WORDS + 1];
    const char *citation;
};

static const struct row rows[CHOICES] = {
    [CHOICE_ACL] = {HEADER_ACL,
                    NULL,
                    "InvalidArgument",
                    {{"default", NULL},
                     {"private", NULL},
                     {"public-read", NULL},
                     {"public-read-write", NULL},
                     {"authenticated-read", NULL},
                     {"bucket-owner-read", NULL},
                     {"bucket-owner-full-control", NULL}},
                    "cos-operations-1.md s.3.2"},
    [CHOICE_ENCODING_TYPE] = {HEADER_NONE,
                              "encoding-type",
                              "InvalidArgument",
                              {{"url", NULL}},
                              "cos-wire.md s.2.1, List Objects v1"},
    [CHOICE_ENCRYPTION] = {HEADER_ENCRYPTION,
                           NULL,
                           "SSEContentNotSupported",
                           {{"AES256", NULL}, {"cos/kms", NULL}},
                           "cos-operations-2.md s.7.2, s.7.3"},
    [CHOICE_FORBID_OVERWRITE] = {HEADER_FORBID_OVERWRITE,
                                 NULL,
                                 NULL,
                                 {{"true", NULL}, {"false", NULL}},
                                 "cos-operations-1.md s.11: other words are ignored [U]"},
    [CHOICE_METADATA_DIRECTIVE] = {HEADER_METADATA_DIRECTIVE, NULL, "InvalidArgument",
                                   DIRECTIVES, "cos-wire.md s.2.1, PUT Object - Copy"},
    /* MAZ_ARCHIVE: coscli and Java; MAZ_DEEP_ARCHIVE: Java; the others:
     * documents. No document knows a COLD class. */
    [CHOICE_STORAGE_CLASS] = {HEADER_STORAGE_CLASS,
                              NULL,
                              "NotSupportedStorageClass",
                              {{"STANDARD", NULL},
                               {"STANDARD_IA", NULL},
                               {"INTELLIGENT_TIERING", NULL},
                               {"ARCHIVE", NULL},
                               {"DEEP_ARCHIVE", NULL},
                               {"MAZ_STANDARD", NULL},
                               {"MAZ_STANDARD_IA", NULL},
                               {"MAZ_INTELLIGENT_TIERING", NULL},
                               {"MAZ_ARCHIVE", NULL},
                               {"MAZ_DEEP_ARCHIVE", NULL}},
                              "cos-operations-1.md s.9"},
    [CHOICE_TAGGING_DIRECTIVE] = {HEADER_TAGGING_DIRECTIVE, NULL, "InvalidArgument", DIRECTIVES,
                                  "cos-operations-1.md s.5.2"},
};

const char *choice_word(enum choice which, struct cos_span value)
{
    for (const struct word *w = rows[which].words; w->spelling != NULL; w++) {
        if (cos_span_eq_nocase(value, cos_span_of(w->spelling))) {
            return w->canonical == NULL ? w->spelling : w->canonical;
        }
    }
    return NULL;
}

bool choice_read(struct cosmock_exchange *x, enum choice which, const char **out)
{
    const struct row *row = &rows[which];
    bool is_param = row->header == HEADER_NONE;
    const char *name = is_param ? row->param : header_spelling(x, row->header);
    struct cos_span sent = is_param ? param_value(x, name) : header_of(x, row->header);
    *out = NULL;
    if (sent.ptr == NULL || sent.len == 0) {
        return true;
    }
    *out = choice_word(which, sent);
    if (*out == NULL && row->code != NULL) {
        service_refuse_saying(x, row->code, BAD_VALUE, name, COS_SPAN_ARG(sent));
        return false;
    }
    return true;
}
