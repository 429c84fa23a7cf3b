"""Nothing in the documents goes unexecuted: code, commands, links, names of files, tests and definitions.

Fenced blocks say by their first word what they are:

* `python`: doctest if it begins with `>>>`, else executed; the blocks of a document share their names.
* `python excerpt=PATH`: these very lines stand in that file.
* `console`: commands after `$ `, each with what it prints; a line `...` stands for any lines. Seconds and the
  version of Python are not compared.
* `text` and `mermaid`: pictures; nothing else goes unexecuted.

A block marked `slow` is left to `make test-slow`. `pytest --rewrite-golden tests/docs` writes what the commands print
into the documents, except where lines are left out.
"""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PICTURES = ("text", "mermaid")
SCRATCH = ("docs/examples",)
"""What the commands of a document find beside them, besides the installed packages."""
PLACES = (ROOT, ROOT / "docs", ROOT / "checker/treadle", ROOT / "checker/queueproof", ROOT / "impl/boundedqueue")
"""Where a file may be that a document names; besides the document's own folder."""
PACKAGES = ("treadle", "queueproof", "boundedqueue", "queuespec")

FENCE = re.compile(r"^( *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^\1```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
COUNTED = re.compile(r"\b(\d[\d,]*) (states?|transitions?|executions?|schedules?|theorems?|interleavings?)\b")
VARYING = re.compile(r"\b\d+(\.\d+)? ?s(econds)?\b|\b\d+:\d\d(:\d\d)?\b|\bCPython 3\.\d+\.\d+\w*")
"""Seconds, and the version of the interpreter."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: Path
    start: int
    kind: str
    words: tuple[str, ...]
    text: str

    @property
    def place(self) -> str:
        line = self.document.read_text(encoding="utf-8")[: self.start].count("\n") + 1
        return f"{self.document.relative_to(ROOT)}:{line}"


def blocks(document: Path) -> Iterator[Block]:
    for match in FENCE.finditer(document.read_text(encoding="utf-8")):
        kind, *words = match["info"].split() or ("",)
        yield Block(document, match.start(), kind, tuple(words), textwrap.dedent(match["text"]))


def prose(document: Path) -> str:
    """The text without its blocks and comments."""
    return COMMENT.sub("", FENCE.sub("", document.read_text(encoding="utf-8")))


def named(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=named)


# -- blocks -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what a document does."""
    for folder in SCRATCH:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for name in ("COLUMNS", "FORCE_COLOR", "PYTEST_ADDOPTS", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@every_document
def test_every_block_of_a_document_is_true(document: Path, scratch: Path, request: pytest.FixtureRequest) -> None:
    execute(document, slow=False, rewrite=bool(request.config.getoption("--rewrite-golden")))


SLOW = [document for document in DOCUMENTS if any("slow" in block.words for block in blocks(document))]


@pytest.mark.slow
@pytest.mark.parametrize("document", SLOW, ids=named)
def test_its_longer_blocks_are_true_too(document: Path, scratch: Path, request: pytest.FixtureRequest) -> None:
    execute(document, slow=True, rewrite=bool(request.config.getoption("--rewrite-golden")))


def execute(document: Path, slow: bool, rewrite: bool) -> None:
    names: dict[str, object] = {"__name__": "document"}
    wrong = []
    for block in blocks(document):
        if ("slow" in block.words) != slow:
            continue
        if block.kind == "console":
            wrong += _console(block, rewrite)
        elif block.kind == "python":
            wrong += _excerpt(block) if _told(block, "excerpt") else _python(block, names)
        elif block.kind not in PICTURES:
            wrong.append(f"{block.place}: a block of kind {block.kind!r} is not executed; say text if it need not be")
    assert not wrong, "\n\n".join(wrong)


def _told(block: Block, name: str) -> str:
    return next((word.partition("=")[2] for word in block.words if word.startswith(f"{name}=")), "")


def _python(block: Block, names: dict[str, object]) -> list[str]:
    if not block.text.lstrip().startswith(">>>"):
        exec(compile(block.text, block.place, "exec"), names)
        return []
    example = doctest.DocTestParser().get_doctest(block.text, names, block.place, None, 0)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(example, out=said.append, clear_globs=False)
    names.update(example.globs)
    return ["".join(said)] if said else []


def _excerpt(block: Block) -> list[str]:
    path = ROOT / _told(block, "excerpt")
    text = textwrap.dedent(block.text).strip("\n").splitlines()
    lines = path.read_text(encoding="utf-8").splitlines()
    for at in range(len(lines) - len(text) + 1):
        if textwrap.dedent("\n".join(lines[at : at + len(text)])).splitlines() == text:
            return []
    return [f"{block.place}: these lines do not stand in {path.relative_to(ROOT)}"]


def _console(block: Block, rewrite: bool) -> list[str]:
    wrong, shown, status = [], [], 0
    for command, expected in commands(block.text):
        status, printed = perform(command, status)
        shown.append(f"$ {command}\n{printed}")
        if not matches(expected, printed):
            wrong.append(f"{block.place}: $ {command}\nexpected:\n{expected}\nprinted:\n{printed}")
    if wrong and rewrite and "\n...\n" not in f"\n{block.text}":
        text = block.document.read_text(encoding="utf-8")
        assert text.count(block.text) == 1, f"{block.place}: the same block stands twice"
        block.document.write_text(text.replace(block.text, "".join(shown)), encoding="utf-8")
        return []
    return wrong


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with what it is to print."""
    assert text.startswith("$ "), "a console block begins with a command"
    for part in text.removeprefix("$ ").split("\n$ "):
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command}\n{more}"
        yield command, output


def perform(command: str, status: int) -> tuple[int, str]:
    """What the command prints, on either stream; `$?` is the status of the command before."""
    script = ["bash", "-c", f"(exit {status})\n{command}"]
    done = subprocess.run(script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    lines = done.stdout.replace(f"{Path.cwd()}{os.sep}", "").splitlines()
    return done.returncode, "".join(f"{line.rstrip()}\n" for line in lines)


def matches(expected: str, printed: str) -> bool:
    """Is that what was printed, apart from what varies and the lines that `...` stands for?"""
    parts = re.split(r"^ *\.\.\.$\n?", VARYING.sub("VARYING", expected).rstrip("\n") + "\n", flags=re.MULTILINE)
    pattern = "(.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, VARYING.sub("VARYING", printed).rstrip("\n") + "\n") is not None


# -- names ------------------------------------------------------------------------------------------------------------


@every_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(prose(document)):
        if re.match(r"(https?|mailto):", target):
            continue
        path, _, anchor = target.partition("#")
        file = document if not path else (document.parent / path).resolve()
        assert file.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in _anchors(file), f"{path or document.name} has no heading for #{anchor}"


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", file.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_every_file_and_test_that_is_named_exists(document: Path) -> None:
    made = "\n".join(block.text for block in blocks(document) if block.kind == "console")
    for name in INLINE.findall(prose(document)):
        path, _, test = name.partition("::")
        if not re.fullmatch(r"(docs|tests|spec|impl|checker)/[\w./*-]*|[\w./-]+\.(py|md|toml|json)", path):
            continue
        if "FILE" in path or "DIR" in path or path in made:
            continue
        found = [file for place in (document.parent, *PLACES) for file in place.glob(path.rstrip("/"))]
        assert found, f"{name}: there is no such file"
        if test:
            defined = {node.name for node in ast.walk(_parsed(found[0])) if hasattr(node, "name")}
            assert set(re.split(r"::", test.partition("[")[0].partition("(")[0])) <= defined, f"{name}: no such test"


@functools.cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@every_document
def test_every_definition_that_is_named_exists(document: Path) -> None:
    for name in INLINE.findall(prose(document)):
        dotted = re.match(rf"@?((?:{'|'.join(PACKAGES)})(?:\.\w+)+)(?:\(.*\))?$", name)
        if dotted:
            assert _resolves(dotted[1]), f"{name}: there is no such definition"


def _resolves(dotted: str) -> bool:
    owner, *names = dotted.split(".")
    found: object = importlib.import_module(owner)
    for name in names:
        owner = f"{owner}.{name}"
        if not hasattr(found, name):
            try:
                found = importlib.import_module(owner)
            except ImportError:
                return name in getattr(found, "__dataclass_fields__", ())
        else:
            found = getattr(found, name)
    return True


@every_document
def test_every_count_in_the_text_is_printed_by_the_document_or_asserted_by_a_test(document: Path) -> None:
    printed = {match for block in blocks(document) for match in COUNTED.findall(block.text)}
    sizes = r"^\|.*parts?, .*\|$"  # of the proofs, in docs/proofs, which has tests of its own
    told = re.sub(sizes, "", prose(document), flags=re.MULTILINE)
    for number, what in COUNTED.findall(told):
        known = (number, what) in printed or int(number.replace(",", "")) in _asserted()
        assert known, f"no command of this document prints {number} {what}, and no test asserts that number"


@functools.cache
def _asserted() -> frozenset[int]:
    """The numbers that occur in tests."""
    files = (ROOT / "tests").rglob("*.py")
    constants = (node.value for file in files for node in ast.walk(_parsed(file)) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if type(value) is int)


# -- what the documents must cover ------------------------------------------------------------------------------------


def test_the_readme_shows_what_the_main_job_prints() -> None:
    """Compared by the block's own execution; here: that it is there, and that it is what `make check` does."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("<!-- queueproof -->") == text.count("<!-- /queueproof -->") == 1
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^check: [^\n]*\n\t\$\(BIN\)/python -m queueproof$", makefile, re.MULTILINE)
    assert re.search(r"^test: [^\n]*\n\t\$\(BIN\)/python -m pytest ", makefile, re.MULTILINE)


def test_the_guide_names_every_option_and_every_reason() -> None:
    from treadle.cli import check
    from treadle.vocabulary.options import Options
    from treadle.vocabulary.verdict import Reason

    guide = (ROOT / "docs/checking-your-own-code.md").read_text(encoding="utf-8")
    flags = {flag for parameter in check.params for flag in parameter.opts if flag.startswith("--")} - {"--debug"}
    wanted = {f"`{name}`" for name in Options.__dataclass_fields__} | {f"`{reason}`" for reason in Reason}
    missing = {name for name in wanted if name not in guide} | {flag for flag in flags if f"`{flag}" not in guide}
    assert not missing


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, left = set[Path](), [ROOT / "README.md"]
    while left:
        document = left.pop()
        if document not in reached:
            reached.add(document)
            targets = {target.partition("#")[0] for target in LINK.findall(prose(document))}
            files = ((document.parent / target).resolve() for target in targets if target.endswith(".md"))
            left += [file for file in files if file.exists()]
    assert set(DOCUMENTS) <= reached


# -- the harness itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("holds (3 states, 0.1 s)\n", "holds (3 states, 0.234 s)\n", True),
        ("holds (3 states, 0.1 s)\n", "holds (4 states, 0.1 s)\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nb\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("", "a\n", False),
    ],
)
def test_only_what_varies_and_lines_left_out_may_differ(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same
