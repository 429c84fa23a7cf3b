"""Two threads ask one future for its answer, and a third gives it."""

import threading

from pykka import ThreadingFuture


def two_ask():
    """Nobody is forgotten."""
    future = ThreadingFuture()
    threading.Thread(target=future.get).start()
    threading.Thread(target=future.get).start()
    threading.Thread(target=future.set, args=(7,)).start()
