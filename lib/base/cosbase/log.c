/* SPDX-License-Identifier: Apache-2.0 */
/* One log line, as a terminal and a file get it. */
#include "cosbase/log.h"

#include "cosbase/clock.h"
#include "cosbase/date.h"

#include <stdio.h>

void cos_log_to_file(void *ctx, enum cos_log_level level, const char *area, const char *line)
{
    static const char names[][6] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    char when[25];
    cos_date_iso_ms(when, cos_system_unix_ms());
    (void)fprintf(ctx, "%s %s %s: %s\n", when, names[level], area, line);
}
