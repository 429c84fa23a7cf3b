"""Transformed code is read back from disk as it was written, and made anew where that is not possible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from treadle.sandbox import cache

Made = list[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TREADLE_NO_CACHE", raising=False)
    cache._folder.cache_clear()
    yield tmp_path
    cache._folder.cache_clear()


def ask(made: Made, *parts: str) -> object:
    def make() -> tuple[str, ...]:
        made.append(parts[0])
        return parts

    return cache.kept(parts, make)


def test_what_was_made_once_is_read_back(folder: Path) -> None:
    made: Made = []
    assert [ask(made, "a", "b") for _ in range(3)] == [("a", "b")] * 3
    assert made == ["a"]
    assert len(list(folder.rglob("*.bin"))) == 1


def test_code_that_is_read_back_does_what_it_did(folder: Path) -> None:
    codes = [cache.kept(("code",), lambda: compile("x = 1 + y", "f.py", "exec")) for _ in range(2)]
    names = {"y": 2}
    exec(codes[1], names)
    assert (codes[0].co_filename, codes[1].co_filename, names["x"]) == ("f.py", "f.py", 3)


def test_other_parts_are_another_thing(folder: Path) -> None:
    made: Made = []
    assert ask(made, "a", "b") != ask(made, "ab", "")
    assert made == ["a", "ab"]


@pytest.mark.parametrize("content", [b"", b"\x00nonsense", b"i\x01"], ids=["empty", "nonsense", "cut off"])
def test_a_file_that_cannot_be_read_is_made_anew(content: bytes, folder: Path) -> None:
    made: Made = []
    ask(made, "a")
    (file,) = folder.rglob("*.bin")
    file.write_bytes(content)
    assert ask(made, "a") == ("a",)
    assert ask(made, "a") == ("a",)
    assert made == ["a", "a"]


def test_a_folder_that_cannot_be_written_is_done_without(folder: Path) -> None:
    (folder / "treadle").write_text("a file where the folder should be")
    made: Made = []
    assert ask(made, "a") == ask(made, "a") == ("a",)
    assert made == ["a", "a"]


def test_it_can_be_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_NO_CACHE", "1")
    cache._folder.cache_clear()
    made: Made = []
    assert ask(made, "a") == ask(made, "a") == ("a",)
    assert not list(folder.iterdir())
