"""Plain ``alembic`` and Limosa take turns on one database, and neither sees anything odd of the other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from limosa.alembic_bridge.older import HAS_PLUGINS
from limosa.migrator import Migrator
from limosa.model.status import State
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target

MODELS = """\
import sqlalchemy as sa

metadata = sa.MetaData()
pigeons = sa.Table(
    "pigeons",
    metadata,
    sa.Column("ring", sa.Integer, primary_key=True),
    sa.Column("loft", sa.String(20), index=True),
)
"""
COLOUR = '    sa.Column("colour", sa.String(9)),\n)\n'
CREATE = 'op.create_table("pigeons", sa.Column("ring", sa.Integer, primary_key=True))'
WIDEN = 'op.add_column("pigeons", sa.Column("loft", sa.String(20)))'
INDEX = 'op.create_index("ix_pigeons_loft", "pigeons", ["loft"])'
OURS = re.compile(r"limosa[._]\w|'limosa'")
PAGE = Path(__file__).parents[2] / "docs/how-to/adopt-an-alembic-project.md"
NOTHING_NEW = "No new upgrade operations detected"


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


def hides_our_tables(made: AlembicProject) -> None:
    """Do to env.py what the page on adopting says for an Alembic that has no plugins."""
    if HAS_PLUGINS:
        return
    (function,) = re.findall(r"```python\n(def include_name.*?)```", PAGE.read_text(), re.DOTALL)
    text = made.env.read_text().replace("config = context.config", f"config = context.config\n{function}")
    made.env.write_text(
        text.replace("connection=connection,", "connection=connection, include_name=include_name,")
    )


def with_models(made: AlembicProject, *, options: str = "") -> AlembicProject:
    """Give the project models, which env.py imports, and three revisions that lead to them."""
    models_of(made).write_text(MODELS)
    text = made.env.read_text()
    wanted = f"from {models_of(made).stem} import metadata as target_metadata"
    text = text.replace("target_metadata = None", wanted)
    text = text.replace("connection=connection,", f"connection=connection, {options}")
    made.env.write_text(text)
    made.revise("r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")')
    made.revise("r2", "r1", upgrade=WIDEN, downgrade='op.drop_column("pigeons", "loft")')
    made.revise("r3", "r2", upgrade=INDEX, downgrade='op.drop_index("ix_pigeons_loft", "pigeons")')
    return made


def models_of(made: AlembicProject) -> Path:
    """Name the models' module; all of a process's tests share its modules, so no two are named alike."""
    return made.root / f"models_{made.root.parent.name}.py"


def limosa(made: AlembicProject) -> Migrator:
    """Open the project anew."""
    return Migrator(project=made.root)


def add_model_column(made: AlembicProject) -> None:
    """Let the models be ahead of the revisions."""
    models = models_of(made)
    models.write_text(models.read_text().removesuffix(")\n") + COLOUR)


def generate(made: AlembicProject) -> str:
    """Let plain Alembic write a revision, and return its source."""
    before = set(made.versions.glob("*.py"))
    made.alembic("revision", "--autogenerate", "-m", "colour", "--rev-id", "r4")
    (path,) = set(made.versions.glob("*.py")) - before
    return path.read_text()


def test_taking_turns(project: MakeProject, engine: Target) -> None:
    """Each takes up where the other left off, up and down, and the ledger has every move of both."""
    made = with_models(project(url=engine.url))

    made.alembic("upgrade", "r1")
    assert limosa(made).status().state is State.BEHIND
    assert limosa(made).upgrade("r2").before == ("r1",)
    made.alembic("upgrade", "head")
    assert limosa(made).status().state is State.AT_HEAD
    assert limosa(made).upgrade().steps == ()
    made.alembic("downgrade", "-1")
    assert limosa(made).downgrade("-1").after == ("r1",)
    assert "r1" in made.alembic("current").stdout
    made.alembic("stamp", "r3")
    assert limosa(made).stamp("r1").before == ("r3",)
    assert limosa(made).upgrade().after == ("r3",)
    made.alembic("downgrade", "base")
    assert "pigeons" not in engine.tables()
    assert limosa(made).status().state is State.EMPTY
    assert limosa(made).upgrade().after == ("r3",)

    moves = [(e.tool.split()[0], e.direction, e.from_versions, e.to_versions) for e in limosa(made).record()]
    assert moves[::-1] == [
        ("limosa", "upgrade", ("r1",), ("r2",)),
        ("alembic", "upgrade", ("r2",), ("r3",)),
        ("alembic", "downgrade", ("r3",), ("r2",)),
        ("limosa", "downgrade", ("r2",), ("r1",)),
        ("alembic", "stamp", ("r1",), ("r3",)),
        ("limosa", "stamp", ("r3",), ("r1",)),
        ("limosa", "upgrade", ("r1",), ("r2",)),
        ("limosa", "upgrade", ("r2",), ("r3",)),
        ("alembic", "downgrade", ("r3",), ("r2",)),
        ("alembic", "downgrade", ("r2",), ("r1",)),
        ("alembic", "downgrade", ("r1",), ()),
        ("limosa", "upgrade", (), ("r1",)),
        ("limosa", "upgrade", ("r1",), ("r2",)),
        ("limosa", "upgrade", ("r2",), ("r3",)),
    ]


def test_models_are_compared_without_our_tables(project: MakeProject, engine: Target) -> None:
    """Check and autogenerate see the project's tables and never ours, before, between and after our runs."""
    made = with_models(project(url=engine.url))
    hides_our_tables(made)

    made.alembic("upgrade", "head")
    assert NOTHING_NEW in made.alembic("check").stdout
    limosa(made).downgrade("-1")
    refused = made.alembic("check", check=False)
    assert refused.returncode != 0
    limosa(made).upgrade()
    assert NOTHING_NEW in made.alembic("check").stdout

    add_model_column(made)
    found = made.alembic("check", check=False)
    assert "colour" in found.stderr
    assert not OURS.search(found.stdout + found.stderr)
    source = generate(made)
    assert "op.add_column('pigeons', sa.Column('colour'" in source
    assert "limosa" not in source
    assert "drop_table" not in source

    limosa(made).upgrade()
    assert NOTHING_NEW in made.alembic("check").stdout


