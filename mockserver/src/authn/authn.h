/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asking? Signature v5 (cos.c and its grammar and canonical strings), v4 before it, TC3
 * and v1 (STS), those of AWS (aws.h), the token rule all share. They verify; nothing here can
 * make a signature for a client. Every refusal leaves a reason word for the journal and one
 * English line for x-cosmock-reason.
 */
#ifndef AUTHN_AUTHN_H
#define AUTHN_AUTHN_H

#include "exchange/exchange.h"
#include "exchange/reason.h"

/** The whole check of a COS request / of an STS request / of one of the S3 dialect; leaves
 *  x->identity, refuses what does not hold. */
void authn_cos_check(struct cosmock_exchange *x);
void authn_aws_check(struct cosmock_exchange *x);
void authn_sts_check(struct cosmock_exchange *x);
/** The same of a form whose fields sign its policy; one that is not signed so is a COS
 *  request. */
void authn_form_check(struct cosmock_exchange *x);

/** The secret id of a request of the S3 dialect as it is claimed, unproved; "": none is. */
struct cos_span authn_aws_secret_id(struct cosmock_exchange *x);

/** Refuse with the reason word and one line; @detail must live in the arena or for ever. */
void authn_refuse(struct cosmock_exchange *x, const char *code, const char *reason,
                  struct cos_span detail);
/** Find @secret_id in the tenant and fill identity.found.key. False when unknown or revoked:
 *  identity.reason says which. */
bool authn_find_key(struct cosmock_exchange *x, struct cos_span secret_id);
/** What stands before the port: some clients sign their host without it. */
struct cos_span authn_cut_port(struct cos_span host);

/** A clock that is off by whole hours is right, and of another place: to be said behind by how
 *  much it is off; "": it is not so. */
const char *authn_zone_hint(int64_t off_s);
/** "<ServerTime>...</ServerTime>", for a refusal that is about time. */
struct cos_span authn_server_time(struct cosmock_exchange *x);
/** The signing key that was made last of the secret key that was found, if it was for @of (a
 *  window of time, a scope). */
bool authn_recall_derived(const struct cosmock_exchange *x, struct cos_span of, void *out,
                          size_t n);
void authn_keep_derived(struct cosmock_exchange *x, struct cos_span of, const void *bytes,
                        size_t n);

/* --- caller.c --- */
/** The key @id, the @token that came with it (ptr NULL: none) and its end. False: refused. */
bool authn_caller_check(struct cosmock_exchange *x, struct cos_span id, struct cos_span token);

/* --- cos.c: what both ways of signature v5 have in common --- */
struct cos_auth;
enum { AUTHN_SIGN_KEY_DIGITS = 2 * COS_SHA1_BYTES };
/** Keeps what was said of the caller for the journal. */
void authn_cos_note(struct cosmock_exchange *x, const struct cos_auth *auth);
void authn_cos_refuse_malformed(struct cosmock_exchange *x, const char *why);
/** Key, token and times. False: refused. */
bool authn_cos_caller_check(struct cosmock_exchange *x, const struct cos_auth *auth);
/** hex(HMAC-SHA1(SecretKey, q-key-time)) of the key that was found; wipe it. */
void authn_cos_sign_key(struct cosmock_exchange *x, struct cos_span key_time,
                        char out[AUTHN_SIGN_KEY_DIGITS + 4]);

/* --- cos_v4.c --- */
/** True: the request is signed so, and @out is what its base64 holds (arena). */
bool authn_v4_read(struct cosmock_exchange *x, struct cos_span *out);
void authn_v4_check(struct cosmock_exchange *x, struct cos_span decoded);

/* --- token.c --- */
enum token_verdict {
    TOKEN_GOOD,
    TOKEN_MISSING,
    TOKEN_MISMATCH,
    TOKEN_EXPIRED,
    TOKEN_STRAY, /* with a permanent key; only when the switch says so */
};
/** Judges @given (ptr NULL: none) for identity.found.key and sets identity.token_state. A token
 *  with a permanent key is journalled as a mismatch. */
enum token_verdict authn_token_judge(struct cosmock_exchange *x, struct cos_span given);

/* --- key_words.c: for x-cosmock-reason, without secrets --- */
/** Why the token @given does not do, which @verdict says. */
struct cos_span authn_token_say(struct cosmock_exchange *x, struct cos_span given,
                                enum token_verdict verdict);
/** Why identity.secret_id names no key that can be used. */
struct cos_span authn_key_say(struct cosmock_exchange *x);

/* --- tc3.c, v1.c: does the signature hold under this secret? Pure but for the arena. --- */
bool authn_tc3_matches(struct cosmock_exchange *x, struct cos_span secret_key);
bool authn_v1_matches(struct cosmock_exchange *x, struct cos_span secret_key);
/* tc3_mistakes.c, v1_mistakes.c: of one that does not, the cause and both strings into
 * x->identity. */
void authn_tc3_look(struct cosmock_exchange *x);
void authn_v1_look(struct cosmock_exchange *x);

#endif
