/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads that were begun and neither completed nor aborted: what a process that was killed
 * leaves behind. They cost money and are in no list of objects.
 *
 * Those of a directory and those of a file have one prefix in common; its siblings' ("dir" and
 * "dir.bak") are sorted out here. A token that is scoped to what is below "dir" may list with
 * the prefix "dir/" only, so a refusal is followed by that question.
 * Sources: cos-wire.md s.2.1 (List MPUs, Abort); sts-cam.md s.4 (the resource of
 * ListMultipartUploads is the prefix).
 */
#include "fs/internal.h"

#include "cosbase/alloc.h"

struct upload_listing {
    struct cosn_fs *fs;
    const struct fs_path *at;
    int (*visit)(void *ctx, const struct cosn_upload *upload);
    void *ctx;
};

static int visit_page(const struct upload_listing *l, const struct client_uploads_page *page)
{
    int r = 0;
    for (size_t i = 0; i < page->n_items && r == 0; i++) {
        struct fs_path p = {.len = strlen(page->items[i].key)};
        if (p.len > PATH_KEY_MAX) {
            continue; /* no key of the service is as long */
        }
        memcpy(p.key, page->items[i].key, p.len + 1);
        if (!path_is_within(&p, l->at)) {
            continue;
        }
        char path[PATH_KEY_MAX + 3];
        (void)snprintf(path, sizeof(path), "/%s", p.key);
        struct cosn_upload upload = {.path = path,
                                     .key = page->items[i].key,
                                     .id = page->items[i].id,
                                     .initiated_unix_ms = page->items[i].initiated_unix_ms};
        r = l->visit(l->ctx, &upload);
    }
    return r;
}

static int list_prefix(const struct upload_listing *l, const char *prefix,
                       struct cosn_error *err)
{
    char *key = NULL, *id = NULL;
    int r = 0;
    do {
        struct client_uploads_page page;
        struct client_uploads_question question = {.prefix = prefix,
                                                   .key_marker = key,
                                                   .id_marker = id,
                                                   .max = FS_LIST_PAGE};
        r = client_list_uploads(l->fs->client, &question, &page, err);
        key = cos_free(key);
        id = cos_free(id);
        if (r < 0) {
            break;
        }
        r = visit_page(l, &page);
        key = page.next_key;
        id = page.next_id;
        page.next_key = page.next_id = NULL;
        client_uploads_page_deinit(&page);
    } while (r == 0 && key != NULL);
    cos_free(key);
    cos_free(id);
    return r;
}

int cosn_fs_list_uploads(struct cosn_fs *fs, const char *path,
                         int (*visit)(void *ctx, const struct cosn_upload *upload), void *ctx,
                         struct cosn_error *err)
{
    struct fs_path p;
    int r = fs_resolve(&p, fs, path, err);
    if (r < 0) {
        return r;
    }
    struct upload_listing l = {.fs = fs, .at = &p, .visit = visit, .ctx = ctx};
    struct cosn_error now = COSN_ERROR_INIT;
    r = list_prefix(&l, p.key, &now);
    char below[PATH_KEY_MAX + 2];
    bool is_scoped = r == COSN_E_DENIED && now.detail != COSN_D_AUTH && !path_is_root(&p);
    if (is_scoped && path_dir_key(below, &p)) {
        r = list_prefix(&l, below, &now);
    }
    if (r < 0 && err != NULL) {
        *err = now;
    }
    return r;
}

int cosn_fs_abort_upload(struct cosn_fs *fs, const struct cosn_upload *upload,
                         struct cosn_error *err)
{
    return client_multipart_abort(fs->client, upload->key, upload->id, err);
}
