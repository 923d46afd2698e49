"""Makes a snapshot from nothing, and proves it by loading it as an upgrade would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from limosa.engines.base import opened
from limosa.engines.dumping import Dumper, NotDumped, Program, dumper_for
from limosa.engines.registry import engine_for
from limosa.errors import ConfigError, LimosaError, UnprovenSnapshot
from limosa.model.limits import Limits
from limosa.model.plan import Plan
from limosa.model.schema import Schema
from limosa.model.session import VersionTable
from limosa.model.snapshot import Snapshot, listed
from limosa.model.url import DatabaseURL
from limosa.rehearse.copy import program_for
from limosa.rehearse.stage import Stage
from limosa.run.held import Emit
from limosa.run.request import Request, Target
from limosa.run.snapshot import Sources, load_snapshot
from limosa.scratch import scratch_database

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a snapshot is made on: the kind of database, and what its server must know."""

    backend: str
    major: int | None = None
    around: str = ""
    """A script that makes the roles of the project's own server."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is seen of a database that the revisions, or the snapshot, have made."""

    schema: Schema
    rows: str


def make_snapshot(
    plan: Plan,
    request: Request,
    ground: Ground,
    *,
    stage: Stage,
    sources: Sources,
    facts: Snapshot,
    emit: Emit,
) -> Snapshot:
    """Run the plan on an empty database and write down what it made; ``facts`` holds the rest.

    The snapshot is loaded into a second database, by the code that an upgrade loads it with, and
    both must be equal: schema, rows and version rows.
    """
    with scratch_database(ground.backend, ground.major) as first:
        program = _prepare(first, ground)
        stage.run(first, request, emit)
        table = _version_table(first, stage)
        dumper = dumper_for(first)
        script = _tell(lambda: dumper.contents(first, program=program, version_table=table))
        expected = _seen(first, dumper, program, table)
        with opened(engine_for(first), first, limits=Limits(), application="limosa-snapshot") as session:
            major = dumper.major(session)
        snapshot = replace(
            facts,
            engine=ground.backend,
            major=major,
            revisions=plan.after,
            version_table=table,
            fingerprint=expected.schema.fingerprint,
            stands_for=tuple(listed(source) for _, source in sources()),
            script=script,
        )
        with scratch_database(ground.backend, ground.major) as second:
            _prepare(second, ground)
            _prove(snapshot, second, request, sources, expected, program)
    return snapshot


def ground_of(target: Target) -> Ground:
    """Ask the project's own server what it is, where it answers."""
    engine, dumper = engine_for(target.url), dumper_for(target.url)
    try:
        if not engine.exists(target.url):
            return Ground(target.url.backend)
        with opened(engine, target.url, limits=Limits(), application="limosa-snapshot") as session:
            return Ground(target.url.backend, dumper.major(session), dumper.around(session))
    except LimosaError:
        return Ground(target.url.backend)


def _prepare(url: DatabaseURL, ground: Ground) -> Program | None:
    dumper = dumper_for(url)
    with opened(engine_for(url), url, limits=Limits(), application="limosa-snapshot") as session:
        if ground.around:
            dumper.load(session, ground.around)
        major = dumper.major(session)
    return _tell(lambda: program_for(dumper, major))


def _version_table(url: DatabaseURL, stage: Stage) -> VersionTable:
    if stage.version_table is not None:
        return stage.version_table
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="limosa-snapshot") as session:
        return engine.version_tables(session, VersionTable().name)[0]


def _seen(url: DatabaseURL, dumper: Dumper, program: Program | None, table: VersionTable) -> Made:
    engine = engine_for(url)
    rows = _tell(lambda: dumper.rows(url, program=program, version_table=table))
    with opened(engine, url, limits=Limits(), application="limosa-snapshot") as session:
        return Made(engine.schema(session, table), rows)


def _prove(
    snapshot: Snapshot,
    url: DatabaseURL,
    request: Request,
    sources: Sources,
    expected: Made,
    program: Program | None,
) -> None:
    refusals: list[str] = []
    report = load_snapshot(
        Target(url, "proof"),
        request,
        snapshot,
        "proof",
        sources=sources,
        emit=lambda e: refusals.append(str(e)),
    )
    if report is None:
        raise _unproven(refusals[-1] if refusals else "it was refused")
    found = _seen(url, dumper_for(url), program, snapshot.version_table)
    changes = expected.schema.difference(found.schema)
    if changes:
        raise _unproven(f"the schemas differ: {changes[0].sentence}")
    if found.rows != expected.rows:
        raise _unproven(f"the rows differ: {_first_difference(expected.rows, found.rows)}")


def _first_difference(one: str, other: str) -> str:
    pairs = zip(one.splitlines(), other.splitlines(), strict=False)
    table = next((a for a, b in pairs if a != b), max(one, other, key=len).splitlines()[-1])
    return table.partition(" VALUES")[0]


def _unproven(reason: str) -> UnprovenSnapshot:
    return UnprovenSnapshot(
        f"a database made from the snapshot is not what the revisions make: {reason}; nothing was written",
        hint="new databases go on running the revisions, so nothing else is to be done; "
        "what the snapshot cannot hold must leave the revisions for one to be made",
    )


def _tell(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except NotDumped as error:
        raise ConfigError(
            f"a snapshot could not be made: {error}", hint="pip install 'limosa[embedded]' has pg_dump in it"
        ) from error
