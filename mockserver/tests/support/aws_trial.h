/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request of an S3 client before authn alone: no route, no rights, no handler, so that
 * requests of other services' hosts (AWS's own examples) can be asked, and each byte of one can
 * be changed without another stage noticing.
 */
#ifndef TESTS_AWS_TRIAL_H
#define TESTS_AWS_TRIAL_H

#include "cosbase/json.h"
#include "cosmock/cosmock.h"

enum { AWS_TRIAL_HEADERS = 40, AWS_TRIAL_TEXT = 3000 };
struct aws_trial {
    char method[16], target[AWS_TRIAL_TEXT];
    struct {
        char name[64], value[AWS_TRIAL_TEXT];
    } headers[AWS_TRIAL_HEADERS];
    size_t n_headers;
    /* the host names it; "": none */
    char bucket[64];
    /* the parameter that selects the operation, as route found; NULL: none */
    const char *selects;
    int64_t at_unix_s;
    /* the key that the world has; with a token it is a temporary one */
    char secret_id[64], secret_key[64], token[AWS_TRIAL_TEXT];
};
struct aws_verdict {
    char reason[32], code[48], cause[64], detail[1500];
    int status;
    char string_to_sign[4000], canonical[8000], signed_canonical[8000];
    char seed_signature[65], scope[128], date[24];
    int payload; /* enum aws_payload; -1: nobody has read it */
    uint8_t signing_key[32];
};

/** One vector of fixtures/vectors/aws. */
void aws_trial_read(struct aws_trial *out, const struct cos_json *vector);
/** The value of the header; fails the test when it has none. */
char *aws_trial_header(struct aws_trial *t, const char *name);
void aws_trial_add(struct aws_trial *t, const char *name, const char *value);
void aws_trial_drop(struct aws_trial *t, const char *name);
/** What authn says of it, its clocks at at_unix_s. The world is that of the last call, if the
 *  key is the same. */
const struct aws_verdict *aws_trial_ask(const struct aws_trial *t);
/** Behind the last call. */
void aws_trial_end(void);

#endif
