"""Renaming a variable of the real class breaks no proof; changing what a step does breaks one."""

from __future__ import annotations

import inspect
import queue
import sys
from types import ModuleType

import pytest

pytest.importorskip("z3", reason="z3-solver has no wheel for this interpreter: nothing is proved here")

import boundedqueue.monitor
from queueproof.unbounded.proof import prove
from queueproof.unbounded.real_class import (
    HEAD,
    ITEM,
    Section,
    private_copy,
    run,
    size,
)
from queueproof.unbounded.theorems.classes import lemmas
from queuespec.two_conditions import Counters

SOURCE = inspect.getsource(boundedqueue.monitor)


def changed(old: str, new: str) -> ModuleType:
    assert old in SOURCE
    module = ModuleType("boundedqueue.monitor")
    exec(compile(SOURCE.replace(old, new), "<changed>", "exec", dont_inherit=True), module.__dict__)
    module.__dict__["len"] = size
    return module


def failing(module: ModuleType) -> list[str]:
    failed = []
    for lemma in lemmas(module, "MonitorQueue", can_close=True, loop_free=True):
        try:
            if not prove(lemma, recheck=False).proved:
                failed.append(lemma.name.removeprefix("MonitorQueue: "))
        except (AssertionError, IndexError) as error:
            failed.append(f"{lemma.name.removeprefix('MonitorQueue: ')}: {error}")
    return failed


def test_renaming_a_variable_breaks_no_proof() -> None:
    assert failing(changed("deadline", "until_then")) == []
    assert failing(changed("remaining", "left")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("            self.not_empty.notify()\n", "", "put enters"),
        ("            self.not_full.notify()\n", "", "get enters"),
        ("self.not_full.notify()", "self.not_empty.notify()", "get enters"),
        ("self.not_empty.notify()\n", "self.not_empty.notify_all()\n", "put enters"),
        ("while 0 < self.maxsize", "if 0 < self.maxsize", "put looks again"),
        (
            "while not self.queue and not",
            "if not self.queue and not",
            "get looks again",
        ),
        ("<= len(self.queue) and", "< len(self.queue) and", "put enters"),
        (
            "            if self.is_shutdown:\n                raise ShutDown\n            self.queue",
            "            self.queue",
            "put is refused",
        ),
        ("self.queue.append(item)", "self.queue.append(None)", "put enters"),
        ("return item", "return None", "get enters"),
        (
            "        condition.wait(remaining)\n",
            "        return condition.wait(remaining)\n",
            "get wakes late",
        ),
        ("            self.not_full.notify_all()\n", "", "shutdown wakes everybody"),
        ("                self.queue.clear()\n", "", "shutdown drops the items"),
        (
            "        with self.mutex:  # action Put,",
            "        if True:  # action Put,",
            "put enters: looks without the mutex",
        ),
    ],
)
def test_changing_what_a_step_does_breaks_a_proof(old: str, new: str, expected: str) -> None:
    assert any(name.startswith(expected) for name in failing(changed(old, new))), failing(changed(old, new))


def test_a_critical_section_of_the_standard_library_runs_on_any_state() -> None:
    copy = private_copy(queue)
    full = Counters(3, 3, 1, 0, 0, 0, 0, 0)
    after = run(copy, "Queue", Section("put", (ITEM,)), full)
    assert after.counters == Counters(3, 3, 0, 1, 0, 0, 0, 0)
    assert after.result == ("sleep", None)
    assert after.appended == ()
    sleeping = Counters(3, 2, 0, 1, 0, 1, 0, 0)
    after = run(copy, "Queue", Section("get"), sleeping)
    assert after.counters == Counters(3, 1, 0, 0, 1, 1, 0, 0)
    assert after.result == ("return", HEAD)


def test_the_copy_leaves_the_original_alone() -> None:
    private_copy(queue)
    assert "len" not in vars(queue)
    real: queue.Queue[str] = queue.Queue(1)
    real.put("a")
    assert real.get() == "a"


def test_where_the_interpreter_can_shut_down_its_queue_that_is_proved_too() -> None:
    names = [lemma.name for lemma in lemmas(private_copy(queue), "Queue", hasattr(queue, "ShutDown"), False)]
    assert ("Queue: shutdown wakes everybody" in names) is (sys.version_info >= (3, 13))
