"""`demo` compares the designs of the order desk under load; `serve` serves one until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from boundedqueue.orders.demo import Settings, Work, check_plot, plot, run, table
from boundedqueue.orders.designs import DESIGNS
from boundedqueue.orders.web import CannotServe, Server


def positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    """A parser of numbers above zero, for argparse."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value < 1e6:
            raise ValueError
        return value

    number.__name__ = "positive number"
    return number


def arguments_of(command_line: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; ends the program with status 2 if it makes no sense."""
    parser = argparse.ArgumentParser(prog="python -m boundedqueue.orders", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="compare the three designs under the same load; stops by itself")
    serve = commands.add_parser("serve", help="serve one design until Ctrl-C or SIGTERM")
    default = Settings()
    for command in (demo, serve):
        command.add_argument("--port", type=int, default=default.port, help="default: any that is free")
        command.add_argument("--work", type=positive(float), default=default.work, help="seconds an order takes")
        command.add_argument("--workers", type=positive(int), default=default.workers)
        capacity = default.capacity if command is demo else 1000
        command.add_argument(
            "--capacity", type=positive(int), default=capacity, help=f"of the queue; default {capacity}"
        )
    demo.add_argument("--seconds", type=positive(float), default=default.seconds, help="length of each load")
    demo.add_argument("--rate", type=positive(float), default=default.rate, help="requests a second")
    demo.add_argument("--timeout", type=positive(float), default=default.timeout, help="of a client, in seconds")
    demo.add_argument("--plot", type=Path, metavar="FILE", help="draw latency over time into this PNG file")
    serve.add_argument("--design", choices=list(DESIGNS), default="queue")
    return parser.parse_args(command_line)


def demonstrate(settings: Settings, plot_file: Path | None) -> None:
    """Run every design and print the table."""
    if plot_file is not None:
        check_plot(plot_file)
    print(
        f"{settings.rate:g} orders a second for {settings.seconds:g} s; an order takes {settings.work:g} s of one of "
        f"{settings.workers:g} workers; the queue holds {settings.capacity:g}; clients wait {settings.timeout:g} s"
    )
    outcomes = []
    for name in DESIGNS:
        print(f"serving: {name}", file=sys.stderr, flush=True)
        outcomes.append(run(name, settings))
    print(table(outcomes))
    if plot_file is not None:
        plot(outcomes, plot_file)
        print(f"latency over time: {plot_file}")


def serve(name: str, settings: Settings) -> None:
    """Serve one design until Ctrl-C or SIGTERM, then finish what was accepted."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    design = DESIGNS[name](Work(settings), settings.workers, settings.capacity)
    server = Server(design, settings.port, threads=settings.workers)
    try:
        print(f"design {name}: POST an order's number to http://127.0.0.1:{server.port}/orders", flush=True)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print("finishing the accepted orders")
    finally:
        server.close()
        design.close()


def main(command_line: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    options = vars(arguments_of(command_line))
    command, file, name = options.pop("command"), options.pop("plot", None), options.pop("design", "queue")
    settings = Settings(**options)
    try:
        if command == "demo":
            demonstrate(settings, file)
        else:
            serve(name, settings)
    except CannotServe as reason:
        print(f"error: {reason}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
