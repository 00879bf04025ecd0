/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over every file of the folder given: how the corpora become plain tests.
 * It must find files, so that a moved corpus cannot pass for a clean one.
 */
#include "cosbase/file.h"

#include <dirent.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int replay(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    struct cos_buf bytes;
    cos_buf_init(&bytes, 1u << 24);
    int r = cos_file_read(&bytes, path);
    if (r == 0) {
        struct cos_span view = cos_buf_view(&bytes);
        (void)LLVMFuzzerTestOneInput((const uint8_t *)view.ptr, view.len);
    }
    cos_buf_deinit(&bytes);
    return r;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    int n_files = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            n_files += replay(argv[1], entry->d_name) == 0;
        }
    }
    (void)closedir(folder);
    (void)printf("%d inputs replayed\n", n_files);
    return n_files > 0 ? 0 : 1;
}
