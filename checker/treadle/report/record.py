"""The report as one JSON object, for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from treadle.report.explain import explain
from treadle.report.facts import repeats_from
from treadle.vocabulary.schedule import choice_text
from treadle.vocabulary.trace import Event, Place, Standing
from treadle.vocabulary.verdict import Report, overall


def json_text(reports: Sequence[Report], times: bool = True) -> str:
    """One object for all the programs of one run; without `times`, `seconds` is null."""
    verdict = overall([report.verdict for report in reports])
    return json.dumps({"programs": [record(report, times) for report in reports], "verdict": verdict}, indent=2)


def record(report: Report, times: bool = True) -> dict[str, Any]:
    """What is known of one program, in plain values."""
    return {
        "program": report.program,
        "verdict": report.verdict,
        "reason": report.reason,
        "message": report.message,
        "states": report.states,
        "transitions": report.transitions,
        "executions": report.executions,
        "steps": report.steps,
        "seconds": report.seconds if times else None,
        "strategy": report.strategy,
        "bounds": report.bounds,
        "counterexample": _counterexample(report),
        "violations": report.violations,
        "audited": report.audited,
        "warnings": list(report.warnings),
    }


def _counterexample(report: Report) -> dict[str, Any] | None:
    found = report.counterexample
    if found is None:
        return None
    return {
        "schedule": [choice_text(choice) for choice in found.schedule],
        "repeats_from": repeats_from(found),
        "trace": [_event(event) for event in found.trace],
        "ending": [_standing(standing) for standing in found.ending],
        "explanation": found.explanation or explain(report.reason, found),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "step": event.number,
        "thread": event.choice.thread,
        "operation": event.choice.operation,
        "alternative": event.choice.alternative,
        "place": _place(event.place),
        "effects": [effect.text for effect in event.effects],
        "state": event.state,
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "thread": standing.thread,
        "operation": standing.operation,
        "enabled": standing.enabled,
        "finished": standing.finished,
        "daemon": standing.daemon,
        "place": _place(standing.place),
        "call": standing.call,
        "waits_for": standing.waits_for,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "function": place.function, "text": place.text}
