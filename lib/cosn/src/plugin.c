/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin build's only export: cosn_plugin_entry() and the table it returns. What stands in
 * the table is in plugin/.
 *
 * A host asks with the ABI it was built for. Another major number is refused with NULL; a newer
 * minor is fine, because members are only appended and the table carries its own size.
 * Sources: include/cosn/plugin.h; conformance.md s.3 (capabilities), requirement PLUG-012.
 */
#include "plugin/internal.h"

static const char *const schemes[] = {"cosn", NULL};

static const char *const capabilities[] = {
    "fs",          "fs.streams",       "token.obtain",  "token.apply", "refresh",
    "config.yaml", "config.providers", "clock.virtual", "err.typed",   NULL,
};

static const struct cosn_plugin_table table = {
    .struct_size = sizeof(struct cosn_plugin_table),
    .abi_major = COSN_PLUGIN_ABI_MAJOR,
    .abi_minor = COSN_PLUGIN_ABI_MINOR,
    .name = "libcosn",
    .version = COS_VERSION,
    .vendor = "cos-lab",
    .schemes = schemes,
    .capabilities = capabilities,
    .create = plugin_create,
    .destroy = plugin_destroy,
    .load_config = plugin_load_config,
    .open_fs = plugin_open_fs,
    .close_fs = plugin_close_fs,
    .fs_uri = plugin_fs_uri,
    .stat = plugin_stat,
    .list = plugin_list,
    .mkdirs = plugin_mkdirs,
    .remove = plugin_remove,
    .rename = plugin_rename,
    .open_in = plugin_open_in,
    .read = plugin_read,
    .seek = plugin_seek,
    .in_pos = plugin_in_pos,
    .close_in = plugin_close_in,
    .free_in = plugin_free_in,
    .open_out = plugin_open_out,
    .write = plugin_write,
    .flush = plugin_flush,
    .out_pos = plugin_out_pos,
    .close_out = plugin_close_out,
    .free_out = plugin_free_out,
    .obtain_token = plugin_obtain_token,
    .apply_token = plugin_apply_token,
    .manager_start = plugin_manager_start,
    .manager_step = plugin_manager_step,
    .manager_stop = plugin_manager_stop,
    .exists = plugin_exists,
};

__attribute__((visibility("default"))) const struct cosn_plugin_table *
cosn_plugin_entry(uint16_t abi_major, uint16_t abi_minor)
{
    (void)abi_minor;
    return abi_major == COSN_PLUGIN_ABI_MAJOR ? &table : NULL;
}
