"""Does an object behave as its sequential specification says, whatever the threads do?

A *monitor* follows every call to the watched object. It keeps the set of all *configurations* that explain what was
seen so far: a state of the specification, and which of the calls still under way have already taken effect, with which
result. When a call returns, every configuration is extended by the calls under way, in every order, until the returning
call has taken effect with the result that it returned; if no configuration can be extended so, the object is not
linearizable (Herlihy and Wing 1990; just-in-time linearization: Lowe, "Testing for linearizability", 2017). Blocking is
judged too: a call may be left waiting only while the specification says that it must wait.

A specification has `initial() -> state` and `outcomes(state, method, args, kwargs) -> list`, each outcome with a
`result` (("return", value) or ("raise", name of the exception)), the next `state`, and `timeout`: permitted only
because the call may time out. No outcome: the call must wait.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from treadle.kernel.judging import Unfollowed
from treadle.sandbox import runtime
from treadle.sandbox.looking import look
from treadle.sandbox.primitives import host

Result = tuple[str, Any]
Watched = TypeVar("Watched")

JUDGED_EXCEPTIONS = frozenset({"Full", "Empty", "ShutDown", "ValueError"})
"""Exceptions that are results of calls; any other is a fault of its own, and judged as such."""


class Outcome(Protocol):
    """One way in which a call can take effect."""

    result: Result
    state: Any
    timeout: bool


class Specification(Protocol):
    """What the calls of an object mean, one after another."""

    def initial(self) -> Any:
        """The state in the beginning."""

    def outcomes(self, state: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """In which ways the call can take effect now."""


class SpecificationViolated(Exception):  # noqa: N818 - a finding about the program
    """A call returned what no linearization allows."""


class Call:
    """A call under way, to the object that the monitor follows."""

    def __init__(
        self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], monitor: Monitor | None = None
    ) -> None:
        self.method, self.args, self.kwargs, self.monitor = method, args, kwargs, monitor
        self.begun = False
        """Has its thread performed an operation in it?"""

    def __str__(self) -> str:
        words = [plain(a) for a in self.args] + [f"{k}={plain(v)}" for k, v in self.kwargs.items()]
        return f"{self.method}({', '.join(words)})"


def plain(value: object) -> str:
    """The value's representation, without the addresses that differ from one execution to the next."""
    return re.sub(r" (?:object )?at 0x[0-9a-fA-F]+", "", look(repr, value))


class Done:
    """A call under way that has taken effect, with its result."""

    def __init__(self, call: Call, result: Result) -> None:
        self.call, self.result = call, result


class Configuration:
    """One explanation of what was seen: a state of the specification, and the calls that have taken effect."""

    def __init__(self, state: Any, done: set[Done], could: set[Done] | None = None) -> None:
        self.state, self.done = state, done
        self.could = could or set()
        """What calls under way could have returned at some time since they began, had they taken effect then: only
        results that leave the state alone, so that nobody else is concerned."""

    def result_of(self, call: Call) -> Result | None:
        """With which result the call has taken effect; None if it has not."""
        return next((done.result for done in self.done if done.call is call), None)

    def could_return(self, call: Call, result: Result) -> bool:
        """Could the call have returned this at some time since it began?"""
        return any(known.call is call and _same(known.result, result) for known in self.could)

    def same(self, other: Configuration) -> bool:
        """Do both explain the same?"""
        return (
            _same(self.state, other.state)
            and _same_calls(self.done, other.done)
            and _same_calls(self.could, other.could)
        )

    def without(self, call: Call) -> Configuration:
        """The same once the call has returned."""
        done, could = ({d for d in known if d.call is not call} for known in (self.done, self.could))
        return Configuration(self.state, done, could)


Configurations = set[Configuration]

MOST_CONFIGURATIONS = 2000
"""More explanations than that at once are not followed: the verdict is then unknown."""


