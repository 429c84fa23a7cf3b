"""A web thread puts orders into a plain list; the workers look into it and take what they find."""

import threading
import time


def web(orders):
    """Accept two orders; while there is no room, ask again later."""
    for order in ("tea", "cake"):
        while len(orders) >= 1:
            time.sleep(0.001)
        orders.append(order)


def work(orders, done):
    """Process one order; while there is none, ask again later."""
    while not orders:
        time.sleep(0.001)
    done.append(orders.pop(0))


def shop():
    """One web thread, two workers, room for one order."""
    orders, done = [], []
    threads = [threading.Thread(target=work, args=(orders, done)) for _ in range(2)]
    threads.append(threading.Thread(target=web, args=(orders,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["cake", "tea"]
