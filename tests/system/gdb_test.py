"""framework/gdb/weft-gdb.py: lists tasks, and shows their stacks, in a process and in core files.

    gdb_test.py GDB_TARGET SCRIPT
"""
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from harness import Program, SLOW, case, run

GDB = ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "set width 0"]
SCRIPT = None
TASK = re.compile(r'^  task (0x[0-9a-f]+) "([^"]*)": (.*)$', re.M)
MOST_CORE = 1 << 30  # bytes; it takes some 100 MB


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_CORE, MOST_CORE))
    resource.setrlimit(resource.RLIMIT_CORE, (MOST_CORE, MOST_CORE))


def gdb(*commands, args=(), core=None, program=None):
    """What gdb says to the commands, on the program or on its core file."""
    words = [*GDB]
    for command in (f"source {SCRIPT}", *commands):
        words += ["-ex", command]
    program = program or Program.executable
    words += ["--core", str(core), program] if core else ["--args", program, *args]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100 * SLOW, check=False,
                          stdin=subprocess.DEVNULL, preexec_fn=limit_files, errors="replace")
    return done.stdout + done.stderr


def stopped(where, *commands, args=()):
    return gdb(f"break {where}", "run", *commands, args=args)


def tasks(said):
    """Their lines, by name; the names are the target's."""
    return {name: line for _, name, line in TASK.findall(said)}


def functions(said):
    """Of a backtrace, innermost first."""
    return re.findall(r"^#\d+ .*?\b(\w+) \(", said, re.M)


def expect_suspended_tasks(said):
    """With no task running: what is in each line."""
    lines = tasks(said)
    assert set(lines) == {"main", "sleeper", "done", "fresh", "in a group", "background", "elsewhere"}, said
    assert re.match(r'waiting \d+ ms for sleep, parent 0x[0-9a-f]+ "main", stack \d+ of \d+ bytes$',
                    lines["sleeper"]), lines
    assert re.match(r'waiting \d+ ms for event, deadline in \d+ ms, parent 0x[0-9a-f]+ "main", stack',
                    lines["in a group"]), lines
    assert re.match(r"waiting \d+ ms for event, deadline in \d+ ms, owned by the loop, stack",
                    lines["background"]), lines
    assert re.match(r'ended, not joined, result 7, parent 0x[0-9a-f]+ "main"$', lines["done"]), lines
    assert re.match(r"waiting \d+ ms for event, ends in first_ended\(\), stack", lines["main"]), lines
    assert re.match(r"waiting \d+ ms for sleep, ends in first_ended\(\), stack", lines["elsewhere"]), lines
    assert len(re.findall(r"^loop 0x", said, re.M)) == 2, said


def expect_stack_of_sleeper(said):
    names = functions(said)
    begin = names.index("weft_sleep")
    assert names[begin:begin + 3] == ["weft_sleep", "wait_for_bell", "sleeper"], said
    assert "main" not in names and "stop_in_loop" not in names, said


LOOK = ("weft tasks", "echo @@@\\n", "weft bt sleeper", "echo @@@\\n", "weft switch sleeper",
        "frame function wait_for_bell", "print bells * 100", "info locals", "up", "echo @@@\\n",
        "weft back", "backtrace")


def expect_look(said):
    listed, trace, switched, back = said.split("@@@\n")
    expect_suspended_tasks(listed)
    expect_stack_of_sleeper(trace)
    assert "= 2100\n" in switched and "kept = 42\n" in switched, switched
    assert "sleeper (arg=" in switched.split("kept = 42")[1], switched
    assert "wait_for_bell" not in back and "weft_run (" in back, back


@case
def looks_at_a_process_which_then_goes_on():
    said = stopped("stop_in_loop", *LOOK, "continue")
    assert "went on\n" in said and "exited normally" in said, said
    said = said.replace("went on\n", "").split("Continuing")[0]
    expect_look(said)


