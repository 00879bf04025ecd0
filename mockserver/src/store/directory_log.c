/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log as raw bytes: a head of 32 bytes, then frames, each 24 bytes and a page. A frame's
 * sum goes on from that of the one before it. A log that begins anew has other salts, and so
 * what an earlier one left behind the end is never right.
 *
 * Rejected: to call it damage when right frames stand behind a wrong one. A transaction that
 * was undone or killed leaves its frames, the next one writes over the first of them, and the
 * others are right in themselves; their own commit may be among them.
 *
 * Source: sqlite.org/fileformat2.html, sections 4.1 and 4.2 (November 2026); boot_id:
 * proc_sys_kernel(5).
 */
#include "store/directory_log.h"

#include "cosbase/alloc.h"
#include "cosbase/digest.h"

#include <errno.h>
#include <fcntl.h>

#define DATABASE "rows.db"
#define MAGIC 0x377f0682u /* the last bit: byte order of what is summed */
#define VERSION 3007000u
enum {
    HEAD_BYTES = 32,
    FRAME_BYTES = DB_FRAME_HEAD_BYTES + DB_PAGE_BYTES,
    FRAMES_AT_ONCE = 64,
    /* Places in a head, and in that of a frame. */
    HEAD_SALTS = 16,
    HEAD_SUM = 24,
    FRAME_SALTS = 8,
    SALTS_BYTES = 8,
    FRAME_SUM = 16,
};

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little_endian(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* --- sums --- */

struct sum {
    uint32_t a, b;
    bool is_big;
};

static void sum_add(struct sum *s, const uint8_t *at, size_t n)
{
    uint32_t a = s->a;
    uint32_t b = s->b;
    for (size_t i = 0; i < n; i += 8) {
        a += (s->is_big ? big_endian(at + i) : little_endian(at + i)) + b;
        b += (s->is_big ? big_endian(at + i + 4) : little_endian(at + i + 4)) + a;
    }
    s->a = a;
    s->b = b;
}

static bool sum_is(const struct sum *s, const uint8_t *said)
{
    return big_endian(said) == s->a && big_endian(said + 4) == s->b;
}

static bool is_head(const uint8_t *head)
{
    struct sum sum = {.is_big = (big_endian(head) & 1) != 0};
    sum_add(&sum, head, HEAD_SUM);
    return (big_endian(head) & ~1u) == MAGIC && big_endian(head + 4) == VERSION &&
           big_endian(head + 8) == DB_PAGE_BYTES && sum_is(&sum, head + HEAD_SUM);
}

/* --- the note --- */

void log_boot(char out[LOG_BOOT_BYTES + 1])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, out, LOG_BOOT_BYTES);
    out[n == LOG_BOOT_BYTES ? n : 0] = '\0';
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* As it lies there, within one sector; numbers as this machine has them. */
struct note_bytes {
    char magic[16];
    struct db_frame frame;
    char boot[LOG_BOOT_BYTES];
    uint64_t survives_power;
    uint64_t crc64; /* of all before it */
};
#define NOTE_MAGIC "cosmock kept 1\n"

int log_note_open(int folder_fd)
{
    return openat(folder_fd, LOG_NOTE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                  0600);
}

void log_note_write(int fd, const struct log_note *note)
{
    struct note_bytes n = {.magic = NOTE_MAGIC,
                           .frame = note->frame,
                           .survives_power = note->survives_power ? 1 : 0};
    memcpy(n.boot, note->boot, sizeof(n.boot));
    n.crc64 = cos_crc64(0, &n, offsetof(struct note_bytes, crc64));
    (void)!pwrite(fd, &n, sizeof(n), 0);
}

bool log_note_read(int fd, struct log_note *out)
{
    struct note_bytes n;
    if (pread(fd, &n, sizeof(n), 0) != (ssize_t)sizeof(n) ||
        memcmp(n.magic, NOTE_MAGIC, sizeof(n.magic)) != 0 ||
        n.crc64 != cos_crc64(0, &n, offsetof(struct note_bytes, crc64))) {
        return false;
    }
    *out = (struct log_note){.frame = n.frame, .survives_power = n.survives_power != 0};
    memcpy(out->boot, n.boot, sizeof(n.boot));
    return true;
}

void log_note_clear(int fd)
{
    (void)!ftruncate(fd, 0);
}

/* Whether what it says has to be there. */
static bool find_note(int folder_fd, struct log_note *out)
{
    char boot[LOG_BOOT_BYTES + 1];
    int fd = openat(folder_fd, LOG_NOTE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool is_note = fd >= 0 && log_note_read(fd, out);
    if (fd >= 0) {
        (void)close(fd);
    }
    log_boot(boot);
    return is_note &&
           (out->survives_power || (boot[0] != '\0' && strcmp(boot, out->boot) == 0));
}

/* --- what it says --- */

/* Frames from number @first on, @n of them: the number of the first that is not right, or 0. */
static uint32_t find_wrong(const uint8_t *frames, uint32_t first, size_t n,
                           const uint8_t *salts, struct sum *sum)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *frame = frames + i * FRAME_BYTES;
        sum_add(sum, frame, FRAME_SALTS);
        sum_add(sum, frame + DB_FRAME_HEAD_BYTES, DB_PAGE_BYTES);
        if (memcmp(frame + FRAME_SALTS, salts, SALTS_BYTES) != 0 ||
            !sum_is(sum, frame + FRAME_SUM)) {
            return first + (uint32_t)i;
        }
    }
    return 0;
}

