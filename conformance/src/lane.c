/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lane: what one worker keeps between cases. The mock with its listener (over sockets only)
 * and the driver process are costly enough to be shared by the cases of a lane; everything else
 * is new for each case.
 */
#include "lane.h"

#include "cosbase/file.h"

#include <stdio.h>
#include <string.h>

bool lane_mock(struct lane *lane, char why[512])
{
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    struct cosmock_error err = {0};
    if (lane->driver != NULL && lane->driver->is_direct) {
        driver_native_aim(lane->driver, /* mock= */ NULL);
    }
    lane->mock = cosmock_free(lane->mock);
    if (cosmock_new(&lane->mock, &options, &err) < 0) {
        (void)snprintf(why, 512, "the mock does not start: %.400s", err.message);
        return false;
    }
    if (!lane->options->in_process) {
        struct cosmock_listen_options listen = COSMOCK_LISTEN_OPTIONS_INIT;
        listen.threads = 1;
        if (cosmock_listen(lane->mock, COSMOCK_FRONT, &listen, &lane->front, &err) < 0 ||
            cosmock_ca_write(lane->mock, lane->ca_path, lane->trust_store_path, &err) < 0) {
            (void)snprintf(why, 512, "the mock does not listen: %.400s", err.message);
            return false;
        }
    }
    if (lane->driver != NULL && lane->driver->is_direct) {
        driver_native_aim(lane->driver, lane->mock);
    }
    return true;
}

static bool start_native(struct lane *lane, char why[512])
{
    const struct conform_options *o = lane->options;
    struct driver_native_options options = {
        .entry = o->entry,
        .path = o->entry == NULL ? o->artifact : NULL,
        .mutant = o->mutant,
    };
    lane->driver = driver_native_new(&options);
    if (lane->driver == NULL) {
        (void)snprintf(why, 512, "no memory for the subject");
        return false;
    }
    driver_native_aim(lane->driver, lane->mock);
    return true;
}

static bool start_process(struct lane *lane, char why[512])
{
    (void)snprintf(lane->log_path, sizeof(lane->log_path), "%s/subject-%u.stderr", lane->dir,
                   lane->n_drivers);
    static const char *const minimal[] = {"LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin",
                                          NULL};
    struct child_options options = {
        .argv = lane->options->driver_argv,
        .env = lane->options->driver_env != NULL ? lane->options->driver_env : minimal,
        .log_path = lane->log_path,
        .stop = lane->options->stop,
    };
    return driver_process_new(&lane->driver, &options, why) == 0;
}

/*
 * In process every case has a subject of its own; a process is shared until it dies or a case
 * wants a fresh one.
 */
bool lane_driver(struct lane *lane, bool fresh, char why[512])
{
    bool is_native = lane->options->in_process;
    if (lane->driver != NULL && (fresh || is_native || !lane->driver->is_usable)) {
        lane->driver = driver_free(lane->driver);
    }
    if (lane->driver != NULL) {
        return true;
    }
    lane->n_drivers++;
    bool ok = is_native ? start_native(lane, why) : start_process(lane, why);
    if (ok) {
        lane->driver->checks_protocol = lane->options->check_protocol;
    }
    return ok;
}

bool lane_open(struct lane *lane, const struct conform_options *options, unsigned number,
               char why[512])
{
    *lane = (struct lane){.options = options, .number = number};
    (void)snprintf(lane->dir, sizeof(lane->dir), "%.400s/lane-%u", options->scratch_dir,
                   number);
    int r = cos_dir_make(lane->dir, 0700);
    if (r < 0) {
        (void)snprintf(why, 512, "%.300s: cannot make the scratch directory: %s", lane->dir,
                       strerror(-r));
        return false;
    }
    (void)snprintf(lane->ca_path, sizeof(lane->ca_path), "%.480s/ca.pem", lane->dir);
    (void)snprintf(lane->trust_store_path, sizeof(lane->trust_store_path),
                   "%.480s/truststore.jks", lane->dir);
    (void)snprintf(lane->hosts_path, sizeof(lane->hosts_path), "%.480s/hosts", lane->dir);
    return lane_mock(lane, why);
}

void lane_close(struct lane *lane)
{
    lane->driver = driver_free(lane->driver);
    lane->mock = cosmock_free(lane->mock);
}
