/* SPDX-License-Identifier: Apache-2.0 */
/* Who refused a request: the stages that may, with the word that x-cosmock-reason begins
 * with. */
#ifndef EXCHANGE_STAGE_H
#define EXCHANGE_STAGE_H

#define STAGES(X)         \
    X(NONE, "pipeline")   \
    X(PARSE, "parse")     \
    X(ROUTE, "route")     \
    X(FAULT, "fault")     \
    X(AUTHN, "authn")     \
    X(ADMIT, "admit")     \
    X(AUTHZ, "authz")     \
    X(BODY, "body")       \
    X(EXECUTE, "execute") \
    X(FAILURE, "failure") /* ours, whatever the stage */

#define STAGE_ID(id, word) STAGE_##id,
enum stage { STAGES(STAGE_ID) };

const char *stage_word(enum stage stage);

#endif
