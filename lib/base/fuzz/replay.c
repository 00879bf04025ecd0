/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives every file of a folder to a fuzz target: the corpora as plain tests. A folder without
 * files is a failure, so that a corpus that moved does not pass for one without findings.
 */
#include "fuzz.h"

#include "cosbase/file.h"

#include <dirent.h>

#define INPUT_MAX_BYTES (1u << 24)

static bool run_file(const char *folder, const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    struct cos_buf input;
    cos_buf_init(&input, INPUT_MAX_BYTES);
    bool is_read = cos_file_read(&input, path) == 0;
    if (is_read) {
        (void)LLVMFuzzerTestOneInput((const uint8_t *)cos_buf_cstr(&input), input.len);
    }
    cos_buf_deinit(&input);
    return is_read;
}

static int run_folder(DIR *folder, const char *name)
{
    int n = 0;

    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        n += entry->d_name[0] != '.' && run_file(name, entry->d_name);
    }
    return n;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

    if (folder == NULL) {
        (void)fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    int n = run_folder(folder, argv[1]);
    (void)closedir(folder);
    (void)printf("%d inputs replayed\n", n);
    return n > 0 ? 0 : 1;
}
