/*
 * web/file_fields.c - what the head of a response says about a file.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/date.h"
#include "web/file.h"

enum {
    NS_PER_S = 1000000000,
    TICK_NS = 20 * 1000 * 1000,      /* the kernel's clock for times of files is no finer */
    WHOLE_SECONDS_NS = 2 * NS_PER_S, /* of file systems that keep no more */
};

/*
 * Whether the file could change again without its time telling: the time of its last change is
 * so close to now that the next one may get the same (RFC 9110, 8.8.1).
 */
static bool may_change_unseen(const struct stat *st, const struct timespec *now)
{
    int64_t limit = st->st_mtim.tv_nsec == 0 ? WHOLE_SECONDS_NS : TICK_NS;
    int64_t age_ns;

    /* Times of files may be any: their nanoseconds would be too many for 64 bits. */
    if (st->st_mtim.tv_sec < now->tv_sec - 10 || st->st_mtim.tv_sec > now->tv_sec + 10)
        return false;
    age_ns = (now->tv_sec - st->st_mtim.tv_sec) * NS_PER_S + now->tv_nsec - st->st_mtim.tv_nsec;
    return age_ns < limit && age_ns > -limit;
}

static void make_etag(struct weft__file_validators *v, const struct weft__found_file *found,
                      const struct timespec *now)
{
    const struct stat *st = &found->stat;
    bool weak = may_change_unseen(st, now);

    snprintf(v->etag, sizeof(v->etag), "%s\"%" PRIx64 "-%" PRIx64 ".%lx%s%s\"",
             weak ? "W/" : "", (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec,
             (unsigned long)st->st_mtim.tv_nsec, found->coding != NULL ? "-" : "",
             found->coding != NULL ? found->coding : "");
}

void weft__file_validate(struct weft__file_validators *ret,
                         const struct weft__found_file *found, const weft_file_options *options)
{
    struct timespec now = { 0 };
    const char *etag = options->etag;

    *ret = (struct weft__file_validators){ .known.exists = true };
    clock_gettime(CLOCK_REALTIME, &now);
    ret->now = now.tv_sec;
    if (!options->no_etag && etag == NULL) {
        make_etag(ret, found, &now);
        etag = ret->etag;
    }
    if (!options->no_etag)
        ret->known.has_etag = weft__etag_parse(&ret->known.etag, etag, strlen(etag)) == 0;
    ret->known.has_time = !options->no_last_modified;
    /* Never later than the response itself (RFC 9110, 8.8.2.1). */
    ret->known.last_modified =
        found->stat.st_mtim.tv_sec < now.tv_sec ? found->stat.st_mtim.tv_sec : now.tv_sec;
}

static int set_last_modified(weft_response *res, int64_t seconds)
{
    char date[WEFT__DATE_LENGTH + 1];

    weft__date_format(date, seconds);
    date[WEFT__DATE_LENGTH] = '\0';
    return weft_set_header(res, "Last-Modified", date);
}

int weft__file_tell(weft_response *res, const struct weft__file_validators *validators,
                    const struct weft__found_file *found, const weft_file_options *options)
{
    int rc = 0;

    if (!options->no_etag && !validators->known.has_etag)
        rc = UV_EINVAL; /* the program's own, without its quotes */
    else if (!options->no_etag)
        rc = weft_set_header(res, "ETag",
                             options->etag != NULL ? options->etag : validators->etag);
    if (rc == 0 && !options->no_last_modified)
        rc = set_last_modified(res, validators->known.last_modified);
    if (rc == 0 && options->cache_control != NULL)
        rc = weft_set_header(res, "Cache-Control", options->cache_control);
    if (rc == 0 && found->varies)
        rc = weft_append_header(res, "Vary", "Accept-Encoding");
    return rc;
}
