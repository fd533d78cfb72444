/*
 * Path templates: what is read, and what is refused with which reason.
 */
#include "web/template.h"

#include <weft/error.h>

#include "base/arena.h"
#include "test.h"

/* What a template was read as: segments in a line, literals quoted. */
static void describe(char *to, size_t room, const struct weft__template *template)
{
    size_t at = 0;

    to[0] = '\0';
    for (unsigned i = 0; i < template->count; i++) {
        const struct weft__segment *segment = &template->segments[i];

        cr_assert(eq(sz, segment->length, strlen(segment->text)));
        if (segment->type == WEFT__SEGMENT_LITERAL)
            at += (size_t)snprintf(to + at, room - at, "'%s' ", segment->text);
        else
            at += (size_t)snprintf(to + at, room - at, "%s:%s ", segment->text,
                                   weft__segment_type_name(segment->type));
    }
}

static void expect(const char *text, const char *reading)
{
    struct weft__template template;
    struct weft__arena arena;
    const char *why = NULL;
    char described[1024];

    weft__arena_init(&arena, 256);
    cr_assert(zero(int, weft__template_parse(&template, &arena, text, &why)), "%s: %s", text,
              why);
    describe(described, sizeof(described), &template);
    cr_expect(eq(str, described, (char *)reading), "%s", text);
    weft__arena_done(&arena);
}

WEFT_TEST(template, reads_literals_and_parameters)
{
    expect("", "");
    expect("/", "'' ");
    expect("/a", "'a' ");
    expect("/a/", "'a' '' ");
    expect("/a/b.txt", "'a' 'b.txt' ");
    expect("/a b/\xc3\xa9", "'a b' '\xc3\xa9' ");
    expect("/{id}", "id:str ");
    expect("/todos/{id:int}", "'todos' id:int ");
    expect("/{a:int}/{b:float}/{c:str}/{_d1:uuid}/{e:path}",
           "a:int b:float c:str _d1:uuid e:path ");
    expect("/.../..a", "'...' '..a' ");
}

static void refuse(const char *text, const char *reason)
{
    struct weft__template template = { .text = "untouched" };
    struct weft__arena arena;
    const char *why = NULL;

    weft__arena_init(&arena, 256);
    cr_assert(eq(int, weft__template_parse(&template, &arena, text, &why), UV_EINVAL), "%s",
              text);
    cr_expect(strstr(why, reason) != NULL, "%s: %s", text, why);
    cr_expect(eq(str, (char *)template.text, (char *)"untouched"));
    weft__arena_done(&arena);
}

WEFT_TEST(template, refuses_what_could_never_match_as_meant)
{
    refuse("a", "begin with '/'");
    refuse("{id}", "begin with '/'");
    refuse("//", "empty segment");
    refuse("/a//b", "empty segment");
    refuse("/{id", "whole segment");
    refuse("/id}", "whole segment");
    refuse("/a{id}", "whole segment");
    refuse("/{id}a", "whole segment");
    refuse("/{a}{b}", "name has letters");
    refuse("/{}", "name has letters");
    refuse("/{:int}", "name has letters");
    refuse("/{1a}", "name has letters");
    refuse("/{a-b}", "name has letters");
    refuse("/{a }", "name has letters");
    refuse("/{a:}", "of type");
    refuse("/{a:Int}", "of type");
    refuse("/{a:integer}", "of type");
    refuse("/{a:int:int}", "of type");
    refuse("/{a:path}/b", "at the end");
    refuse("/{a:path}/", "at the end");
    refuse("/{a}/{a}", "same name");
    refuse("/{a:int}/x/{a:path}", "same name");
    refuse("/a?b", "neither '?'");
    refuse("/a#b", "neither '?'");
    refuse("/a%20b", "decoded");
    refuse("/a\nb", "control");
    refuse("/.", "match nothing");
    refuse("/a/../b", "match nothing");
}

WEFT_TEST(template, has_a_limit_of_segments_and_parameters)
{
    char text[1024] = "";

    for (int i = 0; i < WEFT__TEMPLATE_SEGMENTS_MAX; i++)
        strncat(text, "/a", sizeof(text) - strlen(text) - 1);
    cr_expect(ne(int, text[0], 0));
    strncat(text, "/a", sizeof(text) - strlen(text) - 1);
    refuse(text, "64 segments");

    text[0] = '\0';
    for (int i = 0; i <= WEFT__TEMPLATE_PARAMS_MAX; i++) {
        char piece[16];

        snprintf(piece, sizeof(piece), "/{p%d}", i);
        strncat(text, piece, sizeof(text) - strlen(text) - 1);
    }
    refuse(text, "16 parameters");
}
