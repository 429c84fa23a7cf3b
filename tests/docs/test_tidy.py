"""The form of the code itself: first paragraphs, sizes, documented names, who imports whom, what a wheel holds."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("spec/queuespec", "impl/boundedqueue", "checker/treadle", "checker/queueproof")
MODULES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

LINES = 300
LONGER = {
    "checker/treadle/kernel/graph.py": 400,  # one algorithm
    "checker/queueproof/unbounded/theorems/law.py": 450,  # one theorem and its two directions
    "checker/queueproof/unbounded/theorems/termination.py": 330,
    "checker/treadle/checking.py": 445,
    "checker/treadle/cli.py": 340,  # one function for each command and each way to end
    "checker/treadle/kernel/execution.py": 790,  # all that an execution is told by the code under check
    "checker/treadle/kernel/walk.py": 570,  # one small method for each kind of object
    "checker/treadle/properties/refinement.py": 400,
    "checker/treadle/sandbox/calls.py": 655,  # what is known of each built-in
    "checker/treadle/sandbox/expressions.py": 410,  # the grammar's expressions
    "checker/treadle/sandbox/hooks.py": 530,  # one hook for each kind of access
    "checker/treadle/sandbox/importer.py": 385,
    "checker/treadle/sandbox/primitives.py": 570,  # the primitives, one after the other
    "checker/treadle/sandbox/stackmap.py": 450,  # the bytecode's instructions
    "checker/treadle/sandbox/statements.py": 590,  # the grammar's statements
    "checker/treadle/sandbox/threads.py": 380,
    "checker/treadle/strategies/steps.py": 380,
    "checker/treadle/strategies/store.py": 360,
    "impl/boundedqueue/fast.py": 400,  # the argument stands beside the code
    "spec/queuespec/hand_over.py": 410,  # a guard and an effect for each of 22 actions
}
"""The modules that may be longer than LINES, and how much."""

WORDS = (
    "program thread operation scheduling-point step choice enabled disabled blocked schedule execution event trace "
    "happens-before independent trace-class representative race backtrack-set sleep-set source-set wakeup-tree "
    "preemption explicit-state stateless invariant inductive-invariant safety liveness fairness deadlock lost-wakeup "
    "stolen-wakeup spurious-wakeup starvation livelock busy-waiting refinement-mapping stutter history call pending "
    "linearization verdict mutant litmus oracle"
)


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", MODULES + TESTS, ids=named)
def test_every_module_begins_with_a_sentence_about_it(file: Path) -> None:
    first = (ast.get_docstring(parsed(file)) or "").partition("\n\n")[0]
    assert len(first.split()) >= 4, "say in the first paragraph which idea the file holds"


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_no_module_is_longer_than_agreed(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGER.get(named(file), LINES)


def test_every_exception_to_the_length_is_still_needed() -> None:
    needless = [name for name in LONGER if len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= LINES]
    assert not needless


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_every_public_name_is_documented(file: Path) -> None:
    assert not list(undocumented(parsed(file)))


def undocumented(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Public classes and functions without a docstring; a method may have the one of what it overrides or fulfils."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            method = isinstance(tree, ast.ClassDef) and isinstance(node, ast.FunctionDef)
            if not method and ast.get_docstring(node) is None:
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node)


@pytest.mark.parametrize("package", [package.partition("/")[2] for package in PACKAGES])
def test_what_a_package_exports_is_there_and_documented(package: str) -> None:
    module = importlib.import_module(package)
    for name in getattr(module, "__all__", ()):
        assert getattr(module, name).__doc__


def test_the_specification_the_queue_and_the_checker_know_nothing_of_each_other() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", script, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wheel_holds_the_four_packages_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": list(PACKAGES)}
    for package in PACKAGES:
        assert (ROOT / package / "__init__.py").exists() and (ROOT / package / "py.typed").exists()
    roots = {Path(package).parent for package in PACKAGES}
    packages = {file.parent for root in roots for file in (ROOT / root).glob("*/__init__.py")}
    assert packages == {ROOT / package for package in PACKAGES}


def test_the_glossary_has_every_word() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    defined = {word.lower() for word in re.findall(r"\*\*([^*]+)\*\*", glossary)}
    assert {word.replace("-", " ") for word in WORDS.split()} <= {word.replace("-", " ") for word in defined}


def test_the_changelog_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == project["project"]["version"]
