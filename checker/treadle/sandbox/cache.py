"""Transformed code is kept on disk, as Python keeps `.pyc` files: a check need not transform what has not changed.

The files lie in the user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`), in one folder for each version of the
interpreter and of the transform, named by what they were made from. What cannot be read or written is made anew, and
nothing is said; `TREADLE_NO_CACHE` in the environment switches it off.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import marshal
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

SIZE = hashlib.sha256().digest_size


def kept(parts: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """What `make` returns (code, text, or tuples of these), or returned when it was asked with equal `parts` before.

    >>> kept(("an example", "1"), lambda: ("made", 1))
    ('made', 1)
    """
    folder = _folder()
    if folder is None:
        return make()
    name = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    file = folder / f"{name}.bin"
    with contextlib.suppress(OSError):
        content = file.read_bytes()
        if content[:SIZE] == hashlib.sha256(content[SIZE:]).digest():  # `marshal` trusts what it reads
            return marshal.loads(content[SIZE:])
    made = make()
    with contextlib.suppress(OSError, ValueError):
        written = marshal.dumps(made)
        _write(file, hashlib.sha256(written).digest() + written)
    return made


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: others may be reading or writing the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@cache
def _folder() -> Path | None:
    """The folder for this interpreter and this transform; None if there is to be none."""
    if os.environ.get("TREADLE_NO_CACHE"):
        return None
    made_by = hashlib.sha256(importlib.util.MAGIC_NUMBER + sys.version.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        made_by.update(source.read_bytes())
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return home / "treadle" / made_by.hexdigest()[:16]
