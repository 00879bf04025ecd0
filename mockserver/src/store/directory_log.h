/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the log of the rows was acknowledged. SQLite takes the first frame that is not right
 * for the end of its log, as a crash in the middle of a write leaves one; the same bytes are
 * damage when somebody was told that what stands there, or behind, is kept. So a note beside
 * the log names the last frame of each commit before anybody is told.
 *
 * A note binds as long as the kernel that wrote it runs, since what a process wrote is there
 * whatever became of the process; and for ever when the log had reached the disk before it was
 * written (survives_power). Behind a power loss without that, the log may have holes anywhere,
 * and nobody was promised anything. A note that is missing, garbled or of a log that has begun
 * anew binds to nothing; one that is behind binds to what it says.
 */
#ifndef STORE_DIRECTORY_LOG_H
#define STORE_DIRECTORY_LOG_H

#include "store/directory_db.h"

#define LOG_FILE "rows.db-wal"
#define LOG_NOTE "kept"
#define LOG_BOOT_BYTES 36

struct log_note {
    struct db_frame frame;
    bool survives_power;
    char boot[LOG_BOOT_BYTES + 1]; /* the kernel's name of this run of it; "": unknown */
};
/** The kernel that runs now. */
void log_boot(char out[LOG_BOOT_BYTES + 1]);
/** For reading and writing; made when it is not there. -1: cannot be, and nothing is noted. */
int log_note_open(int folder_fd);
/** One that cannot be written leaves an older one, which says less and nothing wrong. */
void log_note_write(int fd, const struct log_note *note);
bool log_note_read(int fd, struct log_note *out);
/** Nothing is in the log any more that is nowhere else. */
void log_note_clear(int fd);

struct log_look {
    bool is_there, has_entries;
    /* What is wrong with it, "" when nothing is: its head; what was acknowledged. */
    char damage[64], lost[200];
};
/** The log as raw bytes, before SQLite sees it. False: errno. */
bool log_look(int folder_fd, struct log_look *out);

#endif
