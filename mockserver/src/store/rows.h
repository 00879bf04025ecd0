/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the values of rows are written: flat, and read in place; what a reader gives out are
 * spans of the value. A value is one byte, its format, and then its columns. Readers take any
 * bytes: what is not a whole value of a format they know is refused.
 *
 * A later version adds columns behind the others: who does not know them passes over them. A
 * value of before lacks them, and they are read as empty; one that ends before the columns that
 * there always were, or within one, is damaged. What an older version must not pass over gets
 * another format.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "cosbase/buf.h"

/* Names and what belongs to them, in their order: stored headers, policies of a user. */
struct row_pair {
    struct cos_span name, value;
};
void row_pair_add(struct cos_buf *pairs, struct cos_span name, struct cos_span value);
/** False at the end, or where no whole pair follows: not in what a reader gave out. */
bool row_pair_next(struct cos_span *pairs, struct row_pair *out);

struct bucket_row {
    uint32_t id;
    struct cos_span region, owner_uin, appid;
    int64_t created_unix_ms;
};
struct document_row {
    struct cos_span text;
};
struct object_row {
    uint64_t bytes, crc64;
    int64_t mtime_unix_ms;
    struct cos_span etag;    /* no quotes */
    struct cos_span sha256;  /* 32 bytes; empty: not computed (multipart) */
    struct cos_span headers; /* pairs */
    struct cos_span facets;  /* pairs; came later */
};
struct upload_row {
    int64_t initiated_unix_ms;
    struct cos_span headers; /* pairs */
    struct cos_span facets;  /* pairs; came later */
};
struct part_row {
    uint64_t bytes, crc64;
    int64_t mtime_unix_ms;
    struct cos_span etag;
};
struct account_row {
    uint64_t order; /* of birth */
    struct cos_span owner_uin, appid, name;
    struct cos_span policies; /* pairs: name, JSON */
    /* Came later. Of a role: */
    struct cos_span trust; /* its trust policy; empty: it is no role */
    uint64_t session_max_s;
    /* Of an account or a user: the seed of its MFA device, base32; empty: it has none. */
    struct cos_span mfa_seed;
    struct cos_span providers; /* of an account: identity providers; pairs */
    /* Came later still. */
    struct cos_span granted; /* by the policies that are attached to it; pairs: name, JSON */
    struct cos_span profile; /* what is said about it; pairs */
    int64_t created_unix_ms, updated_unix_ms; /* 0: not known */
    struct cos_span boundary; /* of a user or a role: name and JSON, a pair; empty: none */
};
/* A policy of an account. */
struct policy_row {
    struct cos_span owner_uin, name, description;
    int64_t created_unix_ms, updated_unix_ms;
    uint64_t default_version, last_version; /* the one in effect; the newest there ever was */
    struct cos_span versions;               /* pairs: number and time of birth, JSON */
    struct cos_span attached;               /* pairs: to what, since when */
};
struct group_row {
    struct cos_span owner_uin, name, remark;
    int64_t created_unix_ms;
    struct cos_span members; /* pairs: uin, since when */
};
struct access_key_row {
    uint64_t order; /* of birth */
    struct cos_span uin, secret_key;
    bool is_temporary;
    /* Of temporary ones: */
    struct cos_span token;
    int64_t expires_unix_ms;
    struct cos_span federated_name;
    struct cos_span session; /* its policy; empty: issued without one */
    bool is_revoked;         /* of either kind: known no more */
    /* Came later. */
    int64_t created_unix_ms; /* 0: not known */
    /* Of the session of a role: who asked for it, and what he said of himself. */
    struct cos_span asked_by, source_identity;
    struct cos_span tags;        /* pairs */
    struct cos_span description; /* came later still */
};
struct switch_row {
    struct cos_span value;
};
struct clock_row {
    bool is_frozen;
    int64_t value_ms; /* where it stands, or how far it is from real time */
};
struct meta_row {
    uint64_t number;
    struct cos_span text;
};

/* Append to @out, whose `failed` says whether there was room. */
void row_write_bucket(struct cos_buf *out, const struct bucket_row *row);
void row_write_document(struct cos_buf *out, const struct document_row *row);
void row_write_object(struct cos_buf *out, const struct object_row *row);
void row_write_upload(struct cos_buf *out, const struct upload_row *row);
void row_write_part(struct cos_buf *out, const struct part_row *row);
void row_write_account(struct cos_buf *out, const struct account_row *row);
void row_write_access_key(struct cos_buf *out, const struct access_key_row *row);
void row_write_policy(struct cos_buf *out, const struct policy_row *row);
void row_write_group(struct cos_buf *out, const struct group_row *row);
void row_write_switch(struct cos_buf *out, const struct switch_row *row);
void row_write_clock(struct cos_buf *out, const struct clock_row *row);
void row_write_meta(struct cos_buf *out, const struct meta_row *row);

/* False: damaged, or newer; *out is then untouched. */
COS_MUST_CHECK bool row_read_bucket(struct cos_span value, struct bucket_row *out);
COS_MUST_CHECK bool row_read_document(struct cos_span value, struct document_row *out);
COS_MUST_CHECK bool row_read_object(struct cos_span value, struct object_row *out);
COS_MUST_CHECK bool row_read_upload(struct cos_span value, struct upload_row *out);
COS_MUST_CHECK bool row_read_part(struct cos_span value, struct part_row *out);
COS_MUST_CHECK bool row_read_account(struct cos_span value, struct account_row *out);
COS_MUST_CHECK bool row_read_access_key(struct cos_span value, struct access_key_row *out);
COS_MUST_CHECK bool row_read_policy(struct cos_span value, struct policy_row *out);
COS_MUST_CHECK bool row_read_group(struct cos_span value, struct group_row *out);
COS_MUST_CHECK bool row_read_switch(struct cos_span value, struct switch_row *out);
COS_MUST_CHECK bool row_read_clock(struct cos_span value, struct clock_row *out);
COS_MUST_CHECK bool row_read_meta(struct cos_span value, struct meta_row *out);

#endif
