"""What all tests share: golden files, rewritten by `pytest --rewrite-golden`."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

# A shell starts what it runs in the background with Ctrl-C ignored, and every process that a test starts would inherit
# that; the tests of Ctrl-C need what a terminal gives.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write what golden-file tests find into their files, instead of comparing",
    )


@pytest.fixture
def few_objects() -> Iterator[None]:
    """For tests that collect garbage again and again: what is there before them is not looked at each time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the file of that name in the folder `golden` beside the test."""
    rewrite = bool(request.config.getoption("--rewrite-golden"))

    def compare(name: str, text: str) -> None:
        file = Path(request.path).parent / "golden" / name
        if rewrite:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"{file} is missing; pytest --rewrite-golden writes it"
        assert text == file.read_text(encoding="utf-8")

    return compare
