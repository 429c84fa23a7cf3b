"""Every rule that is broken is broken in the model and in the code alike: their counterexamples map to one another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from queueproof.bridge import Mismatch
from queueproof.correspondence import CODE, Corresponds, pairs
from queueproof.faults import FAULTS
from queueproof.unbounded.theorems import rules
from queuespec import two_conditions
from queuespec.search import length

CHAPTER = Path(__file__).parents[2] / "docs" / "proofs" / "rules.md"

every_pair = pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.rule)


def test_every_variant_of_the_model_has_its_class() -> None:
    assert {variant.name for variant in rules.VARIANTS} == set(CODE)


def test_each_of_the_faults_corresponds_to_a_broken_model() -> None:
    corresponding = {pair.kind for pair in pairs()}
    assert corresponding == {fault.kind for fault in FAULTS}
    assert len(corresponding) == len(pairs()) == 15


def test_the_chapter_says_which_fault_of_the_code_breaks_which_rule_of_the_model() -> None:
    faults = {fault.kind: fault.name for fault in FAULTS}
    expected = [
        f"| `rule-{pair.rule}` | `{pair.kind.rpartition('.')[2]}` | `fault-{faults[pair.kind]}` |" for pair in pairs()
    ]
    lines = CHAPTER.read_text(encoding="utf-8").splitlines()
    header = lines.index("| in the model | the class in `boundedqueue` | explored by itself |")
    assert lines[header + 2 : header + 2 + len(expected)] == expected


@every_pair
def test_the_code_goes_through_the_states_of_the_models_counterexample(pair: Corresponds) -> None:
    extracted, model = pair.extracted(), pair.model()
    followed = pair.follow(extracted, model)

    assert followed is not None
    assert [told for told in followed.told if told] == [action for action, _ in model[1:]]
    reached = [pair.abstraction(extracted, 0)]
    for step, told in zip(followed.steps, followed.told, strict=True):
        state = pair.abstraction(extracted, step.after)
        failed = (step.before, step.choice) in extracted.failed
        assert told or state == reached[-1]
        reached += [model[-1][1] if failed else state] if told else []
    assert reached == [state for _, state in model]


@every_pair
def test_the_models_actions_explain_the_codes_own_counterexample(pair: Corresponds) -> None:
    explained = pair.explain(pair.extracted())

    assert explained is not None
    assert len([told for told in explained.told if told]) == length(pair.model())
    assert pair.bad(explained.states[-1])
    assert not any(pair.bad(state) for state in explained.states[:-1])


@every_pair
def test_the_counterexample_of_one_rule_is_none_of_the_whole_model(pair: Corresponds) -> None:
    if pair.initial is two_conditions.initial:
        whole = replace(pair, system=two_conditions.SYSTEM)

        with pytest.raises(LookupError, match="nothing goes wrong"):
            whole.model()
        with pytest.raises(Mismatch):
            whole.explain(pair.extracted())


def test_the_whole_queue_does_nothing_wrong_that_could_correspond() -> None:
    pair = replace(pairs()[0], kind="MonitorQueue")

    assert not pair.check().ok
