"""Every ingredient of soundness is needed: without it, a small program loses an outcome (or gains one).

Each case is a fault in the checker and a program of which the unharmed checker finds exactly the outcomes that exist,
and the faulty one does not. So the comparison with the oracle would notice each of these faults.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oracle.programs import PROFILES, random_program
from support import mutants
from support.agreement import by_oracle
from support.outcomes import Outcomes, outcomes
from treadle.kernel.execution import Diverged

PROGRAM = """\
import threading
import time


class World:
    pass


w = None
total = 0

{functions}


def program():
    global w
    w = World()
    w.m, w.r, w.v = threading.Lock(), threading.RLock(), threading.Condition()
    w.a = w.b = w.k = 0
    w.until = w.box = w.seen = None
    w.x, w.y = World(), World()
    w.x.n = w.y.n = 0
    {main}


def observe():
    return {observed}
"""

BOTH = """\
threads = [threading.Thread(target=target) for target in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()"""


def program(functions: str, observed: str, main: str = BOTH) -> str:
    """The text of a program of the world above."""
    return PROGRAM.format(functions=functions, observed=observed, main=main)


def finals(*observations: object, deadlocked: bool = False) -> Outcomes:
    """These final states, and no failures."""
    return Outcomes(frozenset((deadlocked, observation) for observation in observations), frozenset())


HELD_BY_ONE_OR_TWO = program(
    """
def one():
    w.r.acquire(False)
    with w.m:
        pass
    if w.r.acquire(False):
        w.a = 1


def two():
    w.r.acquire(False)
    with w.m:
        pass
    if w.r.acquire(False):
        w.b = 1
""",
    "(w.a, w.b)",
)
THE_SAME_TWICE = program(
    """
def one():
    with w.m:
        pass
    with w.m:
        pass
    with w.m:
        w.a = w.k


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)
A_CELL = program(
    """
def one():
    number = 0

    def bump():
        nonlocal number
        number = 1

    with w.m:
        if w.k == 0:
            bump()
        w.k = 1
    del bump
    with w.m:
        pass
    with w.m:
        w.a = number


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)
NOT_JOINED = program(
    """
def one():
    w.a = w.a + 1
""",
    "w.a",
    "threading.Thread(target=one).start()\n    with w.m:\n        pass\n    w.a = w.a + 10",
)
AN_INSTANT = program(
    """
def one():
    with w.m:
        if w.until is None:
            w.until = time.monotonic() + 1


def two():
    with w.m:
        if w.until is None:
            w.until = time.monotonic() + 3
""",
    "w.seen",
    BOTH + "\n    time.sleep(2)\n    w.seen = str(time.monotonic() > w.until)",
)
PUBLISHED = program(
    """
def one():
    box = World()
    box.n = 0
    with w.m:
        w.box = box
    box.n = 1


def two():
    with w.m:
        box = w.box
    if box is not None:
        w.seen = box.n
""",
    "w.seen",
)
WHO_WAITS_FIRST = program(
    """
def one():
    with w.v:
        w.k += 1
        w.v.wait()
        w.a = 1


def two():
    with w.v:
        w.k += 1
        w.v.wait()
        w.b = 1


def three():
    with w.v:
        if w.k == 2:
            w.v.notify()
""",
    "(w.k, w.a, w.b)",
    BOTH.replace("(one, two)", "(one, two, three)"),
)
A_GLOBAL = program(
    """
def one():
    global total
    with w.m:
        total = 2 * total + 1


def two():
    global total
    with w.m:
        total = 2 * total + 2
""",
    "total",
)
A_LOCAL = program(
    """
def one():
    with w.m:
        number = w.k
        w.k = 1
    with w.m:
        w.a = number


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)
ON_THE_STACK = program(
    """
def read():
    with w.m:
        number = w.k
        w.k = 1
        return number


def rest():
    with w.m:
        return 0


def one():
    w.a = read() + rest()


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)
THE_SAME_OBJECT = program(
    """
def make():  # what was there before the threads has a number, and is not like anything else
    w.x, w.y = World(), World()
    w.x.n = w.y.n = 0


def one():
    with w.m:
        if w.box is None:
            make()
            w.box = w.x


def two():
    with w.m:
        if w.box is None:
            make()
            w.box = w.y
""",
    "(w.x.n, w.y.n)",
    BOTH + "\n    w.box.n = 1",
)
THE_ORDER_OF_A_LIST = program(
    """
def one():
    with w.m:
        w.box = w.box or []
        w.box.append(w.x)


def two():
    with w.m:
        w.box = w.box or []
        w.box.append(w.y)
""",
    "(w.x.n, w.y.n)",
    BOTH + "\n    w.box[0].n = 1",
)
TO_EACH_ITS_OWN_LOCK = program(
    """
def work(lock):
    with lock:
        w.seen = w.seen or w.a
        w.a = 1
        w.a = 0
    lock.acquire()
    lock.acquire()  # for ever: whatever the other does is looked up, since nothing has changed for it
""",
    "w.seen",
    """\
w.seen = 0
    locks = [threading.Lock(), threading.Lock()]
    for lock in locks:
        threading.Thread(target=work, args=(lock,)).start()""",
)
IN_C_CODE = program(
    """
def times(number):
    with w.m:
        return number * (10 if w.k else 1)


def one():
    w.a = sum(map(times, (1, 2)))


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)
AN_UNPROTECTED_COUNT = program(
    """
def one():
    w.a += 1


def two():
    w.a += 1
""",
    "w.a",
)
AN_ELEMENT_AND_ALL = program(
    """
def one():
    w.box[0] = 1
    w.box[1] = 1


def two():
    w.seen = tuple(w.box)
""",
    "w.seen",
    "w.box = [0, 0]\n    " + BOTH,
)
TRIED = program(
    """
def one():
    with w.m:
        w.k = 1
    with w.m:
        w.k = 2


def two():
    if w.m.acquire(False):
        w.a = w.k + 1
        w.m.release()
""",
    "w.a",
)
THE_LAST_ONE = program(
    """
def one():
    w.a = w.a + 1


def two():
    with w.m:
        pass
    w.a = w.a + 10
""",
    "w.a",
    "for target in (one, two):\n        threading.Thread(target=target).start()",
)
A_DAEMON = program(
    """
def one():
    w.m.acquire()
    w.m.acquire()
""",
    "w.a",
    "threading.Thread(target=one, daemon=True).start()",
)
READ_BY_ONE_STEP = program(
    """
def one():
    with w.m:
        w.a = w.k


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)

WHO_WAS_FIRST = program(
    """
def one():
    with w.m:
        pass
    with w.m:
        w.seen = w.seen or threading.current_thread().name
""",
    "w.seen",
    "for _ in range(2):\n        threading.Thread(target=one).start()",
)
A_DICT_THAT_GROWS = program(
    """
def one():
    try:
        for key in w.t:
            with w.m:
                pass
    except RuntimeError:
        w.a = 1


def two():
    with w.m:
        w.t["b"] = 1
""",
    "w.a",
    f"w.t = {{'a': 1}}\n    {BOTH}",
)

READ_AND_KEPT = program(
    """
def one():
    with w.m:
        seen = w.k
    with w.m:
        w.a = seen


def two():
    with w.m:
        w.k = 1
""",
    "w.a",
)
NOBODY_WAITS = program(
    """
def one():
    with w.v:
        while not w.a:
            w.v.wait()


def two():
    with w.m:
        pass
    with w.v:
        w.a = 1
        w.v.notify()
""",
    "w.a",
    "w.t = []\n    " + BOTH,
)
TWO_IN_ONE_INSTRUCTION = program(
    """
def one():
    w.seen = w.x.l == w.y.l


def two():
    w.x.l.append(1)
    w.y.l.append(1)
""",
    "int(w.seen)",
    f"w.x.l, w.y.l = [], []\n    {BOTH}",
)
A_THIRD_BEHIND_TWO = program(
    """
def one():
    with w.m:
        x = w.t[0] if w.t else None
    with w.m:
        y = w.t[1] if w.t else None
    with w.m:
        if x:
            x.to.n += 1
            w.a = x.to.n, int(y is not None)


def two():
    with w.m:
        z = w.t[1] if w.t else None
    with w.m:
        if z:
            z.to.n += 1
            w.b = z.to.n


def clear():
    with w.m:
        w.t.clear()
""",
    "(w.a, w.b)",
    """\
w.t = [World(), World()]
    w.t[0].to = w.t[1].to = World()
    w.t[0].to.n = 0
    for target in (one, two, clear):
        threading.Thread(target=target).start()""",
)

CASES = {
    mutants.no_lockset_points: (AN_UNPROTECTED_COUNT, finals(1, 2)),
    mutants.no_whole_containers: (AN_ELEMENT_AND_ALL, finals((0, 0), (1, 0), (1, 1))),
    mutants.alone_too_soon: (THE_LAST_ONE, finals(1, 10, 11)),
    mutants.alone_when_all_have_finished: (NOT_JOINED, finals(1, 10, 11)),
    mutants.no_try_lock_obligation: (TRIED, finals(0, 1, 2, 3)),
    mutants.opaque_is_empty: (IN_C_CODE, finals(3, 21, 30)),
    mutants.owners_are_forgotten: (HELD_BY_ONE_OR_TWO, finals((1, 0), (0, 1))),
    mutants.table_without_shared_part: (READ_BY_ONE_STEP, finals(0, 1)),
    mutants.looks_are_not_noted: (READ_AND_KEPT, finals(0, 1)),
    mutants.primitives_do_not_tell: (NOBODY_WAITS, finals(1)),
    mutants.only_the_last_of_an_instruction: (TWO_IN_ONE_INSTRUCTION, finals(0, 1)),
    mutants.whoever_refers_to_what: (
        A_THIRD_BEHIND_TWO,
        finals((0, 0), (0, 1), *(((n, y), b) for y in (0, 1) for n, b in ((1, 0), (1, 2), (2, 1)))),
    ),
    mutants.no_mirrors: (ON_THE_STACK, finals(0, 1)),
    mutants.no_cells: (A_CELL, finals(0, 1)),
    mutants.no_locals: (A_LOCAL, finals(0, 1)),
    mutants.no_positions: (THE_SAME_TWICE, finals(0, 1)),
    mutants.no_aliasing: (THE_SAME_OBJECT, finals((1, 0), (0, 1))),
    mutants.the_numbered_are_alike: (TO_EACH_ITS_OWN_LOCK, finals(0, 1, deadlocked=True)),
    mutants.lists_are_sets: (THE_ORDER_OF_A_LIST, finals((1, 0), (0, 1))),
    mutants.no_instants: (AN_INSTANT, finals("True", "False")),
    mutants.only_what_was_shared_before: (PUBLISHED, finals(None, 0, 1)),
    mutants.waiters_have_no_order: (
        WHO_WAITS_FIRST,
        finals((2, 0, 0), (2, 1, 0), (2, 0, 1), deadlocked=True),
    ),
    mutants.globals_are_forgotten: (A_GLOBAL, finals(4, 5)),
    mutants.daemons_must_finish: (A_DAEMON, finals(0)),
    mutants.identities_do_not_count: (WHO_WAS_FIRST, finals("Thread-1 (one)", "Thread-2 (one)")),
    mutants.nothing_is_derived: (A_DICT_THAT_GROWS, finals(0, 1)),
}

GENERATED = [
    (mutants.no_lockset_points, "racy", 0),
    (mutants.no_whole_containers, "mixed", 43),
    (mutants.alone_too_soon, "protected", 38),
    (mutants.no_try_lock_obligation, "protected", 4),
    (mutants.opaque_is_empty, "protected", 36),
    (mutants.table_without_shared_part, "protected", 2),
    (mutants.no_mirrors, "protected", 6),
    (mutants.no_locals, "protected", 15),
    (mutants.no_deadlines, "mixed", 27),
]
"""Generated programs that notice: the comparison with the oracle has the power that is claimed for it."""


def noticed(source: str, folder: Path, expected: Outcomes) -> bool:
    """Does the comparison fail? It also does if the exploration itself reports that something is wrong."""
    try:
        return outcomes(source, folder) != expected
    except (AssertionError, LookupError, Diverged):  # a state that cannot be makes the exploration itself stumble
        return True


@pytest.mark.parametrize("mutant", CASES, ids=lambda mutant: str(mutant.__name__))
def test_a_checker_without_this_ingredient_is_wrong(
    mutant: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, expected = CASES[mutant]
    assert outcomes(source, tmp_path) == expected
    mutant(monkeypatch)
    assert noticed(source, tmp_path, expected)


@pytest.mark.parametrize(("mutant", "profile", "seed"), GENERATED, ids=lambda value: getattr(value, "__name__", value))
def test_a_generated_program_tells_a_checker_without_this_ingredient(
    mutant: Callable[[pytest.MonkeyPatch], None],
    profile: str,
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = random_program(seed, PROFILES[profile])
    expected = by_oracle(source)
    assert outcomes(source, tmp_path) == expected
    mutant(monkeypatch)
    assert noticed(source, tmp_path, expected)