def test_models_are_compared_across_schemas(project: MakeProject, pg: Target) -> None:
    """With include_schemas=True a stranger's table in another schema is seen, and our schema is not."""
    made = with_models(project(url=pg.url), options="include_schemas=True,")
    hides_our_tables(made)
    limosa(made).upgrade()
    assert NOTHING_NEW in made.alembic("check").stdout

    pg.execute("CREATE SCHEMA lost", "CREATE TABLE lost.property (id integer)")
    add_model_column(made)
    source = generate(made)

    assert "op.drop_table('property', schema='lost')" in source
    assert "colour" in source
    assert "limosa" not in source


FOREIGN = """
def include_name(name, kind, parents):
    return kind != "table" or not name.startswith("others_")
"""


def test_limosa_compares_the_models_without_our_tables(project: MakeProject, engine: Target) -> None:
    """On any Alembic, what Limosa compares leaves our tables out, and what the project leaves out."""
    made = with_models(project(url=engine.url), options="include_schemas=True, include_name=include_name,")
    text = made.env.read_text().replace("config = context.config", f"config = context.config\n{FOREIGN}")
    made.env.write_text(text)
    engine.execute("CREATE TABLE others_thing (id integer)", "CREATE TABLE stray (id integer)")
    add_model_column(made)
    limosa(made).upgrade()

    source = limosa(made).create("colour").path.read_text()
    findings = str(limosa(made).verify())

    assert "'colour'" in source
    assert "op.drop_table('stray')" in source
    assert "others_" not in source + findings
    assert not OURS.search(source + findings)


@dataclass(frozen=True, slots=True)
class Without:
    """A Python on whose path everything lies that lies on ours, Limosa excepted."""

    folder: Path

    def run(self, made: AlembicProject, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it in the project's folder; -S leaves out the site-packages and their .pth files."""
        return subprocess.run(
            [sys.executable, "-S", *arguments],
            cwd=made.root,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def alembic(self, made: AlembicProject, *arguments: str) -> str:
        """Run plain Alembic; it must succeed."""
        done = self.run(made, "-m", "alembic.config", *arguments)
        assert done.returncode == 0, done
        return done.stdout


@pytest.fixture
def without(tmp_path: Path) -> Without:
    """A Python without Limosa: links to all installed packages but ours."""
    folder = tmp_path / "site"
    folder.mkdir()
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(place).iterdir():
            if "limosa" not in entry.name and entry.suffix != ".pth":
                (folder / entry.name).symlink_to(entry)
    return Without(folder)


def test_limosa_is_uninstalled(project: MakeProject, engine: Target, without: Without) -> None:
    """With Limosa gone and its tables and triggers left, plain Alembic does all that it did before."""
    made = with_models(project(url=engine.url))
    limosa(made).upgrade("r2")
    entries = len(limosa(made).record())
    gone = without.run(made, "-c", "import limosa")
    assert "No module named 'limosa'" in gone.stderr
    # that the plugin is gone as well (if Alembic has any) is seen by what it would hide
    assert NOTHING_NEW not in without.run(made, "-m", "alembic.config", "check").stdout

    without.alembic(made, "upgrade", "head")
    assert "r3 (head)" in without.alembic(made, "current")
    if engine.engine == "sqlite":
        found = without.run(made, "-m", "alembic.config", "check")
        assert "limosa_entry" in found.stdout + found.stderr
    without.alembic(made, "downgrade", "base")
    assert "pigeons" not in engine.tables()
    without.alembic(made, "stamp", "r1")
    without.alembic(made, "stamp", "base")
    without.alembic(made, "upgrade", "head")

    # installed again, it knows what happened in its absence
    assert limosa(made).status().state is State.AT_HEAD
    assert len(limosa(made).record()) == entries + 1 + 3 + 1 + 1 + 3
    assert limosa(made).downgrade("base").after == ()
    assert "pigeons" not in engine.tables()
