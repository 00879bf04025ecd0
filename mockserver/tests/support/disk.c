/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards what SQLite asks of its files, after a question to the test. */
#include "disk.h"

#include "cosbase/base.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>

#include <cmocka.h>

struct file {
    sqlite3_file base;
    const char *name; /* SQLite keeps it as long as the file is open */
    sqlite3_file *real;
};

static disk_hook *the_hook;
static void *the_ctx;
static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static int ask(enum disk_op op, const char *name)
{
    return the_hook == NULL ? 0 : the_hook(the_ctx, op, name == NULL ? "" : name);
}

static int result_of(int number)
{
    return number == ENOSPC ? SQLITE_FULL : SQLITE_IOERR;
}

static int file_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}
static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}
static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    int number = ask(DISK_WRITE, ((struct file *)f)->name);
    if (number == DISK_TEAR) {
        (void)real_of(f)->pMethods->xWrite(real_of(f), from, n / 2, at);
        (void)kill(getpid(), SIGKILL);
    }
    return number != 0 ? result_of(number)
                       : real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
}
static int file_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    int number = ask(DISK_TRUNCATE, ((struct file *)f)->name);
    return number != 0 ? result_of(number) : real_of(f)->pMethods->xTruncate(real_of(f), n);
}
static int file_sync(sqlite3_file *f, int flags)
{
    int number = ask(DISK_SYNC, ((struct file *)f)->name);
    return number != 0 ? SQLITE_IOERR_FSYNC : real_of(f)->pMethods->xSync(real_of(f), flags);
}
static int file_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), n);
}
static int file_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}
static int file_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}
static int file_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}
static int file_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
static int file_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}
static int file_characteristics(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}
static int file_shm_map(sqlite3_file *f, int page, int bytes, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, bytes, extend, out);
}
static int file_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}
static void file_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}
static int file_shm_unmap(sqlite3_file *f, int removes)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), removes);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    static const sqlite3_io_methods methods = {.iVersion = 2,
                                               .xClose = file_close,
                                               .xRead = file_read,
                                               .xWrite = file_write,
                                               .xTruncate = file_truncate,
                                               .xSync = file_sync,
                                               .xFileSize = file_size,
                                               .xLock = file_lock,
                                               .xUnlock = file_unlock,
                                               .xCheckReservedLock = file_reserved,
                                               .xFileControl = file_control,
                                               .xSectorSize = file_sector,
                                               .xDeviceCharacteristics = file_characteristics,
                                               .xShmMap = file_shm_map,
                                               .xShmLock = file_shm_lock,
                                               .xShmBarrier = file_shm_barrier,
                                               .xShmUnmap = file_shm_unmap};
    struct file *mine = (struct file *)f;
    mine->name = name;
    mine->real = (sqlite3_file *)(mine + 1);
    int r = real_vfs->xOpen(real_vfs, name, mine->real, flags, out);
    f->pMethods = mine->real->pMethods == NULL ? NULL : &methods;
    return r;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs)
{
    int number = ask(DISK_DELETE, name);
    return number != 0 ? result_of(number) : real_vfs->xDelete(real_vfs, name, syncs);
}

void disk_watch(disk_hook *hook, void *ctx)
{
    static sqlite3_vfs vfs;
    if (real_vfs == NULL) {
        real_vfs = sqlite3_vfs_find(NULL);
        assert_non_null(real_vfs);
        vfs = *real_vfs;
        vfs.zName = "watched";
        vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
        vfs.xOpen = vfs_open;
        vfs.xDelete = vfs_delete;
        assert_int_equal(sqlite3_vfs_register(&vfs, /* as the default= */ 1), SQLITE_OK);
    }
    the_hook = hook;
    the_ctx = ctx;
}
