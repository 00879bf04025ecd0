/* SPDX-License-Identifier: Apache-2.0 */
/* What the documents say a bucket does; model.h says which. */
#include "model.h"

#include <stdio.h>
#include <string.h>

#define CHINA_MS (8 * HOUR_MS) /* where days begin: ahead of UTC */

void model_init(struct model *m, struct bodies *bodies, int64_t now)
{
    static const char *const names[MODEL_KEYS] = {"a", "b", "b/", "b/1", "b/2"};
    memset(m, 0, sizeof(*m));
    m->bodies = bodies;
    m->now = now;
    m->acl = PRIVATE;
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        m->keys[i].name = names[i];
    }
}

/* --- what there is --- */

size_t model_find(const struct key *k, const char *id)
{
    size_t i = 0;
    while (i < k->n && strcmp(k->versions[i].id, id) != 0) {
        i++;
    }
    return i;
}

/* k->n: nothing is served. */
static size_t served(const struct key *k, const char *id)
{
    size_t i = id == NULL ? 0 : model_find(k, id);
    return i < k->n && !k->versions[i].is_marker ? i : k->n;
}

const struct version *model_served(const struct key *k, const char *id)
{
    size_t i = served(k, id);
    return i < k->n ? &k->versions[i] : NULL;
}

struct version *model_changed(struct key *k, const char *id)
{
    size_t i = served(k, id);
    return i < k->n ? &k->versions[i] : NULL;
}

bool model_is_locked(const struct model *m, const struct version *v)
{
    return v != NULL && v->is.until > m->now;
}

bool model_is_archived(const struct version *v)
{
    return v->is.class >= ARCHIVE;
}

bool model_is_running(const struct model *m, const struct version *v)
{
    return v->restore.asked_at != 0 && m->now < v->restore.done_at;
}

bool model_is_restored(const struct model *m, const struct version *v)
{
    return v->restore.asked_at != 0 && m->now >= v->restore.done_at &&
           m->now < v->restore.ends_at;
}

/* What a write without a version takes the place of. */
static const struct version *replaced(const struct model *m, const struct key *k)
{
    return m->versioning == NEVER     ? model_served(k, NULL)
           : m->versioning == ENABLED ? NULL
                                      : model_served(k, "null");
}

static bool is_marker(const struct key *k, const char *id)
{
    size_t i = id == NULL ? k->n : model_find(k, id);
    return i < k->n && k->versions[i].is_marker;
}

/* --- what may be refused --- */

void model_refuse(struct refusals *r, int status, const char *code)
{
    r->rows[r->n].status = status;
    r->rows[r->n++].code = code;
}

static void refuse_locked(const struct model *m, const struct version *v, struct refusals *r)
{
    if (model_is_locked(m, v)) {
        model_refuse(r, 409, "ObjectLocked");
    }
}

static void refuse_unrestored(const struct model *m, const struct version *v,
                              struct refusals *r)
{
    if (v != NULL && model_is_archived(v) && !model_is_restored(m, v)) {
        model_refuse(r, 403, "InvalidObjectState");
    }
}

void model_refuse_read(const struct model *m, const struct key *k, const char *id,
                       struct refusals *r)
{
    const struct version *v = model_served(k, id);
    if (v == NULL) {
        bool is_open = id != NULL && (k->n == 0 || is_marker(k, id));
        model_refuse(r, 404, is_open ? NULL : id == NULL ? "NoSuchKey" : "NoSuchVersion");
    }
    refuse_unrestored(m, v, r);
}

void model_refuse_source(const struct model *m, const struct key *k, const char *id,
                         struct refusals *r)
{
    const struct version *v = model_served(k, id);
    if (v == NULL) {
        model_refuse(r, is_marker(k, id) ? 400 : 404, NULL);
    } else if (v->is_appendable) {
        model_refuse(r, 400, "InvalidRequest");
    }
    refuse_unrestored(m, v, r);
}

void model_refuse_write(const struct model *m, const struct key *k, const struct traits *is,
                        bool forbids_overwrite, struct refusals *r)
{
    refuse_locked(m, replaced(m, k), r);
    if (is->until != 0 && !m->has_lock) {
        model_refuse(r, 400, "InvalidRequest");
    }
    if (forbids_overwrite && m->versioning == NEVER && model_served(k, NULL) != NULL) {
        model_refuse(r, 409, "FileAlreadyExists");
    }
}

void model_refuse_delete(const struct model *m, const struct key *k, const char *id,
                         struct refusals *r)
{
    refuse_locked(m, id == NULL ? replaced(m, k) : model_served(k, id), r);
}

