/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose directory is this, and is it whole? Asked of raw bytes, before SQLite sees the file:
 * its recovery would already change it. The marker comes first when a directory is made and
 * says "new" until the rest is there, so that a crash in between leaves one that the next
 * start makes again.
 *
 * The lock is flock(2): the kernel lets it go with the process, and it holds between two
 * opens of one process, too. It is taken before the database is looked at, since closing a
 * file drops the locks that SQLite holds on it in the same process.
 *
 * Source: sqlite.org/fileformat2.html, section 1.3 (header), November 2026.
 */
#include "store/directory_layout.h"

#include "cosbase/file.h"
#include "store/directory_db.h"
#include "store/directory_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>

#define MARKER "cosmock-data"
#define MARKER_DRAFT "cosmock-data.new"
#define MARKER_WORDS "cosmock data "
#define LOCK "lock"
#define DATABASE "rows.db"
#define LOG_INDEX "rows.db-shm"
#define JOURNAL "rows.db-journal" /* while it is made; never of a whole one */
#define CHUNKS "chunks"
#define HEADER_BYTES 100

enum marker {
    MARKER_NONE, /* and nothing else is there */
    MARKER_NEW,  /* it was being made */
    MARKER_WHOLE,
    MARKER_REFUSED,
};

void directory_error_set(struct directory_error *err, enum directory_refusal kind,
                         const char *fmt, ...)
{
    va_list args;
    err->kind = kind;
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);
}

static bool refuse_system(const struct layout *l, const char *name, struct directory_error *err)
{
    int number = errno;
    directory_error_set(err, number == ENOMEM ? DIRECTORY_NO_MEMORY : DIRECTORY_UNUSABLE,
                        "%s%s%s: %s", l->path, name[0] != '\0' ? "/" : "", name,
                        strerror(number));
    return false;
}

static bool refuse_damaged(const struct layout *l, const char *name, const char *what,
                           struct directory_error *err)
{
    directory_error_set(err, DIRECTORY_DAMAGED,
                        "%s/%s: %s; the directory is damaged: restore it from a copy, or name "
                        "another one",
                        l->path, name, what);
    return false;
}

