"""The cases: which package, which version, which program, and what is to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
INSTALLED = ROOT / ".cases"
"""Where `make cases` puts the packages, each in a folder of its own."""


@dataclass(frozen=True)
class Case:
    """A version of a package under a program: what `treadle check` is given, and what it finds."""

    package: str
    version: str
    program: str
    include: Sequence[str]
    verdict: str
    states: int
    """How many there are, or were visited before the violation, on CPython 3.11."""

    @property
    def requirement(self) -> str:
        """What pip is asked for; with what it depends on."""
        return f"{self.package}=={self.version}"

    @property
    def folder(self) -> Path:
        """Where the package is."""
        return INSTALLED / f"{self.package}-{self.version}"

    @property
    def row(self) -> str:
        """The case as a row of the table in docs/cases.md."""
        file, _, name = self.program.partition("::")
        includes = ", ".join(f"`{name}`" for name in self.include)
        link = f"[`{name}`](../tests/cases/programs/{file})"
        return f"| {self.package} {self.version} | {link} | {includes} | {self.verdict} | {self.states:,} |"


LOCKS, FASTENERS = "locks_readerwriterlock.py", "fasteners_lock.py"
CASES = (
    Case("pykka", "4.2.0", "pykka_future.py::two_ask", ("pykka",), "violated: deadlock", 132),
    Case("pykka", "4.5.0", "pykka_future.py::two_ask", ("pykka",), "holds", 36),
    Case("paho-mqtt", "2.2.0", "paho_publish.py::two_wait", ("paho",), "violated: deadlock", 30),
    Case("peewee", "3.18.3", "peewee_pool.py::closed_in_use", ("peewee", "playhouse.pool"), "violated: deadlock", 485),
    Case(
        "pymongo", "3.13.0", "pymongo_semaphore.py::one_too_many", ("pymongo.thread_util",), "violated: assertion", 33
    ),
    Case("fasteners", "0.16.3", f"{FASTENERS}::a_writer_reads", ("fasteners",), "violated: deadlock", 404),
    Case("fasteners", "0.18", f"{FASTENERS}::a_writer_reads", ("fasteners",), "holds", 546),
    Case("fasteners", "0.20", f"{FASTENERS}::two_and_two", ("fasteners",), "holds", 6561),
    Case("readerwriterlock", "1.0.9", f"{LOCKS}::fair", ("readerwriterlock",), "holds", 627),
    Case("readerwriterlock", "1.0.9", f"{LOCKS}::readers_first", ("readerwriterlock",), "holds", 399),
    Case("readerwriterlock", "1.0.9", f"{LOCKS}::writers_first", ("readerwriterlock",), "holds", 2008),
    Case("dogpile.cache", "1.5.0", "dogpile_lock.py::everybody", ("dogpile",), "holds", 1372),
)