/* The latest grows; where it is a marker, or nothing, the version without an id is replaced. */
void model_refuse_append(const struct model *m, const struct key *k, size_t position,
                         struct refusals *r)
{
    const struct version *v = model_served(k, NULL);
    size_t length = v == NULL ? 0 : body_text(m->bodies, v->body).len;
    if (v != NULL && !v->is_appendable) {
        model_refuse(r, 409, "ObjectNotAppendable");
    }
    if (position != length) {
        model_refuse(r, 409, "AppendPositionErr");
    }
    refuse_locked(m, v == NULL ? model_served(k, "null") : v, r);
}

void model_refuse_change(const struct model *m, const struct key *k, const char *id,
                         bool writes, struct refusals *r)
{
    const struct version *v = model_served(k, id);
    if (is_marker(k, id)) {
        model_refuse(r, 405, NULL);
    }
    if (v == NULL) {
        model_refuse(r, 404, id == NULL ? "NoSuchKey" : NULL);
    }
    if (writes) {
        refuse_locked(m, v, r);
    }
}

void model_refuse_restore(const struct model *m, const struct key *k, const char *id,
                          enum tier tier, struct refusals *r)
{
    const struct version *v = model_served(k, id);
    if (v == NULL) {
        model_refuse_change(m, k, id, /* writes= */ false, r);
        return;
    }
    bool is_deep = v->is.class == DEEP_ARCHIVE;
    if (!model_is_archived(v)) {
        model_refuse(r, 405, "RestoreNonArchiveObject");
    }
    if (is_deep && tier == EXPEDITED) {
        model_refuse(r, 400, NULL);
    }
    if (model_is_running(m, v) && !(is_deep && tier < v->restore.tier)) {
        model_refuse(r, 409, "RestoreAlreadyInProgress");
    }
}

/* The list of the folder b/ stands between those of its objects and the bucket's. */
static bool is_public(const struct model *m, const struct key *k, const struct version *v)
{
    const struct key *folder = &m->keys[2];
    enum canned acl = v->is.acl;
    if (acl == DEFAULT && strncmp(k->name, folder->name, 2) == 0 && k != folder) {
        const struct version *f = model_served(folder, NULL);
        acl = f == NULL ? DEFAULT : f->is.acl;
    }
    return (acl == DEFAULT ? m->acl : acl) == PUBLIC_READ;
}

void model_refuse_stranger(const struct model *m, const struct key *k, const char *id,
                           struct refusals *r)
{
    const struct version *v = model_served(k, id);
    if (v == NULL || !is_public(m, k, v)) {
        model_refuse(r, 403, "AccessDenied");
    }
    model_refuse_read(m, k, id, r);
}

/* --- what happens --- */

void model_remove(struct key *k, size_t i)
{
    k->n--;
    memmove(&k->versions[i], &k->versions[i + 1], (k->n - i) * sizeof(k->versions[0]));
}

static struct version *add(const struct model *m, struct key *k, const char *id)
{
    if (k->n == MODEL_VERSIONS) {
        return NULL;
    }
    memmove(&k->versions[1], &k->versions[0], k->n * sizeof(k->versions[0]));
    k->n++;
    k->versions[0] = (struct version){.born = m->now};
    (void)snprintf(k->versions[0].id, sizeof(k->versions[0].id), "%s", id);
    return &k->versions[0];
}

struct version *model_add_without_id(const struct model *m, struct key *k)
{
    size_t null = model_find(k, "null");
    if (null < k->n) {
        model_remove(k, null);
    }
    return add(m, k, "null");
}

struct version *model_add(const struct model *m, struct key *k, const char *id)
{
    return m->versioning == ENABLED ? add(m, k, id) : model_add_without_id(m, k);
}

bool model_cover(struct model *m, struct key *k, const char *id)
{
    if (m->versioning == NEVER) {
        k->n = 0;
        return true;
    }
    struct version *marker = model_add(m, k, id);
    if (marker != NULL) {
        marker->is_marker = true;
    }
    return marker != NULL;
}

static int64_t midnight_from(int64_t unix_ms)
{
    return (unix_ms + CHINA_MS + DAY_MS - 1) / DAY_MS * DAY_MS - CHINA_MS;
}

/* The ends of the published ranges. */
void model_restore(const struct model *m, struct version *v, enum tier tier, int days)
{
    static const int64_t takes_ms[][3] = {
        {5 * MINUTE_MS, 5 * HOUR_MS, 12 * HOUR_MS},
        {0, 24 * HOUR_MS, 48 * HOUR_MS},
    };
    if (model_is_restored(m, v)) {
        v->restore.ends_at = midnight_from(m->now + days * DAY_MS);
        return;
    }
    int64_t done = m->now + takes_ms[v->is.class == DEEP_ARCHIVE][tier];
    v->restore = (struct restore){.tier = tier,
                                  .asked_at = m->now,
                                  .done_at = done,
                                  .ends_at = midnight_from(done + days * DAY_MS)};
}

