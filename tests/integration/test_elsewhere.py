"""A project is the same project from whichever folder it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa import Migrator, State
from limosa.config.scaffold import scaffold, write
from tests.fixtures.projects import AlembicProject

TABLE = 'op.create_table("loft", sa.Column("id", sa.Integer, primary_key=True))'


def test_a_relative_path_of_env_py_lies_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only env.py names the SQLite file, and by a relative path, it is found from any folder."""
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    write(scaffold(root, folder="migrations", variables={}))
    AlembicProject(root, "generic").revise("001", None, upgrade=TABLE)
    monkeypatch.chdir(elsewhere)

    Migrator(project=root).upgrade()

    assert Migrator(project=root).status().state is State.AT_HEAD
    assert list(elsewhere.iterdir()) == []
    assert [path.suffix for path in root.glob("*.db*")] == [".db"]
