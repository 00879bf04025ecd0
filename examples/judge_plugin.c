/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judge a plugin build in this process, without a socket, and print the verdict table:
 *
 *     judge_plugin libfluss-fs-cosn.so /tmp/an-empty-folder PLUG,POL-003
 *
 * Without the last argument the whole catalogue is meant. For a certificate, where the plugin
 * lives in a process of its own, there is `cosconform certify`.
 */
#include <cosconform/report.h>
#include <cosconform/suite.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: judge_plugin PLUGIN SCRATCH_DIRECTORY [REQUIREMENT,...]\n");
        return 2;
    }
    char why[512] = "";
    struct conform_report *report = NULL;
    struct conform_options options = CONFORM_OPTIONS_INIT;
    options.in_process = true;
    options.artifact = argv[1];
    options.scratch_dir = argv[2];
    options.only = argc == 4 ? argv[3] : NULL;
    if (conform_run(&options, &report, why) < 0) {
        fprintf(stderr, "judge_plugin: %s\n", why);
        return 3;
    }
    conform_report_terminal(report, stdout, /* flags= */ 0);
    int status = conform_report_exit(report, /* strict= */ false);
    report = conform_report_free(report);
    return status;
}
