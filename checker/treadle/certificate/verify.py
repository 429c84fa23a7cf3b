"""Confirms a certificate: nothing was skipped. On its own: only the standard library, no code of the explorer.

From the text of a certificate it derives again what can happen in each state, by rules of its own for each kind of
operation, and confirms that all of that was followed, that everything there was reached, and that every end was judged
rightly. Where a step leads it cannot know: only the real code does, and that is what an audit asks.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

VERSION = 1
WHOLES = {"[": "*", ".": ".*"}  # of an element: the location that stands for all of them; of an attribute: so too


class Unreadable(Exception):  # noqa: N818
    """The file is no certificate, or not a whole one, or of another format."""


class NotConfirmed(Exception):  # noqa: N818
    """The certificate has a hole; the message names the first."""


def verify(path: str) -> str:
    """What the certificate in that file confirms, in words. Raises Unreadable or NotConfirmed."""
    try:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
            return Certificate(lines).confirm()
    except (EOFError, UnicodeDecodeError, json.JSONDecodeError, zlib.error):
        raise Unreadable("it is cut off or damaged") from None
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror or error}") from None
    except (AttributeError, IndexError, KeyError, RecursionError, StopIteration, TypeError, ValueError) as error:
        raise Unreadable(f"it is no certificate ({type(error).__name__}: {error})") from None


def alternatives(operation: str, fields: Sequence[Any], statuses: Sequence[Any]) -> list[str]:
    """In which ways a thread can go on: by what it is about to do, and the statuses of what it is about to do it to."""
    expired = bool(fields) and isinstance(fields[0], dict) and fields[0].get("remaining", 1) <= 0
    late, unless_held = ["timeout"] if expired else [], [] if statuses and any(statuses[-1][:1]) else ["go"]
    match operation:
        case "acquire" | "try-acquire":
            return unless_held or (late if operation == "acquire" else ["fail"])
        case "wait" if not statuses[1][0]:  # nobody has notified it
            return [*late, "spurious"] if fields[1] and unless_held else late
        case "wait" | "return":
            return unless_held
        case "join":
            return ["go"] if statuses[0][0] == "finished" else late
        case "sleep":
            return ["go"] if expired else []
        case "notify":
            return [f"waiter {place + 1}" for place in range(statuses[0][0])]
        case "choose":
            return [str(number) for number in range(fields[0])]
        case "access" | "release" | "look" | "is-alive" | "finish" | "clock":
            return ["go"]
    raise NotConfirmed(f"there is no rule for the operation {operation!r}")


class Certificate:
    """The entries of a certificate, and what follows from them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.header, *entries = map(json.loads, lines)
        if self.header["certificate"] != VERSION:
            raise Unreadable(f"its format is version {self.header['certificate']}; only {VERSION} is understood here")
        if not entries or "end of certificate" not in entries[-1]:
            raise Unreadable("it is cut off: its last line is missing")
        kinds = ("shape", "shared", "private", "state")
        tables = (_by_number(kind, [entry for entry in entries if next(iter(entry)) == kind]) for kind in kinds)
        self.shapes, self.shared, self.private, self.states = tables
        self.locations = {str(entry["location"]): entry for entry in entries if "location" in entry}
        self.violations = [e["violation"] for e in entries if "violation" in e and e["state"] in self.states]
        told = [(n, t) for n, s in self.shapes.items() for t in (*s["tokens"], *s.get("fields", ())) if type(t) is dict]
        self.awaiting = {n for n, token in told if max(token.get("instant", 0), token.get("remaining", 0)) > 0}
        self.fresh = {n for n, token in told if token.get("instant") == 0 and token["of"] == "Reading"}
        self.known: dict[tuple[int, int], list[str]] = {}

    def confirm(self) -> str:
        """What is confirmed, in words. Raises NotConfirmed with the first hole."""
        header, states = self.header, self.states
        if header["verdict"] not in ("holds", "violated"):
            raise NotConfirmed(f"the verdict is {header['verdict']}: {header['message']}")
        for where in self.locations.values():
            self._confirm_discipline(where)
        for number in sorted(states.keys() ^ set(range(header["states"]))):
            raise NotConfirmed(f"state {number} is {'one too many' if number in states else 'missing'}")
        for number in (number for number, state in states.items() if "unseen" in state):
            raise NotConfirmed(f"state {number} was not seen whole, so what can happen in it cannot be derived")
        for number, state in states.items():
            self._confirm_end(number, state, goes_on=self._confirm_steps(number, state))
        self._confirm_reached()
        steps = sum(len(state["steps"]) for state in states.values())
        ends = Counter(state["end"] for state in states.values() if "end" in state)
        if steps != header["transitions"]:
            raise NotConfirmed(f"the header says {header['transitions']} transitions, and there are {steps}")
        wrong = [*self.violations, *(end for end in ends if end != "finished")]
        if header["verdict"] == "holds" and (wrong or header["followed"] != len(states)):
            raise NotConfirmed(f"the verdict is holds, and {wrong[0] if wrong else 'not every state was followed'}")
        if header["verdict"] == "violated" and header["reason"] not in (*wrong, "livelock"):
            raise NotConfirmed(f"the verdict is violated: {header['reason']}, and no state is")
        cut = f", {header['followed']} followed in full" if header["followed"] < len(states) else ""
        counts = f"states: {len(states)}{cut}; transitions: {steps}; ends: {ends.total()}"
        return f"{header['verdict']}{': ' + header['reason'] if header['reason'] else ''} ({counts})"

    def _confirm_discipline(self, one: dict[str, Any]) -> None:
        """May threads touch a location without a scheduling point?"""
        name, where = one["location"]
        whole = str([name, WHOLES.get(where[0]) if isinstance(where, list) and len(where) == 2 else None])
        both = [one, self.locations.get(whole, one)]
        threads = {kind: count for each in both for kind, count in each["threads"].items()}
        common = set.intersection(*(set(map(str, each["locks"])) for each in both))
        hidden = [each["location"] for each in both if not each["visible"]]
        if hidden and any(each["written"] for each in both) and sum(threads.values()) > 1 and not common:
            raise NotConfirmed(f"{hidden[0]} must be visible: threads write it, and no lock is common to all accesses")

    def _confirm_steps(self, number: int, state: dict[str, Any]) -> bool:
        """Was all that can happen in the state followed, once? And is there anything that can?"""
        parts = list(dict.fromkeys(state["private"]))  # threads that hold the same are alike: one stands for all
        possible = [(part, way) for part in parts for way in self._alternatives(state["shared"], part)]
        objects = [self.shared[state["shared"]]["objects"], *(self.private[part]["objects"] for part in parts)]
        reads = "clock" in {self._thread(part)["about to"] for part in parts}
        moving = self.awaiting | self.fresh if reads else self.awaiting
        possible += [(None, "tick")] if any(shape in moving for each in objects for shape, _ in each) else []
        followed = Counter((part, way) for part, way, _ in state["steps"])
        for step in [*followed, *(possible if number < self.header["followed"] else [])]:
            if step not in possible or followed[step] != 1:
                wrong = f"is followed {followed[step]} times" if followed[step] else "is possible and is not followed"
                wrong = wrong if step in possible else "is followed and cannot happen"
                raise NotConfirmed(f"{self._told(number, *step)} {wrong}")
        for part, way, target in state["steps"]:
            if target not in self.states:
                raise NotConfirmed(f"{self._told(number, part, way)} leads to state {target}, which is missing")
            if not self._others_stay(state, part, self.states[target]):
                raise NotConfirmed(f"{self._told(number, part, way)} changes what another thread is about to do")
        return bool(possible)

    def _told(self, number: int, part: int | None, way: str) -> str:
        what = "time passes" if part is None else f"part {part} goes on ({self._thread(part)['about to']}: {way})"
        return f"state {number}: that {what}"

    def _thread(self, part: int) -> dict[str, Any]:
        return self.shapes[self.private[part]["objects"][0][0]]  # type: ignore[no-any-return]

    def _alternatives(self, shared: int, part: int) -> list[str]:
        if (shared, part) not in self.known:
            thread, own, common = self._thread(part), self.private[part]["objects"], self.shared[shared]["objects"]
            targets = [common[ref + 1] if ref >= 0 else own[-ref] for ref in own[0][1][: thread["targets"]]]
            statuses = [self.shapes[shape].get("status", []) for shape, _ in targets]
            self.known[shared, part] = alternatives(thread["about to"], thread["fields"], statuses)
        return self.known[shared, part]

    def _others_stay(self, state: dict[str, Any], acting: int | None, target: dict[str, Any]) -> bool:
        """Is no other thread about to do anything else than before? (As time passes, less of it remains.)"""
        before, after = (Counter(self._pending(t, acting is None) for t in s["private"]) for s in (state, target))
        return before == after if acting is None else not before - after - Counter([self._pending(acting, False)])

    def _pending(self, part: int, timeless: bool) -> str:
        thread = self._thread(part)
        return str([thread["about to"], thread["daemon"], thread["calls"], timeless or thread["fields"][:3]])

    def _confirm_end(self, number: int, state: dict[str, Any], goes_on: bool) -> None:
        """Is an end judged, and rightly? Whoever finished must not hold a lock that nobody else can release."""
        objects = self.shared[state["shared"]]["objects"]
        held = [refs[0] for shape, refs in objects if self.shapes[shape].get("kind") == "RLock" and refs]
        owners = [self.shapes[objects[ref + 1][0]] for ref in held]
        right = "leak" if any(owner["status"][0] == "finished" for owner in owners) else "finished"
        if not all(self._thread(part)["daemon"] for part in state["private"]):
            right = "deadlock"
        if state.get("end", "no end") != (right := "no end" if goes_on else right):
            raise NotConfirmed(f"state {number} is judged {state.get('end', 'no end')}, and it is {right}")

    def _confirm_reached(self) -> None:
        reached, new = set[int](), {0}
        while new:
            reached |= new
            new = {target for number in new for _, _, target in self.states[number]["steps"]} - reached
        for number in sorted(self.states.keys() - reached):
            raise NotConfirmed(f"state {number} is not reached from the initial state")


def _by_number(kind: str, entries: list[dict[str, Any]]) -> dict[int, Any]:
    """The entries of one kind by their numbers, no two alike."""
    numbered: dict[int, Any] = {}
    seen: dict[str, int] = {}
    for entry in entries:
        number = entry[kind]
        content = (entry["shared"], sorted(entry["private"])) if kind == "state" else tuple(entry.items())[1:]
        first = number if "unseen" in entry else seen.setdefault(str(content), number)
        if number in numbered or first != number:
            raise NotConfirmed(f"{kind} {first} and {kind} {number} are the same")
        numbered[number] = entry
    return numbered
