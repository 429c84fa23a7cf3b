"""What is gathered for a function in C while another thread changes what is beneath: the outcomes are the oracle's."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agreement import by_oracle, difference

PROGRAM = """\
import collections
import threading

lock = None
data = []
log = []


def waited(item):
    with lock:
        return item


def taken():
    for item in data:
        with lock:
            pass
        yield item


class Own:
    def __iter__(self):
        with lock:
            return iter(list(data))


def reader():
    log.append({expression})


def writer():
    with lock:
        {change}


def program():
    global lock
    lock = threading.Lock()
    data[:] = [1, 2]
    log.clear()
    threading.Thread(target=reader).start()
    threading.Thread(target=writer).start()


def observe():
    return list(log), list(data)
"""


@pytest.mark.parametrize(
    "expression",
    [
        "list(map(waited, data))",
        "any(map(waited, data))",
        "all(waited(item) for item in data)",
        "min(map(waited, data))",
        "max(taken())",
        "sum(taken(), 1)",
        "sorted(zip(taken(), 'ab'))",
        "tuple(enumerate(taken()))",
        "set(Own())",
        "list(collections.deque(filter(waited, data), 1))",
        "dict(zip(map(waited, data), data))",
        "min(taken(), key=lambda item: -item)",
    ],
)
@pytest.mark.parametrize("change", ["data.append(0)", "data[1] = 0", "data.clear(); data.append(3)"])
def test_what_changes_meanwhile_is_seen(expression: str, change: str, tmp_path: Path) -> None:
    source = PROGRAM.format(expression=expression, change=change)
    expected = by_oracle(source)
    assert expected is not None
    assert not difference(expected, source, tmp_path)
