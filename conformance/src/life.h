/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a case around its body. */
#ifndef CONFORM_LIFE_H
#define CONFORM_LIFE_H

#include <stdbool.h>

struct conform_case;
struct env;
struct lane;
struct requirement;

/** Make the tenant, greet the driver, see to what the case needs. False: the verdict stands in the env. */
bool env_open(struct env *env, struct lane *lane, const struct requirement *requirement,
              const struct conform_case *kase);
void env_close(struct env *env);

#endif
