/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosconform-power: judges mutants of the library (schemata.py) one after the other, each in a
 * process of its own, so that one that crashes or hangs ends nothing but itself.
 *
 *   cosconform-power [--light] [HOST PLUGIN]
 *
 * in process; with HOST (cosconform-host) and a plugin build of the mutants: over a process and
 * sockets. --light: requirements that take long are left out where quick ones reach the mutant.
 *
 * First every requirement runs once with no mutant: what it reaches, and each case's verdict.
 * Then for every number on standard input one line: the requirements that reach that mutant are
 * run, MUST before SHOULD, the quick ones first, until one ends in FAIL.
 *
 *   NUMBER TAB VERDICT TAB REQUIREMENT TAB CASE TAB REASON
 *
 * VERDICT: FAIL, WARN, INFO, ERROR (the worst that is new), crash, hang, survived; or
 * unreached, when no requirement comes by.
 */
#include "case_table.h"
#include "cosbase/clock.h"
#include "cosbase/tempdir.h"
#include "cosn/plugin.h"
#include "power.h"
#include "registry.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_REQUIREMENTS 512
#define MAX_CASES 2048
#define MAX_LINE 4096
#define CPU_US 1000000 /* of one requirement, beside ten times what it takes without a mutant */
#define IDLE_MS 10000  /* no processor time used so long, where time is virtual: a deadlock */
#define STUCK_MS 120000 /* the same over a process, where cases wait, in real time */
#define LIGHT_US 40000  /* what takes longer is no light requirement */
#define OP_MS 10000     /* one operation over a process */
#define MAX_AT_ONCE 64  /* requirements of one run over a process; a selection holds no more */

/* What the processes share. */
struct shared {
    unsigned char reached[POWER_MAX];
    unsigned char by[MAX_REQUIREMENTS][POWER_MAX / 8];
    int64_t took_us[MAX_REQUIREMENTS];
    /* enum conform_verdict without a mutant, by place in the tables of cases. */
    unsigned char usual[MAX_CASES];
    bool is_known;
    /* Of the catalogue: the one that runs. */
    size_t running;
};

struct judge {
    struct catalogue catalogue;
    struct cos_tempdir scratch;
    struct shared *shared;
    /* What is known of the run without a mutant, in memory of this process alone: a mutant that
     * writes where it should not reaches what is shared, and once left all others unreached. */
    struct shared known;
    size_t order[MAX_REQUIREMENTS], n_order;
    bool in_process, is_light;
    const char *driver_argv[3];
    char reached_env[600], mutant_env[64];
    const char *driver_env[8];
    /* The worst new verdict so far. */
    enum conform_verdict worst;
    char note[MAX_LINE];
    /* A FAIL or a hang is enough: the run ends. */
    volatile sig_atomic_t stop;
};

static int give_up(const char *what)
{
    (void)fprintf(stderr, "cosconform-power: %s\n", what);
    return 3;
}

/* ---- running ---- */

/* What looks on while something runs; both get the judge. */
struct watch {
    void (*on_result)(void *ctx, const struct conform_result *result);
    void (*on_tick)(void *ctx, const struct conform_moment *moment);
};

static size_t place_of(const struct conform_case *kase)
{
    size_t at = 0;
    for (const struct conform_case *const *table = registry_tables(); *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++, at++) {
            if (k == kase) {
                return at;
            }
        }
    }
    return MAX_CASES - 1;
}

static struct conform_report *run_some(struct judge *j, const size_t *items, size_t n,
                                       const struct watch *watch)
{
    char why[512];
    struct selection only = SELECTION_ALL;
    struct conform_report *report = NULL;
    struct conform_options o = CONFORM_OPTIONS_INIT;
    for (size_t k = 0; k < n; k++) {
        only.only[k] = j->catalogue.items[items[k]].id;
    }
    only.n_only = n;
    o.catalogue = &j->catalogue;
    o.selection = &only;
    o.in_process = j->in_process;
    o.entry = j->in_process ? cosn_plugin_entry : NULL;
    o.artifact = j->driver_argv[1];
    o.driver_argv = j->driver_argv;
    o.driver_env = j->driver_env;
    o.mutant = "power";
    o.jobs = j->in_process ? 1 : 2;
    o.op_timeout_ms = OP_MS;
    o.hello_timeout_ms = OP_MS;
    o.scratch_dir = j->scratch.path;
    o.on_result = watch->on_result;
    o.on_tick = watch->on_tick;
    o.ctx = j;
    o.stop = &j->stop;
    j->shared->running = items[0];
    if (conform_run(&o, &report, why) < 0) {
        return NULL;
    }
    report->options.selection = NULL;
    return report;
}

