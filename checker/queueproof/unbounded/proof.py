"""Prove a lemma by path exploration: every path replayed on an example, all re-checked by two solvers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

from queueproof.unbounded.certificate import EXPECTED, Row, ask_cvc5, ask_z3, certificate
from queueproof.unbounded.lemma import Lemma, assemble, variables
from queueproof.unbounded.sequences import KINDS, Kind
from queueproof.unbounded.symbolic import Path, SymbolicBool, UndecidedError, explore

Terms = list[tuple[Kind, Any]]


@dataclass(frozen=True)
class Proof:
    """What became of a lemma: proved, or refuted by a case, or neither (``reason`` says why)."""

    lemma: str
    paths: int = 0
    counterexample: Any = None
    reason: str = ""
    text: str = ""

    @property
    def proved(self) -> bool:
        """Whether the lemma holds for all integers."""
        return not self.reason


def prove(lemma: Lemma, recheck: bool = True) -> Proof:
    """Decide a lemma for all integers.

    With ``recheck``, a positive answer counts only when Z3 and cvc5 both confirm the certificate. A
    counterexample is returned only after the lemma's own functions were run on it and failed.
    """
    unknowns = [(KINDS[kind], name) for name, kind in variables(lemma.case)]
    terms = [(kind, kind.term(name)) for kind, name in unknowns]
    symbolic = assemble(lemma.case, (kind.symbolic(term) for kind, term in terms))
    rows: list[Row] = []
    try:
        for path in explore(lambda: _outcome(lemma, symbolic)):
            row = Row(path.conditions, path.result is not None, _conclusion(path))
            rows.append(row)
            if (case := _failure(lemma, terms, path, row)) is not None:
                return Proof(lemma.name, len(rows), case, f"false of {case}")
    except UndecidedError as reason:
        return Proof(lemma.name, len(rows), reason=f"Z3 gave up: {reason}")
    if not any(row.used for row in rows):
        return Proof(lemma.name, len(rows), reason="vacuous: nothing meets the precondition")
    text = certificate(lemma.name, [(name, kind.sort) for kind, name in unknowns], rows)
    if recheck:
        for who, ask in (("Z3", ask_z3), ("cvc5", ask_cvc5)):
            if (answers := ask(text)) != EXPECTED:
                return Proof(lemma.name, len(rows), reason=f"{who} answers {answers} to the certificate")
    return Proof(lemma.name, len(rows), text=text)


def _outcome(lemma: Lemma, case: Any) -> Any:
    """None where the precondition is not met, else the conclusion."""
    return lemma.then(case) if lemma.given(case) else None


def _conclusion(path: Path) -> Any:
    if path.result is None:
        return z3.BoolVal(True)
    if type(path.result) is SymbolicBool:
        return path.result.build()
    if type(path.result) is bool:
        return z3.BoolVal(path.result)
    raise TypeError(f"a lemma concludes with {path.result!r}")


def _concrete(lemma: Lemma, terms: Terms, model: Any) -> Any:
    values = (kind.value(model.eval(term, model_completion=True)) for kind, term in terms)
    return assemble(lemma.case, values)


def _failure(lemma: Lemma, terms: Terms, path: Path, row: Row) -> Any:
    """A case of this path for which the conclusion is false, or None.

    The functions themselves are run on an example of the path: the symbolic run must have said the same.
    """
    if row.used and (model := path.find(z3.Not(row.conclusion))) is not None:
        case = _concrete(lemma, terms, model)
        _must_agree(lemma, case, False)
        return case
    if (model := path.find(z3.BoolVal(True))) is None:
        raise AssertionError(f"{lemma.name}: an infeasible path was followed")
    _must_agree(lemma, _concrete(lemma, terms, model), True if row.used else None)
    return None


def _must_agree(lemma: Lemma, case: Any, expected: bool | None) -> None:
    if (seen := _outcome(lemma, case)) is not expected:
        raise AssertionError(f"{lemma.name}: the path says {expected}, Python says {seen} of {case}")
