/* SPDX-License-Identifier: Apache-2.0 */
/* The back-to-source rules of a bucket, as they are read from its document; who acts on them:
 * journey/origin.c. */
#ifndef SERVICES_ORIGIN_H
#define SERVICES_ORIGIN_H

#include "exchange/exchange.h"
#include "services/schema.h"

#define ORIGIN_HEADERS_MAX 10
#define ORIGIN_HOSTS_MAX 10
#define ORIGIN_CODES_MAX 32

enum origin_type {
    ORIGIN_MIRROR,   /* fetched, kept, answered */
    ORIGIN_PROXY,    /* the client is sent there, and it is fetched behind his back */
    ORIGIN_REDIRECT, /* the client is sent there */
};
struct origin_headers {
    struct header items[ORIGIN_HEADERS_MAX];
    size_t n;
};
struct origin_host {
    struct cos_span name; /* perhaps with a port */
    int64_t weight;
    struct cos_span standby[ORIGIN_HOSTS_MAX];
    size_t n_standby;
};
struct origin_rule {
    enum origin_type type;
    int64_t priority; /* the smallest counts first */
    /* when */
    struct cos_span status; /* "404", "4XX" */
    struct cos_span prefix, suffix;
    /* how it is asked for */
    bool is_https, is_http; /* neither: as the client has asked */
    bool follows_query, follows_redirects, shows_errors, follows_all_headers;
    struct origin_headers added, followed, forbidden;
    int redirect_status;
    /* where */
    struct origin_host hosts[ORIGIN_HOSTS_MAX];
    size_t n_hosts;
    struct cos_span fixed_path; /* ptr NULL: what follows counts */
    struct cos_span path_prefix, path_suffix;
    struct cos_span replaces_prefix, replaces_suffix; /* ptr NULL: they are added */
    /* the next host is asked when one answers with these; 5xx in any case */
    int standby_statuses[ORIGIN_CODES_MAX];
    size_t n_standby_statuses;
};
struct origin {
    struct xml_reading reading;
    struct origin_rule *rules; /* by priority */
    size_t n_rules;
};

/** The rule that counts where @x, a GET or HEAD of a key, would be answered with @status. NULL:
 *  none. */
const struct origin_rule *origin_rule_for(const struct cosmock_exchange *x, int status);
/** One of its hosts, by their weights. */
const struct origin_host *origin_host_of(struct cosmock_exchange *x,
                                         const struct origin_rule *rule);
/** "/path?query" as the origin is asked for it; arena. */
struct cos_span origin_target(struct cosmock_exchange *x, const struct origin_rule *rule);
bool origin_is_https(const struct cosmock_exchange *x, const struct origin_rule *rule);
/** The headers of @x that the origin sees, and those of the rule; arena. Returns how many. */
size_t origin_headers(struct cosmock_exchange *x, const struct origin_rule *rule,
                      struct header **out);

/** A refusal becomes a redirect, where a rule says so. */
void origin_answer_error(struct cosmock_exchange *x);
/** The client is sent to @host; the request has ended. */
void origin_redirect(struct cosmock_exchange *x, const struct origin_rule *rule,
                     struct cos_span host);

#endif
