/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random sequences of requests against a model that was written from the documents
 * (model/model.h says which): writes, copies, deletions, versions, appends, uploads, tags,
 * lists, retentions, restores, days under rules of a lifecycle, snapshots and restarts. Behind
 * each request its key is read, behind each sequence everything there is.
 *
 * MODEL_SEQUENCES says how many, MODEL_SEED which is the first; each names its seed. One that
 * disagrees is made as short as it can be and printed as a script, which MODEL_SCRIPT=<file>
 * runs again, showing every question.
 */
#include "model/run.h"

#include "cosbase/file.h"

#define SEED 20261127
#define SEQUENCES 150

static struct run run;

static void print(const struct cos_buf *text)
{
    for (const char *line = cos_buf_cstr(text); *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        print_message("%.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
}

static bool disagrees_without(const struct sequence *s, size_t from, size_t n,
                              struct sequence *out)
{
    *out = *s;
    memmove(&out->ops[from], &s->ops[from + n], (s->n - from - n) * sizeof(s->ops[0]));
    out->n -= n;
    return !run_sequence(&run, out);
}

/* Halves first, then less; then numbers. */
static void shorten_once(struct sequence *s)
{
    struct sequence less;
    for (size_t n = s->n / 2; n > 0; n = n > 1 ? n / 2 : 0) {
        for (size_t i = 0; i + n <= s->n;) {
            if (disagrees_without(s, i, n, &less)) {
                *s = less;
            } else {
                i += n;
            }
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < FIELDS; j++) {
            less = *s;
            less.ops[i].at[j] = 0;
            if (s->ops[i].at[j] != 0 && !run_sequence(&run, &less)) {
                *s = less;
            }
        }
    }
}

static void shorten(struct sequence *s)
{
    size_t n = 0;
    do {
        n = s->n;
        shorten_once(s);
    } while (s->n < n);
}

static void report(struct sequence *s, unsigned long long seed)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf script;
    cos_buf_init(&script, 1 << 16);
    shorten(s);
    run.is_traced = true;
    (void)run_sequence(&run, s);
    run.is_traced = false;
    cos_buf_printf(&script, "# seed %llu\n", seed);
    sequence_write(s, &script);
    print(&script);
    print(&run.trace);
    fail_msg("seed %llu: %s", seed, run.why);
}

static unsigned long long number_of(const char *name, unsigned long long otherwise)
{
    const char *text = getenv(name);
    return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void requests_do_what_the_documents_say(void **state)
{
    unsigned long long n = number_of("MODEL_SEQUENCES", SEQUENCES);
    unsigned long long seed = number_of("MODEL_SEED", SEED);
    struct cos_rng *rng = cos_rng_new(seed);
    assert_non_null(rng);
    for (unsigned long long i = 0; i < n; i++, seed++) {
        struct sequence s;
        cos_rng_reseed(rng, seed);
        sequence_draw(&s, rng);
        if (!run_sequence(&run, &s)) {
            report(&s, seed);
        }
    }
    rng = cos_rng_free(rng);
    (void)state;
}

/* A script that was printed, or written by hand. */
static void a_script_does_what_the_documents_say(void **state)
{
    struct sequence s;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    cos_buf_init(&text, 1 << 20);
    const char *path = *state;
    assert_int_equal(cos_file_read(&text, path), 0);
    size_t wrong = sequence_read(&s, cos_buf_cstr(&text));
    if (wrong != 0) {
        fail_msg("%s:%zu: no operation of a script", path, wrong);
    }
    run.is_traced = true;
    bool agrees = run_sequence(&run, &s);
    print(&run.trace);
    if (!agrees) {
        fail_msg("%s", run.why);
    }
}

/* Whoever prints a script can rely on it. */
static void a_script_is_read_as_it_was_written(void **state)
{
    struct cos_rng *rng = cos_rng_new(SEED);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    assert_non_null(rng);
    cos_buf_init(&text, 1 << 16);
    for (unsigned i = 0; i < 100; i++) {
        struct sequence drawn;
        struct sequence read;
        sequence_draw(&drawn, rng);
        cos_buf_clear(&text);
        sequence_write(&drawn, &text);
        assert_int_equal(sequence_read(&read, cos_buf_cstr(&text)), 0);
        assert_memory_equal(&read, &drawn, sizeof(read));
    }
    assert_int_equal(sequence_read(&(struct sequence){.n = 0}, "put key=1\nputt\n"), 2);
    assert_int_equal(sequence_read(&(struct sequence){.n = 0}, "put kee=1\n"), 1);
    rng = cos_rng_free(rng);
    (void)state;
}

/* Of a mock that refuses to delete a version which is not there. */
static void a_disagreement_is_shortened_to_what_shows_it(void **state)
{
    struct sequence s;
    struct cos_rng *rng = cos_rng_new(SEED);
    assert_non_null(rng);
    run.is_spoilt = true;
    do {
        sequence_draw(&s, rng);
    } while (run_sequence(&run, &s));
    shorten(&s);
    run.is_spoilt = false;
    assert_int_equal(s.n, 1);
    assert_true(s.ops[0].verb == DELETE || s.ops[0].verb == DELETE_MANY);
    assert_true(run_sequence(&run, &s));
    rng = cos_rng_free(rng);
    (void)state;
}

int main(void)
{
    char *script = getenv("MODEL_SCRIPT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_read_as_it_was_written),
        cmocka_unit_test(a_disagreement_is_shortened_to_what_shows_it),
        cmocka_unit_test(requests_do_what_the_documents_say),
    };
    const struct CMUnitTest by_hand[] = {
        cmocka_unit_test_prestate(a_script_does_what_the_documents_say, script),
    };
    run_make(&run);
    int failed = script == NULL
                     ? cmocka_run_group_tests_name("requests_model", tests, NULL, NULL)
                     : cmocka_run_group_tests_name("script", by_hand, NULL, NULL);
    run_remove(&run);
    return failed;
}
