/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the library's statuses to the ABI's codes. The library knows twelve things a caller can
 * do; the ABI's list is longer because it is also what a report shows. One table; the first row
 * that fits wins.
 */
#include "plugin/internal.h"

#define ANY (-1)

static const struct {
    enum cosn_status status;
    int detail; /* ANY, or one enum cosn_detail */
    enum cosn_plugin_code code;
} rows[] = {
    {COSN_E_UNSUPPORTED, COSN_D_SCHEME, COSN_PLUGIN_UNSUPPORTED_SCHEME},
    {COSN_E_UNSUPPORTED, ANY, COSN_PLUGIN_UNSUPPORTED},
    {COSN_E_NOMEM, ANY, COSN_PLUGIN_NOMEM},
    {COSN_E_IO, COSN_D_CLOSED, COSN_PLUGIN_CLOSED},
    {COSN_E_IO, ANY, COSN_PLUGIN_IO},
    {COSN_E_NET, COSN_D_TIMEOUT, COSN_PLUGIN_TIMEOUT},
    {COSN_E_NET, ANY, COSN_PLUGIN_NETWORK},
    {COSN_E_PROTOCOL, ANY, COSN_PLUGIN_CORRUPT},
    {COSN_E_NO_CREDENTIALS, ANY, COSN_PLUGIN_CRED_MISSING},
    {COSN_E_EXPIRED, ANY, COSN_PLUGIN_CRED_EXPIRED},
    {COSN_E_DENIED, COSN_D_AUTH, COSN_PLUGIN_AUTH},
    {COSN_E_DENIED, ANY, COSN_PLUGIN_ACCESS_DENIED},
    {COSN_E_NOT_FOUND, COSN_D_NO_BUCKET, COSN_PLUGIN_NO_BUCKET},
    {COSN_E_NOT_FOUND, ANY, COSN_PLUGIN_NOT_FOUND},
    {COSN_E_EXISTS, COSN_D_IS_DIR, COSN_PLUGIN_IS_DIR},
    {COSN_E_EXISTS, COSN_D_NOT_DIR, COSN_PLUGIN_NOT_DIR},
    {COSN_E_EXISTS, COSN_D_NOT_EMPTY, COSN_PLUGIN_NOT_EMPTY},
    {COSN_E_EXISTS, ANY, COSN_PLUGIN_ALREADY_EXISTS},
    {COSN_E_BUSY, COSN_D_THROTTLED, COSN_PLUGIN_THROTTLED},
    {COSN_E_BUSY, ANY, COSN_PLUGIN_IO},
};

static int code_of(const struct cosn_error *err, enum plugin_phase phase)
{
    if (err->detail == COSN_D_STS) {
        return COSN_PLUGIN_STS;
    }
    if (err->status == COSN_E_INVALID) {
        return phase == PHASE_CONFIG ? COSN_PLUGIN_CONFIG : COSN_PLUGIN_INVALID_ARG;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (rows[i].status == err->status &&
            (rows[i].detail == ANY || rows[i].detail == (int)err->detail)) {
            return rows[i].code;
        }
    }
    return COSN_PLUGIN_INTERNAL;
}

void plugin_give_struct(void *to, uint32_t struct_size, const void *from, size_t n)
{
    size_t known = struct_size > n ? n : struct_size;
    if (known <= sizeof(uint32_t)) {
        return;
    }
    memcpy((char *)to + sizeof(uint32_t), (const char *)from + sizeof(uint32_t),
           known - sizeof(uint32_t));
}

static void give_error(struct cosn_plugin_error *e, const struct cosn_plugin_error *full)
{
    if (e != NULL) {
        plugin_give_struct(e, e->struct_size, full, sizeof(*full));
    }
}

int plugin_fail(struct cosn_plugin_error *e, const struct cosn_error *err,
                enum plugin_phase phase)
{
    struct cosn_plugin_error full = {
        .code = code_of(err, phase),
        .http_status = err->http_status,
        .retryable = err->retryable ? 1 : 0,
    };
    (void)snprintf(full.cos_code, sizeof(full.cos_code), "%s", err->code);
    (void)snprintf(full.request_id, sizeof(full.request_id), "%s", err->request_id);
    (void)snprintf(full.message, sizeof(full.message), "%s", err->message);
    give_error(e, &full);
    return full.code;
}

int plugin_refuse(struct cosn_plugin_error *e, enum cosn_plugin_code code, const char *message)
{
    struct cosn_plugin_error full = {.code = (int32_t)code};
    (void)snprintf(full.message, sizeof(full.message), "%s", message);
    give_error(e, &full);
    return (int)code;
}

int plugin_error_back(struct cosn_error *err, int code, const struct cosn_plugin_error *e)
{
    enum cosn_status status = COSN_E_IO;
    enum cosn_detail detail = COSN_D_NONE;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if ((int)rows[i].code == code) {
            status = rows[i].status;
            detail = rows[i].detail == ANY ? COSN_D_NONE : (enum cosn_detail)rows[i].detail;
            break;
        }
    }
    (void)fail_detail(err, status, code == COSN_PLUGIN_STS ? COSN_D_STS : detail,
                      "the token provider failed: %.300s",
                      e->message[0] == '\0' ? "no reason given" : e->message);
    if (err != NULL) {
        err->retryable = e->retryable != 0;
        err->http_status = e->http_status;
    }
    return status;
}
