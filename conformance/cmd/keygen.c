/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb keygen: a pair of keys for certificates. A key that exists is never written over:
 * certificates would outlive the key that proves them.
 */
#include "cmd.h"

#include "cosbase/file.h"
#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PRIVATE_FILE "cosconform.key"
#define PUBLIC_FILE "cosconform.pub"

/* Made here and nowhere else, whatever name it has; a file that is not whole goes again. */
static int write_new(const char *path, const struct cos_buf *bytes, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return -errno;
    }
    ssize_t n = write(fd, bytes->ptr, bytes->len);
    int r = n == (ssize_t)bytes->len ? 0 : n < 0 ? -errno : -ENOSPC;
    if (close(fd) != 0 && r == 0) {
        r = -errno;
    }
    if (r < 0) {
        (void)unlink(path);
    }
    return r;
}

static int complain(const struct cmd *cmd, const char *path, int r)
{
    if (r == -EEXIST) {
        return cos_command_complain(&cmd->line,
                                    "%s exists and is not written over; name another --out",
                                    path);
    }
    (void)fprintf(stderr, "%s: cannot write %s: %s\n", cmd->name, path, strerror(-r));
    return EXIT_BROKEN;
}

static int write_pair(const struct cmd *cmd, const char *dir, const struct cos_buf *private_pem,
                      const struct cos_buf *public_pem)
{
    char secret[1100], open_half[1100];
    (void)snprintf(secret, sizeof(secret), "%.1000s/" PRIVATE_FILE, dir);
    (void)snprintf(open_half, sizeof(open_half), "%.1000s/" PUBLIC_FILE, dir);
    if (access(secret, F_OK) == 0) {
        return complain(cmd, secret, -EEXIST);
    }
    int r = write_new(open_half, public_pem, 0644);
    if (r < 0) {
        return complain(cmd, open_half, r);
    }
    r = write_new(secret, private_pem, 0600);
    if (r < 0) {
        (void)unlink(open_half);
        return complain(cmd, secret, r);
    }
    (void)printf("private  %s: sign with it (--sign), show it to nobody\npublic   %s\n", secret,
                 open_half);
    return 0;
}

int cmd_keygen(void *context)
{
    const struct cmd *cmd = context;
    const char *dir = cmd->out != NULL ? cmd->out : ".";
    COS_CLEANUP(cos_ed25519_free) struct cos_ed25519 *key = cos_ed25519_generate();
    COS_CLEANUP(cos_buf_deinit) struct cos_buf private_pem = {0};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf public_pem = {0};
    char id[65];
    cos_buf_init(&private_pem, 4096);
    cos_buf_init(&public_pem, 4096);
    if (key == NULL || !cos_ed25519_private_pem(key, &private_pem) ||
        !cos_ed25519_public_pem(key, &public_pem) || !cos_ed25519_id(key, id)) {
        (void)fprintf(stderr, "%s: no key could be made\n", cmd->name);
        return EXIT_BROKEN;
    }
    int r = cos_dir_make(dir, 0700);
    if (r < 0) {
        return cos_command_complain(&cmd->line, "--out '%s': %s", dir, strerror(-r));
    }
    int status = write_pair(cmd, dir, &private_pem, &public_pem);
    if (status == 0) {
        (void)printf("key id   %s\n", id);
    }
    return status != 0 || cos_stdout_finish(cmd->name) == 0 ? status : EXIT_BROKEN;
}
