/* SPDX-License-Identifier: Apache-2.0 */
/* The stages, one file each (plan.c orders them), and the little that one stage asks of
 * another. */
#ifndef JOURNEY_STAGES_H
#define JOURNEY_STAGES_H

#include "exchange/exchange.h"

void stage_parse(struct cosmock_exchange *x, const struct cosmock_head *head);
void stage_route(struct cosmock_exchange *x);
/** What only the fields of the body say: operation, perhaps tenant (route.c). */
void stage_fields(struct cosmock_exchange *x);
/** The same, and fault and authn, of a service whose signature covers the body (fields.c). May
 *  wait, as stage_commit. */
void stage_signed_fields(struct cosmock_exchange *x);
void stage_fault(struct cosmock_exchange *x);
void stage_authn(struct cosmock_exchange *x);
/** What is due by the tenant's clock; may wait, as stage_commit. */
void stage_clock(struct cosmock_exchange *x);
/** Does what the request names exist? Finds it (target.c). */
void stage_target(struct cosmock_exchange *x);
/** May the request be here, whoever asks (admit.c)? */
void stage_admit(struct cosmock_exchange *x);
void stage_authz(struct cosmock_exchange *x);
void stage_body_begin(struct cosmock_exchange *x);
/** Takes from @bytes. True: every field has come, and what stands behind the fields goes on. */
bool stage_body_add(struct cosmock_exchange *x, struct cos_span *bytes);
/** May wait for the digest of a large body. */
void stage_body_end(struct cosmock_exchange *x);
void stage_body_check(struct cosmock_exchange *x);
/** Nothing is there: the origin of the bucket may have it. May wait. */
void stage_origin(struct cosmock_exchange *x);
void stage_execute(struct cosmock_exchange *x);
/** May wait: the walk stops then. */
void stage_commit(struct cosmock_exchange *x);
void stage_respond(struct cosmock_exchange *x);
void stage_journal(struct cosmock_exchange *x);

/* --- a form that is posted (form.c) --- */
void stage_form_begin(struct cosmock_exchange *x);
/** What only its fields say: the key. Refuses fields that contradict each other or could
 *  smuggle something; and a form without a file. */
void stage_form_fields(struct cosmock_exchange *x);
/** Its fields, as headers of the request: from here on it is a PUT. */
void stage_form_headers(struct cosmock_exchange *x);
/** Its file may come. */
void stage_form_file(struct cosmock_exchange *x);
/** It is a whole form, and its file as long as allowed. */
void stage_form_end(struct cosmock_exchange *x);

/* --- what stages ask of each other --- */
/** Put the answer of x->fault into the result (fault.c). */
void fault_answer(struct cosmock_exchange *x);
/** Find what the request says and nobody heeds, once: x->unheeded, x->not_built. */
void unheeded_find(struct cosmock_exchange *x);
/** One that is dropped before. @name and @why live as long as @x. */
void unheeded_header(struct cosmock_exchange *x, struct cos_span name, const char *why);
/** The names of @list, joined by ';', as the journal has them; arena. */
struct cos_span unheeded_list_text(struct cosmock_exchange *x,
                                   const struct unheeded_list *list);
/** The value of x-cosmock-note; arena. x->unheeded is not NULL. */
struct cos_span unheeded_note(struct cosmock_exchange *x);
/** As stage_body_add, of a form (form.c). */
bool form_add(struct cosmock_exchange *x, struct cos_span *bytes);
/* of body.c */
/** Nothing more is kept by a mock that is full. False: refused. */
bool body_room_check(struct cosmock_exchange *x);
/** Reads Content-MD5 into @out; *is_there. False: refused. */
bool body_md5_read(struct cosmock_exchange *x, uint8_t out[COS_MD5_BYTES], bool *is_there);
/** Bytes that become an object, and bytes that are kept in memory, in x->body.small. */
void body_object_begin(struct cosmock_exchange *x);
void body_object_add(struct cosmock_exchange *x, struct cos_span bytes);
void body_small_add(struct cosmock_exchange *x, struct cos_span bytes);
void body_refuse_too_large(struct cosmock_exchange *x);

#endif
