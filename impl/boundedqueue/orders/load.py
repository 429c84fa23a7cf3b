"""A load of HTTP requests at a given rate, each sent at its own time whether or not earlier ones were answered.

Latency counts from the moment at which the request was due, so a server that holds up its clients cannot
hide it.
"""

from __future__ import annotations

import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil

ACCEPTED, REFUSED, FAILED, TIMED_OUT = "accepted", "refused", "failed", "timed out"
OUTCOMES = {202: ACCEPTED, 503: REFUSED}


@dataclass(frozen=True)
class Request:
    """One request: the order's number, when it was due, how long it took (seconds), and how it ended."""

    number: int
    due: float
    latency: float
    outcome: str


class Client:
    """A customer with one connection, which is opened again after it has failed."""

    def __init__(self, port: int, timeout: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def send(self, number: int) -> str:
        """Post one order and return how that ended."""
        try:
            self._connection.request("POST", "/orders", body=str(number))
            response = self._connection.getresponse()
            response.read()
            return OUTCOMES.get(response.status, FAILED)
        except TimeoutError:
            self._connection.close()
            return TIMED_OUT
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return FAILED

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def drive(port: int, rate: float, seconds: float, timeout: float) -> list[Request]:
    """Send `rate` requests a second for `seconds`; return them all, in the order of their numbers."""
    total = max(1, round(rate * seconds))
    numbers = itertools.count()
    requests: list[Request] = []
    began = time.monotonic() + 0.2

    def work() -> None:
        client = Client(port, timeout)
        while (number := next(numbers)) < total:
            due = number / rate
            time.sleep(max(0.0, began + due - time.monotonic()))
            outcome = client.send(number)
            requests.append(Request(number, due, time.monotonic() - began - due, outcome))
        client.close()

    customers = min(total, ceil(rate * timeout * 1.2) + 4)
    clients = [threading.Thread(target=work, daemon=True) for _ in range(customers)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return sorted(requests, key=lambda request: request.number)


def drive_from_outside(port: int, rate: float, seconds: float, timeout: float) -> list[Request]:
    """The same from a process of its own, so that server and customers do not share an interpreter."""
    command = [sys.executable, "-m", "boundedqueue.orders.load", *map(str, (port, rate, seconds, timeout))]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Request(**fields) for fields in json.loads(finished.stdout)]


def percentile(requests: Sequence[Request], percent: float) -> float:
    """The latency in seconds below which so many percent of the requests stayed; 0 without requests."""
    latencies = sorted(request.latency for request in requests)
    return latencies[min(len(latencies) - 1, int(len(latencies) * percent / 100))] if latencies else 0.0


def tally(requests: Sequence[Request]) -> Counter[str]:
    """How many requests ended in which way."""
    return Counter(request.outcome for request in requests)


if __name__ == "__main__":
    port, *numbers = sys.argv[1:]
    json.dump([asdict(request) for request in drive(int(port), *map(float, numbers))], sys.stdout)