/* --- a midnight under the rules --- */

static bool is_due(int64_t midnight, int64_t since, int days)
{
    return days > 0 && midnight - since >= days * DAY_MS;
}

static bool is_for(const struct rule *r, const struct key *k, const struct version *v)
{
    return strncmp(k->name, r->prefix, strlen(r->prefix)) == 0 &&
           (r->tags == 0 || (v != NULL && v->is.tags == r->tags));
}

/* The days of the earliest rule of the kind; 0: there is none. */
static int days_of(const struct model *m, enum rule_kind kind, const struct key *k,
                   const struct version *v)
{
    int days = 0;
    for (size_t i = 0; i < m->n_rules; i++) {
        const struct rule *r = &m->rules[i];
        if (r->kind == kind && is_for(r, k, v) && (days == 0 || r->days < days)) {
            days = r->days;
        }
    }
    return days;
}

/* Appendable objects take no part, and what is locked waits. */
static bool is_free(const struct version *v, int64_t midnight)
{
    return !v->is_appendable && v->is.until <= midnight;
}

/* To the coldest class that is due, and only to a colder one; nothing below 64 KiB. */
static void move(const struct model *m, enum rule_kind kind, const struct key *k,
                 struct version *v, int64_t midnight, int64_t since)
{
    if (v->is_marker || !is_free(v, midnight) ||
        body_text(m->bodies, v->body).len < BODY_BIG_BYTES) {
        return;
    }
    for (size_t i = 0; i < m->n_rules; i++) {
        const struct rule *r = &m->rules[i];
        if (r->kind == kind && is_for(r, k, v) && is_due(midnight, since, r->days) &&
            r->class > v->is.class) {
            v->is.class = r->class;
        }
    }
}

static bool are_all_markers(const struct key *k)
{
    size_t n = 0;
    while (n < k->n && k->versions[n].is_marker) {
        n++;
    }
    return n == k->n;
}

/* Markers and nothing else: several go but for the latest, and a single one. */
static bool drop_markers(const struct model *m, struct key *k, int64_t midnight)
{
    if (k->n == 0 || !are_all_markers(k)) {
        return false;
    }
    bool goes =
        days_of(m, RULE_MARKERS_GO, k, NULL) > 0 ||
        (k->n == 1 && is_due(midnight, k->versions[0].born, days_of(m, RULE_OLD_GO, k, NULL)));
    if (goes) {
        k->n = k->n == 1 ? 0 : 1;
    }
    return goes;
}

/* Everything is judged by what there was before. */
static bool pass_midnight(struct model *m, struct key *k, int64_t midnight)
{
    const struct version *latest = model_served(k, NULL);
    bool is_over = latest != NULL && is_free(latest, midnight) &&
                   is_due(midnight, latest->born, days_of(m, RULE_EXPIRE, k, latest));
    for (size_t i = k->n; i-- > 1;) {
        struct version *v = &k->versions[i];
        int64_t since = k->versions[i - 1].born;
        if (is_due(midnight, since, days_of(m, RULE_OLD_GO, k, v)) && is_free(v, midnight)) {
            model_remove(k, i);
        } else {
            move(m, RULE_OLD_MOVE, k, v, midnight, since);
        }
    }
    if (latest != NULL && !is_over) {
        move(m, RULE_MOVE, k, &k->versions[0], midnight, k->versions[0].born);
    }
    while (m->versioning != NEVER && drop_markers(m, k, midnight)) {
    }
    return !is_over || model_cover(m, k, MODEL_UNKNOWN_ID);
}

bool model_pass(struct model *m, int64_t until)
{
    int64_t midnight = midnight_from(m->now + 1);
    for (; midnight <= until; midnight += DAY_MS) {
        m->now = midnight;
        for (size_t i = 0; i < MODEL_KEYS; i++) {
            if (!pass_midnight(m, &m->keys[i], midnight)) {
                return false;
            }
        }
        for (size_t i = 0; i < MODEL_UPLOADS; i++) {
            struct upload *u = &m->uploads[i];
            if (u->id[0] != '\0' &&
                is_due(midnight, u->born, days_of(m, RULE_ABORT, &m->keys[u->key], NULL))) {
                u->id[0] = '\0';
            }
        }
    }
    m->now = until;
    return true;
}
