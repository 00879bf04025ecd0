/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs for authors of drivers. */
#include "cmd.h"

#include "cosbase/json.h"
#include "protocol.h"
#include "verdict.h"

#include <stdio.h>

int cmd_driver_schema(void *context)
{
    const struct cmd *cmd = context;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    struct cos_jw w;
    cos_buf_init(&b, (size_t)1 << 20);
    cos_jw_init(&w, &b);
    protocol_schema(&w);
    (void)printf("%s\n", cos_buf_cstr(&b));
    return cos_stdout_finish(cmd->name) != 0 ? EXIT_BROKEN : 0;
}
