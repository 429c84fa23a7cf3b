"""A bounded blocking FIFO queue for producers and consumers: a drop-in for `queue.Queue`.

>>> from boundedqueue import BoundedQueue
>>> orders = BoundedQueue[str](1000)
>>> orders.put("one coffee")
>>> orders.get()
'one coffee'

`BoundedQueue` is the one to use. `MonitorQueue` is the readable reference beside it, `NaiveQueue` and the
classes of `boundedqueue.broken` show what goes wrong without each of its rules.

The argument for the fast queue rests on the global interpreter lock. On an interpreter built without it,
right comes before fast: there `BoundedQueue` is the monitor.
"""

from __future__ import annotations

import sysconfig
from typing import TYPE_CHECKING

from boundedqueue.errors import Empty, Full, ShutDown
from boundedqueue.monitor import MonitorQueue
from boundedqueue.naive import NaiveQueue

if TYPE_CHECKING or not sysconfig.get_config_var("Py_GIL_DISABLED"):
    from boundedqueue.fast import BoundedQueue
else:

    class BoundedQueue(MonitorQueue):
        """A bounded blocking FIFO with the interface of Python 3.13's `queue.Queue`: here, the monitor."""


__all__ = ["BoundedQueue", "Empty", "Full", "MonitorQueue", "NaiveQueue", "ShutDown"]
