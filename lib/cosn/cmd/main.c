/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process around cmd_run(): no core file with keys in it, and signals that end it in good
 * order.
 */
#include "cmd.h"

#include "cosbase/secret.h"

int main(int argc, char **argv)
{
    cos_secret_no_core();
    cmd_signals_catch();
    return cmd_signals_finish(cmd_run(argc, argv, /* transport= */ NULL));
}
