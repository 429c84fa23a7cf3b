"""Certificates for tests: of a program's text, taken apart, spoilt, and put together again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Report

Entries = list[dict[str, Any]]


def certified(program: str | Path, folder: Path, name: str = "program", **options: Any) -> tuple[Report, Path]:
    """Check the program of this text, or of this file, and write the certificate."""
    file = program if isinstance(program, Path) else folder / "program.py"
    if isinstance(program, str):
        file.write_text(program)
    certificate = folder / "a.certificate"
    (report,) = check_file(file, name, Options(certificate=str(certificate), **options))
    return report, certificate


def entries(certificate: Path) -> Entries:
    """What the certificate says."""
    return [json.loads(line) for line in certificate.read_text().splitlines()]


def written(said: Entries, certificate: Path) -> str:
    """Write a certificate that says this; where."""
    certificate.write_text("".join(json.dumps(entry) + "\n" for entry in said))
    return str(certificate)


def spoilt(certificate: Path, change: Callable[[Entries], object]) -> str:
    """Another certificate, with that change; where."""
    said = entries(certificate)
    change(said)
    return written(said, certificate.with_suffix(".spoilt"))


def states(said: Entries) -> list[dict[str, Any]]:
    """The entries of states."""
    return [entry for entry in said if "state" in entry and "steps" in entry]
