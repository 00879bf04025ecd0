/* SPDX-License-Identifier: Apache-2.0 */
/* What the CORS rules of a bucket add to the answers of its requests. */
#ifndef SERVICES_CORS_ANSWER_H
#define SERVICES_CORS_ANSWER_H

struct cosmock_exchange;

#define CORS_ANSWER_HEADERS 7 /* at most */

/** By reply_header(): nothing where the bucket has no rules, or none that fits. */
void cors_answer_add(struct cosmock_exchange *x);

#endif