static int start_run(struct judge *j, unsigned mutant)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDERR_FILENO) < 0 || setpgid(0, 0) < 0) {
        return -1;
    }
    power_chosen = mutant;
    (void)snprintf(j->mutant_env, sizeof(j->mutant_env), "COSN_MUTANT_NUMBER=%u", mutant);
    return 0;
}

/* ---- without a mutant ---- */

static void note_reached(struct shared *s, size_t i)
{
    for (size_t n = 0; n < POWER_MAX; n++) {
        if (s->reached[n] != 0) {
            s->by[i][n / 8] |= (unsigned char)(1u << (n % 8));
        }
    }
}

/* What this process has used; over a process, where another one works, what has passed. */
static int64_t spent_us(const struct judge *j)
{
    struct rusage used;
    if (!j->in_process || getrusage(RUSAGE_SELF, &used) < 0) {
        return cos_system_mono_ns() / 1000;
    }
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static int learn_one(struct judge *j, size_t i)
{
    struct shared *s = j->shared;
    int64_t began_us = spent_us(j);
    memset(s->reached, 0, sizeof(s->reached));
    struct conform_report *report = run_some(j, &i, 1, &(struct watch){0});
    if (report == NULL) {
        return -1;
    }
    s->took_us[i] = spent_us(j) - began_us;
    note_reached(s, i);
    for (size_t k = 0; k < report->n; k++) {
        s->usual[place_of(report->results[k].kase)] = (unsigned char)report->results[k].verdict;
    }
    (void)conform_report_free(report);
    return 0;
}

static int learn(struct judge *j)
{
    pid_t pid = fork();
    if (pid == 0) {
        int r = start_run(j, 0);
        for (size_t i = 0; r == 0 && i < j->catalogue.n; i++) {
            r = j->catalogue.items[i].n_cases == 0 ? 0 : learn_one(j, i);
        }
        j->shared->is_known = r == 0;
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !j->shared->is_known) {
        return -1;
    }
    j->known = *j->shared;
    return 0;
}

/* MUST first, then what is quick. */
static bool is_before(const struct judge *j, size_t a, size_t b)
{
    enum requirement_level one = j->catalogue.items[a].level, two = j->catalogue.items[b].level;
    return one != two ? one < two : j->known.took_us[a] < j->known.took_us[b];
}

static void put_in_order(struct judge *j)
{
    for (size_t i = 0; i < j->catalogue.n; i++) {
        size_t at = j->n_order++;
        for (; at > 0 && is_before(j, i, j->order[at - 1]); at--) {
            j->order[at] = j->order[at - 1];
        }
        j->order[at] = i;
    }
}

static bool reaches(const struct judge *j, size_t i, unsigned mutant)
{
    return (j->known.by[i][mutant / 8] >> (mutant % 8) & 1) != 0;
}

/* Whether requirement @i is asked about @mutant. */
static bool is_asked(const struct judge *j, size_t i, unsigned mutant)
{
    if (!reaches(j, i, mutant) || !j->is_light || j->known.took_us[i] <= LIGHT_US) {
        return reaches(j, i, mutant);
    }
    for (size_t k = 0; k < j->catalogue.n; k++) {
        if (reaches(j, k, mutant) && j->known.took_us[k] <= LIGHT_US) {
            return false;
        }
    }
    return true;
}

/* ---- with one ---- */

static void say(struct judge *j, const char *verdict, const struct conform_result *result)
{
    const char *reason = result->reason != NULL ? result->reason : "";
    const char *id = result->blocked_by != NULL ? result->blocked_by : result->requirement->id;
    (void)snprintf(j->note, sizeof(j->note), "%s\t%s\t%s\t%.*s", verdict, id,
                   result->kase->name, (int)strcspn(reason, "\n\t"), reason);
}

/* Verdicts that say something, the strongest first. */
static int weight(enum conform_verdict v)
{
    static const enum conform_verdict said[] = {CONFORM_FAIL, CONFORM_WARN, CONFORM_INFO,
                                                CONFORM_ERROR};
    int n = (int)COS_ARRAY_LEN(said);
    for (int i = 0; i < n; i++) {
        if (said[i] == v) {
            return n - i;
        }
    }
    return 0;
}

/* Over a process a subject that does not answer is an ERROR of each case, after OP_MS. */
static bool is_hang(const struct judge *j, const struct conform_result *r)
{
    return !j->in_process && r->verdict == CONFORM_ERROR && r->reason != NULL &&
           strncmp(r->reason, "timeout in ", strlen("timeout in ")) == 0;
}

static void take_result(struct judge *j, const struct conform_result *r)
{
    bool hangs = is_hang(j, r);
    enum conform_verdict v = (enum conform_verdict)r->verdict;
    v = v == CONFORM_BLOCKED ? CONFORM_FAIL : v; /* of what it stands on */
    if (v == j->known.usual[place_of(r->kase)]) {
        return;
    }
    v = hangs ? CONFORM_FAIL : v;
    if (weight(v) > weight(j->worst)) {
        j->worst = v;
        say(j, hangs ? "hang" : verdict_name(v), r);
    }
}

static void take_results(struct judge *j, const struct conform_report *report)
{
    for (size_t k = 0; k < report->n; k++) {
        if (report->is_done[k]) {
            take_result(j, &report->results[k]);
        }
    }
}

static void stop_at_the_worst(void *ctx, const struct conform_result *result)
{
    struct judge *j = ctx;
    take_result(j, result);
    j->stop = j->worst == CONFORM_FAIL;
}

/* Of several at once: the one that a hang would be of. */
static void note_running(void *ctx, const struct conform_moment *moment)
{
    const struct judge *j = ctx;
    if (moment->n_running > 0) {
        const char *id = moment->running[0]->requirement;
        j->shared->running = (size_t)(catalogue_find(&j->catalogue, id) - j->catalogue.items);
    }
}

/* A mutant that loops is ended by SIGPROF. Over a process none works here. */
static void limit_cpu(const struct judge *j, size_t i)
{
    if (!j->in_process) {
        return;
    }
    int64_t us = CPU_US + 10 * j->known.took_us[i];
    const struct itimerval limit = {.it_value = {us / 1000000, us % 1000000}};
    (void)setitimer(ITIMER_PROF, &limit, /* old= */ NULL);
}

/*
 * In process one requirement after the other, so that it is known whose a crash or a hang is;
 * over a process more and more at once, since to start one takes longer than most of what is
 * asked of it.
 */
static void run_mutant(struct judge *j, unsigned mutant, int to)
{
    static const struct watch watch = {stop_at_the_worst, note_running};
    size_t asked[MAX_REQUIREMENTS], n_asked = 0;
    bool ok = start_run(j, mutant) == 0;
    j->worst = CONFORM_PASS;
    (void)snprintf(j->note, sizeof(j->note), "survived\t\t\t");
    for (size_t k = 0; k < j->n_order; k++) {
        if (is_asked(j, j->order[k], mutant)) {
            asked[n_asked++] = j->order[k];
        }
    }
    size_t at_once = 1;
    for (size_t at = 0; ok && at < n_asked && j->worst != CONFORM_FAIL; at += at_once) {
        at_once = j->in_process || at == 0 ? 1 : at_once * 2;
        at_once = at_once < MAX_AT_ONCE ? at_once : MAX_AT_ONCE;
        at_once = at_once < n_asked - at ? at_once : n_asked - at;
        limit_cpu(j, asked[at]);
        struct conform_report *report = run_some(j, asked + at, at_once, &watch);
        if (report == NULL) {
            (void)snprintf(j->note, sizeof(j->note), "FAIL\t%s\t\tnothing could be run",
                           j->catalogue.items[asked[at]].id);
            break;
        }
        take_results(j, report);
        (void)conform_report_free(report);
    }
    ssize_t ignored = write(to, j->note, strlen(j->note));
    (void)ignored;
    _exit(ok ? 0 : 3);
}

/* Processor time that @pid has used, in the kernel's ticks. */
static long ticks_of(pid_t pid)
{
    char path[64], text[1024] = "";
    long user = 0, system = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return 0;
    }
    const char *behind = fgets(text, sizeof(text), f) != NULL ? strrchr(text, ')') : NULL;
    (void)fclose(f);
    if (behind == NULL ||
        sscanf(behind, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
               &system) != 2) {
        return 0;
    }
    return user + system;
}

