/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an XML document may hold, as tables: which elements, how often, of what kind, within
 * which bounds. One checker and one writer serve every table. The writer gives back what was
 * sent, in its order, with duplicates and without whatever no table names: attributes, white
 * space between elements, unknown elements. What a value means alone is made canonical:
 * numbers, dates, and words of a list, but for those that a client wants back as it wrote them.
 * Clients compare the answer with what they put, key by key (cos-operations-2.md s.0.12).
 */
#ifndef SERVICES_SCHEMA_H
#define SERVICES_SCHEMA_H

#include "cosbase/arena.h"
#include "cosbase/buf.h"
#include "cosbase/xml.h"

enum element_kind {
    ELEMENT_GROUP,  /* of `children` */
    ELEMENT_TEXT,   /* of `least` to `most` bytes, kept as it was sent; most 0: of any length */
    ELEMENT_WORD,   /* one of `words`, in any case */
    ELEMENT_NUMBER, /* from `least` to `most` */
    ELEMENT_DATE,   /* ISO 8601 with a zone; kept as UTC with milliseconds */
    ELEMENT_TREE,   /* whatever it holds, kept as it was sent */
};
struct element {
    const char *name;
    enum element_kind kind;
    unsigned from, to; /* how often it stands in its group; to 0: as often as one likes */
    int64_t least, most;
    const char *words;              /* with one blank between two */
    const struct element *children; /* up to one without a name */
    const char *alias;      /* it is taken under this name, too, and kept under its own */
    const char *fallback;   /* what its group gets where it came without; NULL: nothing */
    const char *times_code; /* of too many; NULL: MalformedXML */
    bool keeps_spelling;    /* a word is given back as it was sent */
};
/* How often it stands in its group. */
#define ONCE .from = 1, .to = 1
#define OPTIONAL .from = 0, .to = 1
#define MANY .from = 0, .to = 0
#define SOME .from = 1, .to = 0
#define UP_TO(n) .from = 0, .to = (n)
#define ONE_TO(n) .from = 1, .to = (n)
#define A_GROUP(its, often, of) .name = (its), .kind = ELEMENT_GROUP, .children = (of), often
#define A_TEXT(its, often, min, max) \
    .name = (its), .kind = ELEMENT_TEXT, .least = (min), .most = (max), often
#define A_WORD(its, often, one_of) .name = (its), .kind = ELEMENT_WORD, .words = (one_of), often
#define A_NUMBER(its, often, min, max) \
    .name = (its), .kind = ELEMENT_NUMBER, .least = (min), .most = (max), often
#define A_DATE(its, often) .name = (its), .kind = ELEMENT_DATE, often
#define A_TREE(its, often) .name = (its), .kind = ELEMENT_TREE, often

/* Why a document is refused. */
struct complaint {
    const char *code; /* NULL: a value that is none of those it may have */
    char text[256];
};
/** Fills @out; false, for the caller to return. */
bool complain(struct complaint *out, const struct cos_xml *at, const char *code,
              const char *fmt, ...) COS_PRINTF(4, 5);

/** @xml, whose name is the root's, holds what @root says. False: *out says why not. */
bool schema_check(const struct element *root, const struct cos_xml *xml, struct complaint *out);
/** Every element of what was checked is in a table. False: *out names the first that is not. */
bool schema_knows(const struct element *root, const struct cos_xml *xml, struct complaint *out);
/** What was checked, as it is kept. */
void schema_write(const struct element *root, const struct cos_xml *xml, struct cos_buf *out);

/* --- reading what was checked --- */

/** "" when there is none. */
struct cos_span xml_child(const struct cos_xml *e, const char *name);
/** The first, or the next behind @e, of that name; NULL: none. */
const struct cos_xml *xml_first_of(const struct cos_xml *group, const char *name);
const struct cos_xml *xml_next_of(const struct cos_xml *e, const char *name);
size_t xml_count_of(const struct cos_xml *group, const char *name);
/** @fallback when there is none. */
int64_t xml_child_number(const struct cos_xml *e, const char *name, int64_t fallback);
/** ISO 8601 with 'Z' or an offset. */
bool schema_date(struct cos_span text, int64_t *unix_ms);
/** The child is there and says this word. */
bool xml_child_is(const struct cos_xml *e, const char *name, const char *word);
/* Of elements of one name, in their order. */
struct xml_texts {
    struct cos_span *items;
    size_t n;
};
struct xml_texts xml_texts_of(struct cos_arena *a, const struct cos_xml *group,
                              const char *name);

/* What a kept document is read from: who made structures of it owns this. */
struct xml_reading {
    struct cos_arena arena; /* `failed`: no memory */
    struct cos_xml *xml;    /* spans point into it */
};
/** False: no memory, or not XML. */
bool xml_reading_begin(struct xml_reading *r, struct cos_span text);
void xml_reading_end(struct xml_reading *r);

#endif
