"""How the tests of schemas read one, and try changes that leave nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from limosa.engines.base import OpenSession, opened
from limosa.engines.registry import engine_for
from limosa.model.limits import Limits
from limosa.model.schema import Schema
from limosa.model.session import Query, VersionTable
from tests.fixtures.targets import Target


class _Undone(Exception):
    """Ends a trial."""


@contextmanager
def session_of(target: Target) -> Iterator[OpenSession]:
    """Open a session of the engine's own."""
    with opened(engine_for(target.url), target.url, limits=Limits(), application="test") as session:
        yield session


def schema_of(target: Target, version_table: VersionTable | None = None) -> Schema:
    """Read the schema of a database."""
    with session_of(target) as session:
        return engine_for(target.url).schema(session, version_table)


@contextmanager
def tried(session: OpenSession, *statements: str) -> Iterator[None]:
    """Run statements in a transaction that is undone at the end of the block."""
    with suppress(_Undone), session.transaction():
        for statement in statements:
            session.change(Query(statement))
        yield
        raise _Undone