@case
def attaches_to_a_process_and_leaves_it_as_it_was():
    target = subprocess.Popen([Program.executable, "stay"], stdout=subprocess.PIPE)
    try:
        assert target.stdout.readline() == b"staying\n"
        said = gdb(f"attach {target.pid}", *LOOK, "detach")
        if "Operation not permitted" in said:
            print("# not tried: attaching is forbidden here", flush=True)
            return
        expect_look(said)
        assert target.poll() is None, target.returncode
    finally:
        target.kill()
        target.communicate()


@case
def tells_a_running_task():
    said = stopped("stop_in_task", "weft tasks", "echo @@@\\n", "weft bt main", "echo @@@\\n",
                   "weft switch main", "weft switch fresh", "weft switch done")
    listed, trace, refused = said.split("@@@\n")
    lines = tasks(listed)
    assert re.match(r"running, ends in first_ended\(\), stack \d+ of", lines["main"]), lines
    assert lines["fresh"].startswith('new, parent 0x'), lines
    assert functions(trace)[:2] == ["stop_in_task", "look"], trace
    assert '"main" is running: its stack is that of a thread' in refused, refused
    assert '"fresh" has not begun: it has no stack' in refused, refused
    assert '"done" has ended: it has no stack' in refused, refused


@case
def takes_a_task_by_its_address_and_shows_all():
    said = stopped("stop_in_loop", "weft bt all", "weft bt 0x10", "weft bt nobody", "weft switch")
    assert said.count(" weft_event_wait (") == 3 and said.count(" wait_for_bell (") == 1, said
    assert "no task lies at 0x10" in said and "no task is called nobody" in said, said
    assert "usage: weft switch TASK" in said, said
    address = re.search(r'task (0x[0-9a-f]+) "sleeper"', said)[1]
    expect_stack_of_sleeper(stopped("stop_in_loop", f"weft bt {address}").split("stop_in_loop (", 1)[1])


def expect_in_inlined(said, *callers):
    """The backtrace of a thread that is in inlined() of gdb_target.c."""
    names = functions(said)
    begin = names.index("inlined")
    assert names[begin:begin + 2 + len(callers)] == ["inlined", "inlined_twice", *callers], said


def expect_only_task(said, *frames):
    """The backtrace of a task that sleeps, with nothing of the thread in whose place it is seen."""
    names = functions(said)
    begin = names.index("weft_sleep")
    assert names[begin + 1:begin + 1 + len(frames)] == list(frames), said
    assert not {"inlined", "inlined_twice", "look", "outside", "main"} & set(names), said


@case
def shows_a_task_where_another_is_in_an_inlined_function():
    said = stopped("stop_in_task", "break inlined", "continue", "stepi", "echo @@@\\n",
                   "backtrace", "echo @@@\\n", "weft bt sleeper", "echo @@@\\n",
                   "weft bt main", "echo @@@\\n",
                   "weft switch sleeper", "frame function wait_for_bell", "weft tasks", "weft bt main",
                   "echo @@@\\n", "info locals", "backtrace", "echo @@@\\n",
                   "weft back", "backtrace")
    _, own, trace, running, _, switched, back = said.split("@@@\n")
    expect_in_inlined(own, "look")
    expect_only_task(trace, "wait_for_bell", "sleeper")
    expect_in_inlined(running, "look")
    assert "kept = 42\n" in switched, switched  # the frame is still the selected one
    expect_only_task(switched, "wait_for_bell", "sleeper")
    expect_in_inlined(back.split("\n", 2)[2], "look")


@case
def shows_tasks_where_the_thread_is_in_an_inlined_function_outside_of_them():
    said = stopped("inlined", "stepi", "echo @@@\\n", "backtrace", "echo @@@\\n",
                   "weft bt all", "echo @@@\\n", "weft switch elsewhere", "backtrace", "echo @@@\\n",
                   "weft back", "backtrace")
    _, own, every, switched, back = said.split("@@@\n")
    expect_in_inlined(own, "outside", "main")
    expect_only_task(every, "other_main")
    expect_only_task(switched, "other_main")
    expect_in_inlined(back.split("\n", 2)[2], "outside", "main")


