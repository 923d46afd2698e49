"""The fixtures keep their promises: fresh databases, and projects in which plain Alembic works."""

from __future__ import annotations

from pathlib import Path

import alembic
import pytest

from tests.fixtures.projects import TEMPLATES, MakeProject
from tests.fixtures.targets import Target

CREATE = "op.create_table('pigeons', sa.Column('ring', sa.Integer, primary_key=True))"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(target: Target, turn: int) -> None:
    """Nothing that another test made is there."""
    assert target.tables() == set()
    target.execute("CREATE TABLE pigeons (ring integer)", f"INSERT INTO pigeons VALUES ({turn})")
    assert target.tables() == {"pigeons"}
    assert target.rows("SELECT ring FROM pigeons") == [(turn,)]


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
@pytest.mark.parametrize("template", sorted({*TEMPLATES} - {"multidb"}))
def test_plain_alembic_upgrades_a_project_of_each_template(
    project: MakeProject, target: Target, template: str
) -> None:
    """A project of any template reaches its head and comes back, on both engines."""
    made = project(template, url=target.url)
    made.revise("r1", None, upgrade=CREATE, downgrade="op.drop_table('pigeons')")
    made.alembic("upgrade", "head")
    assert target.tables() == {"alembic_version", "pigeons"}
    made.alembic("downgrade", "base")
    assert target.tables() == {"alembic_version"}


def test_a_multidb_project_reaches_both_databases(project: MakeProject, sqlite: Target, pg: Target) -> None:
    """Each database of the multidb template can have its own URL."""
    made = project("multidb")
    made.set_url(sqlite.url, section="engine1")
    made.set_url(pg.url, section="engine2")
    made.revise("r1", None, upgrade=f"if engine_name == 'engine2':\n    {CREATE}")
    made.alembic("upgrade", "head")
    assert sqlite.tables() == {"alembic_version"}
    assert pg.tables() == {"alembic_version", "pigeons"}


@pytest.mark.parametrize("template", TEMPLATES)
def test_env_py_is_the_template_s_own(project: MakeProject, template: str) -> None:
    """No fixture edits env.py."""
    theirs = Path(alembic.__file__).parent / "templates" / template / "env.py"
    assert project(template).env.read_bytes() == theirs.read_bytes()
