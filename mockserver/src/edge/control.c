/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control API lives on its own listener, so the data plane has no path that only tests
 * know. One event loop listens and frames; what is called for is done by workers of its own,
 * because a handler may block, also for what the mock's workers do.
 */
#include "edge/control.h"

#include "cosbase/alloc.h"
#include "cosbase/secret.h"
#include "edge/control_call.h"
#include "edge/control_visit.h"
#include "edge/plane.h"
#include "world/fail.h"

#define WORKERS 16
#define DRAIN_MS 5000
/* The data plane's where no switch says otherwise: a tenant's switch is a test's matter, and
 * must not cut off the calls that turn it. */
#define PATIENCE_MS 20000

static int start(struct control *control, int listen_fd, const struct control_options *o,
                 struct cosmock_error *err)
{
    const struct plane_listener listener = {.fd = listen_fd,
                                            .make_room = o->make_room,
                                            .ctx = o->edge};
    const struct plane_options options = {.mock = o->edge->mock,
                                          .responder = &responder_control,
                                          .responder_of = control,
                                          .listener = &listener,
                                          .threads = 1};

    if (o->token != NULL && (control->token = cos_strdup(o->token)) == NULL) {
        (void)close(listen_fd);
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for the control API");
    }
    return plane_new(&control->plane, &options, err);
}

int control_new(struct control **out, int listen_fd, const struct control_options *options,
                struct cosmock_error *err)
{
    struct control *control = cos_calloc(1, sizeof(*control));

    if (control == NULL) {
        (void)close(listen_fd);
        return world_fail(err, COSMOCK_E_NOMEM, "out of memory for the control API");
    }
    control->edge = options->edge;
    control->at = options->at;
    control->patience_ms = options->patience_ms == 0 ? PATIENCE_MS : options->patience_ms;
    (void)pthread_mutex_init(&control->lock, NULL);
    workers_init(&control->workers, WORKERS);
    int r = start(control, listen_fd, options, err);
    if (r != COSMOCK_OK) {
        (void)control_free(control);
        return r;
    }
    *out = control;
    return COSMOCK_OK;
}

void control_make_room(struct control *control)
{
    plane_make_room(control->plane);
}

/* What is under way is waited for, however long it takes; who only waits is answered now. */
static void stop(struct control *control)
{
    __atomic_store_n(&control->is_stopping, true, __ATOMIC_SEQ_CST);
    if (control->plane != NULL) {
        plane_hurry(control->plane);
        plane_drain(control->plane, DRAIN_MS);
    }
    (void)plane_free(control->plane);
    workers_deinit(&control->workers);
}

struct control *control_free(struct control *control)
{
    if (control == NULL) {
        return NULL;
    }
    stop(control);
    control_faults_forget(control, /* tenant= */ NULL);
    while (control->tenants != NULL) { /* the tenants themselves live on until cosmock_free */
        struct control_tenant *next = control->tenants->next;

        cos_free(control->tenants);
        control->tenants = next;
    }
    if (control->token != NULL) {
        cos_wipe(control->token, strlen(control->token));
    }
    cos_free(control->token);
    (void)pthread_mutex_destroy(&control->lock);
    return cos_free(control);
}
