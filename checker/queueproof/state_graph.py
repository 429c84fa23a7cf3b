"""The state graph of a queue of the real code as a Mermaid diagram, in the words of the model.

States of the code that look alike to the model are one box: how many items there are, and who sleeps or has been woken.
A state in which nothing can happen any more is marked.
"""

from __future__ import annotations

from queueproof.bridge import whole_sections
from queueproof.extraction import Extracted
from queueproof.places import GETTER
from queuespec.two_conditions import Counters


def mermaid(extracted: Extracted) -> str:
    """The diagram, as text."""
    numbers: dict[Counters, int] = {}
    edges: dict[tuple[int, int], set[str]] = {}
    goes_on: set[int] = set()
    for step in sorted(whole_sections(extracted), key=lambda step: (step.before, step.after)):
        before, after = extracted.counters(step.before), extracted.counters(step.after)
        ends = numbers.setdefault(before, len(numbers)), numbers.setdefault(after, len(numbers))
        goes_on.add(ends[0])
        if before != after and step.stand is not None:
            edges.setdefault(ends, set()).add("get" if step.stand.part == GETTER else "put")
    lines = ["graph LR"]
    for state, number in numbers.items():
        text = f'{number}["{_words(state)}"]'
        lines.append(f"  {text}" if number in goes_on else f"  {text}:::stuck")
    lines += [f"  {a} -->|{' or '.join(sorted(names))}| {b}" for (a, b), names in sorted(edges.items())]
    if len(goes_on) < len(numbers):
        lines.append("  classDef stuck fill:#c0392b,color:#fff")
    return "\n".join(lines)


def _words(s: Counters) -> str:
    told = [f"{s.length} item{'s' * (s.length != 1)}"]
    for count, what in (
        (s.waiting_putters, "putter asleep"),
        (s.woken_putters, "putter woken"),
        (s.waiting_getters, "getter asleep"),
        (s.woken_getters, "getter woken"),
    ):
        if count:
            told.append(what if count == 1 else f"{count} {what.replace(' ', 's ')}")
    return "<br>".join(told)
