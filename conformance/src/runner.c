/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner: lanes (threads) take cases from one list and fill one slot each. Smoke cases
 * come first: when all of them fail, the driver or the surroundings are broken, and 150
 * further failures would say nothing (conformance.md R13).
 *
 * Results belong to the lane until it hands their slot over; then the caller's thread takes
 * them into the report and tells whoever wants to know (on_result), holding no lock. What the
 * others may still change (a violation that stands on something, a requirement that every case
 * can break) is told when all have ended.
 *
 * A process that dies or hangs ends its case and is replaced. In process nothing can be
 * killed: a case that hangs is seen by the watch (the caller's thread), which gives the run up
 * as incomplete. A stop that is asked for ends waits for a process at once, and what was cut
 * off by it has no verdict.
 */
#include "causes.h"
#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/json.h"
#include "driver.h"
#include "lane.h"
#include "life.h"
#include "registry.h"
#include "run.h"
#include "selection.h"
#include "waivers.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MAX_LANES 64
/* Beside those: for cases of real time, which wait and work little. */
#define REAL_LANES 6
#define STUCK_MS (INT64_C(120) * 1000) /* in process: no case takes anything like it */
#define TICK_MS 100
#define GRACE_MS 3000 /* after a stop: for lanes to end */

/* Slots of a phase. */
struct queue {
    /* Atomic. */
    size_t next;
    size_t to;
};
struct worker {
    struct run *run;
    pthread_t thread;
    unsigned number;
    /* Atomic; 0: between cases. */
    int64_t case_started_ms;
    /* Atomic; NULL: between cases. */
    const struct conform_case *kase;
    /* Its own list, and the one it helps with when that is empty; NULL: none. */
    struct queue *first, *then;
};
struct run {
    struct conform_report *report;
    const struct conform_options *options;
    /* Of this phase: cases of real time, and the others. */
    struct queue waiting, busy;
    /* Atomic. */
    unsigned n_active;
    struct cos_clock *clock;
    int64_t started_ms, stopped_ms;
    struct worker workers[MAX_LANES + REAL_LANES];
    /* Of the report's results: told to the caller. */
    bool *is_told;
    /* Guards all below. */
    pthread_mutex_t lock;
    /* Slots in the order in which they ended; the first n_taken are the report's. */
    size_t *finished;
    size_t n_finished, n_taken;
    /* A lane could not be opened. */
    char why[512];
};

/* ---- lanes ---- */

static void hand_over(struct run *run, size_t slot)
{
    (void)pthread_mutex_lock(&run->lock);
    run->finished[run->n_finished++] = slot;
    (void)pthread_mutex_unlock(&run->lock);
    run->clock->wake(run->clock->ctx);
}

static bool is_stopped(const struct run *run)
{
    return run->options->stop != NULL && *run->options->stop != 0;
}

static int64_t mono_ms(void)
{
    return cos_system_mono_ns() / 1000000;
}

static bool next_slot(struct queue *q, size_t *slot)
{
    *slot = q != NULL ? __atomic_fetch_add(&q->next, 1, __ATOMIC_RELAXED) : 0;
    return q != NULL && *slot < q->to;
}

static void work(struct worker *w, struct lane *lane)
{
    struct run *run = w->run;
    for (size_t slot; next_slot(w->first, &slot) || next_slot(w->then, &slot);) {
        if (is_stopped(run)) {
            return;
        }
        struct conform_result *result = &run->report->results[slot];
        __atomic_store_n(&w->kase, result->kase, __ATOMIC_RELAXED);
        __atomic_store_n(&w->case_started_ms, mono_ms(), __ATOMIC_RELAXED);
        life_run(lane, result);
        __atomic_store_n(&w->case_started_ms, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&w->kase, NULL, __ATOMIC_RELAXED);
        if (is_stopped(run)) {
            return;
        }
        hand_over(run, slot);
    }
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct lane lane;
    char why[512] = "";
    if (lane_open(&lane, w->run->options, w->number, why)) {
        work(w, &lane);
    } else {
        (void)pthread_mutex_lock(&w->run->lock);
        memcpy(w->run->why, why, sizeof(why));
        (void)pthread_mutex_unlock(&w->run->lock);
    }
    lane_close(&lane);
    (void)__atomic_sub_fetch(&w->run->n_active, 1, __ATOMIC_RELEASE);
    w->run->clock->wake(w->run->clock->ctx);
    return NULL;
}

/* The lanes do not end by themselves any more. */
static bool is_stuck(struct run *run, unsigned n)
{
    int64_t now_ms = mono_ms();
    if (is_stopped(run)) {
        run->stopped_ms = run->stopped_ms != 0 ? run->stopped_ms : now_ms;
        return now_ms - run->stopped_ms > GRACE_MS;
    }
    for (unsigned i = 0; i < n; i++) {
        int64_t started_ms =
            __atomic_load_n(&run->workers[i].case_started_ms, __ATOMIC_RELAXED);
        if (run->options->in_process && started_ms != 0 && now_ms - started_ms > STUCK_MS) {
            return true;
        }
    }
    return false;
}

static void apply_waiver(const struct run *run, struct conform_result *out)
{
    const struct waiver *w = waivers_find(run->options->waivers, out->requirement->id);
    if (w == NULL) {
        return;
    }
    if (out->verdict == CONFORM_FAIL) {
        out->verdict = CONFORM_XFAIL;
    } else if (out->verdict == CONFORM_PASS) {
        out->verdict = CONFORM_XPASS;
    }
}

static bool take_finished(struct run *run, size_t *slot)
{
    (void)pthread_mutex_lock(&run->lock);
    bool has_one = run->n_taken < run->n_finished;
    if (has_one) {
        *slot = run->finished[run->n_taken++];
    }
    (void)pthread_mutex_unlock(&run->lock);
    return has_one;
}

static void tell(struct run *run, size_t slot)
{
    const struct conform_options *o = run->options;
    struct conform_result *result = &run->report->results[slot];
    apply_waiver(run, result);
    run->is_told[slot] = true;
    if (o->on_result != NULL) {
        o->on_result(o->ctx, result);
    }
}

/*
 * What ended goes into the report and to the caller, on the caller's thread: no lane waits for
 * it. Who was not selected is nobody's news.
 */
static void take(struct run *run)
{
    for (size_t slot; take_finished(run, &slot);) {
        const struct conform_result *result = &run->report->results[slot];
        run->report->is_done[slot] = true;
        if (slot < run->report->n && !causes_may_block(result) && !report_may_charge(result)) {
            tell(run, slot);
        }
    }
}

static void tell_rest(struct run *run)
{
    for (size_t slot = 0; slot < run->report->n; slot++) {
        if (run->report->is_done[slot] && !run->is_told[slot]) {
            tell(run, slot);
        }
    }
}

static void tick(const struct run *run, unsigned n_workers)
{
    const struct conform_case *running[MAX_LANES + REAL_LANES];
    size_t n = run->report->n;
    struct conform_moment moment = {.n = n,
                                    .n_done = run->n_taken < n ? run->n_taken : n,
                                    .elapsed_ms = mono_ms() - run->started_ms,
                                    .running = running};
    for (unsigned i = 0; i < n_workers; i++) {
        const struct conform_case *kase =
            __atomic_load_n(&run->workers[i].kase, __ATOMIC_RELAXED);
        if (kase != NULL) {
            running[moment.n_running++] = kase;
        }
    }
    if (run->options->on_tick != NULL) {
        run->options->on_tick(run->options->ctx, &moment);
    }
}

static bool start_worker(struct run *run, unsigned number, struct queue *first,
                         struct queue *then)
{
    struct worker *w = &run->workers[number];
    *w = (struct worker){.run = run, .number = number, .first = first, .then = then};
    (void)__atomic_add_fetch(&run->n_active, 1, __ATOMIC_RELAXED);
    if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
        (void)__atomic_sub_fetch(&run->n_active, 1, __ATOMIC_RELAXED);
        return false;
    }
    return true;
}

