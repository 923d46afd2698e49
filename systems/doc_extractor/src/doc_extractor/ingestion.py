"""The main job: read files, write what is new, count what is not, keep what fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError

from doc_extractor.reading import Reading, read
from doc_extractor.store import Store, require_revision

FILES_PER_TRANSACTION = 200


class Outcome(StrEnum):
    """What became of one file."""

    NEW = "new"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of all files."""

    new: int = 0
    duplicate: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """The number of files."""
        return self.new + self.duplicate + self.failed


def ingest(engine: Engine, store: Store, paths: Iterable[Path], *, advance: Callable[[int], None]) -> Tally:
    """Ingest files, several to a transaction; ``advance`` is called with the number just committed."""
    with engine.connect() as connection:
        require_revision(connection, store.revision)
    counts = dict.fromkeys(Outcome, 0)
    for readings in _batches(map(read, paths)):
        for outcome in _write_all(engine, store, readings):
            counts[outcome] += 1
        advance(len(readings))
    return Tally(**{outcome.value: count for outcome, count in counts.items()})


def _batches(readings: Iterator[Reading]) -> Iterator[list[Reading]]:
    while batch := list(islice(readings, FILES_PER_TRANSACTION)):
        yield batch


def _write_all(engine: Engine, store: Store, readings: list[Reading]) -> list[Outcome]:
    """Write a batch at once, or file by file where one of them, or another process, is in the way."""
    try:
        with engine.begin() as connection:
            return [write(connection, store, reading) for reading in readings]
    except (IntegrityError, DataError):
        return [_write_alone(engine, store, reading) for reading in readings]


def _write_alone(engine: Engine, store: Store, reading: Reading) -> Outcome:
    """Write one file in a transaction of its own; lost to another process, it is looked up again."""
    try:
        with engine.begin() as connection:
            return write(connection, store, reading)
    except IntegrityError:
        with engine.begin() as connection:
            return write(connection, store, reading)


def write(connection: Connection, store: Store, reading: Reading) -> Outcome:
    """Write one file within the caller's transaction."""
    known = None if reading.sha256 is None else store.find(connection, reading.sha256)
    if known is not None:
        store.add_duplicate(connection, reading, known)
        return Outcome.DUPLICATE
    if reading.error is not None:
        store.add_failure(connection, reading)
        return Outcome.FAILED
    store.add_document(connection, reading)
    return Outcome.NEW
