/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of tests come and go. */
#include "scratch.h"

#include "cosbase/base.h"
#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void scratch_make(struct scratch *s)
{
    *s = (struct scratch){.path = "/tmp/cosmock-test-XXXXXX"};
    assert_non_null(mkdtemp(s->path));
}

void scratch_enter(struct scratch *s)
{
    scratch_make(s);
    assert_int_equal(chdir(s->path), 0);
}

void scratch_remove(const struct scratch *s)
{
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(cos_dir_remove(s->path), 0);
}