static unsigned at_most(size_t n, unsigned limit)
{
    return n < limit ? (unsigned)n : limit;
}

/*
 * Run slots from..to, of which those before @real_to are of real time; false when one hangs
 * for good. Busy lanes are @n at most: the others mostly wait.
 */
static bool run_phase(struct run *run, size_t from, size_t real_to, size_t to, unsigned n)
{
    run->waiting = (struct queue){.next = from, .to = real_to};
    run->busy = (struct queue){.next = real_to, .to = to};
    unsigned started = 0;
    for (unsigned i = at_most(real_to - from, REAL_LANES); i-- > 0;) {
        started += start_worker(run, started, &run->waiting, /* then= */ NULL) ? 1 : 0;
    }
    for (unsigned i = at_most(to - real_to, n); i-- > 0;) {
        started += start_worker(run, started, &run->busy, &run->waiting) ? 1 : 0;
    }
    while (__atomic_load_n(&run->n_active, __ATOMIC_ACQUIRE) > 0) {
        take(run);
        tick(run, started);
        if (is_stuck(run, started)) {
            return false;
        }
        (void)run->clock->wait_until(run->clock->ctx,
                                     run->clock->mono_ms(run->clock->ctx) + TICK_MS);
    }
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(run->workers[i].thread, NULL);
    }
    take(run);
    return true;
}

