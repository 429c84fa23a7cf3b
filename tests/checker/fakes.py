"""A check module that returns what it is told to: for tests of what is built around it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import Schedule
from treadle.vocabulary.verdict import Report


class FakeCheck(ModuleType):
    """Stands in for `treadle.checking`: does `act`, answers with `reports`, notes what it was asked."""

    def __init__(self) -> None:
        super().__init__("treadle.checking")
        self.reports: Sequence[Report] = ()
        self.replayed: Report | None = None
        self.act: Callable[[Any], object] = lambda progress: None
        self.asked: list[tuple[Any, ...]] = []

    def check_file(
        self, path: str | Path, name: str | None, options: Options, progress: Any = None, hands: Any = None
    ) -> list[Report]:
        self.asked.append((path, name, options))
        self.act(progress)
        return list(self.reports)

    def replay(self, schedule: Schedule, options: Options) -> Report:
        self.asked.append((schedule, options))
        self.act(None)
        assert self.replayed is not None
        return self.replayed


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCheck]:
    """The fake, in place of `treadle.checking` for the length of a test."""
    fake = FakeCheck()
    monkeypatch.setitem(sys.modules, "treadle.checking", fake)
    yield fake
