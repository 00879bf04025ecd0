/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form that is posted (cos-operations-2.md s.3): its fields, and where in its body we are.
 * The fields stand before the file, are bounded, and are known before a byte of the file is;
 * the file is the body of the object. Lives in the arena.
 */
#ifndef EXCHANGE_FORM_H
#define EXCHANGE_FORM_H

#include "exchange/form_reader.h"

enum {
    FORM_FIELDS_MAX = 128,            /* ours */
    FORM_FIELDS_MAX_BYTES = 64 << 10, /* ours: names and values together */
};
struct form_field {
    struct cos_span name, value;
    bool is_behind_file; /* and so has no effect; its value is not kept */
};
struct form {
    struct form_reader reader;
    enum {
        FORM_BEFORE_FILE,
        FORM_IN_FILE,
        FORM_BEHIND_FILE,
    } place;
    struct form_field fields[FORM_FIELDS_MAX];
    size_t n_fields;
    size_t fields_bytes;
    struct cos_span filename; /* as the client calls the file; "": it does not */
    uint64_t file_bytes;      /* so far */
    /* how long the file may be, by the condition content-length-range */
    uint64_t least_bytes, most_bytes;
};
/** The value of a field, its name in any case; ptr NULL: there is none. */
struct cos_span form_value(const struct form *f, struct cos_span name);
/** The same; "" when there is none, also where @f is NULL. */
struct cos_span form_text(const struct form *f, const char *name);

#endif
