/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of few and small files, as bytes. */
#include "image.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES ((size_t)8 << 20)
#define PAGE_BYTES ((size_t)4096)

/* --- taking --- */

static bool read_bytes(struct image_file *f, const char *path, size_t n)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    f->n = n;
    f->bytes = cos_malloc(n + 1);
    bool is_read = fd >= 0 && f->bytes != NULL && read(fd, f->bytes, n) == (ssize_t)n;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_read;
}

static bool take_one(struct image *out, const char *folder, const char *name);

static bool take_all(struct image *out, const char *folder, const char *below)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, below);
    DIR *dir = opendir(path);
    bool is_taken = dir != NULL;
    for (const struct dirent *e; is_taken && (e = readdir(dir)) != NULL;) {
        char name[320];
        (void)snprintf(name, sizeof(name), "%s%s%s", below, below[0] == '\0' ? "" : "/",
                       e->d_name);
        bool is_dots = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
        is_taken = is_dots || take_one(out, folder, name);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return is_taken;
}

static bool take_one(struct image *out, const char *folder, const char *name)
{
    char path[512];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (out->n == IMAGE_FILES_MAX || strlen(name) >= sizeof(out->files[0].name) ||
        lstat(path, &st) < 0 || st.st_size > (off_t)FILE_MAX_BYTES) {
        return false;
    }
    struct image_file *f = &out->files[out->n++];
    *f = (struct image_file){.kind = S_ISDIR(st.st_mode)   ? IMAGE_FOLDER
                                     : S_ISLNK(st.st_mode) ? IMAGE_LINK
                                     : S_ISREG(st.st_mode) ? IMAGE_FILE
                                                           : IMAGE_PIPE};
    memcpy(f->name, name, strlen(name));
    return f->kind == IMAGE_FOLDER ? take_all(out, folder, name)
           : f->kind == IMAGE_FILE ? read_bytes(f, path, (size_t)st.st_size)
                                   : true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct image_file *)a)->name, ((const struct image_file *)b)->name);
}

bool image_take(struct image *out, const char *folder)
{
    *out = (struct image){.n = 0};
    bool is_taken = take_all(out, folder, "");
    qsort(out->files, out->n, sizeof(out->files[0]), compare_names);
    return is_taken;
}

struct image image_borrow(const struct image *from)
{
    struct image image = *from;
    for (size_t i = 0; i < image.n; i++) {
        image.files[i].is_borrowed = true;
    }
    return image;
}

void image_deinit(struct image *image)
{
    for (size_t i = 0; i < image->n; i++) {
        if (!image->files[i].is_borrowed) {
            cos_free(image->files[i].bytes);
        }
    }
    image->n = 0;
}

void image_add(struct image *image, const char *name)
{
    if (image_find(image, name) == NULL && image->n < IMAGE_FILES_MAX) {
        struct image_file *f = &image->files[image->n++];
        *f = (struct image_file){.kind = IMAGE_ABSENT};
        (void)snprintf(f->name, sizeof(f->name), "%s", name);
    }
}

struct image_file *image_find(struct image *image, const char *name)
{
    for (size_t i = 0; i < image->n; i++) {
        if (strcmp(image->files[i].name, name) == 0) {
            return &image->files[i];
        }
    }
    return NULL;
}

/* --- laying --- */

static bool lay_bytes(const struct image_file *f, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_laid = fd >= 0 && write(fd, f->bytes == NULL ? (const uint8_t *)"" : f->bytes,
                                    f->n) == (ssize_t)f->n;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_laid;
}

static bool lay_one(const struct image_file *f, const char *path)
{
    switch (f->kind) {
    case IMAGE_ABSENT:
        return true;
    case IMAGE_FILE:
        return lay_bytes(f, path);
    case IMAGE_FOLDER:
        return mkdir(path, 0700) == 0;
    case IMAGE_LINK:
        return symlink("elsewhere", path) == 0;
    case IMAGE_PIPE:
        return mkfifo(path, 0600) == 0;
    }
    return false;
}

bool image_lay(const struct image *image, const char *folder)
{
    char path[512];
    for (size_t i = 0; i < image->n; i++) {
        const struct image_file *f = &image->files[i];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, f->name);
        struct stat st;
        char *slash = strrchr(path, '/');
        *slash = '\0';
        bool has_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode); /* it may be gone */
        *slash = '/';
        if (has_folder && !lay_one(f, path)) {
            return false;
        }
    }
    return true;
}

/* --- harm --- */

