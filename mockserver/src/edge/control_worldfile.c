/* SPDX-License-Identifier: Apache-2.0 */
/* A tenant as a world file, out and in. */
#include "edge/control_call.h"
#include "world/worldexport.h"

static void get_world(struct call *c)
{
    static const char *const params[] = {"secrets", NULL};
    int64_t with_secrets = 0;
    if (!call_params_known(c, params) ||
        !call_param_i64(c, "secrets", /* fallback= */ 0, /* min= */ 0, /* max= */ 1,
                        &with_secrets)) {
        return;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf world;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf left_out;
    cos_buf_init(&world, MAX_WORLD_BYTES);
    cos_buf_init(&left_out, WARNINGS_MAX_BYTES);
    const struct world_warner warner = {call_warn, &left_out};
    struct cosmock_error err;
    if (world_export(c->tenant, with_secrets == 1, &world, &warner, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_span(&w, "world", cos_buf_view(&world));
    call_list(&w, "left_out", &left_out);
    cos_jw_end(&w);
}

static void put_world(struct call *c)
{
    static const char *const members[] = {"world", NULL};
    static const char *const none[] = {NULL};
    if (!call_params_known(c, none)) {
        return;
    }
    const char *yaml = NULL;
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    if (body == NULL || !call_json_str(c, body, "world", &yaml)) {
        return;
    }
    if (yaml == NULL || strlen(yaml) > MAX_WORLD_BYTES) {
        call_refuse(c, 400, "invalid",
                    "member 'world' must be the text of a world file, of at "
                    "most 4 MiB");
        return;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf changes;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf warnings;
    cos_buf_init(&changes, WARNINGS_MAX_BYTES);
    cos_buf_init(&warnings, WARNINGS_MAX_BYTES);
    const struct world_import_ears ears = {{call_warn, &changes}, {call_warn, &warnings}};
    const struct world_source source = {.yaml = cos_span_of(yaml), .origin = "world"};
    struct cosmock_error err;
    if (world_import(c->tenant, &source, &ears, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    struct cos_jw w;
    call_object(c, 200, &w);
    cos_jw_bool(&w, "ok", true);
    call_list(&w, "changes", &changes);
    call_warnings(&w, &warnings);
    cos_jw_end(&w);
}

void control_world(struct call *c)
{
    if (c->method == CALL_PUT) {
        put_world(c);
    } else {
        get_world(c);
    }
}
