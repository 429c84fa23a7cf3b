"""The text report: one line for a verdict, and the whole story of a counterexample.

Pure text of a fixed width, so that it can be compared, kept as a file and pasted anywhere; colour is the
business of whoever prints it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from treadle.report.explain import explain
from treadle.report.facts import happened, holder, holders, waiting
from treadle.report.table import clean, fill, trace_lines
from treadle.vocabulary.trace import Counterexample, Place, Standing, parts
from treadle.vocabulary.verdict import Report, Verdict

WIDTH = 120
"""How wide a report is unless it is told otherwise."""

_PREFIX = "  "


def verdict_line(report: Report, times: bool = True) -> str:
    """One line: program, verdict, reason, and how much was looked at; without `times`, no seconds.

    >>> found = Report("q.py::pair", Verdict.HOLDS, states=18, transitions=28, executions=17)
    >>> verdict_line(found, times=False)
    'q.py::pair: holds (18 states, 28 transitions, 17 executions)'
    """
    graph = [_counted(report.states, "state"), _counted(report.transitions, "transition")]
    counts = [
        *([_counted(report.steps, "step")] if report.strategy == "replay" else graph),
        _counted(report.executions, "execution"),
        *([f"{report.audited:,} audited"] if report.audited is not None else []),
        *([f"{report.seconds:.3f} s"] if times else []),
    ]
    return f"{clean(report.program)}: {_found(report)} ({', '.join(counts)})"


def counterexample_text(report: Report, width: int = WIDTH) -> str:
    """The whole report of a violation: heading, trace, where the threads stand, and what happened.

    Raises ValueError if the report has no counterexample.
    """
    found = report.counterexample
    if found is None:
        raise ValueError(f"{report.program}: no counterexample to show")
    heading = [f"{clean(report.program)}: {_found(report)}", *_paragraph(report.message, width)]
    sections = [heading, _sources(found, width)]
    if found.trace:
        sections.append(trace_lines(found, width))
    if found.ending:
        sections.append([_ending_title(found), *_ending(found, width)])
    explanation = found.explanation or explain(report.reason, found)
    if explanation:
        sections.append(["What happened", *(_PREFIX + line for line in _paragraph(explanation, width - 2))])
    sections += [[f"{title}: {text}"] for title, text in found.details.items()]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def completed(report: Report, width: int = WIDTH) -> Report:
    """The report with the explanation and the text of its counterexample filled in, if missing."""
    found = report.counterexample
    if found is None or found.text:
        return report
    explained = replace(found, explanation=found.explanation or explain(report.reason, found))
    text = counterexample_text(replace(report, counterexample=explained), width)
    return replace(report, counterexample=replace(explained, text=text))


def _found(report: Report) -> str:
    return f"{report.verdict}: {report.reason}" if report.reason else str(report.verdict)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _paragraph(text: str, width: int) -> list[str]:
    return [line for part in text.splitlines() for line in fill(clean(part), width)]


def _shown_path(file: str) -> str:
    """Relative to the current directory if it is below it."""
    below = os.path.isabs(file) and Path(file).is_relative_to(Path.cwd())
    return Path(file).relative_to(Path.cwd()).as_posix() if below else file


def _sources(found: Counterexample, width: int) -> list[str]:
    """Which functions are from which file, in the order in which the trace comes to them."""
    functions: dict[str, dict[str, None]] = {}
    for place in _places(found):
        functions.setdefault(_shown_path(place.file), {})[place.function] = None
    return [
        line for file, names in functions.items() for line in fill(clean(f"{file}: {', '.join(names)}"), width, "    ")
    ]


def _places(found: Counterexample) -> list[Place]:
    places = [*(event.place for event in found.trace), *(one.place for one in found.ending)]
    return [place for place in places if place is not None]


def _ending_title(found: Counterexample) -> str:
    return "At the end" if found.cycle_start is None else "When it begins to repeat"


def _ending(found: Counterexample, width: int) -> list[str]:
    names = max(len(clean(one.thread)) for one in found.ending)
    lines: list[str] = []
    for one in found.ending:
        name = f"{_PREFIX}{clean(one.thread).ljust(names)}  "
        text = clean(_stands(found, one))
        lines += [
            (name if at == 0 else " " * len(name)) + line
            for at, line in enumerate(fill(text, max(width - len(name), 20)))
        ]
    return lines


def _stands(found: Counterexample, one: Standing) -> str:
    """Where a thread stands, in one line."""
    if one.finished:
        failed = [raised for raised in happened(found.trace[-1:], "raise") if raised.thread == one.thread]
        return f"raised {failed[-1].effect.object}" if failed else "finished"
    daemon = ", a daemon" if one.daemon else ""
    at = (
        f" (line {one.place.line}, in {one.place.function}{daemon})"
        if one.place
        else (f" ({daemon[2:]})" if daemon else "")
    )
    call = f", in the call {one.call}" if one.call else ""
    kind, wanted, _ = parts(one.operation)
    if one.enabled:
        return f"can go on: {kind} {wanted}".rstrip() + f"{call}{at}"
    wait = waiting(found.trace, one)
    if wait is not None:
        return f"waits on {wait.condition} since step {wait.since}{call}{at}"
    if kind == "sleep":
        return f"sleeps{call}{at}"
    if kind == "join":
        return f"waits for {wanted} to finish{call}{at}"
    taken = holders(found.trace).get(wanted)
    since = f" since step {taken.step}" if taken else ""
    by = holder(found.trace, one)
    held = f", held by {by}{since}" if by else ""
    return f"waits for {wanted}{held}{call}{at}" if wanted else f"blocked: {kind}{call}{at}"


def summary_line(reports: Sequence[Report]) -> str:
    """How many programs came out in which way.

    >>> summary_line([Report("a", Verdict.HOLDS), Report("b", Verdict.VIOLATED)])
    '2 programs: 1 holds, 1 violated'
    """
    counts = {verdict: sum(report.verdict is verdict for report in reports) for verdict in Verdict}
    told = [f"{number} {verdict}" for verdict, number in counts.items() if number]
    return f"{_counted(len(reports), 'program')}: {', '.join(told)}"
