"""The order pipeline: a web thread, a bounded queue, four daemon workers, and a wait for the last order."""

import queue
import threading


def work(orders, done):
    """Process orders for ever."""
    while True:
        order = orders.get()
        done.append(order)
        orders.task_done()


def pipeline():
    """Two orders through a queue with room for one."""
    orders, done = queue.Queue(maxsize=1), []
    for _ in range(4):
        threading.Thread(target=work, args=(orders, done), daemon=True).start()
    for order in ("tea", "cake"):
        orders.put(order)
    orders.join()
    assert sorted(done) == ["cake", "tea"]
