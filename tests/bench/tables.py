"""The results as tables: on a terminal, or on a page. What they hold is read from the JSON form alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as Drawn

Results = Mapping[str, Any]
CELLS = ("size", "who", "answer", "wall s", "CPU s", "peak MB", "states", "transitions")


@dataclass(frozen=True)
class Table:
    """A title, the heads of the columns, and the rows, all of it text."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def draw(self, console: Console) -> None:
        """Print it; the first two columns are words, the others figures."""
        drawn = Drawn(title=self.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        words = len(self.heads) if "version" in self.heads else 3 if self.heads == CELLS else 1
        for number, head in enumerate(self.heads):
            drawn.add_column(head, justify="left" if number < words else "right", overflow="fold")
        for row, following in zip(self.rows, (*self.rows[1:], ("",)), strict=True):
            drawn.add_row(*row, end_section=len(self.heads) == len(CELLS) and bool(following[0]))
        console.print(drawn)

    def markdown(self) -> str:
        """The same for a page."""
        lines = [self.heads, ("---",) * len(self.heads), *self.rows]
        return f"**{self.title}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def machine_line(results: Results) -> str:
    """Where and when, in one line."""
    its = results["machine"]
    return (
        f"{its['processor']}, {its['cores']} cores, {its['memory']}, {its['system']}, {its['python']}, "
        f"load {its['load']} at the beginning and {its['load_after']} at the end; {results['began']}"
    )


def tables(results: Results) -> list[Table]:
    """All there is to show."""
    return [
        who(results),
        cells(results, "trials", "Does it find the deadlock of one condition, and none with two?"),
        cells(results, "sizes", "No deadlock: one lock, two conditions, (P,C,N,K)"),
        cells(results, "deadlocks", "A shortest counterexample: one condition, threads that loop for ever, (P,C,K)"),
        ratio(results),
        growth(results),
        micro(results),
    ]


def who(results: Results) -> Table:
    """Who was asked."""
    rows = [(each["name"], each["version"] or each["absent"], each["about"]) for each in results["subjects"]]
    return Table("Who was asked", ("who", "version", "what it looks at"), tuple(rows))


def cells(results: Results, part: str, title: str) -> Table:
    """One row for each question and subject."""
    rows, last = [], ""
    for cell in results[part]:
        if part != "trials" and cell["outcome"].startswith(("absent", "cannot")):
            continue  # said once, in the trials
        size, last = cell["question"] if cell["question"] != last else "", cell["question"]
        counts = (count(cell["states"]), count(cell["transitions"]))
        figures = (time(cell["seconds"]), time(cell["cpu"]), count(cell["megabytes"]), *counts)
        rows.append((size, cell["subject"], cell["outcome"], *figures))
    return Table(title, CELLS, tuple(rows))


def ratio(results: Results) -> Table:
    """One row a size, one column a peer."""
    peers = [each["name"] for each in results["subjects"] if not each["ours"]]
    by = {(each["question"], each["subject"]): each for each in results["ratios"]}
    rows = []
    for question in dict.fromkeys(each["question"] for each in results["ratios"]):
        row = [by.get((question, peer)) for peer in peers]
        rows.append((question, *(f"{its['wall']:.2f} ({its['cpu']:.2f})" if its else "" for its in row)))
    title = f"Times as long as {results['reference']}: wall (CPU), the least of {results['options']['repeats']}"
    return Table(title, ("size", *peers), tuple(rows))


def growth(results: Results) -> Table:
    """The exponents, one row for each who was asked."""
    rows = []
    for subject in dict.fromkeys(each["subject"] for each in results["growths"]):
        own = {each["cost"]: each for each in results["growths"] if each["subject"] == subject}
        found = [f"{each['exponent']:.2f}" if each["exponent"] is not None else "" for each in own.values()]
        missing = next(iter(own.values()))["missing"]
        rows.append((subject, *found, " ".join(missing)))
    title = f"Exponent of the cost in P = C, least squares over {' '.join(results['fitted'])}"
    return Table(title, ("asked", "states", "transitions", "CPU s", "not answered"), tuple(rows))


def micro(results: Results) -> Table:
    """Transitions per second."""
    rows = []
    for each in results["micro"]:
        looked_up = each["looked_up"] / each["looked_up_seconds"] if each["looked_up_seconds"] else None
        whole = each["transitions"] / each["seconds"] if each["seconds"] else None
        figures = (each["transitions"], each["executions"], looked_up, whole)
        rows.append((each["question"], each["search"], each["verdict"], *map(count, figures)))
    heads = ("size", "search", "verdict", "transitions", "executions", "per second, looked up", "per second, all")
    return Table("Transitions per second on MonitorQueue, in one process", heads, tuple(rows))


def time(seconds: float | None) -> str:
    """Seconds to three digits or so."""
    return "" if seconds is None else f"{seconds:.2f}" if seconds < 100 else f"{seconds:.0f}"


def count(number: float | None) -> str:
    """A whole number, in groups of three digits."""
    return "" if number is None else f"{number:,.0f}"
