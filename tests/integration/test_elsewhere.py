"""A project is the same project from whichever folder it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa import Migrator, State
from limosa.config.scaffold import scaffold, write
from limosa.errors import ConfigError
from tests.fixtures.projects import AlembicProject, MakeProject

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


def test_env_py_leads_to_another_file_of_the_same_history(project: MakeProject, tmp_path: Path) -> None:
    """With as many runs in both files, the fence alone tells them apart: nothing is run in the other one."""
    made = project("generic", url=f"sqlite:///{tmp_path / 'theirs.db'}")
    made.revise("001", None, upgrade=TABLE, downgrade='op.drop_table("loft")')
    theirs, ours = (f"sqlite:///{tmp_path / name}" for name in ("theirs.db", "ours.db"))
    for url in (theirs, ours):
        Migrator(project=made.root, url=url).upgrade()
        Migrator(project=made.root, url=url).downgrade("base")
    Migrator(project=made.root, url=theirs).upgrade()  # its third run, as the one below
    made.revise("002", "001", upgrade='op.execute("CREATE TABLE nest (id INTEGER)")')
    env = made.root / "migrations" / "env.py"
    env.write_text(env.read_text().replace('prefix="sqlalchemy."', f'prefix="sqlalchemy.", url={theirs!r}'))

    with pytest.raises(ConfigError, match=r"env\.py connects to"):
        Migrator(project=made.root, url=ours).upgrade()

    assert Migrator(project=made.root, url=theirs).current()[0].id == "001"
