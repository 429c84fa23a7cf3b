"""treadle: a model checker for real Python threads.

A *program* is an ordinary zero-argument function that makes threads. `check` explores every interleaving of it and
gives a `Report`; `checked` makes a pytest test of one. Inside a program, `choose`, `invariant` and `refines` say
what is left open and what must hold; outside of the checker they do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from treadle.checked import checked
from treadle.properties.helpers import choose, invariant
from treadle.properties.refinement import refines
from treadle.vocabulary.verdict import Reason, Report, Verdict

__all__ = ["Reason", "Report", "Verdict", "check", "checked", "choose", "invariant", "refines"]


def check(
    program: Callable[..., object] | str | tuple[str | Path, str], *, arguments: Sequence[object] = (), **options: Any
) -> Report:
    """Explore every interleaving of a program and report what was found, counterexample included, ready to print.

    `program` is a zero-argument module-level function, or "FILE::name", or (file, name); `arguments` are plain
    values for a function that has parameters. The options are the fields of
    `treadle.vocabulary.options.Options`: bounds (`max_states`, `max_seconds`, `max_executions`), the meaning of the
    primitives (`wake_order`, `spurious`, `primitives`), and what to put under check (`include`). Raises TypeError or
    ValueError for arguments that cannot be used, `treadle.sandbox.importer.LoadError` if the file cannot be loaded.
    """
    from treadle.checking import check as plain_check
    from treadle.report.text import completed

    return completed(plain_check(program, arguments=arguments, **options))
