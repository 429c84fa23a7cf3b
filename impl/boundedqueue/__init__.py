"""A bounded blocking FIFO queue for producers and consumers: a drop-in for `queue.Queue`.

>>> from boundedqueue import BoundedQueue
>>> orders = BoundedQueue[str](1000)
>>> orders.put("one coffee")
>>> orders.get()
'one coffee'

`BoundedQueue` is the one to use: `FastQueue`, several times as fast as `queue.Queue`. `MonitorQueue` is the readable
reference beside it; `python -m queueproof` establishes the theorems of both. `NaiveQueue` and the classes of
`boundedqueue.broken` show what goes wrong without each of the monitor's rules.

The argument for the fast queue rests on the global interpreter lock. On an interpreter built without it,
right comes before fast: there `FastQueue` is the monitor.
"""

from __future__ import annotations

import sysconfig
from typing import TYPE_CHECKING

from boundedqueue.errors import Empty, Full, ShutDown
from boundedqueue.monitor import MonitorQueue
from boundedqueue.naive import NaiveQueue

if TYPE_CHECKING or not sysconfig.get_config_var("Py_GIL_DISABLED"):
    from boundedqueue.fast import FastQueue
else:
    FastQueue = MonitorQueue

BoundedQueue = FastQueue

__all__ = ["BoundedQueue", "Empty", "FastQueue", "Full", "MonitorQueue", "NaiveQueue", "ShutDown"]
