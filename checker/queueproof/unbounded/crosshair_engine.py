"""The second engine: CrossHair executes the same lemma on its own symbolic integers, over all paths.

Only a non-empty list of answers that all say "confirmed" counts: no answer at all is what a lemma gets that
was skipped, and exit status 0 of the command line proves nothing. A precondition that nothing meets would
be confirmed too, so every lemma has a witness, the same precondition with the conclusion False, and that
has to be refuted. Lemmas take integers and tuples of integers only; equality of symbolic lists raises false
alarms.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from crosshair.core_and_libs import MessageType, analyze_function, run_checkables
from crosshair.enforce import EnforcedConditions
from crosshair.options import AnalysisKind, AnalysisOptionSet

from queueproof.unbounded.lemma import Lemma

SECONDS = 60.0  # of processor time, for one lemma


def confirm(lemma: Lemma) -> str:
    """Decide a lemma: "" when it is confirmed over all paths and its witness refuted, else the reason."""
    if answers := _unconfirmed(_analyze(_statement(lemma))):
        return f"CrossHair says {answers}"
    if not is_refuted(_analyze(_witness(lemma))):
        return "vacuous: CrossHair finds nothing that meets the precondition"
    return ""


def refuted(lemma: Lemma) -> bool:
    """Whether CrossHair finds a case for which the lemma is false."""
    return is_refuted(_analyze(_statement(lemma)))


def _statement(lemma: Lemma) -> Callable[..., None]:
    def statement(case):  # type: ignore[no-untyped-def]
        assert True  # a function that does not begin with an assert is skipped
        if lemma.given(case):
            assert lemma.then(case)

    return _annotated(statement, lemma)


def _witness(lemma: Lemma) -> Callable[..., None]:
    def witness(case):  # type: ignore[no-untyped-def]
        assert True  # see above
        if lemma.given(case):
            raise AssertionError("reached")

    return _annotated(witness, lemma)


def _annotated(function: Callable[..., None], lemma: Lemma) -> Callable[..., None]:
    """CrossHair reads the type of the case from the annotation, which a nested function cannot spell."""
    function.__annotations__ = {"case": lemma.case, "return": None}
    return function


def _analyze(function: Callable[..., None]) -> list[Any]:
    options = AnalysisOptionSet(
        analysis_kind=[AnalysisKind.asserts],
        per_condition_timeout=SECONDS,
        per_path_timeout=SECONDS,
        max_uninteresting_iterations=sys.maxsize,
    )
    with warnings.catch_warnings(), _callees_without_contracts():
        warnings.simplefilter("ignore")  # CrossHair looks into every imported module, deprecated ones too
        return list(run_checkables(analyze_function(function, options)))


def _callees_without_contracts() -> Any:
    """What a lemma calls is executed as it is: CrossHair would look for a contract of each callee, and believe it.

    The search costs half of the time, and a contract that is wrong could hide where the lemma fails.
    """
    return patch.object(EnforcedConditions, "enabled_enforcement", lambda _: nullcontext())


def _unconfirmed(messages: list[Any]) -> str:
    if not messages:
        return "nothing: the lemma was skipped"
    doubts = [m for m in messages if m.state is not MessageType.CONFIRMED]
    return "; ".join(f"{m.state.name}: {m.message}" for m in doubts)


def is_refuted(messages: list[Any]) -> bool:
    """Whether the answers contain a counterexample."""
    return any(m.state in (MessageType.EXEC_ERR, MessageType.POST_FAIL) for m in messages)
