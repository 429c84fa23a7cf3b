"""One execution of a program under one schedule, on the unmodified bytecode.

Threads are greenlets of one OS thread. `sys.settrace` reports every instruction just before it is executed;
if it is a scheduling point, its thread gives way to the loop here, which asks for a choice. Between two
choices exactly one thread runs.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import greenlet

from oracle import threads as primitives
from oracle.footprints import Footprint
from oracle.outcome import Outcome, Refused, canonical
from oracle.points import FILENAME, Module, Table
from oracle.threads import Pending, Thread
from oracle.virtual import virtual_threading, virtual_time, virtual_treadle

Transition = tuple[int, str, Footprint, str]  # index of the thread, alternative, what the step touches, label
Choose = Callable[[list[Transition]], int | None]
Trace = Callable[[FrameType, str, Any], Any]

IMPORTABLE = frozenset({"collections", "functools", "itertools", "__future__"})
DEATHS = 20
MAX_INSTRUCTIONS = 100_000
TRACED_APART = sys.version_info < (3, 12)  # whether tracing is on is then a property of each greenlet


class Execution:
    """One execution: `run` performs it, asking `choose` wherever there is a choice; None from it abandons."""

    def __init__(self, module: Module, name: str, choose: Choose, spurious: bool, max_steps: int) -> None:
        self.module = module
        self.name = name
        self.choose = choose
        self.spurious = spurious
        self.max_steps = max_steps
        self.handles_shared = module.handles_shared
        self.thread: Thread | None = None
        self.threads: list[Thread] = []
        self.killing = False
        self.cut = False
        self.steps: list[tuple[int, str, str]] = []
        self.late: set[str] = set()
        self._counts: dict[str, int] = {}
        self._fresh: list[Thread] = []
        self._failures: list[tuple[str, str]] = []
        self._refusal: BaseException | None = None
        self._instructions = 0
        self._traces: dict[tuple[int, bool], Trace] = {}

    def run(self) -> Outcome | None:
        """Perform it; the outcome, or None if it was abandoned."""
        self._hub = greenlet.getcurrent()
        primitives.running = self
        names: dict[str, Any] = {"__name__": "program_under_oracle", "__builtins__": _builtins()}
        try:
            exec(self.module.code, names)
            main = Thread(target=names[self.name], name="MainThread", daemon=False)
            main.started = True
            self.begin(main)
            _arm(self._enter)
            ended = self._loop()
            sys.settrace(None)
            return self._outcome(names) if ended else None
        finally:
            sys.settrace(None)
            self._kill()
            primitives.running = None

    # What the primitives use.

    def count(self, kind: str) -> int:
        """How many of this kind were counted before in this execution."""
        number = self._counts.get(kind, 0)
        self._counts[kind] = number + 1
        return number

    def begin(self, thread: Thread) -> None:
        """Let a new thread run from now on."""
        thread.greenlet = greenlet.greenlet(self._body, self._hub)
        self.threads.append(thread)
        self._fresh.append(thread)

    def suspend(self, pending: Pending) -> str:
        """Give way to the scheduler in the running thread; return the alternative that it chose."""
        if self.killing:
            raise greenlet.GreenletExit
        thread = primitives.current_thread()
        if len(self.threads) == 1 and pending.alternatives() == primitives.GO:
            return "go"
        thread.pending = pending
        self._hub.switch()
        if self.killing:
            raise greenlet.GreenletExit
        return thread.chosen

    # The loop.

    def _loop(self) -> bool:
        """Run until no thread can go on; False if abandoned or cut."""
        while True:
            self._settle()
            transitions = [
                (thread.index, way, thread.pending.footprint, thread.pending.label)
                for thread in self.threads
                if thread.pending is not None
                for way in thread.pending.alternatives()
            ]
            if not transitions:
                return True
            if len(self.steps) >= self.max_steps:
                self.cut = True
                return False
            choice = self.choose(transitions)
            if choice is None:
                return False
            index, way, _, label = transitions[choice]
            self.steps.append((index, way, label))
            self._resume(next(thread for thread in self.threads if thread.index == index), way)

    def _settle(self) -> None:
        """Go as far as nobody else can tell: new threads to their first point, joins that are over."""
        while True:
            while self._fresh:
                self._resume(self._fresh.pop(), "")
            for thread in self.threads:
                if thread.pending is not None and thread.pending.invisible and thread.pending.alternatives():
                    self._resume(thread, "go")
                    break
            else:
                return

    def _resume(self, thread: Thread, way: str) -> None:
        thread.chosen = way
        thread.pending = None
        self.thread = thread
        assert thread.greenlet is not None
        thread.greenlet.switch()
        self.thread = None
        if self._refusal is not None:
            raise self._refusal

    def _body(self) -> None:
        """What a thread's greenlet does."""
        thread = primitives.current_thread()
        if TRACED_APART:
            sys.settrace(self._enter)
        try:
            thread.run()
        except (greenlet.GreenletExit, SystemExit):
            pass
        except Exception as error:
            self._failures.append((thread.name, type(error).__name__))
        except BaseException as error:
            self._refusal = error
        if not thread.watched and not self.killing and self._refusal is None:
            self._refusal = Refused(f"no instruction of {thread.name} was reported")
        thread.finished = True

    # Seeing every instruction.

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Trace | None:
        """Called on entering a frame: the tracing of its instructions, or None if it is not the program's."""
        code = frame.f_code
        if code.co_filename != FILENAME or self.thread is None:
            return None
        caller = frame.f_back
        transparent = (
            caller is None
            or caller.f_code.co_filename != FILENAME
            or self.module.transparent(code, caller.f_code, caller.f_lasti)
        )
        key = (id(code), transparent)
        trace = self._traces.get(key)
        if trace is None:
            trace = self._traces[key] = self._tracing(self.module.table(code, transparent))
        frame.f_trace = trace  # set here already: 3.13 looks for it when opcodes are asked for
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return trace

    def _tracing(self, table: Table) -> Trace:
        """The trace function of a frame whose scheduling points are in this table."""

        def trace(frame: FrameType, event: str, argument: Any) -> Trace:
            if event == "opcode":
                self._count_instruction()
                point = table.get(frame.f_lasti)
                if point is not None and not self.killing:
                    if point.late_store is not None and len(self.threads) > 1:
                        self.late.add(point.late_store)
                    # A switch inside of a trace function would leave tracing off for everyone else.
                    sys.call_tracing(self.suspend, (Pending(point.label, point.footprint),))
            return trace

        return trace

    def _count_instruction(self) -> None:
        self._instructions += 1
        if self._instructions > MAX_INSTRUCTIONS:
            raise Refused("an execution without an end")
        assert self.thread is not None
        self.thread.watched = True

    # The end.

    def _outcome(self, names: dict[str, Any]) -> Outcome:
        deadlocked = any(not thread.finished and not thread.daemon for thread in self.threads)
        self.thread = self.threads[0]
        return Outcome(deadlocked, tuple(sorted(self._failures)), canonical(names["observe"]()))

    def _kill(self) -> None:
        """End every suspended thread now, so that none of its code runs later, inside another execution."""
        self.killing = True
        for thread in self.threads:
            self.thread = thread
            for _ in range(DEATHS):
                if thread.greenlet is None or thread.finished:
                    break
                thread.greenlet.throw(greenlet.GreenletExit)


def _arm(enter: Trace) -> None:
    """Trace from now on. 3.12 looks for a frame that wants opcodes when tracing begins."""
    sys._getframe().f_trace_opcodes = True
    sys.settrace(enter)


def _builtins() -> dict[str, Any]:
    contents = dict(vars(builtins))
    stand_ins = {"threading": virtual_threading(), "time": virtual_time(), "treadle": virtual_treadle()}

    def import_module(name: str, *rest: Any) -> ModuleType:
        if name in stand_ins:
            return stand_ins[name]
        if name not in IMPORTABLE:
            raise Refused(f"the oracle does not import {name}")
        return __import__(name, *rest)

    contents["__import__"] = import_module
    return contents