/* ---- the list ---- */

enum kind { SMOKE, REAL, ORDINARY, NEEDLESS };

/* In process nobody waits. */
static enum kind kind_of(const struct conform_report *report, const struct conform_case *k)
{
    if ((k->flags & CASE_SMOKE) != 0) {
        return SMOKE;
    }
    if (report_is_needless(report, k)) {
        return NEEDLESS;
    }
    return (k->flags & CASE_REAL_TIME) != 0 && !report->options.in_process ? REAL : ORDINARY;
}

/* The number of results then. */
static size_t add_rows(struct conform_report *report, enum kind kind)
{
    const struct conform_options *o = &report->options;
    for (const struct conform_case *const *table = report->tables; *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            const struct requirement *r = catalogue_find(o->catalogue, k->requirement);
            if (r != NULL && kind_of(report, k) == kind && selection_has(o->selection, r)) {
                report->results[report->n++] =
                    (struct conform_result){.requirement = r,
                                            .kase = k,
                                            .verdict = CONFORM_ERROR};
            }
        }
    }
    return report->n;
}

static size_t count_smoke(const struct conform_report *report)
{
    size_t n = 0;
    for (const struct conform_case *const *table = report->tables; *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            n += (k->flags & CASE_SMOKE) != 0 ? 1 : 0;
        }
    }
    return n;
}

static bool all_broken(const struct conform_report *report, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (report->results[i].verdict != CONFORM_FAIL &&
            report->results[i].verdict != CONFORM_ERROR) {
            return false;
        }
    }
    return n > 0;
}

/* ---- the run ---- */

