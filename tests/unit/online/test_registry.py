"""An operation is one file: found, typed, described and exampled."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from alembic import op

from limosa import online
from limosa.alembic_bridge.custom import OPERATIONS
from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs" / "how-to" / "operations-for-live-tables.md").read_text(encoding="utf-8")
FOURTH = '''
from limosa.alembic_bridge.custom import Place, operation

@operation
def fourth(place: Place, table: str, *, often: int = 1) -> str:
    """Do it."""
    return f"{place.dialect.name} {table} {often}"
'''
USE = """
import sys
from limosa import online
online.__path__.append(sys.argv[1])
online.load()
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
with Operations.context(MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True})):
    assert online.fourth("t", often=2) == op.fourth("t", often=2) == "postgresql t 2"
assert "fourth" in dir(online)
"""


def run(program: str, *arguments: str) -> None:
    """Run a program in a process of its own."""
    call = [sys.executable, "-c", dedent(program), *arguments]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_fourth_is_one_file(tmp_path: Path) -> None:
    """A file that lies in the folder is an operation of ``online`` and of ``op``, whatever its name."""
    (tmp_path / "fourth.py").write_text(FOURTH)
    run(USE, str(tmp_path))


def test_the_types_are_those_of_all() -> None:
    """Every operation is imported for type checkers, and nothing that is none."""
    assert set(online.__all__) - {"Restored"} == OPERATIONS.keys()
    text = inspect.getsource(online).partition("__all__")[0]
    assert all(re.search(rf"\b{name}\b", text) for name in online.__all__)
    assert online.__all__ == sorted(online.__all__)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_is_described_and_exampled(name: str) -> None:
    """Its docstring has an example, the page shows it in Python, and ``op`` has it with its description."""
    called = OPERATIONS[name]
    assert f"online.{name}(" in inspect.getdoc(called).partition("Example::")[2]  # type: ignore[union-attr]
    assert f"`{name}`" in PAGE.partition("```sh")[0]
    assert any(f"online.{name}(" in block for block in re.findall(r"```python.*?```", PAGE, re.DOTALL))
    assert "place" not in inspect.signature(called).parameters
    assert callable(getattr(op, name))


def test_what_is_none_is_said_so() -> None:
    """A name that no file has is an AttributeError."""
    with pytest.raises(AttributeError, match="fifth"):
        online.fifth  # type: ignore[attr-defined]  # noqa: B018


def test_limosa_alone_does_not_load_it() -> None:
    """``import limosa`` and its command line load neither the operations nor Alembic."""
    run("""
        import sys
        import limosa.cli.main
        unwanted = ("limosa.online", "alembic", "sqlalchemy")
        assert not [name for name in sys.modules if name.startswith(unwanted)]
        """)
