/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams of the table. A closed handle keeps answering until it is freed: CLOSED for what
 * needs a stream, the last position for what does not, and OK for another close.
 * Sources: include/cosn/plugin.h; fluss-plugin.md s.9 (close, getPos, end of file);
 * requirements FS-010..015, FS-023..026.
 */
#include "plugin/internal.h"

#include "cosbase/alloc.h"
#include "fs/internal.h"

struct cosn_plugin_in {
    struct cosn_plugin_fs *fs;
    struct cosn_reader *reader; /* NULL: closed */
    int64_t last_position;
};

struct cosn_plugin_out {
    struct cosn_plugin_fs *fs;
    struct cosn_writer *writer;
    bool is_closed;
};

static int closed(struct cosn_plugin_error *e)
{
    return plugin_refuse(e, COSN_PLUGIN_CLOSED, "the stream is closed");
}

/* --- in --- */

int plugin_open_in(struct cosn_plugin_fs *fs, const char *path, struct cosn_plugin_in **out,
                   struct cosn_plugin_error *e)
{
    struct cosn_plugin_in *in = cos_calloc(1, sizeof(*in));
    if (in == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_NOMEM, "out of memory");
    }
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_fs_open_read(fs->fs, &in->reader, path, &err) < 0) {
        cos_free(in);
        return plugin_fail(e, &err, PHASE_USE);
    }
    in->fs = plugin_fs_hold(fs);
    *out = in;
    return COSN_PLUGIN_OK;
}

int plugin_read(struct cosn_plugin_in *in, void *buf, size_t cap, int64_t *n,
                struct cosn_plugin_error *e)
{
    if (in->reader == NULL) {
        return closed(e);
    }
    struct cosn_error err = COSN_ERROR_INIT;
    size_t got = 0;
    if (cosn_reader_read(in->reader, buf, cap, &got, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    *n = got == 0 && cap > 0 ? -1 : (int64_t)got;
    return COSN_PLUGIN_OK;
}

int plugin_seek(struct cosn_plugin_in *in, int64_t pos, struct cosn_plugin_error *e)
{
    if (in->reader == NULL) {
        return closed(e);
    }
    struct cosn_error err = COSN_ERROR_INIT;
    if (cosn_reader_seek(in->reader, pos, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    return COSN_PLUGIN_OK;
}

int plugin_in_pos(struct cosn_plugin_in *in, int64_t *pos, struct cosn_plugin_error *e)
{
    (void)e;
    *pos = in->reader == NULL ? in->last_position : cosn_reader_position(in->reader);
    return COSN_PLUGIN_OK;
}

int plugin_close_in(struct cosn_plugin_in *in)
{
    if (in->reader != NULL) {
        in->last_position = cosn_reader_position(in->reader);
        in->reader = cosn_reader_free(in->reader);
    }
    return COSN_PLUGIN_OK;
}

void plugin_free_in(struct cosn_plugin_in *in)
{
    if (in == NULL) {
        return;
    }
    (void)plugin_close_in(in);
    plugin_close_fs(in->fs);
    cos_free(in);
}

/* --- out --- */

int plugin_open_out(struct cosn_plugin_fs *fs, const char *path, uint32_t flags,
                    struct cosn_plugin_out **out, struct cosn_plugin_error *e)
{
    if ((flags & ~COSN_PLUGIN_OVERWRITE) != 0) {
        return plugin_refuse(e, COSN_PLUGIN_UNSUPPORTED,
                             "only creating and overwriting are supported; an object cannot be "
                             "appended to");
    }
    struct cosn_plugin_out *o = cos_calloc(1, sizeof(*o));
    if (o == NULL) {
        return plugin_refuse(e, COSN_PLUGIN_NOMEM, "out of memory");
    }
    struct cosn_error err = COSN_ERROR_INIT;
    int r = (flags & COSN_PLUGIN_OVERWRITE) != 0
                ? fs_create_over(fs->fs, &o->writer, path, &err)
                : cosn_fs_create(fs->fs, &o->writer, path, /* overwrite= */ false, &err);
    if (r < 0) {
        cos_free(o);
        return plugin_fail(e, &err, PHASE_USE);
    }
    o->fs = plugin_fs_hold(fs);
    *out = o;
    return COSN_PLUGIN_OK;
}

int plugin_write(struct cosn_plugin_out *out, const void *buf, size_t n,
                 struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    int r = cosn_writer_write(out->writer, buf, n, &err);
    if (r < 0) {
        return out->is_closed ? closed(e) : plugin_fail(e, &err, PHASE_USE);
    }
    return COSN_PLUGIN_OK;
}

int plugin_flush(struct cosn_plugin_out *out, struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    int r = cosn_writer_flush(out->writer, &err);
    if (r < 0) {
        return out->is_closed ? closed(e) : plugin_fail(e, &err, PHASE_USE);
    }
    return COSN_PLUGIN_OK;
}

int plugin_out_pos(struct cosn_plugin_out *out, int64_t *pos, struct cosn_plugin_error *e)
{
    (void)e;
    *pos = cosn_writer_position(out->writer);
    return COSN_PLUGIN_OK;
}

int plugin_close_out(struct cosn_plugin_out *out, struct cosn_plugin_error *e)
{
    struct cosn_error err = COSN_ERROR_INIT;
    out->is_closed = true;
    if (cosn_writer_commit(out->writer, &err) < 0) {
        return plugin_fail(e, &err, PHASE_USE);
    }
    return COSN_PLUGIN_OK;
}

void plugin_free_out(struct cosn_plugin_out *out)
{
    if (out == NULL) {
        return;
    }
    (void)cosn_writer_free(out->writer);
    plugin_close_fs(out->fs);
    cos_free(out);
}
