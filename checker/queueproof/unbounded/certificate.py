"""A certificate: what path exploration claims of a lemma, as SMT-LIB text that any solver can check again.

The path table says: these are all the paths, and on none of them is the conclusion false. The text asks
three questions. *cover*: is there an input on no path? (unsat) *holds*: is there an input on a path whose
conclusion is false? (unsat) *used*: is there an input that meets the precondition? (sat: the lemma is not
vacuous) Trusted is only the translation of Python's operators to terms; replaying every path guards that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cvc5
import z3

EXPECTED = ("unsat", "unsat", "sat")
TIMEOUT_MILLISECONDS = 20_000


@dataclass(frozen=True)
class Row:
    """One path: its conditions, whether the precondition holds on it, and the conclusion (a term of Z3)."""

    conditions: tuple[tuple[Any, bool], ...]
    used: bool
    conclusion: Any


def certificate(name: str, variables: Sequence[tuple[str, str]], rows: Sequence[Row]) -> str:
    """The SMT-LIB text of a path table (variables by name and sort); its answers must be ``EXPECTED``."""
    terms = {t.get_id(): t for row in rows for t in (*(c for c, _ in row.conditions), row.conclusion)}
    names = {key: f"c{number}" for number, key in enumerate(terms)}
    integers = all(sort == "Int" for _, sort in variables)
    linear = all(map(is_linear, terms.values()))

    def literal(term: Any, side: bool) -> str:
        known = names[term.get_id()]
        return known if side else f"(not {known})"

    def path(row: Row, *more: str) -> str:
        return _joined("and", [*(literal(*c) for c in row.conditions), *more])

    failed = [path(row, literal(row.conclusion, False)) for row in rows if row.used]
    questions = {
        "cover": f"(not {_joined('or', [path(row) for row in rows])})",
        "holds": _joined("or", failed),
        "used": _joined("or", [path(row) for row in rows if row.used]),
    }
    lines = [f"; {name}", f"(set-logic {('QF_LIA' if linear else 'QF_NIA') if integers else 'ALL'})"]
    lines += [] if integers else ["(declare-sort Item 0)"]
    lines += [f"(declare-const {variable} {sort})" for variable, sort in variables]
    lines += [f"(define-fun {names[key]} () Bool {term.sexpr()})" for key, term in terms.items()]
    for question, text in questions.items():
        lines += [f"(push 1) ; {question}", f"(assert {text})", "(check-sat)", "(pop 1)"]
    return "\n".join([*lines, ""])


def _joined(operator: str, parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return parts[0] if parts else ("true" if operator == "and" else "false")
    return f"({operator} {' '.join(parts)})"


def is_linear(term: Any) -> bool:
    """Whether no product of two variables occurs in the term."""
    factors = term.children()
    if z3.is_mul(term) and sum(not z3.is_int_value(factor) for factor in factors) > 1:
        return False
    return all(map(is_linear, factors))


def ask_z3(text: str) -> tuple[str, ...]:
    """The answers of a Z3 of its own that was made to forget everything before it is given the text."""
    begin = f"(reset)\n(set-option :timeout {TIMEOUT_MILLISECONDS})\n"
    return tuple(z3.Z3_eval_smtlib2_string(_other_z3().ref(), begin + text).split())


@cache
def _other_z3() -> z3.Context:
    return z3.Context()


def ask_cvc5(text: str) -> tuple[str, ...]:
    """The answers of cvc5, an independent solver."""
    solver = cvc5.Solver()
    solver.setOption("incremental", "true")
    solver.setOption("tlimit-per", str(TIMEOUT_MILLISECONDS))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "certificate")
    symbols = parser.getSymbolManager()
    output = ""
    while not (command := parser.nextCommand()).isNull():
        output += str(command.invoke(solver, symbols))
    return tuple(output.split())
