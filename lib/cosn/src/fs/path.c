/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths and keys. A path is not percent-decoded: Fluss hands names over as they are, so "a%20b"
 * is a file with a percent sign.
 *
 * Refused, because such a key could not be reached again through a path, or the service refuses
 * it: "." and ".." components, invalid UTF-8, CAN SUB EM ESC, a leading backslash, more than
 * 850 bytes. A colon is an ordinary byte here (Hadoop's Path refuses it in relative names).
 * Sources: cos-wire.md s.2.0 (keys), s.1.1 ("./" collapses on the way); fluss-plugin.md s.6.1,
 * s.9.
 */
#include "fs/path.h"

#include "cosbase/alloc.h"
#include "cosbase/shown.h"
#include "cosbase/span.h"
#include "cosbase/utf8.h"
#include "wire/wire.h"

static int check_bytes(struct cos_span s, struct cosn_error *err)
{
    for (size_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x18 && c <= 0x1B) {
            return fail(err, COSN_E_INVALID,
                        "a path holds the control byte 0x%02x, which COS refuses in keys", c);
        }
        size_t step = cos_utf8_front(cos_span_from(s, i));
        if (step == 0) {
            return fail(err, COSN_E_INVALID, "a path is not valid UTF-8 at its byte %zu", i);
        }
        i += step;
    }
    return 0;
}

static int append_component(struct fs_path *out, struct cos_span name, struct cosn_error *err)
{
    if (cos_span_eq_str(name, ".") || cos_span_eq_str(name, "..")) {
        return fail(err, COSN_E_INVALID,
                    "a path has the component '" COS_SPAN_FMT "'; write it without",
                    COS_SPAN_ARG(name));
    }
    size_t slash = out->len > 0 ? 1 : 0;
    if (out->len + slash + name.len > PATH_KEY_MAX) {
        return fail(err, COSN_E_INVALID,
                    "a path makes a key of more than %d bytes, the longest COS takes",
                    PATH_KEY_MAX);
    }
    if (slash == 1) {
        out->key[out->len++] = '/';
    }
    memcpy(out->key + out->len, name.ptr, name.len);
    out->len += name.len;
    out->key[out->len] = '\0';
    return 0;
}

static int append_components(struct fs_path *out, struct cos_span rest, struct cosn_error *err)
{
    int r = check_bytes(rest, err);
    while (r == 0 && rest.ptr != NULL) {
        struct cos_span name = cos_span_cut(&rest, '/');
        r = name.len == 0 ? 0 : append_component(out, name, err);
    }
    if (r == 0 && out->key[0] == '\\') {
        return fail(err, COSN_E_INVALID, "a key may not start with a backslash");
    }
    return r;
}

/* The length of "scheme" when @s starts with "scheme://" (RFC 3986 s.3.1), else 0. */
static size_t scheme_length(const char *s)
{
    size_t n = 0;
    while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
           (n > 0 &&
            ((s[n] >= '0' && s[n] <= '9') || s[n] == '+' || s[n] == '.' || s[n] == '-'))) {
        n++;
    }
    return n > 0 && strncmp(s + n, "://", 3) == 0 ? n : 0;
}

static int split_spans(const char *uri, struct cos_span *bucket, struct cos_span *path,
                       struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    size_t n = scheme_length(uri);
    if (n == 0) {
        return fail(err, COSN_E_INVALID, "'%s' is not a URI; write cosn://<bucket>/<path>",
                    cos_shown_value(shown, cos_span_of(uri)));
    }
    if (n != 4 || strncmp(uri, "cosn", 4) != 0) {
        return fail_detail(err, COSN_E_UNSUPPORTED, COSN_D_SCHEME,
                           "the scheme '%s' is not served here, only 'cosn'",
                           cos_shown_value(shown, cos_span_make(uri, n)));
    }
    struct cos_span rest = cos_span_of(uri + n + 3);
    size_t slash = cos_span_chr(rest, '/');
    *bucket = slash == SIZE_MAX ? rest : cos_span_sub(rest, 0, slash);
    *path = slash == SIZE_MAX ? COS_SPAN_EMPTY : cos_span_from(rest, slash);
    if (bucket->len == 0) {
        return fail(err, COSN_E_INVALID,
                    "'%s' names no bucket; write cosn://<bucket-appid>/<path>",
                    cos_shown_uri(shown, cos_span_of(uri)));
    }
    if (cos_span_chr(*bucket, '@') != SIZE_MAX || cos_span_chr(*bucket, ':') != SIZE_MAX) {
        return fail(err, COSN_E_INVALID,
                    "'%s' has more than a bucket before its path; keys belong into "
                    "fs.cosn.userinfo.secretId and .secretKey, or COSN_SECRET_ID and "
                    "COSN_SECRET_KEY; write cosn://<bucket-appid>/<path>",
                    cos_shown_uri(shown, cos_span_of(uri)));
    }
    return 0;
}

