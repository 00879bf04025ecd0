/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket visited as a website: what its configuration makes of a path, and of an error. */
#ifndef SERVICES_WEBSITE_VISIT_H
#define SERVICES_WEBSITE_VISIT_H

struct cosmock_exchange;

/** Which key the path means; of another host, of a bucket that is no website, as it is. */
void website_arrive(struct cosmock_exchange *x);
/** Where the client has to go elsewhere, x->result says where to, and the request has ended. */
void website_redirect(struct cosmock_exchange *x);
/** There is no object of that key: perhaps of another. */
void website_find_page(struct cosmock_exchange *x);
/** A refusal becomes a redirect, or the page that the website has for it. */
void website_answer_error(struct cosmock_exchange *x);

#endif
