"""Install into a folder, then build and run a program outside of the tree against that.

    install_test.py ROOT BUILD SANITIZERS C_COMPILER...

Prints TAP.  The program is built with what pkg-config says and nothing else: shared, static,
and as C++ where a compiler for that is here.  SANITIZERS is meson's b_sanitize: a sanitized library
asks more of a program than pkg-config tells, so there is nothing to test with any but `none`.

SPDX-License-Identifier: MIT
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).parent
TEXT = "Hello from outside"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever the environment says


class Failure(Exception):
    pass


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    )
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed:
    """The library, installed below `folder`, and what it should look like there."""

    def __init__(self, root, build, compiler, folder):
        self.root, self.build, self.compiler, self.folder = root, build, compiler, folder
        run("meson", "install", "-C", build, "--no-rebuild", "--destdir", folder / "installed")
        found = list((folder / "installed").rglob("weft.pc"))
        if len(found) != 1:
            raise Failure(f"weft.pc is installed {len(found)} times")
        self.libraries = found[0].parent.parent
        prefix = re.search(r"^prefix=(.*)$", found[0].read_text(), re.M)[1]
        self.prefix = folder / "installed" / prefix.lstrip("/")
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(found[0].parent)}

    def pkg_config(self, *options):
        # The files lie below a folder, where weft.pc does not expect them.
        moved = f"--define-variable=prefix={self.prefix}"
        return run("pkg-config", moved, *options, "weft", env=self.environment).split()

    def program(self, name, *compiler, flags):
        """consumer.c, copied out of the tree and built."""
        place = self.folder / name
        place.mkdir()
        source = shutil.copy(HERE / "consumer.c", place)
        strict = ("-Wall", "-Wextra", "-Werror", "-pedantic-errors")
        run(*compiler, *strict, source, "-x", "none", "-o", place / "consumer", *flags)
        return place / "consumer"

    def expect_it_serves(self, program, **environment):
        server = subprocess.Popen(
            [str(program), "--port", "0"], stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        try:
            line = server.stderr.readline()
            if not line.startswith("listening on "):
                raise Failure(f"it said {line!r}")
            with DIRECT.open(line.split()[-1], timeout=20) as reply:
                text = reply.read().decode()
            server.terminate()
            status = server.wait(20)
        finally:
            server.kill()
            server.communicate()
        if (text, status) != (TEXT, 0):
            raise Failure(f"it answered {text!r}, and ended with {status}")

    def has_every_public_header(self):
        for place in ("framework/include", "middleware/include"):
            for header in (self.root / place).rglob("*.h"):
                name = header.relative_to(self.root / place)
                if not (self.prefix / "include" / name).is_file():
                    raise Failure(f"{name} is not installed")

    def has_the_script_for_gdb(self):
        if not (self.prefix / "share" / "weft" / "weft-gdb.py").is_file():
            raise Failure("weft-gdb.py is not installed")

    def installs_nothing_else(self):
        files = [f.relative_to(self.folder / "installed") for f in (self.folder / "installed").rglob("*")]
        for file in files:
            name = file.as_posix()
            if "." in file.name and not re.search(r"/include/weft|/libweft\.(a|so[.\d]*)$|/weft\.pc$|/share/weft/weft-gdb\.py$", name):
                raise Failure(f"{name} is installed")

    def has_a_versioned_soname(self):
        version = self.pkg_config("--modversion")[0]
        soname = f"libweft.so.{'.'.join(version.split('.')[:2])}"
        library = self.libraries / "libweft.so"
        if library.resolve().name != f"libweft.so.{version}" or not (self.libraries / soname).exists():
            raise Failure(f"libweft.so is {library.resolve().name}")
        dynamic = run("readelf", "-d", library)
        if f"soname: [{soname}]" not in dynamic:
            raise Failure(f"the soname is not {soname}:\n{dynamic}")

    def builds_a_program_shared(self):
        flags = self.pkg_config("--cflags", "--libs")
        program = self.program("shared", *self.compiler, "-std=c17", flags=flags)
        needed = run("readelf", "-d", program)
        if "libweft.so." not in needed:
            raise Failure(f"the program does not need libweft.so:\n{needed}")
        self.expect_it_serves(program, LD_LIBRARY_PATH=str(self.libraries))

    def builds_a_program_static(self):
        flags = self.pkg_config("--static", "--cflags", "--libs")
        # Debian's libuv is called libuv_a.a where it is static; so Weft is, and the others are not.
        flags = [str(self.libraries / "libweft.a") if flag == "-lweft" else flag for flag in flags]
        self.expect_it_serves(self.program("static", *self.compiler, "-std=c17", flags=flags))

    def builds_a_program_in_cxx(self):
        flags = self.pkg_config("--cflags", "--libs")
        if shutil.which("c++") is None:
            return "SKIP no C++ compiler"
        program = self.program("cxx", "c++", "-x", "c++", "-std=c++17", flags=flags)
        self.expect_it_serves(program, LD_LIBRARY_PATH=str(self.libraries))


CASES = (
    "has_every_public_header",
    "has_the_script_for_gdb",
    "installs_nothing_else",
    "has_a_versioned_soname",
    "builds_a_program_shared",
    "builds_a_program_static",
    "builds_a_program_in_cxx",
)


def main(root, build, sanitizers, *compiler):
    if sanitizers != "none":
        print("TAP version 13\n1..0 # SKIP the library is sanitized")
        return 0
    print(f"TAP version 13\n1..{len(CASES)}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        installed = Installed(pathlib.Path(root), build, compiler, pathlib.Path(folder))
        for number, case in enumerate(CASES, 1):
            try:
                note = getattr(installed, case)()
                print(f"ok {number} - install::{case}{f' # {note}' if note else ''}", flush=True)
            except Failure as failure:
                print(f"not ok {number} - install::{case}", flush=True)
                print(failure, file=sys.stderr, flush=True)
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
