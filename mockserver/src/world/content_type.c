/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Content-Type of an object whose client sent none: the service takes it from the extension
 * of the key ("a.zip" is application/zip), say the maintainers of its SDKs (cos-js-sdk-v5#40,
 * cos-php-sdk-v5#113), and the Node suite asserts it. Which list it has is not known; this one
 * is an extract of Debian's media-types 10.0.0 (/etc/mime.types): what people store. It is not
 * read at run time, because a test shall not depend on what a machine has installed.
 */
#include "world/world.h"

#include <strings.h>

#define UNKNOWN "application/octet-stream"
#define EXTENSION_MAX_BYTES 16

static const struct media_type {
    const char *extension, *type;
} types[] = {
    /* sorted by extension */
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"apk", "application/vnd.android.package-archive"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"deb", "application/vnd.debian.binary-package"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"eot", "application/vnd.ms-fontobject"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"flv", "video/x-flv"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"},
    {"ics", "text/calendar"},
    {"iso", "application/x-iso9660-image"},
    {"jar", "application/java-archive"},
    {"jpe", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"jsonld", "application/ld+json"},
    {"m4a", "audio/mp4"},
    {"m4v", "video/mp4"},
    {"md", "text/markdown"},
    {"mjs", "text/javascript"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"ps", "application/postscript"},
    {"psd", "image/vnd.adobe.photoshop"},
    {"py", "text/x-python"},
    {"rar", "application/vnd.rar"},
    {"rpm", "application/x-redhat-package-manager"},
    {"rtf", "application/rtf"},
    {"svg", "image/svg+xml"},
    {"svgz", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tgz", "application/x-gtar-compressed"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain"},
    {"wasm", "application/wasm"},
    {"wav", "audio/x-wav"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"wma", "audio/x-ms-wma"},
    {"wmv", "video/x-ms-wmv"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xsl", "application/xslt+xml"},
    {"xz", "application/x-xz"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

/* What stands behind the last dot of the last name; a name that only begins with a dot has no
 * extension. */
static struct cos_span extension_of(struct cos_span key)
{
    size_t slash = cos_span_rchr(key, '/');
    struct cos_span name = slash == SIZE_MAX ? key : cos_span_from(key, slash + 1);
    size_t dot = cos_span_rchr(name, '.');
    return dot == SIZE_MAX || dot == 0 ? COS_SPAN_EMPTY : cos_span_from(name, dot + 1);
}

static int compare(const void *extension, const void *row)
{
    return strcasecmp(extension, ((const struct media_type *)row)->extension);
}

const char *world_content_type(struct cosmock_tenant *t, struct cos_span key)
{
    char text[EXTENSION_MAX_BYTES + 1];
    struct cos_span extension = extension_of(key);
    if (extension.len == 0 || extension.len > EXTENSION_MAX_BYTES ||
        SWITCH_IS(t, CONTENT_TYPE_BY_EXTENSION, OFF)) {
        return UNKNOWN;
    }
    memcpy(text, extension.ptr, extension.len);
    text[extension.len] = '\0';
    const struct media_type *found =
        bsearch(text, types, COS_ARRAY_LEN(types), sizeof(types[0]), compare);
    return found == NULL ? UNKNOWN : found->type;
}
