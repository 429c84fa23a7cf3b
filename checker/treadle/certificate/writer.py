"""Writes the certificate of an exploration: a line of JSON for each entry, compressed if the file's name ends in .gz.

The first line says what was checked and what came of it. Then follow the locations, each with the discipline of its
accesses; the shapes; the shared and the private parts, as rows of objects of these shapes; the states, each with its
parts, all that was followed from it and, if it is an end, the judgement; and the violations.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from treadle.certificate.destination import CertificateError
from treadle.certificate.recorder import Recorder, Step
from treadle.certificate.tokens import Tokens, names
from treadle.kernel.judging import Failure, InvariantViolated
from treadle.kernel.nodes import Interner
from treadle.properties.refinement import SpecificationViolated
from treadle.sandbox.importer import Sandbox
from treadle.strategies.states import Explorer
from treadle.strategies.store import State
from treadle.vocabulary.verdict import Reason, Report

VERSION = 1
"""Of the format."""

Entry = dict[str, Any]

REASONS: dict[type[BaseException], Reason] = {
    SpecificationViolated: Reason.SPECIFICATION,
    InvariantViolated: Reason.INVARIANT,
    AssertionError: Reason.ASSERTION,
    BaseException: Reason.EXCEPTION,
}
"""Of which violation an exception speaks: the first that it is an instance of."""


def write(path: str | Path, report: Report, explorer: Explorer, recorder: Recorder) -> None:
    """Write the certificate, all of it or nothing. Raises CertificateError if that cannot be done."""
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    lines = (f"{json.dumps(e, separators=(',', ':'))}\n".encode() for e in entries(report, explorer, recorder))
    try:
        with unfinished.open("wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
                    compressed.writelines(lines)
            else:
                file.writelines(lines)
        unfinished.replace(path)
    except OSError as error:
        raise CertificateError(f"{path}: the certificate cannot be written: {error.strerror}; name another") from None
    finally:
        unfinished.unlink(missing_ok=True)


def digests(sandbox: Sandbox) -> dict[str, str]:
    """The SHA-256 of the source of each module under check."""
    files = {name: vars(module).get("__file__") for name, module in sandbox.modules.items()}
    return {name: hashlib.sha256(Path(file).read_bytes()).hexdigest() for name, file in sorted(files.items()) if file}


def entries(report: Report, explorer: Explorer, recorder: Recorder) -> Iterator[Entry]:
    """What the certificate says, line by line."""
    return _Entries(report, explorer, recorder).all()


class _Entries:
    """The entries of one certificate."""

    def __init__(self, report: Report, explorer: Explorer, recorder: Recorder) -> None:
        self.report, self.explorer, self.recorder = report, explorer, recorder
        self.exploration, self.forms = explorer.exploration, explorer.forms
        self.tokens = Tokens(explorer.shapes)

    def all(self) -> Iterator[Entry]:
        yield self._header()
        yield from self._locations()
        yield from ({"definition": n, "is": told} for n, told in enumerate(self.tokens.definitions()))
        yield from self._parts()
        yield from self._states()
        yield from self._violations()
        yield {"end of certificate": self.report.program}

    def _header(self) -> Entry:
        from importlib.metadata import version  # slow to import

        report, options = self.report, self.explorer.options
        implied = ("certificate", "alone_first")  # every choice is written down, so none is left out
        changed = {name: value for name, value in options.changed().items() if name not in implied}
        return {
            "certificate": VERSION,
            "program": report.program,
            "options": changed,
            "verdict": report.verdict,
            "reason": report.reason,
            "message": report.message,
            "states": len(self.exploration.states),
            "transitions": sum(1 for _ in self.recorder.steps()),
            "followed": self._followed(),
            "treadle": version("treadle"),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "sources": digests(self.explorer.sandbox),
        }

    def _followed(self) -> int:
        """From how many states, in order, all that was possible was followed."""
        exploration = self.exploration
        if not (exploration.bound or exploration.diverged or exploration.stuck or self._stopped()):
            return len(exploration.states)
        return max((state for state, _ in self.recorder.steps()), default=0)

    def _stopped(self) -> bool:
        """Did the exploration end with the first violation?"""
        return bool(self.exploration.found) and not self.explorer.options.go_on

    # -- accesses ---------------------------------------------------------------------------------------------------

    def _locations(self) -> Iterator[Entry]:
        """Each location that was touched while threads ran: by threads of which kinds, and how many there were of each;
        whether it was written; the locks that were held at every access; and whether each access is a scheduling
        point."""
        named, locksets, visible = names(self.explorer.shapes), self.explorer.locksets, self.explorer.visible

        def told(name: int | str) -> str:
            return f"{named.get(name, 'object')} #{name}" if isinstance(name, int) else name

        for where, written, locks, threads in locksets.shared():
            name, location = where
            yield {
                "location": [told(name), self.tokens.token(location)],
                "threads": threads,
                "written": written,
                "locks": sorted(map(told, locks)),
                "visible": where in visible.locations,
            }
        for name, aspect in sorted(visible.observed, key=str):
            yield {"observed": [told(name), self.tokens.token(aspect)]}

    # -- parts and states -------------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[Entry]:
        """The shapes, the shared and the private parts that occur in the states."""
        keys = [state.key for state in self.exploration.states if state.key is not None]
        used = {shared for shared, _ in keys}, {part for _, parts in keys for part in parts}
        tables: tuple[tuple[str, Interner[Any], set[int]], ...] = (
            ("shared", self.forms.shared, used[0]),
            ("private", self.forms.locals, used[1]),
        )
        rows = [(kind, number, table[number]) for kind, table, numbers in tables for number in sorted(numbers)]
        for shape in sorted({shape for _, _, objects in rows for shape, _ in objects}):
            yield {"shape": shape, **self.tokens.shape(shape)}
        for kind, number, objects in rows:
            yield {kind: number, "objects": objects}

    def _states(self) -> Iterator[Entry]:
        groups = groupby(self.recorder.steps(), itemgetter(0))
        following = next(groups, None)
        for state in self.exploration.states:
            steps: list[Step] = []
            if following is not None and following[0] == state.number:
                steps = [step for _, step in following[1]]
                following = next(groups, None)
            shared, private = state.key if state.key is not None else (None, ())
            entry: Entry = {"state": state.number, "shared": shared, "private": private, "steps": steps}
            end = self._end(state)
            unseen = {"unseen": list(state.threads)} if state.key is None else {}
            yield entry | unseen | ({"end": end} if end else {})

    def _end(self, state: State) -> str:
        """The judgement of a state in which nothing can happen; empty for any other."""
        if self.explorer.choices(state):
            return ""
        if self.explorer.unfinished(state):
            return Reason.DEADLOCK
        leaks = state.key is not None and False in self.forms.left_locked(state.key)
        return Reason.LEAK if leaks else "finished"

    def _violations(self) -> Iterator[Entry]:
        for found in self.exploration.found:
            first = found is self.exploration.found[0] and self.report.reason
            reason = first or _reason(found.failures) or self._end(found.state) or "lost-wakeup or data-race"
            step = None
            if found.choice is not None:
                step = self.recorder.named(found.state, found.choice)
            yield {"violation": reason, "state": found.state.number, "step": step}


def _reason(failures: Sequence[Failure]) -> str:
    """Why a step is a violation."""
    for failure in failures:
        for kind, reason in REASONS.items():
            if isinstance(failure.error, kind):
                return reason
    return ""
