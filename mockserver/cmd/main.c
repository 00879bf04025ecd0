/* SPDX-License-Identifier: Apache-2.0 */
/* The cosmock command: a word, and what it does. No core file is ever written: this process holds keys, if only made-up ones. */
#include "cmd.h"

#include "cosbase/base.h"
#include "cosbase/secret.h"

#include <malloc.h>

/* Above any segment of store/blob.c, so that object bytes come from the heap and not from a mapping of their own. */
#define MAPPING_BYTES (32 << 20)
#define KEPT_FREE_BYTES (256 << 20)

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char *const argv[]);
} verbs[] = {
    {"exec", "run a command against a private mock, then say what it called", cmd_exec},
    {"serve", "run a mock until it is told to stop", cmd_serve},
    {"explain", "why would a user be allowed or denied", cmd_explain},
    {"world", "print the built-in world, or check world files", cmd_world},
    {"ops", "print the table of operations", cmd_ops},
    {"switches", "print the switches and their values", cmd_switches},
    {"version", "print the version", cmd_version},
};

static void print_usage(FILE *out)
{
    (void)fprintf(
        out, "usage: cosmock VERB [options]\n\n"
             "A mock of Tencent Cloud COS and STS that enforces signatures and policies.\n\n");
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        (void)fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
    }
    (void)fprintf(out, "\n'cosmock VERB --help' explains each. The first thing to try:\n"
                       "  cosmock exec -- env\n");
}

/*
 * Keep the memory of deleted objects for the next ones. Given back and asked for again, 64 MiB cost a third of their upload in page faults, and three
 * times that on a virtual machine whose host backs them anew: PUT 64 MiB at 0.30 to 0.67 of one-core MD5 without this, at 0.72 with it.
 * An idle mock that never held objects is no larger for it. One arena, because the others give back what they like; small GETs pay 7 % for it
 * (80 against 86 thousand a second) and still beat nginx.
 */
static void keep_freed_memory(void)
{
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPING_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_FREE_BYTES);
}

int main(int argc, char *argv[])
{
    cos_secret_no_core();
    keep_freed_memory();
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        return cmd_version(0, argv);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            return verbs[i].run(argc - 2, argv + 2);
        }
    }
    (void)fprintf(stderr, "cosmock: unknown verb '%s'\n\n", argv[1]);
    print_usage(stderr);
    return 2;
}
