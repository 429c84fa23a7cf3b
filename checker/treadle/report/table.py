"""A trace as a table: one column per thread, one row per step, the watched state at the right.

Columns share the width that there is; a text that does not fit is wrapped, a long one cut. If there are too
many threads for columns that can still be read, the same steps are listed one below the other.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from rich.cells import cell_len, chop_cells, set_cell_size

from treadle.report.facts import happened, holders, repeats_from
from treadle.vocabulary.trace import CLOCK, Counterexample, Event, Place, parts

Lines = list[str]

REPEATS = "from here on it repeats for ever"
_NARROWEST, _STATE_WIDEST = 18, 24
_LINES_OF_SOURCE, _LINES_OF_EFFECT = 2, 3


def trace_lines(found: Counterexample, width: int) -> Lines:
    """The trace, as a table if its columns fit into `width`, else as a list."""
    threads = thread_names(found)
    cells = [_cell(found, index) for index in range(len(found.trace))]
    widths = _column_widths(found, threads, cells, width)
    return _as_list(found, cells, width) if widths is None else _as_table(found, cells, widths)


def thread_names(found: Counterexample) -> list[str]:
    """The threads that take a step, in the order of the ending; the clock comes last."""
    acting = dict.fromkeys(event.choice.thread for event in found.trace)
    known = [one.thread for one in found.ending if one.thread in acting]
    return sorted(dict.fromkeys([*known, *acting]), key=lambda name: name == CLOCK)


def clean(text: str) -> str:
    """The text with nothing in it that would move the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text.replace("\t", "    "))


def cut(text: str, width: int) -> str:
    """The text, ended by a dot-dot-dot if it is wider."""
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)).rstrip() + "…"


def fill(text: str, width: int, indent: str = "", most: int = 0) -> Lines:
    """The text wrapped to the width, all but the first line indented; at most `most`, the last one cut."""
    lines: Lines = []
    for line in textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False) or [""]:
        lines += [line] if cell_len(line) <= width else list(chop_cells(line, width))
    if most and len(lines) > most:
        lines = [*lines[: most - 1], cut(f"{lines[most - 1]} {lines[most].strip()}", width)]
    return lines


# -- what one step says ------------------------------------------------------------------------------------


class _Cell:
    """The source line of a step and what is said below it; both unwrapped."""

    def __init__(self, head: str, below: Sequence[str]) -> None:
        self.head, self.below = clean(head), [clean(line) for line in below]

    def natural(self) -> int:
        return max(cell_len(self.head), *(cell_len(line) + 2 for line in self.below), 1)

    def wrapped(self, width: int) -> Lines:
        lines = fill(self.head, width, "  ", _LINES_OF_SOURCE)
        for line in self.below:
            lines += [f"  {part}" for part in fill(line, width - 2, "  ", _LINES_OF_EFFECT)]
        return lines


def _cell(found: Counterexample, index: int) -> _Cell:
    event = found.trace[index]
    place, choice = event.place, event.choice
    one_file = len({other.place.file for other in found.trace if other.place}) == 1
    head = f"{_position(place, one_file)} {place.text.strip()}" if place else choice.operation
    told = choice.alternative in ("go", *(effect.kind for effect in event.effects))
    below = [] if told else [f"[{choice.alternative}]"]
    below += [text for text, _ in groupby(_effect_texts(event))]
    leaving = _leaving(found, index)
    return _Cell(head, [*below, f"· {leaving}"] if leaving else below)


def _position(place: Place, one_file: bool) -> str:
    return str(place.line) if one_file else f"{place.function}:{place.line}"


def _effect_texts(event: Event) -> Iterator[str]:
    """The effects as lines; what is only read, or only written, in a row shares one."""
    for (kind, bare), group in groupby(event.effects, key=lambda e: (e.kind, not e.detail and not e.thread)):
        effects = list(group)
        if kind in ("read", "write") and bare:
            yield f"{kind} {', '.join(dict.fromkeys(effect.object for effect in effects))}"
        else:
            yield from (effect.text for effect in effects)