int path_split_uri(const char *uri, char **out_bucket, char **out_path, struct cosn_error *err)
{
    struct cos_span bucket = COS_SPAN_EMPTY;
    struct cos_span path = COS_SPAN_EMPTY;
    int r = split_spans(uri, &bucket, &path, err);
    if (r < 0) {
        return r;
    }
    char *b = cos_strndup(bucket.ptr, bucket.len);
    char *p = cos_strndup(path.ptr, path.len);
    if (b == NULL || p == NULL) {
        cos_free(b);
        cos_free(p);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    *out_bucket = b;
    *out_path = p;
    return 0;
}

int path_resolve(struct fs_path *out, const char *bucket, const char *base, const char *path,
                 struct cosn_error *err)
{
    if (path == NULL || path[0] == '\0') {
        return fail(err, COSN_E_INVALID, "the path is empty; the root is '/'");
    }
    struct fs_path p = {.key = "", .len = 0};
    struct cos_span rest = cos_span_of(path);
    int r = 0;
    if (scheme_length(path) > 0) {
        struct cos_span authority;
        r = split_spans(path, &authority, &rest, err);
        if (r == 0 && !cos_span_eq_str(authority, bucket)) {
            char shown[COS_SHOWN_BYTES];
            r = fail(err, COSN_E_INVALID,
                     "'%s' is in another bucket; this filesystem is cosn://%s",
                     cos_shown_uri(shown, cos_span_of(path)), bucket);
        }
    } else if (path[0] != '/') {
        r = append_components(&p, cos_span_of(base), err);
    }
    if (r == 0) {
        r = append_components(&p, rest, err);
    }
    if (r == 0) {
        *out = p;
    }
    return r;
}

bool path_is_root(const struct fs_path *p)
{
    return p->len == 0;
}

bool path_dir_key(char out[PATH_KEY_MAX + 2], const struct fs_path *p)
{
    if (p->len >= PATH_KEY_MAX) {
        return false;
    }
    memcpy(out, p->key, p->len + 1);
    if (p->len > 0) {
        out[p->len] = '/';
        out[p->len + 1] = '\0';
    }
    return true;
}

void path_parent(struct fs_path *out, const struct fs_path *p)
{
    struct cos_span s = cos_span_make(p->key, p->len);
    size_t slash = cos_span_rchr(s, '/');
    size_t n = slash == SIZE_MAX ? 0 : slash;
    memmove(out->key, p->key, n);
    out->key[n] = '\0';
    out->len = n;
}

const char *path_name(const struct fs_path *p)
{
    const char *slash = strrchr(p->key, '/');
    return slash == NULL ? p->key : slash + 1;
}

bool path_is_within(const struct fs_path *p, const struct fs_path *dir)
{
    if (dir->len == 0) {
        return true;
    }
    return p->len >= dir->len && memcmp(p->key, dir->key, dir->len) == 0 &&
           (p->key[dir->len] == '\0' || p->key[dir->len] == '/');
}

int path_join(struct fs_path *out, const struct fs_path *dir, const char *name,
              struct cosn_error *err)
{
    struct fs_path p = *dir;
    int r = append_component(&p, cos_span_of(name), err);
    if (r == 0) {
        *out = p;
    }
    return r;
}
