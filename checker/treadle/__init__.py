"""treadle: a model checker for real Python threads.

A *program* is an ordinary zero-argument function that makes threads. `check` explores every interleaving of it and
gives a `Report`, and `check_all` those of many programs; `checked` makes a pytest test of one. Inside a program,
`choose`, `invariant` and `refines` say what is left open and what must hold; outside of the checker they do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.checked import checked
from treadle.properties.helpers import choose, invariant
from treadle.properties.refinement import refines
from treadle.vocabulary.verdict import Reason, Report, Verdict

if TYPE_CHECKING:
    from concurrent.futures import Executor  # slow to import

__all__ = ["Reason", "Report", "Verdict", "check", "check_all", "checked", "choose", "invariant", "refines"]


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


def check_all(
    programs: Iterable[Any],
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    resume: str | Path | None = None,
    **options: Any,
) -> list[Report]:
    """Check many programs, with several processes or machines, and give their reports in the order of the programs.

    Each is named as for `check`, with its arguments if it has any, as in "FILE::name(2, 1)"; or it is a pair of that
    and a mapping of options of its own, which go before the common `options`. `jobs` processes do the work, as many as
    there are processors if it is not given, none but this one if it is 1; or the `executor` that is passed does, any of
    `concurrent.futures`. A single program is explored here, and its large levels are cut among them. Whoever does it,
    the reports are the same but for their seconds. `resume` is a folder that keeps what is finished: the same call goes
    on from there. Raises TypeError, ValueError and `LoadError` as `check` does, and
    `treadle.sweep.identity.SweepError` if the folder is of other sources or another version, or if workers cannot do
    the work.

    Processes are spawned: a script that calls this guards its main part with `if __name__ == "__main__":`.
    """
    from treadle.report.text import completed
    from treadle.sweep.programs import check_all as plain_check_all

    reports = plain_check_all(programs, executor=executor, jobs=jobs, resume=resume, **options)
    return [completed(report) for report in reports]
