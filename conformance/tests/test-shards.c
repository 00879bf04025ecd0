/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which shard a run is, as the variables of GitLab (predefined CI/CD variables: from 1), GitHub
 * (strategy.job-index: from 0) and Kubernetes (Indexed Job: from 0) say. Argument: cosconform.
 */
#include "cosbase/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char *cosconform;

struct said {
    int status;
    char first[512], all[16384];
};

/* What `VARIABLES cosconform run ... OPTIONS` prints to either stream. */
static void run(struct said *s, const char *variables, const char *options)
{
    char line[1024];
    *s = (struct said){.status = -1};
    (void)snprintf(line, sizeof(line),
                   "env -i PATH=\"$PATH\" %s '%s' run --in-process --only 'POL-00*' %s 2>&1",
                   variables, cosconform, options);
    FILE *from = popen(line, "r");
    assert_non_null(from);
    size_t n = fread(s->all, 1, sizeof(s->all) - 1, from);
    s->all[n] = '\0';
    int status = pclose(from);
    s->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    (void)snprintf(s->first, sizeof(s->first), "%.*s", (int)strcspn(s->all, "\n"), s->all);
}

static void the_first_line_says_which_shard_and_who_says_so(void **state)
{
    static const struct {
        const char *variables, *options, *words;
    } table[] = {
        {"", "--shard 2/3", "shard 2/3, as --shard says"},
        {"CI_NODE_INDEX=2 CI_NODE_TOTAL=3", "",
         "shard 2/3, as CI_NODE_INDEX and CI_NODE_TOTAL say"},
        {"STRATEGY_JOB_INDEX=1 STRATEGY_JOB_TOTAL=3", "",
         "shard 2/3, as STRATEGY_JOB_INDEX and STRATEGY_JOB_TOTAL say"},
        {"JOB_COMPLETION_INDEX=1 JOB_COMPLETIONS=3", "",
         "shard 2/3, as JOB_COMPLETION_INDEX and JOB_COMPLETIONS say"},
        {"CI_NODE_INDEX=2 CI_NODE_TOTAL=3", "--shard 1/3", "shard 1/3, as --shard says"},
        {"JOB_COMPLETION_INDEX=1", "", "JOB_COMPLETIONS is not: all is run"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct said s;
        run(&s, table[i].variables, table[i].options);
        if (s.status != 0 || strstr(s.first, table[i].words) == NULL) {
            fail_msg("%s %s: status %d, first line '%s'", table[i].variables, table[i].options,
                     s.status, s.first);
        }
    }
}

/* GitLab sets the total to 1 in jobs that are not parallel, and no index. */
static void one_of_one_and_a_total_alone_are_no_shards(void **state)
{
    static const char *const variables[] = {"", "CI_NODE_TOTAL=1",
                                            "CI_NODE_INDEX=1 CI_NODE_TOTAL=1",
                                            "CI_NODE_INDEX= CI_NODE_TOTAL=3"};
    for (size_t i = 0; i < COS_ARRAY_LEN(variables); i++) {
        struct said s;
        run(&s, variables[i], "");
        assert_int_equal(s.status, 0);
        assert_null(strstr(s.all, "shard"));
    }
}

static void what_is_no_part_is_refused_by_its_variables(void **state)
{
    static const char *const variables[] = {"CI_NODE_INDEX=0 CI_NODE_TOTAL=3",
                                            "CI_NODE_INDEX=4 CI_NODE_TOTAL=3",
                                            "CI_NODE_INDEX=x CI_NODE_TOTAL=3",
                                            "CI_NODE_INDEX=1 CI_NODE_TOTAL=100000"};
    for (size_t i = 0; i < COS_ARRAY_LEN(variables); i++) {
        struct said s;
        run(&s, variables[i], "");
        if (s.status != 2 || strstr(s.all, "CI_NODE_INDEX=") == NULL) {
            fail_msg("%s: status %d\n%s", variables[i], s.status, s.all);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_says_which_shard_and_who_says_so),
        cmocka_unit_test(one_of_one_and_a_total_alone_are_no_shards),
        cmocka_unit_test(what_is_no_part_is_refused_by_its_variables),
    };
    cosconform = argc > 1 ? argv[1] : "";
    return cmocka_run_group_tests_name("shards", tests, NULL, NULL);
}
