/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the control API, each over a connection of its own. */
#include "control.h"

struct told control_call_as(uint16_t port, const char *method, const char *target,
                            const char *headers, const char *body)
{
    struct line l = line_open(port);

    line_say(&l, "%s %s HTTP/1.1\r\n%s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
             method, target, headers, strlen(body));
    line_say(&l, "%s", body);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    struct told a = {0};
    a.status = r.status;
    a.text = r.body;
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    struct cos_text_error err;
    if (cos_json_parse(&a.json, cos_buf_view(&a.text), &limits, &err) != 0) {
        a.json = NULL;
    }
    line_close(&l);
    return a;
}

struct told control_call(struct wire *w, const char *method, const char *target,
                         const char *body)
{
    return control_call_as(w->control.port, method, target, "Host: 127.0.0.1", body);
}

void told_free(struct told *a)
{
    (void)cos_json_free(a->json);
    cos_buf_deinit(&a->text);
}

void control_expect(struct wire *w, const char *method, const char *target, const char *body,
                    int status)
{
    struct told a = control_call(w, method, target, body);

    if (a.status != status) {
        fail_msg("%s %s: %d instead of %d: %s", method, target, a.status, status,
                 cos_buf_cstr(&a.text));
    }
    told_free(&a);
}

const char *control_path(struct wire *w, const char *tail)
{
    static char path[600];

    (void)snprintf(path, sizeof(path), "/v1/t/%s%s", cosmock_tenant_name(w->tenant), tail);
    return path;
}
