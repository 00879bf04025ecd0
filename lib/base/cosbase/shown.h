/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message may show of text that people typed, pasted or misplaced. Keys end up in the
 * wrong field, in a URI before the '@', on a command line; the message that complains must not
 * spread them.
 *
 * By shape, so it errs on the side of hiding: no rule knows every key, and a long random name
 * is taken for one.
 */
#ifndef COSBASE_SHOWN_H
#define COSBASE_SHOWN_H

#include "cosbase/span.h"

#define COS_SHOWN_BYTES 256

/**
 * @value, at most 80 bytes of it, for a message that quotes it: "***" when any word of it looks
 * like a key, and what cos_shown_uri() leaves of a URI. Returns @out.
 */
const char *cos_shown_value(char out[COS_SHOWN_BYTES], struct cos_span value);
/** @uri, at most 200 bytes of it; what stands before the '@' of its authority is "***". Returns
 *  @out. */
const char *cos_shown_uri(char out[COS_SHOWN_BYTES], struct cos_span uri);
/** Whether a word of @text has the shape of a secret key, of its id or of a session token. */
bool cos_looks_secret(struct cos_span text);
/** In place, for text of unknown making: hide what stands before the '@' of a URI, and ids of
 *  keys ("AKID***"). Never gets longer. */
void cos_hide_secrets(char *text);

#endif
