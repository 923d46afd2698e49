"""The two ways to run an operation: in a project under either tool, or by itself on a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from limosa import Migrator
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target


@dataclass(frozen=True, slots=True)
class Tool:
    """Plain Alembic, or Limosa."""

    name: str

    def upgrade(self, project: AlembicProject, revision: str = "head") -> None:
        """Go up."""
        if self.name == "alembic":
            command.upgrade(Config(project.ini), revision)
        else:
            Migrator(project=project.root).upgrade(revision)

    def downgrade(self, project: AlembicProject, revision: str) -> None:
        """Go down."""
        if self.name == "alembic":
            command.downgrade(Config(project.ini), revision)
        else:
            Migrator(project=project.root).downgrade(revision)


@pytest.fixture(params=["alembic", "limosa"])
def tool(request: pytest.FixtureRequest) -> Tool:
    """Each tool in turn."""
    return Tool(request.param)


class Live(Protocol):
    """What the fixture ``live`` gives: a block in which ``op`` and ``online`` work on a database."""

    def __call__(self, target: Target) -> AbstractContextManager[Connection]:
        """Open the block; it is committed at its end."""
        ...


@pytest.fixture
def live() -> Callable[[Target], AbstractContextManager[Connection]]:
    """Run operations in a transaction as a revision does, without a project around them."""

    @contextmanager
    def block(target: Target) -> Iterator[Connection]:
        engine = create_engine(target.url.reveal(), poolclass=NullPool)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            with Operations.context(context), context.begin_transaction():
                yield connection
            connection.commit()

    return block
