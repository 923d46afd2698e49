"""A scratch copy of a database's schema: no row of the user's, and the version rows as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from limosa.config.children import environment_of_children
from limosa.engines.base import OpenSession, opened
from limosa.engines.dumping import Dumper, NotDumped, Program, dumper_for
from limosa.engines.registry import engine_for
from limosa.errors import ConfigError
from limosa.model.limits import Limits
from limosa.model.session import Query, VersionTable
from limosa.model.url import DatabaseURL
from limosa.run.request import Target
from limosa.scratch import scratch_database
from limosa.scratch.programs import postgresql_program

Replay = Callable[[DatabaseURL, tuple[str, ...]], None]
"""Runs the revisions on an empty database until it stands at these version rows."""


@dataclass(frozen=True, slots=True)
class Copy:
    """An open scratch copy."""

    url: DatabaseURL
    how: str
    """How it was made: one phrase, for people."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What is read of the database before anything is copied."""

    target: Target
    dumper: Dumper
    major: int | None
    around: str
    tables: tuple[VersionTable, ...]
    rows: tuple[tuple[str, ...], ...]


@contextmanager
def copied(target: Target, *, replay: Replay) -> Iterator[Copy]:
    """Provide a copy of the target's schema for the length of a block; the target is only read."""
    source = _read(target)
    backend = target.url.backend
    if source is None:
        with scratch_database(backend) as url:
            yield Copy(url, "an empty database, as there is none yet")
        return
    with scratch_database(backend, source.major) as url:
        yield Copy(url, _fill(url, source, replay))


def _read(target: Target) -> _Source | None:
    engine, dumper = engine_for(target.url), dumper_for(target.url)
    if not engine.exists(target.url):
        return None
    with opened(engine, target.url, limits=Limits(), application="limosa-plan") as session:
        table = target.version_table
        tables = (table,) if table is not None else tuple(engine.version_tables(session, VersionTable().name))
        rows = tuple(engine.versions(session, each) for each in tables)
        return _Source(target, dumper, dumper.major(session), dumper.around(session), tables, rows)


def _fill(url: DatabaseURL, source: _Source, replay: Replay) -> str:
    try:
        script = _script(source)
    except NotDumped as error:
        rows = source.rows[0] if source.rows else ()
        replay(url, rows)
        return f"the revisions up to {', '.join(rows) or 'base'}, run from base, because {error}"
    try:
        _load(url, source, script)
    except NotDumped as error:
        raise ConfigError(
            f"a scratch copy of the schema could not be made: {error}",
            hint="install here what the schema needs of a server (an extension, say); "
            "or see the revisions alone: limosa plan --brief",
        ) from error
    return source.dumper.how


def _script(source: _Source) -> str:
    return source.dumper.schema(source.target.url, program=program_for(source.dumper, source.major))


def program_for(dumper: Dumper, major: int | None) -> Program | None:
    """Find the program that the dumper needs, at least as new as the server."""
    if dumper.program is None or major is None:
        return None
    path = postgresql_program(dumper.program, at_least=major)
    if path is None:
        raise NotDumped(f"no {dumper.program} of version {major} or newer is to be found here")
    return Program(path, environment_of_children())


def _load(url: DatabaseURL, source: _Source, script: str) -> None:
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="limosa-plan") as session:
        source.dumper.load(session, source.around + script)
    # anew, since a script may leave settings behind
    with opened(engine, url, limits=Limits(), application="limosa-plan") as session:
        for table, rows in zip(source.tables, source.rows, strict=True):
            put_versions(session, engine.quoted(table), rows)


def put_versions(session: OpenSession, table: str, rows: Sequence[str]) -> None:
    """Write version rows into a table whose quoted name is given."""
    for row in rows:
        query = Query(f"INSERT INTO {table} (version_num) VALUES (:version)")  # noqa: S608  quoted
        session.change(query, version=row)