/* The subject's own name for itself and its capabilities, asked once before anything runs. */
static bool ask_subject(struct run *run, char why[512])
{
    struct lane lane;
    struct conform_report *report = run->report;
    if (!lane_open(&lane, run->options, MAX_LANES + REAL_LANES, why) ||
        !lane_driver(&lane, true, why)) {
        lane_close(&lane);
        return false;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf line = {0};
    cos_buf_init(&line, DRIVER_MAX_LINE);
    enum driver_result r = driver_call(lane.driver, "hello", "\"protocol\":1",
                                       run->options->hello_timeout_ms, &line);
    if (r != DRIVER_OK) {
        (void)snprintf(why, 512, "the driver does not answer hello: %.400s",
                       lane.driver->trouble);
        lane_close(&lane);
        return false;
    }
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error err;
    bool ok = cos_json_parse(&root, cos_buf_view(&line), &COS_JSON_LIMITS_DEFAULT, &err) == 0 &&
              cos_json_bool(cos_json_get(root, "ok"), false);
    if (ok) {
        const struct cos_json *subject = cos_json_get(root, "subject");
        const char *name = cos_json_str(cos_json_get(subject, "name"));
        const char *version = cos_json_str(cos_json_get(subject, "version"));
        (void)snprintf(report->subject_name, sizeof(report->subject_name), "%s",
                       name != NULL ? name : "");
        (void)snprintf(report->subject_version, sizeof(report->subject_version), "%s",
                       version != NULL ? version : "");
        struct cos_buf b = {0};
        cos_buf_init(&b, 64 << 10);
        cos_json_print(&b, cos_json_get(root, "capabilities"));
        report->capabilities = cos_buf_take(&b);
        cos_buf_deinit(&b);
    } else {
        const char *message = cos_json_str(cos_json_get(cos_json_get(root, "err"), "message"));
        (void)snprintf(why, 512, "the driver refused hello: %.400s",
                       message != NULL ? message : "no reason given");
    }
    lane_close(&lane);
    return ok;
}

/*
 * All have ended: what a case found of other requirements is charged to them, what violated
 * cases stand on is asked for if nobody has, and then it is known what broke first.
 */
static bool settle(struct run *run, unsigned jobs)
{
    struct conform_report *report = run->report;
    size_t n = report->n;
    report_charge(report);
    size_t n_asked = causes_ask(report);
    if (n_asked > 0 && !run_phase(run, n, n, n + n_asked, jobs)) {
        return false;
    }
    causes_block(report);
    return true;
}

static bool run_all(struct run *run, unsigned jobs)
{
    struct conform_report *report = run->report;
    size_t n_smoke = add_rows(report, SMOKE);
    size_t real_to = add_rows(report, REAL);
    size_t n = add_rows(report, ORDINARY);
    if (!run_phase(run, 0, 0, n_smoke, jobs)) {
        return false;
    }
    if (!is_stopped(run) && n_smoke == count_smoke(report) && all_broken(report, n_smoke)) {
        report->is_smoke_broken = true;
        return true;
    }
    return run_phase(run, n_smoke, real_to, n, jobs) && settle(run, jobs);
}

/* No catalogue was given: the linked one, and from it what the options name. */
static bool use_linked(struct conform_report *report, char why[512])
{
    struct catalogue_audit audit;
    const char *only = report->options.only;
    report->chosen = SELECTION_ALL;
    if (catalogue_load(&report->linked, /* path= */ NULL, why) < 0) {
        return false;
    }
    catalogue_audit(&report->linked, &audit, /* note= */ NULL, NULL);
    report->options.catalogue = &report->linked;
    report->options.selection = &report->chosen;
    return only == NULL || selection_add(&report->chosen, &report->linked,
                                         &report->linked.arena, only, why) == 0;
}

/* The options with a value for everything that may be left out. */
static bool complete_options(struct conform_report *report, char why[512])
{
    struct conform_options *o = &report->options;
    o->jobs = o->jobs != 0 ? o->jobs : 2;
    o->seed = o->seed != 0 ? o->seed : 1;
    o->op_timeout_ms = o->op_timeout_ms != 0 ? o->op_timeout_ms : 30000;
    o->hello_timeout_ms = o->hello_timeout_ms != 0 ? o->hello_timeout_ms : 60000;
    o->rerun = o->rerun != NULL ? o->rerun : "";
    return o->catalogue != NULL || use_linked(report, why);
}

int run_tables(const struct conform_options *options, const struct conform_case *const *tables,
               struct conform_report **out, char why[512])
{
    struct conform_options given;
    if (!cos_sized_copy(&given, sizeof(given), options)) {
        (void)snprintf(why, 512,
                       "the options have no size: begin them with CONFORM_OPTIONS_INIT");
        return -1;
    }
    struct run *run = cos_calloc(1, sizeof(*run));
    if (run == NULL || pthread_mutex_init(&run->lock, NULL) != 0) {
        (void)snprintf(why, 512, "no memory");
        (void)cos_free(run);
        return -1;
    }
    run->report = report_new(&given, tables);
    run->clock = cos_clock_system_new();
    run->finished = cos_calloc(registry_count(tables) + 1, sizeof(*run->finished));
    run->is_told = cos_calloc(registry_count(tables) + 1, sizeof(*run->is_told));
    bool ok = run->report != NULL && run->clock != NULL && run->finished != NULL &&
              run->is_told != NULL;
    bool is_over = true;
    if (ok) {
        ok = complete_options(run->report, why);
    } else {
        (void)snprintf(why, 512, "no memory");
    }
    if (ok) {
        run->options = &run->report->options;
        int64_t started_ns = cos_system_mono_ns();
        run->started_ms = started_ns / 1000000;
        run->report->started_unix_ms = cos_system_unix_ms();
        ok = ask_subject(run, why);
        if (ok) {
            unsigned jobs = run->options->jobs;
            is_over = run_all(run, jobs < MAX_LANES ? jobs : MAX_LANES);
            tell_rest(run);
            if (run->why[0] != '\0' && !is_stopped(run)) {
                memcpy(why, run->why, sizeof(run->why));
                ok = false;
            }
        }
        run->report->finished_unix_ms = cos_system_unix_ms();
        run->report->duration_us = (cos_system_mono_ns() - started_ns) / 1000;
    }
    if (ok) {
        run->report->is_stopped = is_stopped(run) && run->n_taken < run->report->n;
        report_add_up(run->report);
        *out = run->report;
    } else if (is_over) {
        run->report = conform_report_free(run->report);
    }
    if (is_over) {
        (void)cos_free(run->finished);
        (void)cos_free(run->is_told);
        run->clock = cos_clock_free(run->clock);
        (void)pthread_mutex_destroy(&run->lock);
        (void)cos_free(run);
    } /* else a stuck lane still uses it; the program ends soon */
    return ok ? 0 : -1;
}

int conform_run(const struct conform_options *options, struct conform_report **out,
                char why[512])
{
    return run_tables(options, registry_tables(), out, why);
}
