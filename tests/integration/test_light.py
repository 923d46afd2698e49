"""What Alembic would load and hardly anybody uses is loaded when it is used."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from limosa import Migrator
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target

RENDERING = """
import sys
import limosa.alembic_bridge.environment
assert "pygments" not in sys.modules
from mako import exceptions
from mako.template import Template
assert Template("${1 + 1}").render() == "2"
try:
    Template("${", filename="revision.mako")
except exceptions.MakoException:
    said = exceptions.text_error_template().render()
assert "revision.mako" in said, said
"""
LATE = """
import mako.exceptions
before = mako.exceptions
import limosa.alembic_bridge
import mako.exceptions
assert mako.exceptions is before
"""


def run(program: str) -> None:
    """Run a program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_mako_paints_its_errors_when_there_are_some() -> None:
    """Pygments is not loaded with Alembic; a template's error is told as ever."""
    run(RENDERING)


def test_a_module_that_is_loaded_stays() -> None:
    """An application that has Mako already keeps the module that it has."""
    run(LATE)


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_few_compiled_statements_are_kept(target: Target, project: MakeProject) -> None:
    """A revision that sends many statements, each once, does not fill the memory with them."""
    made = project(url=target.url)
    made.revise(
        "001",
        None,
        upgrade="""
        for number in range(200):
            op.execute(sa.select(sa.literal_column(str(number))))
        kept = op.get_bind().get_execution_options()["compiled_cache"]
        assert 0 < len(kept) <= 64, len(kept)
        """,
    )
    assert Migrator(project=made.root).upgrade().after == ("001",)
