/* SPDX-License-Identifier: Apache-2.0 */
/* Globs over a text that many patterns are compared with. Private to this room. */
#ifndef CAM_MATCH_H
#define CAM_MATCH_H

#include "cam/cam.h"

struct cam_text_index; /* match.c */
struct cam_text {
    struct cos_span text;
    bool may_index; /* cam_text_deinit() will be called */
    unsigned n_searches;
    struct cam_text_index *index; /* NULL: not searched often enough */
};
/** It can still be compared, without an index. */
void cam_text_deinit(struct cam_text *t);
COS_CLEANUP_DEINIT_DEFINE(struct cam_text, cam_text_deinit)
/** As cam_glob(). */
bool cam_glob_in(struct cam_text *t, struct cos_span pattern);

#endif
