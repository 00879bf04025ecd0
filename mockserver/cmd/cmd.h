/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the cosmock command. Each takes what stands behind its name and returns an exit status. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

int cmd_serve(int argc, char *const argv[]);
int cmd_exec(int argc, char *const argv[]);
int cmd_explain(int argc, char *const argv[]);
int cmd_world(int argc, char *const argv[]);
int cmd_ops(int argc, char *const argv[]);
int cmd_switches(int argc, char *const argv[]);
int cmd_version(int argc, char *const argv[]);

#endif
