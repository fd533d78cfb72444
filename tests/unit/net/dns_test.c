/*
 * Names and addresses.  The names are this test's own: getaddrinfo() is replaced, so that no
 * network is asked, and a look-up can hang.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

/* --- The names -------------------------------------------------------------------- */

static uv_sem_t hanging; /* look-ups of "hangs" wait for it */

static struct addrinfo *entry(const char *host, const char *service, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(weft_address));
    weft_address *address;

    if (info == NULL)
        return next;
    address = (weft_address *)(void *)(info + 1);
    (void)!weft_address_parse(host, (int)strtol(service, NULL, 10), address);
    info->ai_addr = (struct sockaddr *)&address->storage;
    info->ai_family = address->storage.ss_family;
    info->ai_addrlen =
        info->ai_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    info->ai_next = next;
    return info;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    (void)hints;
    if (strcmp(host, "hangs") == 0)
        uv_sem_wait(&hanging);
    if (strcmp(host, "both") != 0)
        return EAI_NONAME;
    *ret = entry("::1", service, entry("127.0.0.1", service, NULL));
    return *ret != NULL ? 0 : EAI_MEMORY;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info != NULL) {
        struct addrinfo *next = info->ai_next;

        free(info);
        info = next;
    }
}

/* --- Literals --------------------------------------------------------------------- */

static void format(const char *host, int port, const char *text)
{
    weft_address address;
    char found[WEFT_ADDRESS_ROOM];

    cr_assert(zero(int, weft_address_parse(host, port, &address)));
    cr_expect(eq(int, weft_address_format(&address, found, sizeof(found)), (int)strlen(text)));
    cr_expect(eq(str, found, (char *)text));
    cr_expect(eq(int, weft_address_port(&address), port));
    cr_expect(zero(int, weft_address_set_port(&address, 1234)));
    cr_expect(eq(int, weft_address_port(&address), 1234));
    cr_expect(zero(int, weft_address_set_port(&address, port)));
    cr_expect(eq(int, weft_address_set_port(&address, 65536), UV_EINVAL));
    cr_expect(eq(int, weft_address_format(&address, found, strlen(text)), UV_ENOBUFS));
    cr_expect(
        eq(int, weft_address_format(&address, found, strlen(text) + 1), (int)strlen(text)));
}

WEFT_TEST(address, is_a_value_and_a_text)
{
    weft_address address = { 0 };
    char text[16];

    format("127.0.0.1", 80, "127.0.0.1:80");
    format("0.0.0.0", 0, "0.0.0.0:0");
    format("::1", 65535, "[::1]:65535");
    cr_expect(eq(int, weft_address_format(&address, text, sizeof(text)), UV_EINVAL));
    cr_expect(eq(int, weft_address_port(&address), UV_EINVAL));
    cr_expect(eq(int, weft_address_set_port(&address, 1), UV_EINVAL));
    cr_expect(eq(int, weft_address_parse("localhost", 1, &address), UV_EINVAL));
    cr_expect(eq(int, weft_address_parse("127.0.0.1", -1, &address), UV_EINVAL));
    cr_expect(eq(int, weft_address_parse("127.0.0.1", 65536, &address), UV_EINVAL));
    cr_expect(eq(int, weft_address_parse(NULL, 1, &address), UV_EINVAL));
}

/* --- Looking up ------------------------------------------------------------------- */

WEFT_TASK_TEST(resolve, finds_addresses)
{
    weft_address addresses[4];
    char text[WEFT_ADDRESS_ROOM];

    cr_assert(eq(int, weft_resolve("both", 80, 0, addresses, 4), 2));
    weft_address_format(&addresses[0], text, sizeof(text));
    cr_expect(eq(str, text, (char *)"[::1]:80"));
    weft_address_format(&addresses[1], text, sizeof(text));
    cr_expect(eq(str, text, (char *)"127.0.0.1:80"));
    cr_expect(eq(int, weft_resolve("both", 80, 0, addresses, 1), 1));
    cr_expect(eq(int, weft_resolve("10.0.0.1", 80, 0, addresses, 4), 1), "a literal");
    cr_expect(eq(int, weft_resolve("none", 80, 0, addresses, 4), UV_EAI_NONAME));
    cr_expect(eq(int, weft_resolve("both", -1, 0, addresses, 4), UV_EINVAL));
    cr_expect(eq(int, weft_resolve("both", 1, AF_UNIX, addresses, 4), UV_EINVAL));
    cr_expect(eq(int, weft_resolve("both", 1, 0, addresses, 0), UV_EINVAL));
    cr_expect(eq(int, weft_resolve("::1", 1, AF_INET, addresses, 4), UV_EAI_ADDRFAMILY));
}

