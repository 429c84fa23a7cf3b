"""A small deterministic scheduler for tests: virtual threads as greenlets, in turns or in an order drawn
from a seed.

It is a host that knows no more than the protocol: it suspends a thread before each operation, resumes it
when the operation is enabled, and lets the clock jump to the next deadline when nothing else can go on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import greenlet

from treadle.sandbox import runtime, threads
from treadle.vocabulary.operation import Operation, Primitive


class Stuck(AssertionError):
    """Threads that must finish cannot go on."""


class Killed(greenlet.GreenletExit):
    """Ends a thread that the execution leaves behind."""


class Execution:
    """One execution. `seed` None takes the threads in turns; a number draws each next thread, and each
    alternative."""

    alone = False
    spurious = any_waiter = dying = alone = False

    def __init__(self, seed: int | None = None, *, observed: bool = False, limit: int = 200_000) -> None:
        self.now = 0.0
        self.threads: list[threads.Thread] = []
        self.failures: list[tuple[threads.Thread, BaseException]] = []
        self.reports: list[tuple[str, str]] = []
        self.refusals: list[runtime.Refused] = []
        self.thread: Any = None
        self.steps = 0
        self._observed, self._limit = observed, limit
        self._chooser = None if seed is None else random.Random(seed)
        self._pending: dict[threads.Thread, Operation | None] = {}
        self._greenlets: dict[threads.Thread, greenlet.greenlet] = {}
        self._hub: greenlet.greenlet | None = None
        self._serials = 0
        self._turn = 0

    # -- the protocol ------------------------------------------------------------------------------------

    def next_serial(self) -> int:
        self._serials += 1
        return self._serials

    def perform(self, operation: Operation) -> Any:
        if self.dying:
            raise Killed
        assert self._hub is not None
        self._pending[self.thread] = operation
        alternative = self._hub.switch()
        if alternative is None:
            raise Killed
        return operation.perform(alternative)

    def access(self, obj: object, location: object, write: bool) -> None:
        pass

    def depends_on(self, obj: object) -> None:
        pass

    def interrupts(self, obj: object, location: object) -> bool:
        return False

    def loop(self) -> None:
        pass

    def observe(self, obj: object, aspect: str) -> None:
        self.reports.append(("observe", aspect))

    def observed(self, obj: object, aspect: str) -> bool:
        return self._observed

    def spawn(self, thread: threads.Thread) -> None:
        self.threads.append(thread)
        self._pending[thread] = None
        self._greenlets[thread] = greenlet.greenlet(lambda: self._body(thread), parent=self._hub)

    def joined(self, thread: threads.Thread) -> None:
        pass

    def event(self, kind: str, obj: object, detail: object = "") -> None:
        pass

    def watch(self, monitor: Any) -> None:
        pass

    def call_begins(self, call: Any) -> None:
        pass

    def follow(self, monitor: Any, happened: Callable[..., None], *arguments: object) -> None:
        pass

    def invariant(self, holds: Any) -> None:
        pass

    def fail(self, finding: BaseException) -> None:
        self.failures.append((self.thread, finding))

    def expose(self, attributes: dict[str, Any], owner: object) -> None:
        """Nothing is recorded."""

    def doubt(self, reason: str) -> None:
        """CPython's tests compare elapsed times."""

    def hidden(self, reason: str) -> None:
        self.reports.append(("hidden", reason))

    def nondeterministic(self, reason: str) -> None:
        self.reports.append(("nondeterministic", reason))

    # -- running -----------------------------------------------------------------------------------------

    def run(self, program: Callable[[], Any], *, at_exit: Callable[[], object] = lambda: None) -> Any:
        """Execute `program` to its end, with all threads that are not daemons; its result, or what it
        raised."""
        results: list[Any] = []

        def whole() -> None:
            results.append(program())
            at_exit()

        main = threads.Thread(target=whole, name="MainThread")
        main.serial, main.phase = 0, threads.STARTED
        self._hub = greenlet.getcurrent()
        self.spawn(main)
        try:
            while any(not thread.daemon and thread.phase != threads.FINISHED for thread in self.threads):
                self._step()
        finally:
            self._end()
        for thread, failure in self.failures:
            if thread is main:
                raise failure
        return results[0]

    def _body(self, thread: threads.Thread) -> None:
        try:
            thread.run()
        except (Killed, SystemExit):
            pass
        except BaseException as failure:
            self.failures.append((thread, failure))
        finally:
            thread.finish()

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._limit:
            raise Stuck(f"no end after {self._limit} steps")
        chosen = self._choose()
        if chosen is None:
            self._let_time_pass()
            return
        thread, alternatives = chosen
        alternative = alternatives[0] if self._chooser is None else self._chooser.choice(alternatives)
        self._resume(thread, alternative)
        self.now += 1e-6

    def _choose(self) -> tuple[threads.Thread, tuple[str, ...]] | None:
        """A thread that can go on, and in which ways."""
        live = [thread for thread in self._pending if thread.phase != threads.FINISHED]
        if self._chooser is not None:
            self._chooser.shuffle(live)
        else:
            self._turn = (self._turn + 1) % len(live)
            live = live[self._turn :] + live[: self._turn]
        for thread in live:
            operation = self._pending[thread]
            alternatives = ("go",) if operation is None else self._alternatives(operation)
            if alternatives:
                return thread, alternatives
        return None

    def _alternatives(self, operation: Operation) -> tuple[str, ...]:
        fields = tuple(self._relative(field) for field in operation.fields())
        statuses = [target.status() if isinstance(target, Primitive) else () for target in operation.targets()]
        return operation.alternatives(fields, statuses)

    def _relative(self, field: Any) -> Any:
        return float.__sub__(field, self.now) if isinstance(field, float) else field

    def _resume(self, thread: threads.Thread, alternative: str | None) -> None:
        before = runtime.current
        runtime.current, self.thread = self, thread
        try:
            self._greenlets[thread].switch(*([] if not self._greenlets[thread] else [alternative]))
        finally:
            runtime.current, self.thread = before, None

    def _let_time_pass(self) -> None:
        waiting = [operation for thread, operation in self._pending.items() if thread.phase != threads.FINISHED]
        deadlines = [field for operation in waiting if operation is not None for field in operation.fields()
                     if isinstance(field, float) and field > self.now]  # fmt: skip
        if not deadlines:
            live = [thread for thread in self._pending if thread.phase != threads.FINISHED]
            kinds = {thread: operation and operation.kind for thread, operation in self._pending.items()}
            stuck = [f"{thread.made_up_name}: {kinds[thread]}" for thread in live]
            raise Stuck(f"deadlock: {', '.join(stuck)}")
        self.now = float(min(deadlines))

    def _end(self) -> None:
        self.dying = True
        for thread, body in self._greenlets.items():
            if body:
                self._resume(thread, None)
            thread.phase = threads.FINISHED