def _leaving(found: Counterexample, index: int) -> str:
    """Why the thread does not go on after this step; empty if it does, or if nothing follows."""
    event = found.trace[index]
    thread = event.choice.thread
    rest = found.trace[index + 1 :]
    if thread == CLOCK or not rest or rest[0].choice.thread == thread or _finishes(event):
        return ""
    coming = next((later.choice.operation for later in rest if later.choice.thread == thread), None)
    if coming is None:
        standing = next((one for one in found.ending if one.thread == thread), None)
        if standing is None or standing.finished:
            return "finished" if standing else ""
        coming = standing.operation
    kind, name, _ = parts(coming)
    if kind == "wait":
        return f"waits on {name}"
    if kind == "join":
        return f"waits for {name} to finish"
    if kind == "sleep":
        return "sleeps"
    held = holders(found.trace[: index + 1]).get(name)
    if kind in ("acquire", "return") and held is not None:
        return f"waits for {name}"
    return "switch"


def _finishes(event: Event) -> bool:
    return any(one.thread == event.choice.thread for one in happened([event], "finish"))


# -- side by side ------------------------------------------------------------------------------------------


def _column_widths(
    found: Counterexample, threads: Sequence[str], cells: Sequence[_Cell], width: int
) -> dict[str, int] | None:
    """How wide each column is, the watched state's under the empty name; None if they would be too narrow."""
    wanted = {name: cell_len(clean(name)) for name in threads}
    for event, cell in zip(found.trace, cells, strict=True):
        wanted[event.choice.thread] = max(wanted[event.choice.thread], cell.natural())
    state = max((cell_len(clean(event.state)) for event in found.trace), default=0)
    if state:
        wanted[""] = min(max(state, len("state")), _STATE_WIDEST)
    room = width - len("step") - 3 * len(wanted)
    if sum(min(natural, _NARROWEST) for natural in wanted.values()) > room:
        return None
    widths: dict[str, int] = {}
    for place, name in enumerate(sorted(wanted, key=lambda name: (wanted[name], name))):
        fair = (room - sum(widths.values())) // (len(wanted) - place)
        widths[name] = min(wanted[name], fair)
    return {name: widths[name] for name in wanted}


def _as_table(found: Counterexample, cells: Sequence[_Cell], widths: dict[str, int]) -> Lines:
    def row(step: object, texts: dict[str, str]) -> str:
        cells = (set_cell_size(texts.get(name, ""), width) for name, width in widths.items())
        return " │ ".join([f"{step:>4}", *cells]).rstrip()

    rule = "─┼─".join("─" * width for width in (4, *widths.values()))
    lines = [row("step", {name: cut(clean(name) or "state", width) for name, width in widths.items()}), rule]
    for event, cell in zip(found.trace, cells, strict=True):
        if event.number == repeats_from(found):
            lines.append(f"──── {REPEATS} ".ljust(len(rule), "─"))
        own = cell.wrapped(widths[event.choice.thread])
        state = fill(clean(event.state), widths[""], "", _LINES_OF_EFFECT) if "" in widths else []
        for at, (text, beside) in enumerate(zip_longest(own, state, fillvalue="")):
            lines.append(row("" if at else event.number, {event.choice.thread: text, "": beside}))
    if found.cycle_start is not None:
        lines.append(f"──── back to step {repeats_from(found)} ".ljust(len(rule), "─"))
    return lines


# -- one below the other -----------------------------------------------------------------------------------


def _as_list(found: Counterexample, cells: Sequence[_Cell], width: int) -> Lines:
    lines: Lines = []
    name_width = min(max(cell_len(clean(event.choice.thread)) for event in found.trace), _STATE_WIDEST)
    left = 4 + 2 + name_width + 2
    state = ""
    for event, cell in zip(found.trace, cells, strict=True):
        if event.number == repeats_from(found):
            lines.append(f"──── {REPEATS} ".ljust(width, "─"))
        name = set_cell_size(cut(clean(event.choice.thread), name_width), name_width)
        lines.append(f"{event.number:4}  {name}  {cut(cell.head, width - left)}")
        if cell.below:
            lines += [" " * left + line for line in fill("; ".join(cell.below), width - left)]
        if event.state != state:
            state = event.state
            lines += [
                " " * left + line for line in fill(f"state: {clean(state)}", width - left, "  ", _LINES_OF_EFFECT)
            ]
    if found.cycle_start is not None:
        lines.append(f"──── back to step {repeats_from(found)} ".ljust(width, "─"))
    return lines