static uint8_t take_byte(struct cos_span *recipe)
{
    uint8_t byte = 0;
    if (recipe->len > 0) {
        byte = (uint8_t)recipe->ptr[0];
        *recipe = cos_span_make(recipe->ptr + 1, recipe->len - 1);
    }
    return byte;
}

/* Below @limit, which may be 0. */
static size_t take_place(struct cos_span *recipe, size_t limit)
{
    size_t place = 0;
    for (int i = 0; i < 3; i++) {
        place = place << 8 | take_byte(recipe);
    }
    return limit == 0 ? 0 : place % limit;
}

/* So many bytes as the next one says, as far as there are any. */
static struct cos_span take_bytes(struct cos_span *recipe)
{
    size_t n = take_byte(recipe);
    struct cos_span bytes = cos_span_make(recipe->ptr, n < recipe->len ? n : recipe->len);
    *recipe = cos_span_make(recipe->ptr + bytes.len, recipe->len - bytes.len);
    return bytes;
}

/* The bytes are this image's. */
static void own(struct image_file *f)
{
    if (f->is_borrowed) {
        uint8_t *mine = cos_malloc(f->n + 1);
        if (mine != NULL && f->n > 0) {
            memcpy(mine, f->bytes, f->n);
        }
        f->n = mine == NULL ? 0 : f->n;
        f->bytes = mine;
        f->is_borrowed = false;
    }
}

static void resize(struct image_file *f, size_t n)
{
    uint8_t *more = cos_realloc_array(f->bytes, n + 1, 1);
    if (more != NULL) {
        f->bytes = more;
        f->n = n;
    }
}

static void write_some(struct image_file *f, struct cos_span *recipe)
{
    size_t at = take_place(recipe, f->n);
    struct cos_span bytes = take_bytes(recipe);
    size_t n = bytes.len < f->n - at ? bytes.len : f->n - at;
    if (n > 0) {
        memcpy(f->bytes + at, bytes.ptr, n);
    }
}

static void flip_a_bit(struct image_file *f, struct cos_span *recipe)
{
    size_t at = take_place(recipe, f->n);
    uint8_t bit = take_byte(recipe);
    if (f->n > 0) {
        f->bytes[at] ^= (uint8_t)(1u << bit % 8);
    }
}

static void cut(struct image_file *f, struct cos_span *recipe)
{
    size_t n = take_place(recipe, f->n);
    f->n = n < f->n ? n : f->n;
}

static void lengthen(struct image_file *f, struct cos_span *recipe)
{
    struct cos_span bytes = take_bytes(recipe);
    size_t at = f->n;
    resize(f, at + bytes.len);
    if (f->n > at) {
        memcpy(f->bytes + at, bytes.ptr, bytes.len);
    }
}

static void replace(struct image_file *f, struct cos_span *recipe)
{
    f->n = 0;
    f->kind = IMAGE_FILE;
    lengthen(f, recipe);
}

/* A page over another, or both in each other's place. */
static void mix_pages(struct image_file *f, struct cos_span *recipe)
{
    bool is_swap = (take_byte(recipe) & 1) != 0;
    size_t a = take_place(recipe, f->n / PAGE_BYTES) * PAGE_BYTES;
    size_t b = take_place(recipe, f->n / PAGE_BYTES) * PAGE_BYTES;
    uint8_t page[PAGE_BYTES];
    if (f->n >= PAGE_BYTES && a != b) {
        memcpy(page, f->bytes + a, PAGE_BYTES);
        memcpy(f->bytes + a, f->bytes + b, PAGE_BYTES);
        if (is_swap) {
            memcpy(f->bytes + b, page, PAGE_BYTES);
        }
    }
}

static void change_kind(struct image_file *f, struct cos_span *recipe)
{
    static const enum image_kind kinds[] = {IMAGE_ABSENT, IMAGE_FILE, IMAGE_FOLDER, IMAGE_LINK,
                                            IMAGE_PIPE};
    f->kind = kinds[take_byte(recipe) % COS_ARRAY_LEN(kinds)];
}

void image_harm(struct image *image, struct cos_span recipe,
                void (*harmed)(void *ctx, const char *name), void *ctx)
{
    static void (*const ways[])(struct image_file *, struct cos_span *) = {
        write_some, flip_a_bit, cut, lengthen, replace, mix_pages, change_kind,
    };
    while (recipe.len > 0 && image->n > 0) {
        uint8_t way = take_byte(&recipe);
        struct image_file *f = &image->files[take_byte(&recipe) % image->n];
        own(f);
        ways[way % COS_ARRAY_LEN(ways)](f, &recipe);
        harmed(ctx, f->name);
    }
}