class Monitor:
    """Follows the calls to one object.

    `own_calls`: it lets only the call that returns, or that of the thread that has made a step, take effect. Then the
    monitor need not know of the others.
    """

    def __init__(
        self,
        watched: Any,
        specification: Specification,
        view: Callable[[Any], object] | None = None,
        own_calls: bool = False,
    ) -> None:
        self.watched, self.specification, self._view = watched, specification, view
        self._pending: set[Call] | None = None if own_calls else set()
        self.given_up = False
        """Were there too many explanations? Then it says nothing any more."""
        self.configurations: Configurations = {Configuration(specification.initial(), set())}

    # -- what happens ---------------------------------------------------------------------------------------------

    def called(self, call: Call) -> None:
        """A call begins."""
        if self.given_up:
            return
        if self._pending is not None:
            self._pending.add(call)
        for now in self.configurations:
            self._note(now, call)
        self._settle(self.configurations)

    def returned(self, call: Call, result: Result) -> None:
        """A call ends with a result. Raises SpecificationViolated if nothing explains it."""
        if self.given_up:
            return
        if self._view is not None:
            self.stepped(call)
        explained = _distinct(self._explain(self._by_return(call, result), call))
        self._ended(call)
        if not explained:
            raise SpecificationViolated(
                f"{call} ended with {_shown(result)}, which no order of the calls explains; "
                f"by the specification the state was {self.state()}"
            )
        self._settle(_distinct(iter([now.without(call) for now in explained])))

    def stepped(
        self, call: Call | None = None, entered: Iterable[Call] = (), begins: Callable[[Call], None] = lambda call: None
    ) -> None:
        """A step was made: what can be seen of the object must be explained by calls that took effect in it.

        `call`: that of the thread that has made it. `entered`: calls that threads made in the step have not begun so
        far; if the object has changed, they `begin`. Raises SpecificationViolated if nothing explains it.
        """
        if self.given_up or self._view is None or all(self._agrees(now) for now in self.configurations):
            return
        for each in entered:
            begins(each)
        explained = _distinct(self._explain(self._agrees, call))
        if not explained:
            raise SpecificationViolated(
                f"the object holds {plain(self._seen())} now, which no call under way explains; "
                f"by the specification the state was {self.state()}"
            )
        self._settle(explained)

    def _settle(self, explained: Iterable[Configuration]) -> None:
        """Keep these explanations. What two of them say alike is one object: which explanations came first, and what
        they were made of, must not be told apart."""
        known: list[Done] = []

        def once(done: Done) -> Done:
            found = next((k for k in known if k.call is done.call and _same(k.result, done.result)), None)
            if found is None:
                known.append(done)
            return found or done

        self.configurations = {
            Configuration(now.state, set(map(once, now.done)), set(map(once, now.could))) for now in explained
        }

    def _note(self, now: Configuration, call: Call) -> None:
        """Note what the call could return now without anyone noticing."""
        if self._view is not None and now.result_of(call) is None:
            for outcome in self._outcomes(now.state, call):
                if _same(outcome.state, now.state) and not now.could_return(call, outcome.result):
                    now.could.add(Done(call, outcome.result))

    def abandoned(self, call: Call) -> None:
        """A call ends by an exception that says nothing about its effect."""
        self._ended(call)

    def _ended(self, call: Call) -> None:
        if self._pending is not None:
            self._pending.discard(call)

    # -- explanations ---------------------------------------------------------------------------------------------

    def _agrees(self, now: Configuration) -> bool:
        """Does the state of the specification look like the object?"""
        return self._view is None or _same(now.state.items, self._seen())

    def _seen(self) -> object:
        """What can be seen of the object; looking is no step of the program."""
        assert self._view is not None
        return look(self._view, self.watched)

    def _by_return(self, call: Call, result: Result) -> Callable[[Configuration], bool]:
        def explains(now: Configuration) -> bool:
            had = now.result_of(call)
            explained = now.could_return(call, result) if had is None else _same(had, result)
            return explained and self._agrees(now)

        return explains

    def _explain(self, explains: Callable[[Configuration], bool], own: Call | None) -> Iterator[Configuration]:
        """Configurations that explain what was seen, reached by letting calls under way take effect.

        If the object can be looked into, what it holds tells which calls took effect, so the fewest that explain it
        are enough; else every possibility is followed.
        """
        calls = self._pending if self._pending is not None else {own} if own is not None else set()
        layer = list(self.configurations)
        while layer:
            found = [now for now in layer if explains(now)]
            yield from found
            if found and self._view is not None:
                return
            layer = _distinct(self._one_more(layer, calls))
            if len(layer) > MOST_CONFIGURATIONS:
                self.given_up = True
                raise Unfollowed(f"more than {MOST_CONFIGURATIONS} explanations of the calls to one object")

    def _one_more(self, layer: list[Configuration], calls: set[Call]) -> Iterator[Configuration]:
        for now in layer:
            for call in calls:
                if now.result_of(call) is None:
                    for outcome in self._outcomes(now.state, call):
                        then = Configuration(outcome.state, now.done | {Done(call, outcome.result)}, set(now.could))
                        if not _same(now.state, then.state):
                            for other in calls:
                                self._note(then, other)
                        yield then

    def _outcomes(self, state: Any, call: Call) -> Any:
        outcomes = self.specification.outcomes
        return list(look(outcomes, state, call.method, call.args, call.kwargs, knows_more=False))

    def must_wait(self, calls: list[Call]) -> bool:
        """May all these calls be left waiting: does some explanation say that each of them must?"""
        return self.given_up or any(
            all(
                now.result_of(call) is None and all(outcome.timeout for outcome in self._outcomes(now.state, call))
                for call in calls
            )
            for now in self.configurations
        )

    def shown(self) -> str:
        """What the object holds by the specification, in short."""
        items = {
            plain(list(c.state.items)) if hasattr(c.state, "items") else plain(c.state) for c in self.configurations
        }
        return " or ".join(sorted(items))

    def state(self) -> str:
        """The state of the specification, as text."""
        return " or ".join(sorted({plain(c.state) for c in self.configurations}))


