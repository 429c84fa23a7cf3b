"""Whoever writes a program that is not deterministic is told what was different."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle

PROGRAM = """
import string
import threading

string.seen = getattr(string, "seen", 0) + 1
lock = threading.Lock()
seen = []

class Order:
    number = None

order = Order()

def work():
    for _ in range(2):
        with lock:
            seen.append(1)

def prog():
    CHANGED
    for _ in range(3):
        threading.Thread(target=work).start()
"""


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("order.number = string.seen", "number of a differs.Order was 2 and is 3"),
        ("seen.append(string.seen)", "what a list holds was 2 and is 3"),
        ("seen.extend([[]] * string.seen)", "what a list holds is something else"),
        ("order.number = [str(string.seen)]", "what a list holds was '2' and is '3'"),
    ],
)
def test_the_first_object_that_is_not_what_it_was_is_told(
    changed: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("string.seen", 0, raising=False)
    file = tmp_path / "differs.py"
    file.write_text(PROGRAM.replace("CHANGED", changed))
    report = treadle.check(f"{file}::prog")
    assert report.verdict == "unknown"
    assert f"(the same choices led to a different state: {told})" in report.message
