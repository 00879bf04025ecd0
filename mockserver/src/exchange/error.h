/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of the tables of errors is (the rows: services/errors.c). */
#ifndef EXCHANGE_ERROR_H
#define EXCHANGE_ERROR_H

struct error_row {
    const char *code;
    int status;
    const char *message; /* the service's wording where known */
    const char *citation;
};
/* Sentences of the service for one case of a code that has another sentence elsewhere. */
enum error_case {
    ERROR_NO_APPID,      /* the host names a bucket without -<appid>, or none at all */
    ERROR_NO_MD5,        /* a request that needs Content-MD5 */
    ERROR_SOURCE_STATE,  /* the source of a copy cannot be asked */
    ERROR_EXPIRED,       /* a signature past its end */
    ERROR_KEY_ID_FORMAT, /* a q-ak that is no secret id */
    ERROR_CASES
};

#endif
