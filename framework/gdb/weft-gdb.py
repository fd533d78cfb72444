"""Tasks of Weft in gdb: lists them, and shows the stack of one, in a process or a core file.

    (gdb) source .../weft-gdb.py
    (gdb) help weft

A suspended task's registers lie on its stack (task/coro_<machine>.S) or in its ucontext_t.
Nothing is written to the process: an unwinder makes them the caller's of the thread's innermost
function, which `bt` then leaves out.  That function can be several frames to gdb, one for each
function that was inlined there; all have the registers of the thread.  Structs are read by their
debug information, so libweft has to be built with -g.

SPDX-License-Identifier: MIT
"""
import itertools
import time

import gdb
from gdb.unwinder import Unwinder, register_unwinder

LINE_BYTES = 64  # where a task lies at the top of its stack, see place_task() in task/pool.c
LINES = 64
FOREVER = 2**64 - 1


# --- Reading ------------------------------------------------------------------------------------


def struct(name):
    """The struct's type; a declaration without fields is as good as none."""
    try:
        found = gdb.lookup_type(f"struct {name}")
        if found.fields():
            return found
    except gdb.error:
        pass
    raise gdb.GdbError(f"weft: no debug information for struct {name}: this needs a libweft that was "
                       "built with -g (meson setup --buildtype=debugoptimized)")


def at(type_, address):
    return gdb.Value(address).cast(type_.pointer()).dereference()


def text(pointer, length=None):
    """A C string; None for NULL."""
    if int(pointer) == 0:
        return None
    try:
        return pointer.string(errors="replace", **({} if length is None else {"length": int(length)}))
    except gdb.MemoryError:
        return "?"