/* The first bytes of a file: how many, or -1 and errno. *size is the file's. */
static ssize_t read_head(const struct layout *l, const char *name, void *buf, size_t n,
                         uint64_t *size)
{
    int fd = openat(l->folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return -1;
    }
    struct stat st;
    ssize_t got = fstat(fd, &st) < 0 ? -1 : pread(fd, buf, n, 0);
    int number = errno;
    (void)close(fd);
    errno = number;
    if (got >= 0) {
        *size = (uint64_t)st.st_size;
    }
    return got;
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* --- whose it is --- */

/* No marker: only an empty directory, or one that we began with, may become ours. */
static enum marker look_for_others(const struct layout *l, struct directory_error *err)
{
    int fd = openat(l->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        (void)refuse_system(l, "", err);
        if (fd >= 0) {
            (void)close(fd);
        }
        return MARKER_REFUSED;
    }
    enum marker found = MARKER_NONE;
    const struct dirent *e;
    while (found == MARKER_NONE && (e = readdir(dir)) != NULL) {
        static const char *const ours[] = {".", "..", LOCK, MARKER_DRAFT};
        bool is_ours = false;
        for (size_t i = 0; i < COS_ARRAY_LEN(ours); i++) {
            is_ours = is_ours || strcmp(e->d_name, ours[i]) == 0;
        }
        if (!is_ours) {
            directory_error_set(err, DIRECTORY_FOREIGN,
                                "%s holds '%s' and no file '" MARKER "': it is not a data "
                                "directory of cosmock; name an empty or a new directory",
                                l->path, e->d_name);
            found = MARKER_REFUSED;
        }
    }
    (void)closedir(dir);
    return found;
}

/* "cosmock data 1\n", or "cosmock data 1 new\n". */
static enum marker read_marker(const struct layout *l, char *text, struct directory_error *err)
{
    char *end = text;
    unsigned long format = 0;
    if (strncmp(text, MARKER_WORDS, sizeof(MARKER_WORDS) - 1) == 0) {
        format = strtoul(text + sizeof(MARKER_WORDS) - 1, &end, 10);
    }
    bool is_whole = strcmp(end, "\n") == 0;
    bool is_new = strcmp(end, " new\n") == 0;
    if (format == 0 || (!is_whole && !is_new && format <= DB_FORMAT)) {
        (void)refuse_damaged(l, MARKER, "its text is not '" MARKER_WORDS "1'", err);
        return MARKER_REFUSED;
    }
    if (format > DB_FORMAT) {
        directory_error_set(err, DIRECTORY_NEWER,
                            "%s/" MARKER ": format %lu, of a newer cosmock; this one knows %d: "
                            "use the newer cosmock, or name another directory",
                            l->path, format, DB_FORMAT);
        return MARKER_REFUSED;
    }
    return is_new ? MARKER_NEW : MARKER_WHOLE;
}

static enum marker look_at_marker(const struct layout *l, struct directory_error *err)
{
    char text[64];
    uint64_t size;
    ssize_t n = read_head(l, MARKER, text, sizeof(text) - 1, &size);
    if (n >= 0) {
        text[n] = '\0';
        return read_marker(l, text, err);
    }
    if (errno == ENOENT) {
        return look_for_others(l, err);
    }
    (void)refuse_system(l, MARKER, err);
    return MARKER_REFUSED;
}

/* --- whether it is whole --- */

static bool look_at_numbers(const struct layout *l, const uint8_t *head,
                            struct directory_error *err)
{
    uint32_t application = big_endian(head + 68);
    uint32_t format = big_endian(head + 60);
    if (application != DB_APPLICATION_ID) {
        directory_error_set(err, DIRECTORY_FOREIGN,
                            "%s/" DATABASE
                            ": application id %u, and cosmock's is %u: a database "
                            "of another program; name an empty or a new directory",
                            l->path, application, (unsigned)DB_APPLICATION_ID);
        return false;
    }
    if (format > DB_FORMAT) {
        directory_error_set(err, DIRECTORY_NEWER,
                            "%s/" DATABASE
                            ": format %u, of a newer cosmock; this one knows %d: "
                            "use the newer cosmock, or name another directory",
                            l->path, format, DB_FORMAT);
        return false;
    }
    return format == DB_FORMAT || refuse_damaged(l, DATABASE, "its format is 0", err);
}

/* Page size, WAL for reading and writing, and, where no log explains it, no page missing. */
static bool look_at_database(const struct layout *l, struct directory_error *err)
{
    uint8_t head[HEADER_BYTES];
    uint64_t size;
    ssize_t n = read_head(l, DATABASE, head, sizeof(head), &size);
    if (n < 0) {
        return errno == ENOENT ? refuse_damaged(l, DATABASE, "it is missing", err)
                               : refuse_system(l, DATABASE, err);
    }
    if (n < HEADER_BYTES || memcmp(head, "SQLite format 3", 16) != 0) {
        return refuse_damaged(l, DATABASE, "it does not begin as a database does", err);
    }
    if (!look_at_numbers(l, head, err)) {
        return false;
    }
    if (((unsigned)head[16] << 8 | head[17]) != DB_PAGE_BYTES || head[18] != 2 ||
        head[19] != 2) {
        return refuse_damaged(l, DATABASE, "its header is garbled", err);
    }
    uint64_t pages = l->had_entries ? 1 : big_endian(head + 28);
    return size >= pages * DB_PAGE_BYTES ||
           refuse_damaged(l, DATABASE, "it is shorter than its header says", err);
}

/* What SQLite takes for the end of the log may be damage: all behind it would be gone. */
static bool look_at_log(struct layout *l, struct directory_error *err)
{
    struct log_look look;
    if (!log_look(l->folder_fd, &look)) {
        return refuse_system(l, LOG_FILE, err);
    }
    l->had_log = look.is_there;
    l->had_entries = look.has_entries;
    if (look.lost[0] != '\0') {
        directory_error_set(err, DIRECTORY_DAMAGED,
                            "%s/" LOG_FILE ": %s; the directory is damaged: restore it from a "
                            "copy, or give up what is lost: remove the file '" LOG_NOTE
                            "', and ask 'cosmock data check' about the rest",
                            l->path, look.lost);
        return false;
    }
    return look.damage[0] == '\0' || refuse_damaged(l, LOG_FILE, look.damage, err);
}

/*
 * Pipes and devices: SQLite would wait for who opens the other end. A journal: it would be
 * played into the database, whoever left it.
 */
static bool look_at_kinds(const struct layout *l, struct directory_error *err)
{
    static const char *const files[] = {DATABASE, LOG_FILE, LOG_INDEX};
    struct stat st;
    for (size_t i = 0; i < COS_ARRAY_LEN(files); i++) {
        if (fstatat(l->folder_fd, files[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            !S_ISREG(st.st_mode)) {
            return refuse_damaged(l, files[i], "it is not a regular file", err);
        }
    }
    return fstatat(l->folder_fd, JOURNAL, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
           refuse_damaged(l, JOURNAL, "no cosmock leaves one beside a whole database", err);
}

static bool look(struct layout *l, struct directory_error *err)
{
    l->had_index = faccessat(l->folder_fd, LOG_INDEX, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (!look_at_kinds(l, err) || !look_at_log(l, err) || !look_at_database(l, err)) {
        return false;
    }
    l->chunks_fd =
        openat(l->folder_fd, CHUNKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (l->chunks_fd >= 0) {
        return true;
    }
    return errno == ENOENT ? refuse_damaged(l, CHUNKS, "it is missing", err)
                           : refuse_system(l, CHUNKS, err);
}

/* --- lock --- */

static bool refuse_held(const struct layout *l, struct directory_error *err)
{
    char who[32] = "";
    ssize_t n = pread(l->lock_fd, who, sizeof(who) - 1, 0);
    who[n > 0 ? strcspn(who, "\n") : 0] = '\0';
    directory_error_set(err, DIRECTORY_HELD,
                        "%s is in use by %s: stop that one, or name another directory", l->path,
                        who[0] != '\0' ? who : "another process");
    return false;
}

static bool take_lock(struct layout *l, struct directory_error *err)
{
    int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    l->lock_fd = openat(l->folder_fd, LOCK, flags);
    if (l->lock_fd < 0 && errno == ENOENT) {
        l->lock_fd = openat(l->folder_fd, LOCK, flags | O_CREAT, 0600);
        l->made_lock = l->lock_fd >= 0;
    }
    if (l->lock_fd < 0) {
        return refuse_system(l, LOCK, err);
    }
    if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    l->made_lock = false;
    return errno == EWOULDBLOCK ? refuse_held(l, err) : refuse_system(l, LOCK, err);
}

/* As it was: a file that was not there goes again. */
static void let_lock_go(const struct layout *l)
{
    if (l->made_lock) {
        (void)unlinkat(l->folder_fd, LOCK, 0);
    }
}

void layout_claim(const struct layout *l)
{
    char who[32];
    int n = snprintf(who, sizeof(who), "process %ld\n", (long)getpid());
    if (ftruncate(l->lock_fd, 0) == 0) {
        (void)!pwrite(l->lock_fd, who, (size_t)n, 0); /* the lock holds without */
    }
}

/* --- making one --- */

static bool write_marker(const struct layout *l, const char *ending,
                         struct directory_error *err)
{
    char text[64];
    int n = snprintf(text, sizeof(text), MARKER_WORDS "%d%s\n", DB_FORMAT, ending);
    int fd = openat(l->folder_fd, MARKER_DRAFT,
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    bool is_written = fd >= 0 && write(fd, text, (size_t)n) == n &&
                      (!l->survives_power || fdatasync(fd) == 0);
    int number = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = number;
    is_written = is_written &&
                 renameat(l->folder_fd, MARKER_DRAFT, l->folder_fd, MARKER) == 0 &&
                 (!l->survives_power || fsync(l->folder_fd) == 0);
    return is_written || refuse_system(l, MARKER, err);
}

/* Nothing was acknowledged while it was made, so no body lies there, unless the marker lies. */
static bool has_bodies(const struct layout *l)
{
    int fd = openat(l->folder_fd, CHUNKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    size_t n = 0;
    while (dir != NULL && readdir(dir) != NULL) {
        n++;
    }
    if (dir != NULL) {
        (void)closedir(dir);
    } else if (fd >= 0) {
        (void)close(fd);
    }
    return n > 2; /* "." and ".." */
}

/* Under the lock. Nothing in it was ever acknowledged. */
static bool make(const struct layout *l, struct directory_error *err)
{
    struct db_problem problem;
    if (has_bodies(l)) {
        return refuse_damaged(l, MARKER, "it says 'new', and there are files in chunks/", err);
    }
    if (!write_marker(l, " new", err)) {
        return false;
    }
    static const char *const old[] = {DATABASE, LOG_FILE, LOG_INDEX, JOURNAL};
    for (size_t i = 0; i < COS_ARRAY_LEN(old); i++) {
        (void)unlinkat(l->folder_fd, old[i], 0);
    }
    if (mkdirat(l->folder_fd, CHUNKS, 0700) < 0 && errno != EEXIST) {
        return refuse_system(l, CHUNKS, err);
    }
    /* Its log takes its rights. Without this they would be the umask's. */
    int fd = openat(l->folder_fd, DATABASE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return refuse_system(l, DATABASE, err);
    }
    (void)close(fd);
    if (!db_create(l->db_path, l->survives_power, &problem)) {
        directory_error_set(err, DIRECTORY_UNUSABLE, "%s: %s", l->path, problem.reason);
        return false;
    }
    return write_marker(l, "", err);
}

/* --- opening --- */

static bool refuse_absent(const struct layout *l, struct directory_error *err)
{
    directory_error_set(err, DIRECTORY_FOREIGN,
                        "%s is no data directory of cosmock: 'cosmock serve --data %s' makes "
                        "one",
                        l->path, l->path);
    return false;
}

static bool open_folder(struct layout *l, const char *path, struct directory_error *err)
{
    int r = l->must_exist ? -ENOENT : cos_dir_make(path, 0700);
    l->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->folder_fd < 0 && errno == ENOTDIR) {
        directory_error_set(
            err, DIRECTORY_FOREIGN,
            "%s is a file, or below one; a data directory is an empty, a new or "
            "one of cosmock's",
            l->path);
        return false;
    }
    if (l->folder_fd < 0 && errno == ENOENT && r < 0) {
        if (l->must_exist) {
            return refuse_absent(l, err);
        }
        errno = -r; /* why it could not be made */
    }
    char absolute[PATH_MAX];
    if (l->folder_fd < 0 || realpath(path, absolute) == NULL) {
        return refuse_system(l, "", err);
    }
    memcpy(l->path, absolute, strlen(absolute) + 1);
    (void)snprintf(l->db_path, sizeof(l->db_path), "%s/" DATABASE, l->path);
    return true;
}

/* As far as the marker says. */
static bool may_be_used(const struct layout *l, enum marker marker, struct directory_error *err)
{
    if (l->must_exist && (marker == MARKER_NONE || marker == MARKER_NEW)) {
        return refuse_absent(l, err);
    }
    return marker != MARKER_REFUSED;
}

/* The marker again, under the lock: somebody may have made it meanwhile. */
static bool look_locked(struct layout *l, struct directory_error *err)
{
    enum marker marker = look_at_marker(l, err);
    if (!may_be_used(l, marker, err)) {
        return false;
    }
    return (marker == MARKER_WHOLE || make(l, err)) && look(l, err);
}

bool layout_open(struct layout *l, const char *path, const struct directory_options *options,
                 struct directory_error *err)
{
    *l = (struct layout){.folder_fd = -1,
                         .chunks_fd = -1,
                         .lock_fd = -1,
                         .survives_power = options->survives_power,
                         .must_exist = options->must_exist};
    (void)snprintf(l->path, sizeof(l->path), "%s", path);
    if (open_folder(l, path, err) && may_be_used(l, look_at_marker(l, err), err) &&
        take_lock(l, err) && look_locked(l, err)) {
        return true;
    }
    let_lock_go(l);
    layout_close(l);
    return false;
}

void layout_retreat(const struct layout *l)
{
    if (!l->had_log) {
        (void)unlinkat(l->folder_fd, LOG_FILE, 0);
    }
    if (!l->had_index) {
        (void)unlinkat(l->folder_fd, LOG_INDEX, 0);
    }
    let_lock_go(l);
}

void layout_close(struct layout *l)
{
    int *const fds[] = {&l->folder_fd, &l->chunks_fd, &l->lock_fd};
    for (size_t i = 0; i < COS_ARRAY_LEN(fds); i++) {
        if (*fds[i] >= 0) {
            (void)close(*fds[i]);
        }
        *fds[i] = -1;
    }
}
