"""The lints find what they are there for.

SPDX-License-Identifier: MIT
"""
import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "support")]
import layers
import sources
import tally

TABLE = """
[base]
holds = framework/src/base weft/error.h
rests =
[http]
holds = framework/src/http
rests = base
libraries = llhttp.h
[server]
holds = framework/src/server
rests = http
[middleware]
holds = middleware
rests = server
public = yes
"""


class LayersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.write("framework/include/weft/error.h")
        self.write("framework/src/base/list.h")
        self.write("framework/src/http/parse.h")
        self.write("framework/src/server/conn.h")

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def complaints(self):
        return list(layers.complaints(self.root, TABLE))

    def test_lets_includes_point_downwards(self):
        self.write("framework/src/http/a.c", '#include "parse.h"\n#include "base/list.h"\n#include <llhttp.h>\n')
        self.write("framework/src/server/b.c", '#include "base/list.h"\n#include <weft/error.h>\n#include <stdio.h>\n')
        self.assertEqual(self.complaints(), [])

    def test_finds_an_include_that_points_upwards(self):
        self.write("framework/src/base/a.c", '#include "http/parse.h"\n')
        self.assertEqual(
            self.complaints(),
            ["framework/src/base/a.c: layer base may not include http/parse.h of layer http"],
        )

    def test_finds_one_that_is_relative_or_odd(self):
        self.write("framework/src/base/a.c", '  #  include "../server/conn.h"\n')
        self.assertEqual(len(self.complaints()), 1)

    def test_finds_a_library_that_is_not_for_the_layer(self):
        self.write("framework/src/server/a.c", "#include <llhttp.h>\n")
        self.assertEqual(self.complaints(), ["framework/src/server/a.c: layer server may not include <llhttp.h>"])

    def test_shows_middleware_public_headers_only(self):
        self.write("middleware/src/a.c", '#include <weft/error.h>\n#include "base/list.h"\n')
        self.assertEqual(
            self.complaints(),
            ["middleware/src/a.c: layer middleware sees public headers only, not base/list.h"],
        )

    def test_finds_a_file_without_a_layer(self):
        self.write("framework/src/extra/a.c")
        self.assertEqual(len(self.complaints()), 1)


class SourcesTest(unittest.TestCase):
    def complaints(self, code, where="framework/src/a.c"):
        text = f"/* SPDX-License-Identifier: MIT */\n{code}\n"
        return [complaint for _, complaint in sources.complaints_of(where, text, ["strcpy", "gets"])]

    def test_finds_a_banned_call(self):
        self.assertEqual(self.complaints("strcpy (a, b);"), ["strcpy() is banned"])

    def test_passes_over_longer_names_comments_and_texts(self):
        self.assertEqual(self.complaints('fgets(a); /* gets(a) */ f("gets(a) // \\" gets(b)");'), [])

    def test_finds_memory_that_the_framework_takes_from_libc(self):
        self.assertEqual(len(self.complaints("a = malloc(1); b = strdup(c); free(a);")), 2)
        self.assertEqual(self.complaints("a = weft__malloc(1); b = weft__arena_realloc(b);"), [])
        self.assertEqual(self.complaints("a = malloc(1);", sources.ALLOCATOR), [])
        self.assertEqual(self.complaints("a = malloc(1);", "middleware/src/a.c"), [])

    def test_finds_a_line_comment(self):
        self.assertEqual(len(self.complaints("int a; // no")), 1)

    def test_finds_a_test_that_would_not_see_leaks(self):
        self.assertEqual(len(self.complaints("Test(a, b)", "tests/unit/a_test.c")), 1)

    def test_finds_a_file_without_licence_and_one_too_long(self):
        self.assertEqual(len(list(sources.complaints_of("a.c", "int a;\n" * 801, ["gets"]))), 2)


class TallyTest(unittest.TestCase):
    def count(self, *tests, status=0):
        log = "\n".join(tally.json.dumps(test) for test in tests)
        cases = tally.tally(log, status)
        return tuple(sum(o == kind for o, _ in cases) for kind in ("passed", "failed", "skipped"))

    def test_counts_the_cases_of_tap(self):
        tap = "TAP version 13\n1..3\nok - a::b  (0.01s)\nnot ok - a::c\nok - a::d # SKIP why\n"
        self.assertEqual(self.count({"name": "a", "result": "FAIL", "stdout": tap}, status=1), (1, 1, 1))

    def test_counts_another_program_once(self):
        self.assertEqual(self.count({"name": "a", "result": "OK"}, {"name": "b", "result": "SKIP"}), (1, 0, 1))

    def test_counts_a_crash_after_the_last_case(self):
        tap = "TAP version 13\n1..1\nok 1 - a\n"
        self.assertEqual(self.count({"name": "a", "result": "ERROR", "stdout": tap}, status=1), (1, 1, 0))

    def test_counts_a_run_without_tests_as_failed(self):
        self.assertEqual(self.count(), (0, 1, 0))

    def test_believes_the_status_of_the_run(self):
        self.assertEqual(self.count({"name": "a", "result": "OK"}, status=1), (1, 1, 0))


if __name__ == "__main__":
    unittest.main()