def entries(head, name, member):
    """The structs in a list of task/base's kind, by the member that links them."""
    type_ = struct(name)
    offset = next(field.bitpos // 8 for field in type_.fields() if field.name == member)
    node, end = head["next"], int(head.address)
    while int(node) not in (end, 0):
        yield at(type_, int(node) - offset)
        node = node["next"]


def architecture():
    return gdb.selected_inferior().architecture().name()


# --- Registers of a suspended task --------------------------------------------------------------

# Offsets from the stack pointer that was left behind, and how much lies there.
NATIVE = {
    "i386:x86-64": ({"r15": 0, "r14": 8, "r13": 16, "r12": 24, "rbx": 32, "rbp": 40, "rip": 48},
                    "rsp", 56),
    "aarch64": ({**{f"x{19 + i}": 64 + 8 * i for i in range(12)}, "pc": 152}, "sp", 160),
}

# Places in the general registers of an mcontext_t.
GREGS = {"r12": 4, "r13": 5, "r14": 6, "r15": 7, "rbp": 10, "rbx": 11, "rsp": 15, "rip": 16}

STACK_POINTERS = ("rsp", "sp")


def saved_native(coro):
    """By name, and the stack pointer itself."""
    if architecture() not in NATIVE:
        raise gdb.GdbError(f"weft: the stack switch of {architecture()} is not known here")
    offsets, stack_pointer, size = NATIVE[architecture()]
    word = gdb.lookup_type("unsigned long")
    left = int(coro["sp"])
    registers = {name: int(at(word, left + offset)) for name, offset in offsets.items()}
    return {**registers, stack_pointer: left + size}, left


def saved_ucontext(coro):
    machine = coro["context"]["uc_mcontext"]
    if architecture() == "i386:x86-64":
        registers = {name: int(machine["gregs"][i]) & FOREVER for name, i in GREGS.items()}
        return registers, registers["rsp"]
    if architecture() == "aarch64":
        registers = {f"x{i}": int(machine["regs"][i]) for i in range(19, 31)}
        return {**registers, "sp": int(machine["sp"]), "pc": int(machine["pc"])}, int(machine["sp"])
    raise gdb.GdbError(f"weft: the ucontext_t of {architecture()} is not known here")


def saved(coro):
    kept = {field.name for field in coro.type.fields()}
    return saved_native(coro) if "sp" in kept else saved_ucontext(coro)


# --- Tasks and loops ----------------------------------------------------------------------------


class Loop:
    def __init__(self, value):
        self.value = value
        self.address = int(value.address)
        self.current = int(value["current"])
        self.background = int(value["background"].address)  # the set of its own tasks
        self.now_ms = self._now_ms()
        self.unread = 0  # stacks that cannot be

    def _now_ms(self):
        """On the loop's clock: now, where that can be known, else as of its last turn."""
        if bool(self.value["lab"]["virtual_clock"]):
            return int(self.value["lab"]["now_ms"])
        turn = int(self.value["uv"]["time"])
        connection = getattr(gdb.selected_inferior(), "connection", None)
        alive = connection is not None and connection.type == "native"
        return max(turn, time.monotonic_ns() // 1_000_000) if alive else turn

    def tasks(self):
        stacks = self.value["stacks"]
        every = FOREVER >> (64 - int(stacks["slab_slots"]))
        places = {}  # of the task below the top of its stack, by slot
        for which in "full", "open":
            for slab in entries(stacks[which], "weft__slab", "link"):
                taken = every & ~int(slab["cold"])
                for slot in (i for i in range(64) if taken >> i & 1):
                    top = int(slab["base"]) + (slot + 1) * int(stacks["slot_bytes"])
                    task = self._task_below(top, slot, places)
                    if task is not None and task.exists():
                        yield task

    def _task_below(self, top, slot, places):
        type_ = struct("weft_task")
        fits = -(-type_.sizeof // LINE_BYTES)
        try:
            if slot not in places:
                places[slot] = next(lines * LINE_BYTES for lines in range(fits, fits + LINES)
                                    if self._is_task(at(type_, top - lines * LINE_BYTES), top))
            task = at(type_, top - places[slot])
            return Task(self, task) if self._is_task(task, top) else None
        except (gdb.MemoryError, StopIteration):  # a core file need not have all stacks
            self.unread += 1
            return None

    def _is_task(self, task, top):
        return int(task["loop"]) == self.address and int(task["stack"]["top"]) == top


class Task:
    def __init__(self, loop, value):
        self.loop = loop
        self.value = value
        self.address = int(value.address)
        self.running = self.address == loop.current
        self.begun = bool(value["begun"])
        self.ended = bool(value["ended"])
        named = "request" if int(value["context"]) != 0 else "unnamed"
        self.name = text(value["name"]) or named

    def exists(self):
        """One in the pool has never run, or has ended and belongs to no list."""
        return int(self.value["fn"]) != 0 and not (self.ended and int(self.value["sibling"]["next"]) == 0)

    def title(self):
        work = self._work()
        return f'task {self.address:#x} "{self.name}"' + (f" ({work})" if work else "")

    def _work(self):
        """The request that it works for; other contexts than those of the server are unknown."""
        if int(self.value["context"]) == 0:
            return None
        try:
            request = at(struct("weft_request"), int(self.value["context"]))
            if int(request["task"]) != self.address:
                return f"context {int(self.value['context']):#x}"
            said = [f"{text(request['head']['method_text'])} "
                    f"{text(request['head']['path'], request['head']['path_length'])}"]
            if int(request["route"]) != 0:
                said.append(f"route {text(request['route']['full']['text'])}")
            if int(request["id"]) != 0:
                said.append(f"request {text(request['id'])}")
            return ", ".join(said)
        except (gdb.error, gdb.GdbError):
            return None

    def state(self):
        wait = self.value["wait"]
        if self.running:
            said = "running"
        elif self.ended:
            said = f"ended, not joined, result {int(self.value['result'])}"
        elif int(wait) != 0:
            since = max(self.loop.now_ms - int(wait["since_ms"]), 0)
            said = f"waiting {since} ms for {text(wait['what'])}"
        else:
            said = "ready" if self.begun else "new"
        return said + (", cancelled" if int(self.value["cancels"]) > 0 and not self.ended else "")

    def deadline(self):
        scope = self.value["scope"]
        end = int(scope["deadline_ms"] if int(scope) != 0 else self.value["deadline_ms"])
        if self.ended or end == FOREVER:
            return None
        left = end - self.loop.now_ms
        return f"deadline in {left} ms" if left > 0 else "out of time"

    def owner(self):
        group = self.value["group"]
        owner = group["owner"] if int(group) != 0 else self.value["owner"]
        if int(owner) != 0:
            return f'parent {int(owner):#x} "{text(owner["name"]) or "unnamed"}"'
        background = int(self.value["background"])
        if background != 0:
            return "owned by the loop" if background == self.loop.background else "owned by an app"
        block = gdb.block_for_pc(int(self.value["on_ended"])) if int(self.value["on_ended"]) != 0 else None
        return f"ends in {block.function}()" if block is not None and block.function else None

    def stack(self):
        if self.ended or not self.begun:
            return None
        low = int(self.value["stack"]["low"])
        sp = self.thread()[1] if self.running else saved(self.value["coro"])[1]
        if sp is None or not low <= sp <= self.address:
            return None
        return f"stack {self.address - sp} of {self.address - low} bytes"

    def thread(self):
        """The thread that runs it and the stack pointer there, or None twice."""
        low = int(self.value["stack"]["low"])
        before, frame = gdb.selected_thread(), gdb.selected_frame()
        try:
            for thread in gdb.selected_inferior().threads():
                thread.switch()
                sp = int(gdb.newest_frame().read_register("sp"))
                if low <= sp <= self.address:
                    return thread, sp
        finally:
            before.switch()
            if frame.is_valid():
                frame.select()
        return None, None

    def line(self):
        facts = [self.state(), self.deadline(), self.owner(), self.stack()]
        return f"{self.title()}: " + ", ".join(fact for fact in facts if fact)


def loops():
    if gdb.selected_thread() is None:
        raise gdb.GdbError("weft: there is no process and no core file")
    struct("weft_task")
    try:
        head = gdb.parse_and_eval("weft__loops")
    except gdb.error:
        raise gdb.GdbError("weft: this program has no libweft, or one without symbols") from None
    return [Loop(value) for value in entries(head, "weft_loop", "in_loops")]


def find(argument):
    """The task of that address (any expression) or name."""
    every = [task for loop in loops() for task in loop.tasks()]
    named = [task for task in every if task.name == argument.strip('"')]
    if len(named) == 1:
        return named[0]
    if named:
        raise gdb.GdbError(f"weft: {len(named)} tasks are called {argument}; take one by its address")
    try:
        address = int(gdb.parse_and_eval(argument))
    except gdb.error:
        raise gdb.GdbError(f"weft: no task is called {argument}") from None
    for task in every:
        if task.address == address:
            return task
    raise gdb.GdbError(f"weft: no task lies at {address:#x}")


# --- Another stack ------------------------------------------------------------------------------


def place(frame):
    """Where it is: the same for a function and what was inlined there, else different."""
    return frame.pc(), int(frame.read_register("sp"))


class Shown:
    """A suspended task, and the thread in whose place its stack is seen."""

    def __init__(self, task):
        self.task = task
        self.registers, self.left = saved(task.value["coro"])
        self.sp = next(self.registers[name] for name in STACK_POINTERS if name in self.registers)
        self.thread = gdb.selected_thread().ptid
        self.place = place(gdb.newest_frame())


class Switch(Unwinder):
    """While a task is shown: its frames are the callers of one thread's innermost function."""

    def __init__(self):
        super().__init__("weft-task")
        self.shown = None
        self.priority = 1000
        gdb.frame_filters[self.name] = self

    def to(self, task):
        if task.running:
            raise gdb.GdbError(f"weft: {task.title()} is running: its stack is that of a thread")
        if task.ended or not task.begun:
            raise gdb.GdbError(f"weft: {task.title()} has {'ended' if task.ended else 'not begun'}: "
                               "it has no stack")
        self.show(Shown(task))
        try:
            self._innermost().select()
        except (gdb.error, gdb.GdbError):
            self.back()
            raise

    def _innermost(self):
        """Of the task's frames.  Whatever keeps gdb from them, another stack is never shown."""
        frame = gdb.newest_frame()
        while frame is not None and place(frame) == self.shown.place:
            last, frame = frame, frame.older()
        if frame is None:
            raise gdb.GdbError(f"weft: gdb does not look past {last.name() or 'the frame'}() of this thread: "
                               "take another thread, or `set backtrace past-main on`")
        if place(frame)[1] != self.shown.sp:
            raise gdb.GdbError(f"weft: gdb does not find the stack of {self.shown.task.title()} from "
                               "this thread: take another thread")
        return frame

    def show(self, shown):
        """The stack of a task from now on, or with None the thread's own; selects no frame."""
        self.shown = shown
        gdb.invalidate_cached_frames()

    def forget(self, _event=None):
        self.shown = None

    def back(self):
        self.show(None)
        gdb.newest_frame().select()

    def _applies(self):
        return self.shown is not None and gdb.selected_thread().ptid == self.shown.thread

    def __call__(self, pending):
        if not self._applies():
            return None
        # By the registers: gdb does not ask about inlined frames, so the level need not be 0.
        pc = pending.read_register("pc")
        if (int(pc), int(pending.read_register("sp"))) != self.shown.place:
            return None
        # Callers lie above: this frame is one below those of the task.
        info = pending.create_unwind_info(FrameId(self.shown.left, pc))
        for name, value in self.shown.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(pending.read_register(name).type))
        return info

    def filter(self, frames):
        """gdb's frame filter: leave out the thread's own frames."""
        if not self._applies():
            return frames
        return itertools.dropwhile(lambda f: place(f.inferior_frame()) == self.shown.place, frames)


class FrameId:
    def __init__(self, sp, pc):
        self.sp = gdb.Value(sp).cast(pc.type)
        self.pc = pc


# --- Commands -----------------------------------------------------------------------------------


class Weft(gdb.Command):
    """Tasks of Weft.

weft tasks           every task of every loop: state, what it waits for, owner, depth of its stack
weft bt TASK [ARGS]  the backtrace of a task, by its address or name; ARGS are those of `bt`
weft bt all [ARGS]   of all of them
weft switch TASK     make a suspended task's stack what `bt`, `up`, `info locals` and `print` see
weft back            see the thread's own stack again; before a step, too"""

    def __init__(self):
        super().__init__("weft", gdb.COMMAND_STACK, gdb.COMPLETE_NONE, True)


class Tasks(gdb.Command):
    """Every task of every loop, one a line."""

    def __init__(self):
        super().__init__("weft tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for loop in loops():
            count = 0
            print(f"loop {loop.address:#x}:")
            for task in loop.tasks():
                print(f"  {task.line()}")
                count += 1
            print(f"  tasks: {count}; switches: {int(loop.value['switches'])}; "
                  f"stacks for reuse: {int(loop.value['pooled'])}")
            if loop.unread > 0:
                print(f"  stacks that cannot be read: {loop.unread}; gcore does not save them, the system does")


class Backtrace(gdb.Command):
    """The backtrace of one task, or of all: weft bt TASK|all [ARGS of bt]"""

    def __init__(self):
        super().__init__("weft bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        which, arguments = split(argument, "weft bt TASK|all [ARGS]")
        if which != "all":
            self._show(find(which), arguments)
            return
        for task in [task for loop in loops() for task in loop.tasks()]:
            print(task.line())
            if task.begun and not task.ended:
                try:
                    self._show(task, arguments)
                except (gdb.error, gdb.GdbError) as error:  # the others are wanted all the same
                    print(error)

    def _show(self, task, arguments):
        thread, frame, before = gdb.selected_thread(), gdb.selected_frame(), switch.shown
        try:
            switch.show(None)
            if task.running:
                own, _ = task.thread()
                if own is None:
                    raise gdb.GdbError(f"weft: no thread runs {task.title()}")
                own.switch()
            else:
                switch.to(task)
            gdb.execute(f"backtrace {arguments}")
        finally:
            thread.switch()
            switch.show(before)
            if frame.is_valid():
                frame.select()


class SwitchTo(gdb.Command):
    """Make a suspended task's stack what `bt`, `up`, `info locals` and `print` see.

Nothing is written to the process.  `weft back` before stepping."""

    def __init__(self):
        super().__init__("weft switch", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        which, _ = split(argument, "weft switch TASK")
        switch.to(find(which))
        print(f"[{switch.shown.task.line()}]")
        gdb.execute("frame")


class Back(gdb.Command):
    """See the thread's own stack again."""

    def __init__(self):
        super().__init__("weft back", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if gdb.selected_thread() is not None:
            switch.back()
            gdb.execute("frame")


def split(argument, usage):
    words = gdb.string_to_argv(argument)
    if not words:
        raise gdb.GdbError(f"usage: {usage}")
    return words[0], " ".join(words[1:])


for command in Weft, Tasks, Backtrace, SwitchTo, Back:
    command()
switch = Switch()
register_unwinder(None, switch, replace=True)
gdb.events.cont.connect(switch.forget)
gdb.events.exited.connect(switch.forget)
