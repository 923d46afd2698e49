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
        program = prepare(first, ground)
        stage.run(first, request, emit)
        table = version_table(first, stage)
        dumper = dumper_for(first)
        script = tell(
            lambda: (
                dumper.contents(first, program=program, version_table=table)
                + dumper.versions(first, program=program, version_table=table)
            )
        )
        expected = seen(first, dumper, program, table)
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
            prepare(second, ground)
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


def prepare(url: DatabaseURL, ground: Ground) -> Program | None:
    """Give a scratch database what the project's own server has; return the program that dumps it."""
    dumper = dumper_for(url)
    with opened(engine_for(url), url, limits=Limits(), application="limosa-snapshot") as session:
        if ground.around:
            dumper.load(session, ground.around)
        major = dumper.major(session)
    return tell(lambda: program_for(dumper, major))


def version_table(url: DatabaseURL, stage: Stage) -> VersionTable:
    """Find out where env.py keeps the version rows."""
    if stage.version_table is not None:
        return stage.version_table
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="limosa-snapshot") as session:
        return engine.version_tables(session, VersionTable().name)[0]


def seen(url: DatabaseURL, dumper: Dumper, program: Program | None, table: VersionTable) -> Made:
    """Look at what is in a database."""
    engine = engine_for(url)
    rows = tell(lambda: dumper.rows(url, program=program, version_table=table))
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
        raise unproven("snapshot", refusals[-1] if refusals else "it was refused")
    found = seen(url, dumper_for(url), program, snapshot.version_table)
    reason = reason_why_unequal(expected, found)
    if reason is not None:
        raise unproven("snapshot", reason)


def reason_why_unequal(expected: Made, found: Made) -> str | None:
    """Name the first difference; None where there is none."""
    changes = expected.schema.difference(found.schema)
    if changes:
        return f"the schemas differ: {changes[0].sentence}"
    if found.rows != expected.rows:
        return f"the rows differ: {_first_difference(expected.rows, found.rows)}"
    return None


def _first_difference(one: str, other: str) -> str:
    pairs = zip(one.splitlines(), other.splitlines(), strict=False)
    table = next((a for a, b in pairs if a != b), max(one, other, key=len).splitlines()[-1])
    return table.partition(" VALUES")[0]


def unproven(what: str, reason: str) -> UnprovenSnapshot:
    """Say that a snapshot, or a baseline, is not what its revisions are."""
    return UnprovenSnapshot(
        f"a database made from the {what} is not what the revisions make: {reason}; nothing was written",
        hint="new databases go on running the revisions, so nothing else is to be done; "
        f"what a {what} cannot hold must leave the revisions for one to be made",
    )


def tell(read: Callable[[], _T]) -> _T:
    """Let a database that cannot be dumped be an error for people."""
    try:
        return read()
    except NotDumped as error:
        raise ConfigError(
            f"the scratch database could not be written down: {error}",
            hint="pip install 'limosa[embedded]' has pg_dump in it",
        ) from error