WEFT_TEST(resolve, needs_a_task_for_names)
{
    weft_address address = { 0 };
    char text[8];

    cr_expect(eq(int, weft_resolve("127.0.0.1", 1, 0, &address, 1), 1));
    cr_expect(eq(int, weft_resolve("both", 1, 0, &address, 1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_resolve_name(&address, text, 8), WEFT_EMISUSE));
}

WEFT_TASK_TEST(resolve, finds_the_name)
{
    weft_address address = { 0 };
    char name[256], small[2];

    cr_expect(eq(int, weft_resolve_name(&address, name, sizeof(name)), UV_EINVAL));
    cr_assert(zero(int, weft_address_parse("127.0.0.1", 80, &address)));
    cr_expect(zero(int, weft_resolve_name(&address, name, sizeof(name))));
    cr_expect(gt(sz, strlen(name), 2));
    cr_expect(eq(int, weft_resolve_name(&address, small, sizeof(small)), UV_ENOBUFS));
}

/* A name with an address that refuses, and one that does not. */
WEFT_TASK_TEST(resolve, is_what_connects_to_a_name)
{
    weft_listener *listener = NULL;
    struct weft_stream *client = NULL, *server = NULL;

    cr_assert(zero(int, weft_tcp_listen("127.0.0.1", 0, NULL, &listener)));
    cr_assert(zero(int, weft_tcp_connect("both", weft_listener_port(listener), NULL, &client)));
    cr_assert(zero(int, weft_accept(listener, &server)));
    cr_expect(eq(int, weft_tcp_connect("none", 1, NULL, &client), UV_EAI_NONAME));
    weft_stream_close(client);
    weft_stream_close(server);
    weft_listener_close(listener);
}

/* --- Leaving a look-up ------------------------------------------------------------ */

static int look_up(void *arg)
{
    weft_address address;

    return weft_resolve(arg, 1, 0, &address, 1);
}

/* One that a thread has begun goes on unseen, past the end of its task; one that waits for a
 * thread is taken back.  libuv has four threads. */
WEFT_TASK_TEST(resolve, is_cancelled_at_once)
{
    weft_task *tasks[6];

    cr_assert(zero(int, uv_sem_init(&hanging, 0)));
    for (int i = 0; i < 6; i++)
        cr_assert(zero(int, weft_spawn(&tasks[i], look_up, (char *)"hangs")));
    weft_yield();
    for (int i = 0; i < 6; i++) {
        int result = 0;

        weft_task_cancel(tasks[i]);
        cr_assert(zero(int, weft_task_join(tasks[i], &result)));
        cr_expect(eq(int, result, UV_ECANCELED));
    }
    {
        WEFT_TIMEOUT(limit, 5);
        cr_expect(eq(int, look_up((char *)"hangs"), UV_ETIMEDOUT));
        cr_expect(eq(int, look_up((char *)"both"), UV_ETIMEDOUT), "out of time already");
    }
    for (int i = 0; i < 7; i++)
        uv_sem_post(&hanging); /* the loop awaits them at its end */
}

/* --- In any order ----------------------------------------------------------------- */

struct looking {
    weft_task *tasks[2]; /* NULL when joined */
    bool had[2];
};

/* Whoever is first cancels the other, which may have got its answer in the same turn. */
static int look_up_first(struct looking *looking, int mine)
{
    weft_address addresses[2];
    int rc = weft_resolve("both", 1, 0, addresses, 2);

    looking->had[mine] = rc == 2;
    if (rc == 2 && looking->tasks[!mine] != NULL)
        weft_task_cancel(looking->tasks[!mine]);
    return rc == 2 || rc == UV_ECANCELED ? 0 : rc;
}

static int look_up_one(void *arg)
{
    return look_up_first(arg, 0);
}

static int look_up_other(void *arg)
{
    return look_up_first(arg, 1);
}

static int look_up_both(void *arg)
{
    struct looking looking = { .had = { false } };
    weft_address address;
    char name[256];
    int rc, result;

    (void)arg;
    rc = weft_spawn(&looking.tasks[0], look_up_one, &looking);
    if (rc == 0)
        rc = weft_spawn(&looking.tasks[1], look_up_other, &looking);
    if (rc == 0)
        rc = weft_address_parse("127.0.0.1", 80, &address);
    if (rc == 0)
        rc = weft_resolve_name(&address, name, sizeof(name));
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = weft_task_join(looking.tasks[i], &result);
        looking.tasks[i] = NULL;
    }
    return rc == 0 && !looking.had[0] && !looking.had[1] ? UV_EIO : rc;
}

WEFT_TEST(resolve, answers_in_any_order)
{
    expect_in_any_order(look_up_both, NULL);
}

/* --- Memory ----------------------------------------------------------------------- */

static int scenario(void *arg)
{
    weft_address addresses[2];
    char name[256];
    int rc = weft_resolve("both", 1, 0, addresses, 2);

    (void)arg;
    return rc < 0 ? rc : weft_resolve_name(&addresses[1], name, sizeof(name));
}

WEFT_TEST(resolve_alloc, each_can_fail)
{
    for (unsigned long n = 1;; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(scenario, NULL, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            break;
        }
        cr_expect(le(int, rc, 0), "allocation %lu", n);
    }
}
