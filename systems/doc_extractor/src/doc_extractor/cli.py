"""The command: ``doc-extractor ingest``, ``retry``, ``search`` and ``stats``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from doc_extractor import questions, retrying
from doc_extractor.database import open_engine
from doc_extractor.failures import DocExtractorError
from doc_extractor.head_store import HeadStore
from doc_extractor.ingestion import ingest
from doc_extractor.progress import Progress
from doc_extractor.reading import find_files
from doc_extractor.shape_001 import InitialStore
from doc_extractor.store import Batch, Store

STORES: dict[str, Callable[[Batch], Store]] = {"head": HeadStore, "001": InitialStore}
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Keep the text of documents and where it came from, and never the same file twice.

    The database is ~/.doc_extractor/metadata.db, or what DATABASE_URL names.
    """


@main.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", default="batch_import", show_default=True, help="What to note as the origin.")
@click.option(
    "--shape",
    type=click.Choice(list(STORES)),
    default="head",
    show_default=True,
    help="Tables of which revision to write.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Read so many files at most.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def ingest_command(
    paths: tuple[Path, ...], source: str, shape: str, limit: int | None, *, quiet: bool
) -> None:
    """Read files, and the files in folders, into the database."""
    with _database() as engine:
        files = list(islice(find_files(path.absolute() for path in paths), limit))
        progress = Progress(len(files), quiet=quiet)
        tally = ingest(engine, STORES[shape](Batch(source=source)), files, advance=progress.advance)
        progress.finish()
    click.echo(f"{tally.new:,} new, {tally.duplicate:,} duplicate, {tally.failed:,} failed")


@main.command("retry")
def retry_command() -> None:
    """Try again what failed."""
    with _database() as engine:
        result = retrying.retry(engine, HeadStore(Batch(source="retry")))
    click.echo(f"{result.resolved:,} resolved, {result.failed_again:,} failed again")


@main.command("search")
@click.argument("text")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many documents at most."
)
@as_json
def search_command(text: str, limit: int, *, as_json: bool) -> None:
    """Find documents by their text or name."""
    with _database() as engine, engine.connect() as connection:
        hits = questions.search(connection, text, limit=limit)
    if as_json:
        click.echo(json.dumps([asdict(hit) for hit in hits], indent=2))
        return
    for hit in hits:
        click.echo(f"{hit.document_id:>6}  {hit.file_name}\n        {hit.excerpt}")
    if not hits:
        click.echo("nothing found", err=True)


@main.command("stats")
@as_json
def stats_command(*, as_json: bool) -> None:
    """Say how much there is."""
    with _database() as engine, engine.connect() as connection:
        found = questions.statistics(connection)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return
    click.echo(f"{found.documents:,} documents, {found.bytes:,} bytes, {found.characters:,} characters")
    click.echo(f"{found.duplicates:,} duplicates, {found.open_errors:,} open errors, latest {found.latest}")
    for name, count in [*found.by_status.items(), *found.by_type.items()]:
        click.echo(f"{count:>8,}  {name}")


@contextmanager
def _database() -> Iterator[Engine]:
    """Open the database; what is wrong is said in a sentence, with the next command."""
    try:
        engine = open_engine()
        try:
            yield engine
        finally:
            engine.dispose()
    except DocExtractorError as error:
        _fail(str(error), error.hint)
    except OperationalError as error:
        _fail(f"the database cannot be used: {error.orig}", None)


def _fail(message: str, hint: str | None) -> None:
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"next: {hint}", err=True)
    sys.exit(1)
