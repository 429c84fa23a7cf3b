"""The fast queue under every schedule with few preemptions, interrupts included; its mutants must die."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from boundedqueue import fast
from impl.explore import Scenario, verdicts

GET, GET_NOWAIT, GET_TIMEOUT = ("get",), ("get_nowait",), ("get_timeout",)
TASK_DONE, JOIN, QSIZE = ("task_done",), ("join",), ("qsize",)
SHUTDOWN, SHUTDOWN_NOW = ("shutdown",), ("shutdown_now",)


def put(item: int) -> tuple[str, int]:
    return ("put", item)


SCENARIOS = {
    "one producer, one consumer": Scenario(1, ((put(1), put(2)), (GET, GET))),
    "two blocked producers": Scenario(1, ((put(1),), (put(2),), (GET, GET)), (0,)),
    "one producer, two consumers": Scenario(2, ((put(1), put(2)), (GET,), (GET,))),
    "a get beside a blocked put": Scenario(1, ((put(1),), (GET_NOWAIT,)), (0,)),
    "one producer blocked by one item": Scenario(1, ((GET,), (put(1),)), (0,)),
    "two getters, one producer": Scenario(1, ((GET,), (GET,), (put(1),))),
    "two getters, one producer of two": Scenario(1, ((GET,), (GET,), (put(1), put(2)))),
    "two producers, two consumers": Scenario(1, ((put(1),), (put(2),), (GET,), (GET,))),
    "a put in line beside a get": Scenario(1, ((put(1),), (GET, GET)), (0,)),
    "get times out": Scenario(1, ((GET_TIMEOUT,), (put(1),), (GET,))),
    "put times out": Scenario(1, ((("put_timeout", 1),), (put(2),), (GET, GET)), (0,)),
    "nobody waits": Scenario(1, ((("put_nowait", 1), GET_NOWAIT), (GET_NOWAIT, ("put_nowait", 2)), (GET,)), (0,)),
    "shutdown": Scenario(1, ((put(1),), (GET,), (SHUTDOWN,)), (0,)),
    "shutdown with getters": Scenario(1, ((GET,), (GET_TIMEOUT,), (SHUTDOWN,))),
    "shutdown after a put": Scenario(1, ((GET,), (put(1), SHUTDOWN))),
    "immediate shutdown": Scenario(2, ((GET,), (put(1),), (SHUTDOWN_NOW,)), (0, 9)),
    "immediate shutdown is one step": Scenario(2, ((GET_NOWAIT,), (GET_NOWAIT, QSIZE), (SHUTDOWN_NOW,)), (0, 9)),
    "immediate shutdown and the size": Scenario(2, ((QSIZE,), (SHUTDOWN_NOW,)), (0, 9)),
    "join": Scenario(1, ((JOIN,), (GET, TASK_DONE), (JOIN,)), (0,)),
    "join and immediate shutdown": Scenario(1, ((JOIN,), (put(2),), (SHUTDOWN_NOW,)), (0,)),
    "maxsize grows": Scenario(1, ((put(1),), (put(2),), (("resize", 3),)), (0,)),
    "maxsize grows during a get": Scenario(1, ((put(1),), (GET,), (("resize", 2),)), (0,)),
}


def first_fault(
    module: Any, name: str, preemptions: int, interrupts: frozenset[int] = frozenset(), limit: int = 10**9
) -> str | None:
    try:
        for count, fault in enumerate(verdicts(module, SCENARIOS[name], preemptions, interrupts)):
            if fault or count > limit:
                return fault
    except (RuntimeError, IndexError) as error:
        return repr(error)
    return None


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_schedule_with_one_preemption_is_explained_by_a_sequential_queue(name: str) -> None:
    assert first_fault(fast, name, preemptions=1) is None


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_interrupt_anywhere_leaves_nothing_locked_stuck_lost_or_doubled(name: str) -> None:
    for thread in range(len(SCENARIOS[name].programs)):
        assert first_fault(fast, name, preemptions=0, interrupts=frozenset([thread])) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_schedule_with_two_preemptions_is_explained_by_a_sequential_queue(name: str) -> None:
    assert first_fault(fast, name, preemptions=2, limit=60_000) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_an_interrupt_anywhere_after_any_preemption_does_no_harm(name: str) -> None:
    for thread in range(len(SCENARIOS[name].programs)):
        assert first_fault(fast, name, preemptions=1, interrupts=frozenset([thread])) is None


@dataclass(frozen=True)
class Mutant:
    """The fast queue with `old` replaced by `new`, and the scenario in which this must show."""

    old: str
    new: str
    scenario: str
    interrupts: frozenset[int] = frozenset()


TIME_IS_UP = "self._in_turn(self._leave, line, waiter)  # 4: unless it was answered at the last moment\n"
MUTANTS = {
    "a get does not look at the putters afterwards": Mutant(
        "if self._putters:  # 3:", "if False:  #", "two blocked producers"
    ),
    "the shortcut is open while a getter waits": Mutant(
        "            waiter.wake.release()\n        self._shortcut = -1 if self._getters else self._room",
        "            waiter.wake.release()\n        self._shortcut = self._room",
        "one producer, one consumer",
    ),
    "the shortcut is open again while another getter waits": Mutant(
        "            self._shortcut = -1 if self._getters else self._room\n            getter",
        "            self._shortcut = self._room\n            getter",
        "two getters, one producer of two",
    ),
    "a put in line overlooks the getters that wait": Mutant(
        "if line is self._putters and len(self.queue) < self._room:  # 2",
        "if False:  #",
        "a put in line beside a get",
        frozenset([0]),
    ),
    "no putter is served": Mutant(
        "            elif self._putters and len(items) < self._room:",
        "            elif False:",
        "one producer, one consumer",
    ),
    "an item given back waits beside a getter": Mutant(
        "            if line and items:", "            if False:", "two getters, one producer", frozenset([0])
    ),
    "a get that has found nothing does not look again": Mutant(
        "            if line and items:", "            if False:", "shutdown after a put"
    ),
    "a timeout beats the answer": Mutant(
        TIME_IS_UP, TIME_IS_UP + "                waiter.answer = WAITING\n", "get times out"
    ),
    "a timed-out call stays in the line": Mutant(
        TIME_IS_UP, TIME_IS_UP.replace("self._leave, line, waiter", "self._serve"), "get times out"
    ),
    "an interrupted get keeps its item": Mutant(
        "if line is self._getters and waiter.answer is not WAITING and waiter.answer is not SHUT_DOWN:",
        "if False:",
        "one producer, one consumer",
        frozenset([1]),
    ),
    "an interrupted call stays in the line": Mutant(
        "            self._in_turn(self._withdraw, line, waiter)\n",
        "",
        "one producer, one consumer",
        frozenset([0]),
    ),
    "an interrupt ends serving": Mutant(
        "            except BaseException:  # an interrupt: nobody",
        "            except ZeroDivisionError:  #",
        "join",
        frozenset([1]),
    ),
    "an interrupt ends letting a putter in": Mutant(
        "        except BaseException:  # an interrupt: the putter",
        "        except ZeroDivisionError:  #",
        "one producer blocked by one item",
        frozenset([0]),
    ),
    "a putter is let in by a call": Mutant(
        "                items += (line[0].item,)  # no call,",
        "                items.append(line[0].item)  #",
        "two blocked producers",
        frozenset([2]),
    ),
    "shutdown discards the oldest item first": Mutant(
        "                discarded.append(self.queue[-1])\n                del self.queue[-1]\n",
        "                discarded.append(self.queue.popleft())\n",
        "immediate shutdown is one step",
    ),
    "qsize trusts what it saw of a shutdown": Mutant(
        "        if self.is_shutdown:  # an immediate", "        if False:  #", "immediate shutdown and the size"
    ),
    "a get trusts what it saw of a shutdown": Mutant(
        "        if not block and not self.is_shutdown:  # nor was it",
        "        if not block:  #",
        "immediate shutdown is one step",
    ),
    "shutdown lets puts go on": Mutant("        self._room = -1\n", "", "shutdown"),
    "the turn is not asked for": Mutant(
        "        items = self._take_turn()",
        "        items = self.queue",
        "one producer, two consumers",
    ),
    "a put into a full queue appends": Mutant(
        "                if len(items) < self._shortcut:  # 1", "                if True:  #", "two blocked producers"
    ),
    "the last task_done wakes nobody": Mutant(
        "            elif self._joiners and not self.unfinished_tasks:", "            elif False:", "join"
    ),
}


def mutant(old: str, new: str) -> types.ModuleType:
    source = inspect.getsource(fast)
    assert source.count(old) == 1, "the mutant must change exactly one place"
    module = types.ModuleType("mutant")
    module.__spec__ = ModuleSpec("mutant", fast.__loader__)
    exec(compile(source.replace(old, new), "mutant", "exec"), vars(module))
    return module


@pytest.mark.parametrize("name", MUTANTS)
def test_each_rule_of_the_fast_queue_is_needed(name: str) -> None:
    module = mutant(MUTANTS[name].old, MUTANTS[name].new)
    faults = (
        first_fault(module, MUTANTS[name].scenario, preemptions, MUTANTS[name].interrupts, limit=8000)
        for preemptions in (0, 1, 2)
    )
    assert any(faults), "the mutant survived"
