"""The pytest plugin: functions decorated with `treadle.checked` are tests, whatever their names are.

`--treadle-save DIR` keeps the schedule of each failure in a folder and replays what is kept there first.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--treadle-save`."""
    group = parser.getgroup("treadle")
    group.addoption(
        "--treadle-save",
        metavar="DIR",
        default=None,
        help="keep the schedule of each program that is violated in DIR, and replay those kept there first",
    )


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> pytest.Item | None:
    """Collect a checked program that pytest would not take for a test."""
    ours = _checked(obj) is not None and isinstance(collector, pytest.Module)
    if not ours or collector.istestfunction(obj, name) or getattr(obj, "__module__", "") != collector.obj.__name__:
        return None
    return pytest.Function.from_parent(collector, name=name)


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Check the program, with the readable report as the failure's text."""
    test = _checked(pyfuncitem.obj)
    if test is None:
        return None
    from treadle.checked import Checked
    from treadle.sandbox.importer import LoadError
    from treadle.sandbox.runtime import Refused
    from treadle.vocabulary.schedule import ScheduleError

    assert isinstance(test, Checked)
    folder = pyfuncitem.config.getoption("--treadle-save")
    told = ""
    try:
        test.run(schedules=Path(folder) if folder else None)
    except (AssertionError, LoadError, Refused, ScheduleError) as failure:
        told = str(failure)
    if told:  # out here, so that pytest does not show the exception as well
        pytest.fail(told, pytrace=False)
    return True


def _checked(obj: object) -> object | None:
    # By name, so that a session without checked programs never imports the engine; through the dictionary,
    # because an object with a __getattr__ of its own says yes to every name.
    return getattr(obj, "__dict__", {}).get("__treadle_checked__") if callable(obj) else None
