/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the reader of world files (worldfile.c, worldfile_*.c): what it has read so
 * far, and the small checks that every part of it makes. */
#ifndef WORLD_WORLDFILE_INSIDE_H
#define WORLD_WORLDFILE_INSIDE_H

#include "cosbase/arena.h"
#include "cosbase/yaml.h"
#include "store/objects.h"
#include "store/rows.h"
#include "world/maps.h"
#include "world/rows.h"

struct differences;

/* A configuration of a bucket, as it is kept. */
struct document_draft {
    struct document_draft *next;
    enum bucket_document which;
    struct cos_span text;
};
/* An object of a bucket. */
struct file_object {
    struct file_object *next;
    struct cos_span key, bytes;
    struct cos_span acl, tags; /* as they are kept; ptr NULL: none */
    struct object_header *headers;
    size_t n_headers;
};
/* What becomes a bucket when the accounts are there. */
struct bucket_draft {
    struct bucket_draft *next;
    const struct cos_yaml *node;
    const struct cos_yaml *at; /* its name */
    const char *region;
    const struct user_row *owner;
    struct bucket *made;       /* a reference; NULL: not yet */
    struct cam_policy *policy; /* a reference; NULL: none */
    struct cos_span acl;       /* its text; ptr NULL: none */
    struct document_draft *first_document;
    struct file_object *first_object;
};
/* What the file has said so far. */
struct draft {
    struct batch *batch;
    struct map users;            /* uin -> struct user_row, in texts */
    uint64_t n_merged;           /* accounts, by an import */
    struct map keys;             /* secret ids: claimed */
    struct map buckets;          /* names */
    struct user_row *first_user; /* the first account; NULL: none yet */
    struct cos_span suffixes[WORLD_MAX_SUFFIXES];
    size_t n_suffixes;
    struct bucket_draft *first_bucket, *last_bucket;
    struct cos_buf made;  /* what was made up: pairs */
    struct cos_buf files; /* what was read besides: pairs of path and bytes */
    struct cos_arena texts;
};
/* A tenant begins anew: everything else goes, and what is there may come again. */
struct again {
    int64_t lives;
    struct cos_span was_made; /* what is left of what was made up at first: pairs */
};
struct loader {
    struct cosmock_tenant *t;
    const char *origin;
    const struct world_source *source;
    const struct cos_yaml *policies; /* the named ones */
    const struct cos_yaml *accounts;
    const struct cos_yaml *faults;
    const struct world_warner *warner;
    struct cosmock_error *err;
    struct draft *draft;
    bool is_comparison; /* nothing is made: what is there already is compared */
    bool is_import;     /* what is there stays, but for what the file says otherwise */
    bool is_built_in;
    struct again *again; /* NULL: a new tenant */
};

/* --- checks: 0, or a failure that *l->err tells (worldfile_read.c) --- */
/** What is wrong there, and what would be right. */
int worldfile_bad(const struct loader *l, const struct cos_yaml *at, const char *fmt, ...)
    COS_PRINTF(3, 4);
int worldfile_taken(const struct loader *l, const struct cos_yaml *at, bool by_this_world,
                    const char *what);
int worldfile_no_memory(const struct loader *l, const char *for_what);
/** @n, which may be NULL, must be of @kind. */
int worldfile_want(const struct loader *l, const struct cos_yaml *n, enum cos_yaml_kind kind,
                   const char *name);
/** A mapping whose keys are all in @known, "uin|appid|keys". */
int worldfile_want_map(const struct loader *l, const struct cos_yaml *n, const char *name,
                       const char *known);
/* A text that a world file may hold, and of what it is made. */
struct text_key {
    const char *key;
    bool is_optional;
    size_t max_bytes;
    const char *chars, *chars_name;
};
#define WORLDFILE_DIGITS "0123456789"
#define WORLDFILE_LOWER "abcdefghijklmnopqrstuvwxyz"
#define WORLDFILE_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
/** *out NULL when absent. */
int worldfile_text(const struct loader *l, const struct cos_yaml *map,
                   const struct text_key *text, const char **out);

/* --- accounts, users, roles, keys, policies (worldfile_accounts.c) --- */
int worldfile_check_policies(const struct loader *l);
/** A policy: JSON text, or the name of one below `policies`. @name is what verdicts call it if
 *  it has no name there, or is a bucket's. @pairs hears name and text; NULL: nobody does. */
int worldfile_load_policy(const struct loader *l, const struct cos_yaml *n,
                          enum cam_policy_use use, const char *name, struct cam_policy **out,
                          struct cos_buf *pairs);
int worldfile_load_account(const struct loader *l, const struct cos_yaml *n);
/** Of an import: into the batch, with what of CAM's catalog goes for it. */
int worldfile_merge_accounts(const struct loader *l);
/** The list below @list, which may be NULL, as it is kept (provider.c). */
int worldfile_load_providers(const struct loader *l, const struct cos_yaml *list,
                             struct cos_span *out);

/* --- buckets (worldfile_buckets.c) --- */
int worldfile_load_bucket(const struct loader *l, const struct cos_yaml *n);
/** The configurations of the bucket that @n describes (worldfile_documents.c). */
int worldfile_load_documents(const struct loader *l, const struct cos_yaml *n,
                             struct bucket_draft *b);
/** Those that speak of other buckets, now that all have been read. */
int worldfile_load_dependent(const struct loader *l);
#define WORLDFILE_DOCUMENTS                                                        \
    "versioning|tags|cors|lifecycle|website|encryption|referer|accelerate|origin|" \
    "object-lock|strict-signature|intelligenttiering|domain|logging|replication"
/** The bytes of a file beside the world file, which are kept with the world. */
int worldfile_read_file(const struct loader *l, const struct cos_yaml *n, struct cos_span *out);
/** A mapping of tags as it is kept, of @b or of an object in it. */
int worldfile_read_tags(const struct loader *l, const struct cos_yaml *map,
                        struct bucket_draft *b, struct cos_span *out);

/* --- objects (worldfile_objects.c) --- */
/** Those below @map, which may be NULL. */
int worldfile_load_objects(const struct loader *l, const struct cos_yaml *map,
                           struct bucket_draft *b);
/** Into the batch that makes their bucket. */
int worldfile_make_objects(const struct loader *l, const struct bucket_draft *b,
                           enum versioning versioning);
void worldfile_compare_objects(const struct differences *all, const struct bucket_draft *b);

/** Read the planted faults, or push them. */
int worldfile_faults(const struct loader *l, bool are_pushed);
/** Claims its name, and puts it into the batch. */
int worldfile_make_bucket(const struct loader *l, struct bucket_draft *b);

#endif
