/*
 * http/mime.c - see mime.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/mime.h"

#include "http/chars.h"

enum { EXTENSION_MAX = 11 }; /* characters of the longest below */

/* In the order of the extensions, which are in lower case. */
static const struct {
    const char *extension;
    const char *type;
} types[] = {
    { "7z", "application/x-7z-compressed" },
    { "aac", "audio/aac" },
    { "apng", "image/apng" },
    { "atom", "application/atom+xml" },
    { "avif", "image/avif" },
    { "bin", "application/octet-stream" },
    { "bmp", "image/bmp" },
    { "bz2", "application/x-bzip2" },
    { "c", "text/x-c; charset=utf-8" },
    { "css", "text/css; charset=utf-8" },
    { "csv", "text/csv; charset=utf-8" },
    { "deb", "application/vnd.debian.binary-package" },
    { "doc", "application/msword" },
    { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { "eot", "application/vnd.ms-fontobject" },
    { "epub", "application/epub+zip" },
    { "flac", "audio/flac" },
    { "gif", "image/gif" },
    { "glb", "model/gltf-binary" },
    { "gltf", "model/gltf+json" },
    { "gz", "application/gzip" },
    { "h", "text/x-c; charset=utf-8" },
    { "htm", "text/html; charset=utf-8" },
    { "html", "text/html; charset=utf-8" },
    { "ico", "image/x-icon" },
    { "ics", "text/calendar; charset=utf-8" },
    { "iso", "application/octet-stream" },
    { "jar", "application/java-archive" },
    { "jpeg", "image/jpeg" },
    { "jpg", "image/jpeg" },
    { "js", "text/javascript; charset=utf-8" },
    { "json", "application/json" },
    { "jsonld", "application/ld+json" },
    { "jxl", "image/jxl" },
    { "m3u8", "application/vnd.apple.mpegurl" },
    { "m4a", "audio/mp4" },
    { "m4v", "video/mp4" },
    { "map", "application/json" },
    { "md", "text/markdown; charset=utf-8" },
    { "mid", "audio/midi" },
    { "mjs", "text/javascript; charset=utf-8" },
    { "mov", "video/quicktime" },
    { "mp3", "audio/mpeg" },
    { "mp4", "video/mp4" },
    { "mpeg", "video/mpeg" },
    { "mpg", "video/mpeg" },
    { "odp", "application/vnd.oasis.opendocument.presentation" },
    { "ods", "application/vnd.oasis.opendocument.spreadsheet" },
    { "odt", "application/vnd.oasis.opendocument.text" },
    { "oga", "audio/ogg" },
    { "ogg", "audio/ogg" },
    { "ogv", "video/ogg" },
    { "opus", "audio/ogg" },
    { "otf", "font/otf" },
    { "pdf", "application/pdf" },
    { "png", "image/png" },
    { "ppt", "application/vnd.ms-powerpoint" },
    { "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    { "ps", "application/postscript" },
    { "rss", "application/rss+xml" },
    { "rtf", "application/rtf" },
    { "sh", "application/x-sh" },
    { "sql", "application/sql" },
    { "svg", "image/svg+xml" },
    { "tar", "application/x-tar" },
    { "tif", "image/tiff" },
    { "tiff", "image/tiff" },
    { "toml", "application/toml" },
    { "ts", "video/mp2t" },
    { "ttf", "font/ttf" },
    { "txt", "text/plain; charset=utf-8" },
    { "wasm", "application/wasm" },
    { "wav", "audio/wav" },
    { "weba", "audio/webm" },
    { "webm", "video/webm" },
    { "webmanifest", "application/manifest+json" },
    { "webp", "image/webp" },
    { "woff", "font/woff" },
    { "woff2", "font/woff2" },
    { "xhtml", "application/xhtml+xml" },
    { "xls", "application/vnd.ms-excel" },
    { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { "xml", "text/xml; charset=utf-8" },
    { "xz", "application/x-xz" },
    { "yaml", "application/yaml" },
    { "yml", "application/yaml" },
    { "zip", "application/zip" },
    { "zst", "application/zstd" },
};

static int compare(const char *extension, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char lower = weft__char_lower(text[i]);

        if (extension[i] != lower) /* a shorter one has its NUL there */
            return (unsigned char)extension[i] < (unsigned char)lower ? -1 : 1;
    }
    return extension[length] == '\0' ? 0 : 1;
}

static const char *find(const char *text, size_t length)
{
    size_t from = 0;
    size_t end = sizeof(types) / sizeof(*types);

    while (from < end) {
        size_t middle = from + (end - from) / 2;
        int order = compare(types[middle].extension, text, length);

        if (order == 0)
            return types[middle].type;
        if (order < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

const char *weft__mime_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    size_t length = dot == NULL || strchr(dot, '/') != NULL ? 0 : strlen(dot + 1);
    const char *type = NULL;

    if (length > 0 && length <= EXTENSION_MAX)
        type = find(dot + 1, length);
    return type == NULL ? "application/octet-stream" : type;
}
