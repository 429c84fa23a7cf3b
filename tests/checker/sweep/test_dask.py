"""Workers that Dask provides: a real cluster on this machine, of two processes."""

from __future__ import annotations

from typing import Any

import pytest

import treadle
from queueproof import exploration
from queueproof.everything import LONG
from queueproof.exploration import PROGRAMS, Explored
from support.sweeps import OPTIONS, THEOREMS, checked_alone, timeless
from treadle.vocabulary.verdict import Report

distributed = pytest.importorskip("distributed")


@pytest.mark.slow
def test_every_theorem_that_is_explored_comes_out_the_same_however_it_is_shared_out() -> None:
    """But for those that take longest: the counts of these are elsewhere."""
    found = [shared_out(jobs=1), shared_out(jobs=2)]
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found.append(shared_out(executor=client.get_executor()))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 232


def shared_out(**how: Any) -> list[Report]:
    programs = [
        ((PROGRAMS, part.program), {**OPTIONS, **dict(part.options)})
        for theorem in exploration.theorems()
        for part in theorem.parts
        if isinstance(part, Explored) and part.program not in LONG
    ]
    return timeless(treadle.check_all(programs, **how))


def test_the_reports_are_the_same_as_from_one_process() -> None:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = treadle.check_all(THEOREMS, executor=client.get_executor(), **OPTIONS)
        assert len(client.scheduler_info()["workers"]) == 2
    assert timeless(found) == timeless(checked_alone())
