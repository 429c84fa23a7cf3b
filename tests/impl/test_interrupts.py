"""Real signals and re-entrant calls: nothing stays locked, nobody stays stuck, nothing is doubled."""

from __future__ import annotations

import dis
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import boundedqueue
from boundedqueue import Empty, Full, ShutDown, fast
from boundedqueue.fast import FastQueue

pytestmark = [
    pytest.mark.skipif(boundedqueue.FastQueue is not FastQueue, reason="without the GIL there is no fast queue"),
    pytest.mark.usefixtures("no_callbacks_of_collections"),
]


class Interrupted(BaseException):
    pass


@contextmanager
def signals(handler: Callable[..., Any], every: float) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def storm(operation: Callable[[], None], seconds: float, every: float = 0.0003) -> int:
    """Repeat the operation under signals that raise; return how many interrupts it had."""
    interrupts, armed = 0, False

    def handler(signum: int, frame: object) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise Interrupted

    end = time.monotonic() + seconds
    with signals(handler, every):
        while time.monotonic() < end:
            try:
                armed = True
                operation()
                armed = False
            except Interrupted:
                interrupts += 1
    return interrupts


def usable(queue: FastQueue[Any]) -> bool:
    """No turn was left taken and nobody is in line."""
    lines = len(queue._putters) + len(queue._getters) + len(queue._joiners)
    return hasattr(queue, "_turn") and lines == 0


def test_a_storm_of_interrupts_in_a_put_get_loop_leaves_the_queue_usable() -> None:
    queue = FastQueue[int](10)
    numbers, taken = itertools.count(), []

    def put_and_get() -> None:
        for _ in range(20):
            try:
                queue.put(next(numbers), timeout=0.01)
                taken.append(queue.get(timeout=0.01))
            except (Full, Empty):
                pass

    assert storm(put_and_get, 1.0) > 20
    assert usable(queue)
    assert taken == sorted(set(taken)), "an item came twice or out of order"
    while not queue.empty():
        queue.get()
    queue.put(-1)
    assert queue.get() == -1


def test_a_storm_of_interrupts_in_calls_that_take_the_turn_leaves_it_free() -> None:
    queue = FastQueue[int](1)

    def use() -> None:
        for _ in range(10):
            with suppress(Full, Empty, ValueError):
                queue.qsize()
                queue.put_nowait(1)
                queue.put_nowait(2)
            with suppress(Full, Empty, ValueError):
                queue.task_done()
                queue.get_nowait()
                queue.get_nowait()

    assert storm(use, 0.7) > 20
    assert usable(queue)
    queue.maxsize = 0
    queue.put(3)
    assert queue.qsize() in (1, 2)


def test_interrupts_while_blocked_in_get_lose_nothing_but_what_was_taken() -> None:
    queue = FastQueue[int](2)
    total = 3000
    taken: list[int] = []

    def produce() -> None:
        for n in range(total):
            queue.put(n)
        queue.shutdown()

    producer = threading.Thread(target=produce, daemon=True)
    producer.start()
    finished = False

    def consume() -> None:
        nonlocal finished
        try:
            for _ in range(5):
                item = queue.get()
                taken.append(item)
        except ShutDown:
            finished = True

    interrupts, end = 0, time.monotonic() + 20
    while not finished and time.monotonic() < end:
        interrupts += storm(consume, 0.1, every=0.0005)
    producer.join(10)
    assert not producer.is_alive(), "the producer is stuck"
    assert finished
    assert usable(queue)
    assert len(set(taken)) == len(taken), "an item came twice"
    lost = total - len(taken)
    assert lost <= interrupts


def test_interrupts_while_blocked_in_put_double_nothing_and_leave_nobody_stuck() -> None:
    queue = FastQueue[int](2)
    taken: list[int] = []
    consumer = threading.Thread(target=lambda: taken.extend(queue), daemon=True)
    consumer.start()
    numbers, done = itertools.count(), []

    def produce() -> None:
        for _ in range(5):
            n = next(numbers)
            queue.put(n)
            done.append(n)

    storm(produce, 1.0, every=0.0005)
    queue.shutdown()
    consumer.join(10)
    assert not consumer.is_alive(), "the consumer is stuck"
    assert usable(queue)
    assert len(set(taken)) == len(taken), "an item came twice"
    assert set(done) <= set(taken), "an item that was put is lost"


def test_an_interrupt_of_join_leaves_no_waiter_behind() -> None:
    queue = FastQueue[int]()
    queue.put(1)
    assert storm(queue.join, 0.1, every=0.005) >= 3
    assert usable(queue)
    queue.task_done()
    queue.join()


