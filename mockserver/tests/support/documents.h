/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of buckets as texts, how they are put, and what GET gives back. */
#ifndef TESTS_DOCUMENTS_H
#define TESTS_DOCUMENTS_H

#include "door.h"

#define DECLARATION "<?xml version='1.0' encoding='utf-8' ?>\n"

#define CORS(rules) "<CORSConfiguration>" rules "</CORSConfiguration>"
#define RULE(inside) "<CORSRule>" inside "</CORSRule>"
#define LIFE(rules) "<LifecycleConfiguration>" rules "</LifecycleConfiguration>"
#define SITE(inside)                                                                 \
    "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument>" inside \
    "</WebsiteConfiguration>"
#define ROUTE(condition, redirect)                                                       \
    "<RoutingRules><RoutingRule><Condition>" condition "</Condition><Redirect>" redirect \
    "</Redirect></RoutingRule></RoutingRules>"
#define REFERER(inside)                                                                   \
    "<RefererConfiguration><Status>Enabled</Status><RefererType>Black-List</RefererType>" \
    "<DomainList><Domain>a.com</Domain><Domain>a.com</Domain></DomainList>" inside        \
    "</RefererConfiguration>"
#define SSE(inside)                                              \
    "<ServerSideEncryptionConfiguration><Rule>" inside "</Rule>" \
    "</ServerSideEncryptionConfiguration>"

/** With Content-MD5. */
struct ask put_of(const char *target, const char *text);
/** What GET answers with, without the declaration; static buffer. */
const char *get_text(struct door *d, const char *target);

#endif
