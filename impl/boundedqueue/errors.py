"""The three exceptions of a queue: the standard library's own, so existing `except` clauses keep working.

`ShutDown` came with Python 3.13; older interpreters get a class of the same name.
"""

from __future__ import annotations

import sys
from queue import Empty, Full

if sys.version_info >= (3, 13):
    from queue import ShutDown
else:

    class ShutDown(Exception):  # noqa: N818 - the standard library's name
        """Raised by put() and get() when the queue has been shut down."""


__all__ = ["Empty", "Full", "ShutDown"]
