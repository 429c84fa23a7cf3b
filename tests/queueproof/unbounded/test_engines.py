"""The engines say "proved" only of what is true: every way in which one could be fooled is tried."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

z3 = pytest.importorskip("z3", reason="z3-solver has no wheel for this interpreter: nothing is proved here")
pytest.importorskip("cvc5", reason="cvc5 has no wheel for this interpreter: no certificate is re-checked here")

from queueproof.unbounded import certificate as certificates  # noqa: E402
from queueproof.unbounded import symbolic  # noqa: E402
from queueproof.unbounded.certificate import EXPECTED, Row, ask_cvc5, ask_z3, certificate  # noqa: E402
from queueproof.unbounded.induction import keeps  # noqa: E402
from queueproof.unbounded.lemma import Item, ItemSequence, Lemma, size  # noqa: E402
from queueproof.unbounded.proof import prove  # noqa: E402
from queueproof.unbounded.symbolic import SymbolicInt, explore  # noqa: E402
from queueproof.unbounded.theorems import unasked  # noqa: E402
from queuespec import environment, fine_grained, one_condition, shutdown, two_conditions  # noqa: E402
from queuespec.shutdown import Closable  # noqa: E402
from queuespec.two_conditions import Counters  # noqa: E402


class Pair(NamedTuple):
    x: int
    y: int


class Nested(NamedTuple):
    pair: Pair
    z: int


class Queue(NamedTuple):
    items: ItemSequence
    item: Item


def anything(_: Any) -> bool:
    return True


def test_a_true_lemma_is_proved_and_both_solvers_confirm_its_certificate() -> None:
    proof = prove(Lemma("order", Pair, lambda p: p.x < p.y, lambda p: p.x + 1 <= p.y))
    assert proof.proved
    assert ask_z3(proof.text) == EXPECTED
    assert ask_cvc5(proof.text) == EXPECTED


def test_a_false_lemma_is_refuted_by_a_case_of_which_it_is_false() -> None:
    proof = prove(Lemma("needle", Pair, lambda p: p.x > 0, lambda p: p.x != 123_456_789 or p.y != 77))
    assert not proof.proved
    assert proof.counterexample == Pair(123_456_789, 77)


def test_a_lemma_that_nothing_meets_is_not_proved() -> None:
    proof = prove(Lemma("vacuous", Pair, lambda p: p.x < p.y and p.y < p.x, lambda p: False))
    assert proof.reason == "vacuous: nothing meets the precondition"


def test_products_of_variables_are_decided_and_nested_cases_are_built() -> None:
    def given(n: Nested) -> bool:
        return n.pair.x > 1 and n.pair.y > 1 and n.z == n.pair.x * n.pair.y

    proof = prove(Lemma("product", Nested, given, lambda n: n.z > n.pair.x))
    assert proof.proved
    assert "QF_NIA" in proof.text
    assert "(declare-const pair.x Int)" in proof.text


@pytest.mark.parametrize(
    "conclusion",
    [
        lambda p: p.x / p.y > 0,
        lambda p: p.x == "1",
        lambda p: p.x == 1.0,
        lambda p: p.x + True > 0,
        lambda p: sum(1 for _ in range(p.x)) == p.x,
        lambda p: [0, 1][p.x] == 0,
        lambda p: {p.x: 1} == {},
        lambda p: p.x,
        lambda p: (p.x > 0) == (p.y > 0),
    ],
)
def test_what_is_not_understood_raises_and_is_never_guessed(conclusion: Callable[[Pair], Any]) -> None:
    with pytest.raises(TypeError):
        prove(Lemma("odd", Pair, anything, conclusion))


def test_what_the_solver_gives_up_on_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "EFFORT", 1000)
    # the smallest counterexample has 17 digits (Booker and Sutherland 2019): no luck of the solver finds it
    cubes = Lemma(
        "sums of cubes",
        Nested,
        anything,
        lambda n: n.pair.x * n.pair.x * n.pair.x + n.pair.y * n.pair.y * n.pair.y + n.z * n.z * n.z != 42,
    )
    proof = prove(cubes)
    assert not proof.proved
    assert proof.counterexample is None
    assert proof.reason.startswith("Z3 gave up")


def test_the_truth_of_an_integer_is_a_branch() -> None:
    assert prove(Lemma("truth", Pair, lambda p: not p.x, lambda p: p.x == 0)).proved
    assert not prove(Lemma("truth", Pair, lambda p: p.x > 0 or not p.x, lambda p: p.x == 0)).proved


def test_an_exception_in_a_lemma_is_not_swallowed() -> None:
    def conclusion(p: Pair) -> bool:
        if p.x == 7:
            raise ZeroDivisionError
        return True

    with pytest.raises(ZeroDivisionError):
        prove(Lemma("raises", Pair, anything, conclusion))


def test_a_condition_outside_an_exploration_has_no_truth() -> None:
    with pytest.raises(RuntimeError, match="outside an exploration"):
        bool(SymbolicInt(z3.Int("x")) > 0)


def test_a_function_that_does_not_repeat_itself_is_caught() -> None:
    answers = iter([True, False, True, False, True])

    def fickle(p: Pair) -> bool:
        return p.x > 0 if next(answers) else True

    with pytest.raises(AssertionError):
        prove(Lemma("fickle", Pair, anything, fickle))


def test_a_symbolic_run_that_differs_from_python_is_caught() -> None:
    def two_faced(p: Pair) -> bool:
        return type(p.x) is not int

    with pytest.raises(AssertionError, match="the path says True, Python says False"):
        prove(Lemma("two-faced", Pair, anything, two_faced))


def rows(x: Any) -> list[Row]:
    return [
        Row(((x > 0, True),), used=True, conclusion=x >= 1),
        Row(((x > 0, False),), used=False, conclusion=z3.BoolVal(True)),
    ]


@pytest.mark.parametrize("ask", [ask_z3, ask_cvc5])
def test_a_certificate_with_a_hole_a_lie_or_no_use_is_rejected(ask: Callable[[str], tuple[str, ...]]) -> None:
    x = z3.Int("x")
    variables = [("x", "Int")]
    assert ask(certificate("good", variables, rows(x))) == ("unsat", "unsat", "sat")
    assert ask(certificate("hole", variables, rows(x)[:1])) == ("sat", "unsat", "sat")
    lie = Row(((x > 0, True),), used=True, conclusion=x >= 2)
    assert ask(certificate("lie", variables, [lie, *rows(x)[1:]])) == ("unsat", "sat", "sat")
    assert ask(certificate("no use", variables, rows(x)[1:])) == ("sat", "unsat", "unsat")


@pytest.mark.parametrize("ask", [ask_z3, ask_cvc5])
def test_a_solver_that_checks_certificates_gives_up_in_time_and_forgets(
    ask: Callable[[str], tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "TIMEOUT_MILLISECONDS", 200)
    cubes = " ".join(f"(* {name} {name} {name})" for name in "xyz")
    integers = "".join(f"(declare-const {name} Int)" for name in "xyz")
    assert ask(f"(set-logic QF_NIA){integers}(assert (= (+ {cubes}) 42))(check-sat)")[0] == "unknown"
    assert ask("(set-logic QF_UF)(declare-const x Bool)(assert x)(check-sat)") == ("sat",)


def test_exploration_takes_every_feasible_path_once() -> None:
    x = z3.Int("x")

    def sign() -> int:
        v = SymbolicInt(x)
        return 1 if v > 0 else -1 if v < 0 else 0

    assert sorted(path.result for path in explore(sign)) == [-1, 0, 1]


def test_a_path_decides_a_condition_once_however_often_it_is_asked() -> None:
    x = SymbolicInt(z3.Int("x"))

    def asked_twice() -> bool:
        return bool(x > 0) and bool(x > 0) and bool(x + 1 > 1)

    assert [[side for _, side in path.conditions] for path in explore(asked_twice)] == [[True, True], [False]]


def test_sequences_of_any_length_are_decided_and_refuted_with_a_sequence() -> None:
    def appended(q: Any) -> bool:
        return bool(size(q.items + (q.item,)) == size(q.items) + 1)  # noqa: RUF005

    assert prove(Lemma("append", Queue, anything, appended)).proved
    two = Lemma("one", Queue, lambda q: size(q.items) == 2, lambda q: q.items[0] == q.item)
    found = prove(two).counterexample
    assert len(found.items) == 2
    assert found.items[0] != found.item


def test_the_first_of_an_empty_sequence_is_an_error() -> None:
    with pytest.raises(IndexError):
        prove(Lemma("first", Queue, anything, lambda q: q.items[0] == q.items[0]))


def test_the_path_tables_agree_with_python_on_random_states() -> None:
    rng = random.Random(2024)
    wakes = [a for a in environment.STEADY if "emptied" not in a.name]
    for action in (*two_conditions.SYSTEM.actions, *wakes):
        names = [z3.Int(name) for name in Counters._fields]

        def run(action: Any = action, names: Any = names) -> Any:
            s = Counters(*map(SymbolicInt, names))  # type: ignore[arg-type]
            return action.effect(s) if action.guard(s) else None

        table = [(path.conditions, path.result) for path in explore(run)]
        for _ in range(20):
            values = [rng.randint(0, 3) for _ in names]
            s = Counters(*values)
            expected = action.effect(s) if action.guard(s) else None
            meant = [(n, z3.IntVal(v)) for n, v in zip(names, values, strict=True)]
            taken = [r for conditions, r in table if _all_hold(conditions, meant)]
            assert len(taken) == 1
            assert _evaluated(taken[0], meant) == expected


def _all_hold(conditions: Any, meant: Any) -> bool:
    return all(z3.is_true(z3.simplify(z3.substitute(c, *meant))) is side for c, side in conditions)


def _evaluated(state: Any, meant: Any) -> Any:
    if state is None:
        return None
    terms = (z3.IntVal(v) if type(v) is int else v.term for v in state)
    return Counters(*(z3.simplify(z3.substitute(term, *meant)).as_long() for term in terms))


def test_an_invariant_that_is_too_weak_is_refuted_with_the_known_counterexample_to_induction() -> None:
    def weak(s: Counters) -> bool:
        return two_conditions.types(s) and not two_conditions.lost_wakeup(s)

    lemma = Lemma(
        "no lost wakeup alone is inductive",
        Counters,
        lambda s: weak(s) and s.woken_putters > 0,
        lambda s: weak(two_conditions.put_recheck(s)),
    )
    case = prove(lemma).counterexample
    assert weak(case)
    assert not two_conditions.invariant(case)
    assert two_conditions.lost_wakeup(two_conditions.put_recheck(case))


def test_a_fine_grained_case_is_found_with_its_program_counter() -> None:
    lemma = Lemma(
        "nobody is ever inside",
        fine_grained.Fine,
        lambda f: fine_grained.put_locks_guard(f) and fine_grained.types(f),
        lambda f: fine_grained.put_locks(f).inside == fine_grained.FREE,
    )
    assert prove(lemma).counterexample.inside == fine_grained.FREE


def test_an_invariant_that_does_not_stand_a_sleeper_that_wakes_unasked_is_refuted() -> None:
    def somebody_sleeps(s: Counters) -> bool:
        return two_conditions.types(s) and s.waiting_putters + s.waiting_getters >= 1

    lemmas = [
        *keeps(unasked.WAKES, Counters, somebody_sleeps),
        *unasked.keeps_shared(lambda s: bool(one_condition.types(s)) and s.waiting_putters + s.waiting_getters >= 1),
        *unasked.leaves(Closable, shutdown.types, lambda c: c.queue.woken_getters, "the woken getters"),
    ]
    assert [prove(lemma).proved for lemma in lemmas] == [False, False, False, False, True, False]
