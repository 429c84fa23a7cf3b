"""Write the figures of a run into the page about them, between two marks: `make bench-page`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bench.tables import machine_line, tables

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->\n"


@click.command(help=__doc__)
@click.argument(
    "results", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=DOCS / "benchmarks.json"
)
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=DOCS / "benchmarks.md")
def main(results: Path, page: Path) -> None:
    """Read RESULTS, rewrite PAGE."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise click.UsageError(f"{page}: there are no marks {BEGIN.strip()} and {END.strip()} to write between")
    page.write_text(with_figures(text, json.loads(results.read_text(encoding="utf-8"))), encoding="utf-8")


def with_figures(text: str, results: dict[str, Any]) -> str:
    """The page with these figures in place of those that it has."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    shown = [f"Measured on {machine_line(results)}.\n", *(table.markdown() for table in tables(results) if table.rows)]
    return before + BEGIN + "\n" + "\n".join(shown) + "\n" + END + after


if __name__ == "__main__":
    main()