/* The line of @pid, or "" when it died; false: it hangs, idle for @idle_ms. */
static bool await(pid_t pid, int from, int64_t idle_ms, char line[MAX_LINE])
{
    long ticks = 0;
    int64_t moved_ns = cos_system_mono_ns();
    struct pollfd p = {.fd = from, .events = POLLIN};
    for (;;) {
        int r = poll(&p, 1, 500);
        if (r > 0) {
            ssize_t n = read(from, line, MAX_LINE - 1);
            line[n > 0 ? n : 0] = '\0';
            return true;
        }
        long now = ticks_of(pid);
        if (now > ticks + 2) {
            ticks = now;
            moved_ns = cos_system_mono_ns();
        }
        if (cos_system_mono_ns() - moved_ns > INT64_C(1000000) * idle_ms) {
            return false;
        }
    }
}

static void judge_mutant(struct judge *j, unsigned mutant, char line[MAX_LINE])
{
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        exit(give_up("no pipe"));
    }
    pid_t pid = fork();
    if (pid < 0) {
        exit(give_up("no process"));
    }
    if (pid == 0) {
        (void)close(ends[0]);
        run_mutant(j, mutant, ends[1]);
    }
    (void)close(ends[1]);
    bool hangs = !await(pid, ends[0], j->in_process ? IDLE_MS : STUCK_MS, line);
    (void)close(ends[0]);
    if (hangs) {
        (void)kill(-pid, SIGKILL);
    }
    (void)waitpid(pid, &status, 0);
    size_t running = j->shared->running < j->catalogue.n ? j->shared->running : 0;
    const char *id = j->catalogue.items[running].id;
    hangs = hangs || (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF);
    if (hangs) {
        (void)snprintf(line, MAX_LINE, "hang\t%s\t\t", id);
    } else if (WIFSIGNALED(status) || line[0] == '\0') {
        (void)snprintf(line, MAX_LINE, "crash\t%s\t\tsignal %d", id,
                       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
}

static void answer(struct judge *j, unsigned mutant)
{
    char line[MAX_LINE] = "unreached\t\t\t";
    bool is_reached = false;
    for (size_t i = 0; i < j->catalogue.n; i++) {
        is_reached = is_reached || reaches(j, i, mutant);
    }
    if (is_reached) {
        judge_mutant(j, mutant, line);
    }
    (void)printf("%u\t%s\n", mutant, line);
    (void)fflush(stdout);
}

/* ---- the program ---- */

static int share(struct judge *j)
{
    char path[560];
    (void)snprintf(path, sizeof(path), "%s/reached", j->scratch.path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(*j->shared)) < 0) {
        return -1;
    }
    j->shared = mmap(NULL, sizeof(*j->shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (j->shared == MAP_FAILED) {
        return -1;
    }
    power_reached = j->shared->reached;
    (void)snprintf(j->reached_env, sizeof(j->reached_env), "POWER_REACHED=%s", path);
    return 0;
}

static int prepare(struct judge *j, int argc, char **argv)
{
    static const char *const parents[] = {"/dev/shm", "/tmp"};
    char why[512];
    struct catalogue_audit audit;
    int at = argc > 1 && strcmp(argv[1], "--light") == 0 ? 2 : 1;
    j->is_light = at == 2;
    j->in_process = argc == at;
    for (int i = at; i < argc; i++) {
        j->driver_argv[i - at] = argv[i];
    }
    j->driver_env[0] = "LC_ALL=C.UTF-8";
    j->driver_env[1] = "TZ=UTC";
    j->driver_env[2] = "PATH=/usr/bin:/bin";
    j->driver_env[3] = j->mutant_env;
    j->driver_env[4] = j->reached_env;
    if (catalogue_load(&j->catalogue, NULL, why) < 0) {
        return give_up(why);
    }
    catalogue_audit(&j->catalogue, &audit, NULL, NULL);
    if (j->catalogue.n > MAX_REQUIREMENTS || registry_count(registry_tables()) >= MAX_CASES) {
        return give_up("too many requirements or cases; raise MAX_REQUIREMENTS, MAX_CASES");
    }
    if (cos_tempdir_make(&j->scratch, parents, COS_ARRAY_LEN(parents), "cosconform-power") <
            0 ||
        share(j) < 0) {
        return give_up("no scratch directory");
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 4) {
        (void)fprintf(stderr, "usage: cosconform-power [--light] [HOST PLUGIN]\n");
        return 2;
    }
    struct judge *j = calloc(1, sizeof(*j));
    if (j == NULL || prepare(j, argc, argv) != 0) {
        return 3;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    int status = learn(j) < 0 ? give_up("the suite does not run without a mutant") : 0;
    put_in_order(j);
    for (char line[64]; status == 0 && fgets(line, sizeof(line), stdin) != NULL;) {
        unsigned long mutant = strtoul(line, NULL, 10);
        if (mutant == 0 || mutant >= POWER_MAX) {
            status = give_up("a number is expected on each line");
            break;
        }
        answer(j, (unsigned)mutant);
    }
    int ignored = cos_tempdir_remove(&j->scratch);
    (void)ignored;
    catalogue_deinit(&j->catalogue);
    free(j);
    return status;
}
