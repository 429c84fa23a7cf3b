"""What the page about the queue shows is what happens."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import boundedqueue.bench.__main__
import boundedqueue.orders.__main__
from boundedqueue.bench.measures import ratios

PAGE = Path(__file__).parents[2] / "docs" / "queue.md"


def test_the_examples_on_the_page_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert (result.failed, result.attempted > 10) == (0, True)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`python -m ([^`]+)`", PAGE.read_text()))))
def test_the_commands_on_the_page_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    module, *arguments = command.split()
    mains = {
        "boundedqueue.bench": boundedqueue.bench.__main__.main,
        "boundedqueue.orders": boundedqueue.orders.__main__.main,
    }
    with pytest.raises(SystemExit) as leaving:
        mains[module]([*arguments, "--help"])
    assert leaving.value.code == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:boundedqueue|tests)[./][\w./]+)`", PAGE.read_text()))))
def test_the_modules_and_files_on_the_page_exist(name: str) -> None:
    root = PAGE.parents[1]
    path = root / name if "/" in name else root / "impl" / name.replace(".", "/")
    parent = path.parent.with_suffix(".py") if not path.parent.is_dir() else path.parent / "__init__.py"
    found = path.exists() or path.with_suffix(".py").exists()
    assert found or f"{path.name}" in parent.read_text()


def test_the_table_of_ratios_has_every_row_that_is_measured_and_every_interpreter() -> None:
    text = PAGE.read_text()
    header, _, *rows = text[text.index("| ratio to") :].partition("\n\n")[0].splitlines()

    assert re.findall(r"3\.\d+", header) == ["3.11", "3.12", "3.13", "3.14", "3.15"]
    assert [row.split(" | ")[0] for row in rows] == ["| " + row for row in ratios(0.1) if "percentile" not in row]
    assert all(re.search(r"( \| \d\.\d){5} \|$", row) for row in rows)


def test_the_core_of_the_fast_queue_can_be_read_at_a_sitting() -> None:
    source = Path(boundedqueue.__file__).with_name("fast.py").read_text()
    core = source[source.index("    def put(") : source.index("    def _finish_task(")]
    code = "".join(re.split(r'""".*?"""', core, flags=re.DOTALL)).splitlines()
    lines = [line for line in code if line.strip() and not line.strip().startswith("#")]
    assert len(lines) < 150
