/*
 * The command line and the environment: what is taken, what wins, what is refused and how.
 */
#include "web/options.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

enum { ARGUMENTS = 16 };

static const char *environment[8]; /* "NAME=value", ends with NULL */

static char *get_env(const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; environment[i] != NULL; i++) {
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=')
            return (char *)environment[i] + length + 1;
    }
    return NULL;
}

/* Read a command line, its arguments separated by spaces; what it was told goes to `said`. */
static int read_line(const char *line, struct weft__settings *ret, char said[512])
{
    static char copy[512]; /* the settings borrow from it */
    char *argv[ARGUMENTS] = { (char *)"program" };
    FILE *out = fmemopen(said, 512, "w");
    int argc = 1;
    int rc;

    said[0] = '\0';
    snprintf(copy, sizeof(copy), "%s", line);
    for (char *rest = copy, *word; (word = strtok_r(rest, " ", &rest)) != NULL && argc < 15;)
        argv[argc++] = word;
    rc = weft__options_read(ret, argc, argv, get_env, out);
    fclose(out);
    return rc;
}

static struct weft__settings read_good(const char *line)
{
    struct weft__settings settings;
    char said[512];

    cr_expect(zero(int, read_line(line, &settings, said)), "%s: %s", line, said);
    return settings;
}

static void refuse(const char *line, const char *expected)
{
    struct weft__settings settings;
    char said[512];

    cr_expect(eq(int, read_line(line, &settings, said), UV_EINVAL), "%s", line);
    cr_expect(eq(str, said, (char *)expected), "%s", line);
}

WEFT_TEST(options, serves_without_arguments)
{
    struct weft__settings s = read_good("");

    cr_expect(eq(int, (int)s.verb, WEFT__VERB_SERVE));
    cr_expect(eq(int, (int)s.log_level, WEFT_LOG_INFO));
    cr_expect(zero(int, s.serve.port));
    cr_expect(eq(ptr, (void *)s.serve.host, NULL));
}

WEFT_TEST(options, reads_every_kind)
{
    struct weft__settings s =
        read_good("routes --host ::1 --port=9000 --proxy-headers --limit-concurrency 7 "
                  "--timeout-keep-alive 5 --log-level error --log-format=json --backlog 3");

    cr_expect(eq(int, (int)s.verb, WEFT__VERB_ROUTES));
    cr_expect(eq(str, (char *)s.serve.host, (char *)"::1"));
    cr_expect(eq(int, s.serve.port, 9000));
    cr_expect(s.serve.proxy_headers);
    cr_expect(eq(sz, s.serve.max_connections, 7));
    cr_expect(eq(u32, s.serve.keep_alive_timeout_ms, 5000));
    cr_expect(eq(int, (int)s.log_level, WEFT_LOG_ERROR));
    cr_expect(eq(int, (int)s.log_format, WEFT_LOG_JSON));
    cr_expect(eq(int, s.serve.backlog, 3));
    cr_expect(not(s.debug));

    cr_expect(read_good("--debug").debug);
    s = read_good("--uds /run/x --root-path /api --stack-size 65536 --offload-threads 2");
    cr_expect(eq(str, (char *)s.serve.uds, (char *)"/run/x"));
    cr_expect(eq(str, (char *)s.serve.root_path, (char *)"/api"));
    cr_expect(eq(sz, s.serve.loop.stack_bytes, 65536));
    cr_expect(eq(uint, s.serve.loop.offload_threads, 2));
}

WEFT_TEST(options, takes_any_port)
{
    cr_expect(eq(int, read_good("--port 0").serve.port, -1));
    cr_expect(eq(int, read_good("--port 65535").serve.port, 65535));
}

