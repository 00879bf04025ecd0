/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-to-source rules: cos-operations-2.md s.14. Documents and SDKs disagree about the
 * names below OriginParameter and OriginInfo (NewHttpHeaders or NewHttpHeader, FileInfo by
 * Prefix or by PrefixConfiguration, HttpRedirectCode twice): they are kept as the tree that
 * was put.
 */
#include "services/documents.h"

static const struct element rule_elements[] = {
    {A_NUMBER("RulePriority", OPTIONAL, 0, INT32_MAX)},
    {A_WORD("OriginType", ONCE, "Mirror Proxy Redirect")},
    {A_TREE("OriginCondition", OPTIONAL)},
    {A_TREE("OriginParameter", OPTIONAL)},
    {A_TREE("OriginInfo", ONCE)},
    {A_TREE("HTTPStandbyCode", OPTIONAL)},
    {0},
};
static const struct element root_elements[] = {
    {A_GROUP("OriginRule", SOME, rule_elements)},
    {0},
};
static const struct element root = {A_GROUP("OriginConfiguration", ONCE, root_elements)};

const struct document document_origin = {
    .which = BUCKET_ORIGIN,
    .form = {.root = &root},
    .absent_code = "OriginConfigurationNotFoundError",
};
