"""doc_extractor's database, filled in the shape of revision 001, and copies of it at any revision."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from systems.doc_extractor.tests.initial_rows import AWKWARD, NOON, InitialRows, document, error, event
from tests.faults.fingerprint import Fingerprint, fingerprint, versions
from tests.faults.runs import Ended, Run, Runs
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target, postgresql_target, sqlite_target

SYSTEM = Path(__file__).parents[2] / "systems" / "doc_extractor"
REVISIONS = tuple(sorted(path.name[:3] for path in (SYSTEM / "migrations" / "versions").glob("0*.py")))
HEAD = REVISIONS[-1]
TABLES = ("documents", "hash_index", "audit_log", "error_log")
_MORE = 30
_A_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_BEGINNING = str(datetime.now(UTC) - timedelta(days=1))  # a day for servers that live in another zone


def rows_of_001() -> InitialRows:
    """Return awkward rows (NULLs, duplicates, invalid JSON, overlong texts) among dozens of plain ones."""
    ids = range(101, 101 + _MORE)
    return InitialRows(
        documents=AWKWARD.documents
        + [
            document(
                n, content_hash=f"{n:064x}", import_date=NOON + timedelta(minutes=n), document_type="text",
                file_size_bytes=n, source="folder", metadata_json='{"page_count": 1}' if n % 2 else "{broken",
            )
            for n in ids
        ],
        hash_index=AWKWARD.hash_index
        + [{"id": n, "content_hash": f"{n:064x}", "document_id": n} for n in ids],
        audit_log=AWKWARD.audit_log
        + [
            event(n, timestamp=NOON, document_id=n, result="duplicate" if n % 3 else "success")
            for n in ids
        ],
        error_log=AWKWARD.error_log
        + [error(n, error_type="E", error_message="m", resolved=bool(n % 2)) for n in ids],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a database holds, bookkeeping left out."""

    versions: tuple[str, ...]
    schema: Fingerprint
    rows: dict[str, list[tuple[Any, ...]]]


def state(target: Target) -> State:
    """Look at everything."""
    rows = {table: target.rows(f"SELECT * FROM {table} ORDER BY id") for table in TABLES}
    masked = {table: [tuple(map(_without_now, row)) for row in found] for table, found in rows.items()}
    return State(versions(target), fingerprint(target), masked)


def _without_now(value: object) -> object:
    """A column that comes back with DEFAULT CURRENT_TIMESTAMP is filled with the time of its coming."""
    text = str(value)
    return "now" if _A_TIME.match(text) and text >= _BEGINNING else value


@dataclass(slots=True)
class Extractor:
    """Databases of one engine on which doc_extractor's revisions run."""

    engine: str
    runs: Runs
    folder: Path
    servers: Servers
    count: int = 0

    @contextmanager
    def database(self, template: Target | None = None) -> Iterator[Target]:
        """Provide an empty database, or a copy of one."""
        if self.engine == "postgresql":
            server = self.servers.of(NEWEST)
            if template is None:
                with postgresql_target(server) as target:
                    yield target
                return
            with server.database(template=template.url.database) as url:
                yield replace(template, url=url.with_driver("psycopg"))
            return
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        target = sqlite_target(folder)
        if template is not None:
            shutil.copy(template.path, target.path)
        yield target
        shutil.rmtree(folder)

    def start(self, target: Target, verb: str, to: str, **options: Any) -> Run:
        """Start a run of the system's revisions."""
        url = target.url.reveal()
        variables = {"DATABASE_URL": url}
        return self.runs.start(SYSTEM, verb, to, variables=variables, is_quiet=True, **options)

    def run(self, target: Target, verb: str, to: str, **options: Any) -> Ended:
        """Run the system's revisions."""
        return self.start(target, verb, to, **options).end()

    def fill(self, target: Target) -> None:
        """Bring an empty database to 001 and fill it."""
        self.run(target, "upgrade", "001").succeeded()
        engine = create_engine(target.url.reveal())
        with engine.begin() as connection:
            rows_of_001().insert(connection)
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the revisions, undisturbed: the database at its beginning, the state at each revision."""

    verb: str
    start: Target
    steps: tuple[str, ...]
    """The revisions that run, in order."""
    states: dict[str, State]
    boundaries: int
    origin: str
    goal: str


@contextmanager
def undisturbed(extractor: Extractor, verb: str, goal: str | None = None) -> Iterator[Way]:
    """Go the way once step by step, noting each state, and once in one go, counting its boundaries.

    The way is from one end to the other, or the one step that ends at ``goal``.
    """
    stops = REVISIONS if verb == "upgrade" else REVISIONS[::-1]
    if goal is not None:
        stops = stops[stops.index(goal) - 1 : stops.index(goal) + 1]
    with extractor.database() as start:
        extractor.fill(start)
        if verb == "downgrade":
            extractor.run(start, "upgrade", "head").succeeded()
        if stops[0] not in {REVISIONS[0], REVISIONS[-1]} or verb == "downgrade":
            extractor.run(start, verb, stops[0]).succeeded()
        states = {stops[0]: state(start)}
        with extractor.database(start) as walker:
            for stop in stops[1:]:
                extractor.run(walker, verb, stop).succeeded()
                states[stop] = state(walker)
        with extractor.database(start) as runner:
            boundaries = extractor.run(runner, verb, stops[-1]).succeeded().boundaries
            assert state(runner) == states[stops[-1]]
        steps = stops[1:] if verb == "upgrade" else stops[:-1]
        yield Way(verb, start, steps, states, boundaries, stops[0], stops[-1])
