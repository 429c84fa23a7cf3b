"""The classical shapes: the exact set of outcomes under sequential consistency, and the exact number of states.

SB, LB, MP, IRIW and CoRR are the usual litmus tests; increments, readers, lastzero, indexer and filesystem are the
programs of Flanagan and Godefroid, "Dynamic partial-order reduction for model checking software" (2005), and of
Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction" (2014). A changed number of states is a
changed meaning of "state": look why before it is changed here.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from support.outcomes import explored

PROGRAM = """\
import threading


class World:
    pass


w = None

{functions}


def program():
    global w
    w = World()
    {before}
    threads = [threading.Thread(target=target, args=args) for target, args in {threads}]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def observe():
    return {observed}
"""


def functions(*bodies: str) -> str:
    """Functions t0, t1... with these bodies, statements separated by semicolons."""
    return "\n\n".join(f"def t{place}():\n    {body}\n" for place, body in enumerate(bodies))


def litmus(observed: str, *bodies: str) -> str:
    """A program of x = y = 0, registers a, b, c, d, and one thread for each body."""
    threads = "[" + ", ".join(f"(t{place}, ())" for place in range(len(bodies))) + "]"
    before = "w.x = w.y = 0; w.a = w.b = w.c = w.d = 0"
    return PROGRAM.format(functions=functions(*bodies), before=before, threads=threads, observed=observed)


def alike(count: int, body: str, before: str, observed: str, first: str = "") -> str:
    """A program of `count` threads that run one body with their number `i`, and perhaps a first one."""
    text = f"def work(i):\n    {body}\n" + (f"\n\ndef first():\n    {first}\n" if first else "")
    threads = ("[(first, ())] + " if first else "") + f"[(work, (i,)) for i in range({count})]"
    return PROGRAM.format(functions=text, before=before, threads=threads, observed=observed)


SB = litmus("(w.a, w.b)", "w.x = 1; w.a = w.y", "w.y = 1; w.b = w.x")
LB = litmus("(w.a, w.b)", "w.a = w.x; w.y = 1", "w.b = w.y; w.x = 1")
MP = litmus("(w.a, w.b)", "w.x = 1; w.y = 1", "w.a = w.y; w.b = w.x")
IRIW = litmus("(w.a, w.b, w.c, w.d)", "w.x = 1", "w.y = 1", "w.a = w.x; w.b = w.y", "w.c = w.y; w.d = w.x")
CORR = litmus("(w.a, w.b)", "w.x = 1; w.x = 2", "w.a = w.x; w.b = w.x")

INDEXER = """
    for j in range(2):
        message = 2 * j + i
        place = (7 * message) % 4
        while True:
            with w.locks[place]:
                if w.table[place] == 0:
                    w.table[place] = message + 1
                    break
            place = (place + 1) % 4
"""
FILESYSTEM = """
    with w.inodes[i % 2]:
        if w.inode[i % 2] == 0:
            block = (2 * i) % 3
            while True:
                with w.blocks[block]:
                    if not w.busy[block]:
                        w.busy[block] = 1
                        w.inode[i % 2] = block + 1
                        break
                block = (block + 1) % 3
"""


def lastzero(count: int) -> str:
    """A reader looks for the last zero of an array whose elements become one more than the one before."""
    reader = f"i = {count}\n    while w.row[i] != 0:\n        i -= 1\n    w.a = i"
    return alike(
        count, "w.row[i + 1] = w.row[i] + 1", f"w.row = [0] * {count + 1}; w.a = None", "(w.a, tuple(w.row))", reader
    )


def last_zeros(count: int) -> set[object]:
    """The outcomes of `lastzero`, by a search over all its interleavings of single reads and writes."""
    found: set[object] = set()
    seen = set()
    stack: list[tuple[object, ...]] = [((0,) * (count + 1), (None,) * count, (), count)]
    # the row; what each writer has read (None: nothing yet); the writers that are done; where the reader is (~i: done)
    while stack:
        state = stack.pop()
        if state in seen:
            continue
        seen.add(state)
        row, read, done, at = state
        assert isinstance(row, tuple) and isinstance(read, tuple) and isinstance(done, tuple) and isinstance(at, int)
        if len(done) == count and at < 0:
            found.add((~at, row))
        if at >= 0:
            stack.append((row, read, done, at - 1 if row[at] != 0 else ~at))
        for i in range(count):
            if read[i] is None:
                stack.append((row, (*read[:i], row[i], *read[i + 1 :]), done, at))
            elif i not in done:
                stack.append(((*row[: i + 1], read[i] + 1, *row[i + 2 :]), read, tuple(sorted((*done, i))), at))
    return found


def increments(count: int) -> str:
    return alike(count, "w.x += 1", "w.x = 0", "w.x")


def readers(count: int) -> str:
    return alike(count, "w.seen[i] = w.x", f"w.x = 0; w.seen = [9] * {count}", "tuple(w.seen)", "w.x = 1")


ALL_FOUR = set(product((0, 1), repeat=2))
CASES = {
    "SB": (SB, ALL_FOUR - {(0, 0)}, 22),
    "LB": (LB, ALL_FOUR - {(1, 1)}, 22),
    "MP": (MP, ALL_FOUR - {(1, 0)}, 22),
    "IRIW": (IRIW, set(product((0, 1), repeat=4)) - {(1, 0, 1, 0)}, 255),
    "CoRR": (CORR, {(a, b) for a, b in product(range(3), repeat=2) if a <= b}, 35),
    "2 increments": (increments(2), {1, 2}, 19),
    "3 increments": (increments(3), {1, 2, 3}, 98),
    "2 readers": (readers(2), set(product((0, 1), repeat=2)), 73),
    "3 readers": (readers(3), set(product((0, 1), repeat=3)), 355),
    "lastzero 2": (lastzero(2), last_zeros(2), 48),
    "lastzero 3": (lastzero(3), last_zeros(3), 199),
    "indexer": (
        alike(
            2,
            INDEXER.strip(),
            "w.table = [0] * 4; w.locks = [threading.Lock() for _ in range(4)]",
            "tuple(w.table)",
        ),
        {(1, 4, 3, 2)},
        13,
    ),
    "filesystem": (
        alike(
            3,
            FILESYSTEM.strip(),
            "w.inode = [0] * 2; w.busy = [0] * 3\n"
            "    w.inodes, w.blocks = ([threading.Lock() for _ in range(n)] for n in (2, 3))",
            "(tuple(w.inode), tuple(w.busy))",
        ),
        {((1, 3), (1, 0, 1)), ((2, 3), (0, 1, 1))},
        35,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_outcomes_are_those_of_sequential_consistency_and_the_states_are_counted(name: str, tmp_path: Path) -> None:
    source, expected, states = CASES[name]
    found, exploration = explored(source, tmp_path)
    assert found.final == {(False, outcome) for outcome in expected}
    assert found.failures == frozenset()
    assert len(exploration.states) == states