WEFT_TEST(options, finds_verbs_anywhere)
{
    cr_expect(eq(int, (int)read_good("--port 1 check").verb, WEFT__VERB_CHECK));
    cr_expect(eq(int, (int)read_good("health").verb, WEFT__VERB_HEALTH));
    cr_expect(eq(int, (int)read_good("serve --port 1").verb, WEFT__VERB_SERVE));
    cr_expect(eq(int, (int)read_good("--help --no-such").verb, WEFT__VERB_HELP));
    cr_expect(eq(int, (int)read_good("-V").verb, WEFT__VERB_VERSION));
}

WEFT_TEST(options, refuses_what_it_does_not_understand)
{
    refuse("--no-such", "--no-such: there is no such option\n");
    refuse("--prot=1", "--prot: there is no such option\n");
    refuse("serv", "serv: there is no such verb\n");
    refuse("serve routes", "routes: one verb is enough\n");
    refuse("-p 80", "-p: there is no such verb\n");
    refuse("--port", "--port: a value is missing\n");
    refuse("--port 65536",
           "--port: \"65536\" is no value for it: a whole number from 0 to 65535\n");
    refuse("--port -1", "--port: \"-1\" is no value for it: a whole number from 0 to 65535\n");
    refuse("--port 80x",
           "--port: \"80x\" is no value for it: a whole number from 0 to 65535\n");
    refuse("--port +80",
           "--port: \"+80\" is no value for it: a whole number from 0 to 65535\n");
    refuse("--port=", "--port: \"\" is no value for it: a whole number from 0 to 65535\n");
    refuse("--port 99999999999999999999999",
           "--port: \"99999999999999999999999\" is no value for it: a whole number from 0 to "
           "65535\n");
    refuse("--host=", "--host: \"\" is no value for it: it is empty\n");
    refuse("--log-level warn",
           "--log-level: \"warn\" is no value for it: one of debug info warning error\n");
    refuse("--log-level inf",
           "--log-level: \"inf\" is no value for it: one of debug info warning error\n");
    refuse("--proxy-headers=maybe",
           "--proxy-headers: \"maybe\" is no value for it: 1 or 0, true or false\n");
    refuse("--backlog 0",
           "--backlog: \"0\" is no value for it: a whole number from 1 to 1000000\n");
}

WEFT_TEST(options, reads_the_environment)
{
    environment[0] = "PORT=8001";
    environment[1] = "WEFT_HOST=0.0.0.0";
    environment[2] = "WEFT_LOG_LEVEL=debug";
    environment[3] = "WEFT_PROXY_HEADERS=true";
    environment[4] = "WEFT_UDS=";
    struct weft__settings s = read_good("");

    cr_expect(eq(int, s.serve.port, 8001));
    cr_expect(eq(str, (char *)s.serve.host, (char *)"0.0.0.0"));
    cr_expect(eq(int, (int)s.log_level, WEFT_LOG_DEBUG));
    cr_expect(s.serve.proxy_headers);
    cr_expect(eq(ptr, (void *)s.serve.uds, NULL));

    environment[4] = "WEFT_PORT=8002";
    cr_expect(eq(int, read_good("").serve.port, 8002));
    cr_expect(eq(int, read_good("--port 8003").serve.port, 8003));
    cr_expect(not(read_good("--proxy-headers=0").serve.proxy_headers));

    environment[0] = "PORT=tcp://10.0.0.1:80";
    refuse("",
           "PORT: \"tcp://10.0.0.1:80\" is no value for it: a whole number from 0 to 65535\n");
}

WEFT_TEST(options, helps_with_every_option)
{
    char text[8192] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");

    weft__options_help("program", "A title", out);
    fclose(out);
    cr_expect(eq(int, strncmp(text, "A title\n\nUsage: program [VERB] [OPTION...]\n", 42), 0));
    cr_expect(strstr(text, "--timeout-graceful-shutdown SECONDS ") != NULL);
    cr_expect(strstr(text, "--half-close ") != NULL);
    cr_expect(strstr(text, "  health ") != NULL);
    cr_expect(strstr(text, "--version") != NULL);
}
