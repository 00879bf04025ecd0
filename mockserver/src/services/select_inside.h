/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rooms of SELECT Object Content share: one selection, from its request to its frames.
 *     select.c          the operation: slices of work, how it ends
 *     select_request.c  what is asked for
 *     select_source.c   bytes of the object, decrypted and unfolded
 *     select_records.c  bytes -> records
 *     select_csv.c      a record of a CSV: its fields; rows as CSV
 *     select_json.c     a record of JSON: its members; rows as JSON
 *     select_frames.c   rows, counts and errors as frames
 *     select_sql*.c     the query
 */
#ifndef SERVICES_SELECT_INSIDE_H
#define SERVICES_SELECT_INSIDE_H

#include "exchange/exchange.h"
#include "services/select_sql.h"

/** cos-operations-2.md s.16.3; of a row that is answered as of one that is read. */
#define RECORD_MAX_BYTES ((size_t)1 << 20)
#define READ_BYTES ((size_t)64 << 10)  /* of the object at once */
#define FRAME_BYTES ((size_t)64 << 10) /* of rows at most */
/** A piece of the answer goes out when it has so many bytes, or when so many were read. */
#define PIECE_BYTES ((size_t)256 << 10)
#define SLICE_BYTES (UINT64_C(4) << 20)
/** All that a selection holds at a time: a record and its tree, a row, two pieces. It is taken
 *  from the mock's budget as long as the answer goes out. */
#define SELECT_MEMORY_BYTES (UINT64_C(16) << 20)
enum { FIELDS_MAX = 4096 };

enum header_line { HEADER_IS_NONE, HEADER_IS_USED, HEADER_IS_IGNORED };
struct format {
    bool is_json, is_document, quotes_always, quotes_delimiters;
    enum { PACKED_NOT, PACKED_GZIP, PACKED_BZIP2 } packing;
    enum header_line header;
    char record[3]; /* the delimiter */
    char field, quote, escape, comment;
};
struct selection {
    struct cosmock_exchange *x;
    struct format in, out;
    struct sql_query query;
    struct cos_arena scratch; /* of one record */
    struct sql_error error;   /* code NULL: none */
    bool is_done, tells_progress, has_frames;
    bool is_charged; /* to the mock's budget */
    /* of the object: where it is read, and what has been read and not used; of one that is
     * packed what has been unfolded and not used, and what is still to be */
    uint64_t at;
    struct cos_span unused, packed;
    char *read, *unfolded;     /* READ_BYTES of them each */
    struct unpacker *unpacker; /* NULL: it is not packed */
    /* the record: as far as it has come, and whether a quote is open in it */
    struct cos_buf record;
    bool is_quoted, has_begun, has_header;
    /* of a CSV: its fields, and their names in the exchange's arena */
    struct cos_span *fields, *names;
    size_t n_fields, n_names;
    struct cos_json *tree; /* of JSON */
    struct cos_buf rows;   /* of the next frames */
    uint64_t scanned, processed, returned, n_rows;
};

/** The end, by an error that is told; the first stands. */
void select_stop(struct selection *s, const char *code, const char *text);

/* select_request.c */
/** False: refused, or no memory. */
bool select_read_request(struct selection *s);

/* select_source.c */
/** What the request says about packing is known. False: no memory. */
bool source_open(struct selection *s);
void source_close(struct selection *s);
/** More of s->unused; at the end the last record ends. */
void source_read(struct selection *s);

/* select_records.c */
/** What stands between the last record and the end of the object. */
void records_end(struct selection *s);
/** Use s->unused until a record is whole and judged, or nothing is left. */
void records_take(struct selection *s);

/* select_csv.c */
/** False: it was refused. */
bool csv_read(struct selection *s);
/** The record is the header line. */
void csv_keep_header(struct selection *s);
struct sql_value csv_find(const void *ctx, const struct sql_step *steps, size_t n);
void csv_put(struct selection *s, struct cos_span text, size_t i);

/* select_json.c */
/** False: it was refused. */
bool json_read(struct selection *s);
struct sql_value json_value(const struct cos_json *j);
struct sql_value json_find(const void *ctx, const struct sql_step *steps, size_t n);
/** The record as it was sent, without the blanks between its words. */
void json_put_compact(struct selection *s);
void json_put(struct selection *s, struct cos_span name, const struct sql_value *v, size_t i);

/* select_rows.c */
/** A record that passed; @record NULL: what was gathered. */
void rows_put(struct selection *s, const struct sql_record *record);

/* select_frames.c: into the body of the answer */
void frames_put_rows(struct selection *s);
/** Nothing to tell yet. */
void frames_put_cont(struct selection *s);
/** "Progress" or "Stats". */
void frames_put_count(struct selection *s, const char *element);
void frames_put_end(struct selection *s);
void frames_put_error(struct selection *s);

#endif