static uint64_t place_of(uint32_t frame)
{
    return HEAD_BYTES + (uint64_t)(frame - 1) * FRAME_BYTES;
}

/* Up to the one that was acknowledged: *wrong is the first that is not right, or 0. */
static bool walk_frames(int fd, const uint8_t *head, const struct db_frame *last,
                        uint32_t *wrong)
{
    struct sum sum = {.a = big_endian(head + HEAD_SUM),
                      .b = big_endian(head + HEAD_SUM + 4),
                      .is_big = (big_endian(head) & 1) != 0};
    uint8_t *frames = cos_malloc((size_t)FRAMES_AT_ONCE * FRAME_BYTES);
    ssize_t got = frames == NULL ? -1 : 0;
    *wrong = 0;
    for (uint32_t at = 1; got >= 0 && *wrong == 0 && at <= last->number;) {
        uint32_t n = last->number - at + 1;
        n = n < FRAMES_AT_ONCE ? n : FRAMES_AT_ONCE;
        got = pread(fd, frames, (size_t)n * FRAME_BYTES, (off_t)place_of(at));
        if (got < 0) {
            break;
        }
        uint32_t whole = (uint32_t)((size_t)got / FRAME_BYTES);
        *wrong = find_wrong(frames, at, whole, head + HEAD_SALTS, &sum);
        *wrong = *wrong == 0 && whole < n ? at + whole : *wrong;
        at += n;
        if (*wrong == 0 && at > last->number &&
            memcmp(frames + (size_t)(n - 1) * FRAME_BYTES, last->head, DB_FRAME_HEAD_BYTES) !=
                0) {
            *wrong = last->number;
        }
    }
    int number = frames == NULL ? ENOMEM : errno;
    cos_free(frames);
    errno = number;
    return got >= 0;
}

/*
 * The log is gone: whoever wrote it back left its last page in the database, be it another
 * program.
 */
static bool is_written_back(int folder_fd, const struct db_frame *last)
{
    uint8_t page[DB_PAGE_BYTES];
    uint32_t number = big_endian(last->head);
    int fd = openat(folder_fd, DATABASE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd < 0 || number == 0
                    ? -1
                    : pread(fd, page, sizeof(page), (off_t)(number - 1) * DB_PAGE_BYTES);
    if (fd >= 0) {
        (void)close(fd);
    }
    for (int order = 0; n == (ssize_t)sizeof(page) && order < 2; order++) {
        struct sum sum = {.a = big_endian(last->before),
                          .b = big_endian(last->before + 4),
                          .is_big = order == 1};
        sum_add(&sum, last->head, FRAME_SALTS);
        sum_add(&sum, page, sizeof(page));
        if (sum_is(&sum, last->head + FRAME_SUM)) {
            return true;
        }
    }
    return false;
}

/* One that has no head, and what it says if it has one. */
static bool look_at(int folder_fd, int fd, const uint8_t *head, struct log_look *out)
{
    struct log_note note;
    if (!find_note(folder_fd, &note)) {
        return true;
    }
    if (!out->has_entries) {
        if (!is_written_back(folder_fd, &note.frame)) {
            (void)snprintf(out->lost, sizeof(out->lost),
                           "it is %s, and changes up to its frame %u were acknowledged",
                           out->is_there ? "empty" : "missing", (unsigned)note.frame.number);
        }
        return true;
    }
    uint32_t wrong;
    if (memcmp(head + HEAD_SALTS, note.frame.head + FRAME_SALTS, SALTS_BYTES) != 0) {
        return true; /* it has begun anew since, all before it written back */
    }
    if (!walk_frames(fd, head, &note.frame, &wrong)) {
        return false;
    }
    if (wrong != 0) {
        (void)snprintf(out->lost, sizeof(out->lost),
                       "its frame %u, at byte %llu, is not what was written, and changes up to "
                       "frame %u were acknowledged",
                       (unsigned)wrong, (unsigned long long)place_of(wrong),
                       (unsigned)note.frame.number);
    }
    return true;
}

bool log_look(int folder_fd, struct log_look *out)
{
    static const uint8_t nothing[HEAD_BYTES];
    uint8_t head[HEAD_BYTES] = {0};
    int fd = openat(folder_fd, LOG_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT) {
        return false;
    }
    ssize_t n = fd < 0 ? 0 : pread(fd, head, sizeof(head), 0);
    /* zeros: the power went before it, and so before anything was acknowledged */
    *out = (struct log_look){.is_there = fd >= 0,
                             .has_entries = n == HEAD_BYTES &&
                                            memcmp(head, nothing, sizeof(nothing)) != 0};
    bool is_read = n >= 0;
    if (out->has_entries && !is_head(head)) {
        (void)snprintf(out->damage, sizeof(out->damage), "its header is garbled");
    } else if (is_read) {
        is_read = look_at(folder_fd, fd, head, out);
    }
    int number = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = number;
    return is_read;
}
