"""Who checks, and what: the digests by which results of other versions or other sources are told apart."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from treadle.sandbox.finder import STDLIB

_STANDARD = "<standard library>"


class SweepError(Exception):
    """The sweep cannot go on; the message is one sentence with the place and the remedy."""


@dataclass(frozen=True)
class Checker:
    """Who checks: the version of treadle, the digest of its own source, and the interpreter."""

    version: str
    digest: str
    python: str

    def __str__(self) -> str:
        return f"treadle {self.version} (source {self.digest[:8]}) on {self.python}"


@cache
def this_checker() -> Checker:
    """The one that runs here."""
    home, told = Path(__file__).parents[1], sha256()
    for file in sorted(home.rglob("*.py")):
        told.update(f"{file.relative_to(home).as_posix()} {digest_of(file)}\n".encode())
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return Checker(version("treadle"), told.hexdigest(), python)


def complain_unless_same(checker: Checker) -> None:
    """Raise `SweepError` if what runs here is not the same."""
    if this_checker() != checker:
        raise SweepError(f"a worker on {platform.node()} runs {this_checker()}, not {checker}; give it the same")


def digest_of(file: Path) -> str:
    """The digest of what a file holds; empty if it cannot be read."""
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def portable(digests: Mapping[str, str]) -> dict[str, str]:
    """The digests with the standard library's files named by their place in it: it may lie elsewhere elsewhere."""
    return {_named(Path(file)): digest for file, digest in digests.items()}


def different(digests: Mapping[str, str]) -> str:
    """The first of the files that holds something else here, or is not here; empty if all are the same."""
    for name, digest in digests.items():
        file = _placed(name)
        if digest_of(file) != digest:
            return str(file)
    return ""


def _named(file: Path) -> str:
    return f"{_STANDARD}/{file.relative_to(STDLIB).as_posix()}" if file.is_relative_to(STDLIB) else str(file)


def _placed(name: str) -> Path:
    return STDLIB / name.removeprefix(f"{_STANDARD}/") if name.startswith(_STANDARD) else Path(name)
