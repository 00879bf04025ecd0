/* SPDX-License-Identifier: Apache-2.0 */
/* YAML in block style, as people write world files. */
#ifndef WORLD_YAML_OUT_H
#define WORLD_YAML_OUT_H

#include "cosbase/buf.h"

struct yaml_out {
    struct cos_buf *to;
    unsigned depth; /* of the mapping whose keys are written */
    bool is_item;   /* its next key stands behind a '-' */
};
void yaml_key(struct yaml_out *y, const char *name);
/** "name: value"; one that is empty is left out. */
void yaml_text(struct yaml_out *y, const char *name, struct cos_span value);
/** "name:"; what follows stands one level deeper, up to yaml_up(). */
void yaml_down(struct yaml_out *y, const char *name);
void yaml_up(struct yaml_out *y);
/** The same of a list of mappings, each of which begins with yaml_item(). */
void yaml_list(struct yaml_out *y, const char *name);
void yaml_list_end(struct yaml_out *y);
void yaml_item(struct yaml_out *y);
/** An item of a list of texts, which is below yaml_down(). */
void yaml_item_text(struct yaml_out *y, struct cos_span value);
/** A text in quotes, or without where nothing could mistake it. */
void yaml_scalar(struct cos_buf *to, struct cos_span value);

#endif
