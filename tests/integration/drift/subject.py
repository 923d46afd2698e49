"""A project with models in a package of its own, on a database that is at its head."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from limosa.drift.imported import is_older
from limosa.migrator import Migrator
from limosa.model.check import CheckReport
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

MODELS = """\
import sqlalchemy as sa

metadata = sa.MetaData()
parent = sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("parent_id", sa.ForeignKey("parent.id", name="fk_parent", ondelete="CASCADE")),
)
sa.Index("ix_name", documents.c.name)
"""
UPGRADE = """
op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True))
op.create_table(
    "documents",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("parent.id", name="fk_parent", ondelete="CASCADE")),
)
op.create_index("ix_name", "documents", ["name"])
"""
DOWNGRADE = 'op.drop_table("documents")\nop.drop_table("parent")'


@dataclass(frozen=True, slots=True)
class Subject:
    """The project and its database."""

    project: AlembicProject
    target: Target

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.project.root

    @property
    def models(self) -> Path:
        """The module of the models."""
        return self.root / "shop" / "models.py"

    @property
    def url(self) -> str:
        """The database, as a person would give it."""
        return self.target.url.reveal()

    def migrator(self) -> Migrator:
        """Open it anew."""
        return Migrator(project=self.root, url=self.url)

    def check(self, *, history: bool = False, accept: str | None = None, full: bool = False) -> CheckReport:
        """Check within this process, as if none of the project's modules had been imported before."""
        with unloaded():
            return self.migrator().check(history=history, accept=accept, full=full)

    def operations(self, *, history: bool = False) -> list[str]:
        """What differs."""
        return [drift.operation for drift in self.check(history=history).differences]

    def execute(self, *statements: str) -> None:
        """Change the database past everything."""
        self.target.execute(*statements)


@contextmanager
def unloaded() -> Iterator[None]:
    """Let the block import the package of the models anew, and forget it again."""
    before, path = set(sys.modules), list(sys.path)
    was_off, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # its cache knows whole seconds only
    try:
        yield
    finally:
        sys.dont_write_bytecode = was_off
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "shop":
                del sys.modules[name]
        sys.path[:] = path
        sys.path_importer_cache.clear()


def subject_of(made: AlembicProject, target: Target, *, is_upgraded: bool = True) -> Subject:
    """Write the models and one revision into a project of Alembic's generic template, and run it."""
    package = made.root / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(MODELS)
    text = made.env.read_text()
    made.env.write_text(
        re.sub(r"(?m)^target_metadata = None", "from shop.models import metadata as target_metadata", text)
    )
    made.revise("0001", None, upgrade=UPGRADE, downgrade=DOWNGRADE)
    subject = Subject(made, target)
    if is_upgraded:
        with unloaded():
            subject.migrator().upgrade()
    return subject


def settle(*paths: Path) -> None:
    """Wait until files that were just written are older than what the clock of a file system can tell."""
    newest = max(path.stat().st_ctime_ns for path in paths)
    while not is_older(newest, time.time_ns()):
        time.sleep(0.02)


def limosa(subject: Subject, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Type a command in the project's folder."""
    with unloaded():
        return Shell(subject.root, subject.url).limosa(*arguments, code=code)


def alembic_passes(subject: Subject) -> bool:
    """Ask Alembic's own check, on the project as it is."""
    config = Config(str(subject.project.ini), stdout=io.StringIO())
    with unloaded(), contextlib.chdir(subject.root):
        try:
            command.check(config)
        except CommandError:
            return False
    return True
