"""A semaphore with a bound is given back too often."""

import threading

from pymongo.thread_util import BoundedSemaphore


def give_back(semaphore, refused):
    """Release, and note if that is refused."""
    try:
        semaphore.release()
    except ValueError:
        refused.append(True)


def one_too_many():
    """One of two is out, and two are given back."""
    semaphore, refused = BoundedSemaphore(2), []
    semaphore.acquire()
    threads = [threading.Thread(target=give_back, args=(semaphore, refused)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused, "three can be had of two"
