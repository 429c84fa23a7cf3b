"""The sequential specification of a queue without a bound, for programs of the tests."""

from __future__ import annotations

from typing import Any, NamedTuple


class State(NamedTuple):
    """What the queue holds."""

    items: tuple[Any, ...] = ()


class Outcome(NamedTuple):
    """One way in which a call takes effect."""

    result: tuple[str, Any]
    state: State
    timeout: bool = False


class Specification:
    """Put appends; get takes the first, and waits for one."""

    methods = ("put", "get")

    def initial(self) -> State:
        """Empty."""
        return State()

    def outcomes(self, state: State, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Outcome]:
        """What the call does now; nothing: it must wait."""
        if method == "put":
            return [Outcome(("return", None), State((*state.items, *args)))]
        return [Outcome(("return", state.items[0]), State(state.items[1:]))] if state.items else []
