"""On an interpreter without the global interpreter lock the queue is the monitor."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_GIL = (
    "import sysconfig\n"
    "said = sysconfig.get_config_var\n"
    "sysconfig.get_config_var = lambda name: 1 if name == 'Py_GIL_DISABLED' else said(name)\n"
    "import boundedqueue, boundedqueue.orders.pipeline\n"
    "assert boundedqueue.BoundedQueue is boundedqueue.FastQueue is boundedqueue.MonitorQueue\n"
    "done = []\n"
    "with boundedqueue.orders.pipeline.OrderPipeline(done.append, workers=2, capacity=1, patience=None) as pipeline:\n"
    "    assert all([pipeline.submit(n) for n in range(20)])\n"
    "assert type(pipeline.queue) is boundedqueue.MonitorQueue\n"
    "print(sorted(done) == list(range(20)))\n"
)


def test_an_interpreter_built_without_the_gil_gets_the_monitor() -> None:
    result = subprocess.run([sys.executable, "-c", WITHOUT_GIL], capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stdout, result.stderr) == (0, "True\n", "")