def _distinct(configurations: Iterator[Configuration]) -> list[Configuration]:
    kept: list[Configuration] = []
    for configuration in configurations:
        if not any(configuration.same(other) for other in kept):
            kept.append(configuration)
    return kept


def refines(watched: Watched, specification: Specification, *, view: Callable[[Any], object] | None = None) -> Watched:
    """Have every call to `watched` judged against the specification; does nothing outside of the checker.

    `view` looks into the object: what it returns must equal the `items` of the specification's state after every step.
    Each step of the object is then one action of the specification or a stutter: a refinement mapping (Abadi and
    Lamport, "The existence of refinement mappings", 1991). Without it only calls and results are judged. Returns the
    object itself. Example, in a program::

        queue = treadle.refines(Queue(maxsize=1), BoundedFifo(1), view=lambda q: tuple(q.queue))
    """
    running = runtime.current
    if running is None:
        return watched
    monitor = Monitor(watched, specification, view, running.own_calls)
    running.watch(monitor)
    kind: Any = type(watched)
    methods = {name: _watching(monitor, name, getattr(kind, name)) for name in _methods(kind, specification)}
    body = {**methods, "__slots__": (), "__treadle_watched__": kind, "__module__": kind.__module__}
    watching = type(kind)(kind.__name__, (kind,), body)
    watching.__qualname__ = kind.__qualname__
    watched.__class__ = watching
    return watched


def _methods(kind: type, specification: Specification) -> list[str]:
    named = getattr(specification, "methods", None)
    names = named if named is not None else [n for n in dir(kind) if not n.startswith("_")]
    return [name for name in names if inspect.isfunction(getattr(kind, name, None))]


def _watching(monitor: Monitor, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, observed: calls from outside of the object count, those that it makes to itself do not."""

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        running = runtime.current
        if running is None or running.dying or running.thread.calls:
            return method(self, *args, **kwargs)
        call, calls = Call(name, args, kwargs, monitor), running.thread.calls
        calls.append(call)
        try:
            value = method(self, *args, **kwargs)
        except BaseException as error:
            calls.pop()
            if not running.dying:
                _judge(monitor, call, ("raise", type(error).__name__))
            raise
        calls.pop()
        _judge(monitor, call, ("return", value))
        return value

    watched.__name__ = name
    watched.__qualname__ = f"{type(monitor.watched).__qualname__}.{name}"
    return watched


def _judge(monitor: Monitor, call: Call, result: Result) -> None:
    running = host()
    running.call_begins(call)
    running.event("return", monitor, f"{call.method} {_shown(result)}")
    if result[0] == "raise" and result[1] not in JUDGED_EXCEPTIONS:
        running.follow(monitor, monitor.abandoned, call)
        return
    try:
        running.follow(monitor, monitor.returned, call, result)
    except Unfollowed as reason:
        running.doubt(str(reason))
    except SpecificationViolated as violation:
        running.fail(violation)


def _same(one: Any, other: Any) -> bool:
    """Equality that asks no object of the program: identity, or equal plain values."""
    if one is other:
        return True
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    plain = (int, str, bytes, float, bool)
    return isinstance(one, plain) and type(one) is type(other) and one == other


def _same_calls(mine: set[Done], theirs: set[Done]) -> bool:
    """Are these the same calls with the same results?"""
    return len(mine) == len(theirs) and all(
        any(one.call is other.call and _same(one.result, other.result) for other in theirs) for one in mine
    )


def _shown(result: Result) -> str:
    kind, value = result
    return f"{kind} {value}" if kind == "raise" else f"return {plain(value)}"