@case
def leaves_the_other_threads_as_they_are():
    said = stopped("inlined", "weft switch elsewhere", "thread 2", "weft bt elsewhere", "echo @@@\\n",
                   "backtrace", "echo @@@\\n", "thread 1", "echo @@@\\n", "backtrace")
    _, other, _, switched = said.split("@@@\n")
    assert "other_main" not in functions(other) and "other_loop" in functions(other), other
    expect_only_task(switched, "other_main")


@case
def refuses_where_gdb_looks_no_further():
    said = stopped("outside", "finish", "echo @@@\\n", "weft bt all", "weft switch elsewhere",
                   "backtrace", "echo @@@\\n", "set backtrace past-main on", "weft bt elsewhere",
                   "echo @@@\\n")
    _, refused, trace, errors = said.split("@@@\n")
    for said in refused, errors:  # of the first command, and of the second
        assert "gdb does not look past main() of this thread: take another thread" in said, said
    assert functions(refused) == ["main"], refused
    expect_only_task(trace, "other_main")


@case
def a_bound_is_passed_to_the_backtrace():
    said = stopped("stop_in_loop", "echo @@@\\n", "weft bt sleeper 2")
    assert len(functions(said.split("@@@\n")[1])) == 2, said


@case
def looks_at_a_core_file_of_gdb():
    with tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder, "core")
        # gdb stops saving a mapping where it meets a guard, unless that is a mapping of its own.
        said = stopped("stop_in_loop", f"generate-core-file {core}", args=["mprotect"])
        assert core.exists(), said
        expect_look(gdb(*LOOK, core=core))


@case
def says_when_a_core_file_lacks_the_stacks():
    with tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder, "core")
        stopped("stop_in_loop", f"generate-core-file {core}")
        said = gdb("weft tasks", core=core)
        # Kernels without guards of that kind leave nothing out.
        assert "sleeper" in tasks(said) or "stacks that cannot be read: 6;" in said, said


@case
def looks_at_a_core_file_of_the_system():
    if pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip() not in ("core", "core.%p"):
        print("# not tried: this system puts core files elsewhere", flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([Program.executable, "abort"], cwd=folder, preexec_fn=limit_files,
                       capture_output=True, timeout=60 * SLOW, check=False)
        cores = list(pathlib.Path(folder).glob("core*"))
        assert len(cores) == 1, cores
        expect_look(gdb(*LOOK, core=cores[0]))


@case
def says_what_is_missing():
    assert "there is no process and no core file" in gdb("weft tasks")
    with tempfile.TemporaryDirectory() as folder:
        bare = pathlib.Path(folder, "bare")
        subprocess.run(["strip", "--strip-debug", "-o", bare, Program.executable], check=True)
        said = gdb("break stop_in_loop", "run", "weft tasks", program=bare)
        assert "no debug information for struct weft_task" in said, said
    said = gdb("break main", "run", "weft tasks", program=shutil.which("true"))
    assert "Traceback" not in said, said


def missing():
    """Why there is nothing to test; None when there is."""
    if shutil.which("gdb") is None:
        return "gdb is not here"
    said = subprocess.run([*GDB, "-ex", "python print(6 * 7)", "-ex", "run", "--args", "true"],
                          capture_output=True, text=True, timeout=60 * SLOW, check=False,
                          stdin=subprocess.DEVNULL).stdout
    if "42" not in said:
        return "gdb has no Python"
    return None if "exited normally" in said else "gdb may not run programs"


if __name__ == "__main__":
    SCRIPT = os.path.abspath(sys.argv[2])
    REASON = missing()
    if REASON:
        print(f"1..0 # SKIP {REASON}")
    else:
        run(sys.argv)
