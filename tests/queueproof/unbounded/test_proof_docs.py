"""The chapters say what is so: their tables are the engines' answers, their code runs, their tests exist.

With QUEUEPROOF_REWRITE_DOCS=1 the tables are written anew.
"""

from __future__ import annotations

import os
import re
from itertools import takewhile
from pathlib import Path

import pytest

from queueproof.unbounded import Outcome, Theorem, theorems
from queueproof.unbounded.theorem import EVERY_WAKE_UP
from queueproof.unbounded.theorems import rules

ROOT = Path(__file__).parents[3]
CHAPTERS = sorted((ROOT / "docs" / "proofs").glob("*.md"))
RESULTS = "| theorem | established | engines | size |"
WAKE_UPS = "| theorem | fifo | any | more | spurious |"
VARIES = "standard-library-class"


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows_below(text: str, header: str) -> list[str]:
    lines = text.splitlines()
    if header not in lines:
        return []
    below = lines[lines.index(header) + 2 :]
    return list(takewhile(lambda line: line.startswith("|"), below))


def result_row(theorem: Theorem, outcome: Outcome) -> str:
    size = "varies" if theorem.name == VARIES else outcome.size
    return f"| `{theorem.name}` | {theorem.established} | {theorem.engines} | {size} |"


def wake_up_row(theorem: Theorem) -> str:
    marks = ["x" if wake_up in theorem.wake_ups else "" for wake_up in EVERY_WAKE_UP]
    return " | ".join([f"| `{theorem.name}`", *marks]).rstrip() + " |"


def rewritten(path: Path, header: str, old: list[str], new: list[str]) -> None:
    text = path.read_text()
    head, rest = text.split(header + "\n", 1)
    separator, rest = rest.split("\n", 1)
    path.write_text("\n".join([head + header, separator, *new, ""]) + rest[sum(len(row) + 1 for row in old) :])


def test_every_theorem_has_a_row_in_a_chapter_and_the_row_is_the_engines_answer(
    outcomes: dict[str, Outcome],
) -> None:
    by_name = {theorem.name: theorem for theorem in theorems()}
    seen: list[str] = []
    for path in CHAPTERS:
        old = rows_below(path.read_text(), RESULTS)
        names = [cells(row)[0].strip("`") for row in old]
        new = [result_row(by_name[name], outcomes[name]) for name in names]
        if old != new and os.environ.get("QUEUEPROOF_REWRITE_DOCS"):
            rewritten(path, RESULTS, old, new)
            old = new
        assert old == new, path.name
        seen += names
    assert sorted(seen) == sorted(by_name)


def test_the_table_of_wake_ups_is_the_theorems_own() -> None:
    readme = ROOT / "docs" / "proofs" / "README.md"
    old = rows_below(readme.read_text(), WAKE_UPS)
    new = [wake_up_row(theorem) for theorem in theorems() if theorem.wake_ups]
    if old != new and os.environ.get("QUEUEPROOF_REWRITE_DOCS"):
        rewritten(readme, WAKE_UPS, old, new)
        old = new
    assert old == new


def test_the_table_of_broken_rules_is_the_specifications_own() -> None:
    text = (ROOT / "docs" / "proofs" / "rules.md").read_text()
    rows = [cells(row) for row in rows_below(text, "| variant | rule | K, P, C | steps | goes wrong by |")]
    found = [(row[0].strip("`"), row[2], int(row[3])) for row in rows]
    expected = [(v.name, ", ".join(map(str, v.configuration)), v.steps) for v in rules.VARIANTS]
    assert found == expected


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_code_of_the_chapter_runs(path: Path) -> None:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    assert {language for language, _ in blocks} == {"python"}
    if path.stem == "README":
        pytest.importorskip("z3", reason="z3-solver has no wheel for this interpreter")
        pytest.importorskip("cvc5", reason="cvc5 has no wheel for this interpreter")
    for number, (_, code) in enumerate(blocks):
        exec(compile(code, f"{path.name}[{number}]", "exec", dont_inherit=True), {})


def test_every_test_that_a_chapter_names_exists() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for path in CHAPTERS:
        for name in re.findall(r"`(test_\w+)`", path.read_text()):
            assert f"def {name}(" in sources, f"{path.name} names {name}"


def test_the_chapters_have_the_same_parts_and_are_all_listed() -> None:
    parts = ["Statement", "Idea", "Invariant", "Cases by action", "What is checked", "What is assumed"]
    readme = (ROOT / "docs" / "proofs" / "README.md").read_text()
    for path in CHAPTERS:
        if path.stem != "README":
            headings = re.findall(r"^## (.*)$", path.read_text(), re.MULTILINE)
            assert sorted(headings) == sorted(parts), path.name
            assert f"]({path.name})" in readme


def test_links_between_chapters_lead_somewhere() -> None:
    for path in CHAPTERS:
        for target in re.findall(r"\]\(([\w-]+\.md)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
