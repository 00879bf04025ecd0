/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the steps, and a world for those that talk. */
#include "check.h"

#include "catalogue.h"
#include "cosbase/alloc.h"
#include "cosconform/report.h"
#include "lane.h"
#include "life.h"

#include <stdio.h>
#include <string.h>

/* A step is a case of no catalogue; a violation of it is no matter of levels. */
static const struct requirement asked = {.id = "CHECK", .level = LEVEL_MUST};

struct checking {
    struct conform_options options;
    check_show_fn show;
    void *ctx;
    struct check_counts *counts;
};

static void tell(struct checking *c, const struct check_result *result)
{
    c->counts->n_held += result->verdict == CONFORM_PASS;
    c->counts->n_failed += result->verdict == CONFORM_FAIL;
    c->counts->n_untried += result->verdict == CONFORM_SKIP;
    c->show(c->ctx, result);
}

static void leave_out(struct checking *c, const struct check_step *step)
{
    for (; step->name != NULL; step++) {
        tell(c, &(struct check_result){.step = step,
                                       .verdict = CONFORM_SKIP,
                                       .why = "it cannot be talked to",
                                       .sent = "",
                                       .came = ""});
    }
}

/* False: the driver cannot be talked to. */
static bool spell(struct checking *c, struct spelling *s)
{
    bool goes_on = true;
    for (const struct check_step *step = check_spelling; step->name != NULL; step++) {
        struct check_result result;
        goes_on = spelling_try(s, step, &result);
        tell(c, &result);
        if (!goes_on) {
            leave_out(c, step + 1);
            break;
        }
    }
    return goes_on;
}

static void free_text(const char *text)
{
    union {
        const char *borrowed;
        void *owned;
    } p = {.borrowed = text};
    (void)cos_free(p.owned);
}

static void talk_once(struct checking *c, struct lane *lane, const struct check_step *step)
{
    const struct conform_case kase = {.requirement = asked.id,
                                      .name = step->name,
                                      .needs = step->needs,
                                      .run = step->talk,
                                      .flags = step->flags};
    struct conform_result r = {.requirement = &asked, .kase = &kase};
    life_run(lane, &r);
    bool is_fine = r.verdict == CONFORM_PASS || r.verdict == CONFORM_INFO || r.is_lacking;
    tell(c, &(struct check_result){
                .step = step,
                .verdict = is_fine                     ? CONFORM_PASS
                           : r.verdict == CONFORM_SKIP ? CONFORM_SKIP
                                                       : CONFORM_FAIL,
                .why = r.reason,
                .sent = r.last_request,
                .came = r.last_reply,
                .duration_us = r.duration_us,
            });
    const char *const texts[] = {r.reason,     r.journal, r.log, r.last_request,
                                 r.last_reply, r.rerun,   r.deny};
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        free_text(texts[i]);
    }
}

static bool talk(struct checking *c, char why[512])
{
    struct lane lane;
    bool ok = lane_open(&lane, &c->options, /* number= */ 0, why);
    for (const struct check_step *step = check_talk; ok && step->name != NULL; step++) {
        talk_once(c, &lane, step);
    }
    lane_close(&lane);
    return ok;
}

bool check_driver(const struct conform_options *options, check_show_fn show, void *ctx,
                  struct check_counts *out, char why[512])
{
    struct checking c = {.options = *options, .show = show, .ctx = ctx, .counts = out};
    *out = (struct check_counts){0};
    c.options.check_protocol = true;
    c.options.rerun = c.options.rerun != NULL ? c.options.rerun : "";
    struct spelling *s = spelling_new(&c.options);
    if (s == NULL) {
        (void)snprintf(why, 512, "no memory");
        return false;
    }
    bool can_talk = spell(&c, s);
    (void)spelling_free(s);
    if (!can_talk) {
        leave_out(&c, check_talk);
        return true;
    }
    return talk(&c, why);
}
