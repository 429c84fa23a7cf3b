"""Workers that Dask provides: a real cluster on this machine, of two processes."""

from __future__ import annotations

import pytest

import treadle
from support.sweeps import OPTIONS, THEOREMS, checked_alone, timeless

distributed = pytest.importorskip("distributed")


def test_the_reports_are_the_same_as_from_one_process() -> None:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = treadle.check_all(THEOREMS, executor=client.get_executor(), **OPTIONS)
        assert len(client.scheduler_info()["workers"]) == 2
    assert timeless(found) == timeless(checked_alone())
