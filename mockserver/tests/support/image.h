/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in a folder, kept in memory: harmed by a recipe, laid out, and compared with what
 * lies there later. A recipe is any bytes, so that a fuzzer can write them.
 */
#ifndef TESTS_IMAGE_H
#define TESTS_IMAGE_H

#include "cosbase/span.h"

enum image_kind { IMAGE_ABSENT, IMAGE_FILE, IMAGE_FOLDER, IMAGE_LINK, IMAGE_PIPE };
struct image_file {
    char name[64]; /* below the folder */
    enum image_kind kind;
    uint8_t *bytes;
    size_t n;
    bool is_borrowed; /* the bytes are another image's */
};
enum { IMAGE_FILES_MAX = 32 };
struct image {
    struct image_file files[IMAGE_FILES_MAX]; /* by name: a folder before what is in it */
    size_t n;
};

/** False, here and below: the system says no, or it is more than an image holds. */
bool image_take(struct image *out, const char *folder);
/** What is not harmed stays the other's. */
struct image image_borrow(const struct image *from);
void image_deinit(struct image *image);
/** A file that may be there after a recipe; absent until then. */
void image_add(struct image *image, const char *name);
/** NULL: no such name. */
struct image_file *image_find(struct image *image, const char *name);
/** Into @folder, which is empty. */
bool image_lay(const struct image *image, const char *folder);

/**
 * Harm until @recipe is at its end: bytes become others, a file is cut, removed, replaced, a
 * page comes twice or two change places. @harmed: told of each file.
 */
void image_harm(struct image *image, struct cos_span recipe,
                void (*harmed)(void *ctx, const char *name), void *ctx);

#endif
