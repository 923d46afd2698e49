"""Our tables can be taken away as the documents say, and plain Alembic does not miss them."""

from __future__ import annotations

import pytest

from limosa import Migrator
from tests.architecture.sources import ROOT
from tests.docs.blocks import blocks
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_everything_is_removed(project: MakeProject, target: Target) -> None:
    """After the statements of the page only the project's table and Alembic's are left, and it goes on."""
    made = project(url=target.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE thing (id INTEGER)")')
    made.revise(
        "002",
        "001",
        upgrade='op.execute("CREATE TABLE other (id INTEGER)")',
        downgrade='op.execute("DROP TABLE other")',
    )
    Migrator(project=made.root).upgrade()
    page = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
    postgresql, sqlite = (block.body for block in blocks(page) if block.language == "sql")
    statements = (sqlite if target.engine == "sqlite" else postgresql).split(";")

    target.execute(*(statement for statement in statements if statement.strip()))

    assert target.tables() == {"thing", "other", "alembic_version"}
    made.alembic("downgrade", "-1")
    assert target.tables() == {"thing", "alembic_version"}
    assert Migrator(project=made.root).upgrade().after == ("002",)
