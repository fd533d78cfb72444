/*
 * web/app.h - what an app is made of.
 *
 * Apps form a tree: the app that is served is its root, groups and mounted apps hang below it.
 * A declaration adds to lists that live in the arena of the app it was made on; the routing
 * tree belongs to the root.  weft__app_freeze() turns the declaration into what serving needs
 * (chains, settings, names); from then on nothing changes until the app is freed.
 *
 * Mistakes are kept as complaints, so that nobody has to look at the results of declarations.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_APP_H
#define WEFT_WEB_APP_H

#include <weft/app.h>

#include "base/arena.h"
#include "base/list.h"
#include "task/background.h"
#include "web/proxy.h"
#include "web/response.h"
#include "web/router.h"

/* One weft_use(). */
struct weft__use {
    struct weft__use *next;
    weft_use_entry entry;
};

/* One weft_app_set(). */
struct weft__app_value {
    struct weft__app_value *next;
    const weft_key *key;
    void *value;
};

/* One weft_on_error(). */
struct weft__error_entry {
    struct weft__error_entry *next;
    int status; /* 0: all that have no entry of their own */
    struct weft__error_handler handler;
};

/* One weft_on_lifespan(). */
struct weft__lifespan {
    struct weft__lifespan *next;
    int (*start)(weft_app *app, void *arg);
    void (*stop)(weft_app *app, void *arg);
    void *arg;
    bool started;
};

/* A mistake of the declaration, one line of text. */
struct weft__complaint {
    struct weft__complaint *next;
    const char *text;
};

/* How the root is being served; all of it outlives the requests. */
struct weft__serving {
    const char *root_path;    /* begins with '/' and does not end so; NULL: none */
    struct weft__proxy proxy; /* whose forwarding headers are believed */
    bool proxy_headers;       /* whether anybody's are */
    bool proxied;             /* these, or the PROXY protocol's header */
    bool debugging;           /* in debug mode */
    size_t stack_bytes;       /* that a task can use; set in debug mode */
    struct weft__buffer json; /* where JSON is written before its length is known */
};

struct weft_app {
    struct weft__list link;     /* in the parent's children */
    struct weft__list children; /* groups and mounted apps, as declared */
    weft_app *parent;           /* NULL: this is a root */
    weft_app *root;             /* perhaps itself */
    struct weft__arena arena;   /* of the declaration */
    const char *title;
    const char *prefix;        /* below the parent; "" or begins with '/' and does not end so */
    bool group;                /* made by weft_under(): shares names with the parent */
    bool frozen;               /* of a root */
    int failed;                /* a code that a declaration met besides complaints: UV_ENOMEM */
    weft_app_options own;      /* as configured; zero: the parent's */
    weft_app_options settings; /* since freezing: every field has its value */

    struct weft__use *uses;
    struct weft__use **uses_end;
    struct weft__app_value *values;
    struct weft__error_entry *errors;
    struct weft__lifespan *lifespans;
    struct weft__lifespan **lifespans_end;
    struct weft__complaint *complaints;
    struct weft__complaint **complaints_end;
    struct weft__route *routes;
    struct weft__route **routes_end;

    struct weft__router router;    /* of a root: all routes of the tree */
    const weft_next *fallback;     /* since freezing: what answers where no route matches */
    struct weft__serving serving;  /* of a root */
    struct weft__service *service; /* of a root that weft_serve() serves; else NULL */
    struct weft__background background; /* of a root */
    bool alive; /* of a root: from its first start-up hook on until the shut-down hooks */
};

/* weft__app_error_handler() and weft__app_json_depth() stand in web/response.h. */

/* Keep a complaint about `app`.  Memory that is out is noted instead. */
void weft__app_complain(weft_app *app, const char *format, ...) WEFT_PRINTF(2, 3);

/* Note `code`, a failure of a declaration, if it is UV_ENOMEM; returns `code`. */
int weft__app_failed(weft_app *app, int code);

/* 0 when `app` may be added to; UV_EINVAL for NULL and stand-ins, WEFT_EMISUSE while serving.
 */
int weft__app_open(weft_app *app);

/* The app or mounted app that `app`, perhaps a group of it, belongs to. */
const weft_app *weft__app_unit(const weft_app *app);

/* Walk a tree of apps, parents before children, in the order of declaration: start with the
 * root; NULL after the last. */
weft_app *weft__app_next(const weft_app *root, weft_app *app);

/*
 * Make a root ready to be served.  May be called again, and does nothing then.
 *
 * 0; WEFT_EMISUSE when there are complaints (weft_app_check() tells them); UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__app_freeze(weft_app *app);

/* A time limit as options have it, as scopes have it: 0 for none. */
static inline uint32_t weft__timeout(uint32_t timeout_ms)
{
    return timeout_ms == UINT32_MAX ? 0 : timeout_ms;
}

#endif
