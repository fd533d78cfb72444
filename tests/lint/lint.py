"""Run all lints and close with a line `N passed, N failed`.

    lint.py ROOT BUILD [NAME...]

BUILD holds the built tree `release`; NAME picks lints (format, tidy, layers, sources, symbols,
headers).  CLANG_FORMAT and CLANG_TIDY name the programs to use.

SPDX-License-Identifier: MIT
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

FORMATTED = ("framework", "middleware", "examples", "bench", "tests")
HERE = pathlib.Path(__file__).parent


class Lints:
    """One method for each lint; it returns what is wrong, nothing when all is well."""

    def __init__(self, root, build):
        self.root, self.build = root, build

    def format(self):
        files = [f for folder in FORMATTED for f in (self.root / folder).rglob("*.[ch]")]
        return run([os.environ["CLANG_FORMAT"], "--dry-run", "-Werror", *files])

    def layers(self):
        return run([sys.executable, HERE / "layers.py", self.root])

    def sources(self):
        return run([sys.executable, HERE / "sources.py", self.root])

    def symbols(self):
        library = self.build / "release" / "framework" / "libweft.so"
        return run([sys.executable, HERE / "symbols.py", library])

    def headers(self):
        flags = run(["pkg-config", "--cflags", "libuv", "jansson"]).strip()
        script = HERE.parent / "headers" / "headers.py"
        return run([sys.executable, script, self.root, flags, "gcc,clang", "g++,clang++"])

    def tidy(self):
        command = [os.environ["CLANG_TIDY"], "--quiet", "-p", self.set_up_tidy()]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return "".join(pool.map(lambda file: run([*command, file], only_failures=True), self.compiled()))

    def set_up_tidy(self):
        """A tree that is only configured, for its compile_commands.json: clang-tidy knows clang's flags."""
        tree = self.build / "tidy"
        command = ["meson", "setup", "-Dtests=false", tree, self.root]
        if (tree / "build.ninja").exists():
            command.insert(2, "--reconfigure")
        options = json.loads(run(["meson", "introspect", "--buildoptions", self.build / "release"]))
        command += [f"-D{o['name']}={o['value']}" for o in options if o["name"] == "llhttp_root"]
        done = subprocess.run(command, env={**os.environ, "CC": "clang"}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return tree

    def compiled(self):
        """The project's own C files but for the tests, which are Criterion's macros all over."""
        commands = json.loads((self.build / "tidy" / "compile_commands.json").read_text())
        files = {(pathlib.Path(c["directory"]) / c["file"]).resolve() for c in commands}
        outside = (self.build, self.root / "tests")
        return sorted(
            file for file in files
            if file.suffix == ".c" and not any(file.is_relative_to(folder) for folder in outside)
        )


def run(command, only_failures=False):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode == 0:
        return "" if only_failures else done.stdout
    return done.stdout + done.stderr or f"{command[0]} returned {done.returncode}\n"


def main(root, build, *names):
    lints = Lints(pathlib.Path(root).resolve(), pathlib.Path(build).resolve())
    failed = 0
    names = names or ("format", "layers", "sources", "symbols", "headers", "tidy")
    for name in names:
        wrong = getattr(lints, name)()
        print(f"{'FAILED' if wrong else 'ok    '} {name}", flush=True)
        if wrong:
            print(wrong, end="", flush=True)
            failed += 1
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
