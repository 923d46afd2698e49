"""The main job on real files: fill revision 001, go to head, come back, compare every value, go again.

First on a SQLite file, then on a PostgreSQL server that is started for the purpose. What runs is what
you would type yourself; each command is shown before its output. ``make demo`` calls this.
"""

# ruff: noqa: T201  (a demo prints)

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import MetaData, make_url, select

from doc_extractor.database import open_engine
from limosa.model.url import DatabaseURL
from limosa.scratch import nearest, start

SYSTEM = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
TABLES = ("documents", "hash_index", "audit_log", "error_log")
TORN = b"%PDF-1.7\n% the rest of this file was lost on the way"

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True)
class Tour:
    """One database on its way through the demo, and how long each step took."""

    engine: str
    url: DatabaseURL
    papers: Path
    limit: int
    steps: list[tuple[str, float]] = field(default_factory=list)

    def run(self, step: str, program: str, *words: str) -> None:
        """Run a command in the system's folder as a person would, and note its time; stop if it fails."""
        print(f"\n$ {program} {' '.join(words)}", flush=True)
        environment = os.environ | {"DATABASE_URL": self.url.reveal()}
        with self.timed(step):
            subprocess.run([PROGRAMS / program, *words], cwd=SYSTEM, env=environment, check=True)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step takes."""
        began = time.perf_counter()
        yield
        self.steps.append((step, time.perf_counter() - began))

    def rows(self) -> Rows:
        """Return every value of every row of the four tables, as they are now."""
        engine = open_engine(make_url(self.url.reveal()))
        tables = MetaData()
        tables.reflect(engine, only=TABLES)
        with engine.connect() as connection:
            found = {
                name: [
                    tuple(row) for row in connection.execute(select(*_columns(table)).order_by(table.c.id))
                ]
                for name, table in tables.tables.items()
            }
        engine.dispose()
        return found


def _columns(table: Any) -> list[Any]:
    """A way back may leave columns in another order; it is the names that count."""
    return sorted(table.columns, key=lambda column: column.name)


def walk(tour: Tour) -> None:
    """Take one database all the way."""
    headline(f"{tour.engine}: {tour.url.masked}")
    fill(tour)
    before = tour.rows()
    tour.run("status", "limosa", "status")
    tour.run("upgrade to head", "limosa", "upgrade")
    tour.run("verify", "limosa", "verify")
    tour.run("stats", "doc-extractor", "stats")
    tour.run("downgrade to 001", "limosa", "downgrade", "001", "--yes")
    compare(tour, before)
    tour.run("upgrade again", "limosa", "upgrade")
    use(tour)


def fill(tour: Tour) -> None:
    """Ingest the files of this Python installation in the shape of revision 001, and one torn PDF."""
    (tour.papers / "torn.pdf").write_bytes(TORN)
    tour.run("upgrade to 001", "limosa", "upgrade", "001")
    words = ("ingest", "--shape", "001", "--limit", str(tour.limit))
    for place in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")):
        tour.run("ingest", "doc-extractor", *words, place)
    tour.run("ingest", "doc-extractor", *words, "--quiet", str(tour.papers))


def use(tour: Tour) -> None:
    """Show that the program works at head: a duplicate, a failure that is mended, a search."""
    tour.run(
        "ingest at head", "doc-extractor", "ingest", "--quiet", "--limit", "50", sysconfig.get_path("stdlib")
    )
    (tour.papers / "torn.pdf").write_bytes(whole_pdf())
    tour.run("retry", "doc-extractor", "retry")
    tour.run("ingest at head", "doc-extractor", "ingest", "--quiet", str(SYSTEM / "README.md"))
    tour.run("search", "doc-extractor", "search", "abstract base classes", "--limit", "3")
    tour.run("search", "doc-extractor", "search", "append-only", "--limit", "3")


def whole_pdf() -> bytes:
    """Return a PDF of one empty page."""
    with PdfWriter() as writer, io.BytesIO() as file:
        writer.add_blank_page(width=200, height=200)
        writer.write(file)
        return file.getvalue()


def compare(tour: Tour, before: Rows) -> None:
    """Compare every row and value with the start; stop at the first that differs."""
    print("\ncomparing every row and value with the start", flush=True)
    with tour.timed("compare"):
        after = tour.rows()
        for table in TABLES:
            if len(after[table]) != len(before[table]):
                sys.exit(f"{table}: {len(before[table])} rows before, {len(after[table])} after")
            for old, new in zip(before[table], after[table], strict=True):
                if old != new:
                    sys.exit(f"{table}: a row differs\n  before: {old}\n  after:  {new}")
    rows = sum(map(len, before.values()))
    values = sum(len(row) for table in before.values() for row in table)
    print(f"the same: {rows:,} rows, {values:,} values")


def headline(text: str) -> None:
    """Print a line that stands out."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def report(tours: list[Tour], seconds: float) -> None:
    """Print how long each step took on each engine, and where the databases lie."""
    headline("How long it took")
    names = list(dict.fromkeys(name for tour in tours for name, _ in tour.steps))
    print(f"{'step':<20}" + "".join(f"{tour.engine:>16}" for tour in tours))
    for name in names:
        times = (sum(s for step, s in tour.steps if step == name) for tour in tours)
        print(f"{name:<20}" + "".join(f"{seconds:>14.2f} s" for seconds in times))
    print(f"\neverything: {seconds:.0f} s")
    print(f"the SQLite database is {tours[0].url.database}")
    print("the PostgreSQL server ran for this demo only; it and its files are gone")


def main() -> None:
    """Run the tour on both engines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where to put the SQLite database")
    parser.add_argument("--limit", type=int, default=2000, help="files of each of the two folders to ingest")
    options = parser.parse_args()
    began = time.perf_counter()
    folder = options.folder.resolve()
    shutil.rmtree(folder / "papers", ignore_errors=True)
    (folder / "papers").mkdir(parents=True)
    database = folder / "metadata.db"
    for leftover in folder.glob("metadata.db*"):
        leftover.unlink()
    tours = [Tour("SQLite", DatabaseURL("sqlite", database=str(database)), folder / "papers", options.limit)]
    walk(tours[0])
    with start(nearest(None).provider) as server, server.database() as url:
        tours.append(Tour(f"PostgreSQL {server.major}", url, folder / "papers", options.limit))
        walk(tours[1])
    report(tours, time.perf_counter() - began)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failure:
        sys.exit(f"the demo stopped: {Path(failure.cmd[0]).name} ended with {failure.returncode}")
