"""The folder of a sweep: what is finished, on disk, safe from crashes, and of one checker and one set of sources only.

It is one SQLite file. Each result is committed by itself, so whatever ends the sweep, what was finished stays. Results
are pickles of plain data; nothing else is ever unpickled.
"""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Any

from treadle.sweep.identity import Checker, SweepError, different, this_checker
from treadle.sweep.task import Done, Task
from treadle.vocabulary.trace import Choice, Counterexample, Effect, Event, Place, Standing
from treadle.vocabulary.verdict import Reason, Report, Verdict

FILE = "sweep.sqlite"

_TABLES = """
create table if not exists checker (version text, digest text, python text);
create table if not exists source (file text primary key, digest text);
create table if not exists finished (file text, program text, options text, report blob,
                                     primary key (file, program, options));
"""

_PLAIN = (Report, Verdict, Reason, Counterexample, Choice, Event, Place, Effect, Standing)


class Folder:
    """The results that a folder keeps.

    Raises `SweepError` if it is no folder of a sweep, or of another checker, or of sources that have changed since.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            if path.is_dir() and not (path / FILE).exists() and any(path.iterdir()):
                raise SweepError(f"{path}: this folder holds other things than a sweep; name one that is new or empty")
            path.mkdir(parents=True, exist_ok=True)
            self._store = sqlite3.connect(path / FILE, timeout=30)
            try:
                self._store.executescript(_TABLES)
                self._check_checker()
                self._check_sources()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def found(self, task: Task) -> Done | None:
        """What came of the task, if it is finished."""
        with self._told():
            row = self._store.execute(
                "select report from finished where file = ? and program = ? and options = ?", _key(task)
            ).fetchone()
        if row is None:
            return None
        report = self._unpickled(row[0])
        return Done(report and replace(report, program=task.label), {})

    def keep(self, task: Task, done: Done) -> None:
        """Keep what came of the task. Raises `SweepError` if its sources are not those of other results."""
        with self._told(), self._store:
            for file, digest in done.digests.items():
                self._store.execute("insert or ignore into source values (?, ?)", (file, digest))
                if self._store.execute("select digest from source where file = ?", (file,)).fetchone() != (digest,):
                    raise self._changed(file)
            report = pickle.dumps(done.report, protocol=4)
            self._store.execute("insert or replace into finished values (?, ?, ?, ?)", (*_key(task), report))

    def _check_checker(self) -> None:
        with self._store:
            if self._store.execute("select count(*) from checker").fetchone() == (0,):
                self._store.execute("insert into checker values (?, ?, ?)", astuple(this_checker()))
            kept = Checker(*self._store.execute("select * from checker").fetchone())
        if kept != this_checker():
            raise SweepError(
                f"{self.path}: these results are of {kept}, and this is {this_checker()}; "
                f"go on with that one, or name another folder"
            )

    def _check_sources(self) -> None:
        changed = different(dict(self._store.execute("select file, digest from source")))
        if changed:
            raise self._changed(changed)

    def _changed(self, file: str) -> SweepError:
        told = f"{file} is not what it was when the results of this folder were found"
        return SweepError(f"{self.path}: {told}; put it back, or name another folder")

    def _unpickled(self, data: bytes) -> Report | None:
        try:
            report = _Unpickler(io.BytesIO(data)).load()
        except Exception:
            report = False
        if report is not None and not isinstance(report, Report):
            raise self._damaged()
        return report

    def _damaged(self) -> SweepError:
        return SweepError(f"{self.path}: {FILE} is damaged; remove the folder, or name another one")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk or the database complains of becomes one sentence."""
        try:
            yield
        except OSError as error:
            raise SweepError(f"{self.path}: the folder cannot be used ({error.strerror}); name another one") from None
        except sqlite3.OperationalError as error:
            told = f"results cannot be read or kept there ({error})"
            raise SweepError(f"{self.path}: {told}; make room or give leave, or name another folder") from None
        except sqlite3.DatabaseError:
            raise self._damaged() from None


def _key(task: Task) -> tuple[str, str, str]:
    return task.file, task.name, json.dumps(asdict(task.options), sort_keys=True)


class _Unpickler(pickle.Unpickler):
    """Nothing but the plain data of which reports are made."""

    def find_class(self, module: str, name: str) -> Any:
        for plain in _PLAIN:
            if (plain.__module__, plain.__qualname__) == (module, name):
                return plain
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a report")