def test_a_signal_handler_may_use_the_queue_that_it_interrupts() -> None:
    queue = FastQueue[str](5)
    counts = {"entered": 0, "refused": 0}

    def handler(signum: int, frame: object) -> None:
        if len(queue.queue) == 4:
            return  # the last place is the loop's, which would otherwise wait for itself to take an item
        try:
            queue.put_nowait("handler")
            counts["entered"] += 1
        except RuntimeError:
            counts["refused"] += 1

    taken = 0
    end = time.monotonic() + 0.7
    with signals(handler, 0.0003):
        while time.monotonic() < end:
            queue.put("loop", timeout=5)
            queue.get(timeout=5)
            taken += 1
            while queue.qsize() > 2:
                queue.get(timeout=5)
    assert counts["entered"] > 20, counts
    assert usable(queue)


class Reenters(FastQueue[str]):
    """Calls itself while it has the turn, as a handler or finalizer would."""

    __slots__ = ("call",)

    def _enter(self, line: Any, waiter: Any, item: Any) -> bool:
        self.call()
        return super()._enter(line, waiter, item)


@pytest.mark.parametrize("name", ["put", "put_nowait", "task_done", "shutdown", "maxsize"])
def test_a_reentrant_call_that_needs_the_turn_raises_at_once_and_harms_nothing(name: str) -> None:
    queue = Reenters(2)
    queue.call = {
        "put": lambda: queue.put("again"),
        "put_nowait": lambda: queue.put_nowait("again"),
        "task_done": queue.task_done,
        "shutdown": queue.shutdown,
        "maxsize": lambda: setattr(queue, "maxsize", 3),
    }[name]
    with pytest.raises(RuntimeError, match="called while this thread operates on the same queue"):
        queue.get()
    assert usable(queue)
    queue.put("a")
    assert queue.get() == "a"


@pytest.mark.parametrize("install", [sys.settrace, sys.setprofile], ids=lambda f: f.__name__)
def test_a_trace_function_may_call_the_queue_anywhere_within_its_operations(install: Any, in_thread: Any) -> None:
    queue = FastQueue[str]()
    refused, accepted = [], []

    def trace(frame: Any, event: str, argument: object) -> Any:
        if frame.f_code.co_filename == fast.__file__:
            try:
                queue.put_nowait("traced")
                accepted.append((frame.f_code.co_name, event))
            except RuntimeError as error:
                refused.append((frame.f_code.co_name, event))
                assert "called while this thread operates on the same queue" in str(error)
        return trace

    def operate() -> None:
        install(trace)
        try:
            queue.put("a")
            queue.task_done()
            queue.get()
        finally:
            install(None)

    in_thread(operate).result()
    assert refused
    assert accepted
    assert queue.qsize() == len(accepted)
    assert usable(queue)


def test_a_reentrant_get_of_an_item_that_is_there_succeeds() -> None:
    queue = Reenters(2)
    taken = []

    def put_and_get_inside() -> None:
        queue.queue.append("inside")
        taken.append(queue.get())
        assert queue.qsize() == 0

    queue.call = put_and_get_inside
    with pytest.raises(Empty):
        queue.get(timeout=0)
    assert taken == ["inside"]
    assert usable(queue)


def test_a_reentrant_get_that_would_have_to_let_a_put_in_raises_and_loses_nothing(in_thread: Any) -> None:
    queue = Reenters(1)
    queue.call = lambda: None
    queue.put("first")
    putting = in_thread(queue.put, "second")
    assert putting.blocks()
    errors: list[str] = []

    def get_inside() -> None:
        with pytest.raises(RuntimeError, match="called while this thread operates on the same queue") as raised:
            queue.get()
        errors.append(str(raised.value))

    queue.call = get_inside
    with pytest.raises(Full):
        queue.put("third", timeout=0)
    assert len(errors) == 1
    assert [queue.get(), queue.get()] == ["first", "second"]
    putting.result()
    assert usable(queue)


def test_finalizers_of_discarded_items_may_use_the_queue() -> None:
    queue = FastQueue[Any]()
    outcomes: list[object] = []

    class Item:
        def __del__(self) -> None:
            try:
                queue.put(1)
            except ShutDown as error:
                outcomes.append(type(error))

    queue.put(Item())
    queue.put(Item())
    queue.shutdown(immediate=True)
    assert outcomes == [ShutDown, ShutDown]


