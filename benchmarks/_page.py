"""Writes the tables of docs/performance.md from benchmarks/results: a row of the page is a row of a result.

``--check`` only looks whether the page says what the results say.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
RESULTS = HERE / "results"
MARKS = ("<!-- results -->\n", "<!-- end of results -->\n")


def results() -> list[dict[str, Any]]:
    """Return what the benchmarks wrote, by subject."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))]


def tables(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the page: the table, then on what each result was taken."""
    yield "| Work | Peer | Goal | Measured | Limosa | Peer | Memory | Command |"
    yield "|---|---|---|---|---|---|---|---|"
    for result in found:
        for row in result["rows"]:
            yield f"| {' | '.join(cells(row, result['subject']))} |"
    yield ""
    yield "| Command | Taken on | Versions | Foreign load |"
    yield "|---|---|---|---|"
    for result in found:
        names = ("python", "alembic", "sqlalchemy", "psycopg")
        versions = ", ".join(f"{name} {result[name]}" for name in names)
        load = max(row["foreign_load"] or 0 for row in result["rows"])
        machine = f"{result['machine']}, {result['date']}"
        yield f"| {command(result['subject'])} | {machine} | {versions} | {load} |"


def command(subject: str) -> str:
    """Return what prints the numbers."""
    return f"`make bench ONLY={subject}`"


def cells(row: dict[str, Any], subject: str) -> list[str]:
    """Return one row; what fell short of its goal is said in bold."""
    ours, peer = (row["contenders"][row[name]] for name in ("ours", "peer"))
    measured = f"{row['faster']:.1f} x"
    return [
        row["work"],
        f"`{row['peer']}`",
        f"{row['goal']:g} x",
        measured if row["faster"] >= row["goal"] else f"**{measured}**",
        spread(ours),
        spread(peer),
        "" if row["memory"] is None else f"{row['memory']:.2f} x",
        command(subject),
    ]


def spread(contender: dict[str, Any]) -> str:
    """Return median and range in milliseconds, with as many digits as mean something."""
    digits = 3 if contender["wall_ms"] < 1 else 1 if contender["wall_ms"] < 100 else 0  # noqa: PLR2004
    low, median, high = (f"{contender[name]:.{digits}f}" for name in ("min_ms", "wall_ms", "max_ms"))
    return f"{median} ms ({low}-{high})"


def written(page: str) -> str:
    """Return the page with the tables put in."""
    before, begin, rest = page.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not begin or not end:
        raise SystemExit(f"{PAGE} has no place for the results: {''.join(MARKS)}")
    return "".join([before, begin, "\n", *(f"{line}\n" for line in tables(results())), "\n", end, after])


def main() -> None:
    """Write the page, or look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if the page is stale")
    page = PAGE.read_text(encoding="utf-8")
    if parser.parse_args().check:
        sys.exit(page != written(page))
    PAGE.write_text(written(page), encoding="utf-8")


if __name__ == "__main__":
    main()
