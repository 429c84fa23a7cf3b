"""The order desk as a web application (WSGI) and its server.

`POST /orders` with the order's number as the body: 202 accepted; 503 with `Retry-After` when the queue
stays full; 400 for a body that is no number; 500 when the work failed in the handler. `GET /` answers 200.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from boundedqueue.orders.designs import Design

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
RETRY_AFTER_SECONDS = "1"


class CannotServe(Exception):  # noqa: N818 - it is the user's to mend, and the message says how
    """The server cannot start; the message says why in one sentence."""


def application(design: Design) -> Application:
    """The WSGI application that hands orders to the design."""

    def handle(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        status, *headers = _answer(design, environ)
        body = status.encode() + b"\n"
        plain = ("Content-Type", "text/plain"), ("Content-Length", str(len(body)))
        start_response(status, [*plain, *headers])
        return [body]

    return handle


def _answer(design: Design, environ: dict[str, Any]) -> tuple[Any, ...]:
    route = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if route in (("GET", "/"), ("HEAD", "/")):
        return ("200 OK",)
    if route[1] != "/orders":
        return ("404 Not Found",)
    if route[0] != "POST":
        return "405 Method Not Allowed", ("Allow", "POST")
    try:
        number = int(environ["wsgi.input"].read(20))
    except ValueError:
        return ("400 Bad Request",)
    try:
        accepted = design.submit(number)
    except Exception:
        return ("500 Internal Server Error",)
    return ("202 Accepted",) if accepted else ("503 Service Unavailable", ("Retry-After", RETRY_AFTER_SECONDS))


def _listening_socket(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotServe(f"cannot listen on port {port}: {error}") from None
    return listener


class Server:
    """waitress on the loopback interface, in a thread of its own; `port` is the one that it has got."""

    def __init__(self, design: Design, port: int, threads: int) -> None:
        try:
            from waitress import create_server
        except ImportError:
            raise CannotServe("the order desk needs waitress: pip install 'treadle[web]'") from None
        self._socket = _listening_socket(port)
        self._server = create_server(
            application(design), sockets=[self._socket], threads=threads, connection_limit=1000
        )
        logging.getLogger("waitress").setLevel(logging.ERROR)  # else it tells of every request that has to wait
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the requests that are being answered, and answer no others."""
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=5)
        self._server.trigger.pull_trigger(self._end)
        self._thread.join(5)

    def _end(self) -> None:
        """In the thread of the server, which ends when there is nothing left to listen to."""
        for dispatcher in list(self._server._map.values()):
            dispatcher.close()