def test_keyboard_interrupt_ends_a_blocked_get_and_the_queue_goes_on() -> None:
    script = (
        "import os, signal, threading, time\n"
        "from boundedqueue import FastQueue\n"
        "queue = FastQueue(1)\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    queue.get()\n"
        "except KeyboardInterrupt:\n"
        "    queue.put('still works')\n"
        "    print(queue.get())\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stdout, result.stderr) == (0, "still works\n", "")


MAY_RUN_HANDLERS = ("CALL", "RESUME", "JUMP_BACKWARD", "PRECALL", "SEND", "BEFORE_WITH")


@pytest.mark.parametrize("function", [FastQueue.put, FastQueue._take_turn], ids=lambda f: f.__name__)
def test_no_signal_handler_can_run_between_taking_the_turn_and_guarding_it(function: Any) -> None:
    instructions = list(dis.get_instructions(function))
    taken = [n for n, one in enumerate(instructions) if one.opname == "DELETE_ATTR" and one.argval == "_turn"]
    assert len(taken) == 1
    guards = [entry.start for entry in dis.Bytecode(function).exception_entries]
    guarded = min(guard for guard in guards if guard > instructions[taken[0]].offset)
    between = [one for one in instructions[taken[0] + 1 :] if one.offset < guarded]
    names = [one.opname for one in between]
    ends = [n for n, name in enumerate(names) if name.startswith("RETURN")]
    names = names[: ends[0]] if ends else names
    assert not [name for name in names if name.startswith(MAY_RUN_HANDLERS)]


def on_the_way(function: Any, at: int, end: tuple[str, str]) -> list[str]:
    """The names of the instructions from that offset on to the `end`, or to where the function is left."""
    code = {one.offset: one for one in dis.get_instructions(function)}
    following = dict(itertools.pairwise(code))
    names = []
    while (code[at].opname, code[at].argval) != end and code[at].opname not in (
        "RETURN_VALUE",
        "RETURN_CONST",
        "RERAISE",
    ):
        names.append(code[at].opname)
        jumps = names[-1] in ("JUMP_FORWARD", "JUMP_BACKWARD_NO_INTERRUPT")
        at = code[at].argval if jumps else following[at]
    return [name for name in names if name != "JUMP_BACKWARD_NO_INTERRUPT"]


@pytest.mark.parametrize("function", [FastQueue.put, FastQueue._take_turn], ids=lambda f: f.__name__)
def test_no_signal_handler_can_run_while_it_is_said_too_early_who_has_the_turn(function: Any) -> None:
    said = [one.offset for one in dis.get_instructions(function) if (one.opname, one.argval) == ("STORE_FAST", "items")]
    before = on_the_way(function, said[0], ("DELETE_ATTR", "_turn"))
    (taken,) = [one.offset for one in dis.get_instructions(function) if one.opname == "DELETE_ATTR"]
    (refused,) = [e.target for e in dis.Bytecode(function).exception_entries if e.start <= taken < e.end]
    after = on_the_way(function, refused, ("DELETE_FAST", "items"))
    assert len(said) == 1
    assert not [name for name in before + after if name.startswith(MAY_RUN_HANDLERS)]


def test_a_call_that_has_taken_the_turn_is_guarded_when_it_returns() -> None:
    code = dis.Bytecode(FastQueue._in_turn)
    guarded = min(entry.start for entry in code.exception_entries)
    before = [instruction.opname for instruction in code if instruction.offset < guarded]
    last_call = max(number for number, name in enumerate(before) if name.startswith("CALL"))
    assert len([name for name in before if name.startswith("CALL")]) == 1, "the one that takes the turn"
    after = {name.removesuffix("_BORROW") for name in before[last_call + 1 :]}
    assert after <= {"CACHE", "POP_TOP", "NOP", "NOT_TAKEN", "LOAD_FAST", "LOAD_ATTR", "STORE_FAST"}


@pytest.mark.parametrize("function", [FastQueue.put, FastQueue._in_turn], ids=lambda f: f.__name__)
def test_no_signal_handler_can_run_between_giving_the_turn_back_and_forgetting_who_had_it(function: Any) -> None:
    code = dis.get_instructions(function)
    given = [one.offset for one in code if (one.opname, one.argval) == ("STORE_ATTR", "_turn")]
    assert given
    for at in given:
        names = on_the_way(function, at, ("DELETE_FAST", "items"))
        assert not [name for name in names if name.startswith((*MAY_RUN_HANDLERS, "POP_JUMP", "JUMP_IF"))]


def test_no_signal_handler_can_run_between_adding_the_item_of_a_put_and_answering_it() -> None:
    code = [one for one in dis.get_instructions(FastQueue._serve) if one.opname != "CACHE"]
    counted = next(n for n, one in enumerate(code) if (one.opname, one.argval) == ("STORE_ATTR", "unfinished_tasks"))
    added = next(n for n, one in enumerate(code) if n > counted and one.argrepr == "+=")
    answered = next(n for n, one in enumerate(code) if (one.opname, one.argval) == ("STORE_ATTR", "answer"))
    gone = next(n for n, one in enumerate(code) if n > answered and one.opname == "DELETE_SUBSCR")
    names = [one.opname for one in code[counted : added + 4] + code[answered - 4 : gone + 1]]
    assert not [name for name in names if name.startswith(MAY_RUN_HANDLERS)]


def test_no_signal_handler_can_run_between_discarding_an_item_and_counting_it_as_done() -> None:
    names = [instruction.opname for instruction in dis.get_instructions(FastQueue._shut_down)]
    assert names.count("DELETE_SUBSCR") == 1
    counting = list(itertools.takewhile(lambda name: name != "STORE_ATTR", names[names.index("DELETE_SUBSCR") :]))
    assert counting, "the number of unfinished tasks is written"
    assert not [name for name in counting if name.startswith("CALL")]  # a jump back is the way on if none is left
