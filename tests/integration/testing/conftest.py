"""A small project of somebody else's, in which pytest is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.servers import NEWEST, Servers

FIRST = """
op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
op.create_table("kind", sa.Column("name", sa.String(20), primary_key=True))
op.execute("INSERT INTO kind VALUES ('good'), ('bad')")
"""
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def shop(project: MakeProject, request: pytest.FixtureRequest) -> AlembicProject:
    """A project with two revisions, which fill a table of their own; the parameter is Alembic's template."""
    made = project(getattr(request, "param", "generic"))
    made.revise("001", None, upgrade=FIRST, downgrade="op.drop_table('kind')\nop.drop_table('thing')")
    made.revise(
        "002",
        "001",
        upgrade="op.create_index('ix_thing_name', 'thing', ['name'])",
        downgrade="op.drop_index('ix_thing_name', 'thing')",
    )
    return made


@pytest.fixture
def run(pytester: pytest.Pytester, shop: AlembicProject, servers: Servers) -> Run:
    """Run pytest in the project on some tests: in this process, on both engines, on the shared server."""
    pytester.makeini(
        "[pytest]\nlimosa_engines = sqlite postgresql\nlimosa_project = " + str(shop.root) + "\n"
    )

    def run(
        tests: str, *options: str, apart: bool = False, is_alone: bool = True, has_server: bool = True
    ) -> pytest.RunResult:
        Path(pytester.path, "test_it.py").write_text(dedent(tests))
        # no summary: it says the same again, in CI as long as it is
        words = ["-rN", "-W", "ignore", "-p", "no:hypothesispytest"]
        words += ["--limosa-url", servers.of(NEWEST).url().reveal()] if has_server else []
        words += ["-p", "no:pytest_alembic", "-p", "no:schemathesis"] if is_alone else []
        words += options
        return pytester.runpytest_subprocess(*words) if apart else pytester.runpytest_inprocess(*words)

    return run
