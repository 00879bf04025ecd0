/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lists of a bucket share: names as the reply spells them, and whether a reply answers
 * the question that was asked. Pure.
 */
#ifndef COSN_PAGE_H
#define COSN_PAGE_H

#include "client/call.h"

struct page_question {
    const char *bucket, *prefix, *delimiter, *marker; /* "" for none */
    unsigned max;
    bool is_encoded; /* the reply says that its names are */
};

/* The elements in which a reply repeats the question. */
enum page_echo_of { PAGE_ECHO_BUCKET, PAGE_ECHO_PREFIX, PAGE_ECHO_DELIMITER, PAGE_ECHO_MARKER };
struct page_echo {
    const char *element; /* NULL ends a table */
    enum page_echo_of of;
};

/** Heap copy of a name; COSN_E_PROTOCOL when it is not what encoding-type=url gives, or holds a
 *  NUL byte. */
int page_decode_name(char **out, const struct page_question *q, const char *text,
                     struct cosn_error *err);
bool page_says_encoded(const struct cos_xml *root, const char *element);
size_t page_count_children(const struct cos_xml *root, const char *name);
/** @said, an element of a reply (NULL: it is not there), repeats what was asked. */
int page_check_echo(const char *element, const char *said, const char *wanted,
                    struct cosn_error *err);
/** An element that is there must repeat what was asked, encoded or not. */
int page_check_echoes(const struct page_question *q, const struct cos_xml *root,
                      const struct page_echo *echoes, struct cosn_error *err);
/** At most as many entries as were asked for. */
int page_check_count(const struct page_question *q, size_t n, struct cosn_error *err);
/** A key lies under the prefix and was not to be rolled up. */
int page_check_key(const struct page_question *q, const char *key, struct cosn_error *err);
/** A common prefix lies under the prefix and ends at the first delimiter behind it. */
int page_check_prefix(const struct page_question *q, const char *prefix,
                      struct cosn_error *err);
/** IsTruncated, which must be there. */
int page_is_truncated(bool *out, const struct cos_xml *root, struct cosn_error *err);
int page_refuse_order(const char *name, struct cosn_error *err);
int page_out_of_memory(struct cosn_error *err);

#endif
