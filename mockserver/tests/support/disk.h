/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that can be watched and can fail under SQLite: a VFS of SQLite's own kind around its
 * own one (sqlite.org/vfs.html), the default from disk_watch() on.
 */
#ifndef TESTS_DISK_H
#define TESTS_DISK_H

enum disk_op { DISK_WRITE, DISK_SYNC, DISK_TRUNCATE, DISK_DELETE };
/* Written half, and then nothing any more: the process is killed. */
#define DISK_TEAR (-1)
/** Asked before each operation: 0, an error of the system, or DISK_TEAR. @name: the file's. */
typedef int disk_hook(void *ctx, enum disk_op op, const char *name);

/** NULL: it is an ordinary disk again. */
void disk_watch(disk_hook *hook, void *ctx);

#endif
