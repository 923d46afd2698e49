"""``limosa init``: a new project is whole, an existing one is left as it is, and nothing is overwritten."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from limosa.config import alembic_facts, load
from limosa.config.scaffold import scaffold, write
from limosa.errors import ConfigError


def contents(folder: Path) -> dict[str, str]:
    """Read all files of a folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_new_project_is_whole(tmp_path: Path) -> None:
    """The files of a new project are there, load as settings, and hold no URL and no secret."""
    plan = scaffold(tmp_path)
    assert contents(tmp_path) == {}

    written = write(plan)

    files = contents(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in written} == set(files)
    assert set(files) == {
        "alembic.ini",
        "limosa.toml",
        "migrations/env.py",
        "migrations/script.py.mako",
        "migrations/versions/.gitkeep",
    }
    assert "sqlalchemy.url" not in files["alembic.ini"]
    assert "$" not in files["alembic.ini"] + files["limosa.toml"] + files["migrations/env.py"]
    ast.parse(files["migrations/env.py"])
    settings = load(project=tmp_path, variables={})
    assert settings.origins["url"] == "env.py"
    assert alembic_facts(settings).script_location == tmp_path / "migrations"


def test_folder_can_be_named(tmp_path: Path) -> None:
    """The scripts may live in a folder of another name."""
    write(scaffold(tmp_path, folder="db/alembic"))

    facts = alembic_facts(load(project=tmp_path, variables={}))
    assert facts.env_file == tmp_path / "db" / "alembic" / "env.py"
    assert facts.env_file.is_file()


@pytest.mark.parametrize("kind", ["ini", "pyproject"])
def test_existing_project_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    """Adopting writes limosa.toml and touches nothing else."""
    if kind == "ini":
        (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = db\n")
    else:
        (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "db"\n')
    before = contents(tmp_path)

    plan = scaffold(tmp_path)
    write(plan)

    after = contents(tmp_path)
    assert plan.adopts is not None
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"limosa.toml"}
    assert load(project=tmp_path, variables={}).root == tmp_path


@pytest.mark.parametrize("kind", ["limosa.toml", "pyproject.toml"])
def test_second_init_is_refused(tmp_path: Path, kind: str) -> None:
    """Settings that are there are never replaced."""
    (tmp_path / kind).write_text("[tool.limosa]\n" if kind == "pyproject.toml" else "")

    with pytest.raises(ConfigError, match="already has Limosa's settings") as caught:
        scaffold(tmp_path)

    assert caught.value.hint == "go on with: limosa status"


def test_existing_file_stops_everything(tmp_path: Path) -> None:
    """One file in the way, and not one other is written."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "env.py").write_text("mine")

    with pytest.raises(ConfigError, match="exists already, and nothing was written"):
        write(scaffold(tmp_path))

    assert contents(tmp_path) == {"migrations/env.py": "mine"}


@pytest.mark.parametrize("place", ["db/settings.ini", "../shared/alembic.ini"])
def test_alembic_file_can_be_named(tmp_path: Path, place: str) -> None:
    """A project whose file has another name or place is adopted by naming it, and only limosa.toml is new."""
    root = tmp_path / "app"
    ini = (root / place).resolve()
    ini.parent.mkdir(parents=True)
    root.mkdir(exist_ok=True)
    ini.write_text("[alembic]\nscript_location = %(here)s/scripts\n")

    plan = scaffold(root, config=ini)
    write(plan)

    assert plan.adopts == ini
    assert contents(root).keys() - {place} == {"limosa.toml"}
    settings = load(project=root, variables={})
    assert settings.alembic_file.resolve() == ini
    assert alembic_facts(settings).script_location.resolve() == ini.parent / "scripts"


def test_alembic_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong --config starts no new project by mistake."""
    with pytest.raises(ConfigError, match="does not exist"):
        scaffold(tmp_path, config=tmp_path / "alembic.ini")


def test_ini_file_beside_env_py_is_found(tmp_path: Path) -> None:
    """Flask-Migrate's file lies in the folder of env.py and names no script_location."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "alembic.ini").write_text("[alembic]\n")
    (tmp_path / "migrations" / "env.py").touch()

    write(scaffold(tmp_path, variables={}))

    settings = load(project=tmp_path, variables={})
    assert settings.root == tmp_path
    assert alembic_facts(settings).script_location == tmp_path / "migrations"
