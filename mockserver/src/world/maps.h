/* SPDX-License-Identifier: Apache-2.0 */
/* What a tenant's lock guards, and how the files of this room put things in. */
#ifndef WORLD_MAPS_H
#define WORLD_MAPS_H

#include "world/map.h"
#include "world/world.h"

#define WORLD_MAX_SUFFIXES 16
#define WORLD_MAX_TEMPORARY_KEYS 100000

struct switch_text; /* switches.c */
struct world_maps {
    struct map keys;  /* secret id -> struct access_key (a reference) */
    struct map users; /* uin -> struct user (a reference) */
    /* name -> struct bucket (a reference); guarded by the registry's lock */
    struct map buckets;
    /* ring of the temporary keys by age, so that old ones can be forgotten */
    struct access_key **temporary;
    size_t n_temporary, first_temporary;
    /* NULL-terminated; written while the world is loaded only */
    char *suffixes[WORLD_MAX_SUFFIXES + 1];
    size_t n_suffixes;
    struct user *first_user;      /* the first root account; borrowed from users */
    struct access_key *first_key; /* of it; borrowed from keys; may be NULL */
    struct bucket *first_bucket;  /* a reference */
    char info_suffix[128];
    uint64_t birth_number;
    struct switch_text *texts;     /* guarded by the tenant's lock; kept until the end */
    const char *text_of[SWITCHES]; /* atomic; numeric switches that were set: the text given */
    bool is_open;  /* guarded by the registry's lock: look-ups may answer with this tenant */
    bool has_left; /* guarded by the registry's lock: it may claim no name any more */
};

struct tenant_faults *faults_new(void);
struct tenant_faults *faults_free(struct tenant_faults *f);
struct tenant_journal *journal_new(size_t max_entries, uint64_t max_bytes);
struct tenant_journal *journal_free(struct tenant_journal *j);
void maps_deinit(struct world_maps *maps);

struct user_names {
    const char *uin, *owner_uin, *appid, *name;
};
/** A root account (uin == owner_uin) or a sub-account. 0, or a cosmock_status with err filled.
 *  *out borrowed from the world. */
int world_user_add(struct cosmock_tenant *t, struct user **out, const struct user_names *names,
                   struct cosmock_error *err);
/** A permanent key; NULL id or secret: made up. */
int world_key_add(struct cosmock_tenant *t, struct user *user, const char *secret_id,
                  const char *secret_key, struct cosmock_error *err);
/** Takes the references in @policies. */
int world_user_policies_replace(struct cosmock_tenant *t, struct user *user,
                                struct cam_policy *const *policies, size_t n,
                                struct cosmock_error *err);
#define WORLD_POLICY_NAME_BYTES 64
/** What a policy that nobody named is called: "no. 2 of uin 100000000011". */
void world_policy_number(char out[WORLD_POLICY_NAME_BYTES], size_t number, const char *uin);
/** A reference, or NULL. */
struct bucket *world_bucket_of(struct cosmock_tenant *t, const char *name);
void switches_reset(struct cosmock_tenant *t);
void switch_texts_free(struct switch_text *texts);

#endif
