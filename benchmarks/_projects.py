"""Alembic projects of N revisions, made once a run, and the databases they lead to."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config

from limosa.scratch import Server

REVISION = '''"""table number {number}

Revision ID: {id}
Revises: {parent}
Create Date: 2026-01-15 08:30:00.000000

"""

import sqlalchemy as sa
from alembic import op

revision: str = {id!r}
down_revision: str | None = {parent!r}
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the table."""
    op.create_table("t{number}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text))
    op.create_index("ix_t{number}_name", "t{number}", ["name"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("t{number}")
'''


@dataclass(frozen=True)
class Project:
    """A project of Alembic's generic template with a single line of revisions, 0001 and so on."""

    root: Path
    count: int

    @property
    def ini(self) -> Path:
        """Its configuration."""
        return self.root / "alembic.ini"

    @property
    def versions(self) -> Path:
        """The folder of its revisions."""
        return self.root / "migrations" / "versions"

    @property
    def url(self) -> str:
        """Where the project leads."""
        return Config(str(self.ini)).get_main_option("sqlalchemy.url") or ""

    @property
    def head(self) -> str:
        """The newest revision."""
        return f"{self.count:04d}"

    def use(self, url: str) -> None:
        """Let the project lead to this database."""
        line = f"sqlalchemy.url = {url.replace('%', '%%')}"
        self.ini.write_text(re.sub(r"(?m)^sqlalchemy\.url = .*", lambda _: line, self.ini.read_text()))

    def settle(self) -> None:
        """Wait until no file counts as only just written: it is not believed to stay as it is."""
        time.sleep(2.1)

    def use_sqlite(self, name: str = "app.db") -> Path:
        """Let the project lead to a SQLite file, which need not be there."""
        file = self.root / name
        self.use(f"sqlite:///{file}")
        return file

    def stamped_sqlite(self, name: str = "app.db") -> Path:
        """Let the project lead to a SQLite file that says it is at the head."""
        file = self.use_sqlite(name)
        with contextlib.closing(sqlite3.connect(file)) as connection, connection:
            connection.executescript(stamp(self.head))
        return file


def postgresql(made: Project, server: Server) -> None:
    """Let the project lead to a database of this server, which says that it is at the head."""
    name = f"bench{made.count}"
    server.create_database(name)
    url = server.url(name)
    with psycopg.connect(url.with_driver(None).reveal(), autocommit=True) as connection:
        connection.execute(stamp(made.head).encode())
    made.use(url.with_driver("psycopg").reveal())


def stamp(revision: str) -> str:
    """Return the statements that Alembic's stamp amounts to."""
    assert revision.isalnum()
    table = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"
    return f"{table} INSERT INTO alembic_version VALUES ('{revision}');"  # noqa: S608  nothing to escape


@contextlib.contextmanager
def project(count: int, *, template: str = REVISION) -> Iterator[Project]:
    """Make a project for the length of a block; its files are as old as those of a checkout."""
    with tempfile.TemporaryDirectory(prefix="limosa-bench-") as folder:
        made = Project(Path(folder), count)
        with contextlib.redirect_stdout(io.StringIO()):  # not all that it says heeds Alembic's own "quiet"
            command.init(Config(str(made.ini)), str(made.root / "migrations"))
        parent, past = None, time.time() - 3600
        for number in range(1, count + 1):
            name = f"{number:04d}"
            file = made.versions / f"{name}_table.py"
            file.write_text(template.format(number=number, id=name, parent=parent))
            os.utime(file, (past, past))
            parent = name
        yield made
